"""The page "Runs": what each day did, what it cost, and why a red one is red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from include.comets.evidence import read_named
from include.comets.sources import NAMES, SWITCHED_ON
from include.database import Row, one, rows
from include.runs import PAST_DAY, live_until
from plugins.dashboard.bars import Day, Picture, bars
from plugins.dashboard.rendering import money, number, share, write_page
from plugins.dashboard.running import known
from plugins.dashboard.store import reading

DAYS_A_PAGE = 30
CONSISTENCY = "Consistency check"
OUTCOMES = {
    "failed": "the look failed",
    "gone": "no such creator any more",
    "private": "private",
    "banned": "banned",
    "suspect": "a fall not believed on its first day",
}
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the funnel: how many videos were left before it, and how many it let through."""

    name: str
    asked: int
    refused: int

    @property
    def passed(self) -> int:
        return self.asked - self.refused


@dataclass(frozen=True, slots=True)
class Total:
    """What several days brought and cost together; None where none of them says."""

    days: int
    new_comets: int | None
    failed: int | None
    billed_calls: int | None
    usd: Decimal | None


@router.get("/runs", name="runs")
def list_days(
    request: Request,
    before: Annotated[date | None, Query(description="days before this one")] = None,
    run_id: Annotated[str | None, Query(max_length=250, description="the day of this run")] = None,
) -> Response:
    """The days, newest first."""
    with reading() as connection:
        if run_id is not None:
            found = rows(connection, "dashboard/read_day_of_run", {"run_id": run_id})
            if found:
                return show_day(request, found[0]["day"])
        # One more than is shown tells whether there is another page.
        parameters = {"before": before or date.max, "most": DAYS_A_PAGE + 1}
        days = rows(connection, "dashboard/read_days", parameters)
        shown = days[:DAYS_A_PAGE]
        yields = read_yields(connection, shown[-1]["day"], shown[0]["day"]) if shown else []
    return write_page(
        request,
        "comets/runs.html",
        days=with_gaps(
            [{**day, "why": why(day), "tone": tone(day)} for day in shown],
            before or datetime.now(UTC).date(),
        ),
        pictures=pictures(shown),
        total=total(shown),
        older=shown[-1]["day"] if len(days) > DAYS_A_PAGE else None,
        before=before,
        yields=yields,
    )


def total(days: Sequence[Row]) -> Total:
    """The sums of the columns that can be summed, over the days that are shown."""
    roster = [day["counts"]["roster"] for day in days if day["counts"]]
    return Total(
        len(days),
        _summed([each["new_comets"] for each in roster]),
        _summed([each["failed"] for each in roster]),
        _summed([day["billed_calls"] for day in days]),
        _summed([day["usd"] for day in days]),
    )


def _summed(values: Sequence[Any]) -> Any:
    given = [value for value in values if value is not None]
    return sum(given) if given else None


@router.get("/runs/{day}", name="run_day")
def show_day(request: Request, day: date) -> Response:
    """One day: funnel, coverage, failures by kind, calls and money, and its runs' reports."""
    parameters = {"day": day}
    with reading() as connection:
        runs = rows(connection, "dashboard/read_runs_of_day", parameters)
        if not runs:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"No run was for {day}.")
        spend = rows(connection, "dashboard/read_day_spend", parameters)
        misses = rows(connection, "dashboard/read_day_misses", parameters)
        trends = rows(connection, "dashboard/read_day_trends", parameters)
        yields = read_yields(connection, day, day)
        is_regional = any(row["keyword_source"] == "regional" for row in trends)
        named = read_named(connection, day) if is_regional else {}
        found = one(connection, "dashboard/count_accepted", parameters)
        neighbours = one(connection, "dashboard/read_neighbouring_days", parameters)
    last = runs[0]
    endpoints = [row for row in spend if row["part"] == "endpoint"]
    usd = sum((row["usd"] for row in endpoints), start=Decimal(0))
    discovery_usd = sum((row["usd"] for row in spend if row["part"] == "keyword"), start=Decimal(0))
    return write_page(
        request,
        "comets/run_day.html",
        day=day,
        neighbours=neighbours,
        last=last,
        tone=tone(last),
        why=why(last),
        remedy=remedy({**last, "day": day}, datetime.now(UTC)),
        funnel=funnel(last["counts"]),
        roster=(last["counts"] or {}).get("roster"),
        calls=calls_of_day(endpoints, runs),
        waiting=waiting(endpoints, runs),
        endpoints=endpoints,
        failures=[row for row in spend if row["part"] == "failure"],
        usd=usd,
        accepted=found["creators"],
        new=found["new_creators"],
        prices=[
            (scope, each(spent, found["creators"]), each(spent, found["new_creators"]))
            for scope, spent in (("discovery only", discovery_usd), ("whole day", usd))
        ],
        misses=[{**row, "outcome": OUTCOMES[row["outcome"]]} for row in misses],
        trends=[
            {
                **row,
                "source": NAMES[row["keyword_source"]] if row["keyword_source"] in SWITCHED_ON else None,
                "named": named.get(row["keyword"].casefold(), []),
            }
            for row in trends
        ],
        yields=yields,
        runs=[{**run, "why": why(run), "tone": tone(run)} for run in runs],
        in_airflow=known("comets", (run["run_id"] for run in runs)),
    )


