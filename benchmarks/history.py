"""What a day costs the database after a month of history, and after a year: it should be the same.

The history is made by COPY. A day is every creator's snapshot in the order of the plan (which is no order of the table), and
the set-based pass over the day at its end. It is stored in three ways, turn by turn on the same day, each with a share of
the creators, and scaled to a million:

* in chunks of 1,000, and in the roll call's own chunks: the creators locked, their snapshots stored with growth, COMMIT;
* `whole`: the roll call's chunks with all that a worker asks of the database for them: the calls claimed in the ledger, the
  lease renewed, the creators refreshed, the calls settled with bill and stored answer, the claims extended.

WAL is to be compared between the histories, not between the ways: the first chunks after a checkpoint carry whole pages. Time is
the client's, from the first statement to the end of COMMIT, so both ends of the connection are in it.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import psycopg

from benchmarks.figures import Figure, skipped
from benchmarks.stage import ROOT, Stage, open_run, today
from benchmarks.storing import answered
from include.calls.desk import Desk, open_desk
from include.comets import roll_call, roster, snapshots
from include.tikhub.endpoints import USER_PROFILE

NAME = "history"
SHORT, LONG = 30, 360
MILLION = 1_000_000
LARGE, OURS = 1_000, roll_call.CHUNK
# Of every so many creators of the plan, this many are stored in large chunks, in the roll call's, and in whole ones.
BLOCK = {"large": 4 * LARGE, "ours": LARGE // 2, "whole": LARGE // 2}
SIZES = {"large": LARGE, "ours": OURS, "whole": OURS}
SUFFIXES = {"large": f"{LARGE}", "ours": f"{OURS}", "whole": "whole"}
MOST_SECONDS, MOST_FACTOR = 60.0, 1.3
ROWS = tuple(f"{NAME}_{what}_{suffix}" for suffix in SUFFIXES.values() for what in ("seconds", "time", "wal"))
_BYTES_PER_ROW = 210  # heap and index, with the WAL of the COPY that is not recycled at once


@dataclass
class Cost:
    """Of `creators` stored in one way: seconds of the statements, and the bytes of WAL they wrote."""

    creators: int = 0
    seconds: float = 0.0
    wal: int = 0

    def per_creator(self) -> tuple[float, float]:
        return self.seconds / self.creators, self.wal / self.creators


@dataclass
class Day:
    """One database's day, and what each way of storing it cost; `pass_over` is the set-based pass over all of it."""

    desk: Desk
    work: roll_call._Work
    costs: dict[str, Cost] = field(default_factory=lambda: {way: Cost() for way in BLOCK})
    pass_over: Cost = field(default_factory=Cost)

    def store(self, way: str, user_ids: Sequence[str]) -> None:
        """One chunk."""
        write = self._whole(user_ids) if way == "whole" else self._snapshots(user_ids)
        with self._counted(self.costs[way], len(user_ids)):
            write()

    def settle(self, creators: int) -> None:
        """The pass over the day at its end."""
        with self._counted(self.pass_over, creators):
            changed = self.desk.database.repeatedly(
                lambda connection: snapshots.settle_growth(connection, self.desk.run.day)
            )
        if changed:
            raise RuntimeError(f"{changed} rows had the wrong growth")

    def of_a_million(self, way: str) -> tuple[float, float]:
        """Seconds for a million creators stored in this way, the pass over the day included; bytes of WAL per creator."""
        (seconds, wal), (pass_seconds, pass_wal) = self.costs[way].per_creator(), self.pass_over.per_creator()
        return (seconds + pass_seconds) * MILLION, wal + pass_wal

    def _snapshots(self, user_ids: Sequence[str]) -> Callable[[], None]:
        day = self.desk.run.day
        at = datetime.combine(day, clock_time(2, 10), UTC)
        chunk = [snapshots.Snapshot(each, 23_456, 501_000, 101, at, None) for each in user_ids]

        def write() -> None:
            self.desk.database.run(lambda connection: snapshots.store(connection, day, "roll_call", chunk))

        return write

    def _whole(self, user_ids: Sequence[str]) -> Callable[[], None]:
        chunk = answered(user_ids, self.desk.run.day)

        def write() -> None:
            self.desk.database.run(lambda connection: self.desk.ledger.claim(connection, USER_PROFILE, user_ids))
            self.work._write(chunk)

        return write

    @contextmanager
    def _counted(self, cost: Cost, creators: int) -> Iterator[None]:
        before = self.desk.database.repeatedly(_wal)
        began = time.perf_counter()
        yield
        cost.seconds += time.perf_counter() - began
        cost.wal += self.desk.database.repeatedly(_wal) - before
        cost.creators += creators


