"""How fast answers become rows: whole chunks as the roll call writes them, against the plain way on the same tables.

A chunk is one transaction of the roll call from the answers in memory to the commit: the lease renewed, the creators
locked, the snapshots stored with their growth, the creators refreshed, the calls settled in the ledger with their bill and
their stored answers, the claims extended, and the lines for the log read back. The plain way writes the creator and its
snapshot; it has no ledger.
"""

from __future__ import annotations

import json
import statistics
import time
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial

import psycopg

from benchmarks import baseline
from benchmarks.figures import Figure
from benchmarks.slow_network import far_away
from benchmarks.stage import Stage, open_run, today
from include.calls.desk import open_desk
from include.calls.ledger import EndedCall
from include.calls.look_up import Measured, Wanted
from include.comets import roll_call, roster
from include.tikhub.endpoints import USER_PROFILE
from include.tikhub.models import Attempt, Profile

CHUNKS = ((50, 3.0), (1_000, 5.0), (10_000, 8.0))
ROUND_TRIP_SECONDS = 0.0036
FAR_TARGET = 50.0
NEAR, FAR, LATE = "storing", "storing_far", "storing_late"
ROWS = {name: tuple(f"{name}_{size}" for size, _ in CHUNKS) for name in (NEAR, FAR)} | {LATE: (LATE,)}
# A profile as it is stored: 8 kB of JSON, 1.9 kB deflated.
_ANSWER = zlib.compress(json.dumps({"user": {f"field_{i}": f"value {i * i * 7_919}" for i in range(245)}}).encode(), 6)


def measure(stage: Stage, name: str) -> list[Figure]:
    """Near by, or with a network in between when the name says so."""
    far = name == FAR
    figures = []
    for size, target in CHUNKS:
        chunks = stage.of_size(3, 10, 30) if size == 50 else stage.of_size(1, 4 if size == 1_000 else 2, 10)
        ours = _ours(stage, size, chunks, far=far)
        plain = _plain(stage, stage.of_size(50, 150, 500) if far else stage.of_size(200, 1_000, 5_000), far=far)
        wanted = FAR_TARGET if far else target
        where = f", {ROUND_TRIP_SECONDS * 1000:g} ms of network" if far else ""
        figures.append(
            Figure(
                f"{name}_{size}",
                f"rows stored, chunks of {size:,}{where}",
                ours,
                "rows/s",
                f"≥ {wanted:g}×",
                ours / plain >= wanted,
                plain,
                ours / plain,
            )
        )
    return figures


def measure_late(stage: Stage, name: str) -> list[Figure]:
    """What a chunk costs at the end of a large day, against its beginning: the day's rows are there, nothing is analysed."""
    creators = stage.of_size(30_000, 200_000, 1_000_000)
    early, late = (_seconds_per_chunk(stage, creators, share) for share in (0.0, 0.98))
    return [
        Figure(
            name, f"a chunk of 50 after {creators * 0.98:,.0f} of the day, against the first", late * 1000, "ms", "≤ 1.5×",
            late <= early * 1.5, early * 1000, late / early,
        )
    ]  # fmt: skip


def _seconds_per_chunk(stage: Stage, creators: int, share: float) -> float:
    """The median of ten chunks, the claims of it included."""
    size = 50
    with ExitStack() as stack:
        url = stack.enter_context(stage.database())
        enter_roster(url, creators, days=2)
        run = open_run(url, 10)
        with psycopg.connect(url, autocommit=True) as connection:
            roster.plan_roll_call(connection, run)
            planned = connection.execute(
                "select unnest(user_ids) from roll_call_batches order by batch, first_position"
            ).fetchall()
            user_ids = [row[0] for row in planned]
            done = int(len(user_ids) * share)
            connection.execute(_DAY_SO_FAR_STATS, {"day": run.day, "user_ids": user_ids[:done]})
            connection.execute(_DAY_SO_FAR_CALLS, {"day": run.day, "user_ids": user_ids[:done], "answer": _ANSWER})
        desk = stack.enter_context(open_desk(lambda: psycopg.connect(url), None, run, "roll_call", 0))
        batch = roster.Batch(batch=0, first=1, last=size)
        lease = roll_call._take(desk, batch)
        if lease is None:
            raise RuntimeError("the batch is done already")
        work = roll_call._Work(desk, lease, batch)
        taken = []
        for number in range(10):
            block = user_ids[done + number * size : done + (number + 1) * size]
            chunk = answered(block, run.day)
            began = time.perf_counter()
            desk.database.run(partial(desk.ledger.claim, endpoint=USER_PROFILE, subjects=block))
            work._write(chunk)
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


_DAY_SO_FAR_STATS = (
    "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, compared_with,"
    " observed_at, origin) select given.user_id, %(day)s, 20030, 500000, 100, %(day)s::date - 1, now(), 'roll_call'"
    " from unnest(%(user_ids)s::text[]) as given (user_id)"
)
_DAY_SO_FAR_CALLS = (
    "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answered_at, http_status,"
    " is_billed, latency_ms, answer)"
    " select 'comets', %(day)s, 'user_profile', given.user_id, 'answered', 'another', 'run', 'roll_call', now(),"
    " 200, true, 1000, %(answer)s from unnest(%(user_ids)s::text[]) as given (user_id)"
)


