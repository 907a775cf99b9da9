"""The tasks of the DAG as a worker of the fault suite runs them."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import psycopg

from include import database
from include.calls.desk import NotInLedger
from include.comets import run as runs
from include.comets import tasks
from include.comets.run import Run
from include.tikhub.account import Api
from include.tikhub.client import TikHub
from include.tikhub.errors import TikHubError
from plugins.filters.layers import context_layers

Task = Mapping[str, Any]


def configure(times: Mapping[str, Any]) -> None:
    """Set module constants before the task begins, by dotted name, or one of PostgreSQL's or the client's settings."""
    for name, value in times.items():
        if name in {"lock_timeout", "idle_in_transaction_session_timeout"}:
            database.BOUNDS[name] = value
            continue
        if name == "transaction_timeout":
            database.PIPELINED_BOUNDS[name] = value
            continue
        if name == "backoff":
            TikHub.__init__.__kwdefaults__["backoff"] = value
            continue
        if name == "patience":
            database.Database.__init__.__defaults__ = (value,)  # type: ignore[misc]
            continue
        module, _, attribute = name.rpartition(".")
        target = importlib.import_module(module)
        if not hasattr(target, attribute):
            raise AttributeError(f"{name} is no setting any more")
        setattr(target, attribute, value)


def poison(user_id: str) -> None:
    """Reading this creator's answer kills the process, as a bug in native code would."""
    from include.tikhub import parsers

    real = parsers.parse_profile

    def parse(data: Any, expected: str | None) -> Any:
        if expected == user_id:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(data, expected)

    parsers.parse_profile = parse


def connect_to(task: Task) -> Callable[[], psycopg.Connection[Any]]:
    return lambda: psycopg.connect(task["database"], connect_timeout=10, application_name=task.get("name", "worker"))


def api_of(task: Task, run: Run) -> Api | None:
    if run.is_replay:
        return None
    given = task["api"]
    now = given.get("now")
    return Api(given["url"], given["key"], given["deadline"], given["threads"], now and datetime.fromisoformat(now))


def roll_call(task: Task) -> Any:
    run = Run.from_json(task["run"])
    return tasks.measure_batch(
        connect_to(task), api_of(task, run), run, task["batch"], task["api"]["threads"], task["batch"]["batch"]
    )


def discover(task: Task) -> Any:
    run = Run.from_json(task["run"])
    threads = task["api"]["threads"]
    return tasks.discover(
        connect_to(task), api_of(task, run), run, task["keyword"], context_layers(), threads, task.get("index", 0)
    )


def fetch_trends(task: Task) -> Any:
    run = Run.from_json(task["run"])
    return tasks.fetch_trends(connect_to(task), api_of(task, run), run)


def plan_roll_call(task: Task) -> Any:
    return tasks.plan_roll_call(connect_to(task), Run.from_json(task["run"]))


def compute_growth(task: Task) -> Any:
    return tasks.compute_growth(connect_to(task), Run.from_json(task["run"]))


def whole_day(task: Task) -> Any:
    """All tasks in the DAG's order; one that fails does not stop the others. Returns the failures."""
    run, connect = Run.from_json(task["run"]), connect_to(task)
    with database.Database(connect) as connections:
        connections.repeatedly(lambda connection: runs.open_day(connection, run, task.get("rate") or 10_000))
    failed: list[str] = []

    def step(name: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (tasks.NothingToReplay, NotInLedger):
            return None
        except (TikHubError, ValueError, LookupError, RuntimeError) as error:
            failed.append(f"{name}: {type(error).__name__}: {error}")
            return None

    keywords = [] if run.skip_discovery else step("fetch_trends", lambda: fetch_trends(task))
    for index, keyword in enumerate(keywords or []):
        step("discover", lambda k=keyword, i=index: discover({**task, "keyword": k, "index": i}))
    for batch in step("plan_roll_call", lambda: plan_roll_call(task)) or []:
        step("roll_call", lambda b=batch: roll_call({**task, "batch": b}))
    step("keep_videos", lambda: tasks.keep_videos(connect, run, 35))
    step("compute_growth", lambda: compute_growth(task))
    step("check_day", lambda: tasks.check_day(connect, run, task.get("floor", 0.9)))
    tasks.write_report(connect, run, failed_tasks=failed)
    return failed


STEPS: dict[str, Callable[[Task], Any]] = {
    "roll_call": roll_call,
    "discover": discover,
    "fetch_trends": fetch_trends,
    "plan_roll_call": plan_roll_call,
    "compute_growth": compute_growth,
    "whole_day": whole_day,
}
