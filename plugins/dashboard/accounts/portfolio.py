"""The page "Accounts": every account of one's own side by side, what they are together, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from include.account_analytics.scores import DEFINITIONS, SCORES
from include.database import Row, rows
from plugins.dashboard.accounts.account import address
from plugins.dashboard.accounts.fetching import fetched
from plugins.dashboard.rendering import write_page
from plugins.dashboard.sparklines import stretches
from plugins.dashboard.store import reading

LINE_DAYS = 28
MOST_QUESTIONS = 50
FEWEST_KNOWN = 0.5  # of a period's days: below it the period is compared with nothing
ACTIVITY_KEPT, ACTIVITY_DUE = 7, 5  # days: TikTok shows the last week alone; from when on somebody is reminded
LATE_DAYS = 5  # a download of today is complete to two to four days ago
router = APIRouter()


class Window(IntEnum):
    """How many days a period has."""

    week = 7
    month = 28
    quarter = 90


class Order(StrEnum):
    """What the accounts go by; the largest first, names from a to z."""

    name = "name"
    followers = "followers"
    growth = "growth"
    views = "views"
    change = "change"
    engagement = "engagement"
    quality = "quality"


_COLUMNS = {
    Order.followers: "followers",
    Order.growth: "growth",
    Order.views: "views",
    Order.change: "change",
    Order.engagement: "engagement",
    Order.quality: "overall",
}


@router.get("/accounts", name="accounts")
def list_accounts(
    request: Request,
    window: Annotated[Window, Query(description="days of a period")] = Window.month,
    order: Annotated[Order, Query()] = Order.name,
    answered: Annotated[bool, Query(description="an answer was stored")] = False,
    run: Annotated[str, Query(max_length=250, description="a run that was started here")] = "",
) -> Response:
    """All accounts, each up to its own last complete day."""
    with reading() as connection:
        found = rows(connection, "dashboard/accounts/read_accounts", {"days": window.value})
        questions = rows(connection, "dashboard/accounts/read_questions", {"most": MOST_QUESTIONS + 1})
        coming = fetched(connection)
    today = datetime.now(UTC).date()
    accounts = [{**of_account(row, window.value, today), "address": address(request, row["account"])} for row in found]
    return write_page(
        request,
        "accounts/accounts.html",
        accounts=ordered(accounts, order),
        total=together(accounts),
        questions=questions[:MOST_QUESTIONS],
        has_more_questions=len(questions) > MOST_QUESTIONS,
        reminders=[row for row in accounts if row["reminder"]],
        fetched=coming,
        answered=answered,
        run=run,
        window=window,
        windows={each: f"{each.value} days" for each in Window},
        order=order,
        late=LATE_DAYS,
        scores=SCORES,
        definitions=DEFINITIONS,
    )


def of_account(row: Row, days: int, today: date) -> Row:
    """What follows from an account's row: growth, change against the period before, engagement, what is missing."""
    last_day = row["last_day"]
    mean = _mean(row["views"], row["days_known"], days)
    mean_before = _mean(row["views_before"], row["days_known_before"], days)
    return {
        **row,
        "growth": None
        if row["followers"] is None or row["followers_before"] is None
        else row["followers"] - row["followers_before"],
        "growth_percent": _change(row["followers"], row["followers_before"]),
        "mean": mean,
        "mean_before": mean_before,
        "change": _change(mean, mean_before),
        "engagement": row["engagements"] / row["engaged_views"] if row["engaged_views"] else None,
        "days_late": (today - last_day).days if last_day else None,
        "days_missing": days - row["days_known"] if last_day else None,
        "line": stretches(last_day, row["line_days"], row["line_views"], [False] * len(row["line_days"]), LINE_DAYS)
        if row["line_days"]
        else [],
        "reminder": reminder(row["activity_day"], today),
    }


def together(accounts: Sequence[Row]) -> dict[str, Any]:
    """All accounts as one. Change is that of accounts with both periods; unique viewers are of no sum, and so not here."""
    both = [row for row in accounts if row["mean"] is not None and row["mean_before"] is not None]
    grown = [row for row in accounts if row["growth"] is not None]
    engaged = sum(row["engaged_views"] or 0 for row in accounts)
    scored = [row for row in accounts if row["overall"] is not None]
    return {
        "followers": _sum(accounts, "followers"),
        "growth": _sum(accounts, "growth"),
        "grown": len(grown),
        "growth_percent": _change(_sum(grown, "followers"), _sum(grown, "followers_before")),
        "views": _sum(accounts, "views"),
        "viewed": sum(row["views"] is not None for row in accounts),
        "compared": len(both),
        "change": _change(_sum(both, "mean"), _sum(both, "mean_before")),
        "engagement": sum(row["engagements"] or 0 for row in accounts) / engaged if engaged else None,
        "worst": min(scored, key=lambda row: row["overall"], default=None),
        "last_days": sorted({row["last_day"] for row in accounts if row["last_day"]}),
        "anomalies": sum(row["anomalies"] for row in accounts),
        "aside": sum(row["aside"] for row in accounts),
    }


def ordered(accounts: Sequence[Row], order: Order) -> list[Row]:
    """Largest first, unknown last; among equals by name."""
    if order is Order.name:
        return list(accounts)
    column = _COLUMNS[order]
    return sorted(accounts, key=lambda row: (row[column] is None, -(row[column] or 0)))


def reminder(activity_day: date | None, today: date) -> str | None:
    """Follower activity is shown for a week and then gone: until when it has to be downloaded, or since when days are lost."""
    if activity_day is None or (today - activity_day).days < ACTIVITY_DUE:
        return None
    first_missing = activity_day + timedelta(days=1)
    oldest_shown = today - timedelta(days=ACTIVITY_KEPT)
    if first_missing >= oldest_shown:
        until = first_missing + timedelta(days=ACTIVITY_KEPT)
        return f"known to {activity_day}: download it by {until}, or a day is lost"
    lost = (oldest_shown - first_missing).days
    return f"known to {activity_day}: {lost} {'day is' if lost == 1 else 'days are'} lost, and one more every day"


def _mean(total: int | None, known: int, days: int) -> float | None:
    """A day's mean over the days that are known, of which there have to be enough."""
    return total / known if total is not None and known >= FEWEST_KNOWN * days else None


def _change(now: float | None, before: float | None) -> float | None:
    """In percent of what was before."""
    return 100 * (now - before) / before if now is not None and before else None


def _sum(found: Sequence[Row], name: str) -> Any:
    """Of what is known; None where nothing is."""
    known = [row[name] for row in found if row[name] is not None]
    return sum(known) if known else None
