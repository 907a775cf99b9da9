"""What the searches of the sixty days of `make demo` find, worked out ahead in a process of its own: no database is asked.

The world's answers are read by the pipeline's parsers, and every video goes through its filters. Each cover is what the
sandbox would have sent; the detector looks at each picture once, however many videos have it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from multiprocessing import get_context, parent_process
from typing import Any
from urllib.parse import urlsplit

from include.comets import run as runs
from include.comets import screening
from include.comets.run import Run
from include.comets.screening import CoverUnavailable, Verdict
from include.comets.trends import Keyword, choose
from include.local.errors import LocalError
from include.local.played_days import DEFAULTS
from include.sandbox import covers
from include.sandbox.answers import Answers, Moment
from include.sandbox.clock import Clock
from include.sandbox.gallery import Gallery
from include.sandbox.links import Links
from include.sandbox.searches import Searches
from include.sandbox.world import World, day_number
from include.tikhub import endpoints, parsers
from include.tikhub.models import Profile, Video
from plugins.filters.face_presence import FaceFinding, FaceJudge
from plugins.filters.layers import ContextLayers
from plugins.filters.rules import Rules, rules_from_mapping, shipped_mapping
from plugins.filters.verdicts import Refusal

AHEAD = 4  # days that are worked out before they are asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """A day, and how it is to be searched."""

    day: date
    keywords: int
    pages: int
    keeps_answers: bool

    @property
    def now(self) -> datetime:
        """When the day's run begins."""
        return datetime.combine(self.day, time(2), UTC)

    def run(self) -> Run:
        """The run that searches so."""
        params = {**DEFAULTS, "max_keywords": self.keywords, "pages_per_keyword": self.pages}
        return runs.plan(f"scheduled__{self.now.isoformat()}", self.day, self.now, params, ())


@dataclass(frozen=True, slots=True)
class Call:
    """What the API was asked, for the ledger; who has failed is not billed. `answer`: compressed JSON, None where not kept."""

    endpoint: str
    subject: str
    keyword: str | None = None
    answer: bytes | None = None
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a keyword's search: the new videos on it with what became of them, and the profiles known by then."""

    keyword: Keyword
    verdicts: list[tuple[Video, Verdict]]
    profiles: dict[str, Profile]


@dataclass(frozen=True, slots=True)
class Found:
    """All that the searches of a day found."""

    keywords: list[Keyword]
    pages: list[Page] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


