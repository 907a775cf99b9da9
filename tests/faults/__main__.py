"""`python -m tests.faults`: inject faults, judge, print one table. Environment: ROUNDS, SEED, ONLY, FORMAT, AIRFLOW."""

from __future__ import annotations

import os
import sys

from tests.faults import runner


def main() -> int:
    """Exit status 1 when a bound is broken, 2 when ONLY names no fault."""
    names = {number.casefold(): number for number in runner.FAULTS}
    asked = [name.strip() for name in os.environ.get("ONLY", "").split(",") if name.strip()]
    only = [names.get(name.casefold(), name) for name in asked]
    unknown = [name for name in only if name not in runner.FAULTS]
    if unknown:
        print(f"no such fault: {', '.join(unknown)}; known: {', '.join(sorted(runner.FAULTS))}", file=sys.stderr)  # noqa: T201
        return 2
    lines = runner.run(
        only=only,
        rounds=int(os.environ.get("ROUNDS") or 1),
        seed=int(os.environ.get("SEED") or 1),
        with_airflow=os.environ.get("AIRFLOW") != "0",
        say=lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201
    )
    print(runner.as_json(lines) if os.environ.get("FORMAT") == "json" else runner.as_table(lines))  # noqa: T201
    return 0 if all(line.verdict in {"holds", "not injected"} for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
