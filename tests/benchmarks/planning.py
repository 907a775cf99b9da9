"""How long it takes to plan the roll call of a large roster, and how little of it Airflow has to carry."""

from __future__ import annotations

import json
import time

import psycopg

from include.comets import tasks
from tests.benchmarks.figures import Figure
from tests.benchmarks.history import copy_history
from tests.benchmarks.stage import Stage, open_run

NAME = "planning"


def measure(stage: Stage, _: str) -> list[Figure]:
    """One plan of a roster whose creators all have a number of yesterday."""
    creators = stage.of_size(100_000, 1_000_000, 1_000_000)
    with stage.database() as url:
        copy_history(url, creators, 2)
        run = open_run(url, 10)
        began = time.perf_counter()
        batches = tasks.plan_roll_call(lambda: psycopg.connect(url), run)
        seconds = time.perf_counter() - began
    planned = sum(batch["last"] - batch["first"] + 1 for batch in batches)
    if planned != creators:
        raise RuntimeError(f"{planned:,} of {creators:,} were planned")
    carried = len(json.dumps(batches)) / 1000
    what = f"planning {creators:,} creators"
    return [
        Figure("planning_seconds", what, seconds, "s", "≤ 5 s", seconds <= 5),
        Figure("planning_tasks", f"{what}: mapped tasks", len(batches), "", "≤ 200", len(batches) <= 200),
        Figure("planning_xcom", f"{what}: XCom", carried, "kB", "≤ 64 kB", carried <= 64),
    ]
