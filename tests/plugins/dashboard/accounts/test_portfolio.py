"""The page "Accounts": numbers worked out by hand, what waits, and who may answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.accounts.rows import (
    Connection,
    account,
    anomaly,
    audience,
    back,
    file,
    quality,
    question,
    stat,
)
from tests.plugins.dashboard.test_comets import HOSTILE, words

# Told twice: to the rows, and by the pages.
pytestmark = pytest.mark.usefixtures("lasting_day")

Browsers = Callable[[str | None], Browser]


@pytest.fixture
def two(connection: Connection) -> None:
    """`nora` has 28 days of 200 views after 28 of 100, and two provisional ones; `rio` a week of 50, no day before it."""
    account(connection, "nora")
    account(connection, "rio", is_made_up=True)
    for ago in range(2, 58):
        views = 200 if ago < 30 else 100
        parts = (
            {"likes": views // 20, "comments": 0, "shares": 0}
            if ago < 30
            else {"likes": 10, "comments": 2, "shares": 0}
        )
        stat(connection, "nora", back(ago), video_views=views, followers=1000 - 10 * ago, total_viewers=77, **parts)
    for ago in (0, 1):
        stat(connection, "nora", back(ago), video_views=9_999, is_provisional=True)
    for ago in range(6, 13):
        stat(connection, "rio", back(ago), video_views=50, likes=1, comments=0, shares=0)


def row_of(page: str, name: str) -> str:
    """The text of the account's row."""
    found = re.search(rf"<tr>\s*<td class=\"who\">(?:(?!</tr>).)*@{name}\b.*?</tr>", page, re.DOTALL)
    assert found is not None
    return words(found[0])


@pytest.mark.usefixtures("two")
def test_an_accounts_row(browser: Browsers):
    """28 days of 200 views are 5,600 and +100 % against the ones before; provisional days count nowhere."""
    row = row_of(browser("viewer").page("/accounts"), "nora")
    assert f" {back(2)} 980 +280 +40.00 % 5,600 +100.0 % " in row
    assert " 5.00 % usual 12.00 % " in row
    assert "9,999" not in row


@pytest.mark.usefixtures("two")
def test_other_periods(browser: Browsers):
    """Seven days are compared with the seven before; a period of which half is not known is compared with nothing."""
    page = browser("viewer").page("/accounts?window=7")
    assert f" {back(2)} 980 +70 +7.69 % 1,400 ±0.0 % " in row_of(page, "nora")
    assert f" {back(6)} – – 350 – " in row_of(page, "rio")
    page = browser("viewer").page("/accounts?window=28")
    assert f" {back(6)} – – 350 7 of 28 days – " in row_of(page, "rio")
    assert browser("viewer").get("/accounts?window=29").status_code == 422


@pytest.mark.usefixtures("two")
def test_all_accounts_together(browser: Browsers):
    """Views add up, change is of accounts with both periods, engagement is that of all views; no sum has viewers."""
    page = words(browser("viewer").page("/accounts"))
    assert "Views, 28 days 5,950 +100.0 % against the 28 days before, 1 of 2 accounts" in page
    assert "Growth, 28 days +280 +40.00 %, 1 of 2 accounts" in page
    assert "Engagement 4.82 % likes" in page  # (280 + 7) / 5,950
    assert f"complete to {back(6)} … {back(2)}, each to its own last day" in page
    assert "77" not in re.sub(r"\d{4}-\d\d-\d\d", "", page)


@pytest.mark.usefixtures("two")
def test_order(browser: Browsers):
    """Each order is of its column, the largest first, unknown last."""
    for order, first in (("name", "nora"), ("views", "nora"), ("followers", "nora"), ("engagement", "nora")):
        names = re.findall(
            r'<td class="who"><a href="/accounts/@(\w+)"', browser("viewer").page(f"/accounts?order={order}")
        )
        assert names[0] == first, order
        assert sorted(names) == ["nora", "rio"]
    assert '<th class="number" aria-sort="descending"><a href="/accounts?order=views">' in browser("viewer").page(
        "/accounts?order=views"
    )


def test_quality_is_the_worst_of_five_with_its_definitions(browser: Browsers, connection: Connection):
    """The newest run's worst score is shown, and what each score means stands below."""
    account(connection, "nora")
    quality(connection, "nora", run_id="old", day=back(3), overall=0.2)
    quality(connection, "nora", run_id="new", day=back(1), overall=0.71, completeness=0.71, freshness=1.0)
    page = browser("viewer").page("/accounts")
    assert " 71 % " in row_of(page, "nora")
    assert 'aria-label="completeness 71 %, consistency –, validity –, freshness 100 %, accuracy –"' in page
    assert "Worst quality 71 % @nora" in words(page)
    assert "Freshness 1 up to 3 days after the last day" in words(page)


