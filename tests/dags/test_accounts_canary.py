"""The DAG accounts_canary: its shape, and its task in this process, with a page that was changed."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from cryptography.fernet import Fernet

from include.account_analytics import accounts
from include.account_analytics.browser import states
from include.account_analytics.browser.failures import PageChanged
from include.account_analytics.rows import as_jsonb
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.settings import ROOT, Secret
from tests.include.account_analytics.browser.studio_page import address, needs_browser, plain, written

RUN = SimpleNamespace(run_id="scheduled__1")


@pytest.fixture(scope="module")
def dag():
    bag = DagBag(str(ROOT / "dags" / "accounts_canary.py"))
    assert bag.import_errors == {}
    return bag.dags["accounts_canary"]


def test_it_looks_once_a_week(dag):
    """On Mondays at 10:20 UTC, one task, without catching up."""
    assert [task.task_id for task in dag.tasks] == ["look"]
    assert (dag.schedule, dag.catchup, dag.max_active_runs) == ("20 10 * * 1", False, 1)


def test_without_anybody(dag, database_url, monkeypatch):
    """Where nobody is logged in it is green, and says so; neither browser, lake nor key is asked for."""
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", database_url)
    monkeypatch.delenv("LAKE_URI", raising=False)
    assert dag.get_task("look").python_callable(dag_run=RUN).startswith("Nothing to tell: nobody is logged in")


@pytest.mark.server
@needs_browser
def test_its_task_in_this_process(dag, database_url, monkeypatch, tmp_path, sandbox):
    """With the account that was longest not looked with: which step is another one; then, once it is back, that all are found."""
    key = Fernet.generate_key().decode()
    for name, value in {
        "AIRFLOW_CONN_COMETS_DB": database_url,
        "AIRFLOW__CORE__FERNET_KEY": key,
        "LAKE_URI": f"file://{tmp_path}/lake",
        "ACCOUNTS_BROWSER_URL": address(sandbox),
        "ACCOUNTS_BROWSER_SECONDS": "30",
    }.items():
        monkeypatch.setenv(name, value)
    plain(sandbox, renamed={"confirm": "Save"})
    with Database(lambda: psycopg.connect(database_url)) as store:
        store.run(lambda connection: accounts.open_accounts(connection, ["anna", "berta", "out", "adam", "abel"]))
        # Whose connection is gone, or says another way now, is left alone though somebody is still logged in.
        ways = {"anna": "browser", "berta": "browser", "out": "browser", "abel": "api"}
        sources = [{"account": name, "via": via, "connection": f"tiktok_{name}"} for name, via in ways.items()]
        store.rows("account_analytics/official/note_sources", {"sources": as_jsonb(sources)})
        for account in ("anna", "berta", "out", "adam", "abel"):
            states.save_login(store, Safe(Secret(key)), account, Secret(written()))
        states.refuse(store, "out", 1)
        store.run(
            lambda connection: connection.execute(
                "insert into account_browser_log (account, run_id, purpose, claimed_at, starts_at, begun_at, ended_at, result)"
                " select 'anna', 'last week', 'canary', t, t, t, t, 'done' from (select now() - interval '7 days' as t) as t"
            )
        )
        with pytest.raises(PageChanged, match="@berta, overview: the step 'confirm' was not found"):
            dag.get_task("look").python_callable(dag_run=RUN)
        plain(sandbox)
        store.run(
            lambda connection: connection.execute(
                "update account_browser_log set begun_at = begun_at - interval '8 days'"
            )
        )
        said = dag.get_task("look").python_callable(dag_run=RUN)
    assert said == "Every step of 4 tabs was found, up to the last button, with @anna."
    assert sandbox.log("studio_export") == []
    assert len(list((tmp_path / "lake" / "browser" / "berta").iterdir())) == 4
