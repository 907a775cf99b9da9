"""The DAG research_canary: its shape, and its task in this process."""

from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.settings import ROOT


@pytest.fixture(scope="module")
def dag():
    bag = DagBag(str(ROOT / "dags" / "research_canary.py"))
    assert bag.import_errors == {}
    return bag.dags["research_canary"]


def test_it_looks_once_a_week(dag):
    """On Mondays at 03:40 UTC, one task, without catching up."""
    assert [task.task_id for task in dag.tasks] == ["look"]
    assert (dag.schedule, dag.catchup, dag.max_active_runs) == ("40 3 * * 1", False, 1)


def test_its_task_in_this_process(dag, database_url, monkeypatch, tmp_path):
    """It opens the configured database; with an empty library it says so."""
    pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", database_url)
    monkeypatch.setenv("RESEARCH_WORK", str(tmp_path))
    assert dag.get_task("look").python_callable() == "Nothing to tell: no video is known yet."
