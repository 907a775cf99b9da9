"""The shared limiter, asked by several processes at once, each with a connection of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from include import database, migrations
from include.calls.limiter import LIMIT, MARGIN, Closing, SharedGate, set_rate
from include.database import Database
from include.local import postgres
from include.tikhub.errors import BudgetSpent, RunStopped

ROOT = Path(__file__).resolve().parents[3]

# Passes the gate for so many seconds from so many threads; prints when, by the machine's clock, the gate let each call begin:
# the moment it looked at, which lies before those at which a busy machine may stop the thread next.
WORKER = """
import sys, threading, time, psycopg
from include.database import Database
from include.tikhub.errors import BudgetSpent
from include.calls.limiter import SharedGate
url, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
gate = SharedGate(Database(lambda: psycopg.connect(url)), "comets", "run", for_discovery=False)
wait, looked = gate._closing.wait, threading.local()
def wait_and_look(seconds):
    is_closing = wait(seconds)
    looked.at = time.monotonic()
    return is_closing
gate._closing.wait = wait_and_look
print("ready", flush=True)
sys.stdin.readline()
until, passed = time.monotonic() + seconds, []
def call():
    try:
        while time.monotonic() < until:
            gate.wait_turn()
            passed.append(looked.at)
    except BudgetSpent:
        pass
