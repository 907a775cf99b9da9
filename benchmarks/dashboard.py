"""How long the pages take on the server, with a full roster, 60 days of it, and as many days of verdicts.

Whole requests in this process: Airflow's sign-in, the statements, the template; nothing but the network is left out. Set
DASHBOARD_DATABASE to the address of a database that is filled already to measure there instead of filling one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import Any

import psutil
import psycopg

from benchmarks.figures import Figure, skipped
from benchmarks.stage import Stage, today
from include.ranking import choice

NAME = "dashboard"
FILTERS = f"{NAME}_filters"
ROWS = (NAME, FILTERS)
DAYS = 60
TIMES = 5
MOST_MILLISECONDS = 300.0
# Every window and order, every filter, and those whose rows stand far down in the order that is asked for.
PAGES = (
    *(
        f"/comets?window={window}&order={order}"
        for window in (1, 7, 30)
        for order in ("percent", "followers", "acceleration", "score")
    ),
    # Every column from either end; with a filter that leaves nobody everything is walked.
    *(
        f"/comets?window=7&order={order}{end}{narrowed}"
        for order in (
            "percent",
            "followers",
            "size",
            "month",
            "acceleration",
            "score",
            "plays",
            "engagement",
            "above",
            "best",
            "per_follower",
            "weekly",
            "post",
            "known",
            "trend",
            "handle",
        )
        for end, narrowed in (("&up=true", ""), ("", "&band=any&new=true&language=xx"), ("&up=true", "&fading=true"))
    ),
    *(
        f"/comets?window=7&order={order}"
        for order in ("size", "month", "plays", "engagement", "post", "known", "handle")
    ),
    *(
        f"/comets?window=7&{query}"
        for query in (
            "followers_from=90k",
            "followers_to=10500",
            "followers_from=9m&band=any",
            "growth_from=5",
            "growth_to=-4",
            "growth_from=4&order=score",
            "engagement_from=20",
            "engagement_to=1",
            "plays_from=200k",
            "plays_to=300&order=size",
            "above_from=90",
            "best_from=20&order=best&up=true",
            "per_follower_to=0.01&order=followers",
            "weekly_from=9&order=weekly",
            "post_to=2",
            "post_from=40",
            "language=en",
            "language=is",
            "language=xx",
            "hashtag=chess",
            "hashtag=tag7",
            "hashtag=nothing",
            "niche=chess",
            "niche=tag7&order=plays&up=true",
            "followers_from=20k&growth_from=1&engagement_from=5&plays_from=1k&post_to=20&language=en&hashtag=chess",
            "followers_from=20k&growth_to=0&engagement_from=5&plays_to=9k&post_from=3&language=es&order=handle",
            "band=any",
            "band=any&order=percent&up=true&page=200",
            "search=chess",
            "search=una",
            "search=the",
            "search=bio",
            "search=chess+luna",
            "search=lu+12",
            "search=o",
            "search=nobodyatall",
            "search=luna&order=plays&up=true&followers_from=20k&language=en",
        )
    ),
    "/compare?ids={some_ids}",
    *(
        f"/comets?window=7&{query}"
        for query in (
            "page=2",
            "page=100",
            "page=200",
            "page=18000",
            "trend=trend+0",
            "trend=trend+200",
            "trend=nothing",
            "band=inside",
            "band=above",
            "band=below",
            "new=true",
            "fading=true",
            "fading=true&order=score",
            "fading=true&page=200",
            "measured=true",
            "status=gone",
            "status=any",
            "search=luna",
            "search=luna.1236",
            "search=milo+cooks",
            "search=nobody",
            "search=cooks",
            "search=1",
            "search=%E3%83%91%E3%83%B3",
            "trend=tren",
        )
    ),
    "/comets?stale=true",
    "/comets?window=7&bought=only",
    "/comets?window=7&bought=together&page=100",
    "/comets?window=7&overruled=true",
    "/comets?search=luna&overruled=true",
    *(
        f"/comets?window=7&{query}"
        for query in (
            "mine=true",
            "shortlist=listed",
            "shortlist=watching&order=score",
            "shortlist=no",
            "tag=cooking",
            "tag=nothing",
            "no=true",
            "mine=true&shortlist=listed&search=luna",
        )
    ),
    *(f"/creators/{{user_id}}?window={window}" for window in ("30", "90", "all")),
    "/creators?handle=luna.1236",
    *(
        f"/why-not?{query}"
        for query in (
            "",
            "layer=platform",
            "layer=accepted&field=&handle=luna",
            "handle=luna.1236",
            "handle=nobody",
            "keyword=trend+7",
            "keyword=nothing",
            "keyword=tren",
            "user_id={user_id}",
            "uncertain=true",
            "video=77",
            "since={first_day}&until={first_day}",
        )
    ),
    "/why-not/{last_day}/trend%201/{video_id}",
    "/overrules",
    "/filters?window=7",
    "/filters?window=30",
    "/runs",
    "/runs/{last_day}",
)
# Every filter of the ranking by itself: few, some and most fit it.
SINGLE = (
    "",
    "trend=trend+0",
    "trend=trend+200",
    "trend=nothing",
    "band=any",
    "band=above",
    "band=below",
    "status=gone",
    "status=any",
    "new=true",
    "fading=true",
    "measured=true",
    "bought=only",
    "bought=together",
    "overruled=true",
    "no=true",
    "mine=true",
    "shortlist=listed",
    "tag=cooking",
    "language=en",
    "language=is",
    "language=xx",
    "hashtag=chess",
    "hashtag=tag7",
    "hashtag=nothing",
    "niche=chess",
    "niche=tag7",
    "niche=nothing",
    "followers_from=90k",
    "followers_to=10500",
    "growth_from=5",
    "growth_to=-4",
    "engagement_from=20",
    "engagement_to=1",
    "plays_from=200k",
    "plays_to=300",
    "post_to=2",
    "post_from=40",
    "search=luna",
    "search=chess",
)
VERDICTS_A_DAY = 0.01  # of the roster: a hundred pages of search results where there are a million creators
_CREATORS = """
    insert into creators (user_id, handle, nickname, signature, status, first_seen_on, first_seen_keyword)
    select
        (6600000000000000000 + number::bigint * 7919)::text,
        (array['luna.', 'milo.', 'zoe.', 'kofi.'])[1 + number %% 4] || number,
        (array['Luna ', 'Milo ', 'Zoe ', 'Kofi '])[1 + number %% 4] || (array['Cooks', 'Bakes', 'Runs'])[1 + number %% 3],
        -- One bio in a hundred holds the letters of a word inside another.
        repeat('a bio ', 8) || case when number %% 100 = 7 then 'themeiwithchess ' else 'the words ' end || md5(number::text),
        case when number %% 37 = 0 then 'gone' else 'active' end,
        %(day)s::date - case when number %% 8 = 0 then number %% 60 else 60 end,
        'trend ' || (power(random(), 3) * 400)::int
    from generate_series(1, %(creators)s::int) as number
