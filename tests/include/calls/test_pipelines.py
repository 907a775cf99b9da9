"""Two pipelines whose runs have the same id, as Airflow gives them at 02:00: what they share, and what each has alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from include import runs
from include.calls import limiter
from include.calls.desk import Desk, open_desk
from include.calls.limiter import SharedGate
from include.database import Database
from include.local.played_days import Days
from include.tikhub import endpoints
from include.tikhub.errors import BudgetSpent, RunStopped

DAY = date(2026, 11, 2)
TWO_O_CLOCK = "scheduled__2026-11-02T02:00:00+00:00"


@dataclass(frozen=True)
class Run:
    """A run of a pipeline that is nothing else."""

    pipeline: str
    run_id: str = TWO_O_CLOCK
    day: date = DAY
    is_replay: bool = False

    def as_replay(self) -> Run:
        return replace(self, is_replay=True)


OURS, THEIRS = Run("comets"), Run("made_up")


def enter(connection: psycopg.Connection, *, ours: int | None = None, theirs: int | None = None) -> None:
    """Both runs, each with its budget."""
    limiter.set_rate(connection, 1_000)
    for run, max_calls in ((OURS, ours), (THEIRS, theirs)):
        runs.open_run(connection, run, {"of": run.pipeline}, max_calls, max_calls)


def gate(url: str, run: Run) -> SharedGate:
    return SharedGate(Database(lambda: psycopg.connect(url)), run.pipeline, run.run_id, for_discovery=False)


def take(gate: SharedGate, most: int = 1_000) -> int:
    """How many turns it gives, of so many."""
    for taken in range(most):
        try:
            gate.wait_turn()
        except BudgetSpent:
            return taken
    return most


def states(connection: psycopg.Connection) -> dict[str, tuple]:
    query = "select pipeline, state, calls_made, stopped_because, report from runs where run_id = %s"
    return {pipeline: rest for pipeline, *rest in connection.execute(query, [TWO_O_CLOCK]).fetchall()}


def test_each_has_a_line_and_a_budget_of_its_own(connection, database_url):
    """With 3 and 5 calls, each makes its own; opened again, the one's count begins anew and the other's stays."""
    enter(connection, ours=3, theirs=5)
    assert (take(gate(database_url, OURS)), take(gate(database_url, THEIRS))) == (3, 5)
    assert {name: made for name, (_, made, *_) in states(connection).items()} == {"comets": 3, "made_up": 5}
    runs.open_run(connection, THEIRS, {}, 2)
    assert {name: made for name, (_, made, *_) in states(connection).items()} == {"comets": 3, "made_up": 0}


def test_a_turn_given_back_is_the_ones_own(connection, database_url):
    """A turn that passed unused is given back to the budget that it was taken from."""
    enter(connection, ours=3, theirs=3)
    for run in (OURS, THEIRS):
        take(gate(database_url, run), 2)
    gate(database_url, OURS)._give_back()
    assert {name: made for name, (_, made, *_) in states(connection).items()} == {"comets": 1, "made_up": 2}


def test_the_stop_mark_of_one_stops_the_other_not(connection, database_url):
    """A refused key in one run ends that run's calls alone."""
    enter(connection)
    runs.stop_run(connection, THEIRS, "the key was refused")
    with pytest.raises(RunStopped):
        gate(database_url, THEIRS).wait_turn()
    assert take(gate(database_url, OURS), 2) == 2


