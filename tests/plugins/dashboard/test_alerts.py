"""The page "My alerts": wishes of one person, bars as they are typed, where to, what was told, and who may do what."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include.digest.message import Occasion
from include.ranking import alerts
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, end_run, insert, snapshot, stand
from tests.plugins.dashboard.test_comets import HOSTILE, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]
NOW = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon of DAY; nobody has set up a mail server."""
    monkeypatch.setenv("TIKHUB_BASE_URL", "http://127.0.0.1:9")  # a clock can be set for a sandbox alone
    monkeypatch.setenv("COMETS_NOW", NOW.isoformat())
    for name in ("SMTP", "WEBHOOK"):
        monkeypatch.delenv(f"AIRFLOW_CONN_COMETS_{name}", raising=False)


@pytest.fixture
def ranked(connection: Connection) -> Connection:
    """Creators 1 and 2 of 20,000 followers, who grew by 10 % and 1 % today; both are in the shared search "Inside" of another."""
    end_run(connection, "one")
    for user_id, before in (("1", 20_000), ("2", 20_000)):
        stand(connection, user_id, handle=f"luna.{user_id}", percent_1=1)
        snapshot(connection, user_id, DAY - timedelta(days=1), before)
        snapshot(connection, user_id, DAY, 22_000 if user_id == "1" else 20_200)
    insert(connection, "saved_searches", search_id=7, owner="the op", name="Inside", path="/comets", is_shared=True)
    return connection


def make(browser: Browser, watch: str = "stars", **asked: str) -> Any:
    return browser.post("/alerts", {"watch": watch, **asked}, found_on="/alerts")


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def only(connection: Connection) -> int:
    """The number of the only wish."""
    ((wish_id,),) = rows(connection, "select wish_id from alert_wishes")
    return wish_id


def test_a_wish_is_made_with_bars_as_they_are_typed(browser: Browsers, ranked: Connection):
    """Numbers as on *Comets*; the page says it in words, how many it watches, and what it would have told."""
    user = browser("user")
    user.post("/creators/1/star", {"starred": "true"}, found_on="/comets")
    user.post("/creators/2/star", {"starred": "true"}, found_on="/comets")
    answer = make(user, grown_1="2.5 %", followers="21k", silent_days="14", bought="true")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?stored=made")
    assert rows(
        ranked,
        "select reader, watched, grown_1, grown_7, followers, silent_days, bought, newcomers, made_on from alert_wishes",
    ) == [("the user", "stars", 2.5, None, 21_000, 14, True, False, DAY)]
    page = words(user.page("/alerts"))
    assert "creators I starred 2 creators now" in page
    assert "grew 2.5 % in a day passed 21,000 followers posted nothing for 14 days begins to look bought" in page
    # Creator 1 grew by 10 % and passed 21,000.
    assert "would have told 2 things on 1 complete day" in page


MEANS_NOTHING = [
    ({}, "Say what you want to be told"),
    ({"grown_1": "much"}, "“much” is not a number above 0; write, for example, 5."),
    ({"grown_1": "-5"}, "is not a number above 0"),
    ({"grown_1": "0"}, "is not a number above 0"),
    ({"grown_7": "0.00001"}, "is not a number above 0"),
    ({"grown_7": "1000000"}, "is not a number above 0"),
    ({"followers": "1.5"}, "is not a whole number above 0"),
    ({"silent_days": "366"}, "is not 1 to 365 days"),
    ({"newcomers": "true"}, "Newcomers are those of a saved search"),
    ({"grown_1": "5", "watch": "everybody"}, "Choose whom to watch."),
    ({"grown_1": "5", "watch": "search-0"}, "Choose whom to watch."),
    ({"grown_1": "5", "watch": "search-٧"}, "Choose whom to watch."),
    ({"grown_1": "5", "watch": "status-no"}, "Choose whom to watch."),
]


def test_what_means_nothing_is_said(browser: Browsers, ranked: Connection):
    """422 with what to write; nothing is kept."""
    user = browser("user")
    found = [(asked, make(user, **asked)) for asked, _ in MEANS_NOTHING]
    assert [(asked, answer.status_code) for asked, answer in found if answer.status_code != 422] == []
    missing = [(said, words(answer.text)) for (_, said), (_, answer) in zip(MEANS_NOTHING, found, strict=True)]
    assert [said for said, text in missing if said not in text] == []
    assert rows(ranked, "select count(*) from alert_wishes") == [(0,)]


def test_a_saved_search_is_watched(browser: Browsers, ranked: Connection):
    """One's own, and one that is shared; who is in it now is known already, and told to nobody."""
    user = browser("user")
    assert 'value="search-7"' in user.page("/alerts")
    assert make(user, "search-7", newcomers="true").status_code == 303
    assert rows(ranked, "select user_id, is_known from alerts_told order by 1") == [("1", True), ("2", True)]
    page = words(user.page("/alerts"))
    assert "saved search: Inside 2 creators now is new in the saved search" in page
    assert "Told Nothing yet." in page
    # Switched off and on again, or paused and gone on with: whoever came meanwhile is no newcomer.
    wish_id = only(ranked)
    user.post(f"/alerts/{wish_id}/change", {"grown_1": "5"}, found_on="/alerts")
    stand(ranked, "3")
    user.post(f"/alerts/{wish_id}/change", {"newcomers": "true"}, found_on="/alerts")
    user.post(f"/alerts/{wish_id}/pause", {"paused": "true"}, found_on="/alerts")
    stand(ranked, "4")
    user.post(f"/alerts/{wish_id}/pause", {"paused": "false"}, found_on="/alerts")
    assert rows(ranked, "select user_id from alerts_told where is_known order by 1") == [("1",), ("2",), ("3",), ("4",)]


