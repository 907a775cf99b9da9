"""How large a roll-call task grows: a process with all that a worker of Airflow has loaded, and a whole batch to measure."""

from __future__ import annotations

import json

from benchmarks.figures import Figure
from benchmarks.roll_call import start_lanes
from benchmarks.stage import Stage, enter_world, open_run
from include.comets import roster

NAME, MOST_MEGABYTES = "memory", 250.0


def measure(stage: Stage, _: str) -> list[Figure]:
    """The largest resident size of the process, as the system counts it."""
    size = stage.of_size(2_000, roster.BATCH_SIZE, roster.BATCH_SIZE)
    with stage.sandbox("--creators", size * 3) as sandbox, stage.database() as url:
        enter_world(url, sandbox, size)
        run = open_run(url, 10_000)
        # One batch, as they are cut for a large roster.
        processes = start_lanes(url, sandbox, run, 16, least_batches=1, loads_airflow=True)
        told = [json.loads(process.communicate()[0].splitlines()[-1]) for process in processes]
    most = max(each["most_kilobytes"] for each in told) / 1000
    measured = sum(each["counts"]["updated"] for each in told)
    if measured != size or len(told) != 1:
        raise RuntimeError(f"{measured} of {size} were measured in {len(told)} batches")
    what = f"memory of a roll-call task, batch of {size:,}"
    return [Figure(NAME, what, most, "MB", f"≤ {MOST_MEGABYTES:g} MB", most <= MOST_MEGABYTES)]
