"""The page "Account": one account's days, videos and audience, where each number came from, and what is not as usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, available_timezones

import psycopg
from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.account_analytics import accounts
from include.account_analytics.scores import DEFINITIONS, SCORES
from include.database import Row, one, rows
from plugins.dashboard.accounts.sources import Sources
from plugins.dashboard.accounts.words import ANOMALIES, BASES, KINDS, STATES
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.store import reading

VIDEOS_A_PAGE = 25
MOST_FILES, MOST_REVISIONS, MOST_ANOMALIES, MOST_HASHTAGS, MOST_BUCKETS = 200, 50, 40, 25, 12
MOST_PAGES = 20_000
MOST_DAYS = 400  # in the table; charts and exports have all of them
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HEAT_LEVELS = 8
TIKTOK = "https://www.tiktok.com/"
router = APIRouter()


class Window(StrEnum):
    """How far back charts and days go."""

    month = "28"
    quarter = "90"
    year = "365"
    all = "all"


class Order(StrEnum):
    """What videos go by; the largest, or latest, first."""

    posted = "posted"
    views = "views"
    likes = "likes"
    comments = "comments"
    shares = "shares"
    engagement = "engagement"


@router.get("/accounts/{account}", name="account")
def show_account(
    request: Request,
    account: str,
    window: Annotated[Window, Query()] = Window.quarter,
    order: Annotated[Order, Query(description="of the videos")] = Order.posted,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES, description="of the videos")] = 1,
    video: Annotated[str, Query(max_length=64, description="whose snapshots are shown")] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One account; under a former name, or with an @, its address leads to where it is."""
    with reading() as connection:
        owner = find(connection, account)
        if account not in {owner["account"], f"@{owner['account']}"}:
            return RedirectResponse(address(request, owner["account"]), HTTPStatus.SEE_OTHER)
        own = {"account": owner["account"]}
        lasts = one(connection, "dashboard/accounts/read_last_days", own)
        days = rows(
            connection, "dashboard/accounts/read_days", {**own, "first_day": first_day(lasts["last_day"], window)}
        )
        of_page = {"ordered_by": order.value, "most": VIDEOS_A_PAGE + 1, "skipped": (page - 1) * VIDEOS_A_PAGE}
        videos = rows(connection, "dashboard/accounts/read_videos", {**own, **of_page})
        asked = {**own, "video_id": video.replace("\0", "")}
        snapshots = rows(connection, "dashboard/accounts/read_snapshots", asked) if video else []
        revisions = rows(connection, "dashboard/accounts/read_revisions", {**own, "most": MOST_REVISIONS})
        audience = rows(connection, "dashboard/accounts/read_audience", own)
        totals = next(iter(rows(connection, "dashboard/accounts/read_totals", own)), None)
        shown = [*videos, *snapshots, *audience, *([totals] if totals else [])]
        sources = Sources.read(connection, days, revisions, [row["member"] for row in shown])
        found: dict[str, Any] = {
            "files": rows(connection, "dashboard/accounts/read_files", {**own, "most": MOST_FILES}),
            "hashtags": rows(connection, "dashboard/accounts/read_hashtags", {**own, "most": MOST_HASHTAGS}),
            "anomalies": rows(connection, "dashboard/accounts/read_anomalies", {**own, "most": MOST_ANOMALIES}),
            "quality": next(iter(rows(connection, "dashboard/accounts/read_quality", own)), None),
        }
        activity = rows(connection, "dashboard/accounts/read_activity", own)
    return write_page(
        request,
        "accounts/account.html",
        place=address(request, owner["account"]),
        exports=f"{address_of(request, 'home')}export/accounts/@{quote(owner['account'], safe='')}",
        **found,
        owner=owner,
        lasts=lasts,
        days=days[:MOST_DAYS],
        more_days=max(0, len(days) - MOST_DAYS),
        chart=chart_data(days),
        last=next((row for row in days if row["date"] == lasts["complete_day"]), None),
        last_followers=next((row for row in days if row["followers"] is not None), None),
        videos=[of_video(row, owner["time_zone"]) for row in videos[:VIDEOS_A_PAGE]],
        snapshots=snapshots,
        totals=totals,
        has_more=len(videos) > VIDEOS_A_PAGE,
        page=page,
        order=order.value,
        orders=[each.value for each in Order],
        window=window.value,
        windows={each.value: "all days" if each is Window.all else f"{each.value} days" for each in Window},
        revisions=revisions,
        audience=by_kind(audience),
        heat=heat(activity),
        weekdays=WEEKDAYS,
        hours=range(24),
        sources=sources,
        zones=sorted(time_zones()),
        most_files=MOST_FILES,
        scores=SCORES,
        definitions=DEFINITIONS,
        states=STATES,
        bases=BASES,
        kinds=KINDS,
        anomaly_words=ANOMALIES,
        done=done,
    )


