"""One worker of the roll call, as a process: `python -m benchmarks.lane`, told by JSON on standard input.

Prints one line of JSON when the batch is done: the process's CPU seconds and its largest resident size.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import psycopg

from include.comets import tasks
from include.comets.run import Run
from include.tikhub.account import Api


def load_airflow() -> None:
    """What a worker of Airflow has loaded before a task of ours begins."""

    import dags.comets  # noqa: F401


def main() -> None:
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    if told["loads_airflow"]:
        load_airflow()
    api = Api(told["api_url"], told["key"], 60.0, told["threads"])
    counts = tasks.measure_batch(
        lambda: psycopg.connect(told["database_url"]),
        api,
        Run.from_json(told["run"]),
        told["batch"],
        told["threads"],
        told["batch"]["batch"],
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    ended = {"counts": counts, "cpu_seconds": used.ru_utime + used.ru_stime, "most_kilobytes": most_kilobytes()}
    sys.stdout.write(json.dumps(ended) + "\n")


def most_kilobytes() -> int:
    """The largest resident size of this process so far.

    The usual counter, ru_maxrss, begins with the size of whoever started the process: here a benchmark that may be larger.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
