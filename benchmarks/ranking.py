"""How long it takes to rank everybody after a day: all standings written anew, the score of all, and the day's rankings.

Every creator has a row on each of 60 days and grows by its own pace, so that no standing is as it was the day before. While
the second day is ranked somebody reads the first 50 again and again: readers never wait for more than their own query.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from benchmarks.figures import Figure
from benchmarks.stage import Stage, today
from include.ranking import standings

NAME = "ranking"
ROWS = (NAME, "ranking_readers")
DAYS = 60
MILLION = 1_000_000
MOST_SECONDS = 60.0
MOST_SECONDS_READING = 0.3


@dataclass
class Reader:
    """Reads the first page until it is told to stop; `slowest` is in seconds."""

    url: str
    slowest: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self._stopped.wait(0.2):
                began = time.perf_counter()
                connection.execute(
                    "select * from standings where status = 'active' order by growth_7 desc nulls last, user_id limit 50"
                ).fetchall()
                self.slowest = max(self.slowest, time.perf_counter() - began)

    def stop(self) -> None:
        self._stopped.set()


def measure(stage: Stage, _: str) -> list[Figure]:
    """The day after the first, when every row of `standings` is there and changes."""
    creators = stage.of_size(60_000, 200_000, MILLION)
    with stage.database() as url:
        fill(url, creators)
        standings.rank_day(lambda: psycopg.connect(url), today() - timedelta(days=1))
        add_day(url, 0)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze standings")
            connection.execute("checkpoint")  # what came before is not written on this day's account
        reader = Reader(url)
        thread = threading.Thread(target=reader.read)
        thread.start()
        try:
            began = time.perf_counter()
            counts = standings.rank_day(lambda: psycopg.connect(url), today())
            seconds = time.perf_counter() - began
        finally:
            reader.stop()
            thread.join()
    if counts != {"written": creators, "removed": 0, "score": standings.KEPT, "growth": standings.KEPT}:
        raise RuntimeError(f"not everybody was ranked: {counts}")
    scaled = seconds * MILLION / creators
    at = "" if creators == MILLION else f"measured with {creators:,} and scaled"
    what = f"ranking 1,000,000 creators with {DAYS} days"
    return [
        Figure(NAME, what, scaled, "s", f"≤ {MOST_SECONDS:g} s", scaled <= MOST_SECONDS, note=at),
        Figure(
            "ranking_readers", "slowest reading of a page meanwhile", reader.slowest * 1000, "ms",
            f"≤ {MOST_SECONDS_READING * 1000:g} ms", reader.slowest <= MOST_SECONDS_READING,
        ),
    ]  # fmt: skip


def fill(url: str, creators: int) -> None:
    """A roster, and all days before today."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select make_partitions(%s, %s)", [today() - timedelta(days=DAYS), DAYS // 28 + 2])
        connection.execute(
            "insert into creators (user_id, sec_user_id, handle, nickname, first_seen_on, first_seen_keyword)"
            " select (6600000000000000000 + n * 7919::bigint)::text, 's' || n, 'handle_' || md5(n::text),"
            " 'Name ' || left(md5(n::text), 6), %s::date + n %% 60, 'keyword ' || n %% 300"
            " from generate_series(1, %s) as n order by random()",
            [today() - timedelta(days=DAYS), creators],
        )
    for ago in range(DAYS, 0, -1):
        add_day(url, ago)


def add_day(url: str, ago: int) -> None:
    """A row of everybody; paces go from 0 to 0.6 % a day, give or take 0.2 %."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin)"
            " select user_id, %(day)s::date, ((10000 + (hashtext(user_id) & 65535))"
            " * exp(%(number)s * 0.0001 * (hashtext('pace' || user_id) & 63) + random() * 0.002))::bigint,"
            " 500000 + %(number)s * (hashtext(user_id) & 1023), 100 + %(number)s / 3, %(day)s::date + interval '2 hours',"
            " 'roll_call' from creators",
            {"day": today() - timedelta(days=ago), "number": DAYS - ago},
        )
        if ago <= 1:
            connection.execute("update creators set last_measured_on = %s", [today() - timedelta(days=ago)])
            connection.execute("analyze creator_stats")
