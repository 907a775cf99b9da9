"""Plans the roll call: who is due, in which order of importance, cut into ranges small enough to pass around."""

from __future__ import annotations

import logging
import math
import zlib
from collections.abc import Iterable
from typing import Any, TypedDict

import psycopg

from include import database
from include.calls import limiter
from include.comets.run import Run
from include.coverage import Coverage
from include.erasure import forgotten as erasure
from include.runs import live_until
from include.tikhub.models import Profile

# Half an hour of calls at the vendor's usual limit: 1,000,000 creators are 59 batches, far below Airflow's 1,024.
BATCH_SIZE = 17_000
LEAST_BATCHES = 2  # so that one worker's death stops half of a small roster at the most
LEAST_SIZE = 250  # a few seconds of calls: less is not worth a task of its own, however high the rate
MOST_BATCHES = 1_000  # Airflow refuses to map a task over more than 1,024
LONGEST_WAIT_MOST = 30  # what LONGEST_WAIT_DAYS can be raised to: longer gaps are not filled whole
# Between a plan and its first task, and between two tasks, nobody holds a lease. Another run that planned anew just then would
# leave the first one with batches that are not its own any more, and a day that looks unfinished to it.
JOIN_SECONDS = 120.0
log = logging.getLogger(__name__)


class Batch(TypedDict):
    """A range of the day's plan; positions count from 1, the most important creator first, both ends included."""

    batch: int
    first: int
    last: int


def identity_columns(profiles: Iterable[Profile]) -> dict[str, list[Any]]:
    """Who the creators of these profiles are, for the statements that write `creators`."""
    return database.columns(
        profiles,
        user_ids="user_id",
        sec_user_ids="sec_user_id",
        handles="handle",
        nicknames="nickname",
        avatar_urls="avatar_url",
        signatures="signature",
    )


def plan_roll_call(connection: psycopg.Connection[Any], run: Run, least_batches: int = LEAST_BATCHES) -> list[Batch]:
    """The day's open batches, planned anew unless a roll call of the same day is at work: then its plan is joined.

    A roster of some size is cut into `least_batches` or more: as many as must be called at once to use the rate limit.
    """
    _warn_of_long_round(connection, run)
    with database.transaction(connection):
        _write_plan(connection, run, least_batches)
        rows = database.rows(connection, "comets/read_batches", {"day": run.day})
    return [Batch(batch=row["batch"], first=row["first_position"], last=row["last_position"]) for row in rows]


def preview_roll_call(connection: psycopg.Connection[Any], run: Run) -> list[Batch]:
    """What `plan_roll_call` would plan, with nothing written: for dry runs, one range."""
    _warn_of_long_round(connection, run)
    due = len(preview_creators(connection, run))
    return [Batch(batch=0, first=1, last=due)] if due else []


def preview_creators(connection: psycopg.Connection[Any], run: Run) -> list[database.Row]:
    """The creators of a dry run's roll call, most important first: the plan is made as ever, read, and taken back."""
    with connection.transaction(force_rollback=True):
        _write_plan(connection, run)
        return database.rows(connection, "comets/preview_plan", {"day": run.day})


def find_long_round(connection: psycopg.Connection[Any], run: Run) -> database.Row | None:
    """Creators, calls_a_day and days of a round over all of them, if it takes longer than anybody may wait; else None."""
    if run.is_replay or run.skip_roll_call:
        return None
    parameters = {"name": limiter.LIMIT, "day": run.day, "max_calls": run.max_calls}
    found = database.one(connection, "comets/count_round", parameters)
    return found if found["days"] is not None and found["days"] > run.longest_wait_days else None


def _warn_of_long_round(connection: psycopg.Connection[Any], run: Run) -> None:
    found = find_long_round(connection, run)
    if found is None:
        return
    log.warning(
        "A round over %s creators takes %s days at %s calls a day: some will wait longer than the %s days of LONGEST_WAIT_DAYS. "
        "Raise %s (%s calls a day are enough)%s.",
        f"{found['creators']:,}",
        found["days"],
        f"{found['calls_a_day']:,}",
        run.longest_wait_days,
        "max_calls" if found["calls_a_day"] == run.max_calls else "TIKHUB_RATE_PER_SECOND",
        f"{math.ceil(found['creators'] / run.longest_wait_days):,}",
        ", or LONGEST_WAIT_DAYS" if found["days"] <= LONGEST_WAIT_MOST else "",
    )


def _write_plan(connection: psycopg.Connection[Any], run: Run, least_batches: int = LEAST_BATCHES) -> None:
    lock = zlib.crc32(f"cometwatch plan {run.day}".encode())
    connection.execute("select pg_advisory_xact_lock(%s)", [lock])
    erasure.share(connection)  # nobody is planned who is being forgotten
    idle = {"day": run.day, "run_id": run.run_id, "seconds": JOIN_SECONDS}
    database.rows(connection, "comets/clear_idle_plan", idle)
    # A million creators are sorted in memory, by a plan that pays off without being compiled first.
    connection.execute("select set_config('work_mem', '256MB', true), set_config('jit', 'off', true)")
    parameters = {
        "run_id": run.run_id,
        "day": run.day,
        "is_replay": run.is_replay,
        "most": _calls_left(connection, run),
        "longest_wait": run.longest_wait_days,
        "min_followers": run.min_followers,
        "max_followers": run.max_followers,
        "batch_size": BATCH_SIZE,
        "least_batches": min(least_batches, MOST_BATCHES),
        "least_size": LEAST_SIZE,
        "most_batches": MOST_BATCHES,
    }
    database.rows(connection, "comets/plan_batches", parameters)


def _calls_left(connection: psycopg.Connection[Any], run: Run) -> int | None:
    """How many creators may cost a call; None where all may, and in a replay, which costs nothing.

    Without a budget of the run, the pace is one: nobody is planned whose turn cannot come while the day is live.
    """
    if run.is_replay:
        return None
    if run.max_calls is not None:
        return database.one(connection, "comets/read_budget_left", {"run_id": run.run_id})["calls_left"]
    parameters = {"name": limiter.LIMIT, "day": run.day, "live_until": live_until(run.day)}
    pace = database.one(connection, "comets/read_turns_left", parameters)
    if pace["turns_left"] is not None:
        log.info(
            "The roster of %s creators is larger than the %s calls that a day's rate limit allows: %s more of them can be "
            "called before the day is over, those first from whom most is expected to be learned.",
            *(f"{pace[name]:,}" for name in ("roster", "calls_a_day", "turns_left")),
        )
    return pace["turns_left"]


def count_left_out(connection: psycopg.Connection[Any], run: Run) -> int:
    """How many due creators the plan left out because of the rate limit; 0 with a budget, which is the reason then."""
    if run.is_replay or run.max_calls is not None:
        return 0
    parameters = {"name": limiter.LIMIT, "day": run.day}
    return database.one(connection, "comets/count_left_out", parameters)["left_out"]


def read_coverage(connection: psycopg.Connection[Any], run: Run, roster: database.Row, left_out: int) -> Coverage:
    """Measured and due of a day whose parts are `roster`. Not due: who waits after repeated misses, who is gone or private, the
    `left_out`, for whom the rate limit leaves no turn, and who had no budget: more than the calls that are left of one.
    """
    calls_left = database.one(connection, "comets/count_calls_left", {"run_id": run.run_id})["calls_left"]
    measured = roster["updated"] + roster["skipped"]
    unmeasured = roster["unmeasured"] - left_out
    reachable = unmeasured if calls_left is None else min(unmeasured, calls_left)
    return Coverage(measured, measured + roster["failed"] + roster["suspect"] + reachable)
