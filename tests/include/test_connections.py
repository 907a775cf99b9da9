"""Where the database and the API are: connections defined in Airflow, and what is said when they lead nowhere."""

from __future__ import annotations

import json

import certifi
import psycopg
import pytest

from include import connections
from include.settings import Secret, SettingsError
from include.tikhub.account import Api
from include.web.transport import Route


def _define(monkeypatch: pytest.MonkeyPatch, name: str, **fields: object) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))


def _define_database(monkeypatch: pytest.MonkeyPatch, url: str, **changes: object) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    fields = {"conn_type": "postgres", "host": parts["host"], "login": parts["user"], "schema": parts["dbname"]}
    _define(monkeypatch, "comets_db", **{**fields, **changes})


def test_defined_database(monkeypatch: pytest.MonkeyPatch, empty_database_url: str):
    """A connection `comets_db` defined in Airflow is where the data are."""
    _define_database(monkeypatch, empty_database_url)
    with connections.open_database() as database:
        (row,) = database.run(lambda connection: connection.execute("select current_database()").fetchall())
    assert row == (psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"],)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": "nowhere"}, 'database "nowhere" does not exist'),
        ({"login": "nobody"}, 'role "nobody" does not exist'),
    ],
)
def test_refused_by_the_server(
    monkeypatch: pytest.MonkeyPatch, empty_database_url: str, changes: dict[str, str], reason: str
):
    """What waiting does not change is told at once, with the settings to correct."""
    _define_database(monkeypatch, empty_database_url, **changes)
    with pytest.raises(SettingsError, match=f"The database refuses us: .*{reason}.*POSTGRES_URL_NON_POOLING"):
        connections.open_database().run(lambda connection: None)


def test_no_server(monkeypatch: pytest.MonkeyPatch):
    """A server that does not answer may come back: that is no matter of settings."""
    _define(monkeypatch, "comets_db", conn_type="postgres", host="127.0.0.1", port=1, login="me", schema="mine")
    with pytest.raises(psycopg.OperationalError, match="refused"):
        connections.connect()()


@pytest.mark.parametrize(
    ("fields", "base_url"),
    [
        ({"host": "https://api.tikhub.io/"}, "https://api.tikhub.io"),
        ({"host": "api.tikhub.io"}, "https://api.tikhub.io"),
        ({}, "https://api.tikhub.io"),
        ({"host": "127.0.0.1", "port": 8099, "schema": "http"}, "http://127.0.0.1:8099"),
    ],
)
def test_defined_api(monkeypatch: pytest.MonkeyPatch, fields: dict[str, object], base_url: str):
    """A connection `tikhub` defined in Airflow is where the API is: host, and the key as its password."""
    _define(monkeypatch, "tikhub", conn_type="http", password="key-of-mine", **fields)
    assert connections.api_account() == (base_url, Secret("key-of-mine"))


def test_defined_api_without_key(monkeypatch: pytest.MonkeyPatch):
    """Without a password nobody but a sandbox can be asked."""
    _define(monkeypatch, "tikhub", conn_type="http", host="https://api.tikhub.io")
    with pytest.raises(SettingsError, match="'tikhub' has no password"):
        connections.api_account()
    _define(monkeypatch, "tikhub", conn_type="http", host="http://127.0.0.1:8099")
    assert connections.api_account() == ("http://127.0.0.1:8099", Secret("sandbox-key"))


def test_key_does_not_show(monkeypatch: pytest.MonkeyPatch):
    """Neither the account nor the way to the API shows the key."""
    _define(monkeypatch, "tikhub", conn_type="http", password="key-of-mine")
    api = connections.api()
    assert isinstance(api, Api)
    assert "key-of-mine" not in repr(api) + repr(connections.api_account())


def test_the_way_out_is_the_settings(monkeypatch: pytest.MonkeyPatch):
    """Certificates and proxy go with the account, wherever that is defined; the proxy's password does not show."""
    monkeypatch.setenv("TIKHUB_CA_BUNDLE", certifi.where())
    monkeypatch.setenv("TIKHUB_PROXY", "http://ann:s3cret%40@proxy.example:3128")
    _define(monkeypatch, "tikhub", conn_type="http", host="https://api.tikhub.io", password="key")
    found = connections.api()
    assert found.route == Route(certifi.where(), "http://ann:s3cret%40@proxy.example:3128")
    assert "s3cret" not in repr(found)
