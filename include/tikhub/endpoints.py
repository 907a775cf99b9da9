"""The one table of TikHub endpoints, and the requests we make of them.

Source: TikHub's OpenAPI document V5.3.2. Paths change within months while the version label stays, so they
are written here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.vendors.models import Params, Request

CONTROL_OR_SURROGATE = {*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)}
ID_KINDS = ("sec_user_id", "user_id", "unique_id")  # also the order of speed on TikHub's side
SEARCH_COUNT = 20
HASHTAG_VIDEO_COUNT = 10
TRENDING_HASHTAGS_LIMIT = 20
TRENDING_HASHTAGS_DAYS = (7, 30, 120)  # the only stretches that the list is made for
# Where TikTok's covers and avatars lie, with whatever stands before it.
PICTURE_HOSTS = ("tiktokcdn.com", "tiktokcdn-us.com", "tiktokcdn-eu.com", "ibyteimg.com", "muscdn.com")

# The bands of followers that a user search can be narrowed to; both ends are included.
FOLLOWER_BANDS: Mapping[str, tuple[int, int]] = {"TEN_K_TO_ONE_H_K": (10_000, 100_000)}

# The names of the endpoints, as the ledger has them.
TRENDING_WORDS = "trending_words"
VIDEO_SEARCH = "video_search"
USER_PROFILE = "user_profile"
HASHTAG_SEARCH = "hashtag_search"
HASHTAG_VIDEOS = "hashtag_videos"
TRENDING_HASHTAGS = "trending_hashtags"
USER_SEARCH = "user_search"
USER_VIDEOS = "user_videos"
SIMILAR_USERS = "similar_users"
ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row: `about_one` when a 404 means that one creator or hashtag is missing, not the endpoint itself.

    `enveloped` is False for the one answer that has its content at the top level instead of under "data";
    `billed` says whether a good answer costs money.
    """

    name: str
    path: str
    method: str = "GET"
    about_one: bool = False
    enveloped: bool = True
    billed: bool = True


ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(TRENDING_WORDS, "/api/v1/tiktok/web/fetch_trending_searchwords"),
        Endpoint(VIDEO_SEARCH, "/api/v1/tiktok/app/v3/fetch_video_search_result"),
        Endpoint(USER_PROFILE, "/api/v1/tiktok/app/v3/handler_user_profile", about_one=True),
        Endpoint(HASHTAG_SEARCH, "/api/v1/tiktok/app/v3/fetch_hashtag_search_result", about_one=True),
        Endpoint(HASHTAG_VIDEOS, "/api/v1/tiktok/app/v3/fetch_hashtag_video_list", about_one=True),
        Endpoint(TRENDING_HASHTAGS, "/api/v1/tiktok/ads/get_trends_hashtag_list", method="POST"),
        Endpoint(USER_SEARCH, "/api/v1/tiktok/app/v3/fetch_user_search_result"),
        Endpoint(USER_VIDEOS, "/api/v1/tiktok/app/v3/fetch_user_post_videos", about_one=True),
        Endpoint(SIMILAR_USERS, "/api/v1/tiktok/app/v3/fetch_similar_user_recommendations", about_one=True),
        Endpoint(ACCOUNT, "/api/v1/tikhub/user/get_user_info", enveloped=False, billed=False),
    )
}


def trending_words() -> Request:
    """The trending search words; no parameters, one answer a day."""
    return Request(TRENDING_WORDS, {}, "all")


def video_search(keyword: str, offset: int = 0, count: int = SEARCH_COUNT, region: str | None = None) -> Request:
    """One page of the video search, as somebody in `region` (two letters; else the vendor's own) would see it.

    Raises ValueError for a keyword that cannot be sent.
    """
    params: Params = {
        "keyword": _sendable(keyword, "keyword"),
        "offset": _position(offset),
        "count": count,
        **({"region": region.upper()} if region else {}),
    }
    return Request(VIDEO_SEARCH, params, _subject(params, count, SEARCH_COUNT))


def hashtag_search(keyword: str, offset: int = 0, count: int = SEARCH_COUNT) -> Request:
    """One page of the hashtags whose name resembles `keyword` (with or without `#`)."""
    name = _sendable(keyword.lstrip("#＃"), "hashtag")
    params: Params = {"keyword": name, "offset": _position(offset), "count": count}
    return Request(HASHTAG_SEARCH, params, _subject(params, count, SEARCH_COUNT))