def test_only_what_one_may_see_can_be_watched(browser: Browsers, ranked: Connection):
    """Not the private search of somebody else, nor one that is not there or no ranking; taken back, it is said to be gone."""
    user = browser("user")
    insert(ranked, "saved_searches", search_id=8, owner="the user", name="Runs", path="/runs")
    assert make(user, "search-8", grown_1="5").status_code == 422
    assert make(user, "search-9", grown_1="5").status_code == 404
    assert make(user, "search-7", grown_1="5").status_code == 303
    ranked.execute("update saved_searches set is_shared = false")
    assert make(user, "search-7", grown_1="5").status_code == 404
    assert 'value="search-7"' not in user.page("/alerts")
    page = words(user.page("/alerts"))
    assert "a saved search that is gone, or not shared any more 0 creators now" in page
    assert "Inside" not in page
    ranked.execute("delete from saved_searches")
    assert "a saved search that is gone, or not shared any more 0 creators now" in words(user.page("/alerts"))


def test_two_people_see_and_change_only_their_own(browser: Browsers, ranked: Connection):
    """Neither wishes, nor addresses, nor what was told; another's number is 404."""
    user, op = browser("user"), browser("op")
    make(user, grown_1="5")
    user.post("/alerts/where", {"address": "me@example.org"}, found_on="/alerts")
    wish_id = only(ranked)
    insert(ranked, "alerts_told", wish_id=wish_id, user_id="1", kind="grown_1", day=DAY, value=10, bar=5)
    page = op.page("/alerts")
    assert ("None yet." in page, "me@example.org" in page, "luna.1" in page) == (True, False, False)
    for action, form in (("change", {"grown_1": "1"}), ("pause", {"paused": "true"}), ("remove", {})):
        assert op.post(f"/alerts/{wish_id}/{action}", form, found_on="/alerts").status_code == 404
    page = user.page("/alerts")
    assert "me@example.org" in page
    assert "grew 10.00 % since the day before: your bar is 5 %" in page
    assert rows(ranked, "select grown_1, is_paused from alert_wishes") == [(5, False)]


