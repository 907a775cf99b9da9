"""The one table of the Accounts API's endpoints and fields, and the requests we make of them.

Proved, by the vendor's page of `business/get` and by public clients that agree on the rest: paths, methods, the header, that
`fields` is a JSON array in the query, which permission each field needs, 60 days of look-back, pages of 20 at most, `cursor`
in milliseconds backwards, 40 calls a minute for each account and endpoint and 600 for an app of the lowest level.
Traps of the fields, by the same page: `daily_total_followers` is a day's change and no level, the level of a day is
`followers_count`; likes that were taken back are not subtracted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date

from include.vendors.models import Params, Request

BASE_URL = "https://business-api.tiktok.com"
ROOT = "/open_api/v1.3"
VENDOR = "tiktok"  # in the ledger; the API costs nothing, so that it has no price
APP_LIMIT = "tiktok"  # the name of the rate limit of all calls of the app
ACCOUNT_CALLS_PER_MINUTE = 40
APP_CALLS_PER_MINUTE = 600

ACCOUNT = "tiktok/business/get"
VIDEOS = "tiktok/business/video/list"
PATHS = {ACCOUNT: "/business/get/", VIDEOS: "/business/video/list/"}
TOKEN = "tiktok/tt_user/oauth2/token"  # noqa: S105 - the name of an endpoint
REFRESH = "tiktok/tt_user/oauth2/refresh_token"
OAUTH_PATHS = {TOKEN: "/tt_user/oauth2/token/", REFRESH: "/tt_user/oauth2/refresh_token/"}

LOOK_BACK_DAYS = 60
PAGE = 20  # videos on a page, the most there can be
FEWEST_FOLLOWERS = 100  # below it ages, genders, places and hours are empty lists
LATE_DAYS = 2  # a day is complete 24 to 48 hours later

# field -> the permission it needs
ACCOUNT_FIELDS: Mapping[str, str] = {
    "username": "user.info.username",
    "is_business_account": "user.account.type",
    **dict.fromkeys(("followers_count", "following_count", "total_likes", "videos_count"), "user.info.stats"),
    **dict.fromkeys(
        (
            "video_views", "unique_video_views", "profile_views", "likes", "comments", "shares", "daily_total_followers",
            "daily_new_followers", "daily_lost_followers", "engaged_audience", "audience_activity", "audience_ages",
            "audience_genders", "audience_countries", "audience_cities", "bio_link_clicks", "phone_number_clicks",
            "lead_submissions", "app_download_clicks", "email_clicks", "address_clicks",
        ),
        "user.insights",
    ),
}  # fmt: skip
VIDEO_FIELDS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "item_id", "create_time", "caption", "share_url", "media_type", "is_ad", "video_duration", "video_views",
            "reach", "likes", "comments", "shares", "favorites",
        ),
        "video.list",
    ),
    **dict.fromkeys(
        (
            "total_time_watched", "average_time_watched", "full_video_watched_rate", "new_followers", "profile_views",
            "impression_sources", "video_view_retention", "audience_genders", "audience_countries", "audience_types",
        ),
        "video.insights",
    ),
}  # fmt: skip
SCOPES = tuple(dict.fromkeys((*ACCOUNT_FIELDS.values(), *VIDEO_FIELDS.values())))
# Without these there is nothing to ask an endpoint for; without the others it gives less.
NEEDED = {ACCOUNT: "user.insights", VIDEOS: "video.list"}


def permitted(fields: Mapping[str, str], scopes: Iterable[str]) -> list[str]:
    """The fields that these permissions allow; all, where nobody knows the permissions."""
    granted = set(scopes)
    return [field for field, scope in fields.items() if not granted or scope in granted]


def profile(business_id: str, fields: Iterable[str], start: date, end: date) -> Request:
    """An account's numbers, those of each day from `start` to `end` (UTC, both included) among them.

    Raises ValueError for a window that TikTok would refuse.
    """
    if not start <= end or (end - start).days > LOOK_BACK_DAYS:
        raise ValueError(f"{start} to {end} is no window of at most {LOOK_BACK_DAYS} days")
    listed = _listed(fields)
    days = {"start_date": start.isoformat(), "end_date": end.isoformat()}
    return Request(ACCOUNT, {"business_id": business_id, "fields": listed, **days}, _subject(business_id, listed, days))


def videos(business_id: str, fields: Iterable[str], cursor: int | None = None) -> Request:
    """One page of an account's videos, newest first: those before `cursor` (milliseconds), else the newest of all."""
    asked = list(fields)
    if "item_id" not in asked:
        raise ValueError("without item_id TikTok refuses the other fields")
    listed, place = _listed(asked), {} if cursor is None else {"cursor": cursor}
    params: Params = {"business_id": business_id, "fields": listed, "max_count": PAGE, **place}
    return Request(VIDEOS, params, _subject(business_id, listed, place))


def limit_of(business_id: str, endpoint: str) -> str:
    """The name of the rate limit of one account at one endpoint."""
    return f"{endpoint}@{business_id}"


def _listed(fields: Iterable[str]) -> str:
    return json.dumps(list(fields), separators=(",", ":"))


def _subject(business_id: str, listed: str, more: Mapping[str, str | int]) -> str:
    """Names the account by what TikTok calls it, which tells nobody whose it was once its tokens are gone."""
    fields = hashlib.sha256(listed.encode()).hexdigest()[:8]
    return "&".join(f"{name}={value}" for name, value in {"business_id": business_id, **more, "fields": fields}.items())
