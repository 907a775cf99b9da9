"""Reads as much of an answer as paging and checks need; all else is kept as it came, and read from the landed file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.tiktok_business.endpoints import ACCOUNT, REFRESH, TOKEN, VIDEOS
from include.vendors.errors import UnexpectedAnswer

LONGEST_TOKEN = 4_096
MOST_SECONDS = 10 * 366 * 86_400
ACCESS_SECONDS, REFRESH_SECONDS = 86_400, 31_536_000  # as TikTok's reference says, where an answer does not
_DIGITS = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of videos. `cursor` is None on the last one; there may be fewer videos than a page has room for before that."""

    count: int
    cursor: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens, and what they are for. Seconds are from the answer on; `scopes` are the permissions that were given.

    What a renewal did not say is empty, or 0, and stays as it was; of a consent, empty `scopes` are such as nobody knows.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_seconds: int
    refresh_seconds: int
    open_id: str
    scopes: tuple[str, ...]


def parse_account(data: Any) -> str | None:
    """The handle, where it was asked for. Raises UnexpectedAnswer for what is no account."""
    if not isinstance(data, Mapping):
        raise _odd(ACCOUNT, "data", "an object")
    metrics = data.get("metrics")
    if not (metrics is None or (isinstance(metrics, list) and all(isinstance(each, Mapping) for each in metrics))):
        raise _odd(ACCOUNT, "metrics", "a list of days")
    username = data.get("username")
    return username if isinstance(username, str) and username else None


def parse_videos(data: Any) -> Page:
    """Where the next page begins. Raises UnexpectedAnswer for what is no page: half of one is none."""
    if not isinstance(data, Mapping):
        raise _odd(VIDEOS, "data", "an object")
    has_more, cursor = _flag(data.get("has_more")), _whole(data.get("cursor"))
    if has_more is None:
        raise _odd(VIDEOS, "has_more", "true or false")
    listed = data.get("videos", {})
    # An account without any may have no list; on a page before the last one it would be half a page.
    listed = [] if listed is None and not has_more else listed
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) and each.get("item_id") for each in listed):
        raise _odd(VIDEOS, "videos", "a list of videos with their ids")
    if has_more and not cursor:
        raise _odd(VIDEOS, "cursor", "a number of milliseconds")
    return Page(len(listed), cursor if has_more else None)


def parse_grant(data: Any, endpoint: str = REFRESH) -> Grant:
    """Tokens. Raises UnexpectedAnswer where one is missing; its message holds none of them.

    A renewal uses up the token it was asked with: whatever else is odd about its answer, the new ones are taken.
    """
    if not isinstance(data, Mapping):
        raise _odd(endpoint, "data", "an object")
    is_first = endpoint == TOKEN
    return Grant(
        _text(data, endpoint, "access_token"),
        _text(data, endpoint, "refresh_token") if is_first or data.get("refresh_token") else "",
        _seconds(data.get("expires_in")) or ACCESS_SECONDS,
        _seconds(data.get("refresh_token_expires_in")) or (REFRESH_SECONDS if is_first else 0),
        _text(data, endpoint, "open_id") if is_first else "",
        _scopes(data.get("scope")),
    )


def _text(data: Mapping[str, Any], endpoint: str, name: str) -> str:
    value = data.get(name)
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= LONGEST_TOKEN
        or not value.isascii()
        or not value.isprintable()
    ):
        raise _odd(endpoint, name, "a word of printable letters")
    return value


def _seconds(value: Any) -> int:
    """0 for what is no number of seconds that anything counts for."""
    seconds = _whole(value) or 0
    return seconds if 0 < seconds <= MOST_SECONDS else 0


def _scopes(value: Any) -> tuple[str, ...]:
    """Permissions, separated by commas, or as a list; none where there is neither."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ",".join(value)
    if not isinstance(value, str):
        return ()
    return tuple(sorted({word.strip() for word in value.split(",")} - {""}))


def _whole(value: Any) -> int | None:
    """A whole number, as such or as its digits."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: Any) -> bool | None:
    """True or false, also as words or as 1 and 0."""
    named = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, str):
        return named.get(value.lower())
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _odd(endpoint: str, name: str, expected: str) -> UnexpectedAnswer:
    message = f"{endpoint}: {name} is missing or of an odd type, expected {expected}"
    return UnexpectedAnswer(message, endpoint=endpoint, status=200, field=name)
