"""The database is cut off, crashes, is locked, full, read-only or crowded."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from include.comets import snapshots
from include.local import postgres
from tests.faults.catalogue import NotInjectable, fault
from tests.faults.proxy import CommitCutter, Cut
from tests.faults.stage import Play

LATENCY = 0.03
LATE = datetime(2026, 11, 2, 23, tzinfo=UTC)


@fault("F07", "database connections cut (pg_terminate_backend) again and again", roster=240, quick=True)
def cut_connections(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    cuts = 0
    while any(worker.is_running for worker in workers) and cuts < 200:
        time.sleep(play.rng.uniform(0.05, 0.35))
        cuts += play.cut_connections()
    play.notes.append(f"{cuts} connections cut")
    failures = play.retry_until_done(workers)
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    play.bound = 0
    play.finish(run)


@fault("F08", "database server crashes at once (SIGQUIT or SIGKILL of a backend) and restarts, 3 times",
       roster=240, quick=True)  # fmt: skip
def server_crash(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    for number in range(2 if play.is_quick else 3):
        play.wait_for_bill(play.rng.randint(5, 30), seconds=6)
        if not any(worker.is_running for worker in workers):
            break
        if number % 2 == 0:
            os.kill(play.stage.server.pid, signal.SIGQUIT)  # what pg_ctl -m immediate sends
            play.wait_until(lambda: postgres.find(play.stage.data_folder) is None)
            time.sleep(play.rng.uniform(0, 0.3))
            play.stage.start_server()
        else:
            _kill_backend(play)
        play.kills += 1
    failures = play.retry_until_done(workers)
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    play.bound = 0
    play.finish(run)


def _kill_backend(play: Play) -> None:
    """SIGKILL of one backend makes the server throw out everybody and recover."""
    pids = play.rows("select pid from pg_stat_activity where datname = %s and application_name = 'worker'", play.name)
    if pids:
        os.kill(play.rng.choice(pids)[0], signal.SIGKILL)
        time.sleep(0.1)
        play.stage.start_server()  # waits until it answers again


@fault("F09", "connection lost during COMMIT, outcome unknown, every third time", roster=160, quick=True)
def lost_in_commit(play: Play) -> None:
    play.sandbox.settings(latency=0.01)
    run = play.open()
    batches = play.plan(run)

    def decide() -> Cut:
        return play.rng.choice(("before", "after", "never", "never", "never"))

    folder = play.folder / "proxy"
    folder.mkdir(mode=0o755)
    proxy = CommitCutter(folder, play.stage.server.host, decide)
    play.on_end(proxy.close)
    direct, play.url = play.url, _through(play.url, play.stage.server.host, folder)
    workers = play.start_all(run, batches)
    failures = play.retry_until_done(workers, 90)
    play.url = direct
    play.notes.append(f"{proxy.cuts} commits cut")
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    lost_calls = play.rows("select coalesce(sum(lost_calls), 0) from api_calls")[0][0]
    play.check(f"no call is counted as lost ({lost_calls})", lost_calls == 0)
    play.bound = 0
    play.finish(run)


def _through(url: str, server_folder: Path, proxy_folder: Path) -> str:
    given = psycopg.conninfo.conninfo_to_dict(url)
    if given["host"] != str(server_folder):
        raise ValueError("the address names another folder")
    return psycopg.conninfo.make_conninfo(url, host=str(proxy_folder))


@fault(
    "F10", "the same creators written in opposite orders; deadlocks forced by somebody else's transaction", roster=120
)
def deadlocks(play: Play) -> None:
    play.sandbox.settings(latency=0.01)
    run = play.open()
    workers = play.start_all(run, play.plan(run), times={"include.comets.roll_call.CHUNK": 10})
    users = [user_id for (user_id,) in play.rows("select user_id from creators order by user_id desc")]
    attacks = 0
    while any(worker.is_running for worker in workers) and attacks < 60:
        _lock_backwards(play, play.rng.sample(users, 30))
        attacks += 1
    failures = play.retry_until_done(workers)
    found = play.rows("select deadlocks from pg_stat_database where datname = %s", play.name)[0][0]
    play.notes.append(f"{found} deadlocks in {attacks} attacks")
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    play.finish(run)
    _write_both_ways(play)


def _lock_backwards(play: Play, users: list[str]) -> None:
    """Somebody locks creators from the last to the first, as a careless script would."""
    with play.connect() as connection:
        try:
            connection.execute("set deadlock_timeout = '2s'")  # the worker is the one to be chosen
            for user_id in sorted(users, reverse=True):
                connection.execute("update creators set nickname = nickname where user_id = %s", [user_id])
                time.sleep(0.002)
        except psycopg.errors.DeadlockDetected:
            pass
        finally:
            connection.rollback()


def _write_both_ways(play: Play) -> None:
    """Our own writers, given the same creators in opposite orders, never deadlock each other."""
    before = play.rows("select deadlocks from pg_stat_database where datname = %s", play.name)[0][0]
    users = sorted(play.expected)

    def write(order: list[str]) -> None:
        with play.connect() as connection:
            for _ in range(15):
                with connection.transaction():
                    stored = [(each, play.expected[each]) for each in order]
                    snapshots.store(
                        connection,
                        play.day,
                        "roll_call",
                        [
                            snapshots.Snapshot(each, truth["followers"], truth["hearts"], truth["videos"], LATE, None)
                            for each, truth in stored
                        ],
                    )

    threads = [threading.Thread(target=write, args=(order,)) for order in (users, users[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    time.sleep(0.2)
    found = play.rows("select deadlocks from pg_stat_database where datname = %s", play.name)[0][0] - before
    play.check(f"two of our own writers never deadlock ({found})", found == 0)


@fault("F11", "tables locked by somebody's open transaction (lock table, alter table)", roster=160)
def locked(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run), times={"lock_timeout": "300ms"})
    for statement in ("lock table creator_stats in access exclusive mode", "alter table creators add column note text"):
        play.wait_for_bill(play.rng.randint(5, 20), seconds=5)
        with play.connect() as human:
            human.execute("set lock_timeout = '5s'")
            human.execute(statement)
            time.sleep(0.6)
            during = play.calls()
            time.sleep(2.0)  # longer than the leases here: whoever waits for the lock must not lose its batch's money
            most = len(workers) * play.chunk
            play.check("no calls beyond what was claimed while nothing can be stored", play.calls() - during <= most)
            human.rollback()
    failures = play.retry_until_done(workers)
    play.notes.append(f"{len(failures)} tasks started again")
    play.bound = 0
    play.finish(run)


@fault("F12", "disk full: the day's partitions on a file system of 8 MB that somebody fills", roster=160)
def disk_full(play: Play) -> None:
    place = play.folder / "small"
    mount(place, play)
    owner = play.stage.data_folder.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    space = f"small_{play.name}"
    play.execute(f"create tablespace {space} location '{place}'")
    for table in ("creator_stats", "api_calls"):
        play.execute(f"alter table {table}_{play.day:%Y_%m} set tablespace {space}")
    play.on_end(lambda: _drop_space(play, space))
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    play.wait_for_bill(play.rng.randint(5, 30), seconds=5)
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    before, calls = play.measured(), play.calls()
    time.sleep(2.5)
    play.check("what was stored is intact", play.measured() >= before)
    play.check("no calls beyond what was claimed", play.calls() - calls <= len(workers) * play.chunk)
    is_hit = any("No space left" in worker.log() for worker in workers)
    filler.unlink()
    failures = play.retry_until_done(workers)
    play.notes.append("the disk was full for a writer" if is_hit else "free pages were enough for the writers")
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    play.finish(run)


def mount(place: Path, play: Play, megabytes: int = 8) -> None:
    """A file system of its own for as long as the play lasts. Raises NotInjectable."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "cometwatch", str(place)],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode != 0:
        place.rmdir()
        raise NotInjectable(f"needs root to mount a file system of {megabytes} MB ({mounted.stderr.strip()})")
    play.on_end(lambda: subprocess.run(["umount", str(place)], check=False, capture_output=True))  # noqa: S607


