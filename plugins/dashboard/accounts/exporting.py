"""Downloads of what the pages of accounts show: all accounts, and one account's days and videos, as CSV, Parquet or XLSX."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from include.database import one, rows
from include.export.tables import MEDIA_TYPES, AnyFormat, Column, Table, pieces
from plugins.dashboard.access import Reader, is_head
from plugins.dashboard.accounts import account as page
from plugins.dashboard.accounts import portfolio
from plugins.dashboard.downloads import Download, Statement
from plugins.dashboard.store import reading

ACCOUNTS = Table(
    "accounts",
    (
        Column("account", "text"),
        Column("handle", "text"),
        Column("period_days", "integer"),
        Column("last_day", "day"),
        Column("followers", "integer"),
        Column("followers_day", "day"),
        Column("growth", "integer"),
        Column("growth_percent", "number"),
        Column("views", "integer"),
        Column("views_before", "integer"),
        Column("days_known", "integer"),
        Column("days_known_before", "integer"),
        Column("change", "number"),
        Column("engagement", "number"),
        Column("usual_engagement", "number"),
        *(Column(name, "number") for name in ("overall", "overall_mean", *portfolio.SCORES)),
        Column("anomalies", "integer"),
        Column("aside", "integer"),
        Column("downloaded_at", "moment"),
        Column("is_made_up", "flag"),
    ),
)
DAYS = Table(
    "days",
    (
        Column("account", "text"),
        Column("date", "day"),
        *(Column(name, "integer") for name in ("video_views", "profile_views", "likes", "comments", "shares")),
        Column("engagement_rate", "number"),
        *(Column(name, "integer") for name in ("total_viewers", "new_viewers", "returning_viewers", "followers")),
        Column("follower_growth", "integer"),
        Column("follower_growth_rate", "number"),
        *(Column(name, "integer") for name in ("following", "reached_audience", "engaged_audience")),
        *(Column(name, "integer") for name in ("new_followers", "lost_followers")),
        Column("is_provisional", "flag"),
        Column("is_revised", "flag"),
        Column("overview_report", "text"),
        Column("overview_line", "integer"),
        Column("overview_sha256", "text"),
        Column("viewers_report", "text"),
        Column("viewers_line", "integer"),
        Column("followers_report", "text"),
        Column("followers_line", "integer"),
        *(Column(f"{group}_source", "text") for group in ("overview", "viewers", "followers")),
    ),
)
VIDEOS = Table(
    "videos",
    (
        *(Column(name, "text") for name in ("account", "video_id", "title", "link")),
        Column("publish_date", "day"),
        Column("posted_at", "moment"),
        Column("snapshot_day", "day"),
        *(Column(f"total_{name}", "integer") for name in ("views", "likes", "comments", "shares")),
        Column("favorites", "integer"),
        *(Column(name, "number") for name in ("engagement_rate", "average_watch_time", "total_watch_time")),
        Column("completion_rate", "number"),
        *(Column(name, "integer") for name in ("unique_viewers", "new_followers", "profile_views")),
        Column("duration", "number"),
        Column("is_provisional", "flag"),
        Column("is_frozen", "flag"),
        Column("hashtags", "text"),
        Column("report_sha256", "text"),
        Column("line", "integer"),
        Column("source", "text"),
    ),
)
router = APIRouter()


@router.get("/export/accounts.{file_format}", name="export_accounts")
def send_accounts(
    user: Reader,
    file_format: AnyFormat,
    window: Annotated[portfolio.Window, Query()] = portfolio.Window.month,
    order: Annotated[portfolio.Order, Query()] = portfolio.Order.name,
) -> Response:
    """All accounts as the page shows them, in its order; change and growth in percent, rates and scores as fractions."""
    with reading() as connection:
        found = rows(connection, "dashboard/accounts/read_accounts", {"days": window.value})
    today = datetime.now(UTC).date()
    shown = portfolio.ordered([portfolio.of_account(row, window.value, today) for row in found], order)
    wanted = [column.name for column in ACCOUNTS.columns]
    lines = [[{**row, "period_days": window.value}[name] for name in wanted] for row in shown]
    content = b"".join(pieces(ACCOUNTS, lines, file_format))
    return Response(content, headers=_headers("cometwatch-accounts", file_format))


@router.get("/export/accounts/{account}/days.{file_format}", name="export_account_days")
def send_days(
    request: Request,
    user: Reader,
    account: str,
    file_format: AnyFormat,
    window: Annotated[page.Window, Query()] = page.Window.all,
) -> Response:
    """The days that the page shows, each with the reports and lines that its numbers come from."""
    with reading() as connection:
        owner = page.find(connection, account)["account"]
        last_day = one(connection, "dashboard/accounts/read_last_days", {"account": owner})["last_day"]
    parameters = {"account": owner, "first_day": page.first_day(last_day, window)}
    statement = Statement(DAYS, "dashboard/accounts/export_days", parameters)
    return _send(request, user.get_name(), statement, f"cometwatch-{_plain(owner)}-days", file_format)


@router.get("/export/accounts/{account}/videos.{file_format}", name="export_account_videos")
def send_videos(request: Request, user: Reader, account: str, file_format: AnyFormat) -> Response:
    """Every snapshot of every video."""
    with reading() as connection:
        owner = page.find(connection, account)["account"]
    statement = Statement(VIDEOS, "dashboard/accounts/export_videos", {"account": owner})
    return _send(request, user.get_name(), statement, f"cometwatch-{_plain(owner)}-videos", file_format)


def _send(request: Request, user: str, statement: Statement, name: str, file_format: AnyFormat) -> Response:
    headers = _headers(name, file_format)
    if not is_head(request):
        return Download(user, statement, file_format, headers)
    answer = Response(headers=headers)
    del answer.headers["content-length"]  # nobody knows it before the last row
    return answer


def _headers(name: str, file_format: AnyFormat) -> dict[str, str]:
    return {
        "content-type": MEDIA_TYPES[file_format],
        "content-disposition": f'attachment; filename="{name}.{file_format}"',
    }


def _plain(account: str) -> str:
    """A handle as part of a file's name, and of a header."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", account)[:60]
