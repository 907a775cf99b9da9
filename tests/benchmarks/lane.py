"""One worker of the roll call, as a process: `python -m tests.benchmarks.lane`, told by JSON on standard input.

Prints one line of JSON when the batch is done: the process's CPU seconds and its largest resident size.
"""

from __future__ import annotations

import json
import resource
import sys
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
    ended = {"counts": counts, "cpu_seconds": used.ru_utime + used.ru_stime, "most_kilobytes": used.ru_maxrss}
    sys.stdout.write(json.dumps(ended) + "\n")


if __name__ == "__main__":
    main()