def hashtag_videos(challenge_id: str, cursor: int = 0, count: int = HASHTAG_VIDEO_COUNT) -> Request:
    """One page of a hashtag's videos; this endpoint pages by `cursor`, the searches by `offset`."""
    challenge = _sendable(challenge_id, "challenge id")
    params: Params = {"ch_id": challenge, "cursor": _position(cursor), "count": count}
    return Request(HASHTAG_VIDEOS, params, _subject(params, count, HASHTAG_VIDEO_COUNT))


def trending_hashtags(country: str, days: int) -> Request:
    """The first page of the hashtags that trend in a country (two letters) over the last 7, 30 or 120 days.

    Raises ValueError for a country or stretch that the list is not made for.
    """
    if not is_country(country):
        raise ValueError(f"a country is written with two letters, as US, not {country!r}")
    if days not in TRENDING_HASHTAGS_DAYS:
        raise ValueError(f"trends are listed over {', '.join(map(str, TRENDING_HASHTAGS_DAYS))} days, not {days}")
    params: Params = {"time_range": days, "country_code": country, "page": 1, "limit": TRENDING_HASHTAGS_LIMIT}
    return Request(TRENDING_HASHTAGS, params, _subject(params, 0, 0))


def is_country(text: str) -> bool:
    """Whether it is written as a country is: two capital letters."""
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()


def user_search(keyword: str, offset: int = 0, band: str | None = None) -> Request:
    """One page of the people found by a word, of those with so many followers where a `band` is named."""
    params: Params = {
        "keyword": _sendable(keyword.lstrip("#＃"), "keyword"),
        "offset": _position(offset),
        "count": SEARCH_COUNT,
        **({"user_search_follower_count": band} if band else {}),
    }
    return Request(USER_SEARCH, params, _subject(params, SEARCH_COUNT, SEARCH_COUNT))


def user_videos(user_id: str, sec_user_id: str | None, handle: str | None = None) -> Request:
    """The latest 20 videos of one creator, by `sec_user_id` where it is known, else by handle.

    The subject is their uid, so that it is the same request of the day whoever asks. Raises ValueError with neither.
    """
    name, value = ("sec_user_id", sec_user_id) if sec_user_id else ("unique_id", handle or "")
    return Request(USER_VIDEOS, {name: _sendable(value, name), "max_cursor": 0, "count": SEARCH_COUNT}, user_id)


def similar_users(user_id: str, sec_user_id: str) -> Request:
    """The first page of the people TikTok recommends as similar to one creator; the subject is that creator's uid."""
    return Request(SIMILAR_USERS, {"sec_uid": _sendable(sec_user_id, "sec_uid")}, user_id)


def user_profile(id_kind: str, value: str, subject: str | None = None) -> Request:
    """One creator's profile by `sec_user_id`, `user_id` or `unique_id`.

    `subject` should be the creator's uid where it is known, so that a look-up by another id, or for another
    keyword, is the same request of the day.
    """
    if id_kind not in ID_KINDS:
        raise ValueError(f"a profile is looked up by one of {', '.join(ID_KINDS)}, not by {id_kind!r}")
    params = {id_kind: _sendable(value, id_kind)}
    return Request(USER_PROFILE, params, subject or f"{id_kind}={_escaped(value)}")


def account() -> Request:
    """The account behind the key: balance and free credit."""
    return Request(ACCOUNT, {}, "all")


def _subject(params: Params, count: int, usual_count: int) -> str:
    """`keyword=ramen&offset=20`; the page size shows only where it is not the usual one."""
    named = {name: value for name, value in params.items() if name != "count" or count != usual_count}
    return "&".join(f"{name}={_escaped(value)}" for name, value in named.items())


def _escaped(value: str | int) -> str:
    """Keeps words legible, yet no keyword can imitate another request's subject."""
    return str(value).replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def _sendable(text: str, what: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise ValueError(f"the {what} is empty")
    if CONTROL_OR_SURROGATE.intersection(map(ord, trimmed)):
        raise ValueError(f"the {what} {trimmed!a} holds control characters or broken Unicode")
    return trimmed


def _position(value: int) -> int:
    if value < 0:
        raise ValueError(f"a page cannot start at {value}")
    return value