"""
_SNAPSHOTS = """
    insert into creator_stats (
        user_id, recorded_date, follower_count, heart_count, video_count, compared_with, observed_at, origin
    )
    select
        creators.user_id,
        %(day)s::date,
        counted.followers,
        -- One in 50 gains no heart, and looks bought.
        case when hashtext(creators.user_id) %% 50 = 0 then 1000000 else 1000000 + 10 * counted.followers end,
        100 + (%(day)s::date - %(last_day)s::date + 60) / 3,
        %(day)s::date - 1,
        %(day)s::date + time '02:10',
        'roll_call'
    from creators
    cross join lateral (
        select
            (hashtext(creators.user_id) & 1023) / 393.0 as start,
            ((hashtext(creators.handle) & 1023) - 400) / 60000.0 as rate
    ) as moves
    cross join lateral (
        select
            (9000 * exp(moves.start + moves.rate * (%(day)s::date - %(last_day)s::date)))::bigint
            + (hashtext(creators.user_id || %(day)s::date::text) & 127) as followers
    ) as counted
    where creators.first_seen_on <= %(day)s::date
"""
_VIDEOS = """
    insert into creator_videos (
        user_id, video_id, posted_at, plays, likes, comments, shares, hashtags, language, seen_at, first_seen_on, last_seen_on
    )
    select
        creators.user_id,
        number::text,
        %(last_day)s::date - (drawn.dice & 63) - number,
        (100 * exp((drawn.dice & 8191) / 1000.0))::bigint,
        (drawn.dice & 127),
        (drawn.dice & 7),
        (drawn.dice & 3),
        -- Everybody's, one of 200 of equal weight, and one that is under every thirtieth.
        array['fyp', 'tag' || (drawn.dice & 255) %% 200] || case when (drawn.dice & 1023) %% 30 = 0 then 'Chess' end,
        case when (drawn.dice & 255) < 180 then 'en' when (drawn.dice & 255) < 254 then 'es' else 'is' end,
        %(last_day)s::date,
        %(last_day)s::date,
        %(last_day)s::date
    from creators
    cross join generate_series(1, 7) as number
    cross join lateral (select hashtext(creators.user_id || number) & 1048575 as dice) as drawn
    where hashtext(creators.user_id) & 7 > 0
