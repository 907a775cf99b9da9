"""Where videos are searched: each source gives candidates page by page, in one form; a source is asked by way of the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from include.calls import limiter
from include.calls.desk import Desk
from include.calls.limiter import SharedGate
from include.database import Database
from include.runs import live_until
from include.serper import endpoints as serper
from include.serper.client import Serper
from include.serper.errors import PatternRefused
from include.serper.parsers import Link, parse_videos
from include.tikhub import endpoints as tikhub
from include.tikhub.account import Api
from include.tikhub.client import TikHub
from include.tikhub.models import Video
from include.tikhub.parsers import none_readable, parse_video_search
from include.vendors.errors import BudgetSpent, RateLimited, Transient
from include.vendors.models import Request
from include.video_research import addresses
from include.video_research.records import Query, Source
from include.video_research.retries import again
from include.video_research.settings import ResearchSettings

SERPER_SECONDS = 30.0
# Of TikHub's calls of a day, so many are always free for searches; the roll call's floor of coverage leaves room for it.
FREE_SHARE = 0.05
LONGEST_TITLE = 500
_OPERATORS = re.compile(
    r"(?:^|(?<=\s))(?:-?(?:site|intitle|inurl|filetype|before|after):\S*|-(?=\w)\S+|OR|AND)(?=\s|$)"
)
Parsed = TypeVar("Parsed")


class RollCallFirst(BudgetSpent):
    """What is left of TikHub's calls of the day is the roll call's."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """How the sources are asked. Serper is, where there is its key; TikHub otherwise.

    `free_share`: of TikHub's calls of a day, what a search may always take, whatever the roll call still needs.
    """

    serper: Api | None = None
    tikhub: Api | None = None
    free_share: float = FREE_SHARE

    @property
    def source(self) -> Source:
        return "serper" if self.serper is not None else "tikhub"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something a source found; all but `url` as far as the source says it."""

    url: str
    title: str | None = None
    handle: str | None = None
    author_uid: str | None = None
    author_sec_uid: str | None = None
    posted_at: datetime | None = None
    plays: int | None = None
    duration_s: float | None = None
    play_url: str | None = field(default=None, repr=False)
    play_until: datetime | None = None
    is_photo: bool = False


@dataclass(slots=True)
class Asker:
    """Asks at one desk, with the retries of a search, and counts what was really paid for.

    `pages`: what each page of Serper's cost, by the subject of its request, whether it was asked for now or before.
    """

    desk: Desk[Any]
    calls: int = 0
    credits: int = 0
    pages: dict[str, int] = field(default_factory=dict)

    def ask(self, request: Request, parse: Callable[[Any], Parsed]) -> tuple[Parsed, bool]:
        """The answer, and whether it was asked for just now. Raises what the desk raises, when all tries are used up."""
        attempt = 0
        while True:
            attempt += 1
            known = self.desk.ledger.answered_from_ledger
            try:
                parsed = self.desk.ask(request, parse)
            except Transient as error:
                asked_for = error.retry_after if isinstance(error, RateLimited) else None
                pause = again("search", attempt, asked_for)
                if pause is None or self.desk.told_to_end.wait(pause):
                    raise
                continue
            is_new = self.desk.ledger.answered_from_ledger == known
            self.calls += is_new
            return parsed, is_new


def accounts_of(configured: ResearchSettings) -> Accounts:
    """Those of the connections `serper` and `tikhub`, else of `.env`. Raises SettingsError when there is neither."""
    from include import connections, settings

    key = configured.serper_api_key
    found = connections.serper(configured.serper_base_url, key, SERPER_SECONDS)
    if found is not None:
        return Accounts(serper=found)
    floor = settings.load().coverage_floor
    return Accounts(tikhub=connections.api(), free_share=min(FREE_SHARE, (1 - floor) / 2))


def serper_client(api: Api, gate: SharedGate) -> Serper:
    """Tries once: the search itself tries again."""
    return Serper(api.base_url, api.key, gate=gate, deadline=api.deadline_seconds, max_retries=0, route=api.route)


