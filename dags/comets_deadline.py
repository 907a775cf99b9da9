"""## Deadline: is today measured in time?

Once a day, at `COMETS_DEADLINE` (08:00 UTC unless you set it), this DAG looks whether today's run of `comets` is complete. If
it is not, or if there is none at all, the run is red and it is told by mail and webhook, as the digest is: **follower counts of
a missed day never come back**, and until 06:00 UTC of the next day they can still be had.

| | |
|---|---|
| **Reads** | `runs`, `creators`, `creator_stats` |
| **Writes** | `digests`: what was told, so that nothing is told twice |
| **Needs** | Airflow's triggerer, which waits for the hour without taking a place among the tasks |
| **Costs** | no API call |

### When it is red
**`look`** says what is the matter and what to do. Trigger this DAG with **at once** to look again. It looks at today alone: runs
of other days, a backfill's for example, end as skipped.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include import connections, settings
from include.comets import deadline
from include.defaults import DEFAULT_ARGS, switch
from include.digest.channels import DayDigest
from include.runs import day_of, live_until

PARAMS = {"at_once": switch("When", "At once", "Look now, and not at the deadline.")}
log = logging.getLogger(__name__)


@task
def read_deadline(dag_run: Any = None, params: Any = None) -> str:
    """When to look, as ISO 8601 in UTC; a deadline that has passed is now."""
    configured, day = settings.load(), day_of(dag_run.logical_date, dag_run.run_after)
    now = configured.now()
    if day != now.date():
        raise AirflowSkipException(f"{day} is not today ({now.date()}): there is nothing to be in time for.")
    left = timedelta() if params["at_once"] else max(deadline.moment(day, configured.deadline) - now, timedelta())
    return (datetime.now(UTC) + left).isoformat()


@task(on_failure_callback=DayDigest(deadline.news, deadline.unread))
def look(dag_run: Any = None) -> str:
    """Green when the day is complete."""
    day = day_of(dag_run.logical_date, dag_run.run_after)
    if settings.load().now() >= live_until(day):
        raise AirflowSkipException(f"{day} is over: nobody can be measured for it any more.")
    with connections.open_database() as store:
        late = store.repeatedly(lambda connection: deadline.lateness(connection, day))
    if late is not None:
        raise AirflowFailException(str(late))
    said = f"{day} is complete, or nobody is there to be measured."
    log.info(said)
    return said


@dag(
    schedule="0 0 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=2,
    default_args=DEFAULT_ARGS,
    params=PARAMS,
    tags=["comets", "daily"],
    doc_md=__doc__,
)
def comets_deadline() -> None:
    """Wait, then look."""
    wait = DateTimeSensorAsync(task_id="wait", target_time=read_deadline())
    wait >> look()


comets_deadline()
