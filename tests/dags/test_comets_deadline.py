"""The DAG comets_deadline: its shape, and its tasks in this process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.settings import ROOT

DAY = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def dag():
    bag = DagBag(str(ROOT / "dags" / "comets_deadline.py"))
    assert bag.import_errors == {}
    return bag.dags["comets_deadline"]


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch):
    """It can be set for a sandbox alone."""
    monkeypatch.setenv("TIKHUB_BASE_URL", "http://127.0.0.1:9")


def run_of(day: datetime) -> SimpleNamespace:
    return SimpleNamespace(run_id="r", logical_date=day, run_after=day)


def test_it_waits_once_a_day_and_looks(dag):
    """From midnight UTC on, without catching up."""
    edges = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    assert edges == {"read_deadline": ["wait"], "wait": ["look"], "look": []}
    assert (dag.schedule, dag.catchup) == ("0 0 * * *", False)


def test_when_it_looks(dag, monkeypatch):
    """At the deadline that is set; now, when it has passed or that was asked for; for no other day than today."""
    read = dag.get_task("read_deadline").python_callable

    def left(at_once: bool = False, day: datetime = DAY) -> timedelta:
        began = datetime.now(UTC)
        return datetime.fromisoformat(read(run_of(day), {"at_once": at_once})) - began

    few = timedelta(seconds=30)
    monkeypatch.setenv("COMETS_NOW", "2026-11-02T07:00:00+00:00")
    assert timedelta(hours=1) <= left() < timedelta(hours=1) + few
    assert left(at_once=True) < few
    monkeypatch.setenv("COMETS_DEADLINE", "23:30")
    assert timedelta(hours=16, minutes=30) <= left() < timedelta(hours=16, minutes=30) + few
    monkeypatch.setenv("COMETS_DEADLINE", "06:59")
    assert left() < few
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        with pytest.raises(AirflowSkipException, match="is not today"):
            left(day=day)


def test_it_looks_at_the_configured_database(dag, connection: psycopg.Connection, database_url, monkeypatch):
    """Nobody to measure is green; somebody who waits is red, with what to do; a day that is over is skipped."""
    monkeypatch.setenv("COMETS_NOW", "2026-11-02T08:00:00+00:00")
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", database_url)
    look = dag.get_task("look").python_callable
    assert look(run_of(DAY)).startswith("2026-11-02 is complete")
    connection.execute("insert into creators (user_id, first_seen_on) values ('1', '2026-11-01')")
    connection.commit()
    with pytest.raises(
        AirflowFailException, match=r"There is no run of today\. Measured so far: 0\. Still to be measured: 1."
    ):
        look(run_of(DAY))
    with pytest.raises(AirflowSkipException, match="is over"):
        look(run_of(DAY - timedelta(days=2)))
