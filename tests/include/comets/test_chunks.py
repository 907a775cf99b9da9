"""A chunk of the roll call as one transaction: how often it waits for the database, and what a lost lease leaves of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from benchmarks.stage import open_run
from benchmarks.storing import answered, enter_roster
from include.calls.desk import Desk, open_desk
from include.comets import roll_call, roster
from include.tikhub.endpoints import USER_PROFILE
from tests.include.test_database import Wire

SIZE = 50


@contextmanager
def at_work(url: str, way: str) -> Iterator[tuple[Desk, roll_call._Work, list[str]]]:
    """A worker that holds the first batch of a roster and the claims of its creators; connected by `way`."""
    enter_roster(url, SIZE * 2, days=2)
    run = open_run(url, 10)
    with psycopg.connect(url, autocommit=True) as connection:
        batch = roster.plan_roll_call(connection, run)[0]
        (planned,) = connection.execute("select user_ids from roll_call_batches where batch = 0").fetchone() or ([],)
    with open_desk(lambda: psycopg.connect(way), None, run, "roll_call", 0) as desk:
        lease = roll_call._take(desk, batch)
        assert lease is not None
        desk.database.run(lambda connection: desk.ledger.claim(connection, USER_PROFILE, planned))
        yield desk, roll_call._Work(desk, lease, batch), planned


def written(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select (select count(*) from creator_stats where recorded_date = (select max(day) from runs)),"
        " (select count(*) from creators where last_measured_on is not null), (select count(*) from api_spend),"
        " (select count(*) from api_calls where outcome <> 'calling')"
    ).fetchall()


def test_a_chunk_waits_three_times(connection, database_url):
    """What it builds on, its rows, and the COMMIT: three round trips for fifty creators, calls and bill included."""
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:  # a socket's path must be short
        wire = Wire(database_url, Path(folder))
        with at_work(database_url, wire.url) as (desk, work, planned):
            before = wire.round_trips
            lines = work._write(answered(planned, desk.run.day))
            assert wire.round_trips - before == 3
    assert [line.outcome for line in lines[0]] == ["updated"] * SIZE
    assert written(connection) == [(SIZE, SIZE, 1, SIZE)]


def test_a_lost_lease_lets_nothing_be_written(connection, database_url):
    """Another worker took the batch over: the chunk is refused as a whole, before its first row."""
    with at_work(database_url, database_url) as (desk, work, planned):
        connection.execute("update roll_call_batches set fence = fence + 1, owner = 'another' where batch = 0")
        with pytest.raises(roll_call.Fenced):
            work._write(answered(planned, desk.run.day))
        assert written(connection) == [(0, 0, 0, 0)]


def test_a_chunk_written_twice_is_written_once(connection, database_url):
    """A COMMIT that seemed lost has taken place: the same chunk again stores and bills nothing more, and tells the same."""
    with at_work(database_url, database_url) as (desk, work, planned):
        chunk = answered(planned, desk.run.day)
        first, second = work._write(chunk), work._write(chunk)
    assert [line.text() for line in first[0]] == [line.text() for line in second[0]]
    assert written(connection) == [(SIZE, SIZE, 1, SIZE)]
    assert connection.execute("select billed_calls from api_spend").fetchall() == [(SIZE,)]
