"""Housekeeping on a real database: partitions, retention, strays and sizes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest

from dags.housekeeping import retentions
from include import settings
from include.database import Database
from include.housekeeping import upkeep

STATS = (
    "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin, observed_at)"
    " values ('1', %s, 1, 1, 1, 'roll_call', now())"
)
CALL = (
    "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answer)"
    " values ('comets', %s, 'user_profile', '1', 'answered', 'o', 'r', 't', 'x')"
)


@pytest.fixture
def database(database_url):
    with Database(lambda: psycopg.connect(database_url)) as opened:
        yield opened


def test_partitions_are_made_ahead_and_once(database):
    """Four months of each table, from this one on; the second time there is nothing to make."""
    first = upkeep.make_partitions(database, date(2031, 11, 21))
    months = ("2031_11", "2031_12", "2032_01", "2032_02")
    assert first == [f"{table}_{month}" for table in ("api_calls", "creator_stats") for month in months]
    assert upkeep.make_partitions(database, date(2031, 11, 21)) == []


def test_no_table_in_partitions_is_forgotten(connection):
    """The list names each table of the database that is in partitions, and the column that it is partitioned by."""
    parents = (
        "select parents.partrelid::regclass::text, attributes.attname from pg_partitioned_table as parents"
        " join pg_attribute as attributes"
        " on attributes.attrelid = parents.partrelid and attributes.attnum = parents.partattrs[0]"
        " where parents.partdefid <> 0 order by 1"
    )
    listed = connection.execute("select table_name, day_column from partitioned_tables order by 1").fetchall()
    assert listed == connection.execute(parents).fetchall()
    assert len(listed) >= 2


def test_a_new_table_is_a_line_of_the_list(database, connection):
    """A table in partitions that is entered into the list gets its months, and its waiting rows; strays of it are told."""
    connection.execute(
        "create table boats (name text not null, sailed_on date not null) partition by range (sailed_on)"
    )
    connection.execute("create table boats_default partition of boats default")
    connection.execute("insert into partitioned_tables values ('boats', 'sailed_on')")
    connection.execute("insert into boats values ('a', '2019-05-31'), ('b', '2019-06-01'), ('c', '0201-01-01')")
    with pytest.raises(upkeep.StrayRows, match=r"^1 rows of boats from 0201-01-01 to 0201-01-01 lie in the DEFAULT"):
        upkeep.make_partitions(database, date(2031, 11, 21))
    found = connection.execute("select tableoid::regclass::text, name from boats order by name").fetchall()
    assert found == [("boats_2019_05", "a"), ("boats_2019_06", "b"), ("boats_default", "c")]
    assert connection.execute("select to_regclass('boats_2032_02') is not null").fetchone() == (True,)


def test_rows_that_waited_in_default_are_moved(database, connection):
    """Rows of a month without a partition move into it, and none is lost."""
    connection.execute(STATS, ["2019-05-07"])
    connection.execute(CALL, ["2019-06-07"])
    made = upkeep.make_partitions(database, datetime.now(UTC).date())
    assert {"creator_stats_2019_05", "api_calls_2019_06"} <= set(made)
    query = (
        "select tableoid::regclass::text from creator_stats union all select tableoid::regclass::text from api_calls"
    )
    assert connection.execute(query).fetchall() == [("creator_stats_2019_05",), ("api_calls_2019_06",)]


def test_rows_that_cannot_be_moved_are_an_alarm(database, connection):
    """A day no calendar of ours holds stays in DEFAULT, and the message says how many rows, and of which days."""
    connection.execute(STATS, ["0201-01-01"])
    with pytest.raises(upkeep.StrayRows, match="1 rows of creator_stats from 0201-01-01 to 0201-01-01"):
        upkeep.make_partitions(database, date(2026, 11, 21))


def test_each_month_that_is_left_is_told(database, connection):
    """Of days no calendar holds and of a month whose name is taken, the message says each; what can be moved is moved."""
    connection.execute("create table creator_stats_2019_05 (x int)")
    for day in ("0201-01-01", "2019-05-07", "2019-06-07"):
        connection.execute(STATS, [day])
    with pytest.raises(
        upkeep.StrayRows,
        match="1 rows of creator_stats from 2019-05-07 to 2019-05-07; 1 rows of creator_stats from 0201-01-01 to 0201-01-01",
    ):
        upkeep.make_partitions(database, date(2026, 11, 21))
    assert connection.execute("select count(*) from creator_stats_2019_06").fetchone() == (1,)


def test_answers_end_with_their_retention(database, connection):
    """An answer of the last day kept stays, one of the day before goes; both bills stay."""
    connection.execute(CALL, ["2026-10-17"])
    connection.execute(CALL, ["2026-10-16"])
    assert upkeep.drop_expired(database, retentions(settings.load({}, None)), date(2026, 11, 21)) == 1
    kept = connection.execute("select day::text, answer is not null from api_calls order by 1").fetchall()
    assert kept == [("2026-10-16", False), ("2026-10-17", True)]


def test_the_sizes_are_a_table(database, connection):
    """One line per table with its partitions, and how many answers are past their retention."""
    connection.execute(CALL, ["2026-10-16"])
    lines = upkeep.report_sizes(database, retentions(settings.load({}, None)), date(2026, 11, 21)).splitlines()
    names = [line.split()[0] for line in lines]
    assert names[0] == "table"
    assert {"creators", "creator_stats", "api_calls", "erasures", "together"} <= set(names)
    assert "creator_stats_default" not in names
    assert (
        "Stored answers: 1 since 2026-10-16, 1 of them past their retention (kept for 35 days, LEDGER_RETENTION_DAYS)"
        in lines
    )
