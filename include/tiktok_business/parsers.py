"""Reads as much of an answer as paging and checks need; all else is kept as it came, and read from the landed file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.tiktok_business.endpoints import ACCOUNT, REFRESH, VIDEOS
from include.vendors.errors import UnexpectedAnswer

LONGEST_TOKEN = 4_096
MOST_SECONDS = 10 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Page:
    """A page of videos. `cursor` is None on the last one; there may be fewer videos than a page has room for before that."""

    count: int
    cursor: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens, and what they are for. Seconds are from the answer on; `scopes` are the permissions that were given."""

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
    listed, has_more, cursor = data.get("videos"), data.get("has_more"), data.get("cursor")
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) and each.get("item_id") for each in listed):
        raise _odd(VIDEOS, "videos", "a list of videos with their ids")
    if not isinstance(has_more, bool):
        raise _odd(VIDEOS, "has_more", "true or false")
    if has_more and (isinstance(cursor, bool) or not isinstance(cursor, int) or cursor <= 0):
        raise _odd(VIDEOS, "cursor", "a number of milliseconds")
    return Page(len(listed), cursor if has_more else None)


def parse_grant(data: Any, endpoint: str = REFRESH) -> Grant:
    """Tokens. Raises UnexpectedAnswer where one is missing; its message holds none of them."""
    if not isinstance(data, Mapping):
        raise _odd(endpoint, "data", "an object")
    scope = data.get("scope")
    if not isinstance(scope, str):
        raise _odd(endpoint, "scope", "permissions, separated by commas")
    return Grant(
        _text(data, endpoint, "access_token"),
        _text(data, endpoint, "refresh_token"),
        _seconds(data, endpoint, "expires_in"),
        _seconds(data, endpoint, "refresh_token_expires_in"),
        _text(data, endpoint, "open_id"),
        tuple(sorted({word.strip() for word in scope.split(",")} - {""})),
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


def _seconds(data: Mapping[str, Any], endpoint: str, name: str) -> int:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_SECONDS:
        raise _odd(endpoint, name, "a number of seconds")
    return value


def _odd(endpoint: str, name: str, expected: str) -> UnexpectedAnswer:
    message = f"{endpoint}: {name} is missing or of an odd type, expected {expected}"
    return UnexpectedAnswer(message, endpoint=endpoint, status=200, field=name)
