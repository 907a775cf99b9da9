"""How rows lie on disk: what the migrations set for tables holds for the partitions too, those there are and those to come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg

from include.migrations import FOLDER, migrate

MIGRATION = "0011_store_answers_as_they_are.sql"


def storage(connection: psycopg.Connection) -> dict[str, str]:
    """How each table of calls stores its answers: e is as they come, x is compressed."""
    return dict(
        connection.execute(
            "select tables.oid::regclass::text, columns.attstorage::text from pg_class as tables"
            " inner join pg_attribute as columns on columns.attrelid = tables.oid and columns.attname = 'answer'"
            " where tables.relname like 'api\\_calls%' and tables.relkind in ('r', 'p')"
        ).fetchall()
    )


def test_answers_are_stored_as_they_come(connection):
    """In every partition, one that is made later included."""
    connection.execute("select make_partitions(%s, 0)", [date(2031, 5, 7)])
    found = storage(connection)
    assert {"api_calls", "api_calls_default", "api_calls_2031_05"} <= set(found)
    assert set(found.values()) == {"e"}


def test_partitions_of_a_database_in_use_are_changed_too(empty_database_url, tmp_path):
    """Where calls were kept before the migration, their partitions are changed, and the answers in them stay readable."""
    answer = bytes(range(256)) * 40
    before = tmp_path / "before"
    before.mkdir()
    for path in FOLDER.glob("*.sql"):
        if path.name < MIGRATION:
            (before / path.name).write_bytes(path.read_bytes())
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, before)
        connection.execute("select make_partitions(%s, 0)", [date(2031, 5, 7)])
        connection.execute(
            "insert into api_calls (day, endpoint, subject, outcome, owner, run_id, task_id, answer)"
            " values ('2031-05-07', 'user_profile', '1', 'answered', 'o', 'r', 't', %s)",
            [answer],
        )
        assert set(storage(connection).values()) == {"x"}
        connection.execute((Path(FOLDER) / MIGRATION).read_bytes())
        assert set(storage(connection).values()) == {"e"}
        assert connection.execute("select answer from api_calls").fetchall() == [(answer,)]


def test_partitions_are_still_made_for_those_who_may_not_make_tables(connection):
    """The function works as the tables' owner, in their schema and no other, and is not for everybody."""
    found = connection.execute(
        "select prosecdef, proconfig, has_function_privilege('public', oid, 'execute') from pg_proc"
        " where oid = 'make_partitions(date, integer)'::regprocedure"
    ).fetchall()
    assert found == [(True, ["search_path=public, pg_temp"], False)]


def test_a_creators_new_row_finds_room_beside_the_old_one(connection):
    """A day's rewriting of whole pages of creators touches no index: all of it is heap-only."""
    connection.execute(
        "insert into creators (user_id, sec_user_id, handle, signature, last_measured_on, growth_rate)"
        " select 'u' || n, 's' || n, 'h' || n, repeat('a bio ', 12), '2026-11-01', 0 from generate_series(1, 2000) as numbers (n)"
    )
    with connection.transaction():
        connection.execute("update creators set last_measured_on = '2026-11-02', growth_rate = 0.1")
        updates = connection.execute(
            "select n_tup_upd, n_tup_hot_upd from pg_stat_xact_user_tables where relname = 'creators'"
        ).fetchall()
    assert updates == [(2000, 2000)]
