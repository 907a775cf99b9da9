"""`python -m include.local.dag_process MOMENT…`: runs a DAG (`comets`) in this process, once for each moment, oldest first.

`--conf` gives params of the trigger form, as JSON; the first `--before` moments are run without.
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
    parser = argparse.ArgumentParser(prog="python -m include.local.dag_process")
    parser.add_argument("moments", nargs="+", metavar="moment", help=f"ISO-8601 with zone, or {NOW!r}")
    parser.add_argument("--dag", default="comets", help="which DAG")
    parser.add_argument("--conf", type=json.loads, default={}, help="params of the runs, as JSON")
    parser.add_argument("--before", type=int, default=0, help="how many of the moments are run without them")
    asked = parser.parse_args(arguments)
    if os.environ.get("AIRFLOW__LOGGING__LOGGING_LEVEL", "").strip().upper() == "DEBUG":
        # Running tasks in its own process, Airflow writes at this level the very secrets it is told to mask.
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "INFO"
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if bag.import_errors:
        say("\n".join(bag.import_errors.values()))
        return 1
    dag = bag.dags.get(asked.dag)
    if dag is None:
        return _refuse(f"There is no DAG {asked.dag!r}, but {', '.join(sorted(bag.dags))}.")
    unknown = sorted(set(asked.conf) - set(dag.params))
    if unknown:
        return _refuse(f"{asked.dag} has no param {', '.join(unknown)}, but {', '.join(sorted(dag.params)) or 'none'}.")
    confs = [{} if place < asked.before else asked.conf for place in range(len(asked.moments))]
    states = [_run(dag, moment, conf) for moment, conf in zip(asked.moments, confs, strict=True)]
    return 0 if all(state == "success" for state in states) else 1


def _refuse(why: str) -> int:
    say(MARK + json.dumps({"refused": why}))
    return 1


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
    say(MARK + json.dumps({"dag": dag.dag_id, "run_id": run.run_id, "state": state}))
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
