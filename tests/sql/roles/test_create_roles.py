"""The least-privilege roles: a whole day works under them, and nothing beyond it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from include.database import Database
from include.digest.message import Occasion
from include.housekeeping import upkeep
from include.local.played_days import Days
from include.migrations import migrate
from include.ranking import alerts
from tests.fixtures.postgres import fresh_database

SCRIPT = (Path(__file__).resolve().parents[3] / "sql" / "roles" / "create_roles.sql").read_bytes()


def as_role(url: str, role: str) -> str:
    return url.replace("://postgres@", f"://{role}@")


ORDERS = ["roles first", "tables first"]


def set_up(url: str, order: str) -> str:
    """Make roles and tables in an empty database; returns its everyday address."""
    with psycopg.connect(url) as admin:
        if order == "tables first":
            migrate(admin)
        admin.execute(SCRIPT)
    with psycopg.connect(as_role(url, "cometwatch_owner")) as owner:
        migrate(owner)
    return as_role(url, "cometwatch")


@pytest.fixture(params=ORDERS)
def role_url(request, empty_database_url) -> str:
    """The everyday address of a database whose roles were made before or after its tables."""
    return set_up(empty_database_url, request.param)


@pytest.fixture(scope="module", params=ORDERS)
def unchanged_url(request, postgres_server, administrator) -> Iterator[str]:
    """Such a database for all that is refused in it."""
    with fresh_database(administrator, "template1") as name:
        yield set_up(postgres_server.url_for(name), request.param)


def test_a_whole_day_works_as_the_pipeline_s_role(role_url, sandbox):
    """Discovery, roll call, growth, checks, report and personal alerts need no right beyond rows."""
    days = Days(role_url, sandbox)
    _, failed, _ = days.at(2026, 11, 2).play()
    assert failed == []
    _, failed, _ = days.at(2026, 11, 3).play()
    assert failed == []
    assert days.rows("select current_user::text, count(*) > 0 from creator_stats") == [("cometwatch", True)]
    with days.connect() as connection:
        connection.execute(
            "insert into alert_readers (reader, address, seen_on) values ('ann', 'a@b.org', '2026-11-03')"
        )
        connection.execute(
            "insert into alert_wishes (reader, watched, grown_1, made_on) values ('ann', 'stars', 0.01, '2026-11-02')"
        )
        connection.execute("insert into shortlist_stars (reader, user_id) select 'ann', user_id from creators")
        query = "select run_id from runs where pipeline = 'comets' and day = '2026-11-03'"
        ((run_id,),) = connection.execute(query).fetchall()
        occasion, now = Occasion(run_id, date(2026, 11, 3), ""), datetime(2026, 11, 3, 4, tzinfo=UTC)
        assert alerts.work_out(connection, occasion, now)
        (letter,) = alerts.unsent(connection, "mail", occasion, now)
        alerts.note_sent(connection, "mail", letter)
        assert alerts.unsent(connection, "mail", occasion, now) == []
    grown = "select count(*) from creator_stats where recorded_date = '2026-11-03' and daily_growth_percent >= 0.01"
    assert days.rows("select count(*) from alerts_told where day = '2026-11-03'") == days.rows(grown)
    assert days.rows("select count(*) > 0 from alerts_told where mailed_at is not null") == [(True,)]


def test_the_pipeline_s_role_makes_partitions_it_does_not_own(role_url):
    """Partitions are made through the function alone, and belong to the owner."""
    with Database(lambda: psycopg.connect(role_url)) as database:
        assert len(upkeep.make_partitions(database, date(2031, 1, 1))) == 8
    with psycopg.connect(role_url) as connection:
        owner = connection.execute("select tableowner from pg_tables where tablename = 'api_calls_2031_01'").fetchone()
    assert owner == ("cometwatch_owner",)


def test_setup_has_nothing_to_do_for_the_pipeline_s_role(unchanged_url):
    """`make up` under the everyday role finds the schema up to date instead of failing for want of rights."""
    with psycopg.connect(unchanged_url) as connection:
        assert migrate(connection) == []


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (a int)",
        "create temporary table mine (a int)",
        "drop table creators",
        "alter table creators add column mine int",
        "truncate creators",
        "drop function make_partitions(date, integer)",
        "create or replace function price_of_call(text, integer) returns numeric language sql as 'select 0.0'",
        "update schema_migrations set checksum = ''",
        "insert into partitioned_tables values ('schema_migrations', 'applied_at')",
        "select * from pg_authid",
        "create role mine",
        "copy creators to '/tmp/creators'",
        "copy creators from program 'true'",
        "set role cometwatch_owner",
    ],
)
def test_it_may_do_nothing_else(unchanged_url, statement):
    """Every statement that is not about rows is refused for want of rights."""
    with psycopg.connect(unchanged_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_a_search_path_of_the_caller_does_not_lead_the_function_astray(role_url):
    """make_partitions, which runs as the owner, uses its own schema whatever the caller set."""
    with psycopg.connect(role_url) as connection:
        connection.execute("set search_path = pg_temp, public")
        connection.execute("select make_partitions('2032-01-01', 0)")
        found = connection.execute("select schemaname from pg_tables where tablename = 'api_calls_2032_01'").fetchone()
    assert found == ("public",)


def test_the_script_can_be_run_again(empty_database_url):
    """Twice is as good as once."""
    with psycopg.connect(empty_database_url) as admin:
        migrate(admin)
        admin.execute(SCRIPT)
        admin.execute(SCRIPT)