def test_both_keep_one_rate_limit(connection, database_url):
    """At 96 of 100 turns a second, 24 of each take together the half second that 48 of one would take."""
    enter(connection)
    limiter.set_rate(connection, 100)
    began = time.monotonic()
    threads = [threading.Thread(target=take, args=(gate(database_url, run), 24)) for run in (OURS, THEIRS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 47 / 96


def test_reports_and_ends_are_apart(connection):
    """Closed with its report, the one leaves the other running, and its sums of the day hold its own calls only."""
    enter(connection)
    runs.close_run(connection, THEIRS, {"found": 3}, "Three were found.", [])
    assert states(connection) == {
        "comets": ["running", 0, None, None],
        "made_up": ["complete", 0, None, "Three were found."],
    }
    found = runs.read_run(connection, "made_up", TWO_O_CLOCK)
    assert found is not None
    assert (found["state"], found["report"]) == ("complete", "Three were found.")
    assert runs.read_run(connection, "nobody", TWO_O_CLOCK) is None


def test_only_the_own_runs_are_taken_for_interrupted(connection):
    """Who opens asks Airflow about runs of its own DAG: another's, which it does not have under way, goes on."""
    enter(connection)
    assert runs.close_interrupted(connection, "made_up", "another", lambda _: False) == [TWO_O_CLOCK]
    assert {name: state for name, (state, *_) in states(connection).items()} == {
        "comets": "running",
        "made_up": "interrupted",
    }
    runs.resume_run(connection, OURS)
    runs.resume_run(connection, THEIRS)
    assert {state for state, *_ in states(connection).values()} == {"running"}


# With the sandbox: what one has paid for, the other has


@pytest.fixture
def both(days: Days) -> Days:
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        enter(connection)
    days.sandbox.set_clock(days.now)
    return days


def at_desk(days: Days, run: Run, work: Callable[[Desk[Run]], Any], keyword: str = "") -> Any:
    with open_desk(days.connect, days.api(), run, f"search {keyword}", keyword=keyword) as desk:
        return work(desk)


def search(word: str) -> Callable[[Desk[Run]], Any]:
    return lambda desk: desk.ask(endpoints.video_search(word), lambda data: data)


def test_what_one_paid_for_the_other_has(both: Days):
    """The same search of a day is called once; who came second read it from the ledger, and has no bill."""
    first = at_desk(both, THEIRS, search("ramen"), "a question")
    assert at_desk(both, OURS, search("ramen"), "ramen") == first
    at_desk(both, OURS, search("espresso"), "espresso")
    assert both.rows("select pipeline, subject, keyword from api_calls order by call_id") == [
        ("made_up", "keyword=ramen&offset=0", "a question"),
        ("comets", "keyword=espresso&offset=0", "espresso"),
    ]
    assert both.rows("select pipeline, task_id, answered_from_ledger from run_tasks order by 1, 2") == [
        ("comets", "search espresso", 0),
        ("comets", "search ramen", 1),
        ("made_up", "search a question", 0),
    ]


def test_the_vendor_counts_all_and_each_is_billed_alone(both: Days):
    """One call of the one, two of the other: the vendor's day has three, from which the price of the next follows."""
    at_desk(both, THEIRS, search("ramen"))
    for word in ("ramen", "espresso", "origami"):
        at_desk(both, OURS, search(word))
    assert both.rows("select vendor, billed_calls, usd from api_spend") == [("tikhub", 3, Decimal("0.003"))]
    assert both.rows("select pipeline, vendor, billed_calls, usd from pipeline_spend order by 1") == [
        ("comets", "tikhub", 2, Decimal("0.002")),
        ("made_up", "tikhub", 1, Decimal("0.001")),
    ]


def test_the_price_falls_with_the_calls_of_both(both: Days):
    """After 1,000 calls of another pipeline the next one costs what the 1,001st of the key does."""
    with both.connect() as connection:
        connection.execute(
            "insert into api_spend (vendor, day, billed_calls, usd) values ('tikhub', %s, 1000, 1), ('other', %s, 9, 9)",
            [DAY, DAY],
        )
    at_desk(both, OURS, search("ramen"))
    assert both.rows("select price_usd from api_calls") == [(Decimal("0.0009"),)]
    assert both.rows("select usd from pipeline_spend") == [(Decimal("0.0009"),)]


def test_an_endpoint_says_its_vendor_and_its_price(both: Days):
    """Without a slash it is TikHub's; a price of its own goes before that of its vendor; what has none costs nothing."""
    with both.connect() as connection:
        connection.execute(
            "insert into api_prices (vendor, endpoint, from_call, usd)"
            " values ('serper', 'serper/videos', 1, 0.002), ('serper', 'serper/videos', 11, 0.0015)"
        )
    endpoint_names = ["user_profile", "serper/web", "serper/videos", "nobody/web"]
    found = both.rows(
        "select vendor_of(name), price_of_call(name, 1), price_of_call(name, 12)"
        " from unnest(%s::text[]) with ordinality as given (name, place) order by place",
        endpoint_names,
    )
    assert found == [
        ("tikhub", Decimal("0.001"), Decimal("0.001")),
        ("serper", Decimal("0.001"), Decimal("0.001")),
        ("serper", Decimal("0.002"), Decimal("0.0015")),
        ("nobody", 0, 0),
    ]


def test_a_day_of_comets_counts_comets_alone(days: Days):
    """Another pipeline's run of the same id, its calls and its bill change no number of comets' report, sums and spend."""
    words = {"keywords": ["ramen", "origami"], "pages_per_keyword": 2}
    days.sandbox.set_clock(datetime(2026, 11, 2, 12, tzinfo=UTC))
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        enter(connection)
    for word in ("tokyo", "kyoto", "osaka"):
        at_desk(days, THEIRS, search(word), "ramen")
    run, failed, _ = days.play(TWO_O_CLOCK, **words)
    assert failed == []
    mine = "select count(*), sum(price_usd) from api_calls where pipeline = 'comets' and outcome <> 'calling'"
    ((calls, usd),) = days.rows(mine)
    ((counted,),) = days.rows("select counts -> 'calls' from runs where pipeline = 'comets'")
    assert (counted["calls"], Decimal(str(counted["usd"]))) == (calls, usd)
    assert days.rows("select sum(calls), sum(usd) from call_summaries") == [(calls, usd)]
    assert days.rows("select usd from pipeline_spend where pipeline = 'comets'") == [(usd,)]
    assert days.rows("select state, settings from runs where pipeline = 'made_up'") == [("running", {"of": "made_up"})]
    assert days.rows("select state from runs where pipeline = 'comets'") == [("complete",)]
    assert run.run_id == TWO_O_CLOCK
