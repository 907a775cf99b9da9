"""`python -m benchmarks`, or `make bench`: every figure in one table.

ONLY=<name> measures and prints one row, or all rows of a benchmark, or those whose names begin so (`selection`). FORMAT=json
prints JSON, SIZE is quick, usual (the default) or full.
Times never fail it: the exit status is 1 only when something is broken, 2 when it was asked for in a wrong way.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import (
    accounts,
    accounts_pages,
    airflow_share,
    bought,
    cadence_figures,
    dashboard,
    discovery,
    faces,
    foresight,
    history,
    limiter,
    memory,
    parsing,
    planning,
    ranking,
    research,
    research_library,
    research_resume,
    roll_call,
    storing,
)
from benchmarks.figures import Figure, as_json, as_table
from benchmarks.selection import choose
from benchmarks.stage import SIZES, Stage, stage

Measure = Callable[[Stage, str], list[Figure]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`measure` gives a figure for each of `rows`; without names there is one row, called as the benchmark is."""

    measure: Measure
    rows: tuple[str, ...] = ()


BENCHMARKS: dict[str, Benchmark] = {
    **{limit[0]: Benchmark(roll_call.measure) for limit in roll_call.LIMITS},
    limiter.NAME: Benchmark(limiter.measure, limiter.ROWS),
    storing.NEAR: Benchmark(storing.measure, storing.ROWS[storing.NEAR]),
    storing.FAR: Benchmark(storing.measure, storing.ROWS[storing.FAR]),
    storing.LATE: Benchmark(storing.measure_late),
    history.NAME: Benchmark(history.measure, history.ROWS),
    planning.NAME: Benchmark(
        planning.measure, tuple(f"{planning.NAME}_{what}" for what in ("seconds", "chosen", "tasks", "xcom"))
    ),
    ranking.NAME: Benchmark(ranking.measure, ranking.ROWS),
    bought.NAME: Benchmark(bought.measure, bought.ROWS),
    foresight.NAME: Benchmark(foresight.measure, foresight.ROWS),
    cadence_figures.NAME: Benchmark(cadence_figures.measure, cadence_figures.ROWS),
    memory.NAME: Benchmark(memory.measure),
    faces.NAME: Benchmark(faces.measure, faces.ROWS),
    discovery.NAME: Benchmark(discovery.measure, discovery.ROWS),
    parsing.NAME: Benchmark(parsing.measure),
    accounts.ROWS_NAME: Benchmark(accounts.measure_rows, accounts.ROWS),
    accounts.NEW_NAME: Benchmark(accounts.measure_new, accounts.NEW_ROWS),
    research.NAME: Benchmark(research.measure, research.ROWS),
    research_resume.NAME: Benchmark(research_resume.measure, research_resume.ROWS),
    research.QUALITY: Benchmark(research.measure_quality, research.QUALITY_ROWS),
    dashboard.NAME: Benchmark(dashboard.measure, dashboard.ROWS),
    accounts_pages.NAME: Benchmark(accounts_pages.measure, accounts_pages.ROWS),
    research_library.NAME: Benchmark(research_library.measure, research_library.ROWS),
    airflow_share.NAME: Benchmark(airflow_share.measure, airflow_share.ROWS),
}
ROWS = {name: benchmark.rows or (name,) for name, benchmark in BENCHMARKS.items()}


def main() -> int:
    only, size, form = (os.environ.get(name) or default for name, default in _OPTIONS.items())
    chosen = choose(ROWS, only)
    if not chosen or size not in SIZES or form not in {"table", "json"}:
        names = ", ".join(dict.fromkeys(name for each, its in ROWS.items() for name in (each, *its)))
        _say(
            f"ONLY is one of these or the beginning of some: {names}; SIZE of {', '.join(SIZES)}; FORMAT table or json."
        )
        return 2
    figures: list[Figure] = []
    broken = 0
    with stage(size) as running:
        for name, wanted in chosen.items():
            began = time.monotonic()
            try:
                measured = BENCHMARKS[name].measure(running, name)
            except Exception:  # noqa: BLE001 - a broken benchmark is a line of the table, and the others are measured
                broken += 1
                _say(traceback.format_exc())
                measured = [Figure(name, "broken: see above", None, "", "", reached=None)]
            # What has another name than the rows says why they are missing.
            figures += [figure for figure in measured if figure.name in wanted or figure.name not in ROWS[name]]
            _say(f"{name}: {time.monotonic() - began:.0f} s")
    sys.stdout.write((as_json(figures, size) if form == "json" else as_table(figures)) + "\n")
    return 1 if broken else 0


_OPTIONS = {"ONLY": "", "SIZE": "usual", "FORMAT": "table"}


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
