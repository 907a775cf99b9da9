"""The migration runner and the schema it makes, on fresh databases."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.migrations import FOLDER, SchemaError, check, migrate, read_migrations

ROOT = Path(__file__).resolve().parents[2]
NAMES = [migration.name for migration in read_migrations()]
NEWEST = read_migrations()[-1].version
TABLES = [
    "account_anomalies",
    "account_browser_log",
    "account_browser_states",
    "account_drop_files",
    "account_exports",
    "account_files_to_remove",
    "account_outcomes",
    "account_quality",
    "account_questions",
    "account_revisions",
    "account_sources",
    "account_tokens",
    "account_totals",
    "accounts",
    "adopted_leftovers",
    "alert_days",
    "alert_readers",
    "alert_wishes",
    "alerts_told",
    "api_calls",
    "api_prices",
    "api_spend",
    "audience_insights",
    "backtests",
    "breakout_rankings",
    "call_summaries",
    "call_tokens",
    "content_performance",
    "creator_contacts",
    "creator_stats",
    "creator_video_facts",
    "creator_video_sightings",
    "creator_videos",
    "creator_words",
    "creators",
    "daily_trends",
    "digests",
    "erasures",
    "erasures_under_way",
    "forgotten_creators",
    "growth_labels",
    "handle_history",
    "media_removals",
    "overrules",
    "partitioned_tables",
    "pictures",
    "pipeline_spend",
    "rate_limit_memory",
    "rate_limits",
    "research_breakers",
    "research_failures",
    "research_hits",
    "research_leases",
    "research_looks",
    "research_marks",
    "research_queries",
    "research_set_aside",
    "research_videos",
    "roll_call_batches",
    "roll_call_misses",
    "rule_versions",
    "run_tasks",
    "runs",
    "saved_search_looks",
    "saved_searches",
    "schema_migrations",
    "shortlist",
    "shortlist_events",
    "shortlist_stars",
    "social_media_stats",
    "standings",
    "usual_hearts",
    "usual_plays",
    "verdict_agreements",
    "verdicts",
    "video_passages",
    "videos",
    "viral_content",
]


@pytest.fixture
def empty(empty_database_url: str):
    """An autocommit connection to a database without any schema."""
    with psycopg.connect(empty_database_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's migrations, to be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "migrations"))


def rows(connection: psycopg.Connection, query: str) -> list[tuple]:
    return connection.execute(query.encode()).fetchall()


def tables(connection: psycopg.Connection) -> list[str]:
    found = rows(
        connection,
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and not relispartition order by 1",
    )
    return [name for (name,) in found]


def refusal(connection: psycopg.Connection, folder: Path) -> str:
    with pytest.raises(SchemaError) as caught:
        migrate(connection, folder)
    return str(caught.value)


# Running


def test_a_fresh_database_gets_every_migration_once(empty):
    """All migrations are applied in order, and the tables of the contract are there."""
    assert migrate(empty) == NAMES
    assert tables(empty) == TABLES
    check(empty)


def test_migrating_twice_changes_nothing(empty):
    """The second run applies nothing and leaves the record of the first."""
    migrate(empty)
    before = rows(empty, "select * from schema_migrations order by version")
    assert migrate(empty) == []
    assert before == rows(empty, "select * from schema_migrations order by version")


def test_two_processes_migrate_at_once(empty, empty_database_url):
    """Of two runners that begin together each migration is applied by one, and neither fails."""
    command = (
        "import psycopg, sys; from include.migrations import migrate;"
        "print(*migrate(psycopg.connect(sys.argv[1])), sep='\\n')"
    )
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", command, empty_database_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    applied = [name for runner in runners for name in runner.communicate(timeout=60)[0].split()]
    assert [runner.returncode for runner in runners] == [0, 0]
    assert sorted(applied) == NAMES


def test_a_failure_in_the_middle_leaves_nothing_of_that_migration(empty, folder):
    """What was applied before stays, the failed one leaves no table and no record, and the next run goes on."""
    migrate(empty, folder)
    bad = folder / "9001_break.sql"
    bad.write_text("create table half_made (a int);\nselect 1 / 0;\n")
    assert refusal(empty, folder) == "Migration 9001_break failed: division by zero. Nothing of it was kept."
    assert tables(empty) == TABLES
    bad.write_text("create table whole (a int);\n")
    assert migrate(empty, folder) == ["9001_break"]


def test_a_failure_of_the_first_setup_leaves_nothing_at_all(empty, folder):
    """A new database is made in one transaction: when the last migration fails, there is no table of any."""
    (folder / "9001_break.sql").write_text("select 1 / 0;\n")
    assert refusal(empty, folder) == "Migration 9001_break failed: division by zero. Nothing of it was kept."
    assert tables(empty) == []


def test_a_lock_held_by_somebody_is_named(empty, empty_database_url, folder):
    """A session that holds a lock on a table stops the migration with advice, not for ever."""
    migrate(empty, folder)
    (folder / "9001_wait.sql").write_text("set local lock_timeout = '100ms'; alter table runs add column a int;")
    with psycopg.connect(empty_database_url) as other:
        other.execute("lock table runs")
        assert refusal(empty, folder) == (
            "Migration 9001_wait failed: canceling statement due to lock timeout. Nothing of it was kept. Somebody else"
            " is using these tables: end that session, then run setup again."
        )


# Misfits


def test_a_newer_schema_is_refused(empty, folder):
    """A database migrated by newer code is left alone, by the runner and by the check."""
    (folder / "9001_more.sql").write_text("select 1")
    migrate(empty, folder)
    with pytest.raises(SchemaError) as caught:
        check(empty)
    message = (
        f"The database has schema version 9001, this code knows versions up to {NEWEST}, not that one. "
        "Update the project to the version that made the database (git pull)."
    )
    assert message == str(caught.value) == refusal(empty, FOLDER)


def test_an_edited_file_is_refused(empty, folder):
    """A migration that was changed after it was applied is named."""
    migrate(empty, folder)
    (folder / f"{NAMES[1]}.sql").write_text("select 2")
    assert refusal(empty, folder) == (
        f"{NAMES[1]}.sql was edited after it was applied to this database. "
        "Restore the file, and put the change into a new migration."
    )


def test_a_stray_file_name_is_refused(empty, folder):
    """A file that is not named NNNN_what_it_does.sql is named, and nothing is applied."""
    (folder / "fix it.sql").write_text("select 1")
    assert refusal(empty, folder) == "fix it.sql: a migration's name is NNNN_what_it_does.sql. Rename it."
    assert tables(empty) == []


def test_a_doubled_number_is_refused(empty, folder):
    """Two migrations with one number are refused before any is applied."""
    (folder / "0002_again.sql").write_text("select 1")
    assert refusal(empty, folder) == "Two migrations have the same number. Give the newer one the next free number."
    assert tables(empty) == []


def test_an_unmigrated_database_is_told_to_run_setup(empty):
    """`check` of an empty database says what is missing and which command brings it."""
    with pytest.raises(SchemaError) as caught:
        check(empty)
    assert str(caught.value) == (
        f"The database lacks {len(NAMES)} migration(s), the first is {NAMES[0]}. Run: make setup"
    )


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_another_encoding_is_refused(postgres_server, encoding):
    """A database that cannot hold every script is refused by the runner and the check, and nothing is made in it."""
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as admin:
        admin.execute(
            f"create database narrow encoding '{encoding}' locale_provider libc locale 'C' template template0"
        )
        try:
            with psycopg.connect(postgres_server.url_for("narrow"), autocommit=True) as narrow:
                told = f"The database is encoded in {encoding}, which cannot hold the names and texts of all scripts."
                assert told in refusal(narrow, FOLDER)
                with pytest.raises(SchemaError, match=told):
                    check(narrow)
                assert tables(narrow) == []
        finally:
            admin.execute("drop database narrow with (force)")


def test_a_path_that_leads_away_is_told(empty, empty_database_url):
    """Where the search path was changed after setup, the check names the schema the tables are in."""
    migrate(empty)
    empty.execute("create schema elsewhere")
    with psycopg.connect(empty_database_url, options="-c search_path=elsewhere", autocommit=True) as lost:
        with pytest.raises(SchemaError) as caught:
            check(lost)
        assert str(caught.value) == (
            "Cometwatch's tables are in the schema public, and this session looks for them in elsewhere. "
            "Name it in the address or for the role: alter role … set search_path = public."
        )
        assert refusal(lost, FOLDER) == str(caught.value)


def test_a_role_without_rights_is_told_so(empty, empty_database_url, postgres_server):
    """A role that may not create tables gets one message that says so."""
    empty.execute("create role no_rights login; revoke create on schema public from public")
    try:
        with psycopg.connect(empty_database_url, user="no_rights") as poor, pytest.raises(SchemaError) as caught:
            migrate(poor)
    finally:
        empty.execute("drop role no_rights")
    assert str(caught.value) == (
        "No right to create tables: permission denied for schema public. "
        "Run setup as the owner of the database's tables, with the right to create tables."
    )


def test_supabases_public_roles_are_kept_out(empty):
    """Where the roles anon and authenticated get rights on every new table, ours are closed to them, later ones too."""
    empty.execute("create role anon; create role authenticated")
    try:
        empty.execute("alter default privileges in schema public grant all on tables to anon, authenticated")
        migrate(empty)
        rows(empty, "select make_partitions('2031-05-01', 0)")
        open_to_anon = rows(
            empty,
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
            " and (has_table_privilege('anon', oid, 'select') or has_table_privilege('authenticated', oid, 'insert'))",
        )
        assert open_to_anon == []
    finally:
        empty.execute("drop owned by anon, authenticated cascade; drop role anon, authenticated")


# Partitions


def partitions(connection: psycopg.Connection, parent: str) -> list[tuple]:
    return rows(
        connection,
        "select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits i join pg_class c on c.oid = i.inhrelid"  # noqa: S608
        f" where i.inhparent = '{parent}'::regclass and c.relname >= '{parent}_2031' and c.relname < '{parent}_2033'"
        " order by 1",
    )


def test_partitions_are_made_ahead_and_once(connection):
    """The month of the day and the months after it, over the year's end; a second call makes none."""
    made = rows(connection, "select make_partitions('2031-11-30', 3)")
    assert made == [
        (f"{parent}_{month}",)
        for parent in ("api_calls", "creator_stats")
        for month in ("2031_11", "2031_12", "2032_01", "2032_02")
    ]
    assert rows(connection, "select make_partitions('2031-11-01', 3)") == []
    assert partitions(connection, "api_calls") == [
        ("api_calls_2031_11", "FOR VALUES FROM ('2031-11-01') TO ('2031-12-01')"),
        ("api_calls_2031_12", "FOR VALUES FROM ('2031-12-01') TO ('2032-01-01')"),
        ("api_calls_2032_01", "FOR VALUES FROM ('2032-01-01') TO ('2032-02-01')"),
        ("api_calls_2032_02", "FOR VALUES FROM ('2032-02-01') TO ('2032-03-01')"),
    ]


