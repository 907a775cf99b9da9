"""The shared limiter, asked by several processes at once, each with a connection of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from include.database import Database
from include.tikhub.errors import BudgetSpent, RunStopped
from include.tikhub.limiter import LIMIT, MARGIN, Closing, SharedGate, set_rate

ROOT = Path(__file__).resolve().parents[3]

# Passes the gate for so many seconds; prints when, by the server's clock, each call began.
WORKER = """
import sys, time, psycopg
from include.database import Database
from include.tikhub.errors import BudgetSpent
from include.tikhub.limiter import SharedGate
url, seconds = sys.argv[1], float(sys.argv[2])
clock = psycopg.connect(url, autocommit=True)
gate = SharedGate(Database(lambda: psycopg.connect(url)), "run", for_discovery=False)
offset = clock.execute("select extract(epoch from clock_timestamp())::float8").fetchone()[0] - time.monotonic()
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + seconds
try:
    while time.monotonic() < until:
        gate.wait_turn()
        print(time.monotonic() + offset)
except BudgetSpent:
    pass
"""

# The same from 24 threads; prints all moments at the end.
CROWD = """
import sys, threading, time, psycopg
from include.database import Database
from include.tikhub.limiter import SharedGate
url, seconds = sys.argv[1], float(sys.argv[2])
gate = SharedGate(Database(lambda: psycopg.connect(url)), "run", for_discovery=False)
print("ready", flush=True)
sys.stdin.readline()
until, passed = time.monotonic() + seconds, []
def call():
    while time.monotonic() < until:
        gate.wait_turn()
        passed.append(time.monotonic())
