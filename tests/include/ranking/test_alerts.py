"""Personal alerts: one event told once over many days, to whom asked for it, with the reason, on real servers."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from include.database import Database, one
from include.digest.channels import PersonalAlerts
from include.digest.message import Occasion
from include.migrations import FOLDER, migrate
from include.ranking import alert_letters, alerts
from tests.fixtures.dashboard import _as_airflow_writes
from tests.fixtures.mailbox import SECRET, Mailbox, Receiver
from tests.plugins.dashboard.creators import end_run, insert, snapshot

Connection = psycopg.Connection[Any]
DAY = date(2026, 11, 2)
PAGES = "http://localhost:8080/cometwatch"
EVIL = '<script>alert(1)</script>{{ 7*7 }}<!channel>|x"\r\nBcc: a@b'


def day(number: int) -> date:
    """The first is DAY."""
    return DAY + timedelta(days=number - 1)


def reader(connection: Connection, name: str, address: str | None = None, **values: Any) -> None:
    insert(connection, "alert_readers", reader=name, address=address, **{"seen_on": DAY, **values})


def wish(connection: Connection, name: str, watched: str = "stars", **values: Any) -> int:
    insert(connection, "alert_wishes", reader=name, watched=watched, **{"made_on": DAY - timedelta(days=30), **values})
    ((wish_id,),) = connection.execute("select max(wish_id) from alert_wishes").fetchall()
    return wish_id


def creator(connection: Connection, user_id: str, *starred_by: str, handle: str | None = None) -> None:
    insert(connection, "creators", user_id=user_id, handle=handle or user_id, first_seen_on=DAY)
    for name in starred_by:
        insert(connection, "shortlist_stars", reader=name, user_id=user_id)


def stands(connection: Connection, user_id: str, on: date, **values: Any) -> None:
    """A standing of 20,000 followers on a day, which is the latest."""
    row = {
        "handle": user_id, "status": "active", "follower_count": 20_000, "heart_count": 1, "video_count": 1,
        "is_estimated": False, "estimated_days": 0, "band": "inside", "is_new": False, "is_fading": False, **values,
    }  # fmt: skip
    connection.execute("delete from standings where user_id = %s", [user_id])
    insert(connection, "standings", user_id=user_id, day=on, **row)


def end(connection: Connection, on: date, run_id: str | None = None, **values: Any) -> bool:
    """A run of a day ends, the complete live one unless said otherwise; whether it tells anything."""
    run_id = run_id or f"run of {on}"
    end_run(connection, run_id, day=on, **values)
    return look(connection, on, run_id)


def look(connection: Connection, on: date, run_id: str | None = None) -> bool:
    occasion = Occasion(run_id or f"run of {on}", on, PAGES)
    return alerts.work_out(connection, occasion, datetime(on.year, on.month, on.day, 3, tzinfo=UTC))


def told(connection: Connection, columns: str = "told.day, told.kind") -> list[tuple[Any, ...]]:
    query = f"select {columns} from alerts_told as told join alert_wishes as wish using (wish_id) where not is_known"  # noqa: S608
    return connection.execute(f"{query} order by told.alert_id".encode()).fetchall()


def walk(connection: Connection, user_id: str, counts: list[int], *, first: int = 0) -> None:
    """Observed counts, one a day; the first is that of the day `first`."""
    for number, followers in enumerate(counts):
        snapshot(connection, user_id, day(first + number), followers)


def test_one_event_is_told_once(connection: Connection):
    """Over the bar, on it, a little below it, over it again: one event. Clearly below, then over it: the second."""
    reader(connection, "ann")
    wish(connection, "ann", grown_1=5)
    creator(connection, "a", "ann")
    # Growth in percent:       6      7      4.5    6      3      5
    walk(connection, "a", [100_000, 106_000, 113_420, 118_524, 125_635, 129_404, 135_875])
    for number in range(1, 7):
        end(connection, day(number))
    assert told(connection, "told.day, told.kind, told.value, told.bar, told.over_on") == [
        (day(1), "grown_1", 6, 5, day(5)),
        (day(6), "grown_1", 5, 5, None),
    ]
    ((wish_id,),) = connection.execute("select wish_id from alert_wishes").fetchall()
    asked = {"wish_id": wish_id, "user_ids": ["a"], "first_day": day(0), "last_day": day(6)}
    # And so does the page foretell it.
    assert one(connection, "dashboard/alerts/preview", asked) == {"events": 2, "days": 6}


def test_four_fifths_of_the_bar_are_not_clearly_below(connection: Connection):
    """4.00 % of a bar of 5 % ends nothing; 3.99 % does, and what ended tells nothing on that very day."""
    reader(connection, "ann")
    wish(connection, "ann", grown_1=5)
    creator(connection, "a", "ann")
    # 6, 4, 6, 3.99 and 6 percent
    walk(connection, "a", [1_000_000, 1_060_000, 1_102_400, 1_168_544, 1_215_169, 1_288_080])
    for number in range(1, 6):
        end(connection, day(number))
    assert told(connection) == [(day(1), "grown_1"), (day(5), "grown_1")]


def test_estimates_and_gaps_neither_tell_nor_end(connection: Connection):
    """Growth to or from an estimated day is none, and a day without a row leaves an event as it was."""
    reader(connection, "ann")
    wish(connection, "ann", grown_1=5)
    creator(connection, "a", "ann")
    walk(connection, "a", [100_000, 106_000])
    snapshot(connection, "a", day(2), 106_000, origin="interpolation")
    snapshot(connection, "a", day(3), 130_000)
    snapshot(connection, "a", day(5), 200_000)
    snapshot(connection, "a", day(6), 220_000)
    creator(connection, "b", "ann")
    snapshot(connection, "b", day(0), 100_000)
    snapshot(connection, "b", day(1), 150_000, origin="interpolation")
    for number in range(1, 7):
        end(connection, day(number))
    assert told(connection, "told.day, told.user_id, told.over_on") == [(day(1), "a", None)]


def test_every_kind(connection: Connection):
    """Growth over 7 days, a number that is passed, silence, what looks bought: each with what was observed."""
    reader(connection, "ann")
    wish(connection, "ann", grown_7=20, followers=120_000, silent_days=14, bought=True)
    creator(connection, "a", "ann")
    snapshot(connection, "a", day(-6), 100_000)
    snapshot(connection, "a", day(0), 119_000)
    snapshot(connection, "a", day(1), 125_000)
    stands(connection, "a", day(1), last_post_on=day(1) - timedelta(days=14), growth_check="looks bought")
    end(connection, day(1))
    assert sorted(told(connection, "told.kind, told.value, told.bar, told.follower_count")) == [
        ("bought", None, None, 125_000),
        ("followers", 125_000, 120_000, 125_000),
        ("grown_7", 25, 20, 125_000),
        ("silent", 14, 14, 125_000),
    ]


def test_who_is_far_above_a_number_did_not_pass_it(connection: Connection):
    """Nobody was seen below it within seven days. A crossing on a day that nobody came to is told on the next complete one."""
    reader(connection, "ann")
    wish(connection, "ann", followers=50_000)
    creator(connection, "a", "ann")
    creator(connection, "b", "ann")
    walk(connection, "a", [60_000, 61_000, 62_000, 63_000])
    walk(connection, "b", [49_000, 49_500, 51_000, 52_000])
    end(connection, day(1))
    end(connection, day(2), state="incomplete")
    end(connection, day(3))
    assert told(connection, "told.day, told.user_id") == [(day(3), "b")]


@pytest.mark.parametrize(
    "columns",
    [
        {"mode": "replay"},
        {"settings": '{"dry_run": true}'},
        {"settings": '{"skip_roll_call": true}'},
        {"state": "incomplete"},
        {"state": "running"},
    ],
)
def test_only_a_complete_live_run_tells(connection: Connection, columns: dict[str, str]):
    """Replays, backfills, dry runs and days that are not complete tell nothing, and send nothing."""
    reader(connection, "ann")
    wish(connection, "ann", grown_1=5)
    creator(connection, "a", "ann")
    walk(connection, "a", [100_000, 106_000])
    assert end(connection, DAY, **columns) is False
    assert told(connection) == []
    # Not even where another run of the day was complete.
    end_run(connection, "the other", day=DAY)
    assert look(connection, DAY) is False


def test_a_day_again_tells_nothing_twice(connection: Connection):
    """A run that is cleared, a second run of the day, and one of an earlier day: only who was not measured before is new."""
    reader(connection, "ann")
    wish(connection, "ann", grown_1=5)
    creator(connection, "a", "ann")
    creator(connection, "b", "ann")
    walk(connection, "a", [100_000, 106_000, 107_000, 114_000])
    walk(connection, "b", [100_000])
    for number in (1, 2, 3):
        end(connection, day(number))
    snapshot(connection, "b", day(1), 107_000)
    for number in (3, 1, 2, 1):
        look(connection, day(number))
    assert told(connection, "told.day, told.user_id") == [(day(1), "a"), (day(3), "a"), (day(1), "b")]


def test_days_that_nobody_came_to_are_made_up_for(connection: Connection):
    """Six days back, in their order, where they were complete; no further, and no day before the wish."""
    reader(connection, "ann")
    old = wish(connection, "ann", grown_1=5)
    new = wish(connection, "ann", grown_1=5, made_on=day(8))
    creator(connection, "a", "ann")
    walk(connection, "a", [100, 110, 110, 121, 121, 121, 121, 121, 140])
    for number in (1, 3, 5):
        end_run(connection, f"only {number}", day=day(number))
    end(connection, day(8))
    assert told(connection, "told.day, told.wish_id") == [(day(3), old), (day(8), old), (day(8), new)]


def test_each_is_told_of_theirs(connection: Connection):
    """Stars are the reader's own, a status is the team's, bars are each wish's; a paused wish tells nothing."""
    for name in ("ann", "bob", "cat"):
        reader(connection, name)
    wish(connection, "ann", grown_1=5)
    wish(connection, "bob", grown_1=7)
    wish(connection, "bob", "status", status="watching", grown_1=3)
    wish(connection, "cat", grown_1=1, is_paused=True)
    creator(connection, "a", "ann", "bob", "cat")
    creator(connection, "b", "bob")
    creator(connection, "c")
    insert(connection, "shortlist", user_id="c", status="watching", changed_by="x")
    for user_id, followers in (("a", 106_000), ("b", 108_000), ("c", 104_000)):
        walk(connection, user_id, [100_000, followers])
    end(connection, DAY)
    assert sorted(told(connection, "wish.reader, told.user_id, told.bar")) == [
        ("ann", "a", 5), ("bob", "b", 7), ("bob", "c", 3),
    ]  # fmt: skip


