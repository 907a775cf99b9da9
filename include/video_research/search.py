"""The search of one query: asks a source page by page, brings every link to its one form, and keeps what was found."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Self

import psycopg

from include import database
from include.calls import limiter
from include.calls.desk import open_desk
from include.database import Connector, Database
from include.erasure import forgotten as erasure
from include.serper import endpoints as serper
from include.tikhub.account import Api
from include.vendors.errors import CallFailed, RunStopped
from include.video_research import addresses, sources
from include.video_research.addresses import Address, Resolver, Unresolved
from include.video_research.records import Hit, LinkKind, Query, SetAside, Source
from include.video_research.run import Run
from include.video_research.settings import SITE, ResearchSettings
from include.video_research.sources import Accounts, Asker, Candidate, accounts_of
from include.web.transport import Route

TASK = "search"
Pages = Callable[[Asker, Query, int], Iterator[list[Candidate]]]
LONGEST_ASIDE = 500  # letters of an address that is set aside: it is part of a key
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search gave, as it was kept. `credits`: what it cost at Serper, 0 for what was paid for before.

    `was_from_ledger`: nothing had to be asked. `forgotten`: videos of people who were forgotten; nothing of them is kept.
    """

    hits: tuple[Hit, ...]
    aside: tuple[SetAside, ...]
    credits: int
    was_from_ledger: bool
    forgotten: int = 0


def search(
    connector: Connector,
    run: Run,
    query: Query,
    configured: ResearchSettings,
    map_index: int = -1,
    *,
    accounts: Callable[[ResearchSettings], Accounts] = accounts_of,
) -> SearchResult:
    """Search for `query`, or take the addresses that were given with it, and keep hits, links set aside and new videos.

    What was found before a page failed is kept. Raises CallFailed when nothing was found because of a failure, and
    RunStopped in any case: then no other search can succeed. Raises SettingsError without a key.
    """
    proxy = configured.proxy.reveal() if configured.proxy else None
    sorting = _Sorting(run, query, "list", Resolver(configured.site_url, Route(proxy=proxy)))
    try:
        if query.addresses:
            sorting.take(Candidate(url) for url in query.addresses)
            return _keep(connector, run, query, sorting)
        return _searched(connector, run, query, accounts(configured), map_index, sorting)
    finally:
        sorting.resolver.close()


def _searched(
    connector: Connector, run: Run, query: Query, accounts: Accounts, map_index: int, sorting: _Sorting
) -> SearchResult:
    sorting.source = accounts.source
    failed: CallFailed | None = None
    with _asking(connector, run, query, accounts, map_index) as (asker, pages):
        try:
            for candidates in pages(asker, query, run.max_results):
                sorting.take(candidates)
                if len(sorting.hits) >= run.max_results:
                    break
        except CallFailed as error:
            failed = error
        is_done = failed is None or bool(sorting.hits)
        kept = _keep(connector, run, query, sorting, asker, is_done=is_done)
        if failed is not None and (isinstance(failed, RunStopped) or not sorting.hits):
            raise failed
    if failed is not None:
        log.warning("%s: what was found before a page failed is kept (%s)", query.text, failed)
    return kept


@contextmanager
def _asking(
    connector: Connector, run: Run, query: Query, accounts: Accounts, map_index: int
) -> Iterator[tuple[Asker, Pages]]:
    """A desk at the source, and how its pages are asked for.

    The ledger's day is today's, whatever the run's: what is found is found now, and paid for once a day.
    """
    with ExitStack() as stack:
        aside = stack.enter_context(Database(connector))
        api = accounts.serper or accounts.tikhub
        today = _Today(run.pipeline, run.run_id, _day(aside, api))
        arguments: dict[str, Any] = {"map_index": map_index, "keyword": query.text}
        if accounts.serper is not None:
            aside.repeatedly(lambda connection: limiter.set_rate(connection, serper.CALLS_PER_SECOND, serper.LIMIT))
            arguments |= {"make_client": sources.serper_client, "limit": serper.LIMIT}
        else:
            arguments["make_client"] = partial(
                sources.tikhub_client, aside=aside, day=today.day, free_share=accounts.free_share
            )
        desk = stack.enter_context(open_desk(connector, api, today, TASK, **arguments))
        yield Asker(desk), sources.serper_pages if accounts.serper is not None else sources.tikhub_pages


@dataclass(frozen=True, slots=True)
class _Today:
    """The run as its calls of today have it."""

    pipeline: str
    run_id: str
    day: date
    is_replay: bool = False

    def as_replay(self) -> Self:
        return self


def _day(connections: Database, api: Api | None) -> date:
    if api is not None and api.now_override is not None:
        return api.now_override.astimezone(UTC).date()
    moment: datetime = connections.run(
        lambda connection: connection.execute("select clock_timestamp()").fetchall()[0][0]
    )
    return moment.astimezone(UTC).date()


