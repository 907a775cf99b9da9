"""metadata.json: what is known of a video beside its pictures, by the names that people's own tools read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from include.video_research.records import Hit
from include.words import LETTERS, SILENT

# A tag goes as far as its word, in every script: vowel signs and joiners are inside it.
_TAG = re.compile(f"[#\uff03](?=[{LETTERS}_])([{LETTERS}{SILENT}_]+)")
_MENTION = re.compile(r"(?<![\w.])@([A-Za-z0-9_][A-Za-z0-9_.]*[A-Za-z0-9_]|[A-Za-z0-9_])")
# Our words for the counts of a page.
COUNTS = {
    "plays": "view_count",
    "hearts": "like_count",
    "comments": "comment_count",
    "shares": "repost_count",
    "saves": "save_count",
}
FIRST_POST = datetime(2014, 1, 1, tzinfo=UTC)


def hashtags(caption: str) -> list[str]:
    """In their order, each once whatever its case, without the sign."""
    return _once(_TAG.findall(caption))


def mentions(caption: str) -> list[str]:
    """Handles named in a caption, in their order, each once."""
    return _once(_MENTION.findall(caption))


def posted_at(video_id: str, timestamp: object, now: datetime) -> datetime | None:
    """When it was posted: as told, else as its id says, whose upper half is the second of the upload."""
    for seconds in (timestamp, int(video_id) >> 32 if video_id.isdecimal() else None):
        if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 2**33:
            moment = datetime.fromtimestamp(seconds, UTC)
            if FIRST_POST <= moment <= now + timedelta(days=1):  # clocks differ
                return moment
    return None


def from_page(hit: Hit, page: Mapping[str, Any], duration_s: float, now: datetime) -> dict[str, object]:
    """From what the extractor read on the page; where it is silent, from what the search said."""
    counts = {name: page[key] for name, key in COUNTS.items() if isinstance(page.get(key), int) and page[key] >= 0}
    return _metadata(
        hit,
        caption=_text(page.get("description")) or _text(page.get("title")) or hit.title or "",
        creator=_text(page.get("uploader")) or hit.handle,
        nickname=_text(page.get("channel")),
        author_uid=_text(page.get("uploader_id")) or hit.author_uid,
        author_sec_uid=_text(page.get("channel_id")) or hit.author_sec_uid,
        posted=posted_at(hit.video_id, page.get("timestamp"), now) or hit.posted_at,
        duration_s=duration_s,
        counts=counts or ({} if hit.plays is None else {"plays": hit.plays}),
        track=_text(page.get("track")),
        source="page",
        now=now,
    )


def from_hit(hit: Hit, duration_s: float, now: datetime) -> dict[str, object]:
    """From what the search said alone: its signed address gave the media, and no page was asked."""
    return _metadata(
        hit,
        caption=hit.title or "",
        creator=hit.handle,
        nickname=None,
        author_uid=hit.author_uid,
        author_sec_uid=hit.author_sec_uid,
        posted=hit.posted_at or posted_at(hit.video_id, None, now),
        duration_s=duration_s,
        counts={} if hit.plays is None else {"plays": hit.plays},
        track=None,
        source="search",
        now=now,
    )


def _metadata(
    hit: Hit,
    *,
    caption: str,
    creator: str | None,
    nickname: str | None,
    author_uid: str | None,
    author_sec_uid: str | None,
    posted: datetime | None,
    duration_s: float,
    counts: Mapping[str, int],
    track: str | None,
    source: str,
    now: datetime,
) -> dict[str, object]:
    return {
        "video_id": hit.video_id,
        "video_url": hit.url,
        "creator": creator,
        "creator_nickname": nickname,
        "creator_id": author_uid,
        "creator_sec_uid": author_sec_uid,
        "caption": caption,
        "hashtags": hashtags(caption),
        "mentions": mentions(caption),
        "posted_at": posted.isoformat() if posted else None,
        "duration": round(duration_s, 3),
        "counts": dict(counts),
        "track": track,
        "source": source,
        "fetched_at": now.isoformat(timespec="seconds"),
    }


def _text(value: object) -> str | None:
    """A text without what no database takes: zero bytes, and halves of letters."""
    if not isinstance(value, str):
        return None
    return value.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8") or None


def _once(words: list[str]) -> list[str]:
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.casefold(), word)
    return list(found.values())
