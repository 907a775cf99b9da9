"""How much of the vendor's limit the roll call uses, and whether it ever asks for more; seen from the vendor's side."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import psycopg

from benchmarks.figures import Figure
from benchmarks.stage import LATENCY, ROOT, Stage, enter_world, environment, open_run
from include.comets import roster, tasks
from include.local.driven_sandbox import RunningSandbox
from include.settings import load
from include.tikhub.endpoints import USER_PROFILE

# name, calls a second, the window of the limit in seconds, how long to keep it up (quick, usual, full)
LIMITS = (
    ("roll_call_60_a_minute", 1.0, 60.0, (70, 100, 300)),
    ("roll_call_10_a_second", 10.0, 1.0, (15, 40, 300)),
    ("roll_call_100_a_second", 100.0, 1.0, (15, 40, 300)),
)
TARGET = "≥ 95 % of the limit, never above it"


def measure(stage: Stage, name: str) -> list[Figure]:
    """One limit: the whole roll call of a roster in as many processes as there are batches, and the plain way beside it."""
    _, rate, window, lengths = next(limit for limit in LIMITS if limit[0] == name)
    seconds = stage.of_size(*lengths)
    with ExitStack() as stack:
        sandbox = stack.enter_context(
            stage.sandbox("--latency", LATENCY, "--creators", 9_000 + int(rate * seconds * 2))
        )
        url = stack.enter_context(stage.database())
        enter_world(url, sandbox, int(rate * seconds))
        plain = _plain_way(stack, stage, seconds)
        lanes = _take_roll_call(url, sandbox, rate)
        arrivals = [_moment(entry["at"]) for entry in sandbox.log(USER_PROFILE)]
        statuses = {entry["status"] for entry in sandbox.log(USER_PROFILE)} - {200}
        plain_output = plain.communicate()[0]
    reached_rate = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
    share = reached_rate / rate
    most = most_in(arrivals, window)
    allowed = rate * window
    plain_rate = int(plain_output) / seconds
    cpu = sum(lane["cpu_seconds"] for lane in lanes) / len(arrivals) * 1000
    return [
        Figure(
            name,
            f"share of {rate * 60:g} calls a minute used" if window > 1 else f"share of {rate:g} calls a second used",
            share * 100,
            "%",
            TARGET,
            share >= 0.95 and most <= allowed and not statuses,
            plain_rate / rate * 100,
            share * rate / plain_rate if plain_rate else None,
            f"{len(arrivals):,} calls in {arrivals[-1] - arrivals[0]:.0f} s by {len(lanes)} processes; most in any {window:g} s:"
            f" {most} of {allowed:g}; {cpu:.1f} ms of CPU per call"
            + (f"; other answers than 200: {sorted(statuses)}" if statuses else ""),
        )
    ]


def most_in(moments: Sequence[float], window: float) -> int:
    """The most moments in any half-open window of so many seconds."""
    first, most = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def start_lanes(
    url: str,
    sandbox: RunningSandbox,
    run: Any,
    threads: int,
    *,
    least_batches: int = roster.LEAST_BATCHES,
    loads_airflow: bool = False,
) -> list[subprocess.Popen[str]]:
    """One process for each batch of the plan, all at work when this returns."""
    batches = tasks.plan_roll_call(lambda: psycopg.connect(url), run, least_batches)
    processes = []
    for batch in batches:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.lane"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = {
            "database_url": url,
            "api_url": sandbox.url,
            "key": sandbox.key,
            "run": run.as_json(),
            "batch": batch,
            "threads": threads,
            "loads_airflow": loads_airflow,
        }
        if process.stdin is None:
            raise RuntimeError("a lane was started without pipes")
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        processes.append(process)
    return processes


def _take_roll_call(url: str, sandbox: RunningSandbox, rate: float) -> list[dict[str, Any]]:
    configured = load({"TIKHUB_RATE_PER_SECOND": str(rate)}, None)
    lanes = start_lanes(
        url,
        sandbox,
        open_run(url, rate),
        configured.roll_call_threads,
        least_batches=configured.roll_call_tasks,
    )
    return [json.loads(process.communicate()[0]) for process in lanes]


def _plain_way(stack: ExitStack, stage: Stage, seconds: float) -> subprocess.Popen[str]:
    """The plain way at work for so many seconds, on a database and a sandbox of its own."""
    sandbox = stack.enter_context(stage.sandbox("--latency", LATENCY))
    url = stack.enter_context(stage.database())
    enter_world(url, sandbox, 200)
    command = [sys.executable, "-m", "benchmarks.baseline", url, sandbox.url, sandbox.key, str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
