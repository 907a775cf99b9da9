"""A database whose owner set other defaults for its sessions: a day is played there as on any other."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from include import database, migrations
from include.local.driven_sandbox import RunningSandbox
from include.local.played_days import Days

# What `alter database … set …` may say, each a way to misread, to refuse, to write otherwise, or to be slow.
HOSTILE = {
    "datestyle": "German, DMY",
    "intervalstyle": "iso_8601",
    "timezone": "America/St_Johns",
    "client_encoding": "LATIN1",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "statement_timeout": "150ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "20ms",
    "transaction_timeout": "200ms",
    "row_security": "off",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "backslash_quote": "off",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "xmloption": "document",
    "check_function_bodies": "off",
    "synchronize_seqscans": "off",
    "default_text_search_config": "pg_catalog.english",
    "search_path": "nowhere",
    "work_mem": "64kB",
    "gin_fuzzy_search_limit": "1",
    "exit_on_error": "on",
    "plan_cache_mode": "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_indexscan": "off",
    "enable_sort": "off",
    "constraint_exclusion": "on",
    "client_min_messages": "debug1",
    "debug_parallel_query": "regress",
}


@pytest.fixture
def hostile(empty_database_url: str) -> str:
    """URL of an empty database in which every session begins with HOSTILE."""
    name = str(conninfo_to_dict(empty_database_url)["dbname"])
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        for setting, text in HOSTILE.items():
            admin.execute(
                sql.SQL("alter database {} set {} = {}").format(
                    sql.Identifier(name),
                    sql.Identifier(setting),
                    # A search path is a list of names.
                    sql.SQL("nowhere") if setting == "search_path" else sql.Literal(text),
                )
            )
    return empty_database_url


def told(days: Days) -> list[list[tuple]]:
    """All that two days left behind, less the moments at which it was written down."""
    queries = (
        "select user_id, recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
        " daily_growth_percent, compared_with, observed_at::date, origin, is_estimated from creator_stats order by 1, 2",
        "select user_id, handle, nickname, signature, status, first_seen_on, growth_rate, growth_deviation from creators"
        " order by 1",
        "select day, keyword, video_id, layer, field, matched_text, measured from verdicts order by 1, 2, 3",
        "select day, endpoint, subject, outcome, price_usd, answer is not null from api_calls order by 1, 2, 3",
        "select user_id, words from creator_words order by 1",
        "select state, coverage, calls_made from runs order by day",
    )
    with psycopg.connect(days.database_url) as connection:
        database.prepare(connection)
        found = []
        for query in queries:
            with database.transaction(connection):
                found.append(connection.execute(query).fetchall())
        return found


def two_days(url: str, sandbox: RunningSandbox) -> Days:
    with psycopg.connect(url) as connection:
        migrations.migrate(connection)
    days = Days(url, sandbox)
    for day in (2, 3):
        _, failed, report = days.at(2026, 11, day).play()
        assert failed == []
        assert "PIPELINE COMPLETED" in report
    return days


@pytest.mark.thorough
def test_days_are_the_same_whatever_the_defaults(hostile, database_url, start_sandbox):
    """Two days on a database with hostile defaults leave what they leave on a plain one, to the last digit."""
    plain = told(two_days(database_url, start_sandbox("--rate", 0, "--balance", 50)))
    assert told(two_days(hostile, start_sandbox("--rate", 0, "--balance", 50))) == plain
    assert all(plain)


@pytest.mark.parametrize("setting", HOSTILE)
def test_each_default_stays_outside(setting, hostile):
    """Inside our transactions nothing of it is left that changes what statements mean."""
    if setting.encode() not in database.statement("sessions/settle") and not setting.startswith(
        ("statement", "lock", "idle", "work")
    ):
        pytest.skip("changes how fast, or in what words, and not what")
    with database.Database(lambda: psycopg.connect(hostile)) as opened:
        inside = opened.run(lambda connection: connection.execute(f"show {setting}").fetchall())
        assert inside != [(HOSTILE[setting],)] or setting == "row_security"
