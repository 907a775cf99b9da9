"""Two runs at once, killed workers, Ctrl-C, zombies: nobody is called twice and nothing is written twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from include.calls import look_up as profiles
from include.comets import roll_call, tasks
from include.local.played_days import Days
from tests.include.comets.rosters import TODAY, called, counts, enter, plain, true_counts

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def test_two_runs_of_a_day_at_once_call_everybody_once(today, caplog):
    """Both measure the same roster at the same time: one waits for the other's batch, each creator is called once."""
    creators = plain(today, 60)
    enter(today, creators)
    today.sandbox.settings(latency=0.4)  # long enough for the second to come while the first is at it
    runs = [today.open(f"manual__{name}", skip_discovery=True) for name in "ab"]
    plans = [tasks.plan_roll_call(today.connect, run) for run in runs]
    with caplog.at_level("INFO"), ThreadPoolExecutor(2) as pool:
        both = [pool.submit(today.measure, run, plan[0], 0) for run, plan in zip(runs, plans, strict=True)]
        standing = [each.result(60) for each in both]
    assert standing[0] == standing[1]
    assert standing[0]["updated"] == 30
    assert len(called(today)) == len(set(called(today))) == 30
    assert any("waiting for it" in message for message in caplog.messages)


def test_a_run_between_two_batches_is_still_at_work(today):
    """Another run that plans just then joins: no batch of the first becomes another's, and all is measured when it ends."""
    creators = plain(today, 60)
    enter(today, creators)
    first, second = (today.open(f"manual__{name}", skip_discovery=True) for name in "ab")
    plan = tasks.plan_roll_call(today.connect, first)
    today.measure(first, plan[0], 0)
    joined = tasks.plan_roll_call(today.connect, second)
    assert joined == plan[1:]
    assert today.measure(first, plan[1], 1)["updated"] == 30
    assert tasks.plan_roll_call(today.connect, second) == []
    assert counts(today, TODAY) == true_counts(creators)
    assert len(called(today)) == 60


def test_a_killed_worker_costs_one_chunk_at_the_most(today):
    """SIGKILL in the middle: after the lease a retry completes; repeated calls are at most a block and a window."""
    creators = plain(today, 240)
    enter(today, creators)
    today.sandbox.settings(latency=0.1)
    run = today.open("manual__killed", skip_discovery=True)
    batch, other = tasks.plan_roll_call(today.connect, run)
    code = """
        import json, sys
        from datetime import datetime
        import psycopg
        from include.comets import tasks
        from include.comets.run import Run
        from include.tikhub.account import Api
        database_url, url, key, now, run, batch = sys.argv[1:]
        api = Api(url, key, 10.0, 8, datetime.fromisoformat(now))
        run, batch = Run.from_json(json.loads(run)), json.loads(batch)
        tasks.measure_batch(lambda: psycopg.connect(database_url), api, run, batch, 8, 0)
    """
    arguments = [
        today.database_url,
        today.sandbox.url,
        today.sandbox.key,
        today.now.isoformat(),
        json.dumps(run.as_json()),
        json.dumps(batch),
    ]
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), *arguments], cwd=ROOT)
    while not counts(today, TODAY):
        assert worker.poll() is None
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    before_retry = counts(today, TODAY)
    assert 0 < len(before_retry) < 120
    with today.connect() as connection:  # a minute passes, and then another
        connection.execute("update roll_call_batches set leased_until = clock_timestamp() - interval '1 second'")
        connection.execute("update api_calls set claimed_until = clock_timestamp() - interval '1 second'")
    today.measure(run, batch, 0)
    today.measure(run, other, 1)
    assert true_counts(creators) == counts(today, TODAY)
    repeated = len(called(today)) - len(set(called(today)))
    assert repeated <= profiles.CLAIM_BLOCK + 2 * today.threads
    assert today.rows("select count(*), count(distinct subject) from api_calls where holds_identity") == [(240, 240)]
    assert today.rows("select count(*) from handle_history group by user_id having count(*) > 1") == []


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own answer to SIGINT: what a shell starts in the background is told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def once(is_so: Callable[[], object], act: Callable[[], object]) -> Iterator[None]:
    """Does something beside what the block does, as soon as it is so, however fast the machine is."""

    def wait() -> None:
        for _ in range(3000):
            if is_so():
                act()
                return
            time.sleep(0.01)

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_an_interruption_keeps_what_was_answered(today, interruptible):
    """KeyboardInterrupt in the main thread: every answer paid for is stored, and the retry calls only the rest."""
    creators = plain(today, 160)
    enter(today, creators)
    today.sandbox.settings(latency=0.2)
    run = today.open("manual__interrupted", skip_discovery=True)
    batch = tasks.plan_roll_call(today.connect, run)[0]
    main = threading.main_thread().ident
    assert main is not None
    interrupt = partial(signal.pthread_kill, main, signal.SIGINT)
    with once(lambda: called(today), interrupt), pytest.raises(KeyboardInterrupt):
        today.measure(run, batch, 0)
    first = called(today)
    assert 0 < len(first) < 80
    assert len(first) == len(counts(today, TODAY))
    assert today.rows("select count(*) from api_calls where outcome = 'calling'") == [(0,)]
    assert today.measure(run, batch, 0)["updated"] == 80
    assert len(called(today)) == len(set(called(today))) == 80


def test_a_fenced_zombie_writes_nothing(today):
    """A worker whose batch was taken over raises Fenced, and neither snapshots nor misses of it are stored."""
    enter(today, plain(today, 40))
    run = today.open("manual__zombie", skip_discovery=True)
    batch = tasks.plan_roll_call(today.connect, run)[0]
    with psycopg.connect(today.database_url, autocommit=True) as other:
        today.sandbox.settings(latency=0.5)

        def take_over() -> None:
            other.execute("update roll_call_batches set fence = fence + 1, owner = 'somebody else'")

        is_leased = partial(today.rows, "select 1 from roll_call_batches where owner is not null")
        with once(is_leased, take_over), pytest.raises(roll_call.Fenced, match="taken over by another worker"):
            today.measure(run, batch, 0)
    assert counts(today, TODAY) == {}
    assert today.rows("select count(*) from roll_call_misses") == [(0,)]
    assert today.rows("select owner, done_at from roll_call_batches where batch = 0") == [("somebody else", None)]