def test_month_boundaries(connection):
    """The last day of a month lies in its month and the first of the next in the next."""
    connection.execute("select make_partitions('2032-02-01', 1)")
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin)"
        " values ('1', '2032-02-29', 1, 1, 1, 'roll_call'), ('1', '2032-03-01', 1, 1, 1, 'roll_call')"
    )
    assert rows(connection, "select tableoid::regclass::text, recorded_date from creator_stats order by 2") == [
        ("creator_stats_2032_02", date(2032, 2, 29)),
        ("creator_stats_2032_03", date(2032, 3, 1)),
    ]


def test_rows_of_the_default_partition_move_when_their_month_appears(connection):
    """Rows that came before their month had a partition are moved into it whole; those of other months stay."""
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin)"
        " select '1', day::date, 7, 8, 9, 'roll_call'"
        " from generate_series(timestamp '2031-06-29', '2031-07-02', interval '1 day') as day"
    )
    connection.execute(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id)"
        " values ('comets', '2031-06-30', 'e', 's', 'answered', 'o', 'r', 't')"
    )
    before = rows(connection, "select * from creator_stats order by recorded_date")
    connection.execute("select make_partitions('2031-06-01', 0)")
    assert before == rows(connection, "select * from creator_stats order by recorded_date")
    assert rows(connection, "select tableoid::regclass::text, count(*) from creator_stats group by 1 order by 1") == [
        ("creator_stats_2031_06", 2),
        ("creator_stats_default", 2),
    ]
    assert rows(connection, "select tableoid::regclass::text from api_calls") == [("api_calls_2031_06",)]


