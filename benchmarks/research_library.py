"""How long a search in the library takes on the server, and the page "Library", over 100,000 videos; ILIKE beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg

from benchmarks.dashboard import _milliseconds, _signed_in
from benchmarks.figures import Figure
from benchmarks.library_fill import PHRASE, fill
from benchmarks.stage import Stage, today
from include.video_research import library
from include.video_research.library import Filters

NAME = "research_library"
ROWS = (NAME, f"{NAME}_page")
MOST_MILLISECONDS = 300.0
TIMES = 5
A_PAGE = 20
_LAST_YEAR = Filters(posted_from=today() - timedelta(days=365), posted_to=today())
# What is typed, what else is chosen, how it is ordered, and how many answers are passed over.
SEARCHES: tuple[tuple[str, Filters, library.Order, int], ...] = (
    *(
        (text, Filters(), "best", 0)
        for text in (
            "word25000 ",  # a handful of videos
            "word900 ",
            "ramen ",
            "the ",  # two of three
            "ramen tokyo ",
            "the a and to of ",
            "the word25000 ",
            f'"{PHRASE}"',
            '"of the"',
            '"the best ramen"',
            '"some the first and the"',  # words that all have, in an order that nearly none has
            '"the ramen" word900 ',
            "rame",
            "t",  # the beginning of a word in every video
            "word1",
            "ラーメン",
            "東京",
            "の",
            "東京ラーメン 駅前",
            "रानी",
            "رامن ",
            "más ",
            "nobodysaysthis",
            "",
        )
    ),
    *(
        (text, filters, "best", 0)
        for text in ("the ", "ramen ", "word900 ", '"of the"', "")
        for filters in (
            Filters(author="author1"),
            Filters(author="author4900"),
            Filters(language="en"),
            Filters(language="hi"),
            _LAST_YEAR,
            Filters(speech_state="no_speech"),
            Filters(language="ja", speech_state="speech", posted_from=_LAST_YEAR.posted_from),
            Filters(source="screen"),
        )
    ),
    ('"of the"', Filters(source="caption"), "best", 0),  # common words that rarely stand there in this order
    *((text, Filters(), order, 0) for text in ("the ", "word900 ", '"of the"', "") for order in library.ORDERS[1:]),
    *((text, Filters(), order, A_PAGE) for text in ("the ", '"of the"', "") for order in library.ORDERS),
    ("the ", Filters(), "best", 100 * A_PAGE),
)
PAGES = tuple(
    {"q": text, **more}
    for text in ("", "the", "ramen tokyo ", '"of the"', "ラーメン")
    for more in ({}, {"page": 2}, {"order": "posted"}, {"language": "en", "state": "speech"})
)
_PLAIN = """
    select video_id from videos
    where concat_ws(' ', caption, transcript, ocr_text) ilike '%%' || %(text)s || '%%'
    order by added_at desc limit 20
"""


def measure(stage: Stage, name: str) -> list[Figure]:
    """The slowest of many searches, and of some pages, each as the middle of five."""
    videos = stage.of_size(5_000, 100_000, 100_000)
    with stage.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            fill(connection, videos)
            server = psutil.Process(connection.info.backend_pid)
            ours, busy = {}, {}
            for search in SEARCHES:
                before = _busy(server)
                ours[_told(*search)] = _middle(_search(connection, *search))
                busy[_told(*search)] = (_busy(server) - before) / TIMES
            plain = _middle(lambda: _plainly(connection, "word25000"), 1)
        with _signed_in(url) as client:
            pages = {
                address: _milliseconds(client, address) for address in (f"/library?{urlencode(page)}" for page in PAGES)
            }
    rare = ours[_told(*SEARCHES[0])]
    return [
        _figure(
            ROWS[0],
            f"slowest of {len(ours)} searches over {videos:,} videos",
            ours,
            plain,
            plain / rare,
            "; processor time of the server: " + _slowest(busy),
        ),
        _figure(ROWS[1], "… of the whole page", pages),
    ]


def _figure(
    name: str,
    what: str,
    taken: dict[str, float],
    plain: float | None = None,
    ratio: float | None = None,
    more: str = "",
) -> Figure:
    most = max(taken.values())
    note = _slowest(taken) + more
    if plain is not None:
        note += f"; the plain way and its ratio: a rare word, {taken[_told(*SEARCHES[0])]:.1f} ms here"
    return Figure(name, what, most, "ms", f"< {MOST_MILLISECONDS:g} ms", most < MOST_MILLISECONDS, plain, ratio, note)


def _slowest(taken: dict[str, float]) -> str:
    slowest = sorted(taken, key=lambda each: -taken[each])
    told = "; ".join(f"{each} {taken[each]:.0f} ms" for each in slowest[:8])
    return f"{told}; in the middle {taken[slowest[len(slowest) // 2]]:.0f} ms"


def _busy(server: psutil.Process) -> float:
    """Milliseconds of processor time so far, with those of its workers that have ended."""
    used, started = server.cpu_times(), server.parent().cpu_times()
    return float(1000 * (used.user + used.system + started.children_user + started.children_system))


def _search(
    connection: psycopg.Connection[Any], text: str, filters: Filters, order: library.Order, skip: int
) -> Callable[[], Any]:
    """As the page asks for it."""
    return lambda: library.find(connection, text, filters, limit=A_PAGE + 1, skip=skip, order=order)


def _told(text: str, filters: Filters, order: library.Order, skip: int) -> str:
    chosen = [f"{name} {value}" for name in filters.__slots__ if (value := getattr(filters, name)) is not None]
    parts = [
        text.strip() or "nothing typed",
        *chosen,
        order if order != "best" else "",
        f"after {skip}" if skip else "",
    ]
    return ", ".join(part for part in parts if part)


def _plainly(connection: psycopg.Connection[Any], text: str) -> Sequence[Any]:
    return connection.execute(_PLAIN, {"text": text}).fetchall()


def _middle(search: Callable[[], Any], times: int = TIMES) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        search()
        taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken)[len(taken) // 2]
