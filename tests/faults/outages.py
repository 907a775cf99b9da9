"""The database is cut off, crashes, is locked, full, read-only or crowded."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psycopg

from include.local import postgres
from tests.faults.catalogue import fault
from tests.faults.proxy import CommitCutter, Cut
from tests.faults.stage import Play

LATENCY = 0.03


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
def server_crash(play: Play, crashes: int = 3) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    for number in range(crashes):
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
    pids = play.rows(
        "select pid from pg_stat_activity where datname = %s and application_name = 'worker'", play.name
    )
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
