"""The step extract of account_analytics for an account whose connection says that a browser fetches it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from cryptography.fernet import Fernet

from include.account_analytics import accounts
from include.account_analytics.browser import states
from include.account_analytics.browser.failures import TooSoon
from include.account_analytics.browser.states import NoState
from include.account_analytics.run import Run
from include.account_analytics.secrets_kept import KeyMissing, Safe
from include.database import Database
from include.settings import ROOT, Secret, SettingsError
from tests.include.account_analytics.browser.studio_page import written

BY_BROWSER = '{"conn_type": "http", "extra": {"via": "browser"}}'


@pytest.fixture(scope="module")
def dag():
    return DagBag(str(ROOT / "dags" / "account_analytics.py")).dags["account_analytics"]


@pytest.fixture
def connect(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Connections of accounts, beside the database's, the lake's and Airflow's key, which is returned."""

    def do(**connections: str) -> str:
        key = Fernet.generate_key().decode()
        monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", database_url)
        monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", key)
        monkeypatch.setenv("LAKE_URI", f"file://{tmp_path}/lake")
        for account, connection in connections.items():
            monkeypatch.setenv(f"AIRFLOW_CONN_TIKTOK_{account}", connection)
        return key

    return do


def test_what_is_wrong_is_noted(dag, connect, database_url, monkeypatch):
    """It is found by its connection; without a login, and without Airflow's key, what to do is told, and stands on the page."""
    pytest.importorskip("playwright", reason="needs the extra browser: make extra NAME=browser")
    connect(ANNA=BY_BROWSER)
    opened = Run("manual__1", datetime.now(UTC).date()).as_json()
    with Database(lambda: psycopg.connect(database_url)) as store:
        store.run(lambda connection: accounts.open_accounts(connection, ["anna", "berta"]))
        (batch,) = dag.get_task("plan_extract").python_callable(opened)
        assert batch["items"] == [{"account": "anna", "via": "browser", "connection": "tiktok_anna"}]
        extract = dag.get_task("extract").python_callable
        with pytest.raises(NoState, match="make accounts-login ACCOUNT=anna"):
            extract(opened, batch, ti=SimpleNamespace(map_index=0))
        assert noted(store).startswith("Nobody is logged in for @anna yet.")
        monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "")
        with pytest.raises(KeyMissing):
            extract(opened, batch, ti=SimpleNamespace(map_index=0))
        assert noted(store).startswith("Airflow has no key to encrypt with")


def test_nobody_waits_for_a_second_visit(dag, connect, database_url, monkeypatch):
    """An account without a download, whose page may not be opened again within the hour: the step that landing waits for is over,
    and the account is tried by another one, for which nothing waits; where somebody watches, by the next run."""
    pytest.importorskip("playwright", reason="needs the extra browser: make extra NAME=browser")
    key = connect(ANNA=BY_BROWSER)
    opened = Run("manual__1", datetime.now(UTC).date()).as_json()
    with Database(lambda: psycopg.connect(database_url)) as store:
        store.run(lambda connection: accounts.open_accounts(connection, ["anna"]))
        states.save_login(store, Safe(Secret(key)), "anna", Secret(written()))
        store.run(
            lambda connection: connection.execute(
                "insert into account_browser_log (account, run_id, purpose, claimed_at, starts_at, begun_at, ended_at, result)"
                " values ('anna', 'manual__0', 'export', now(), now(), now(), now(), 'no_download')"
            )
        )
        (batch,) = dag.get_task("plan_extract").python_callable(opened)
        put_off = dag.get_task("extract").python_callable(opened, batch, ti=SimpleNamespace(map_index=0))
        assert put_off == batch["items"]
        assert "is not opened again before" in noted(store)
        (again,) = dag.get_task("plan_again").python_callable(opened, [put_off])
        assert again["items"] == put_off
        with pytest.raises(TooSoon) as raised:
            dag.get_task("extract_again").python_callable(opened, again)
        assert 3000 < raised.value.retry_after <= 3600
        monkeypatch.setenv("COMETWATCH_WATCHED", "1")
        assert dag.get_task("plan_again").python_callable(opened, [put_off]) == []
    assert "extract_again" not in dag.get_task("land").get_flat_relative_ids(upstream=True)


def test_connections_that_are_wrong(dag, connect, database_url):
    """Unreadable for Airflow, another way, a host that must not see a secret: each is its account's alone, and told."""
    connect(
        ANNA='{"conn_type": "generic", "login": 7312345678901234567}',
        BERTA='{"conn_type": "generic", "extra": {"via": "pigeon"}}',
        CARA='{"conn_type": "generic", "host": "http://x.example", "login": "7", "password": "s3cret"}',
    )
    opened = Run("manual__1", datetime.now(UTC).date()).as_json()
    with Database(lambda: psycopg.connect(database_url)) as store:
        store.run(lambda connection: accounts.open_accounts(connection, ["anna", "berta", "cara", "dora"]))
        planned = dag.get_task("plan_extract").python_callable(opened)
        assert [batch["name"] for batch in planned] == ["@anna", "@berta", "@cara"]
        extract = dag.get_task("extract").python_callable
        for batch in planned:
            with pytest.raises(SettingsError):
                extract(opened, batch, ti=SimpleNamespace(map_index=0))
        said = dict(
            store.run(lambda connection: connection.execute("select account, failure from account_sources").fetchall())
        )
    assert "AIRFLOW_CONN_TIKTOK_ANNA is set, and is no connection that Airflow can read" in said["anna"]
    assert "via in its extra is 'pigeon'" in said["berta"]
    assert "its host must use https" in said["cara"]
    assert "s3cret" not in str(said)


def noted(store: Database) -> str:
    (row,) = store.run(lambda connection: connection.execute("select failure from account_sources").fetchall())
    return str(row[0])