crowd = [threading.Thread(target=call) for _ in range(threads)]
for thread in crowd: thread.start()
for thread in crowd: thread.join()
print(*sorted(passed), sep="\\n")
"""


def enter_run(
    connection: psycopg.Connection,
    run_id: str = "run",
    max_calls: int | None = None,
    discovery_calls: int | None = None,
    pipeline: str = "comets",
) -> None:
    connection.execute(
        "insert into runs (pipeline, run_id, day, mode, settings, max_calls, discovery_calls)"
        " values (%s, %s, '2026-11-02', 'live', '{}', %s, %s)",
        [pipeline, run_id, max_calls, discovery_calls],
    )


def gate_of(url: str, run_id: str = "run", *, for_discovery: bool = False, pipeline: str = "comets") -> SharedGate:
    return SharedGate(Database(lambda: psycopg.connect(url)), pipeline, run_id, for_discovery=for_discovery)


def start(
    url: str, seconds: float, threads: int = 1, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """A worker that is ready to begin."""
    command = [sys.executable, "-c", WORKER, url, str(seconds), str(threads)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    process.stdout.readline()  # type: ignore[union-attr]
    return process


def go(process: subprocess.Popen[str]) -> None:
    process.stdin.write("go\n")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]


def passed_by(process: subprocess.Popen[str]) -> list[float]:
    return [float(line) for line in process.communicate(timeout=60)[0].split()]


def race(
    url: str,
    workers: int,
    seconds: float,
    threads: int = 1,
    environment: dict[str, str] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[list[float]]:
    """The moments at which each of several processes was let through; `meanwhile` is done once they have begun."""
    started = [start(url, seconds, threads, environment) for _ in range(workers)]
    try:
        for process in started:
            go(process)
        meanwhile()
        return [passed_by(process) for process in started]
    finally:
        for process in started:
            process.kill()


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
    assert most_in_a_second(together) <= 50
    assert len(together) >= 50 * MARGIN * 2.0 * 0.6  # a busy machine lets some pass unused
    assert min(map(len, passed)) >= len(together) / 4 * 0.4


def test_a_stalled_worker_does_not_make_up_for_lost_time(connection, database_url):
    """A process that a busy machine stops for a moment, again and again, never calls more than 50 times in a second."""
    set_rate(connection, 50)
    enter_run(connection)
    process = start(database_url, 4, threads=24)
    go(process)
    for _ in range(6):
        time.sleep(0.4)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        process.send_signal(signal.SIGCONT)
    passed = passed_by(process)
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
    assert 0.65 <= time.monotonic() - began <= 10


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
        connection.execute("select * from take_turn(%s, 'comets', %s, 60, false)", [LIMIT, run_id])
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
        connection.execute("select granted, round(wait_seconds), refusal from take_turn(%s, 'comets', 'r', 1.5, false)", [LIMIT])
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


# Pauses


def test_a_pause_takes_back_what_was_promised_before(connection, database_url):
    """From the moment a pause begins, no thread of the process calls, though it was promised a turn; no budget is lost."""
    set_rate(connection, 50)
    enter_run(connection, max_calls=60)
    gate, passed = gate_of(database_url), []

    def call() -> None:
        try:
            while True:
                gate.wait_turn()
                passed.append(time.monotonic())
        except BudgetSpent:
            pass

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    gate.pause(1.0)
    began = time.monotonic()
    for thread in threads:
        thread.join(timeout=20)
    during = [moment - began for moment in passed if 0.05 <= moment - began < 0.9]  # who had passed may note it late
    assert (during, len(passed)) == ([], 60)
    assert connection.execute("select calls_made from runs").fetchall() == [(60,)]


def test_a_pause_reaches_other_processes_within_their_queue(connection, database_url):
    """24 threads of another process, all of them waiting: those calls alone begin that were promised for the next moment."""
    set_rate(connection, 50)
    enter_run(connection)
    began: list[float] = []

    def pause() -> None:
        time.sleep(1.0)
        gate_of(database_url).pause(1.5)
        began.append(time.monotonic())

    (passed,) = race(database_url, workers=1, seconds=3.0, threads=24, meanwhile=pause)
    during = [moment - began[0] for moment in passed if 0 <= moment - began[0] < 1.4]
    assert len(during) <= 50 * 0.2 + 1
    assert max(during, default=0.0) <= 0.25
    assert max(passed) > began[0] + 1.4  # it goes on all the same


def test_a_long_pause_is_told(connection, database_url, caplog):
    """Who has to wait for more than half a minute says once until when, and what to do."""
    set_rate(connection, 10)
    gate = gate_of(database_url)
    gate.pause(60)
    with caplog.at_level("INFO", "include.calls.limiter"):
        wait_in_vain(gate, look_again=0.05)
    (until,) = connection.execute(
        "select to_char(paused_until at time zone 'UTC', 'HH24:MI:SS') from rate_limits"
    ).fetchone()
    assert [record.getMessage() for record in caplog.records] == [
        f"Calls are paused until {until} UTC: TikHub answered 429 and asked for it. All workers wait and then go on by "
        "themselves. If this is frequent, lower TIKHUB_RATE_PER_SECOND. To go on at once, set paused_until in the table "
        "rate_limits to '-infinity'."
    ]


def test_a_slow_pace_is_told(connection, database_url, caplog):
    """A call a minute: the second one says once why it waits."""
    set_rate(connection, 1 / 60 / MARGIN)
    gate = gate_of(database_url)
    gate.wait_turn()
    with caplog.at_level("INFO", "include.calls.limiter"):
        wait_in_vain(gate, look_again=0.05)
    assert [record.getMessage() for record in caplog.records] == [
        "Each call waits for its turn: TIKHUB_RATE_PER_SECOND allows one in 60 s."
    ]


def wait_in_vain(gate: SharedGate, look_again: float) -> None:
    """Wait for a turn for half a second, looking often."""
    real = gate._closing.wait
    gate._closing.wait = lambda seconds: real(min(seconds, look_again))  # type: ignore[method-assign]
    threading.Timer(0.5, gate.close).start()
    with pytest.raises(Closing):
        gate.wait_turn()


# Clocks that are set

# Hides the server's clock from all statements of the database: it goes as many seconds before or after as the table says.
ANOTHER_CLOCK = """
create schema clock;
create table clock.steps (seconds float8);
insert into clock.steps values (0);
create function clock.clock_timestamp() returns timestamptz language sql volatile as
$$ select pg_catalog.clock_timestamp() + make_interval(secs => steps.seconds) from clock.steps $$;
"""


@pytest.mark.parametrize("seconds", [0.3, 5.0, -0.3, -3600.0])
def test_a_step_of_the_servers_clock(connection, database_url, seconds):
    """Whichever way the server's clock is set, no second has more calls than the limit, and they go on within two seconds."""
    connection.execute(ANOTHER_CLOCK.encode())
    connection.execute(
        f'alter database "{connection.info.dbname}" set search_path = clock, public, pg_catalog'.encode()
    )
    set_rate(connection, 50)
    enter_run(connection)
    stepped: list[float] = []

    def step() -> None:
        time.sleep(1.0)
        connection.execute("update clock.steps set seconds = %s", [seconds])
        stepped.append(time.monotonic())

    passed = race(database_url, workers=2, seconds=4.0, threads=24, meanwhile=step)
    together = [moment for moments in passed for moment in moments]
    assert most_in_a_second(together) <= 50
    assert len([moment for moment in together if moment > stepped[0] + 2.0]) >= 10


def test_an_hours_queue_that_a_clock_left_behind_is_none(connection, database_url):
    """A queue that ends in an hour and a pause of a day, as a clock leaves them that was set back: a moment, and an hour."""
    set_rate(connection, 10)
    gate = gate_of(database_url)
    gate.wait_turn()
    connection.execute("update rate_limits set next_free_at = clock_timestamp() + interval '1 hour'")
    began = time.monotonic()
    gate.wait_turn()
    assert time.monotonic() - began <= 30
    connection.execute("update rate_limits set paused_until = clock_timestamp() + interval '1 day'")
    connection.execute("select * from take_turn(%s, 'comets', 'run', 1, false)", [LIMIT])
    assert connection.execute(
        "select paused_until - clock_timestamp() between '59 minutes' and '60 minutes' from rate_limits"
    ).fetchall() == [(True,)]


def test_a_raised_rate_is_the_pace_at_once(connection, database_url):
    """After a call at one in 100 seconds, a rate of 10 a second does not wait for the 100 seconds to end."""
    set_rate(connection, 0.01)
    gate = gate_of(database_url)
    gate.wait_turn()
    set_rate(connection, 10)
    began = time.monotonic()
    gate.wait_turn()
    assert time.monotonic() - began <= 30


