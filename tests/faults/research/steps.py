"""The tasks of `video_research` as a worker of the fault suite runs them: each in a process that may be killed for real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import psycopg

from include.failures import NeedsPerson
from include.lake import Lake
from include.lake_errors import LakeError
from include.tikhub.account import Api
from include.tikhub.errors import TikHubError
from include.video_research import search as searching
from include.video_research import settings, tasks
from include.video_research.run import Run
from include.video_research.settings import ResearchSettings
from include.video_research.sources import Accounts
from tests.faults.research.points import die_at
from tests.faults.steps import configure

Task = Mapping[str, Any]


def begin(task: Task) -> dict[str, Callable[[Task], Any]]:
    """Prepare this process; the steps that it knows."""
    # Airflow is not here to be asked for a connection `serper`.
    searching.search.__kwdefaults__["accounts"] = lambda _: accounts_of(task["api"])
    configure(task.get("times") or {})
    if task.get("die"):
        die_at(task["die"])
    return {"research.search": search, "research.work": work, "research.finish": finish, "research.whole": whole}


def accounts_of(api: Mapping[str, Any]) -> Accounts:
    """Serper, at the sandbox, on the play's day."""
    return Accounts(serper=Api(f"{api['url']}/serper", api["key"], 10.0, 1, datetime.fromisoformat(api["now"])))


def search(task: Task) -> Any:
    return [tasks.search(*_known(task), query, index) for index, query in enumerate(task["queries"])]


def work(task: Task) -> Any:
    connect, run, configured = _known(task)
    return tasks.work(connect, _lake(task), run, configured, task["batch"], task["holder"])


def finish(task: Task) -> Any:
    """What follows the videos; why the run is red, if it is."""
    connect, run, configured = _known(task)
    failed = _failed(lambda: tasks.reconcile(connect, _lake(task), run, configured, task["queries"]), "reconcile")
    tasks.close_queries(connect, run, task["queries"])
    failed = [*task.get("failed", []), *failed]
    return tasks.write_report(connect, _lake(task), run, configured, task["queries"], failed)[1]


def whole(task: Task) -> Any:
    """All tasks in the DAG's order; one that fails does not stop the others. Returns why the run is red, if it is."""
    connect, run, configured = _known(task)
    tasks.open_run(connect, run, configured)
    queries = tasks.pick_queries(connect, run, configured)
    failed: list[str] = []
    for index, query in enumerate(queries):
        failed += _failed(lambda q=query, i=index: tasks.search(connect, run, configured, q, i), "search")
    for index, batch in enumerate(tasks.plan_videos(connect, run, configured, queries)):
        holder = f"{run.run_id} {index}"
        failed += _failed(lambda b=batch, h=holder: tasks.work(connect, _lake(task), run, configured, b, h), "work_on")
    return finish({**task, "queries": queries, "failed": failed})


def _failed(do: Callable[[], Any], name: str) -> list[str]:
    try:
        do()
    except (NeedsPerson, TikHubError, LakeError) as error:
        return [f"{name}: {error}"]
    return []


def _known(task: Task) -> tuple[Callable[[], psycopg.Connection[Any]], Run, ResearchSettings]:
    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(task["database"], connect_timeout=10, application_name="worker")

    return connect, Run.from_json(task["run"]), settings.load(task["settings"], None)


def _lake(task: Task) -> Lake:
    return Lake(task["store"]["uri"], task["store"]["options"])