def test_nobody_is_told_of_whom_nobody_may_be(connection: Connection):
    """The team said no, or a person overruled: neither kept nor sent, also where that came in between."""
    reader(connection, "ann", "ann@example.org")
    wish(connection, "ann", grown_1=5)
    for user_id in "abc":
        creator(connection, user_id, "ann")
        walk(connection, user_id, [100_000, 106_000])
    insert(connection, "shortlist", user_id="a", status="no", changed_by="x")
    end(connection, DAY)
    assert told(connection, "told.user_id") == [("b",), ("c",)]
    connection.execute(
        "insert into overrules (made_by, day, keyword, video_id, user_id, layer, expected, reason)"
        " values ('op', %s, 'k', 'v', 'b', 'face', 'refuse', 'A poster.')",
        [DAY],
    )
    (letter,) = letters(connection)
    assert ("/creators/c" in letter.html, "/creators/b" in letter.html) == (True, False)


def letters(connection: Connection, channel: Any = "mail", on: date = DAY) -> Any:
    now = datetime(on.year, on.month, on.day, 3, tzinfo=UTC)
    return alerts.unsent(connection, channel, Occasion("r", on, PAGES), now)


@pytest.fixture
def searched(connection: Connection) -> Connection:
    """Ann's search for who fades, shared, which Bob watches: a and b are in it."""
    reader(connection, "bob", "bob@example.org")
    insert(
        connection, "saved_searches", search_id=7, owner="ann", name="Fading", path="/comets", is_shared=True,
        parameters=psycopg.types.json.Jsonb({"fading": "true", "window": "7"}),
    )  # fmt: skip
    for user_id in "abc":
        creator(connection, user_id)
        walk(connection, user_id, [20_000, 20_000, 20_000, 30_000])
        stands(connection, user_id, day(1), is_fading=user_id != "c", percent_7=-1)
    return connection


