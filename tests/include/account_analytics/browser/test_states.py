"""How somebody is logged in, as the table keeps it: never in the clear, never older than the last login."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics import accounts
from include.account_analytics.browser import states
from include.account_analytics.browser.failures import AuthExpired
from include.account_analytics.secrets_kept import KeyChanged, Safe
from include.database import Database
from include.settings import Secret

TOKEN = "recognisable-s3ssion"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def state(token: str = TOKEN, **more: Any) -> Secret:
    cookie = {
        "name": "sessionid",
        "value": token,
        "domain": ".tiktok.com",
        "path": "/",
        "expires": 1_795_000_000,
        **more,
    }
    return Secret(json.dumps({"cookies": [cookie], "origins": []}))


@pytest.fixture
def safe() -> Safe:
    return Safe(Secret(Fernet.generate_key().decode()))


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    with Database(lambda: psycopg.connect(database_url)) as opened:
        opened.run(lambda connection: accounts.open_accounts(connection, ["anna"]))
        yield opened


def kept(store: Database) -> list[tuple[Any, ...]]:
    return store.run(
        lambda connection: connection.execute(
            "select version, logged_in_at, saved_at, ends_at, refused_at from account_browser_states"
        ).fetchall()
    )


def test_a_login_is_kept_encrypted(store: Database, safe: Safe):
    """It comes back as it was; the row holds nothing of it, only when it ends, which the cookie says."""
    states.save_login(store, safe, "anna", state(), NOON)
    assert states.read(store, safe, "anna") == states.Held(state(), 1)
    assert kept(store) == [(1, NOON, NOON, datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC), None)]
    (row,) = store.run(
        lambda connection: connection.execute("select s::text, encode(s.state, 'escape') from account_browser_states s")
    )
    assert TOKEN not in " ".join(row)


def test_a_use_refreshes_it(store: Database, safe: Safe):
    """What a visit brings back replaces what it took; when a person logged in stays said."""
    states.save_login(store, safe, "anna", state(), NOON)
    later = NOON.replace(hour=13)
    assert states.keep(store, safe, "anna", 1, state("newer", expires=-1), later)
    assert states.read(store, safe, "anna") == states.Held(state("newer", expires=-1), 2)
    assert kept(store) == [(2, NOON, later, None, None)]


def test_a_login_meanwhile_wins(store: Database, safe: Safe):
    """A visit that began with the state before neither replaces the new one nor says that it is refused."""
    states.save_login(store, safe, "anna", state(), NOON)
    states.save_login(store, safe, "anna", state("by a person"), NOON)
    assert not states.keep(store, safe, "anna", 1, state("older"), NOON)
    states.refuse(store, "anna", 1, NOON)
    assert states.read(store, safe, "anna") == states.Held(state("by a person"), 2)


def test_a_refused_state_is_not_used_again(store: Database, safe: Safe):
    """Until somebody has logged in: then it is as if nothing had been."""
    states.save_login(store, safe, "anna", state(), NOON)
    states.refuse(store, "anna", 1, NOON)
    with pytest.raises(AuthExpired, match=r"since 2026-11-02 12:00 UTC.*make accounts-login ACCOUNT=anna"):
        states.read(store, safe, "anna")
    states.save_login(store, safe, "anna", state(), NOON)
    assert states.read(store, safe, "anna").version == 2


def test_nobody_logged_in(store: Database, safe: Safe):
    """What to do is said."""
    with pytest.raises(states.NoState, match="make accounts-login ACCOUNT=anna"):
        states.read(store, safe, "anna")


def test_another_key(store: Database, safe: Safe):
    """A state that Airflow's key does not open is named by its account."""
    states.save_login(store, safe, "anna", state(), NOON)
    with pytest.raises(KeyChanged, match="How @anna is logged in"):
        states.read(store, Safe(Secret(Fernet.generate_key().decode())), "anna")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("recognisable nonsense", "no state of a browser"),
        ("[]", "no state of a browser"),
        ('{"cookies": ["sessionid"]}', "no state of a browser"),
        ('{"cookies": {"sessionid": "recognisable"}}', "no state of a browser"),
        ('{"cookies": [], "origins": []}', "nobody is logged in"),
        ('{"cookies": [{"name": "sessionid", "value": ""}], "origins": []}', "nobody is logged in"),
        ('{"cookies": [{"name": "tt_webid", "value": "recognisable"}]}', "nobody is logged in"),
    ],
)
def test_what_is_no_state(store: Database, safe: Safe, text: str, reason: str):
    """It is refused in a sentence that shows nothing of it, and not kept."""
    with pytest.raises(states.NoState, match=reason) as caught:
        states.save_login(store, safe, "anna", Secret(text))
    assert "recognisable" not in str(caught.value)
    assert kept(store) == []
