"""The page "Research": the funnel by hand, reasons, and who may ask, pause and retry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import insert
from tests.plugins.dashboard.research.rows import Connection, found, question
from tests.plugins.dashboard.test_comets import HOSTILE, words

Browsers = Callable[[str | None], Browser]
UPLOADED = {"state": "uploaded", "download_state": "done", "upload_state": "done"}
GONE = {
    "state": "failed",
    "download_state": "failed",
    "failed_stage": "download",
    "failure_kind": "gone",
    "reason": "Video not available",
    "is_permanent": True,
}


@pytest.fixture
def two(connection: Connection) -> None:
    """Two questions share one video; one video is gone, one is a photo post, one is only downloaded."""
    question(connection, "q1", "tokyo ramen spots", 0, status="partial_success", reason="1 gone")
    question(connection, "q2", "night market", 1)
    found(connection, "q1", "11", **UPLOADED)
    found(connection, "q2", "11")
    found(connection, "q1", "12", 2, **GONE)
    found(connection, "q2", "13", 2, state="downloaded", download_state="done")
    found(connection, "q2", "14", 3, state="skipped", failure_kind="photo_post")


def questions(connection: Connection, columns: str = "text, source, created_by") -> list[tuple[Any, ...]]:
    return connection.execute(f"select {columns} from research_queries order by position").fetchall()  # noqa: S608 - of the tests


@pytest.mark.usefixtures("two")
def test_funnel(browser: Browsers):
    """Each video counts once in all, and once for each question that found it."""
    page = words(browser("viewer").page("/research"))
    assert (
        "Questions 2 1 open Found 4 videos, by all questions, each counted once; 1 left out on purpose Downloaded 2"
        in page
    )
    assert "Processed 1" in page
    assert "In the library 1" in page
    assert "Did not come through 1" in page
    assert " 0 tokyo ramen spots done in part 1 gone 2 1 1 1 1 failed, 0 left out gone " in page
    assert " 1 night market open 3 2 1 1 0 failed, 1 left out " in page
    assert " gone download 1 no Video not available " in page


@pytest.mark.usefixtures("two")
def test_spend_in_money_and_tokens(browser: Browsers, connection: Connection):
    """What each vendor took: calls and money, and tokens of those that count them."""
    for vendor, calls, usd in (("claude", 2, "0.0125"), ("serper", 3, "0.003")):
        insert(
            connection,
            "pipeline_spend",
            pipeline="video_research",
            vendor=vendor,
            day=date(2026, 11, 2),
            billed_calls=calls,
            usd=usd,
        )
    for tokens_in, tokens_out in ((1_000, 200), (9_000, 300)):
        insert(
            connection,
            "call_tokens",
            pipeline="video_research",
            run_id="one",
            endpoint="claude/messages",
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            usd="0.00625",
        )
    page = words(browser("viewer").page("/research"))
    assert "claude 2 calls of 10,000 tokens in and 500 out, serper 3 calls" in page


def test_nothing_yet(browser: Browsers):
    """Without a question the page says what to do; who may only look is not asked to ask here."""
    assert "No question yet. Write a list" in words(browser("viewer").page("/research"))
    assert "Ask one above" in words(browser("user").page("/research"))


def test_asking(browser: Browsers, connection: Connection):
    """A question is entered with who asked it; the same again changes nothing."""
    user = browser("user")
    for _ in range(2):
        answer = user.post("/research/questions", {"text": "  Tokyo   ramen "}, found_on="/research")
        assert (answer.status_code, answer.headers["location"]) == (303, "/research?done=added")
    assert questions(connection) == [("Tokyo ramen", "page", "the user")]


def test_pasted_addresses(browser: Browsers, connection: Connection):
    """Addresses of videos are kept in one form; one that is none is refused, and nothing is kept."""
    user = browser("user")
    pasted = (
        "https://www.tiktok.com/@anna/video/7319467787859053825?x=1\n\nhttps://m.tiktok.com/v/6749869095467945218.html"
    )
    assert (
        user.post("/research/questions", {"text": "mine", "addresses": pasted}, found_on="/research").status_code == 303
    )
    answer = user.post("/research/questions", {"addresses": "https://evil.example/@a/video/7"}, found_on="/research")
    assert (answer.status_code, "is no address of a video" in words(answer.text)) == (422, True)
    ((text, addresses),) = questions(connection, "text, addresses")
    assert (text, [address.rsplit("/", 1)[1] for address in addresses]) == (
        "mine",
        ["7319467787859053825", "6749869095467945218"],
    )


@pytest.mark.parametrize("text", ["", "🍜'", "x" * 1201, "!!!"])
def test_nonsense_is_refused(browser: Browsers, connection: Connection, text: str):
    """What nothing can be searched by is refused with the reason."""
    answer = browser("user").post("/research/questions", {"text": text}, found_on="/research")
    assert answer.status_code in {303, 422}
    assert (answer.status_code == 303) == (text == "🍜'")
    assert len(questions(connection)) == int(answer.status_code == 303)


@pytest.mark.usefixtures("two")
def test_pausing_and_trying_again(browser: Browsers, connection: Connection):
    """A question is paused, gone on with, and marked for the next run."""
    user = browser("user")
    for do, expected in (("pause", (True, False)), ("resume", (False, False)), ("retry", (False, True))):
        assert user.post("/research/questions/q2", {"do": do}, found_on="/research").status_code == 303
        assert questions(connection, "is_paused, wants_retry")[1] == expected
    assert user.post("/research/questions/none", {"do": "pause"}, found_on="/research").status_code == 404
    assert user.post("/research/questions/q2", {"do": "burn"}, found_on="/research").status_code == 422


@pytest.mark.usefixtures("two")
def test_another_text_is_another_question(browser: Browsers, connection: Connection):
    """What was found for the old text stays with it, paused; a question without finds is replaced."""
    question(connection, "q3", "nothing found yet", 2)
    user = browser("user")
    for query_id in ("q2", "q3"):
        form = {"do": "edit", "text": f"better than {query_id}"}
        assert user.post(f"/research/questions/{query_id}", form, found_on="/research").status_code == 303
    assert questions(connection, "text, is_paused") == [
        ("tokyo ramen spots", False),
        ("night market", True),
        ("better than q2", False),
        ("better than q3", False),
    ]


def test_a_question_of_the_list_is_paused_when_another_takes_its_place(browser: Browsers, connection: Connection):
    """The list would bring it back: it stays, paused, and is not asked beside the new one."""
    question(connection, "q1", "tokyo ramen", source="list")
    form = {"do": "edit", "text": "osaka ramen"}
    assert browser("user").post("/research/questions/q1", form, found_on="/research").status_code == 303
    assert questions(connection, "text, is_paused") == [("tokyo ramen", True), ("osaka ramen", False)]


def test_addresses_that_are_pasted_later_come_beside_the_first(browser: Browsers, connection: Connection):
    """The same question once more, with other addresses or with none, takes no address away."""
    user = browser("user")
    for pasted in (
        "https://www.tiktok.com/@a/video/7319467787859053825",
        "https://www.tiktok.com/@b/video/6749869095467945218",
        "",
    ):
        form = {"text": "mine", "addresses": pasted}
        assert user.post("/research/questions", form, found_on="/research").status_code == 303
    ((addresses,),) = questions(connection, "addresses")
    assert [address.rsplit("/", 1)[1] for address in addresses] == ["7319467787859053825", "6749869095467945218"]


@pytest.mark.usefixtures("two")
def test_who_may_ask(browser: Browsers, connection: Connection):
    """A viewer sees no form and is refused, a form from elsewhere as well, a stranger is asked to sign in."""
    before = questions(connection)
    viewer = browser("viewer")
    assert "<form" not in viewer.page("/research")
    assert viewer.post("/research/questions", {"text": "x"}, found_on=None).status_code == 403
    assert browser("user").post("/research/questions", {"text": "x"}).status_code == 403
    assert browser(None).get("/research").status_code == 401
    assert questions(connection) == before


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_questions(browser: Browsers, connection: Connection, text: str):
    """Questions and reasons are shown, never run."""
    question(connection, "q1", text, reason=text, status="error")
    found(connection, "q1", "12", **{**GONE, "reason": text})
    page = browser("user").page("/research")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert ">49<" not in page
