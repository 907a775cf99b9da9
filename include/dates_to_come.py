"""Ends runs of a day that has not begun, as soon as Airflow makes them active.

Airflow holds a run's tasks back until its logical date, and the run keeps its place among `max_active_runs` all the while: one
dated next week, and no night in between would be measured. Whatever way it was triggered, it passes through here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.listeners import hookimpl

# A browser fills in its own clock's present, which may be a little ahead; a run waits so long at the most.
AHEAD = timedelta(minutes=5)
# Those whose runs go one after the other.
DAGS = frozenset(
    (
        *("account_analytics", "accounts_canary", "comets", "forget_creator", "housekeeping", "research_canary"),
        "video_research",
    )
)


def refusal(logical_date: datetime | None, now: datetime) -> str | None:
    """Why a run of this date is not begun; None when it may be."""
    if logical_date is None or logical_date <= now + AHEAD:
        return None
    asked = logical_date.astimezone(UTC)
    return (
        f"Not begun: its logical date {asked:%Y-%m-%d %H:%M} UTC is still to come, and until then it would have kept all other "
        "runs waiting. Trigger it without a logical date for today."
    )


@hookimpl
def on_dag_run_running(dag_run: Any) -> None:
    """Called by the scheduler, with the run in its session."""
    why = refusal(dag_run.logical_date, datetime.now(UTC)) if dag_run.dag_id in DAGS else None
    if why is not None:
        dag_run.note = why
        dag_run.set_state("failed")
