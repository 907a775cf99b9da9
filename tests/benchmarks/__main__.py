"""`python -m tests.benchmarks`, or `make bench`: every figure in one table.

ONLY=<name> measures one line (a prefix will do), FORMAT=json prints JSON, SIZE is quick, usual (the default) or full.
Times never fail it: the exit status is 1 only when something is broken, 2 when it was asked for in a wrong way.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable

from tests.benchmarks import (
    airflow_share,
    cadence_figures,
    dashboard,
    discovery,
    faces,
    history,
    limiter,
    memory,
    parsing,
    planning,
    ranking,
    roll_call,
    storing,
)
from tests.benchmarks.figures import Figure, as_json, as_table
from tests.benchmarks.stage import SIZES, Stage, stage

Measure = Callable[[Stage, str], list[Figure]]
BENCHMARKS: dict[str, Measure] = {
    **{limit[0]: roll_call.measure for limit in roll_call.LIMITS},
    limiter.NAME: limiter.measure,
    "storing": storing.measure,
    "storing_far": storing.measure,
    "storing_late": storing.measure_late,
    history.NAME: history.measure,
    planning.NAME: planning.measure,
    ranking.NAME: ranking.measure,
    cadence_figures.NAME: cadence_figures.measure,
    memory.NAME: memory.measure,
    faces.NAME: faces.measure,
    discovery.NAME: discovery.measure,
    parsing.NAME: parsing.measure,
    dashboard.NAME: dashboard.measure,
    airflow_share.NAME: airflow_share.measure,
}


def main() -> int:
    only, size, form = (os.environ.get(name) or default for name, default in _OPTIONS.items())
    chosen = [name for name in BENCHMARKS if name.startswith(only)]
    if not chosen or size not in SIZES or form not in {"table", "json"}:
        _say(
            f"ONLY is the beginning of one of {', '.join(BENCHMARKS)}; SIZE of {', '.join(SIZES)}; FORMAT table or json."
        )
        return 2
    figures: list[Figure] = []
    broken = 0
    with stage(size) as running:
        for name in chosen:
            began = time.monotonic()
            try:
                figures += BENCHMARKS[name](running, name)
            except Exception:  # noqa: BLE001 - a broken benchmark is a line of the table, and the others are measured
                broken += 1
                _say(traceback.format_exc())
                figures.append(Figure(name, "broken: see above", None, "", "", reached=None))
            _say(f"{name}: {time.monotonic() - began:.0f} s")
    sys.stdout.write((as_json(figures, size) if form == "json" else as_table(figures)) + "\n")
    return 1 if broken else 0


_OPTIONS = {"ONLY": "", "SIZE": "usual", "FORMAT": "table"}


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