def tikhub_client(api: Api, gate: SharedGate, *, aside: Database, day: date, free_share: float) -> TikHub:
    """As `serper_client`, and it leaves the roll call its calls."""
    return TikHub(
        api.base_url,
        api.key,
        gate=_RollCallFirst(gate, aside, day, free_share),
        deadline=api.deadline_seconds,
        threads=1,
        max_retries=0,
        route=api.route,
    )


class _RollCallFirst:
    """A gate that asks before each turn whether the roll call can spare it."""

    def __init__(self, gate: SharedGate, aside: Database, day: date, free_share: float) -> None:
        self._gate = gate
        self._aside = aside
        self._day = day
        self._parameters = {"name": limiter.LIMIT, "day": day, "live_until": live_until(day), "share": free_share}

    def wait_turn(self) -> None:
        spare = self._aside.one("video_research/read_spare_calls", self._parameters)["spare"]
        if spare is not None and spare < 1:
            raise RollCallFirst(
                f"TikHub is not searched any more on {self._day}: the calls that are left are the roll call's of `comets`. "
                "Run again tomorrow, raise TIKHUB_RATE_PER_SECOND if your key allows it, or set SERPER_API_KEY."
            )
        self._gate.wait_turn()

    def pause(self, seconds: float) -> None:
        self._gate.pause(seconds)


def serper_pages(asker: Asker, query: Query, most: int) -> Iterator[list[Candidate]]:
    """As many pages as `most` videos have; ends sooner where a page is not full, or brings nothing new."""
    text, seen = _with_tiktok(query.text), set[str]()
    for number in range(1, -(-most // serper.PAGE) + 1):
        request = serper.videos(text, number, query.language, query.country)
        try:
            page, is_new = asker.ask(request, parse_videos)
        except PatternRefused:
            plain = _with_tiktok(without_operators(text))
            if plain == text:
                raise
            text = plain
            request = serper.videos(text, number, query.language, query.country)
            page, is_new = asker.ask(request, parse_videos)
        asker.credits += page.credits if is_new else 0
        asker.pages[request.subject] = page.credits
        fresh = [link for link in page.links if link.url not in seen]
        seen.update(link.url for link in fresh)
        yield [_of_link(link) for link in fresh]
        if page.count < serper.PAGE or not fresh:
            return


def tikhub_pages(asker: Asker, query: Query, most: int) -> Iterator[list[Candidate]]:
    """As `serper_pages`; TikHub's pages are of twenty, repeat themselves and stall."""
    seen, offset = set[str](), 0
    for _ in range(-(-most // tikhub.SEARCH_COUNT) + 1):
        page, _is_new = asker.ask(tikhub.video_search(query.text, offset, region=query.country), parse_video_search)
        if page.refused and not page.videos and not seen:
            raise none_readable(tikhub.VIDEO_SEARCH, page.refused[0].field, page.refused)
        fresh = {video.video_id: video for video in page.videos if video.video_id not in seen}
        seen.update(fresh)
        yield [_of_video(video) for video in fresh.values()]
        if not fresh or page.next_offset is None or page.next_offset <= offset:
            return
        offset = page.next_offset


def without_operators(text: str) -> str:
    """The plain words of a search: accounts that are free may not use the others."""
    plain = " ".join(re.sub(r"[\"“”()*|]", " ", _OPERATORS.sub(" ", text)).split())
    return plain or text


def _with_tiktok(text: str) -> str:
    return text if "tiktok" in text.casefold() else f"tiktok {text}"


def _of_link(link: Link) -> Candidate:
    return Candidate(link.url, title=link.title, duration_s=link.duration_s)


def _of_video(video: Video) -> Candidate:
    author = video.author
    return Candidate(
        addresses.canonical(video.video_id, author.handle.lower() or None, "photo" if video.is_photo else "video"),
        title=video.caption[:LONGEST_TITLE] or None,
        handle=author.handle.lower() or None,
        author_uid=author.user_id,
        author_sec_uid=author.sec_user_id,
        posted_at=video.posted_at,
        plays=video.plays,
        duration_s=video.duration_ms / 1000 if video.duration_ms else None,
        play_url=video.play_url,
        play_until=video.play_until,
        is_photo=video.is_photo,
    )