"""
_VERDICTS = """
    insert into verdicts (
        day, keyword, video_id, user_id, handle, layer, field, matched_text, measured, threshold, is_uncertain, detector,
        rules_version, run_id, screened_at
    )
    select
        day::date,
        'trend ' || number %% 10,
        (extract(epoch from day)::bigint / 86400 * 1000000 + number)::text,
        (6600000000000000000 + (hashtext(number || day::text) & 8191)::bigint * 7919)::text,
        (array['luna.', 'milo.', 'zoe.', 'kofi.'])[1 + number %% 4] || (hashtext(number || day::text) & 8191),
        layer,
        case layer when 'platform' then 'bio' when 'pronoun' then 'caption' when 'criteria' then 'plays' end,
        case when layer in ('platform', 'pronoun') then 'word ' || number %% 700 end,
        case when layer in ('face', 'accepted') then number %% 90 / 10.0 end,
        case when layer in ('face', 'accepted') then 2 end,
        layer in ('face', 'accepted') and number %% 50 = 0,
        case when layer in ('face', 'accepted') then 'yunet' end,
        '1',
        'run of ' || day::date,
        day + time '02:05'
    from generate_series(%(last_day)s::date - 59, %(last_day)s::date, interval '1 day') as days (day)
    cross join generate_series(1, %(verdicts)s::int) as number
    cross join lateral (
        select (array['platform', 'pronoun', 'criteria', 'criteria', 'criteria', 'face', 'accepted', 'criteria'])[1 + number %% 8]
            as layer
    ) as layers
"""
_OVERRULES = """
    insert into overrules (made_by, day, keyword, video_id, user_id, layer, field, expected, reason)
    select 'op', %(last_day)s::date, 'trend 1', user_id, user_id, 'face', 'cover', 'refuse', 'A poster.'
    from creators
    order by user_id
    limit 1000
"""
_SHORTLIST = """
    with listed as (
        insert into shortlist (user_id, status, note, tags, changed_by)
        select
            user_id,
            (array['new', 'watching', 'contacted', 'signed', 'no', 'no'])[1 + (hashtext(user_id) & 1023) %% 6],
            'a note',
            array[(array['cooking', 'running', 'chess'])[1 + (hashtext(user_id) & 1023) %% 3]],
            'op'
        from creators
        order by md5(user_id)
        limit 3000
    )

    insert into shortlist_stars (reader, user_id)
    select 'the viewer', user_id
    from creators
    order by md5(handle)
    limit 1000
"""
_RUNS = """
    insert into runs (pipeline, run_id, day, mode, settings, state, coverage, roster, report, finished_at)
    select 'comets', 'run of ' || day::date, day::date, 'live', '{}', 'complete', 0.99, %(creators)s::int, 'report',
        day + time '05:00'
    from generate_series(%(last_day)s::date - 59, %(last_day)s::date, interval '1 day') as days (day)
"""
_SUMMARIES = """
    insert into call_summaries (pipeline, day, endpoint, keyword, outcome, calls, billed, usd, latency_ms)
    select 'comets', day::date, 'search', 'trend ' || number, 'answered', 50, 50, 0.05, 60000
    from generate_series(%(last_day)s::date - 59, %(last_day)s::date, interval '1 day') as days (day)
    cross join generate_series(0, 9) as number