def enter_roster(url: str, count: int, days: int = 7) -> list[str]:
    """So many creators with their snapshots of the days before today; returns their ids, in no order."""
    first = 6_600_000_000_000_000_000
    with psycopg.connect(url) as connection:
        connection.execute("select make_partitions(%s, 2)", [today() - timedelta(days=days)])
        connection.execute(
            "insert into creators (user_id, sec_user_id, handle, nickname, signature, avatar_url, first_seen_on,"
            " last_updated_at)"
            " select (%(first)s + number * 7919)::text, 'MS4wLjABAAAA' || rpad(md5(number::text), 64, md5(number::text)),"
            " 'handle_' || (%(first)s + number * 7919), 'Name', repeat('a bio ', 12), 'https://images.example/' || number,"
            " %(day)s, now() - interval '1 day' from generate_series(1, %(count)s) as numbers (number)",
            {"first": first, "day": today() - timedelta(days=days), "count": count},
        )
        connection.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count,"
            " daily_growth_followers, daily_growth_percent, compared_with, observed_at, origin)"
            " select creators.user_id, days.day::date, 20000 + days.number * 10, 500000, 100, 10, 0.05,"
            " days.day::date - 1, days.day, 'roll_call'"
            " from generate_series(%(day)s::timestamp, %(last)s::timestamp, interval '1 day')"
            " with ordinality as days (day, number) cross join creators order by days.day, md5(creators.user_id)",
            {"day": today() - timedelta(days=days), "last": today() - timedelta(days=1)},
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
        return [row[0] for row in connection.execute("select user_id from creators order by md5(user_id)")]


def answered(user_ids: Sequence[str], day: date) -> list[Measured]:
    """What threads hand to the writer: a profile each, and the call to be settled."""
    now = datetime.now(UTC)
    return [
        Measured(
            Wanted(user_id, None, None),
            Profile(
                user_id, None, f"handle_{user_id}", "Name", "a bio " * 12, f"https://images.example/{day}/{user_id}",
                20_100, 501_000, 101, False,
            ),
            EndedCall(
                user_id, (Attempt(USER_PROFILE, user_id, now, 1_000, 200, "answered", True, None),), "answered", True, _ANSWER
            ),
            None,
            time.monotonic(),
        )
        for user_id in user_ids
    ]  # fmt: skip


def _ours(stage: Stage, size: int, chunks: int, *, far: bool) -> float:
    """Rows per second, median over the chunks."""
    with ExitStack() as stack:
        url = stack.enter_context(stage.database())
        enter_roster(url, size * (chunks + 1))
        run = open_run(url, 10)
        with psycopg.connect(url, autocommit=True) as connection:
            roster.plan_roll_call(connection, run)
            user_ids = [
                row[0] for row in connection.execute("select unnest(user_ids) from roll_call_batches where batch = 0")
            ]
            others = connection.execute("select unnest(user_ids) from roll_call_batches where batch > 0").fetchall()
        user_ids += [row[0] for row in others]
        way = stack.enter_context(far_away(url, ROUND_TRIP_SECONDS)) if far else url
        desk = stack.enter_context(open_desk(lambda: psycopg.connect(way), None, run, "roll_call", 0))
        batch = roster.Batch(batch=0, first=1, last=size)
        lease = roll_call._take(desk, batch)
        if lease is None:
            raise RuntimeError("the batch is done already")
        work = roll_call._Work(desk, lease, batch)
        taken = []
        for number in range(chunks + 1):
            block = user_ids[number * size : (number + 1) * size]
            desk.database.run(partial(desk.ledger.claim, endpoint=USER_PROFILE, subjects=block))
            chunk = answered(block, run.day)
            began = time.perf_counter()
            work._write(chunk)
            taken.append(time.perf_counter() - began)
        with psycopg.connect(url) as connection:
            stored = connection.execute(
                "select count(*) from creator_stats where recorded_date = %s and daily_growth_followers <> 0", [run.day]
            ).fetchone()
        if stored != (size * (chunks + 1),):
            raise RuntimeError(f"{stored} rows were stored, {size * (chunks + 1)} were sent")
    return size / statistics.median(taken[1:])


def _plain(stage: Stage, count: int, *, far: bool) -> float:
    with ExitStack() as stack:
        url = stack.enter_context(stage.database())
        user_ids = enter_roster(url, max(count, 1_000))[:count]
        way = stack.enter_context(far_away(url, ROUND_TRIP_SECONDS)) if far else url
        user = {"unique_id": "handle", "nickname": "Name", "signature": "a bio " * 12}
        user |= {"follower_count": 20_100, "total_favorited": 501_000, "aweme_count": 101}  # type: ignore[dict-item]
        with psycopg.connect(way) as connection:
            began = time.perf_counter()
            for user_id in user_ids:
                baseline.store(connection, user_id, user, today())
            return count / (time.perf_counter() - began)
