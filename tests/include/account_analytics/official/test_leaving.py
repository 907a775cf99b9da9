"""What becomes of an account's tokens and answers when the account is forgotten, cleared, or becomes part of another one."""

from __future__ import annotations

import zlib
from typing import Any

import psycopg
import pytest

from dags.forget_creator import offers
from include import database
from include.account_analytics import extract, merging
from include.account_analytics.extract import Way
from include.erasure import erase

TABLES = ("account_tokens", "account_sources")


@pytest.fixture
def held(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """Two accounts with tokens, a source, and a stored answer each; the call of a third is TikHub's."""
    for account, business_id in (("ada", "11"), ("bob", "22")):
        connection.execute("insert into accounts (account, handle) values (%s, %s)", [account, account])
        connection.execute(
            "insert into account_tokens (account, business_id, access_token, access_expires_at, refresh_tokens,"
            " refresh_expires_at) values (%s, %s, 'a', now(), array['r'::bytea], now())",
            [account, business_id],
        )
        connection.execute(
            "insert into account_sources (account, via, connection) values (%s, 'api', %s)",
            [account, f"tiktok_{account}"],
        )
        connection.execute(
            "insert into api_calls (day, endpoint, subject, outcome, owner, pipeline, run_id, task_id, answer)"
            " values (current_date, 'tiktok/business/get', %s, 'answered', 'o', 'account_analytics', 'r', 'extract', %s)",
            [
                f"business_id={business_id}&start_date=2026-01-01",
                zlib.compress(b"{}"),
            ],
        )
    return connection


def accounts_in(connection: psycopg.Connection[Any], table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"select account from {table} order by 1".encode())]  # noqa: S608


def answers(connection: psycopg.Connection[Any]) -> list[tuple[str, bool, bool]]:
    query = "select left(subject, 14), answer is not null, holds_identity from api_calls order by 1"
    return connection.execute(query).fetchall()


def test_an_account_that_is_forgotten(
    held: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Its tokens, what is noted of it, and what TikTok answered about it go; another account keeps all of that."""
    monkeypatch.setenv("ERASURE_KEY", "a-key-of-thirty-two-letters-0123")
    with database.Database(lambda: psycopg.connect(database_url)) as store:
        erase.forget(store, offers(), "@ada", "r", None, dry_run=False, with_search_words=True)
    assert {table: accounts_in(held, table) for table in TABLES} == {table: ["bob"] for table in TABLES}
    assert answers(held) == [("business_id=11", False, False), ("business_id=22", True, True)]


def test_an_account_that_is_cleared(held: psycopg.Connection[Any]):
    """Made-up accounts take theirs along."""
    held.execute("update accounts set is_made_up = true where account = 'ada'")
    database.rows(held, "account_analytics/clear_made_up_accounts")
    assert {table: accounts_in(held, table) for table in TABLES} == {table: ["bob"] for table in TABLES}


def test_an_account_that_becomes_part_of_another_one(held: psycopg.Connection[Any]):
    """The other one keeps its own tokens; where it has none, it takes over those of what comes into it."""
    with held.transaction():
        merging.rename(held, "ada", "bob", "somebody")
        assert held.execute("select account, business_id from account_tokens").fetchall() == [("ada", "11")]
        raise psycopg.Rollback
    held.execute("delete from account_tokens where account = 'ada'")
    merging.rename(held, "ada", "bob", "somebody")
    assert held.execute("select account, business_id from account_tokens").fetchall() == [("ada", "22")]


def test_a_login_goes_along(held: psycopg.Connection[Any]):
    """Browser state, distances between visits and what came last are kept; the connection is found by the former name."""
    held.execute("delete from account_tokens where account = 'ada'")
    held.execute("delete from account_sources where account = 'ada'")
    held.execute("update account_sources set came_to = current_date - 1, via = 'browser' where account = 'bob'")
    held.execute(
        "insert into account_browser_states (account, state, logged_in_at, saved_at) values ('bob', 's', now(), now())"
    )
    held.execute(
        "insert into account_browser_log (account, run_id, purpose, claimed_at, starts_at)"
        " values ('bob', 'r', 'export', now(), now())"
    )
    merging.rename(held, "ada", "bob", "somebody")
    for table in ("account_browser_states", "account_browser_log", "account_sources", "account_tokens"):
        assert accounts_in(held, table) == ["ada"], table
    assert held.execute("select connection, came_to = current_date - 1 from account_sources").fetchall() == [
        ("tiktok_bob", True)
    ]
    found = extract._found(
        held, lambda names: next((Way(f"tiktok_{name}", "browser") for name in names if name == "bob"), None)
    )
    assert found == [{"account": "ada", "via": "browser", "connection": "tiktok_bob"}]


def test_what_is_refused_makes_room(held: psycopg.Connection[Any]):
    """A consent that TikTok takes no more is replaced by that of the account that comes in; one that it takes is not."""
    held.execute("update account_tokens set refused_at = now() where account = 'ada'")
    merging.rename(held, "ada", "bob", "somebody")
    assert held.execute("select account, business_id from account_tokens").fetchall() == [("ada", "22")]


def test_a_rename_alone_takes_nothing_away(held: psycopg.Connection[Any]):
    """Tokens stay, and the connection is found under the name that the account had."""
    merging.rename(held, "ada", "ada.new", "somebody")
    assert accounts_in(held, "account_tokens") == ["ada", "bob"]
    found = extract._found(held, lambda names: Way("tiktok_ada", "api") if "ada" in names else None)
    assert [each["account"] for each in found] == ["ada"]
