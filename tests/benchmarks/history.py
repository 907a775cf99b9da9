"""What a day costs the database after a month of history, and after a year: it should be the same.

The history is made by COPY. A day is every creator's snapshot with its growth, stored in chunks of 1,000 in the order of the
plan (which is no order of the table), and the set-based pass over the day at its end.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock_time

import psycopg

from include.comets import snapshots
from include.database import Database
from tests.benchmarks.figures import Figure, skipped
from tests.benchmarks.stage import ROOT, Stage, today

NAME = "history"
SHORT, LONG = 30, 360
MILLION = 1_000_000
CHUNK = 1_000
MOST_SECONDS, MOST_FACTOR = 60.0, 1.3
_BYTES_PER_ROW = 210  # heap and index, with the WAL of the COPY that is not recycled at once


class Day:
    """One database's day: `seconds` of its statements, and the `wal` bytes they wrote."""

    def __init__(self, connections: Database) -> None:
        self._database = connections
        self.seconds = 0.0
        self.wal = 0

    def store(self, user_ids: list[str]) -> None:
        """One chunk."""
        at = datetime.combine(today(), clock_time(2, 10), timezone.utc)
        block = [snapshots.Snapshot(each, 23_456, 501_000, 101, at, None) for each in user_ids]
        with self._counted():
            self._database.run(lambda connection: snapshots.store(connection, today(), "roll_call", block))

    def settle(self) -> None:
        """The pass over the day at its end."""
        with self._counted():
            changed = self._database.repeatedly(lambda connection: snapshots.settle_growth(connection, today()))
        if changed:
            raise RuntimeError(f"{changed} rows had the wrong growth")

    @contextmanager
    def _counted(self) -> Iterator[None]:
        before = self._database.repeatedly(_wal)
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began
        self.wal += self._database.repeatedly(_wal) - before


def measure(stage: Stage, _: str) -> list[Figure]:
    """Time for a million creators (scaled where there are fewer), and how both grow with the history."""
    creators = stage.of_size(10_000, 100_000, MILLION)
    needed = creators * LONG * _BYTES_PER_ROW
    free = shutil.disk_usage(ROOT).free
    if free < needed * 1.3:
        why = f"{needed / 2**30:.0f} GB of disk are needed, {free / 2**30:.0f} GB are free"
        return [skipped(NAME, f"a day of {creators:,} creators", f"≤ {MOST_SECONDS:g} s", why)]
    short, long = _same_day(stage, creators)
    scaled = short.seconds * MILLION / creators
    at = "" if creators == MILLION else f"; measured with {creators:,} and scaled"
    return [
        Figure(
            "history_seconds",
            f"a day of 1,000,000 creators after {SHORT} days",
            scaled,
            "s",
            f"≤ {MOST_SECONDS:g} s",
            scaled <= MOST_SECONDS,
            note=f"{short.wal / creators:,.0f} bytes of WAL per creator{at}",
        ),
        Figure(
            "history_time",
            f"time of a day after {LONG} days against {SHORT}",
            long.seconds * MILLION / creators,
            "s",
            f"≤ {MOST_FACTOR}×",
            long.seconds <= short.seconds * MOST_FACTOR,
            scaled,
            long.seconds / short.seconds,
        ),
        Figure(
            "history_wal",
            f"WAL of a day after {LONG} days against {SHORT}",
            long.wal / creators,
            "bytes",
            f"≤ {MOST_FACTOR}×",
            long.wal <= short.wal * MOST_FACTOR,
            short.wal / creators,
            long.wal / short.wal,
        ),
    ]


def _same_day(stage: Stage, creators: int) -> tuple[Day, Day]:
    """The day after the short history and after the long one, chunk by chunk in turn: what slows the one slows the other."""
    with stage.database() as short, stage.database() as long:
        user_ids = copy_history(short, creators, SHORT)
        copy_history(long, creators, LONG)
        with Database(lambda: psycopg.connect(short)) as first, Database(lambda: psycopg.connect(long)) as second:
            # What building the history left behind is written before, not on this day's account.
            first.repeatedly(lambda connection: connection.execute("checkpoint"))
            days = Day(first), Day(second)
            planned = list(user_ids)
            random.Random(11).shuffle(planned)  # noqa: S311 - an order, no secret
            for start in range(0, len(planned), CHUNK):
                for day in days:
                    day.store(planned[start : start + CHUNK])
            for day in days:
                day.settle()
    return days


def copy_history(url: str, creators: int, days: int) -> list[str]:
    """A roster and a row for each creator and each day before today; returns the ids as they lie in the tables."""
    user_ids = [str(6_600_000_000_000_000_000 + number * 7_919) for number in range(creators)]
    random.Random(7).shuffle(user_ids)  # noqa: S311 - an order, no secret
    first = today() - timedelta(days=days)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select make_partitions(%s, %s)", [first, days // 28 + 2])
        with cursor.copy(
            "copy creators (user_id, sec_user_id, handle, nickname, signature, first_seen_on) from stdin"
        ) as copy:
            for user_id in user_ids:
                copy.write_row(
                    [user_id, f"MS4wLjAB{user_id:0>68}", f"handle_{user_id[9:]}", "Name", "a bio " * 12, first]
                )
        columns = (
            "user_id, recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
            " daily_growth_percent, compared_with, observed_at, origin"
        )
        encoded = [user_id.encode() for user_id in user_ids]
        for number in range(days):
            with cursor.copy(f"copy creator_stats ({columns}) from stdin") as copy:
                rest = _rest_of_row(first, number)
                copy.write(b"".join([user_id + rest for user_id in encoded]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return user_ids


def _rest_of_row(first: date, number: int) -> bytes:
    day = first + timedelta(days=number)
    growth, percent, before = (10, "0.05", day - timedelta(days=1)) if number else (0, "0.00", r"\N")
    return f"\t{day}\t{20_000 + 10 * number}\t500000\t100\t{growth}\t{percent}\t{before}\t{day} 02:10:00Z\troll_call\n".encode()


def _wal(connection: psycopg.Connection) -> int:
    connection.execute("select pg_stat_force_next_flush()")
    ((written,),) = connection.execute("select wal_bytes::bigint from pg_stat_wal").fetchall()
    return int(written)
