"""`python -m tests.scale`, or `make scale-test`: two Celery workers share a day, and one of them is killed in the middle.

One table, FORMAT=json prints JSON. The exit status is 1 when a bound is broken (of the pace, the one for a busy machine), 2 when
the day could not be played.
"""

from __future__ import annotations

import os
import shutil
import sys
import time

from benchmarks.figures import as_json, as_table
from tests.scale.play import broken, judge, play
from tests.scale.stage import StageError, scene


def main() -> int:
    form = os.environ.get("FORMAT") or "table"
    if form not in {"table", "json"}:
        _say("FORMAT is table or json.")
        return 2
    if shutil.which("redis-server") is None:
        _say("This needs redis-server (on Debian: apt-get install redis-server).")
        return 2
    began = time.monotonic()
    try:
        with scene(_say) as running:
            _say(f"everything is up after {time.monotonic() - began:.0f} s")
            figures = judge(running, play(running, _say))
    except StageError as error:
        _say(str(error))
        return 2
    _say(f"{time.monotonic() - began:.0f} s in all")
    sys.stdout.write((as_json(figures, "usual") if form == "json" else as_table(figures)) + "\n")
    return 1 if broken(figures) else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
