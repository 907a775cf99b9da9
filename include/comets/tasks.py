"""What the DAG's tasks do, as plain functions: each opens what it needs, does its step, and says what it did."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from include.calls.desk import Desk, NotInLedger, open_desk
from include.calls.limiter import DayOver
from include.comets import (
    checks,
    discovery,
    pictures,
    rehearsal,
    report,
    roll_call,
    roster,
    rules,
    snapshots,
    sources,
    trends,
    videos,
)
from include.comets.discovery import Covers, FetchCover
from include.comets.run import Run
from include.comets.screening import CoverUnavailable
from include.comets.trends import Keyword, Source
from include.coverage import Coverage
from include.database import Connector, Database, columns
from include.runs import close_run
from include.tikhub import endpoints, parsers
from include.tikhub.account import Api
from include.tikhub.errors import BudgetSpent, UnexpectedAnswer
from include.web.pictures import ImageFetcher, ImageRefused, ImageUnavailable
from include.web.transport import DIRECT, Route
from plugins.filters.layers import ContextLayers

log = logging.getLogger(__name__)


class NoTrends(UnexpectedAnswer):
    """There is nothing to search for: a day without keywords is not a day done. Never kept as the day's answer."""


class NothingToReplay(LookupError):
    """A replay's day has no stored answers for this step."""


class NothingToSpend(LookupError):
    """The run's budget leaves no call for this step."""


def fetch_trends(connector: Connector, api: Api | None, run: Run) -> list[dict[str, Any]]:
    """The day's keywords, kept in `daily_trends`. Raises NoTrends, NothingToReplay, NothingToSpend, or a TikHubError."""
    with open_desk(connector, api, run, "fetch_trends", for_discovery=True) as desk:
        say = log.warning if run.keywords else trends.say_nothing
        source: Source = "given" if run.keywords else "trends"
        chosen = trends.choose(run.keywords or _trending(desk), run.max_keywords, say, source)
        if not chosen:
            raise NoTrends("No keyword is left to search for: give the param 'keywords' words with letters or digits.")
        keywords = trends.with_hashtags(chosen, run.hashtags, log.warning)
        keywords = trends.with_hashtags(keywords, sources.regional_hashtags(desk), log.info, "regional")
        keywords = trends.with_users(keywords, sources.user_words(desk, chosen))
        if sources.asks_for_look_alikes(desk):
            keywords = trends.with_look_alikes(keywords)
        if not run.dry_run:
            parameters = {"day": run.day, **columns(keywords, keywords="text", ranks="rank", sources="source")}
            desk.database.rows("comets/save_trends", parameters)
    log.info("Keywords of %s: %s", run.day, ", ".join(keyword.text for keyword in keywords))
    return [asdict(keyword) for keyword in keywords]


def read_rules(connector: Connector, run: Run, shipped: rules.Contents) -> rules.Contents:
    """The contents of the version of the filters' rules that open_day fixed. Raises rules.RulesUnusable."""
    with Database(connector) as database:
        return rules.load(database, run.rules_version, shipped)


def discover(
    connector: Connector,
    api: Api | None,
    run: Run,
    keyword: dict[str, Any],
    layers: ContextLayers,
    threads: int,
    map_index: int,
    picture_days: int = 0,
) -> dict[str, Any]:
    """Find comets under one keyword; returns counts for the log and for dry runs.

    For `picture_days`, small copies of the covers that are judged are kept.
    """
    word = Keyword(**keyword)
    fetch_cover = cover_fetcher(api.base_url, api.route) if api else _fetch_nothing
    covers = Covers(fetch_cover, 0 if run.dry_run else picture_days)
    with open_desk(connector, api, run, "discover", map_index, word.text, for_discovery=True) as desk:
        tally = discovery.discover(desk, word, layers, covers, threads)
        rehearsed = desk.database.run(lambda connection: tally.rehearsed(connection, run)) if run.dry_run else {}
    log.info(
        "%s: %s videos screened, %s creators accepted (%s)",
        word.text,
        tally.videos,
        len(tally.accepted_creators),
        ", ".join(f"{layer} {count}" for layer, count in sorted(tally.layers.items())),
    )
    return {**tally.as_json(), **rehearsed}


def plan_roll_call(connector: Connector, run: Run, least_batches: int = roster.LEAST_BATCHES) -> list[roster.Batch]:
    """The batches to measure; `least_batches` of them, where the roster is not tiny, so that the rate limit can be used."""
    with Database(connector) as database:
        if run.dry_run:
            return database.run(lambda connection: roster.preview_roll_call(connection, run))
        batches = database.repeatedly(lambda connection: roster.plan_roll_call(connection, run, least_batches))
    planned = sum(batch["last"] - batch["first"] + 1 for batch in batches)
    log.info("%s creators to measure, in %s batches", f"{planned:,}", len(batches))
    if not batches:
        log.info("Nobody is left to measure: everybody due today is measured already, or nobody is due.")
    return batches


def measure_batch(
    connector: Connector, api: Api | None, run: Run, batch: roster.Batch, threads: int, map_index: int
) -> dict[str, int]:
    """Roll call of one batch; returns how it stands then."""
    with open_desk(connector, api, run, "roll_call", map_index) as desk:
        if run.dry_run:
            return roll_call.rehearse(desk, batch, threads)
        return roll_call.roll_call(desk, batch, threads)


