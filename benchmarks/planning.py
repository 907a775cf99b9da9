"""How long it takes to plan the roll call of a large roster, and how little of it Airflow has to carry."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg

from benchmarks.figures import Figure
from benchmarks.history import copy_history
from benchmarks.stage import Stage, open_run
from include.comets import tasks
from include.comets.roster import Batch

NAME = "planning"
MOST_SECONDS = 5.0


def measure(stage: Stage, _: str) -> list[Figure]:
    """Plans of a roster whose creators all have a number of yesterday: all of them, and as many as the budget allows."""
    creators = stage.of_size(100_000, 1_000_000, 1_000_000)
    with stage.database() as url:
        copy_history(url, creators, 2)
        seconds, batches = _plan(url)
        chosen_seconds, chosen = _plan(url, max_calls=creators // 2)
    if _planned(batches) != creators or _planned(chosen) != creators // 2:
        raise RuntimeError(f"{_planned(batches):,} and {_planned(chosen):,} of {creators:,} were planned")
    carried = len(json.dumps(batches)) / 1000
    what, target = f"planning {creators:,} creators", f"≤ {MOST_SECONDS:g} s"
    return [
        Figure("planning_seconds", what, seconds, "s", target, seconds <= MOST_SECONDS),
        Figure(
            "planning_chosen",
            f"{what}, of whom {_planned(chosen):,} can be called",
            chosen_seconds,
            "s",
            target,
            chosen_seconds <= MOST_SECONDS,
        ),
        Figure("planning_tasks", f"{what}: mapped tasks", len(batches), "", "≤ 200", len(batches) <= 200),
        Figure("planning_xcom", f"{what}: XCom", carried, "kB", "≤ 64 kB", carried <= 64),
    ]


def _plan(url: str, **params: Any) -> tuple[float, list[Batch]]:
    """Seconds, and the batches; nothing of the plan before is at work, so it is made anew."""
    run = open_run(url, rate=100.0, **params)
    began = time.perf_counter()
    batches = tasks.plan_roll_call(lambda: psycopg.connect(url), run)
    return time.perf_counter() - began, batches


def _planned(batches: list[Batch]) -> int:
    return sum(batch["last"] - batch["first"] + 1 for batch in batches)