# Crashes


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server]:
    """A server to crash, which leaves to the next commit that waits for the disk what no other commit waited for."""
    folder = tmp_path_factory.mktemp("crashing") / "data"
    server = postgres.start(folder, settings=FRAGILE)
    try:
        with psycopg.connect(server.url_for("cometwatch")) as opened:
            migrations.migrate(opened)
        yield server
    finally:
        postgres.stop(folder)


FRAGILE = {"fsync": "off", "full_page_writes": "off", "wal_writer_delay": "10s"}


@pytest.fixture
def own_url(own_server: postgres.Server) -> str:
    url = own_server.url_for("cometwatch")
    with psycopg.connect(url, autocommit=True) as opened:
        opened.execute("delete from runs")
        opened.execute("delete from rate_limits")
    return url


def crash_a_backend(server: postgres.Server) -> None:
    """The server ends all sessions, goes through its log and is there again."""
    url = server.url_for("postgres")
    with psycopg.connect(url, autocommit=True) as witness, psycopg.connect(url) as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            witness.execute("select pg_sleep(20)")
    in_connection(url).repeatedly(lambda connection: connection.execute("select"))


def crash_the_server(server: postgres.Server) -> None:
    """The server ends at once, and is started anew."""
    found = postgres.find(server.data_folder)
    assert found is not None
    os.kill(found.pid, signal.SIGQUIT)
    while postgres.find(server.data_folder) is not None:
        time.sleep(0.05)
    postgres.start(server.data_folder, settings=FRAGILE)


def in_connection(url: str) -> Database:
    """Connects again until the server is there."""
    return Database(lambda: psycopg.connect(url), patience_seconds=60)


@pytest.mark.parametrize("crash", [crash_a_backend, crash_the_server])
def test_a_crash_promises_no_turn_twice(own_server, own_url, crash):
    """Turns of three seconds are promised when the server crashes: whoever asks afterwards comes after all of them."""
    parameters = {"name": LIMIT, "pipeline": "comets", "run_id": "run", "max_wait": 3.0, "for_discovery": False}

    def take(connection: psycopg.Connection) -> database.Row:
        return database.one(connection, "calls/take_turn", parameters)

    with in_connection(own_url) as asking:
        asking.repeatedly(lambda connection: set_rate(connection, 10))
        promised = []
        while (turn := asking.repeatedly(take))["granted"]:
            promised.append(turn["server_seconds"] + turn["wait_seconds"])
        crash(own_server)
        while not (turn := asking.repeatedly(take))["granted"]:
            time.sleep(0.05)
    assert len(promised) >= 25
    assert turn["server_seconds"] + turn["wait_seconds"] >= max(promised) + 1 / (10 * MARGIN) - 0.001


@pytest.mark.parametrize("crash", [crash_a_backend, crash_the_server])
def test_a_crash_forgets_no_call_of_a_budget(own_server, own_url, crash):
    """20 calls of 30 are made when the server crashes: 10 are left."""
    with psycopg.connect(own_url, autocommit=True) as opened:
        set_rate(opened, 1000)
        enter_run(opened, max_calls=30)
    gate = gate_of(own_url)
    for _ in range(20):
        gate.wait_turn()
    crash(own_server)
    for _ in range(10):
        gate.wait_turn()
    with pytest.raises(BudgetSpent):
        gate.wait_turn()


def test_a_crash_leaves_the_limit_to_all_processes(own_server, own_url):
    """Two processes of 24 threads each, and two crashes meanwhile: no second has more than 50 calls, and they go on."""
    with psycopg.connect(own_url, autocommit=True) as opened:
        set_rate(opened, 50)
        enter_run(opened)
    crashed: list[float] = []

    def crash_twice() -> None:
        for _ in range(2):
            time.sleep(1.5)
            crash_a_backend(own_server)
            crashed.append(time.monotonic())

    passed = race(own_url, workers=2, seconds=8.0, threads=24, meanwhile=crash_twice)
    together = [moment for moments in passed for moment in moments]
    assert most_in_a_second(together) <= 50
    assert len([moment for moment in together if moment > crashed[-1]]) >= 20


def test_a_stop_in_good_order_forgets_nothing(own_server, own_url):
    """A server that was stopped and started as usual knows its queue: nobody waits for more than the next turn."""
    with psycopg.connect(own_url, autocommit=True) as opened:
        set_rate(opened, 1000)
    gate = gate_of(own_url)
    gate.wait_turn()
    postgres.stop(own_server.data_folder)
    postgres.start(own_server.data_folder, settings=FRAGILE)
    with psycopg.connect(own_url, autocommit=True) as opened:
        turns = opened.execute(
            "select granted, refusal from take_turn(%s, 'comets', 'run', 0.2, false)", [LIMIT]
        ).fetchall()
    assert turns == [(True, None)]
