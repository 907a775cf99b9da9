"""What the API says of the made-up accounts of `include/sandbox/exports`: the true numbers, as late as TikTok gives them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.sandbox.dice import Dice
from include.sandbox.exports.world import DAY, Account, Post, midnight

PAGE = 20
LOOK_BACK = 60
FEWEST_FOLLOWERS = 100
QUIET, FROZEN = 7 * DAY, 365 * DAY
# field -> (permission, the world's metric)
DAILY = {
    "video_views": "video_views", "unique_video_views": "reached_audience", "profile_views": "profile_views",
    "likes": "likes", "comments": "comments", "shares": "shares", "followers_count": "followers",
    "daily_total_followers": "net_followers", "daily_new_followers": "new_followers",
    "daily_lost_followers": "lost_followers", "engaged_audience": "engaged_audience",
}  # fmt: skip
CLICKS = (
    "bio_link_clicks", "phone_number_clicks", "lead_submissions", "app_download_clicks", "email_clicks",
    "address_clicks",
)  # fmt: skip
AUDIENCE = ("audience_ages", "audience_genders", "audience_countries", "audience_cities")
ACCOUNT_SCOPES = {
    "username": "user.info.username", "display_name": "user.info.basic", "profile_image": "user.info.basic",
    "is_business_account": "user.account.type", "followers_count": "user.info.stats",
    "following_count": "user.info.stats", "total_likes": "user.info.stats", "videos_count": "user.info.stats",
    **dict.fromkeys((*(set(DAILY) - {"followers_count"}), *CLICKS, *AUDIENCE, "audience_activity"), "user.insights"),
}  # fmt: skip
LISTED = (
    "item_id", "create_time", "caption", "share_url", "media_type", "is_ad", "video_duration", "video_views", "reach",
    "likes", "comments", "shares", "favorites",
)  # fmt: skip
INSIGHTS = (
    "total_time_watched", "average_time_watched", "full_video_watched_rate", "new_followers", "profile_views",
    "impression_sources", "video_view_retention", "audience_genders", "audience_countries", "audience_types",
)  # fmt: skip
VIDEO_SCOPES = {**dict.fromkeys(LISTED, "video.list"), **dict.fromkeys(INSIGHTS, "video.insights")}
# Of a video that nobody looked at, liked, commented on or shared for a week.
GONE_WHEN_QUIET = frozenset(
    (
        "reach", "full_video_watched_rate", "total_time_watched", "average_time_watched", "impression_sources",
        "audience_countries",
    )
)  # fmt: skip
_AGES = ("18-24", "25-34", "35-44", "45-54", "55+")
_SOURCES = ("For You", "Follow", "Personal Profile", "Search", "Sound", "Others")
_COUNTRIES = ("US", "DE", "BR", "JP", "MX")


class Refused(Exception):
    """The request makes no sense to the vendor; the message is what it says."""


def fields_of(given: str | None, default: tuple[str, ...], scopes: dict[str, str]) -> list[str]:
    """The fields asked for, a JSON array in the query. Raises Refused."""
    if given is None:
        return list(default)
    try:
        fields = json.loads(given)
    except ValueError:
        fields = None
    if not isinstance(fields, list) or not all(isinstance(each, str) for each in fields):
        raise Refused("fields: Not a valid list.")
    unknown = [each for each in fields if each not in scopes]
    if unknown:
        raise Refused(f"fields.{fields.index(unknown[0])}: Must be one of: {', '.join(sorted(scopes))}.")
    return fields


def profile(account: Account, handle: str, fields: list[str], start: date, end: date, now: datetime) -> dict[str, Any]:
    """`data` of business/get. Raises Refused for a window that looks back too far, or ends before it begins."""
    if start > end:
        raise Refused("start_date: must not be later than end_date.")
    if (now.date() - start).days > LOOK_BACK:
        raise Refused(f"start_date: the maximum supported look-back period is {LOOK_BACK} days.")
    followers = account.value(now.date(), "followers") or 0
    said = {
        "username": handle,
        "display_name": handle.title(),
        "profile_image": "https://p16-sign.example/none.webp",
        "is_business_account": True,
        "followers_count": followers,
        "following_count": 12,
        "total_likes": sum(post.total("likes", now) for post in account.posts),
        "videos_count": sum(post.posted_at <= now for post in account.posts),
        **_audience(account, followers),
    }
    daily = [field for field in fields if field in DAILY or field in CLICKS or field == "audience_activity"]
    data: dict[str, Any] = {field: said[field] for field in fields if field in said}
    if daily:
        data["metrics"] = [_day(account, day, daily) for day in _known_days(account, start, end, now)]
    return data


def _known_days(account: Account, start: date, end: date, now: datetime) -> list[date]:
    """A day is known 24 hours after its end."""
    last = min(end, now.date() - 2 * DAY)
    first = max(start, account.born)
    return [first + number * DAY for number in range((last - first).days + 1)]


def _day(account: Account, day: date, fields: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"date": day.isoformat()}
    for field in fields:
        if field in DAILY:
            row[field] = account.value(day, DAILY[field])
        elif field == "audience_activity":
            row[field] = _activity(account, day)
        else:
            row[field] = 0
    return row


def _activity(account: Account, day: date) -> list[dict[str, Any]]:
    level = account.value(day, "followers") or 0
    if level < FEWEST_FOLLOWERS:
        return []
    dice = Dice(account.seed, "active hours", account.index, day.toordinal())
    return [
        {"hour": str(hour), "count": int(level * 0.3 * (1 - abs(hour - 18) / 24) * dice.between(0.9, 1.1))}
        for hour in range(24)
    ]


def _audience(account: Account, followers: int) -> dict[str, list[dict[str, Any]]]:
    """Distributions of followers; empty lists, and no error, for an account with too few of them."""
    if followers < FEWEST_FOLLOWERS:
        return {name: [] for name in AUDIENCE}
    return {
        "audience_ages": _shares(account, "age", _AGES),
        "audience_genders": _shares(account, "gender", ("Female", "Male", "Other")),
        "audience_countries": _shares(account, "country", _COUNTRIES),
        "audience_cities": _shares(account, "city_name", ("Athens", "Berlin", "Lima")),
    }


def _shares(of: Account, name: str, buckets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Fractions that add up to 1."""
    dice = Dice(of.seed, "share", name, of.index)
    weights = [dice.between(1, 9) for _ in buckets]
    parts = [round(weight / sum(weights), 4) for weight in weights]
    parts[0] = round(1 - sum(parts[1:]), 4)
    return [{name: bucket, "percentage": part} for bucket, part in zip(buckets, parts, strict=True)]


