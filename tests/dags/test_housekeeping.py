"""The DAG housekeeping: its shape, and its tasks in this process."""

from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.settings import ROOT


@pytest.fixture(scope="module")
def dag():
    bag = DagBag(str(ROOT / "dags" / "housekeeping.py"))
    assert bag.import_errors == {}
    return bag.dags["housekeeping"]


def test_its_shape(dag):
    """The chores, files after the rows that name them, then the sizes in any case, and an end that is red when a chore is."""
    edges = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    assert edges == {
        "make_partitions": ["finish", "report_sizes"],
        "read_answers": ["drop_answers", "finish", "report_sizes"],
        "drop_answers": ["finish", "remove_media", "report_sizes"],
        "remove_media": ["finish", "report_sizes"],
        "remove_screenshots": ["finish", "report_sizes"],
        "report_sizes": [],
        "finish": [],
    }


def test_it_runs_every_morning_after_the_pipeline(dag):
    """Daily at 04:30 UTC, without catching up."""
    assert (dag.schedule, dag.catchup, dag.max_active_runs) == ("30 4 * * *", False, 1)


def test_a_chore_in_this_process(dag, database_url, monkeypatch):
    """The task function itself opens the configured database and does its work."""
    monkeypatch.setenv("POSTGRES_URL_NON_POOLING", database_url)
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", database_url)
    assert dag.get_task("read_answers").python_callable() == {"sightings": 0, "contacts": 0}
    assert dag.get_task("drop_answers").python_callable() == 0
    assert dag.get_task("remove_media").python_callable() == 0
    assert dag.get_task("remove_screenshots").python_callable() == 0