class _Remembering(ContextLayers):
    """The layers as they are, each asked once for the same texts and the same picture."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules, FaceJudge(rules))
        self._platform = lru_cache(maxsize=100_000)(super().platform)
        self._pronoun = lru_cache(maxsize=100_000)(super().pronoun)
        # A picture comes as the same object each time, so it is told by where it lies before its bytes are compared.
        self._face = lru_cache(maxsize=1_000)(super().face)

    def platform(self, handle: str, nickname: str, bio: str) -> Refusal | None:
        return self._platform(handle, nickname, bio)

    def pronoun(self, caption: str) -> Refusal | None:
        return self._pronoun(caption)

    def face(self, image: bytes, min_percent: float) -> FaceFinding:
        return self._face(image, min_percent)


class DaySearches:
    """The searches of one world, whose pictures are at `origin`."""

    def __init__(self, seed: int, creators: int, origin: str) -> None:
        self._origin = origin
        self._world = World(seed, creators)
        searches, links = Searches(self._world), Links(seed)
        self._answers = Answers(self._world, searches, links)
        self._clock = Clock()
        self._gallery = Gallery(self._world, links, self._clock)
        self._layers = _Remembering(rules_from_mapping(shipped_mapping()))

    def find(self, wanted: Wanted) -> Found:
        """The day, page by page, in the order of its keywords."""
        run = wanted.run()
        self._clock.set(wanted.now, frozen=True)
        moment = Moment(wanted.now.timestamp(), day_number(wanted.day), self._origin)
        data = self._answers.trending_words(moment)
        found = Found(choose((trend.word for trend in parsers.parse_trending_words(data)), wanted.keywords))
        found.calls.append(Call("trending_words", "all", None, _kept(data) if wanted.keeps_answers else None))
        for keyword in found.keywords:
            profiles: dict[str, Profile] = {}
            for videos in self._pages(keyword, wanted, moment, found.calls):
                verdicts = [
                    self._screened(run, keyword, video, moment, profiles, found.calls, wanted.keeps_answers)
                    for video in videos
                ]
                found.pages.append(Page(keyword, verdicts, dict(profiles)))
        return found

    def _pages(self, keyword: Keyword, wanted: Wanted, moment: Moment, calls: list[Call]) -> Iterator[list[Video]]:
        """New videos, page by page, as `discovery` reads them on; ends where the search ends, stalls or repeats itself."""
        seen: set[str] = set()
        offset = 0
        for _ in range(wanted.pages):
            asked: dict[str, Any] = {"keyword": keyword.text, "offset": offset, "count": endpoints.SEARCH_COUNT}
            data = self._answers.video_search(moment, **asked, sort_type=0, publish_time=0)
            subject = endpoints.video_search(keyword.text, offset).subject
            calls.append(Call("video_search", subject, keyword.text, _kept(data) if wanted.keeps_answers else None))
            page = parsers.parse_video_search(data)
            fresh = list({video.video_id: video for video in page.videos if video.video_id not in seen}.values())
            if not fresh:
                return
            seen.update(video.video_id for video in fresh)
            yield fresh
            if page.next_offset is None or page.next_offset <= offset:
                return
            offset = page.next_offset

    def _screened(
        self,
        run: Run,
        keyword: Keyword,
        video: Video,
        moment: Moment,
        profiles: dict[str, Profile],
        calls: list[Call],
        keeps_answers: bool,
    ) -> tuple[Video, Verdict]:
        verdict = screening.before_profile(self._layers, run, video)
        profile = None
        if verdict is None:
            user_id = video.author.user_id
            if user_id not in profiles:
                profiles[user_id], data = self._profile(user_id, moment)
                calls.append(Call("user_profile", user_id, keyword.text, _kept(data) if keeps_answers else None))
            profile = profiles[user_id]
            verdict = screening.with_profile(self._layers, run, profile) or screening.with_cover(
                self._layers.face, run, video, self._fetch
            )
        return video, replace(verdict, followers_from=screening.source_of_followers(video.author, profile))

    def _profile(self, user_id: str, moment: Moment) -> tuple[Profile, Any]:
        data: Any = self._answers.user_profile(moment, self._world.find_by_user_id(user_id))
        profile = parsers.parse_profile(data)
        if not isinstance(profile, Profile):
            raise LocalError("a search of the sandbox found somebody who has no profile")
        return profile, data

    def _fetch(self, urls: Iterable[str]) -> bytes:
        """What the sandbox sends for the first of the addresses that gives anything, in the pipeline's words where none does."""
        problems = []
        for url in urls:
            address = urlsplit(url)
            shown = self._gallery.find(address.path, address.query)
            if shown is not None:
                return covers.picture(*shown)
            problems.append(f"{address.hostname}: status 403")
        raise CoverUnavailable("; ".join(problems) or "there is no address at all")


def found_ahead(seed: int, creators: int, origin: str, days: Iterable[Wanted]) -> Iterator[Found]:
    """What the days' searches find, in order, by a process that is a few days ahead; it ends with the last one."""
    with ProcessPoolExecutor(1, get_context("spawn"), _begin, (seed, creators, origin)) as process:
        coming: deque[Future[Found]] = deque()
        try:
            for wanted in days:
                coming.append(process.submit(_find, wanted))
                if len(coming) > AHEAD:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            process.shutdown(cancel_futures=True)


_searches: DaySearches


def _begin(seed: int, creators: int, origin: str) -> None:
    global _searches  # noqa: PLW0603 - the process is there for it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asked; this ends with them
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _searches = DaySearches(seed, creators, origin)


def _end_with_parent() -> None:
    """Who asked may be killed, and then nobody else would tell this process that nothing more is wanted."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _find(wanted: Wanted) -> Found:
    return _searches.find(wanted)


def _kept(data: Any) -> bytes:
    return zlib.compress(json.dumps(data).encode("ascii"), 1)