def test_a_newcomer_to_a_saved_search_is_told_once(searched: Connection):
    """Who was in it when it was asked for is none; who comes is told once, however often they leave and come back."""
    wish_id = wish(searched, "bob", "search", search_id=7, newcomers=True)
    about = {"wish_id": wish_id, "watched": "search", "newcomers": True, "path": "/comets"}
    alerts.know_all(searched, {**about, "parameters": {"fading": "true", "window": "7"}}, "bob", DAY)
    end(searched, day(1))
    for number, fading in ((2, "abc"), (3, "a"), (4, "abc")):
        for user_id in "abc":
            stands(searched, user_id, day(number), is_fading=user_id in fading, percent_7=-1)
        if number < 4:
            end(searched, day(number))
    assert told(searched, "told.day, told.user_id, told.kind") == [(day(2), "c", "newcomer")]
    (letter,) = letters(searched, on=day(3))
    assert "is new in a saved search (saved search “Fading”; 20,000 followers)" in letter.html


def test_a_saved_search_is_watched_beyond_its_first_page(searched: Connection):
    """All that it finds, up to the bound: also who stands 250th is told of, and is new in it only if they were not there before.

    A wish of a time when the first 200 alone were watched takes who stood beyond them for known.
    """
    old = wish(searched, "bob", "search", search_id=7, newcomers=True, grown_1=10)
    many = [f"m{number:03}" for number in range(250)]
    for place, user_id in enumerate(many):
        creator(searched, user_id)
        stands(searched, user_id, day(1), is_fading=True, percent_7=-1 - place)
    walk(searched, "m249", [100, 100, 120])
    alerts._know(searched, {"wish_id": old}, many[:200], DAY)
    searched.execute("update alert_wishes set reach = 202")
    end(searched, day(1))
    assert told(searched, "told.user_id, told.kind") == [("a", "newcomer"), ("b", "newcomer")]
    creator(searched, "late")
    for user_id, place in (("late", 249.5), ("m249", 250)):
        stands(searched, user_id, day(2), is_fading=True, percent_7=-1 - place)
    end(searched, day(2))
    assert told(searched, "told.user_id, told.kind")[2:] == [("m249", "grown_1"), ("late", "newcomer")]


