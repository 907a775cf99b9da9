"""The day's data-quality checks: what must never be is an error, what is merely unusual is a mark on the day."""

from __future__ import annotations

import logging
from typing import Any

import psycopg

from include import database
from include.comets import discovery
from include.comets.roster import count_left_out
from include.comets.run import Run
from include.failures import NeedsPerson
from include.tikhub.ledger import PROFILE, withdraw_answers

# A purge shows as many small falls at once; on a usual day a few creators in a hundred lose 2 percent.
PURGE_SHARE = 0.3
PURGE_LEAST_CREATORS = 20
# About one creator in a hundred vanishes in a day. So many at once have not: the vendor does not show them.
VANISHED_SHARE = 0.3
VANISHED_LEAST_CREATORS = 5
log = logging.getLogger(__name__)


class CheckFailed(NeedsPerson, ValueError):
    """The day's data are not as they must be; the message says what is wrong and what to do."""


def check_day(connection: psycopg.Connection[Any], run: Run, coverage_floor: float) -> dict[str, Any]:
    """Check the day and note coverage and purge mark in `runs`; returns the figures. Raises CheckFailed.

    When a crowd vanished on the day of a live run, it is taken back first: they count as failed, and can be asked again.
    """
    problems = _doubt_absences(connection, run)
    roster = database.one(connection, "comets/count_roster", {"day": run.day})
    figures = database.one(connection, "comets/check_day", {"day": run.day})
    left_out = count_left_out(connection, run)
    calls_left = database.one(connection, "comets/count_calls_left", {"run_id": run.run_id})["calls_left"]
    coverage = coverage_of(roster, calls_left=calls_left, left_out=left_out)
    is_purge_day = _is_purge(figures)
    problems += _problems(figures) + discovery.problems(connection, run)
    if not run.is_replay and not run.skip_roll_call and not run.dry_run and coverage < coverage_floor:
        not_reached = roster["unmeasured"] - left_out
        suspects = f", {roster['suspect']} suspect falls, looked at again tomorrow" if roster["suspect"] else ""
        # Who answered is not asked again today.
        advice = ". Clear the failed roll_call instances with everything downstream"
        problems.append(
            f"coverage {coverage:.1%} is below the floor of {coverage_floor:.0%}: {roster['failed']} failed, "
            f"{not_reached} not reached{suspects}{advice if roster['failed'] or not_reached else ''}"
        )
    with database.transaction(connection):
        database.rows(
            connection,
            "comets/mark_run",
            {
                "run_id": run.run_id,
                "coverage": coverage,
                "is_purge_day": is_purge_day,
                "roster": roster["roster"],
                "failed_checks": problems,
            },
        )
    if is_purge_day:
        log.warning(
            "%s of %s creators fell by 2 %% or more on %s: the platform removed accounts; "
            "the day is marked, not the creators.",
            figures["fell"],
            figures["compared"],
            run.day,
        )
    if problems:
        raise CheckFailed("; ".join(problems) + ".")
    return {**figures, "coverage": coverage, "is_purge_day": is_purge_day}


def coverage_of(roster: database.Row, *, calls_left: int | None, left_out: int = 0) -> float:
    """Measured ÷ due, 0 to 1. Not due: who waits after repeated misses, who is gone or private, the `left_out`, for whom the
    rate limit leaves no turn, and who had no budget: more than the `calls_left` of one (None: no budget).
    """
    measured = roster["updated"] + roster["skipped"]
    unmeasured = roster["unmeasured"] - left_out
    reachable = unmeasured if calls_left is None else min(unmeasured, calls_left)
    due = measured + roster["failed"] + roster["suspect"] + reachable
    return measured / due if due else 1.0


def _doubt_absences(connection: psycopg.Connection[Any], run: Run) -> list[str]:
    if run.is_replay or run.skip_roll_call or run.dry_run:
        return []
    day = {"day": run.day}
    with database.transaction(connection):
        found = database.one(connection, "comets/count_absences", day)
        is_crowd = found["vanished"] >= max(VANISHED_LEAST_CREATORS, found["looked_at"] * VANISHED_SHARE)
        is_everybody = not found["measured"] and found["absent"] >= VANISHED_LEAST_CREATORS
        if not (is_crowd or is_everybody):
            return []
        doubted = database.rows(connection, "comets/doubt_absences", {**day, "is_everybody": is_everybody})
        withdraw_answers(connection, run.day, PROFILE, [row["user_id"] for row in doubted])
    vanished = found["absent"] if is_everybody else found["vanished"]
    return [
        f"{vanished} of {found['looked_at']} creators looked at answered gone or hidden at once: the endpoint or the key's "
        "region, not the creators. They count as failed; compare TIKHUB_BASE_URL and TikHub's status page, then clear "
        "roll_call with everything downstream to ask them again. Told the same on another day, it is believed"
    ]


def _is_purge(figures: database.Row) -> bool:
    compared = figures["compared"] + figures["suspect"]
    fell = figures["fell"] + figures["suspect"]
    return compared >= PURGE_LEAST_CREATORS and fell >= compared * PURGE_SHARE


def _problems(figures: database.Row) -> list[str]:
    texts = {
        "negative": "snapshots have a negative count",
        "doubled": "creators have two snapshots",
        "orphaned": "snapshots belong to no creator",
        "unflagged": "rows are estimated and not flagged, or observed at no moment",
        "in_default_partition": "rows lie in a DEFAULT partition: their month has no partition; "
        "trigger the DAG housekeeping, which makes it and moves them",
    }
    return [f"{figures[name]} {text}" for name, text in texts.items() if figures[name]]