def test_a_viewer_makes_and_changes_nothing_but_can_end_what_is_theirs(browser: Browsers, ranked: Connection):
    """Without the right to edit there is no form, and posting is 403; a wish of before can be paused and removed."""
    viewer = browser("viewer")
    page = viewer.page("/alerts")
    assert "A new alert" not in page
    assert "takes the right to edit" in page
    answers = [
        viewer.post("/alerts", {"watch": "stars", "grown_1": "5"}, found_on="/filters"),
        viewer.post("/alerts/where", {"address": "me@example.org"}, found_on="/filters"),
        viewer.post("/alerts/1/change", {"grown_1": "5"}, found_on="/filters"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    insert(ranked, "alert_readers", reader="the viewer", seen_on=DAY)
    insert(ranked, "alert_wishes", reader="the viewer", watched="stars", grown_1=5, made_on=DAY)
    wish_id = only(ranked)
    assert viewer.post(f"/alerts/{wish_id}/pause", {"paused": "true"}, found_on="/alerts").status_code == 303
    assert rows(ranked, "select is_paused from alert_wishes") == [(True,)]
    assert viewer.post(f"/alerts/{wish_id}/remove", found_on="/alerts").status_code == 303
    assert rows(ranked, "select count(*) from alert_wishes") == [(0,)]
    assert browser(None).get("/alerts").status_code == 401


def test_a_form_of_elsewhere_is_refused(browser: Browsers, ranked: Connection):
    """Without the page's own token nothing is made, changed or removed."""
    user = browser("user")
    make(user, grown_1="5")
    wish_id = only(ranked)
    forms = [
        ("/alerts", {"watch": "stars", "grown_1": "5"}),
        ("/alerts/where", {"address": "a@example.org"}),
        (f"/alerts/{wish_id}/change", {"grown_1": "6"}),
        (f"/alerts/{wish_id}/pause", {"paused": "true"}),
        (f"/alerts/{wish_id}/remove", {}),
    ]
    assert {user.post(address, form).status_code for address, form in forms} == {403}
    assert rows(ranked, "select grown_1, is_paused from alert_wishes") == [(5, False)]


NO_ADDRESSES = [
    "me",
    "me@localhost",
    "a@example.org, b@example.org",
    "me@example.org\r\nBcc: x@example.org",
    "Me <me@example.org>",
    "me@exa mple.org",
    "me@-example.org",
    "me@example.org;b@example.org",
    f"{'m' * 65}@example.org",
    f"me@{'e' * 60}.{'e' * 60}.{'e' * 60}.{'e' * 60}.{'e' * 20}.org",
    "mé@example.org",
    "<script>@example.org",
]


def test_an_address_is_one_address(browser: Browsers, ranked: Connection):
    """Nothing that a header or a list of recipients would read otherwise."""
    user = browser("user")
    answers = [user.post("/alerts/where", {"address": each}, found_on="/alerts") for each in NO_ADDRESSES]
    assert {answer.status_code for answer in answers} == {422}
    assert all("Write one e-mail address" in answer.text for answer in answers)
    assert rows(ranked, "select count(*) from alert_readers") == [(0,)]


def test_where_to_is_kept_and_what_is_missing_is_said(
    browser: Browsers, ranked: Connection, monkeypatch: pytest.MonkeyPatch
):
    """A mail address, the channel, both or neither; the page says when nobody set up what they need."""
    user = browser("user")
    for address, ticked in ((" me+x@mail.example.org ", {"on_webhook": "true"}), ("", {})):
        assert user.post("/alerts/where", {"address": address, **ticked}, found_on="/alerts").status_code == 303
        assert rows(ranked, "select reader, address, on_webhook, seen_on from alert_readers") == [
            ("the user", address.strip() or None, bool(ticked), DAY)
        ]
        assert ("You cannot be reached yet: no mail is set up" in user.page("/alerts")) is bool(ticked)
    user.post("/alerts/where", {"on_webhook": "true"}, found_on="/alerts")
    assert "no webhook is set up" in user.page("/alerts")
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_WEBHOOK", '{"conn_type": "slackwebhook", "password": "x"}')
    assert "You cannot be reached" not in user.page("/alerts")


def test_whoever_is_let_in_is_told_on(browser: Browsers, ranked: Connection):
    """The page notes the day on which its reader came, and says how long messages go on; nobody else is noted."""
    for name in ("the user", "the op"):
        insert(ranked, "alert_readers", reader=name, seen_on=date(2026, 11, 1))
    page = words(browser("user").page("/alerts"))
    assert "Messages go on until 2026-12-21" in page
    assert rows(ranked, "select reader, seen_on from alert_readers order by 1") == [
        ("the op", date(2026, 11, 1)), ("the user", DAY),
    ]  # fmt: skip


def test_the_bars_of_a_wish_are_changed(browser: Browsers, ranked: Connection):
    """The form has them as they are; what is emptied is not asked any more."""
    user = browser("user")
    make(user, grown_1="5", followers="100k")
    form = user.page("/alerts").split("/change")[1].split("</form>")[0]
    assert re.findall(r'name="(\w+)" value="([^"]*)" placeholder', form) == [
        ("grown_1", "5"), ("grown_7", ""), ("followers", "100000"), ("silent_days", ""),
    ]  # fmt: skip
    answer = user.post(f"/alerts/{only(ranked)}/change", {"grown_1": "7.25"}, found_on="/alerts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?stored=changed")
    assert rows(ranked, "select grown_1, followers from alert_wishes") == [(7.25, None)]
    answer = user.post(f"/alerts/{only(ranked)}/change", {"newcomers": "true"}, found_on="/alerts")
    assert answer.status_code == 422


def test_a_person_keeps_so_many(browser: Browsers, ranked: Connection):
    """The 21st is 409, and says what to do."""
    user = browser("user")
    insert(ranked, "alert_readers", reader="the user", seen_on=DAY)
    for _ in range(20):
        insert(ranked, "alert_wishes", reader="the user", watched="stars", grown_1=5, made_on=DAY)
    answer = make(user, grown_1="5")
    assert (answer.status_code, "remove one" in answer.text) == (409, True)


def test_what_was_told_is_shown_with_why_and_whether_it_was_sent(browser: Browsers, ranked: Connection):
    """As a letter says it; who may not be told of any more is not shown; hostile names stay texts."""
    user = browser("user")
    evil = "".join(HOSTILE)[:80]
    insert(ranked, "saved_searches", search_id=9, owner="the user", name=evil, path="/comets")
    make(user, "search-9", grown_1="5", newcomers="true")
    stand(ranked, "x", handle=HOSTILE[1], percent_1=1)
    alerts.work_out(ranked, Occasion("one", DAY, ""), NOW)
    page = user.page("/alerts")
    assert "<script>alert" not in page
    assert "<img" not in page
    text = words(page)
    assert "grew 10.00 % since the day before: your bar is 5 %" in text
    assert "is new in a saved search" in text
    assert text.count("here alone") == 2
    user.post("/alerts/where", {"address": "me@example.org"}, found_on="/alerts")
    assert words(user.page("/alerts")).count("not yet") == 2
    ranked.execute("update alerts_told set mailed_at = '2026-11-21 03:00Z' where kind = 'grown_1'")
    assert "mail 2026-11-21 03:00 UTC" in words(user.page("/alerts"))
    insert(ranked, "shortlist", user_id="1", status="no", changed_by="x")
    assert "since the day before" not in html.unescape(user.page("/alerts"))