"""


def measure(stage: Stage, _: str) -> list[Figure]:
    """The slowest page, as the middle of TIMES requests after a first one; and what each filter costs the server by itself."""
    filled = os.environ.get("DASHBOARD_DATABASE")
    creators = stage.of_size(10_000, 100_000, 1_000_000)
    where = "the named database" if filled else f"{creators:,} creators"
    with stage.database() as url:
        if filled is None:
            _fill(url, creators)
        with _signed_in(filled or url) as client:
            taken = {address: _milliseconds(client, address) for address in _addresses(filled or url)}
            filters = _of_filters(client, filled or url, where)
    slowest = sorted(taken, key=lambda address: -taken[address])
    return [
        Figure(
            NAME,
            f"slowest of {len(taken)} pages, {where} × {DAYS} days",
            taken[slowest[0]],
            "ms",
            f"< {MOST_MILLISECONDS:g} ms",
            taken[slowest[0]] < MOST_MILLISECONDS,
            note="; ".join(f"{address} {taken[address]:.0f} ms" for address in slowest[:5])
            + f"; in the middle {median(taken.values()):.0f} ms",
        ),
        filters,
    ]


def _of_filters(client: Any, url: str, where: str) -> Figure:
    """The dearest of all filters, each from both ends, on its first page and its last, in processor time of the server.

    The note lists all of them: the four in this order.
    """
    what = "processor time of the server for a filter by itself, either end, first and last page"
    with psycopg.connect(url) as connection:
        pid = connection.info.backend_pid
        if not psutil.pid_exists(pid) or "postgres" not in psutil.Process(pid).name():
            return skipped(FILTERS, what, f"< {MOST_MILLISECONDS:g} ms", "the server is on another machine")
        server = psutil.Process(pid).parent()
    taken: dict[str, list[float]] = {}
    for narrowed in SINGLE:
        is_tagged = narrowed.startswith(("hashtag=", "niche="))
        last = (choice.MOST_PLACES_TAGGED if is_tagged else choice.MOST_PLACES) // choice.CREATORS_A_PAGE
        taken[narrowed or "none"] = [
            _server_milliseconds(client, server, f"/comets?window=7&{narrowed}&page={page}{end}")
            for page in (1, last)
            for end in ("", "&up=true")
        ]
    dearest = max(max(each) for each in taken.values())
    return Figure(
        FILTERS,
        f"{what}, {where}",
        dearest,
        "ms",
        f"< {MOST_MILLISECONDS:g} ms",
        dearest < MOST_MILLISECONDS,
        note="first page, the same turned round, last page, the same turned round:\n"
        + "\n".join(f"  {name:<20}" + "".join(f"{each:>6.0f}" for each in taken[name]) for name in taken),
    )


def _server_milliseconds(client: Any, server: psutil.Process, address: str) -> float:
    """Of all processes of the server, those that ended meanwhile too."""

    def spent() -> float:
        times = server.cpu_times()
        ended = times.children_user + times.children_system
        return ended + sum(each.user + each.system for each in map(_times, (server, *server.children())))

    client.get(address)
    before = spent()
    for _ in range(TIMES):
        if client.get(address).status_code != 200:
            raise RuntimeError(address)
    return (spent() - before) * 1000 / TIMES


def _times(process: psutil.Process) -> Any:
    try:
        return process.cpu_times()
    except psutil.NoSuchProcess:
        return psutil.cpu_times()._replace(user=0.0, system=0.0)


def _fill(url: str, creators: int) -> None:
    from include.ranking.standings import rank_day

    last_day = today()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select make_partitions(%s::date - 60, 3)", [last_day])
        connection.execute(_CREATORS, {"day": last_day, "creators": creators})
        for back in range(DAYS - 1, -1, -1):
            connection.execute(_SNAPSHOTS, {"day": last_day - timedelta(days=back), "last_day": last_day})
        days = {"last_day": last_day, "creators": creators, "verdicts": max(1_000, int(creators * VERDICTS_A_DAY))}
        for statement in (_VIDEOS, _VERDICTS, _OVERRULES, _SHORTLIST, _RUNS, _SUMMARIES):
            connection.execute(statement, days)
        connection.execute("vacuum analyze")
    rank_day(lambda: psycopg.connect(url), last_day)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze standings")


@contextmanager
def _signed_in(url: str) -> Iterator[Any]:
    """A browser of a viewer, on the pages as Airflow mounts them, on this database."""
    from tests.fixtures import dashboard

    before = dict(os.environ)
    from tests.fixtures import airflow  # noqa: F401 - a home of its own before Airflow is imported

    os.environ.update(dashboard.SETTINGS)
    os.environ["AIRFLOW_CONN_COMETS_DB"] = dashboard._as_airflow_writes(url)
    from airflow.api_fastapi.app import create_auth_manager, get_auth_manager
    from airflow.utils.db import initdb

    from plugins.dashboard import store

    initdb()
    create_auth_manager()
    get_auth_manager().init()
    store._pool.cache_clear()
    try:
        yield dashboard.Browser("viewer")
    finally:
        if store._pool.cache_info().currsize:
            store._pool().close()
        store._pool.cache_clear()
        os.environ.clear()
        os.environ.update(before)


def _addresses(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        user_id, last_day, first_day = connection.execute(
            "select (select user_id from standings order by follower_count desc limit 1), max(day), min(day)"
            " from verdicts where day > current_date - 20"
        ).fetchall()[0]
        ((video_id,),) = connection.execute(
            "select max(video_id) from verdicts where keyword = 'trend 1' and day = %s", [last_day]
        ).fetchall()
        ((some_ids,),) = connection.execute(
            "select string_agg(user_id, ',') from (select user_id from standings order by user_id limit 5) as first"
        ).fetchall()
    named = {
        "user_id": user_id, "last_day": last_day, "first_day": first_day, "video_id": video_id, "some_ids": some_ids,
    }  # fmt: skip
    return [address.format(**named) for address in PAGES]


def _milliseconds(client: Any, address: str) -> float:
    taken = []
    for _ in range(1 + TIMES):
        began = time.perf_counter()
        answer = client.get(address)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code not in {200, 303}:
            raise RuntimeError(f"{address}: {answer.status_code}")
    return median(taken[1:])
