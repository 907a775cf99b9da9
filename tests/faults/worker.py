"""A worker process: does one task of a run with the pipeline's own functions, as an Airflow worker would, and says how it went.

Reads one JSON object from stdin, writes one JSON object as its last line. What is set smaller than in production (leases,
claims, waits: see `TIMES`) is only how long it takes until others may go on; what happens then is the same.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import time
from typing import Any

# Attribute -> seconds. Production's values are 20 to 60 times as long.
TIMES = {
    "include.comets.roll_call.LEASE_SECONDS": 2.5,
    "include.comets.roll_call.CHUNK_SECONDS": 0.4,
    "include.comets.roll_call.WAIT_SECONDS": 0.1,
    "include.calls.look_up.BUSY_PAUSE_SECONDS": 0.1,
    "include.calls.desk.BUSY_PAUSE_SECONDS": 0.1,
    "include.calls.ledger.CLAIM_SECONDS": 3.0,
    "include.calls.limiter.LOOK_AGAIN_SECONDS": 0.5,
    "backoff": 0.1,
}


def main() -> int:
    """Exit status 0 when the task ended well, 1 when it raised; what it raised is in the last line."""
    task = json.load(sys.stdin)
    shift_clock(task.get("clock") or [])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    # Airflow's task process answers SIGTERM by calling on_kill, which does nothing for a Python task.
    signal.signal(signal.SIGTERM, lambda *_: None)
    from tests.faults import steps

    name = task["step"]
    if name.startswith("research."):
        from tests.faults.research import steps as research

        known = research.begin(task)
    else:
        known = steps.STEPS
        steps.configure({**TIMES, **(task.get("times") or {})})
    try:
        with contextlib.suppress(KeyError):
            steps.poison(task["poison"])
        print(json.dumps({"result": known[name](task)}, default=str), flush=True)  # noqa: T201
    except Exception as error:
        logging.exception("the task failed")
        print(json.dumps({"error": type(error).__name__, "message": str(error)}), flush=True)  # noqa: T201
        return 1
    return 0


def shift_clock(course: list[list[float]]) -> None:
    """Make this process's wall clock wrong before anything reads it: `course` is [[after seconds, shift in seconds], …].

    Only the wall clock: a worker whose clock is set wrong still counts seconds rightly.
    """
    if not course:
        return
    import datetime

    began, real_time, real_datetime = time.monotonic(), time.time, datetime.datetime

    def shift() -> float:
        passed = time.monotonic() - began
        return [by for after, by in course if passed >= after][-1]

    class Wrong(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real_datetime.now(tz) + datetime.timedelta(seconds=shift())

        @classmethod
        def utcnow(cls) -> Any:
            return real_datetime.utcnow() + datetime.timedelta(seconds=shift())

    time.time = lambda: real_time() + shift()
    time.time_ns = lambda: int((real_time() + shift()) * 1e9)
    datetime.datetime = Wrong  # type: ignore[misc]


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # As Airflow's task process ends: no waiting for threads that are still in a call.
    os._exit(status)
