"""Answers of TikTok's Accounts API, written by hand as they are handed over."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

DAYS = ("video_views", "profile_views", "likes", "comments", "shares", "followers_count", "unique_video_views")
VIDEOS = (
    *(
        "item_id",
        "create_time",
        "caption",
        "share_url",
        "video_views",
        "likes",
        "comments",
        "shares",
        "favorites",
        "reach",
    ),
    *("total_time_watched", "average_time_watched", "full_video_watched_rate", "impression_sources"),
    *("video_view_retention", "new_followers", "profile_views", "video_duration"),
)


def document(
    endpoint: str, answers: list[dict[str, Any]], asked_at: str, fields: tuple[str, ...] = (), **more
) -> bytes:
    """Its bytes, as the contract of the hand-over says them."""
    told = {
        "cometwatch": "tiktok_accounts_api/1",
        "endpoint": endpoint,
        "business_id": "b3d2f73d",
        "asked_at": asked_at,
        "request": {"fields": list(fields), "start_date": "2026-10-01", "end_date": "2026-10-10"},
        "answers": answers,
    } | more
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def profile(asked_at: str = "2026-10-12T05:00:12Z", fields: tuple[str, ...] = DAYS, **data: Any) -> bytes:
    return document("business/get", [data], asked_at, fields)


def videos(
    *listed: dict[str, Any], asked_at: str = "2026-10-12T05:00:13Z", fields: tuple[str, ...] = VIDEOS, **more: Any
) -> bytes:
    pages = [{"videos": [each], "cursor": 1, "has_more": True} for each in listed] or [{"videos": []}]
    return document("business/video/list", pages, asked_at, fields, **more)


def day(of: str, views: int, **more: Any) -> dict[str, Any]:
    return {"date": of, "video_views": views, "profile_views": 3, "likes": 2, "comments": 1, "shares": 0, **more}


def days(first: str, *views: int, **more: Any) -> list[dict[str, Any]]:
    begin = date.fromisoformat(first)
    return [day((begin + timedelta(days=n)).isoformat(), each, **more) for n, each in enumerate(views)]
