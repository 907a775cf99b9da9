"""Visits of TikTok Studio, one after the other: in the database alone, by a clock that is set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics import accounts
from include.account_analytics.browser import settings, turns
from include.account_analytics.browser.export import Office, take_turn
from include.account_analytics.browser.turns import Pace, Turn
from include.account_analytics.secrets_kept import Safe
from include.calls.sigterm import ToldToEnd
from include.database import Database
from include.lake import Lake
from include.settings import Secret

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NAMES = ("anna", "berta", "clara")
PACE = Pace()


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    with Database(lambda: psycopg.connect(database_url)) as opened:
        opened.run(lambda connection: accounts.open_accounts(connection, NAMES))
        yield opened


Taking = Callable[..., Turn]


@pytest.fixture
def take(store: Database) -> Taking:
    """`take("anna", 5)`: a turn asked for at 12:05."""

    def asked(account: str, minute: float = 0, run_id: str = "a", pace: Pace = PACE) -> Turn:
        return turns.take(store, account, run_id, "export", pace, NOON + minutes(minute))

    return asked


def begun(store: Database, turn: Turn, minute: float) -> bool:
    assert turn.visit_id is not None
    return turns.begin(store, turn.visit_id, NOON + minutes(minute))


def test_the_first_begins_at_once(store: Database, take: Taking):
    """Nobody was visited: no wait, nothing brought, no end of a visit before."""
    turn = take("anna")
    assert (turn.wait_seconds, turn.starts_at, turn.brought, turn.last_result) == (0, NOON, (), None)
    assert begun(store, turn, 0)


def test_accounts_are_five_minutes_apart(take: Taking):
    """Three accounts that are asked for at once: 12:00, 12:05 and 12:10."""
    assert [take(name).starts_at - NOON for name in NAMES] == [minutes(0), minutes(5), minutes(10)]


def test_an_account_is_visited_once_an_hour(store: Database, take: Taking):
    """Asked for again after 40 minutes it waits for 20 more; after 59 minutes for one."""
    assert begun(store, take("anna"), 0)
    assert take("anna", 40, "b").wait_seconds == 20 * 60
    assert take("berta", 59, "b").wait_seconds == 6 * 60  # the claim of 13:00 is before it
    assert take("anna", 59, "b").wait_seconds == 11 * 60  # which was given up; that of 13:05 is before it


def test_whom_is_not_waited_for(store: Database, take: Taking):
    """A turn later than half an hour is not claimed: nobody comes after it, and how the last visit ended is said."""
    first = take("anna")
    assert begun(store, first, 0)
    turns.end(store, first.visit_id or 0, "done", now=NOON + minutes(2))
    late = take("anna", 29, "b")
    assert (late.visit_id, late.starts_at - NOON, late.last_result) == (None, minutes(60), "done")
    assert take("berta", 29).wait_seconds == 0


def test_two_workers_at_once(database_url: str, store: Database):
    """Twelve claims from as many connections at one moment: each five minutes after another, none twice."""
    names = [f"shop{number}" for number in range(12)]
    store.run(lambda connection: accounts.open_accounts(connection, names))
    patient = Pace(longest_seconds=7200)

    def claim(name: str) -> datetime:
        with Database(lambda: psycopg.connect(database_url)) as own:
            return turns.take(own, name, "a", "export", patient, NOON).starts_at

    with ThreadPoolExecutor(12) as pool:
        starts = sorted(pool.map(claim, names))
    assert [start - NOON for start in starts] == [minutes(5 * number) for number in range(12)]


def test_a_visit_begins_once(store: Database, take: Taking):
    """A task that was believed dead and the one that took its place: the claim of the first is given up, and begins nothing."""
    first = take("anna")
    second = take("anna", 0.5)
    assert not begun(store, first, 0.5)
    assert begun(store, second, 0.5)
    assert not begun(store, second, 0.5)


def test_a_turn_that_nobody_took_is_over(store: Database, take: Taking):
    """A process that was paused for two minutes does not begin beside the next one; it claims anew."""
    turn = take("anna")
    assert not begun(store, turn, 2)
    again = take("anna", 2)
    assert again.wait_seconds == 0
    assert begun(store, again, 2)


def test_a_visit_that_was_killed_counts(store: Database, take: Taking):
    """It had begun: another try of the same run waits for the rest of the hour, and knows what was brought."""
    turn = take("anna")
    assert begun(store, turn, 0)
    assert turns.note(store, turn.visit_id or 0, "overview")
    again = take("anna", 45)
    assert (again.wait_seconds, again.brought, again.last_result) == (15 * 60, ("overview",), None)
    assert take("anna", 46, "b").brought == ()


def test_a_look_is_no_export(store: Database, take: Taking):
    """A canary's visit counts for the hour, and says nothing of what an export would have brought; to a canary both do."""
    look = turns.take(store, "anna", "look", "canary", PACE, NOON)
    assert begun(store, look, 0)
    turns.end(store, look.visit_id or 0, "done")
    assert (take("anna", 10).visit_id, take("anna", 10).last_result) == (None, None)
    assert turns.take(store, "anna", "again", "canary", PACE, NOON + minutes(10)).last_result == "done"


def test_told_to_end_while_it_waits(store: Database, tmp_path: Path):
    """A task that waits for its turn goes at once when it is told to; the turn is over then, and nobody begins it."""
    told = threading.Event()
    told.set()
    safe = Safe(Secret(Fernet.generate_key().decode()))
    lake = Lake(f"file://{tmp_path}")
    office = Office(store, lake, safe, settings.load({}, None), lambda: NOON + minutes(1))
    assert begun(store, turns.take(store, "anna", "a", "export", PACE, NOON), 0)
    with pytest.raises(ToldToEnd):
        take_turn(office, "berta", "a", "export", told)
    assert not turns.begin(store, 2, NOON + minutes(7))


def test_the_clock_may_be_the_servers(store: Database):
    """Without a clock of one's own the server's counts."""
    first = turns.take(store, "anna", "a", "export", PACE)
    assert first.wait_seconds == 0
    assert turns.begin(store, first.visit_id or 0)
    second = turns.take(store, "berta", "a", "export", PACE)
    assert 200 < second.wait_seconds <= 300


def test_what_came_of_it_is_said_once(store: Database, take: Taking):
    """The first end of a visit stays."""
    turn = take("anna")
    assert begun(store, turn, 0)
    visit_id = turn.visit_id or 0
    turns.end(store, visit_id, "page_changed", tab="content", step="range", language="de", screenshots=["x.png"])
    turns.end(store, visit_id, "done")
    (row,) = store.run(
        lambda connection: connection.execute(
            "select result, tab, step, language, screenshots from account_browser_log"
        ).fetchall()
    )
    assert row == ("page_changed", "content", "range", "de", ["x.png"])
