"""What a video was judged by, its texts and its creator's profile, as far as the ledger still holds them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from include import database
from include.calls.ledger import read_answers
from include.calls.look_up import profile_of
from include.comets.trends import LOOK_ALIKES, USERS_SIGN, normalise
from include.tikhub import endpoints, parsers
from include.tikhub.errors import UnexpectedAnswer
from include.tikhub.models import Absent, Profile, Video, VideoPage

MOST_PAGES = 50  # as many as a run may ask for
_PARSERS: Mapping[str, Callable[[Any], VideoPage | Absent]] = {
    endpoints.VIDEO_SEARCH: parsers.parse_video_search,
    endpoints.HASHTAG_VIDEOS: parsers.parse_hashtag_videos,
    endpoints.USER_VIDEOS: parsers.parse_user_videos,
}


@dataclass(frozen=True, slots=True)
class JudgedTexts:
    """A video as the search gave it and its creator's profile of that day; None where it is not stored any more."""

    video: Video | None
    profile: Profile | None

    def read(self, field: str | None, matched: str | None) -> str | None:
        """The whole text of a field: the one that holds `matched`, where search and profile differ."""
        texts = [text for text in self._spellings(field) if text]
        return next((text for text in texts if matched and matched in text), texts[0] if texts else None)

    def cover(self, cover_field: str | None) -> str | None:
        """The first address of the cover judged; it is good for some hours only."""
        covers = self.video.covers if self.video else ()
        return next((cover.urls[0] for cover in covers if cover.urls and cover_field in (None, cover.field)), None)

    def _spellings(self, field: str | None) -> list[str]:
        author, profile = self.video.author if self.video else None, self.profile
        if field == "handle":
            return [author.handle if author else "", profile.handle if profile else ""]
        if field == "nickname":
            return [author.nickname if author else "", profile.nickname if profile else ""]
        if field == "bio":
            return [profile.signature if profile else ""]
        return [self.video.caption if self.video and field == "caption" else ""]


def read_texts(
    connection: psycopg.Connection[Any], day: date, keyword: str, video_id: str, user_id: str
) -> JudgedTexts:
    """What is stored of the day's answers about a video and its creator; an answer that makes no sense counts as none."""
    return JudgedTexts(_video(connection, day, keyword, video_id), _profile(connection, day, user_id))


def read_videos(
    connection: psycopg.Connection[Any], wanted: Iterable[tuple[date, str, str]], most_pages: int
) -> dict[tuple[date, str, str], Video]:
    """The videos of (day, keyword, video id) that are found on the first `most_pages` stored pages looked through."""
    found: dict[tuple[date, str, str], Video] = {}
    sought: dict[tuple[date, str], set[str]] = {}
    for day, keyword, video_id in wanted:
        sought.setdefault((day, keyword), set()).add(video_id)
    left = most_pages
    for (day, keyword), missing in sought.items():
        for endpoint, page in _all_pages(connection, day, keyword):
            if left <= 0:
                return found
            left -= 1
            if any(video_id.encode() in page for video_id in missing):
                for video in videos_in(endpoint, json.loads(page)):
                    if video.video_id in missing:
                        found.setdefault((day, keyword, video.video_id), video)
                missing -= {video_id for video_id in missing if (day, keyword, video_id) in found}
            if not missing:
                break
    return found


def _all_pages(connection: psycopg.Connection[Any], day: date, keyword: str) -> Iterator[tuple[str, bytes]]:
    for endpoint, beginning in searches(connection, day, keyword):
        for page in _pages(connection, day, endpoint, beginning):
            yield endpoint, page


def _video(connection: psycopg.Connection[Any], day: date, keyword: str, video_id: str) -> Video | None:
    for endpoint, page in _all_pages(connection, day, keyword):
        # Most pages do not hold the video: these are not even read.
        if video_id.encode() not in page:
            continue
        videos = videos_in(endpoint, json.loads(page))
        found = next((video for video in videos if video.video_id == video_id), None)
        if found is not None:
            return found
    return None


def read_named(connection: psycopg.Connection[Any], day: date) -> dict[str, list[str]]:
    """Whom the day's stored lists of trending hashtags name with each: handles, once each, by the hashtag (`#`, case-folded)."""
    named: dict[str, list[str]] = {}
    for page in _pages(connection, day, endpoints.TRENDING_HASHTAGS, ""):
        try:
            hashtags = parsers.parse_trending_hashtags(json.loads(page))
        except UnexpectedAnswer:
            continue
        for hashtag in hashtags:
            handles = named.setdefault(f"#{normalise(hashtag.name)}".casefold(), [])
            handles += [creator.handle for creator in hashtag.top_creators if creator.handle not in handles]
    return named


def videos_in(endpoint: str, data: Any) -> Sequence[Video]:
    """The videos of a stored page; none where it makes no sense."""
    try:
        page = _PARSERS[endpoint](data)
    except UnexpectedAnswer:
        return ()
    return () if isinstance(page, Absent) else page.videos


def searches(connection: psycopg.Connection[Any], day: date, keyword: str) -> Iterator[tuple[str, str]]:
    """Endpoint and beginning of the subjects of the searches under a keyword."""
    try:
        if keyword.startswith(USERS_SIGN):
            first = endpoints.user_search(keyword.removeprefix(USERS_SIGN))
            for page in _pages(connection, day, endpoints.USER_SEARCH, _beginning(first)):
                yield from ((endpoints.USER_VIDEOS, user_id) for user_id in _found(page))
            return
        if keyword == LOOK_ALIKES:
            for page in _pages(connection, day, endpoints.SIMILAR_USERS, ""):
                yield from ((endpoints.USER_VIDEOS, user_id) for user_id in _found(page))
            return
        if not keyword.startswith("#"):
            yield endpoints.VIDEO_SEARCH, _beginning(endpoints.video_search(keyword))
            return
        name = keyword.lstrip("#")
        beginning = _beginning(endpoints.hashtag_search(name))
    except ValueError:  # nothing that could be searched for, such as the blank that erasure leaves
        return
    for page in _pages(connection, day, endpoints.HASHTAG_SEARCH, beginning):
        try:
            challenges = parsers.parse_hashtag_search(json.loads(page)).challenges
        except UnexpectedAnswer:
            continue
        for challenge in challenges:
            if normalise(challenge.name).casefold() == name.casefold():
                yield endpoints.HASHTAG_VIDEOS, _beginning(endpoints.hashtag_videos(challenge.challenge_id))
    yield endpoints.VIDEO_SEARCH, _beginning(endpoints.video_search(name))  # what is trending and no hashtag


def _found(page: bytes) -> Iterator[str]:
    """Whom a list of people names."""
    with suppress(UnexpectedAnswer):
        found = parsers.parse_similar_users(json.loads(page))
        yield from () if isinstance(found, Absent) else (user.user_id for user in found.users)


def _beginning(first_page: endpoints.Request) -> str:
    return first_page.subject.removesuffix("0")


def _pages(connection: psycopg.Connection[Any], day: date, endpoint: str, beginning: str) -> Iterator[bytes]:
    parameters = {"day": day, "endpoint": endpoint, "beginning": beginning, "most": MOST_PAGES}
    for row in database.rows(connection, "comets/read_search_answers", parameters):
        yield zlib.decompress(row["answer"])


def _profile(connection: psycopg.Connection[Any], day: date, user_id: str) -> Profile | None:
    said = map(profile_of, read_answers(connection, day, endpoints.USER_PROFILE, [user_id]))
    return next((profile for profile in said if isinstance(profile, Profile)), None)
