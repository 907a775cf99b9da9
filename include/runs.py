"""What any run is, whatever its pipeline: its day, how long that can be measured, and its line in `runs` from open to report."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol, Self

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.failures import NeedsPerson

GRACE = timedelta(hours=6)
# The longest pause a run makes by itself (a Retry-After, then a retry's delay) is an hour and a half.
SILENT_SECONDS = 2 * 3600.0
log = logging.getLogger(__name__)
PAST_DAY = (
    "The day is past: nobody is measured for it any more. Clearing its tasks replays the stored answers and calls nothing; "
    "whoever was missed gets an estimated row when next seen."
)


class RunRefused(NeedsPerson, ValueError):
    """The run's day or settings make no sense; the message says which, and what to write instead."""


class Run(Protocol):
    """What the shared parts know of a run, whatever its pipeline; `as_replay` is the same run once its day has ended."""

    @property
    def pipeline(self) -> str: ...  # the DAG's id: a run's own id is unique within its DAG only

    @property
    def run_id(self) -> str: ...

    @property
    def day(self) -> date: ...

    @property
    def is_replay(self) -> bool: ...

    def as_replay(self) -> Self: ...


def day_of(logical_date: datetime | None, run_after: datetime) -> date:
    """The UTC day a run is about: that of its logical date; a manual run may have none, then that of `run_after`."""
    return (logical_date or run_after).astimezone(UTC).date()


def mode_on(day: date, now: datetime) -> Literal["live", "replay"]:
    """Live on the day itself and up to six hours after its end. Raises RunRefused for a day to come."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if now < begins:
        raise RunRefused(
            f"{day} has not begun (it is {now:%Y-%m-%d %H:%M} UTC). Trigger the run with an earlier logical date."
        )
    return "live" if now < live_until(day) else "replay"


def live_until(day: date) -> datetime:
    """The moment from which on the API's numbers are no longer this day's."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) + GRACE


def open_run(
    connection: psycopg.Connection[Any],
    run: Run,
    settings: Mapping[str, Any],
    max_calls: int | None = None,
    discovery_calls: int | None = None,
) -> None:
    """Enter a run with its budget. Opened again (a person cleared it), its budget and its stop mark begin anew.

    `discovery_calls` is the part of `max_calls` that discovery may make, so that what comes after it keeps its share.
    """
    parameters = {
        **_key(run),
        "day": run.day,
        "mode": "replay" if run.is_replay else "live",
        "settings": Jsonb(settings),
        "max_calls": max_calls,
        "discovery_calls": discovery_calls,
    }
    database.rows(connection, "runs/open_run", parameters)


def stop_run(connection: psycopg.Connection[Any], run: Run, reason: str) -> None:
    """Tell all tasks of this run that no call can succeed any more."""
    database.rows(connection, "runs/stop_run", {**_key(run), "reason": reason})


def resume_run(connection: psycopg.Connection[Any], run: Run) -> None:
    """A run that was taken for interrupted goes on; any other stays as it is."""
    database.rows(connection, "runs/resume_run", _key(run))


def close_run(
    connection: psycopg.Connection[Any], run: Run, counts: Mapping[str, Any], report: str, failed_tasks: Sequence[str]
) -> None:
    """Store the report, and the pipeline's calls of the day in short; the run is complete when no task failed.

    The coverage in `counts`, where there is one, is the run's: `{"coverage": {"measured": …, "due": …}}`.
    """
    parameters = {
        **_key(run),
        "state": "incomplete" if failed_tasks else "complete",
        "counts": Jsonb(counts, dumps=_as_json),
        "report": report,
        "failed_tasks": list(failed_tasks),
    }
    with database.transaction(connection):
        database.rows(connection, "runs/summarise_calls", {"pipeline": run.pipeline, "day": run.day})
        database.rows(connection, "runs/close_run", parameters)


def read_run(connection: psycopg.Connection[Any], pipeline: str, run_id: str) -> database.Row | None:
    """State, report and coverage of a run; None for one that was never opened."""
    found = database.rows(connection, "runs/read_run", {"pipeline": pipeline, "run_id": run_id})
    return found[0] if found else None


def close_interrupted(
    connection: psycopg.Connection[Any],
    pipeline: str,
    run_id: str,
    is_going: Callable[[str], bool | None] = lambda _: None,
    at_work: Collection[str] = (),
) -> list[str]:
    """Mark other runs of the pipeline as interrupted that ended without a word: their process was killed. Returns their ids.

    `is_going` says what Airflow knows of a run, None where it knows none of that name: another Airflow's, which is judged by
    its signs of life: calls, tasks that ended, and those the pipeline itself has found, `at_work`. One that goes on after all
    is marked as running again by its next task.
    """
    parameters = {"pipeline": pipeline, "run_id": run_id, "seconds": SILENT_SECONDS}
    over = []
    for row in database.rows(connection, "runs/find_running_runs", parameters):
        goes_on = is_going(row["run_id"])
        if not goes_on if goes_on is not None else row["is_silent"] and row["run_id"] not in at_work:
            over.append((pipeline, row["run_id"]))
    return [row["run_id"] for row in interrupt(connection, over)]


def interrupt(connection: psycopg.Connection[Any], over: Sequence[tuple[str, str]]) -> list[database.Row]:
    """Mark these runs, each a pipeline and a run's id, as interrupted if they are marked as running; returns which were."""
    if not over:
        return []
    pipelines, run_ids = zip(*over, strict=True)
    with database.transaction(connection):
        parameters = {"pipelines": list(pipelines), "run_ids": list(run_ids)}
        closed = database.rows(connection, "runs/interrupt_runs", parameters)
    for row in closed:
        log.warning("The run %s of %s ended without a report: it is marked as interrupted.", row["run_id"], row["day"])
    return closed


def _key(run: Run) -> dict[str, str]:
    return {"pipeline": run.pipeline, "run_id": run.run_id}


def _as_json(counts: Mapping[str, Any]) -> str:
    return json.dumps(counts, default=lambda value: float(value) if isinstance(value, Decimal) else str(value))