def _drop_space(play: Play, space: str) -> None:
    with psycopg.connect(play.stage.server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"drop database if exists {play.name} with (force)")
        connection.execute(f"drop tablespace {space}")


@fault("F13", "database read-only after a failover, then refusing connections (25006, 53300)", roster=160)
def read_only(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    role = f"worker_{play.name}"
    play.execute(f"create role {role} login in role {postgres.SUPERUSER}")
    play.on_end(lambda: play.execute(f"drop role {role}"))
    url, play.url = play.url, play.url.replace(f"//{postgres.SUPERUSER}@", f"//{role}@")
    workers = play.start_all(run, play.plan(run))
    play.url = url
    for on, off in (
        (f"alter role {role} set default_transaction_read_only = on", f"alter role {role} reset all"),
        (f"alter role {role} connection limit 0", f"alter role {role} connection limit -1"),
    ):
        play.wait_for_bill(play.rng.randint(5, 20), seconds=5)
        play.execute(on)
        play.cut_connections()
        time.sleep(0.6)
        calls = play.calls()
        time.sleep(1.0)
        play.check("no new calls while nothing can be stored", play.calls() == calls)
        play.execute(off)
        play.cut_connections()
    failures = play.retry_until_done(workers)
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    play.bound = 0
    play.finish(run)
    for worker in workers:  # the role cannot be dropped while somebody is logged in
        worker.kill()


@fault("F40", "an old transaction holds back vacuum during the run", roster=120)
def old_transaction(play: Play) -> None:
    run = play.open()
    with play.connect() as old:
        old.execute("set transaction isolation level repeatable read")
        old.execute("select count(*) from rate_limits")
        play.execute(
            "do $$ begin for n in 1..20000 loop"
            " update rate_limits set next_free_at = clock_timestamp(); commit; end loop; end $$"
        )
        with psycopg.connect(play.url, autocommit=True) as connection:
            began = time.monotonic()
            for _ in range(50):
                connection.execute("select take_turn('tikhub', 'nobody', 1, false)")
            latency = (time.monotonic() - began) / 50 * 1000
        play.notes.append(f"a turn takes {latency:.2f} ms after 20,000 updates nobody could clean up")
        play.check(f"a turn takes {latency:.1f} ms, not 20", latency < 20)
        play.retry_until_done(play.start_all(run, play.plan(run)))
    play.finish(run)