def test_an_estimated_newcomer_waits(searched: Connection):
    """Until a day on which they are observed."""
    wish(searched, "bob", "search", search_id=7, newcomers=True)
    stands(searched, "a", day(1), is_fading=True, is_estimated=True, percent_7=-1)
    end(searched, day(1))
    assert told(searched, "told.user_id") == [("b",)]
    stands(searched, "a", day(2), is_fading=True, percent_7=-1)
    end(searched, day(2))
    assert told(searched, "told.user_id") == [("b",), ("a",)]


def test_bars_of_a_saved_search_watch_whom_it_finds(searched: Connection):
    """And end an event also of who is not found any more: a second one of theirs is told."""
    wish(searched, "bob", "search", search_id=7, grown_1=10)
    end(searched, day(3))
    assert told(searched, "told.user_id, told.value") == [("a", 50), ("b", 50)]
    stands(searched, "a", day(4), is_fading=False)
    snapshot(searched, "a", day(4), 30_300)
    end(searched, day(4))
    stands(searched, "a", day(5), is_fading=True, percent_7=-1)
    snapshot(searched, "a", day(5), 40_000)
    end(searched, day(5))
    assert told(searched, "told.day, told.user_id, told.over_on") == [
        (day(3), "a", day(4)), (day(3), "b", None), (day(5), "a", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "gone", ["delete from saved_searches", "update saved_searches set is_shared = false where search_id = 7"]
)
def test_a_search_that_is_gone_tells_nobody(searched: Connection, gone: str):
    """Removed, or not shared any more: nothing is kept from then on, and what waited is not sent."""
    wish(searched, "bob", "search", search_id=7, newcomers=True)
    end(searched, day(1))
    assert len(letters(searched)) == 1
    searched.execute(gone.encode())
    assert letters(searched) == []
    stands(searched, "c", day(2), is_fading=True, percent_7=-1)
    end(searched, day(2))
    assert told(searched, "told.user_id") == [("a",), ("b",)]


def test_who_does_not_come_any_more_is_told_nothing(connection: Connection):
    """Whoever opened the page within 30 days is; later, whether Airflow still lets them in is not known."""
    reader(connection, "ann", "ann@example.org", seen_on=DAY - timedelta(days=30))
    reader(connection, "bob", "bob@example.org", seen_on=DAY - timedelta(days=31))
    creator(connection, "a", "ann", "bob")
    walk(connection, "a", [100_000, 106_000])
    for name in ("ann", "bob"):
        wish(connection, name, grown_1=5)
    end(connection, DAY)
    assert told(connection, "wish.reader") == [("ann",)]
    assert [letter.reader for letter in letters(connection)] == ["ann"]
    assert letters(connection, on=day(2)) == []


def test_a_letter_says_why(connection: Connection):
    """Each line has the number, the bar and the reason; told by two wishes it is one line with both; bought growth is marked."""
    reader(connection, "ann", "ann@example.org", on_webhook=True)
    wish(connection, "ann", grown_1=5, followers=105_000)
    wish(connection, "ann", "status", status="watching", grown_1=2.5)
    creator(connection, "a", "ann", handle="luna")
    insert(connection, "shortlist", user_id="a", status="watching", changed_by="x")
    walk(connection, "a", [100_000, 106_200])
    stands(connection, "a", DAY, growth_check="looks bought")
    end(connection, DAY)
    (letter,) = letters(connection, "webhook")
    assert letter.subject == "Cometwatch 2026-11-02: 2 alerts for you"
    assert letter.text.splitlines() == [
        "*Cometwatch 2026-11-02: 2 alerts for ann*",
        "*2026-11-02*",
        f"• <{PAGES}/creators/a|@luna> passed 105,000 followers, and has 106,200 (your star; growth looks bought)",
        f"• <{PAGES}/creators/a|@luna> grew 6.20 % since the day before: your bar is 5 %"
        " (your star, shortlist: watching; 106,200 followers; growth looks bought)",
        "You asked for this on the page My alerts. It goes on until 2026-12-02, and longer if you open that page before.",
        f"<{PAGES}/alerts|My alerts>",
    ]


def test_a_long_letter_is_cut(connection: Connection):
    """Of 60 events 50 are written, the latest first, and the rest counted; all are noted as sent."""
    reader(connection, "ann", "ann@example.org")
    wish(connection, "ann", grown_1=5)
    for number in range(60):
        creator(connection, f"{number:02}", "ann")
        walk(connection, f"{number:02}", [100, 106])
    end(connection, DAY)
    (letter,) = letters(connection)
    assert (letter.html.count("<li>"), "And 10 more" in letter.html, len(letter.alert_ids)) == (50, True, 60)
    alerts.note_sent(connection, "mail", letter)
    assert letters(connection) == []


def test_hostile_names_are_harmless(connection: Connection):
    """No handle, reader or search becomes a tag, a template, a mention, a link or a header."""
    reader(connection, EVIL, "ann@example.org")
    insert(connection, "saved_searches", search_id=7, owner=EVIL, name="<b>|<!here>" + "x" * 60, path="/comets")
    wish(connection, EVIL, "search", search_id=7, newcomers=True)
    creator(connection, "../x?y=<z>", handle=EVIL)
    stands(connection, "../x?y=<z>", DAY, handle=EVIL)
    walk(connection, "../x?y=<z>", [20_000, 20_000])
    end(connection, DAY)
    (letter,) = letters(connection)
    assert not [part for part in ("<script", "<b>", "<!here", "<!channel") if part in letter.html]
    assert "{{ 7*7 }}" in html.unescape(letter.html)
    assert f"{PAGES}/creators/..%2Fx%3Fy%3D%3Cz%3E" in letter.html
    assert "<!" not in letter.text
    assert letter.text.count("<") == letter.text.count(">") == 2
    assert len(letter.text.splitlines()) == 5
    assert "\n" not in letter.subject


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("grown_7", "grew 20.50 % in 7 days: your bar is 20 %"),
        ("silent", "posted nothing for 20 days: your bar is 20"),
        ("bought", "began to look as if followers were bought"),
    ],
)
def test_what_happened_in_words(kind: str, words: str):
    """A sentence for each kind."""
    assert alert_letters.what_happened({"kind": kind, "value": Decimal("20.5"), "bar": Decimal("20.00")}) == words


