"""Everything that many workers share, through PgBouncer in transaction mode: no statement may count on its session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest

from include import database, migrations
from include.calls.ledger import Caller, Ledger
from include.calls.limiter import MARGIN, set_rate
from include.comets import roll_call, tasks
from include.local import postgres
from include.local.driven_sandbox import RunningSandbox
from include.local.played_days import Days
from tests.fixtures.pgbouncer import POOL_SIZE, Bouncer, started
from tests.include.calls.test_limiter import enter_run, most_in_a_second, race
from tests.include.comets.rosters import TODAY, called, counts, enter, plain, true_counts

CLIENTS = 6


@pytest.fixture(scope="module")
def bouncer(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bouncer]:
    with started(postgres_server, tmp_path_factory.mktemp("pgbouncer")) as running:
        yield running


@pytest.fixture
def url(bouncer: Bouncer, database_url: str) -> str:
    """A fresh, migrated database, through the pooler."""
    return bouncer.through(database_url)


@pytest.fixture
def today(url: str, sandbox: RunningSandbox) -> Days:
    return Days(url, sandbox).at(2026, 11, 2)


def at_once(work: Any, clients: int = CLIENTS) -> list[Any]:
    """What `work(number)` returns for each of several clients, all begun at the same moment."""
    barrier = Barrier(clients)

    def one(number: int) -> Any:
        barrier.wait(20)
        return work(number)

    with ThreadPoolExecutor(clients) as pool:
        return [each.result(60) for each in [pool.submit(one, number) for number in range(clients)]]


def test_clients_share_sessions(url):
    """The premise: more clients than sessions, and one client's transactions are not all in the same session."""

    def sessions(_: int) -> set[int]:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            found = set()
            for _ in range(60):
                with connection.transaction():
                    (pid,) = connection.execute("select pg_backend_pid() from pg_sleep(0.002)").fetchall()[0]
                    found.add(pid)
            return found

    seen = at_once(sessions)
    assert len(set.union(*seen)) == POOL_SIZE
    assert max(map(len, seen)) > 1


def test_the_limit_is_kept_by_processes(url):
    """Four processes at 50 calls a second: no second has more than 50, few turns are lost, and nobody is left behind."""
    with psycopg.connect(url, autocommit=True) as connection:
        set_rate(connection, 50)
        enter_run(connection)
    passed = race(url, workers=4, seconds=2.0)
    together = [moment for moments in passed for moment in moments]
    assert most_in_a_second(together) <= 50
    assert len(together) >= 50 * MARGIN * 2.0 * 0.6  # a busy machine lets some pass unused
    assert min(map(len, passed)) >= len(together) / 4 * 0.4


def test_a_budget_is_never_exceeded(url):
    """Four processes that race for the last of 20 calls are given 20."""
    with psycopg.connect(url, autocommit=True) as connection:
        set_rate(connection, 10_000)
        enter_run(connection, max_calls=20)
        passed = race(url, workers=4, seconds=1.0)
        assert sum(map(len, passed)) == 20
        assert connection.execute("select calls_made from runs").fetchall() == [(20,)]


def test_each_request_is_claimed_once(url):
    """Six clients that want the same 300 requests at the same moment: each request is one client's to make."""
    subjects = [str(number) for number in range(300)]

    def claim(number: int) -> list[tuple[str, str]]:
        ledger = Ledger(Caller(TODAY, "comets", f"run {number}", "roll_call"))
        with database.Database(lambda: psycopg.connect(url)) as connections:
            claims = [
                each
                for first in range(0, 300, 50)
                for each in connections.run(
                    lambda connection, first=first: ledger.claim(
                        connection, "user_profile", subjects[first : first + 50]
                    )
                )
            ]
        return [(each.subject, each.state) for each in claims]

    states = Counter(each for told in at_once(claim) for each in told)
    assert states == Counter(
        {**{(each, "claimed"): 1 for each in subjects}, **{(each, "busy"): CLIENTS - 1 for each in subjects}}
    )


def test_two_runs_at_once_call_everybody_once(today):
    """A batch's lease keeps the second run out until it is done: each creator is called once, and measured truly."""
    creators = plain(today, 60)
    enter(today, creators)
    today.sandbox.settings(latency=0.05)
    runs = [today.open(f"manual__{name}", skip_discovery=True) for name in "ab"]
    plans = [tasks.plan_roll_call(today.connect, run) for run in runs]
    jobs = [(run, batch) for run, plan in zip(runs, plans, strict=True) for batch in plan]
    at_once(lambda number: today.measure(*jobs[number], jobs[number][1]["batch"]), len(jobs))
    assert len(jobs) == 4
    assert len(called(today)) == len(set(called(today))) == len(creators)
    assert counts(today, TODAY) == true_counts(creators)


def test_a_worker_that_was_overtaken_writes_nothing(today, monkeypatch):
    """While it was silent its lease ran out and another took the batch: it raises Fenced, and stores no snapshot."""
    enter(today, plain(today, 40))
    run = today.open("manual__zombie", skip_discovery=True)
    batch = tasks.plan_roll_call(today.connect, run)[0]
    real = roll_call._Work._measure

    def measure(work: Any, look_up: Any) -> None:
        with psycopg.connect(today.database_url) as other:
            other.execute(
                "update roll_call_batches set owner = 'another', fence = fence + 1,"
                " leased_until = clock_timestamp() + interval '1 minute' where batch = %s",
                [batch["batch"]],
            )
        real(work, look_up)

    monkeypatch.setattr(roll_call._Work, "_measure", measure)
    with pytest.raises(roll_call.Fenced):
        today.measure(run, batch, 0)
    assert counts(today, TODAY) == {}
    assert today.rows("select owner, fence from roll_call_batches where batch = %s", batch["batch"]) == [("another", 2)]


def test_a_whole_day(today):
    """Discovery, roll call, growth, checks and report: the day is complete, and played again it calls nobody."""
    creators = plain(today, 40)
    enter(today, creators)
    run, failed, report = today.play()
    assert failed == []
    assert "🎯 PIPELINE COMPLETED" in report
    measured = counts(today, run.day)
    assert {user_id: measured.get(user_id) for user_id in true_counts(creators)} == true_counts(creators)
    before = len(today.sandbox.log())
    _, failed, _ = today.play()
    assert failed == []
    assert len(today.sandbox.log()) == before
    assert counts(today, run.day) == measured


def test_migrations(bouncer, empty_database_url):
    """Two runners at once, and a third one later: every migration is applied once, and none fails on its session."""
    url = bouncer.through(empty_database_url)

    def migrate(_: int) -> list[str]:
        with psycopg.connect(url) as connection:
            return migrations.migrate(connection)

    applied = [name for names in at_once(migrate, 2) for name in names]
    assert sorted(applied) == [each.name for each in migrations.read_migrations()]
    assert [migrate(number) for number in range(3)] == [[], [], []]


def test_a_transactions_settings_end_with_it(url):
    """The bounds of one client's transactions are not found by the next client in the same session."""
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    query = "select " + ", ".join(f"current_setting('{name}')" for name in names)
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        before = connection.execute(query).fetchall()
    with database.Database(lambda: psycopg.connect(url)) as connections:
        inside = connections.run(lambda connection: connection.execute(query).fetchall())
    found = at_once(lambda _: _settings(url, query))
    assert inside == [("5min", "10s", "1min")]
    assert {tuple(each) for each in found} == {tuple(before)}


def _settings(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        return connection.execute(query).fetchall()
