"""Where the database, the API and the lake are: connections defined in Airflow, and what is said when they lead nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote, urlencode

import certifi
import psycopg
import pytest

from include import connections
from include.settings import Secret, SettingsError
from include.tikhub.account import Api
from include.web.transport import Route
from tests.fixtures.stores import BUCKET, Store

SPECIAL = "p@ss:w/or%d?#&\"'=+\\$`!{}"


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


@pytest.mark.parametrize(
    "text",
    [
        "{broken json",
        '{"conn_type": "generic", "login": 7312345678901234567, "password": "hidden-secret"}',
        '{"conn_type": "generic", "password": "hidden-secret", "surprise": 1}',
    ],
)
def test_a_connection_that_airflow_cannot_read(monkeypatch: pytest.MonkeyPatch, text: str):
    """Airflow takes it for none at all; here it is said which variable it is, and nothing of what is in it."""
    monkeypatch.setenv("AIRFLOW_CONN_TIKTOK_MY.SHOP", text)
    with pytest.raises(SettingsError, match=r"AIRFLOW_CONN_TIKTOK_MY\.SHOP is set.*each value in quotes") as caught:
        connections.account(["My.Shop"])
    assert "hidden-secret" not in str(caught.value)
    monkeypatch.setenv("AIRFLOW_CONN_TIKTOK_MY.SHOP", "")
    assert connections.account(["my.shop"]) is None


EXTRA = {"redirect_uri": "https://d.example/"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"conn_type": "generic", "login": "7312", "password": SPECIAL, "extra": EXTRA}),
        json.dumps({"conn_type": "generic", "login": "7312", "password": SPECIAL, "extra": json.dumps(EXTRA)}),
        f"generic://7312:{quote(SPECIAL, safe='')}@/?{urlencode(EXTRA)}",
        f"generic://7312:{quote(SPECIAL, safe='')}@/?{urlencode({'__extra__': json.dumps(EXTRA)})}",
    ],
)
def test_an_account_in_each_form_that_airflow_takes(monkeypatch: pytest.MonkeyPatch, text: str):
    """JSON, an extra within JSON, an address, an extra within an address: the same app, whatever letters are in the secret."""
    monkeypatch.setenv("AIRFLOW_CONN_TIKTOK_X", text)
    app = connections.tiktok_app(connections.account(["x"]))
    assert (app.client_id, app.client_secret, app.redirect()) == ("7312", SPECIAL, "https://d.example/")
    assert app.base_url == "https://business-api.tiktok.com"


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


# The lake


@pytest.mark.parametrize("name", ["LAKE_URI", "MEDIA_URI"])
def test_a_bucket_of_s3(monkeypatch: pytest.MonkeyPatch, s3_store: Store, name: str):
    """A connection of type aws is the account for a bucket of S3, or of what speaks like it; Airflow needs no provider."""
    extra = {"endpoint_url": s3_store.options["endpoint_url"], "region_name": "us-east-1"}
    monkeypatch.setenv(name, f"s3://{BUCKET}/{name}")
    _define(monkeypatch, name.removesuffix("_URI"), conn_type="aws", login="k", password="s", extra=extra)
    opened = connections.open_lake() if name == "LAKE_URI" else connections.open_media()
    opened.write("a", b"hello")
    assert s3_store.lake(name).read("a") == b"hello"


def test_a_bucket_of_google(monkeypatch: pytest.MonkeyPatch, google_store: Store):
    """The same for one of type google_cloud_platform."""
    extra = {"is_anonymous": True, "project": "t", "gcs.endpoint": google_store.options["endpoint_url"]}
    monkeypatch.setenv("LAKE_URI", f"gs://{BUCKET}/connected")
    _define(monkeypatch, "lake", conn_type="google_cloud_platform", extra=extra)
    connections.open_lake().write("a", b"hello")
    assert google_store.lake("connected").read("a") == b"hello"


def test_a_folder_needs_no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """On disk the connection is not asked for."""
    monkeypatch.setenv("LAKE_URI", f"file://{tmp_path}/lake")
    _define(monkeypatch, "lake", conn_type="aws", login="k", password="s")
    connections.open_lake().write("a", b"hello")
    assert (tmp_path / "lake" / "a").read_bytes() == b"hello"


def test_no_place_for_files(monkeypatch: pytest.MonkeyPatch):
    """Without LAKE_URI there is no lake, and without MEDIA_URI no place for media: each is asked for by its name."""
    for name, opened in (("LAKE_URI", connections.open_lake), ("MEDIA_URI", connections.open_media)):
        monkeypatch.delenv(name, raising=False)
        with pytest.raises(SettingsError, match=f"{name} is not set: .* as {name}=s3://bucket/folder"):
            opened()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"conn_type": "aws"}, "is of type 'aws', and LAKE_URI is gs://bucket: make it 'google_cloud_platform'"),
        ({"conn_type": "google_cloud_platform", "extra": {"keyfile_dict": "s3cret"}}, "keyfile_dict is not JSON"),
    ],
)
def test_an_account_that_does_not_fit(monkeypatch: pytest.MonkeyPatch, fields: dict, said: str):
    """A connection of another type, or with a key that is none, is named; the key is not shown."""
    monkeypatch.setenv("LAKE_URI", "gs://bucket")
    _define(monkeypatch, "lake", **fields)
    with pytest.raises(SettingsError, match=f"The Airflow connection 'lake'.*{said}") as caught:
        connections.open_lake()
    assert "s3cret" not in str(caught.value)