def pictures(days: Sequence[Row]) -> list[Picture]:
    """Coverage, new comets and cost of these days; a picture that has no number is left out."""
    coverage, new_comets, cost = [], [], []
    for day in days:
        at, colour = day["day"], tone(day)
        new = (day["counts"] or {}).get("roster", {}).get("new_comets")
        measured = None if day["coverage"] is None else float(day["coverage"])
        coverage.append(Day(at, measured, f"{at}: {share(measured)}", colour))
        new_comets.append(Day(at, new, f"{at}: {number(new)}", colour))
        cost.append(Day(at, float(day["usd"]), f"{at}: {money(day['usd'])}", colour))
    most_new = max((day.value for day in new_comets if day.value is not None), default=0.0)
    most_usd = max((day.value for day in cost if day.value is not None), default=0.0)
    drawn = [
        Picture("Coverage", "full height: 100 %", bars(coverage, most=1.0)),
        Picture("New comets", f"full height: {number(most_new)}", bars(new_comets)),
        Picture("Cost", f"full height: {money(most_usd)}", bars(cost)),
    ]
    return [picture for picture in drawn if picture.bars]


def read_yields(connection: psycopg.Connection[Any], first_day: date, last_day: date) -> list[Row]:
    """What each source of creators brought and cost over these days, the one that brought most new ones first."""
    found = rows(connection, "dashboard/read_yields", {"first_day": first_day, "last_day": last_day})
    return [{**row, "name": NAMES[row["source"]]} for row in found]


def funnel(counts: dict[str, Any] | None) -> list[Stage]:
    """The videos of a day on their way through the layers, in the order they are asked; empty without a report."""
    verdicts = (counts or {}).get("verdicts")
    if not verdicts:
        return []
    on_names = verdicts["platform_before_caption"]
    steps = [
        ("Layer 1: platform, in handle and nickname", on_names),
        ("Layer 2: pronoun, in the caption", verdicts["pronoun"]),
        ("Comet criteria", verdicts["criteria"]),
        ("No profile answer", verdicts["no_profile"]),
        ("Layer 1: platform, in the bio", verdicts["platform"] - on_names),
        ("No readable cover", verdicts["no_cover"]),
        ("Layer 3: face", verdicts["face"]),
        (CONSISTENCY, verdicts.get("consistency", 0)),  # days of before have no such count
    ]
    stages, left = [], verdicts["videos"]
    for name, refused in steps:
        if refused or not (name.startswith("No ") or name == CONSISTENCY):
            stages.append(Stage(name, left, refused))
        left -= refused
    return stages


def why(run: Row) -> list[str]:
    """What made this run incomplete, in words; empty when nothing did."""
    reasons = [*run["failed_checks"]]
    if run["state"] == "interrupted":
        reasons.append("ended without a report: its process was killed, or the run was ended by hand")
    if run["stopped_because"]:
        reasons.append(run["stopped_because"])
    failed = [task for task in run["failed_tasks"] if task not in {"check_day"} or not run["failed_checks"]]
    if failed:
        reasons.append(f"failed task{'s' if len(failed) > 1 else ''}: {', '.join(failed)}")
    return reasons


def remedy(run: Row, now: datetime) -> str:
    """What to do about a red day: as long as it is live its tasks can call, later nobody is measured for it any more."""
    if now >= live_until(run["day"]):
        return PAST_DAY
    if run["state"] == "interrupted":
        return "Trigger comets once more: it goes on from there, and what was paid for is not paid for again."
    return "Clear what is red with everything downstream: what was paid for is not paid for again."


def tone(run: Row) -> str:
    """`good`, `bad` or `open` (still running)."""
    return {"complete": "good", "running": "open"}.get(run["state"], "bad")


def with_gaps(days: Sequence[Row], before: date) -> list[Row]:
    """The days before `before`, newest first, and in between what had no run: rows of `first_day`, `last_day`, `missing`."""
    found: list[Row] = []
    for day in days:
        missing = (before - day["day"]).days - 1
        if missing > 0:
            gap = {"first_day": day["day"] + timedelta(days=1), "last_day": before - timedelta(days=1)}
            found.append({**gap, "missing": missing})
        found.append({**day, "missing": 0})
        before = day["day"]
    return found


def each(usd: Decimal, creators: int) -> Decimal | None:
    """Dollars for each of so many creators; None where there is none, or nothing was paid."""
    return usd / creators if creators and usd else None


def calls_of_day(endpoints: Sequence[Row], runs: Sequence[Row]) -> Row | None:
    """The calls of all runs of a day; None before the day's first report."""
    if not endpoints:
        return None
    return {
        "calls": int(sum(row["calls"] for row in endpoints)),
        "billed": int(sum(row["billed"] for row in endpoints)),
        "answered_from_ledger": int(sum(run["answered_from_ledger"] for run in runs)),
    }


def waiting(endpoints: Sequence[Row], runs: Sequence[Row]) -> Row | None:
    """How long the calls of all runs of a day waited for the rate limit: `seconds` of all threads together, for each call,
    and as a `share` of the time the calls took, waiting included. None when no task has said.
    """
    known = [run["seconds_waiting"] for run in runs if run["seconds_waiting"] is not None]
    if not known:
        return None
    seconds = sum(known)
    calls = sum(row["calls"] for row in endpoints)
    answering = float(sum(row["calls"] * row["latency_ms"] for row in endpoints)) / 1000
    return {
        "seconds": seconds,
        "each": seconds / float(calls) if calls else None,
        "share": seconds / (seconds + answering) if calls and seconds + answering else None,
    }