def compute_growth(connector: Connector, run: Run) -> int:
    """Growth and gaps around the day follow from the stored snapshots; returns the rows changed.

    Settles also which keyword the day's finds belong to: here, because this runs whatever was skipped or failed.
    """
    if run.dry_run:
        log.info("A dry run writes no growth.")
        return 0
    with Database(connector) as database:
        database.rows("comets/settle_source_trends", {"day": run.day})
        changed = database.repeatedly(lambda connection: snapshots.settle_growth(connection, run.day))
        database.rows("comets/learn_from_day", {"day": run.day})
        first = database.one("comets/count_first_sights", {"day": run.day})
    if first["creators"]:
        log.info(
            "%s creators are seen for the first time: their growth is 0 and compared_with is empty until tomorrow.",
            f"{first['creators']:,}",
        )
    log.info("%s rows changed: growth of %s follows from the stored snapshots", changed, run.day)
    return changed


def keep_videos(connector: Connector, run: Run, retention_days: int) -> int:
    """Keep the roster's videos out of the day's stored answers, and out of those of the days before for who joined since.

    Returns the sightings that are new; no call is made.
    """
    if run.dry_run:
        log.info("A dry run keeps no videos.")
        return 0
    with Database(connector) as database:
        return videos.keep(database, run.day - timedelta(days=retention_days), run.day, whole_day=run.day)


def fetch_pictures(
    connector: Connector, api: Api, run: Run, limits: pictures.Limits, patience: float = pictures.PATIENCE_SECONDS
) -> dict[str, int]:
    """Small copies of the avatars and covers that the day brought, of a live run alone; at no call of the API.

    Returns how many were kept, unavailable, or refused, by reason.
    """
    if run.is_replay or run.dry_run or not limits.a_day:
        log.info("No pictures are fetched: by a replay, by a dry run, and where PICTURES_A_DAY is 0.")
        return {}
    with Database(connector) as database, picture_fetcher(api.base_url, api.route, patience=10) as fetcher:
        counts = pictures.fetch(database, fetcher, limits, api.now_override, patience)
        dropped = pictures.trim(database, limits.most_bytes)
    log.info("Pictures: %s", ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none is wanted")
    if dropped:
        log.info("%s copies were dropped: all together have more than PICTURES_MAX_MB.", f"{dropped:,}")
    return counts


def check_day(
    connector: Connector,
    run: Run,
    coverage_floor: float,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The data-quality checks. Raises checks.CheckFailed."""
    with Database(connector) as database:
        figures = database.repeatedly(lambda connection: checks.check_day(connection, run, coverage_floor, now))
    coverage = Coverage(figures["measured"], figures["due"])
    log.info("Coverage %s, %s suspect falls, no check failed", coverage, figures["suspect"])
    return figures


def write_report(
    connector: Connector,
    run: Run,
    *,
    failed_tasks: Sequence[str] = (),
    found: Sequence[dict[str, Any]] = (),
    measured: Sequence[dict[str, int]] = (),
    retention_days: int | None = None,
) -> str:
    """The report, read from the database, stored in `runs`, and returned for the log.

    A dry run left no rows to read: its report is counted from what its tasks returned, `found` and `measured`.
    Of a live run it says when stored answers are long past `retention_days`; None does not look for them.
    """
    with Database(connector) as database:
        counts = database.repeatedly(lambda connection: report.read_counts(connection, run, retention_days))
        if run.dry_run:
            counts = database.run(
                lambda connection: rehearsal.count_rehearsal(connection, run, counts, found, measured)
            )
        text = report.write_report(run, counts)
        database.repeatedly(lambda connection: close_run(connection, run, counts, text, failed_tasks))
    return text


def cover_fetcher(base_url: str, route: Route = DIRECT) -> FetchCover:
    """Fetches a cover's bytes from the first address that gives them."""
    fetcher = picture_fetcher(base_url, route)

    def fetch(urls: tuple[str, ...]) -> bytes:
        try:
            return fetcher.fetch(urls).bytes
        except (ImageRefused, ImageUnavailable) as error:
            raise CoverUnavailable(str(error)) from error

    return fetch


def picture_fetcher(base_url: str, route: Route = DIRECT, patience: float = 30) -> ImageFetcher:
    """What fetches every picture of an answer: covers and avatars, under the same rules."""
    return ImageFetcher(base_url, hosts=endpoints.PICTURE_HOSTS, route=route, patience=patience)


def _trending(desk: Desk[Run]) -> list[str]:
    """The day's trending words. A replay of a day whose keywords were given by hand finds those instead."""
    try:
        return desk.ask(endpoints.trending_words(), _words)
    except DayOver as error:
        raise DayOver(
            f"{desk.run.day} ended before its trends could be asked: from 06:00 UTC on, what is trending is the next day's. "
            "The next day's run finds its own."
        ) from error
    except BudgetSpent as error:
        raise NothingToSpend(
            "The run's budget leaves no call for the trends: the roll call has first claim."
        ) from error
    except NotInLedger as error:
        day = {"day": desk.run.day}
        kept = desk.database.rows("comets/read_trends", day)
        if not kept:
            raise NothingToReplay(
                f"No trending words of {desk.run.day} are stored: the day is estimated, not found again."
            ) from error
        # The others are found by what was kept of each.
        return [row["trend_keyword"] for row in kept if row["keyword_source"] not in sources.SWITCHED_ON]


def _words(data: Any) -> list[str]:
    words = [trend.word for trend in parsers.parse_trending_words(data)]
    if not trends.choose(words, 1):
        raise NoTrends(
            "TikHub returned no trending words. Try again later, or give the param 'keywords'.",
            endpoint=endpoints.TRENDING_WORDS,
            field="trending_search_words",
        )
    return words


def _fetch_nothing(urls: tuple[str, ...]) -> bytes:
    raise CoverUnavailable("a replay fetches nothing")