def measure(stage: Stage, _: str) -> list[Figure]:
    """Time for a million creators in each way, and how both time and WAL grow with the history."""
    creators = stage.of_size(10_000, 100_000, MILLION)
    needed = creators * LONG * _BYTES_PER_ROW
    free = shutil.disk_usage(ROOT).free
    if free < needed * 1.3:
        why = f"{needed / 2**30:.0f} GB of disk are needed, {free / 2**30:.0f} GB are free"
        return [skipped(NAME, f"a day of {creators:,} creators", f"≤ {MOST_SECONDS:g} s", why)]
    short, long = _same_day(stage, creators)
    return [figure for way in BLOCK for figure in _figures(way, creators, short, long)]


def _figures(way: str, creators: int, short: Day, long: Day) -> list[Figure]:
    (early, early_wal), (late, late_wal) = short.of_a_million(way), long.of_a_million(way)
    suffix, size = SUFFIXES[way], SIZES[way]
    chunks = f"chunks of {size:,}" if way != "whole" else f"whole chunks of {size:,}, ledger and all"
    measured = f"measured with {short.costs[way].creators:,} of a roster of {creators:,}, and scaled"
    counted = {
        "large": "creators locked, snapshots with growth, COMMIT, and the pass over the day",
        "ours": "the same, in the chunks that the roll call writes",
        "whole": "all statements of the roll call: claims, lease, snapshots, creators, bill and answers as well",
    }[way]
    has_bound = way != "whole"
    return [
        Figure(
            f"{NAME}_seconds_{suffix}",
            f"a day of 1,000,000 creators after {SHORT} days, {chunks}",
            early,
            "s",
            f"≤ {MOST_SECONDS:g} s" if has_bound else "",
            early <= MOST_SECONDS if has_bound else None,
            note=f"{counted}; {measured}",
        ),
        Figure(
            f"{NAME}_time_{suffix}",
            f"… after {LONG} days against {SHORT}",
            late,
            "s",
            f"≤ {MOST_FACTOR}×",
            late <= early * MOST_FACTOR,
            early,
            late / early,
        ),
        Figure(
            f"{NAME}_wal_{suffix}",
            f"… WAL per creator after {LONG} days against {SHORT}",
            late_wal,
            "bytes",
            f"≤ {MOST_FACTOR}×",
            late_wal <= early_wal * MOST_FACTOR,
            early_wal,
            late_wal / early_wal,
        ),
    ]


def _same_day(stage: Stage, creators: int) -> tuple[Day, Day]:
    """The day after the short history and after the long one, chunk by chunk in turn: what slows the one slows the other."""
    with ExitStack() as stack:
        urls = [stack.enter_context(stage.database()) for _ in (SHORT, LONG)]
        user_ids = copy_history(urls[0], creators, SHORT)
        copy_history(urls[1], creators, LONG)
        days = short, long = [stack.enter_context(_open(url)) for url in urls]
        # What building the history left behind is written before, not on this day's account.
        short.desk.database.repeatedly(lambda connection: connection.execute("checkpoint"))
        for way, chunk in _turns(user_ids):
            for day in days:
                day.store(way, chunk)
        for day in days:
            day.settle(creators)
    return short, long


def _turns(user_ids: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """(way, chunk), in no order of the table; every way is as often at work early in the day as late.

    Each has a part of the table of its own: whoever changes a page first after a checkpoint pays for its copy in the WAL.
    """
    rounds, order = max(1, len(user_ids) // sum(BLOCK.values())), random.Random(11)  # noqa: S311 - an order, no secret
    parts, start = {}, 0
    for way, share in BLOCK.items():
        parts[way] = list(user_ids[start : start + rounds * share])
        order.shuffle(parts[way])
        start += rounds * share
    for number in range(rounds):
        for way, share in BLOCK.items():
            for first in range(number * share, (number + 1) * share, SIZES[way]):
                yield way, parts[way][first : first + SIZES[way]]


@contextmanager
def _open(url: str) -> Iterator[Day]:
    """A run of today and a worker that holds the lease of its first batch."""
    run = open_run(url, 100.0)
    with psycopg.connect(url, autocommit=True) as connection:
        batch = roster.plan_roll_call(connection, run)[0]
    with open_desk(lambda: psycopg.connect(url), None, run, "roll_call", 0) as desk:
        lease = roll_call._take(desk, batch)
        if lease is None:
            raise RuntimeError("the batch is done already")
        yield Day(desk, roll_call._Work(desk, lease, batch))


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
                copy.write_row([user_id, f"MS4wLjAB{user_id:0>68}", f"handle_{user_id}", "Name", "a bio " * 12, first])
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