Tell = Callable[..., None]


@pytest.fixture
def tell(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """`tell(1, mail=…, webhook=…)` is the end of the run of the first day with these connections defined."""
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", _as_airflow_writes(database_url))
    monkeypatch.setenv("TIKHUB_BASE_URL", "http://127.0.0.1:9")  # a clock can be set for a sandbox alone

    def end(number: int, mail: str | None = None, webhook: str | None = None, **parts: Any) -> None:
        on = day(number)
        monkeypatch.setenv("COMETS_NOW", f"{on}T03:00:00+00:00")
        for name, defined in (("AIRFLOW_CONN_COMETS_SMTP", mail), ("AIRFLOW_CONN_COMETS_WEBHOOK", webhook)):
            monkeypatch.setenv(name, defined) if defined else monkeypatch.delenv(name, raising=False)
        run = SimpleNamespace(
            run_id=f"run of {on}", logical_date=None, run_after=datetime(on.year, on.month, on.day, tzinfo=UTC)
        )
        work = {"work_out": alerts.work_out, "unsent": alerts.unsent, "note": alerts.note_sent, **parts}
        PersonalAlerts(**work).notify({"dag_run": run})  # type: ignore[typeddict-item]

    return end


@pytest.fixture
def risen(connection: Connection) -> Connection:
    """Ann and Bob starred one who rose by 6 % on the first day; two complete days, on the second nothing happens."""
    reader(connection, "ann", "ann@example.org", on_webhook=True)
    reader(connection, "bob", "bob@example.org")
    creator(connection, "a", "ann", "bob", handle=EVIL)
    walk(connection, "a", [100_000, 106_000, 112_000])
    for name in ("ann", "bob"):
        wish(connection, name, grown_1=5)
    for number in (1, 2):
        end_run(connection, f"run of {day(number)}", day=day(number))
    return connection


def to(mailbox: Mailbox) -> list[str]:
    return [letter["To"] for letter in mailbox.letters]


def test_mails_and_a_message_arrive_once(risen: Connection, tell: Tell, mailbox: Mailbox, receiver: Receiver):
    """One mail for each, to their own address alone, the channel for who wants it; a rerun and the next day are silent."""
    channels = {"mail": mailbox.connection(to="team@example.org"), "webhook": receiver.connection()}
    tell(1, **channels)
    tell(1, **channels)
    tell(2, **channels)
    assert risen.execute("select count(*) from api_calls").fetchall() == [(0,)]
    assert to(mailbox) == ["ann@example.org", "bob@example.org"]
    letter = mailbox.letters[0]
    assert (letter["Subject"], letter["From"]) == ("Cometwatch 2026-11-02: 1 alert for you", "cometwatch@example.org")
    assert (letter["Cc"], letter["Bcc"]) == (None, None)
    content = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "grew 6.00 % since the day before: your bar is 5 %" in content
    assert "{{ 7*7 }}" in html.unescape(content)
    assert [message["text"].splitlines()[0] for message in receiver.messages] == [
        "*Cometwatch 2026-11-02: 1 alert for ann*"
    ]


def test_what_is_not_sent_is_sent_by_the_next_run(
    risen: Connection, tell: Tell, mailbox: Mailbox, receiver: Receiver, caplog: pytest.LogCaptureFixture
):
    """A refused mail or webhook is logged without an address, costs the other channel nothing, and is tried the next day."""
    mailbox.refuses, receiver.status = True, 500
    channels = {"mail": mailbox.connection(), "webhook": receiver.connection()}
    tell(1, **channels)
    assert caplog.text.count("could not be sent by mail") == 2
    assert caplog.text.count("could not be sent by webhook") == 1
    said = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")  # the server's own
    assert not any(secret in said for secret in ("@example.org", SECRET))
    mailbox.refuses, receiver.status = False, 200
    tell(2, **channels)
    assert (to(mailbox), len(receiver.messages)) == (["ann@example.org", "bob@example.org"], 1)
    assert "Cometwatch 2026-11-02: 1 alert" in mailbox.letters[0]["Subject"]


def test_without_a_connection_alerts_wait(
    risen: Connection, tell: Tell, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
):
    """They are kept for the page, the log says what is missing, and a connection that comes later sends those of a week."""
    tell(1)
    assert "Alerts for 2 people wait: there is no connection comets_smtp." in caplog.text
    assert len(told(risen)) == 2
    risen.execute("update alerts_told set day = day - 6 where wish_id = (select min(wish_id) from alert_wishes)")
    tell(2, mail=mailbox.connection())
    assert to(mailbox) == ["bob@example.org"]


class Killed(BaseException):
    """What ends a process between two steps."""


def test_killed_between_mail_and_note(risen: Connection, tell: Tell, mailbox: Mailbox):
    """It may be said twice, never not at all: the first mail was sent and not noted; the next run sends to both."""

    def die(*_: Any) -> None:
        raise Killed

    with pytest.raises(Killed):
        tell(1, mail=mailbox.connection(), note=die)
    assert to(mailbox) == ["ann@example.org"]
    tell(2, mail=mailbox.connection())
    assert to(mailbox) == ["ann@example.org", "ann@example.org", "bob@example.org"]


def test_killed_before_anything_is_kept(risen: Connection, tell: Tell, mailbox: Mailbox):
    """Half of a day is none: the next run works the day out, and tells it."""

    def die(*given: Any) -> bool:
        alerts.work_out(*given)
        raise Killed

    with pytest.raises(Killed):
        tell(1, mail=mailbox.connection(), work_out=die)
    assert told(risen) == []
    tell(2, mail=mailbox.connection())
    assert told(risen) == [(day(1), "grown_1"), (day(1), "grown_1")]
    assert to(mailbox) == ["ann@example.org", "bob@example.org"]


def test_a_database_that_is_away_is_a_line_in_the_log(
    risen: Connection, tell: Tell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """And no error of the task."""
    monkeypatch.setattr("include.digest.channels.PATIENCE_SECONDS", 0.1)
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", '{"conn_type": "postgres", "host": "127.0.0.1", "port": 1}')
    tell(1)
    assert "Personal alerts wait for the next run" in caplog.text


def test_what_is_long_over_is_dropped(connection: Connection, database_url: str):
    """What goes on stays, so that it is not told again; what ended before the window goes, the oldest first."""
    reader(connection, "ann")
    wish_id = wish(connection, "ann", grown_1=5)
    for user_id, over_on in (("a", None), ("b", day(3)), ("c", day(5))):
        insert(connection, "alerts_told", wish_id=wish_id, user_id=user_id, kind="grown_1", day=DAY, over_on=over_on)
    connection.commit()
    with Database(lambda: psycopg.connect(database_url)) as store:
        assert store.one("ranking/alerts/count_told", {"before": day(5)}) == {"kept": 3, "first_day": DAY, "overdue": 1}
        assert len(store.rows("ranking/alerts/drop_over", {"before": day(5), "most": 9})) == 1
    assert told(connection, "told.user_id") == [("a",), ("c",)]


def test_wishes_of_before_watched_two_hundred(empty_database_url: str, tmp_path: Path):
    """A database of before keeps its wishes, which know how far they reached; a new one says so by itself."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0065":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        reader(connection, "ann")
        wish(connection, "ann", grown_1=5)
        creator(connection, "a", "ann")
        insert(connection, "alerts_told", wish_id=1, user_id="a", kind="grown_1", day=DAY)
        migrate(connection)
        assert connection.execute("select wish_id, reach from alert_wishes").fetchall() == [(1, 200)]
        assert connection.execute("select reader, user_id, kind from alerts_tellable").fetchall() == [
            ("ann", "a", "grown_1")
        ]
