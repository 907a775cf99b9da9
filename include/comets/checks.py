"""The day's data-quality checks: what must never be is an error, what is merely unusual is a mark on the day."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from include import database
from include.calls.ledger import withdraw_answers
from include.comets import consistency, discovery, sources
from include.comets.roster import count_left_out, read_coverage
from include.comets.run import Run
from include.failures import NeedsPerson
from include.runs import PAST_DAY, live_until
from include.tikhub import endpoints

# A purge shows as many small falls at once; on a usual day a few creators in a hundred lose 2 percent.
PURGE_SHARE = 0.3
PURGE_LEAST_CREATORS = 20
# About one creator in a hundred vanishes in a day. So many at once have not: the vendor does not show them.
VANISHED_SHARE = 0.3
VANISHED_LEAST_CREATORS = 5
log = logging.getLogger(__name__)


class CheckFailed(NeedsPerson, ValueError):
    """The day's data are not as they must be; the message says what is wrong and what to do."""


class Problem(NamedTuple):
    """What is wrong, and what helps while the day can still be measured ("" where that does not matter)."""

    what: str
    remedy: str = ""


def check_day(
    connection: psycopg.Connection[Any],
    run: Run,
    coverage_floor: float,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Check the day and note coverage and purge mark in `runs`; returns the figures. Raises CheckFailed.

    `now` tells whether the day can still be measured, and so what there is to do about it; by default the run's mode does.
    When a crowd vanished on the day of a live run, it is taken back first: they count as failed, and can be asked again.
    """
    problems = _doubt_absences(connection, run)
    roster = database.one(connection, "comets/count_roster", {"day": run.day})
    figures = database.one(connection, "comets/check_day", {"day": run.day})
    left_out = count_left_out(connection, run)
    coverage = read_coverage(connection, run, roster, left_out)
    is_purge_day = _is_purge(figures)
    said = [
        *discovery.problems(connection, run),
        *consistency.problems(connection, run),
        *sources.problems(connection, run),
    ]
    problems += _problems(figures) + [Problem(*found) for found in said]
    if not run.is_replay and not run.skip_roll_call and not run.dry_run and coverage.share < coverage_floor:
        not_reached = roster["unmeasured"] - left_out
        suspects = f", {roster['suspect']} suspect falls, looked at again tomorrow" if roster["suspect"] else ""
        # Who answered is not asked again today.
        advice = (
            "Clear the failed roll_call instances with everything downstream" if roster["failed"] or not_reached else ""
        )
        what = (
            f"coverage {coverage} is below the floor of {coverage_floor:.0%}: {roster['failed']} failed, "
            f"{not_reached} not reached{suspects}"
        )
        problems.append(Problem(what, advice))
    with database.transaction(connection):
        database.rows(
            connection,
            "comets/mark_run",
            {
                "run_id": run.run_id,
                "coverage": coverage.share,
                "measured": coverage.measured,
                "due": coverage.due,
                "is_purge_day": is_purge_day,
                "roster": roster["roster"],
                # Without the remedies: the line is read long after the day.
                "failed_checks": [problem.what for problem in problems],
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
        raise CheckFailed(_told(problems, run, now))
    numbers = {"coverage": coverage.share, "measured": coverage.measured, "due": coverage.due}
    return {**figures, **numbers, "is_purge_day": is_purge_day}


def _told(problems: list[Problem], run: Run, now: datetime | None) -> str:
    is_past = run.is_replay if now is None else now >= live_until(run.day)
    if not is_past:
        return "; ".join(". ".join(filter(None, problem)) for problem in problems) + "."
    text = "; ".join(problem.what for problem in problems) + "."
    return f"{text} {PAST_DAY}" if any(problem.remedy for problem in problems) else text


def _doubt_absences(connection: psycopg.Connection[Any], run: Run) -> list[Problem]:
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
        withdraw_answers(connection, run.day, endpoints.USER_PROFILE, [row["user_id"] for row in doubted])
    vanished = found["absent"] if is_everybody else found["vanished"]
    return [
        Problem(
            f"{vanished} of {found['looked_at']} creators looked at answered gone or hidden at once: the endpoint or the key's "
            "region, not the creators. They count as failed; told the same on another day, it is believed",
            "Compare TIKHUB_BASE_URL and TikHub's status page, then clear roll_call with everything downstream to ask them again",
        )
    ]


def _is_purge(figures: database.Row) -> bool:
    compared = figures["compared"] + figures["suspect"]
    fell = figures["fell"] + figures["suspect"]
    return compared >= PURGE_LEAST_CREATORS and fell >= compared * PURGE_SHARE


def _problems(figures: database.Row) -> list[Problem]:
    texts = {
        "negative": "snapshots have a negative count",
        "doubled": "creators have two snapshots",
        "orphaned": "snapshots belong to no creator",
        "unflagged": "rows are estimated and not flagged, or observed at no moment",
        "in_default_partition": "rows lie in a DEFAULT partition: their month has no partition; "
        "trigger the DAG housekeeping, which makes it and moves them",
    }
    return [Problem(f"{figures[name]} {text}") for name, text in texts.items() if figures[name]]