def address(request: Request, account: str) -> str:
    """The address of an account's page: with an @, so that no handle is taken for one of the other pages."""
    return address_of(request, "account", account=f"@{quote(account, safe='')}")


def find(connection: psycopg.Connection[Any], account: str) -> Row:
    """The account of this name, or that had it; 404 for nobody's."""
    name = account.replace("\0", "").strip().lstrip("@").lower()
    found = rows(connection, "dashboard/accounts/find_account", {"name": name})
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no account @{calmed(name)[:100]}.")
    return accounts.read_one(connection, found[0]["account"])


def first_day(last_day: date | None, window: Window) -> date:
    if last_day is None or window is Window.all:
        return date.min
    return last_day - timedelta(days=int(window.value) - 1)


def chart_data(days: Sequence[Row]) -> dict[str, list[Any]]:
    """Columns for the charts, oldest day first, every calendar day of the stretch there; None where no number is known.

    `estimated` is 1 where TikTok was still counting, `marked` where a newer download revised a number.
    """
    names = {
        "views": "video_views",
        "followers": "followers",
        "growth": "follower_growth",
        "viewers": "total_viewers",
        "engagement": "engagement_rate",
    }
    columns: dict[str, list[Any]] = {name: [] for name in ("days", *names, "estimated", "marked")}
    if not days:
        return columns
    known = {row["date"]: row for row in days}
    at: date = days[-1]["date"]
    while at <= days[0]["date"]:
        row = known.get(at, {})
        columns["days"].append(at)
        for name, column in names.items():
            value = row.get(column)
            columns[name].append(round(100 * value, 3) if name == "engagement" and value is not None else value)
        columns["estimated"].append(int(bool(row.get("is_provisional"))))
        columns["marked"].append(int(bool(row.get("revised"))))
        at += timedelta(days=1)
    return columns


def heat(activity: Sequence[Row]) -> dict[str, Any] | None:
    """Mean active followers by weekday and hour, each with its level from 0 to HEAT_LEVELS; None where none are known."""
    if not activity:
        return None
    most = max(row["followers"] for row in activity)
    cells = {
        (row["weekday"], row["hour"]): {
            **row,
            "level": round(HEAT_LEVELS * row["followers"] / most) if most else 0,
        }
        for row in activity
    }
    best = sorted(activity, key=lambda row: -row["followers"])[:3]
    return {"cells": cells, "best": best, "last_day": max(row["last_day"] for row in activity)}


def by_kind(audience: Sequence[Row]) -> dict[str, list[Row]]:
    """The buckets of each kind; the smallest of many are one line."""
    found: dict[str, list[Row]] = {}
    for row in audience:
        found.setdefault(row["kind"], []).append(row)
    for kind, buckets in found.items():
        if len(buckets) > MOST_BUCKETS:
            rest = buckets[MOST_BUCKETS - 1 :]
            other = {**rest[0], "bucket": f"{len(rest)} others", "share": sum(row["share"] for row in rest)}
            found[kind] = [*buckets[: MOST_BUCKETS - 1], other]
    return found


def of_video(row: Row, zone: str | None) -> Row:
    """A video as the page shows it: when it was posted, in the account's zone, and a link only where it leads to TikTok."""
    link = row["link"] or ""
    return {**row, "posted": posted(row, zone), "link": link if link.startswith(TIKTOK) else None}


@cache
def time_zones() -> frozenset[str]:
    """All there are; finding them reads hundreds of files."""
    return frozenset(available_timezones())


def posted(row: Mapping[str, Any], zone: str | None) -> str | None:
    """The minute it was posted at, else the day."""
    if row["posted_at"] is None:
        return row["publish_date"].isoformat() if row["publish_date"] else None
    at: datetime = row["posted_at"].astimezone(ZoneInfo(zone) if zone in time_zones() else UTC)
    return f"{at:%Y-%m-%d %H:%M}"
