"""Reads the content of Serper's answers, once. Of a video only its link must be there; a bad one is left out alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.serper.endpoints import CREDITS, VIDEOS
from include.vendors.errors import UnexpectedAnswer

LONGEST_LINK = 8_000
LONGEST_TEXT = 500
MOST_CREDITS = 1_000
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})", re.ASCII)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A video that Google found; all but `url` as far as it was said. `date` is words, as "3 days ago"."""

    url: str
    title: str | None = None
    snippet: str | None = None
    date: str | None = None
    duration_s: float | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page of links in the order of the answer; `count` is how many it held, readable or not."""

    links: tuple[Link, ...]
    count: int
    credits: int


def parse_videos(data: Any) -> LinkPage:
    """The links of a page; none where there is no result. Raises UnexpectedAnswer for what is no page at all."""
    listed = data.get("videos") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not (listed is None or isinstance(listed, list)):
        what = "the answer" if not isinstance(data, Mapping) else "videos"
        raise UnexpectedAnswer(f"{VIDEOS}: {what} is of an odd type, expected a list", endpoint=VIDEOS, field="videos")
    links = tuple(link for link in map(_link, listed or []) if link is not None)
    if listed and not links:
        raise UnexpectedAnswer(
            f"{VIDEOS}: none of {len(listed)} videos has a link that can be read", endpoint=VIDEOS, field="videos.link"
        )
    return LinkPage(links, len(listed or []), _credits(data.get("credits")))


def _link(item: Any) -> Link | None:
    url = item.get("link") if isinstance(item, Mapping) else None
    if not isinstance(url, str) or not url.strip() or len(url) > LONGEST_LINK:
        return None
    return Link(
        url.strip(),
        _text(item.get("title")),
        _text(item.get("snippet")),
        _text(item.get("date")),
        _seconds(item.get("duration")),
        _text(item.get("channel")),
    )


def _text(value: Any) -> str | None:
    return (_UNSEEN.sub(" ", value)[:LONGEST_TEXT].strip() or None) if isinstance(value, str) else None


def _seconds(value: Any) -> float | None:
    """Of "1:02" or "1:02:03"."""
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])) if match else None


def _credits(value: Any) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CREDITS
    return value if is_count else CREDITS
