"""`python -m include.local.one_day MOMENT…`: runs the DAG `comets` in this process, once for each moment, oldest first.

`--conf` gives params of the trigger form, as JSON.
The log goes to standard output; lines that begin with MARK are for the command that started it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime
from typing import Any

from include.local.http import post_json
from include.local.steps import say

MARK = "@@comets "
NOW = "now"


def main(arguments: list[str]) -> int:
    """Exit status 0 when every day was complete."""
    parser = argparse.ArgumentParser(prog="python -m include.local.one_day")
    parser.add_argument("moments", nargs="+", metavar="moment", help=f"ISO-8601 with zone, or {NOW!r}")
    parser.add_argument("--conf", type=json.loads, default={}, help="params of the runs, as JSON")
    asked = parser.parse_args(arguments)
    if os.environ.get("AIRFLOW__LOGGING__LOGGING_LEVEL", "").strip().upper() == "DEBUG":
        # Running tasks in its own process, Airflow writes at this level the very secrets it is told to mask.
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "INFO"
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if bag.import_errors:
        say("\n".join(bag.import_errors.values()))
        return 1
    dag = bag.dags["comets"]
    states = [_run(dag, moment, asked.conf) for moment in asked.moments]
    return 0 if all(state == "success" for state in states) else 1


def _run(dag: Any, moment: str, conf: dict[str, Any]) -> str:
    """One day; a moment that is not NOW is set as the present of the pipeline and the sandbox."""
    if moment == NOW:
        os.environ.pop("COMETS_NOW", None)
        _set_clock({"real": True})
        run_after = datetime.now().astimezone()
    else:
        os.environ["COMETS_NOW"] = moment
        _set_clock({"now": moment})
        run_after = datetime.fromisoformat(moment)
    run = dag.test(logical_date=None, run_after=run_after, run_conf=conf)
    state = str(getattr(run.state, "value", run.state))
    say(MARK + json.dumps({"run_id": run.run_id, "state": state}))
    return state


def _set_clock(setting: dict[str, Any]) -> None:
    """Move the sandbox's clock; without a sandbox there is no clock to move, and nobody asks for it."""
    url = os.environ.get("COMETWATCH_SANDBOX_URL")
    if url is None:
        return
    try:
        if "real" in setting:
            post_json(f"{url}/sandbox/clock", None, method="DELETE")
        else:
            post_json(f"{url}/sandbox/clock", setting)
    except (OSError, ValueError) as error:
        raise SystemExit(
            f"{url} did not take the clock {setting.get('now', '')} ({error}): is Cometwatch's sandbox there?"
        ) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