threads = [threading.Thread(target=call) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*sorted(passed), sep="\\n")
"""


def enter_run(
    connection: psycopg.Connection,
    run_id: str = "run",
    max_calls: int | None = None,
    discovery_calls: int | None = None,
) -> None:
    connection.execute(
        "insert into runs (run_id, day, mode, settings, max_calls, discovery_calls)"
        " values (%s, '2026-11-02', 'live', '{}', %s, %s)",
        [run_id, max_calls, discovery_calls],
    )


def gate_of(url: str, run_id: str = "run", *, for_discovery: bool = False) -> SharedGate:
    return SharedGate(Database(lambda: psycopg.connect(url)), run_id, for_discovery=for_discovery)


def race(url: str, workers: int, seconds: float, environment: dict[str, str] | None = None) -> list[list[float]]:
    """The moments at which each of several processes was let through."""
    import os

    command = [sys.executable, "-c", WORKER, url, str(seconds)]
    started = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})},
        )
        for _ in range(workers)
    ]  # fmt: skip
    for process in started:
        process.stdout.readline()  # type: ignore[union-attr]
    for process in started:
        process.stdin.write("go\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    return [[float(line) for line in process.communicate(timeout=30)[0].split()] for process in started]


def most_in_a_second(moments: list[float]) -> int:
    moments = sorted(moments)
    first, most = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_four_processes_together_keep_the_limit_and_share_it(connection, database_url):
    """Four processes at 50 calls a second: no second has more than 50, few are lost, and nobody is left behind."""
    set_rate(connection, 50)
    enter_run(connection)
    passed = race(database_url, workers=4, seconds=2.0)
    together = [moment for moments in passed for moment in moments]
    assert most_in_a_second(together) <= 50 + 2  # a busy machine wakes one or two late
    assert len(together) >= 50 * MARGIN * 2.0 * 0.6
    assert min(map(len, passed)) >= len(together) / 4 * 0.4


def test_a_stalled_worker_does_not_make_up_for_lost_time(connection, database_url):
    """A process that a busy machine stops for a moment, again and again, never calls more than 50 times in a second."""
    set_rate(connection, 50)
    enter_run(connection)
    process = subprocess.Popen(
        [sys.executable, "-c", CROWD, database_url, "4"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()  # type: ignore[union-attr]
    process.stdin.write("go\n")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    for _ in range(6):
        time.sleep(0.4)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        process.send_signal(signal.SIGCONT)
    passed = [float(line) for line in process.communicate(timeout=30)[0].split()]
    assert most_in_a_second(passed) <= 50
    assert len(passed) >= 50  # it goes on all the same


def test_a_turn_that_passed_costs_no_budget(connection, database_url):
    """A turn that came too late is given back: a run of 30 calls makes 30, however often it was stopped."""
    set_rate(connection, 50)
    enter_run(connection, max_calls=30)
    gate = gate_of(database_url)
    late = iter([0.0, 0.2] * 15)  # every other turn is noticed too late
    real, gate._closing.wait = gate._closing.wait, lambda seconds: real(seconds + next(late, 0.0))  # type: ignore[method-assign]
    for _ in range(30):
        gate.wait_turn()
    assert connection.execute("select calls_made from runs").fetchall() == [(30,)]
    with pytest.raises(BudgetSpent):
        gate.wait_turn()


def test_a_budget_is_never_exceeded(connection, database_url):
    """Four processes that race for the last of 20 calls are given 20."""
    set_rate(connection, 10_000)
    enter_run(connection, max_calls=20)
    passed = race(database_url, workers=4, seconds=1.0)
    assert sum(map(len, passed)) == 20
    assert connection.execute("select calls_made from runs").fetchall() == [(20,)]


def test_discovery_leaves_the_roll_call_its_share(connection, database_url):
    """Discovery is refused at its own share; the roll call gets the rest, and then nobody gets any."""
    set_rate(connection, 10_000)
    enter_run(connection, max_calls=3, discovery_calls=1)
    discovery, roll_call = gate_of(database_url, for_discovery=True), gate_of(database_url)
    discovery.wait_turn()
    with pytest.raises(BudgetSpent, match="not measured: budget"):
        discovery.wait_turn()
    roll_call.wait_turn()
    roll_call.wait_turn()
    with pytest.raises(BudgetSpent):
        roll_call.wait_turn()


def test_a_stop_mark_stops_every_task_of_the_run_and_no_other(connection, database_url):
    """After one task met a refused key, all of its run are told why; another run goes on."""
    set_rate(connection, 10_000)
    enter_run(connection)
    enter_run(connection, "other")
    connection.execute("update runs set stopped_because = 'the key was refused' where run_id = 'run'")
    with pytest.raises(RunStopped, match="another task of this run stopped all calls: stopped: the key was refused"):
        gate_of(database_url).wait_turn()
    gate_of(database_url, "other").wait_turn()


def test_a_pause_stops_all_and_is_never_shortened(connection, database_url):
    """A pause of one worker holds the others back to its end, also when a shorter one follows."""
    set_rate(connection, 10_000)
    enter_run(connection)
    gate = gate_of(database_url)
    gate.wait_turn()
    began = time.monotonic()
    gate.pause(0.7)
    gate.pause(0.1)
    gate_of(database_url).wait_turn()
    assert 0.65 <= time.monotonic() - began <= 1.5


def test_a_pause_is_an_hour_at_most(connection, database_url):
    """A Retry-After of a day pauses for an hour; a negative one not at all."""
    set_rate(connection, 10)
    gate = gate_of(database_url)
    gate.pause(-5)
    gate.pause(86_400)
    (left,) = connection.execute(
        "select extract(epoch from paused_until - clock_timestamp())::float8 from rate_limits"
    ).fetchone()
    assert 3_590 < left <= 3_600


def test_setting_the_rate_keeps_the_queue(connection):
    """A new run sets the pace anew, and what is reserved already stays reserved."""
    set_rate(connection, 1)
    for run_id in ("a", "b"):
        connection.execute("select * from take_turn(%s, %s, 60, false)", [LIMIT, run_id])
    before = connection.execute("select next_free_at from rate_limits").fetchall()
    set_rate(connection, 100)
    assert before == connection.execute("select next_free_at from rate_limits").fetchall()
    assert connection.execute("select extract(epoch from emission)::float8 from rate_limits").fetchall() == [
        (pytest.approx(1 / (100 * MARGIN), abs=1e-6),)
    ]


def test_who_is_not_let_in_has_reserved_nothing(connection):
    """A turn further away than the longest wait is not taken, and the answer says when to ask again."""
    set_rate(connection, 1 / MARGIN)
    turns = [
        connection.execute("select granted, round(wait_seconds), refusal from take_turn(%s, 'r', 1.5, false)", [LIMIT])
        .fetchone()
        for _ in range(5)
    ]  # fmt: skip
    assert turns == [(True, 0, None), (True, 1, None), (False, 0, None), (False, 0, None), (False, 0, None)]


def test_the_workers_clock_does_not_matter(connection, database_url):
    """A worker whose session lives in another zone takes turns in the same queue: only the server's clock counts."""
    set_rate(connection, 50)
    enter_run(connection)
    passed = race(database_url, workers=2, seconds=0.5, environment={"TZ": "Pacific/Auckland", "PGTZ": "Asia/Tokyo"})
    together = [moment for moments in passed for moment in moments]
    assert 15 <= len(together) <= 50


def test_closing_frees_who_waits(connection, database_url):
    """A thread that waits for a far-off turn is let go at once when its task ends."""
    set_rate(connection, 10)
    gate = gate_of(database_url)
    gate.pause(60)
    ended: Counter[str] = Counter()

    def wait() -> None:
        try:
            gate.wait_turn()
        except Closing:
            ended["closing"] += 1

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    gate.close()
    for thread in threads:
        thread.join(timeout=5)
    assert ended == {"closing": 4}