@dataclass(slots=True)
class _Sorting:
    """Makes hits of candidates, or sets them aside with the reason; each video and each link once."""

    run: Run
    query: Query
    source: Source
    resolver: Resolver
    hits: dict[str, Hit] = field(default_factory=dict)
    photos: dict[str, Hit] = field(default_factory=dict)
    aside: dict[str, SetAside] = field(default_factory=dict)

    def take(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            address = addresses.parse(candidate.url, self.resolver.site)
            if address.kind == "short":
                try:
                    address = self.resolver.resolve(address)
                except Unresolved as error:
                    self._set_aside(address.url, "short", f"the link {error}")
                    continue
            if address.video_id is None:
                self._set_aside(address.url, "other", "no video of TikTok")
            elif address.video_id not in self.hits and address.video_id not in self.photos:
                self._take_post(candidate, address, address.video_id)

    def _take_post(self, candidate: Candidate, address: Address, video_id: str) -> None:
        hit = Hit(
            query_id=self.query.query_id,
            video_id=video_id,
            url=address.url,
            rank=len(self.hits) + len(self.photos) + 1,
            source=self.source,
            handle=candidate.handle or address.handle,
            title=candidate.title,
            author_uid=candidate.author_uid,
            author_sec_uid=candidate.author_sec_uid,
            posted_at=candidate.posted_at or addresses.posted_at(video_id),
            plays=candidate.plays,
            duration_s=candidate.duration_s,
            play_url=candidate.play_url,
            play_until=candidate.play_until,
        )
        if address.kind == "photo" or candidate.is_photo:
            self.photos[video_id] = hit
            self._set_aside(hit.url, "photo", "a slideshow of photos: there is no video to read")
        # What is known before any download; what a source does not say is asked again of the page.
        elif reason := self.run.bounds.broken(hit.posted_at, hit.plays):
            self._set_aside(hit.url, "video", reason)
        elif len(self.hits) < self.run.max_results or self.source == "list":
            self.hits[video_id] = hit

    def _set_aside(self, url: str, kind: LinkKind, reason: str) -> None:
        shown = url[:LONGEST_ASIDE]
        self.aside.setdefault(shown, SetAside(self.query.query_id, shown, kind, reason))


def _keep(
    connector: Connector,
    run: Run,
    query: Query,
    sorting: _Sorting,
    asker: Asker | None = None,
    *,
    is_done: bool = True,
) -> SearchResult:
    """In one transaction, in which nobody is being forgotten. Nothing of people who were is kept."""
    found = SearchResult(
        tuple(sorting.hits.values()),
        tuple(sorting.aside.values()),
        asker.credits if asker else 0,
        asker is not None and asker.calls == 0,
    )

    def work(connection: psycopg.Connection[Any]) -> SearchResult:
        posts = [*sorting.hits.values(), *sorting.photos.values()]
        uids = {hit.author_uid for hit in posts if hit.author_uid is not None}
        gone = erasure.forgotten_among(connection, uids)
        theirs = {hit.url for hit in posts if hit.author_uid in gone}
        kept = replace(
            found,
            hits=tuple(hit for hit in found.hits if hit.url not in theirs),
            aside=tuple(link for link in found.aside if link.url not in theirs),
            forgotten=len(theirs),
        )
        photos = [hit for hit in sorting.photos.values() if hit.url not in theirs]
        # What a sandbox shows is made up, whoever asked for it.
        is_made_up = query.is_made_up or sorting.resolver.site != SITE
        pages = asker.pages if asker else {}
        _write(connection, run, query, kept, photos, pages, is_done=is_done, is_made_up=is_made_up)
        return kept

    with Database(connector) as store:
        return store.run(work)


def _write(
    connection: psycopg.Connection[Any],
    run: Run,
    query: Query,
    kept: SearchResult,
    photos: list[Hit],
    pages: Mapping[str, int],
    *,
    is_done: bool,
    is_made_up: bool,
) -> None:
    who = {"query_id": query.query_id, "run_id": run.run_id}
    videos = sorted(
        [*kept.hits, *photos], key=lambda hit: hit.video_id
    )  # in one order, or two searches lock each other
    found = database.columns(
        videos,
        video_ids="video_id",
        urls="url",
        photos=lambda hit: hit.video_id in {photo.video_id for photo in photos},
    )
    database.rows(connection, "video_research/save_found_videos", {**who, "is_made_up": is_made_up, **found})
    hits = database.columns(
        kept.hits,
        video_ids="video_id",
        urls="url",
        ranks="rank",
        sources="source",
        handles="handle",
        titles="title",
        author_uids="author_uid",
        author_sec_uids="author_sec_uid",
        posted="posted_at",
        plays="plays",
        durations="duration_s",
        play_urls="play_url",
        play_until="play_until",
    )
    database.rows(connection, "video_research/save_hits", {**who, **hits})
    database.rows(
        connection,
        "video_research/drop_set_aside",
        {"query_id": query.query_id, "urls": [hit.url for hit in kept.hits]},
    )
    aside = database.columns(kept.aside, urls="url", kinds="kind", reasons="reason")
    database.rows(connection, "video_research/save_set_aside", {**who, **aside})
    cost = {"credits": kept.credits, "subjects": list(pages), "costs": list(pages.values())}
    database.rows(connection, "video_research/mark_searched", {**who, **cost, "is_done": is_done})
