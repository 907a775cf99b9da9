"""What a started Airflow is like: who may come in, how many calls its pool allows, whether DAGs import."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include.local import airflow, postgres, processes
from include.local.errors import LocalError
from tests.fixtures.airflow import RUN_SECONDS, RunningAirflow

pytestmark = pytest.mark.airflow


def test_healthy(running_airflow: RunningAirflow):
    """Every component that Airflow's first page shows is there and healthy."""
    health = running_airflow.api("GET", "/monitor/health")
    assert {name: state["status"] for name, state in health.items()} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "dag_processor": "healthy",
        "triggerer": "healthy",
    }


def test_pool(running_airflow: RunningAirflow):
    """The pool that bounds the calls to TikHub exists."""
    assert running_airflow.api("GET", "/pools/tikhub")["slots"] == 4


def test_strangers_stay_out(running_airflow: RunningAirflow):
    """Nobody reads anything without logging in, and the viewer changes nothing."""
    assert running_airflow.request("GET", "/api/v2/pools", user=None).status_code == 401
    assert running_airflow.request("GET", "/api/v2/pools", user="viewer").status_code in {200, 403}
    changed = running_airflow.request("PATCH", "/api/v2/pools/tikhub", {"slots": 9}, user="viewer")
    assert changed.status_code == 403


def test_dags_import(running_airflow: RunningAirflow):
    """No DAG file and no plugin fails to import in the running system."""
    assert running_airflow.api("GET", "/importErrors")["import_errors"] == []
    assert running_airflow.api("GET", "/plugins/importErrors")["import_errors"] == []


@pytest.mark.thorough
def test_command_line(running_airflow: RunningAirflow):
    """Airflow's own commands work with the environment of the running system."""
    finished = running_airflow.cli("pools", "get", "tikhub", "-o", "json")
    assert finished.returncode == 0, finished.stderr
    assert '"tikhub"' in finished.stdout


@pytest.mark.thorough
def test_dates_to_come_end_at_once(running_airflow: RunningAirflow):
    """A run for next week fails with a note that says why, by REST and by command line, and keeps nobody waiting."""
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    running_airflow.api("PATCH", "/dags/housekeeping", {"is_paused": False})
    try:
        body = {"dag_run_id": "by_rest", "logical_date": later.isoformat()}
        running_airflow.api("POST", "/dags/housekeeping/dagRuns", body)
        asked = ["--run-id", "by_cli", "--logical-date", (later + timedelta(hours=1)).isoformat()]
        finished = running_airflow.cli("dags", "trigger", "housekeeping", *asked)
        assert finished.returncode == 0, finished.stderr
        running_airflow.api("POST", "/dags/housekeeping/dagRuns", {"dag_run_id": "of_today", "logical_date": None})
        ended = {run_id: _ended(running_airflow, run_id) for run_id in ("by_rest", "by_cli", "of_today")}
    finally:
        running_airflow.api("PATCH", "/dags/housekeeping", {"is_paused": True})
    assert {run_id: run["state"] for run_id, run in ended.items()} == {
        "by_rest": "failed",
        "by_cli": "failed",
        "of_today": "success",
    }
    assert f"its logical date {later:%Y-%m-%d %H:%M} UTC is still to come" in ended["by_rest"]["note"]
    assert "is still to come" in ended["by_cli"]["note"]


def _ended(running_airflow: RunningAirflow, run_id: str, dag_id: str = "housekeeping") -> dict[str, Any]:
    for _ in processes.every(0.5, until=RUN_SECONDS):
        run = running_airflow.api("GET", f"/dags/{dag_id}/dagRuns/{run_id}")
        if run["state"] in {"success", "failed"}:
            return run
    raise TimeoutError(f"{run_id} is {run['state']}")


@pytest.mark.thorough
@pytest.mark.usefixtures("lasting_day")
def test_a_late_day_is_red_and_a_past_one_is_left_alone(running_airflow: RunningAirflow):
    """Asked at once, the deadline's DAG fails on a day that nothing completed, by way of the triggerer; yesterday it skips."""
    now = datetime.now(UTC)
    with psycopg.connect(running_airflow.database_url, autocommit=True) as connection:
        connection.execute("insert into creators (user_id, first_seen_on) values ('waits', %s)", [now.date()])
        states = connection.execute("select pipeline, run_id, state from runs where day = %s", [now.date()]).fetchall()
        connection.execute("update runs set state = 'incomplete' where day = %s", [now.date()])
        running_airflow.api("PATCH", "/dags/comets_deadline", {"is_paused": False})
        try:
            runs = "/dags/comets_deadline/dagRuns"
            body = {"dag_run_id": "late", "logical_date": None, "conf": {"at_once": True}}
            running_airflow.api("POST", runs, body)
            past = (now - timedelta(days=1)).replace(microsecond=0).isoformat()
            running_airflow.api("POST", runs, {"dag_run_id": "past", "logical_date": past})
            ended = {run_id: _ended(running_airflow, run_id, "comets_deadline") for run_id in ("late", "past")}
        finally:
            running_airflow.api("PATCH", "/dags/comets_deadline", {"is_paused": True})
            connection.cursor().executemany(
                "update runs set state = %s where pipeline = %s and run_id = %s",
                [(state, pipeline, run_id) for pipeline, run_id, state in states],
            )
            connection.execute("delete from creators where user_id = 'waits'")
    assert {run_id: run["state"] for run_id, run in ended.items()} == {"late": "failed", "past": "success"}
    answered = running_airflow.api("GET", "/dags/comets_deadline/dagRuns/late/taskInstances/look/logs/1")["content"]
    assert any("the counts of a missed day never come back" in str(entry) for entry in answered)
    instances = running_airflow.api("GET", "/dags/comets_deadline/dagRuns/past/taskInstances")["task_instances"]
    assert {each["state"] for each in instances} == {"skipped"}


def test_what_is_switched_on_is_said(running_airflow: RunningAirflow, postgres_server: postgres.Server):
    """Whether a DAG is paused is read from Airflow's database."""
    before = airflow.paused(postgres_server)
    assert set(before) == set(airflow.DAGS)
    running_airflow.api("PATCH", "/dags/forget_creator", {"is_paused": not before["forget_creator"]})
    assert airflow.paused(postgres_server)["forget_creator"] is not before["forget_creator"]
    running_airflow.api("PATCH", "/dags/forget_creator", {"is_paused": before["forget_creator"]})


def test_healthy_means_that_the_dag_is_there(running_airflow: RunningAirflow):
    """A start that waits for a DAG which is not there ends with its name, though every component is healthy."""
    with pytest.raises(LocalError, match="the DAG nowhere is not in it"):
        airflow._wait_until_loaded(running_airflow.folders, running_airflow.env, "nowhere", datetime.now(UTC), 1.0)
