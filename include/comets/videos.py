"""Videos of creators of the roster, out of the answers that are stored already: it calls nothing.

Of searches, what was screened says where to look: a video is kept for each day on which a verdict of its creator says it was
seen. Of a list of somebody's latest videos all are kept, whoever had asked for it, and of the day it is of. So it does not matter
who joined the roster first, the creator or the video, nor whether the day is live, replayed or long past.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import psycopg

from include import database
from include.calls.ledger import StoredAnswer, read_answers
from include.comets.evidence import searches, videos_in
from include.database import Database
from include.erasure import forgotten as erasure
from include.tikhub import endpoints
from include.tikhub.models import Video

CHUNK = 500
LISTS = 100  # so many of 20 videos are in memory at once
LEAST = 5  # of fewer videos, a median says nothing
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A video, and when the answer came that has it so."""

    video: Video
    seen_at: datetime


def keep(connections: Database, first_day: date, last_day: date, whole_day: date | None = None) -> int:
    """Keep what the stored answers of these days have of creators of the roster and is not kept yet; returns new sightings.

    Of `whole_day` all answers are read again: one of them may have come after what is kept.
    """
    parameters = {"first_day": first_day, "last_day": last_day, "whole_day": whole_day}
    unread = connections.rows("comets/videos/list_unread", parameters)
    unread_lists = connections.rows("comets/videos/list_unread_latest", parameters)
    kept = 0
    for day, listed in itertools.groupby(unread, key=lambda row: row["day"]):
        keywords = [row["keyword"] for row in listed]
        kept += _keep_day(connections, day, keywords)
    for day, listed in itertools.groupby(unread_lists, key=lambda row: row["day"]):
        kept += _keep_lists(connections, day, [row["user_id"] for row in listed])
    connections.rows("comets/videos/refresh_usual", {"least": LEAST})
    log.info("Videos of the roster in stored answers of %s to %s: %s new sightings", first_day, last_day, f"{kept:,}")
    return kept


def _keep_day(connections: Database, day: date, keywords: Sequence[str]) -> int:
    latest: dict[tuple[str, str], Seen] = {}
    for keyword in keywords:
        pages = connections.run(partial(_pages, day=day, keyword=keyword))
        for seen in _read(pages):
            key = seen.video.author.user_id, seen.video.video_id
            if key not in latest or latest[key].seen_at <= seen.seen_at:
                latest[key] = seen
    return _save_all(connections, day, [latest[key] for key in sorted(latest)], is_listed=False)


def _keep_lists(connections: Database, day: date, user_ids: Sequence[str]) -> int:
    """What the stored lists of these creators' latest videos hold of their own."""
    kept = 0
    for start in range(0, len(user_ids), LISTS):
        asked = user_ids[start : start + LISTS]
        answers = connections.run(partial(read_answers, day=day, endpoint=endpoints.USER_VIDEOS, subjects=asked))
        found = {
            (answer.subject, video.video_id): Seen(video, answer.answered_at)
            for answer in answers
            for video in videos_in(endpoints.USER_VIDEOS, answer.data)
            if video.author.user_id == answer.subject
        }
        kept += _save_all(connections, day, [found[key] for key in sorted(found)], is_listed=True)
    return kept


def _save_all(connections: Database, day: date, found: Sequence[Seen], *, is_listed: bool) -> int:
    chunks = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)]
    return sum(connections.run(partial(_save, day=day, chunk=chunk, is_listed=is_listed)) for chunk in chunks)


def _pages(connection: psycopg.Connection[Any], day: date, keyword: str) -> list[database.Row]:
    beginnings = [beginning for _, beginning in searches(connection, day, keyword)]
    parameters = {"day": day, "keyword": keyword, "beginnings": beginnings}
    return database.rows(connection, "comets/read_found_pages", parameters)


def _read(pages: Iterable[Mapping[str, Any]]) -> Iterable[Seen]:
    for row in pages:
        answer = StoredAnswer.from_row(dict(row))
        for video in videos_in(row["endpoint"], answer.data):
            yield Seen(video, answer.answered_at)


def _save(connection: psycopg.Connection[Any], day: date, chunk: Sequence[Seen], *, is_listed: bool) -> int:
    forgotten = erasure.forgotten_among(connection, {seen.video.author.user_id for seen in chunk})
    kept = [seen for seen in chunk if seen.video.author.user_id not in forgotten]
    parameters = {
        "day": day,
        "is_listed": is_listed,
        **database.columns(
            kept,
            user_ids="video.author.user_id",
            video_ids="video.video_id",
            posted_at="video.posted_at",
            durations_ms="video.duration_ms",
            plays="video.plays",
            likes="video.likes",
            comments="video.comments",
            shares="video.shares",
            saves="video.saves",
            captions=lambda seen: seen.video.caption or None,
            hashtags=lambda seen: None if seen.video.hashtags is None else "\n".join(seen.video.hashtags),
            languages="video.language",
            music_ids="video.music_id",
            music_titles="video.music_title",
            cover_urls=lambda seen: seen.video.covers[0].urls[0] if seen.video.covers else None,
            seen_at="seen_at",
        ),
    }
    return len(database.rows(connection, "comets/videos/save_videos", parameters))