@pytest.mark.usefixtures("two")
def test_what_is_missing(browser: Browsers, connection: Connection):
    """Days since the last complete one, reports that wait, the last download, and changes that no run has seen yet."""
    file(connection, "e1", "a.zip", "rio", member="Overview.csv", exported_at=back(6))
    file(connection, "e1", "a.zip", "rio", member="Viewers.csv", state="waiting")
    anomaly(connection, "rio", back(5), "views_high")
    connection.execute("update accounts set stale_since = now() where account = 'rio'")
    row = row_of(browser("viewer").page("/accounts?window=7"), "rio")
    assert (
        f"6 days since {back(6)} 1 report waiting or set aside changes wait for the next run downloaded {back(6)}"
        in row
    )
    assert "made up 1 anomaly" in row
    assert "days since" not in row_of(browser("viewer").page("/accounts"), "nora")


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (4, None),
        (5, "known to {}: download it by {}, or a day is lost"),
        (6, "known to {}: download it by {}, or a day is lost"),
        (10, "known to {}: 2 days are lost, and one more every day"),
    ],
)
def test_a_reminder_before_follower_activity_is_lost(
    browser: Browsers, connection: Connection, ago: int, said: str | None
):
    """Five days after the newest hour that is known, until when; later, how many days are gone for ever."""
    account(connection, "nora")
    for hour in (0, 1):
        audience(connection, "nora", back(ago), "active_followers", "all", hour=hour, followers=5)
    audience(connection, "nora", back(0), "gender", "female", share=0.5)
    page = words(browser("viewer").page("/accounts"))
    assert (said is not None) == ("kept by TikTok for a week only" in page)
    if said:
        assert said.format(back(ago), back(ago - 8)) in page


def test_a_question_is_answered(browser: Browsers, connection: Connection):
    """Who may edit the DAG chooses one of the answers: it is stored with their name, and the question is gone."""
    account(connection, "nora")
    number = question(connection, "year", "Which year is a.csv of?", ["2025", "2026"], account="nora")
    user = browser("user")
    page = user.page("/accounts")
    assert "1 question" in words(page)
    assert re.findall(r'type="radio" name="answer" value="(\d+)"', page) == ["2025", "2026"]
    answer = user.post(f"/accounts/questions/{number}", {"answer": "2025"}, found_on="/accounts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts?answered=true")
    stored = connection.execute("select answer, answered_by, is_settled from account_questions").fetchall()
    assert stored == [("2025", "the user", True)]
    assert connection.execute("select stale_since is not null from accounts").fetchall() == [(True,)]
    page = user.page("/accounts?answered=true")
    assert "The answer is stored" in page
    assert "Which year" not in page


def test_an_unknown_account_is_written(browser: Browsers, connection: Connection):
    """Whose a file is, is a free text; a new handle opens an account, and what is no handle opens none."""
    number = question(connection, "unknown_account", "Whose is b.csv?", [], subject="f" * 64)
    user = browser("user")
    for wrong in ("../x", "my shop", "a/b"):
        refused = user.post(f"/accounts/questions/{number}", {"answer": wrong}, found_on="/accounts")
        assert (refused.status_code, "is no handle" in refused.text) == (422, True), wrong
    assert user.post(f"/accounts/questions/{number}", {"answer": "@Mara"}, found_on="/accounts").status_code == 303
    assert connection.execute("select account from accounts").fetchall() == [("mara",)]


def test_what_answers_nothing(browser: Browsers, connection: Connection):
    """Another year, nothing at all, and a question that is not there are said, and nothing is stored."""
    number = question(connection, "year", "Which year?", ["2025", "2026"])
    user = browser("user")
    asked = f"/accounts/questions/{number}"
    for answer, said in (("2024", "choose one of 2025, 2026"), (" ", "Choose or write an answer"), ("\0", "Choose or")):
        refused = user.post(asked, {"answer": answer}, found_on="/accounts")
        assert (refused.status_code, said in refused.text) == (422, True), answer
    for missing in (number + 1, 0, 2**70):
        refused = user.post(f"/accounts/questions/{missing}", {"answer": "2025"}, found_on="/accounts")
        assert refused.status_code in {404, 422}, missing
    assert connection.execute("select answer from account_questions").fetchall() == [(None,)]


def test_a_viewer_answers_nothing(browser: Browsers, connection: Connection):
    """A viewer reads the question and what could be answered, finds no form, and gets 403."""
    number = question(connection, "year", "Which year?", ["2025", "2026"])
    viewer = browser("viewer")
    page = viewer.page("/accounts")
    assert "One of: 2025 , 2026" in words(page)
    assert 'method="post"' not in page
    for address in (f"/accounts/questions/{number}", "/accounts/run/start"):
        assert viewer.post(address, {"answer": "2025"}).status_code == 403
    assert browser("user").post(f"/accounts/questions/{number}", {"answer": "2025"}).status_code == 403  # no token
    assert connection.execute("select answer from account_questions").fetchall() == [(None,)]


def test_running_needs_a_dag_that_airflow_knows(browser: Browsers):
    """Before Airflow has read the DAG, the page says so."""
    answer = browser("user").post("/accounts/run/start", found_on="/accounts?answered=true")
    assert (answer.status_code, "has not read the DAG account_analytics yet" in answer.text) == (409, True)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(browser: Browsers, connection: Connection, name: str):
    """Handles, questions and answers of any letters are escaped and keep to their direction."""
    account(connection, name)
    question(connection, "year", name, [name, "b"], account=name)
    page = browser("user").page("/accounts")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", page)  # what is sent back is the answer as it is
    assert "49" not in page or name != "{{7*7}}"


def test_no_account(browser: Browsers):
    """Before the first account the page says how one begins."""
    assert "No account yet." in words(browser("viewer").page("/accounts"))