def page_of(account: Account, handle: str, fields: list[str], cursor: int, most: int, now: datetime) -> dict[str, Any]:
    """`data` of business/video/list: videos posted before the cursor, newest first."""
    before = min(datetime.fromtimestamp(cursor / 1000, UTC), now)
    posts = [post for post in reversed(account.posts) if post.posted_at < before]
    listed = posts[:most]
    data: dict[str, Any] = {
        "videos": [_video(account, handle, post, fields, now) for post in listed],
        "has_more": len(posts) > len(listed),
    }
    if listed:
        data["cursor"] = int(listed[-1].posted_at.timestamp() * 1000)
    return data


def counted_to(post: Post, now: datetime) -> datetime:
    """The moment up to which a video's numbers are counted: a day late, and no later than a year after it was posted."""
    return min(midnight(now.date() - DAY), post.posted_at + FROZEN)


def watched(account: Account, post: Post) -> tuple[float, float]:
    """Mean seconds that a video is watched, and the share of its views that see it whole: always the same."""
    dice = Dice(account.seed, "watched", post.video_id)
    return round(dice.between(3, 25), 2), round(dice.between(0.05, 0.6), 4)


def _video(account: Account, handle: str, post: Post, fields: list[str], now: datetime) -> dict[str, Any]:
    at = counted_to(post, now)
    views = post.total("views", at)
    seconds, whole = watched(account, post)
    dice = Dice(account.seed, "insights", post.video_id)
    split = dice.between(0.4, 0.9)
    said = {
        "item_id": str(post.video_id),
        "create_time": str(int(post.posted_at.timestamp())),
        "caption": post.caption,
        "share_url": f"https://www.tiktok.com/@{handle}/video/{post.video_id}",
        "media_type": "VIDEO",
        "is_ad": False,
        "video_duration": round(seconds * dice.between(1.2, 3), 2),
        "video_views": views,
        "reach": int(views * dice.between(0.6, 0.95)),
        **{count: post.total(count, at) for count in ("likes", "comments", "shares", "favorites")},
        "total_time_watched": round(views * seconds, 2),
        "average_time_watched": seconds,
        "full_video_watched_rate": whole,
        "new_followers": views // 400,
        "profile_views": views // 90,
        "impression_sources": _shares_of(split, "impression_source", _SOURCES),
        "video_view_retention": _retention(whole),
        "audience_genders": _shares_of(split, "gender", ("Female", "Male")),
        "audience_countries": _shares_of(split, "country", _COUNTRIES[:2]),
        "audience_types": _shares_of(split, "type", ("NEW_VIEWER", "RETURN_VIEWER")),
    }
    is_quiet = views == post.total("views", at - QUIET) and at > post.posted_at + QUIET
    return {field: said[field] for field in fields if not (is_quiet and field in GONE_WHEN_QUIET)}


def _retention(whole: float) -> list[dict[str, Any]]:
    """The share that still watches after so many seconds."""
    return [{"second": str(second), "percentage": round(whole ** (second / 10), 4)} for second in (0, 5, 10)]


def _shares_of(first: float, name: str, buckets: tuple[str, ...]) -> list[dict[str, Any]]:
    """The first has so much, the others the rest in equal parts."""
    rest = round((1 - first) / (len(buckets) - 1), 4)
    parts = [round(1 - rest * (len(buckets) - 1), 4), *[rest] * (len(buckets) - 1)]
    return [{name: bucket, "percentage": part} for bucket, part in zip(buckets, parts, strict=True)]


def default_window(now: datetime) -> tuple[date, date]:
    """The days of a request that names none."""
    return now.date() - timedelta(days=7), now.date() - DAY