def test_one_identity_in_every_partition(connection):
    """A partition made later still refuses a second holder of (day, endpoint, subject)."""
    connection.execute("select make_partitions('2031-06-01', 0)")
    insert = (
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id)"
        " values ('comets', '2031-06-30', 'e', 's', 'answered', 'o', 'r', 't')"
    )
    connection.execute(insert)
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(insert)


# Older servers


@pytest.mark.server
def test_the_schema_fits_debians_server(tmp_path: Path):
    """All migrations apply, twice, on the PostgreSQL that the system brings, where it brings one."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        pytest.skip("needs a system PostgreSQL below /usr/lib/postgresql (apt-get install postgresql)")
    for initdb in binaries:
        with system_server(initdb.parent, tmp_path / initdb.parts[-3]) as url, psycopg.connect(url) as connection:
            assert (migrate(connection), migrate(connection)) == (NAMES, [])


def system_server(binaries: Path, folder: Path):
    """A throw-away server made with `binaries`; root runs it as the user nobody, for PostgreSQL refuses root."""
    import contextlib
    import os
    import pwd
    import tempfile

    @contextlib.contextmanager
    def running():
        who = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        as_who: dict[str, Any] = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if who else {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # Not below pytest's own folder: that is closed to other users, and a socket's path must be short.
        with tempfile.TemporaryDirectory(prefix="pg") as short:
            if who:
                os.chown(short, who.pw_uid, who.pw_gid)

            def run(*command: str) -> None:
                subprocess.run(
                    command, check=True, cwd=short, env={**environment, "LC_ALL": "C"}, timeout=60,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_who,
                )  # fmt: skip

            data = f"{short}/data"
            run(str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            control = (str(binaries / "pg_ctl"), "-D", data, "-w")
            run(*control, "-l", f"{short}/log", "-o", f"-k {short} -c listen_addresses= -c fsync=off", "start")
            try:
                yield f"postgresql://postgres@/postgres?host={short}&port=5432"
            finally:
                run(*control, "-m", "immediate", "stop")

    return running()


def test_lines_of_before_are_those_of_comets(empty, folder):
    """Runs, tasks, calls, digests and sums of an older schema belong to comets, spend is its bill, no call is rewritten."""
    for path in folder.glob("00*.sql"):
        if path.name >= "0033":
            path.unlink()
    migrate(empty, folder)
    empty.execute("insert into runs (run_id, day, mode, settings) values ('r', '2026-11-02', 'live', '{}')")
    empty.execute("insert into run_tasks (run_id, task_id, map_index, answered_from_ledger) values ('r', 't', 0, 0)")
    empty.execute(
        "insert into api_calls (day, endpoint, subject, outcome, owner, run_id, task_id)"
        " values ('2026-11-02', 'user_profile', '1', 'answered', 'o', 'r', 't')"
    )
    empty.execute("insert into digests (day, channel, fingerprint) values ('2026-11-02', 'mail', 'f')")
    empty.execute("insert into call_summaries values ('2026-11-02', 'user_profile', '', 'answered', 1, 1, 0.001, 5)")
    empty.execute("insert into api_spend (day, billed_calls, usd) values ('2026-11-02', 1200, 1.18)")
    places = (
        "select relid::text, pg_relation_filenode(relid) from pg_partition_tree('api_calls') where isleaf order by 1"
    )
    before = rows(empty, places)
    migrate(empty)
    assert rows(empty, places) == before
    for table in ("runs", "run_tasks", "api_calls", "digests", "call_summaries", "pipeline_spend"):
        assert rows(empty, f"select pipeline from {table}") == [("comets",)]  # noqa: S608
    assert rows(empty, "select vendor, billed_calls, usd::text from pipeline_spend") == [("tikhub", 1200, "1.180000")]
    assert rows(empty, "select vendor, billed_calls, usd::text from api_spend") == [("tikhub", 1200, "1.180000")]


@pytest.mark.parametrize("table", ["runs", "run_tasks", "api_calls", "digests", "call_summaries"])
def test_no_line_is_without_its_pipeline(connection, table):
    """What does not say whose it is, is refused: it would otherwise be billed to another."""
    found = connection.execute(
        "select is_nullable, column_default from information_schema.columns"
        " where table_name = %s and column_name = 'pipeline'",
        [table],
    )
    assert found.fetchall() == [("NO", None)]
