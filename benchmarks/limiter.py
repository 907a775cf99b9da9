"""The shared limiter alone: eight processes that want more than they may have, each through a gate of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks.figures import Figure
from benchmarks.stage import ROOT, Stage, environment, open_run
from include.calls.limiter import SharedGate
from include.comets.run import PIPELINE
from include.database import Database

READY = "ready\n"
NAME, RATE, PROCESSES = "limiter", 1000.0, 8
ROWS = ("limiter_rate", "limiter_fairness", "limiter_p50", "limiter_p99")


class TimedDatabase(Database):
    """Notes how long each statement took: what a turn costs, without the wait for it to come."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        super().__init__(connect)
        self.seconds: list[float] = []

    def repeatedly(self, work: Callable[[psycopg.Connection[Any]], Any]) -> Any:
        began = time.perf_counter()
        try:
            return super().repeatedly(work)
        finally:
            self.seconds.append(time.perf_counter() - began)


def measure(stage: Stage, _: str) -> list[Figure]:
    """Rate, fairness and the price of a turn."""
    seconds = stage.of_size(4, 12, 60)
    with stage.database() as url:
        run = open_run(url, RATE)
        told = _race(url, run.run_id, seconds)
    counts = [each["turns"] for each in told]
    began, ended = min(each["began"] for each in told), max(each["ended"] for each in told)
    share = sum(counts) / (ended - began) / RATE
    fairness = min(counts) / max(counts)
    taken = sorted(moment for each in told for moment in each["seconds"])
    half, almost_all = (taken[int(len(taken) * part)] * 1000 for part in (0.5, 0.99))
    what = f"{PROCESSES} processes, {RATE:g} a second"
    return [
        Figure("limiter_rate", f"{what}: share used", share * 100, "%", "≥ 95 %", 0.95 <= share <= 1.0),
        Figure("limiter_fairness", f"{what}: least ÷ most per process", fairness, "", "≥ 0.9", fairness >= 0.9),
        Figure("limiter_p50", f"{what}: a turn, half of them", half, "ms", "≤ 1 ms", half <= 1.0),
        Figure("limiter_p99", f"{what}: a turn, 99 % of them", almost_all, "ms", "≤ 10 ms", almost_all <= 10.0),
    ]


def _race(url: str, run_id: str, seconds: float) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.limiter", url, run_id, str(seconds)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        if process.stdout is None or process.stdout.readline() != READY:
            raise RuntimeError("a process of the race did not begin")
    # All are connected: whoever started slowly has lost nothing.
    begin_at = f"{time.time() + 0.5}\n"
    for process in processes:
        if process.stdin is not None:
            process.stdin.write(begin_at)
            process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in processes]


def _take_turns(url: str, run_id: str, seconds: float) -> None:
    """One process: turn after turn from one common moment on, which it is told on standard input."""
    database = TimedDatabase(lambda: psycopg.connect(url))
    gate = SharedGate(database, PIPELINE, run_id, for_discovery=False)
    gate.wait_turn()  # connects
    database.seconds.clear()
    sys.stdout.write(READY)
    sys.stdout.flush()
    begin_at = float(sys.stdin.readline())
    time.sleep(max(0.0, begin_at - time.time()))
    turns, began = 0, time.time()
    while time.time() < begin_at + seconds:
        gate.wait_turn()
        turns += 1
    told = {"turns": turns, "began": began, "ended": time.time(), "seconds": database.seconds}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    _take_turns(sys.argv[1], sys.argv[2], float(sys.argv[3]))
