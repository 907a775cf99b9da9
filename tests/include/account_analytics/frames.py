"""Frames written by hand for the tests: what is not said is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from include.account_analytics.schemas import COLUMNS, METRICS

CANDIDATE = {
    "account": pl.String,
    "day": pl.Date,
    "label": pl.Date,
    "member": pl.String,
    "line": pl.Int32,
    "newness": pl.Int32,
    "is_settled": pl.Boolean,
    "is_assumed": pl.Boolean,
    "group": pl.String,
    "source": pl.String,
    "has_net_likes": pl.Boolean,
    **dict.fromkeys(METRICS, pl.Int64),
    "extra": pl.String,
}


def day(number: int) -> date:
    """The n-th of March 2026; before it, days of February."""
    return date(2026, 2, 28) + timedelta(days=number)


def moment(number: int, hour: int = 0) -> datetime:
    each = day(number)
    return datetime(each.year, each.month, each.day, hour, tzinfo=UTC)


def frame(schema: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")


def candidates(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Rows of daily reports; settled ones of Overview unless they say otherwise."""
    plain = {"account": "mara", "newness": 0, "is_settled": True, "is_assumed": False, "group": "overview"}
    plain |= {"source": "export", "has_net_likes": False}
    return frame(CANDIDATE, ({**plain, "label": row["day"], "line": row["day"].day + 1, **row} for row in rows))


def layer(name: str, *rows: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of a layer of `schemas`, of the account `mara` unless a row says otherwise."""
    plain: dict[str, Any] = {
        "account": "mara",
        "member": "m",
        "line": 2,
        "hashtags": [],
        "mentions": [],
        "is_provisional": False,
        "is_frozen": False,
        "has_no_data": False,
        "source": "export",
        "hour": -1,
    }
    return frame(COLUMNS[name], ({**plain, **row} for row in rows))


def snapshot(video_id: str, number: int, views: int, **more: Any) -> dict[str, Any]:
    """A video's totals on the n-th of March; posted on the first, at midnight."""
    totals = {f"total_{name}": more.pop(name, 0) for name in ("likes", "comments", "shares")}
    plain = {"publish_date": day(1), "posted_at": moment(1), "snapshot_at": moment(number)}
    return {"video_id": video_id, "snapshot_day": day(number), "total_views": views, **totals, **plain, **more}
