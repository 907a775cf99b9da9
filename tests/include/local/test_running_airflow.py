"""What a started Airflow is like: who may come in, how many calls its pool allows, whether DAGs import."""

from datetime import UTC, datetime, timedelta
from typing import Any

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


def test_command_line(running_airflow: RunningAirflow):
    """Airflow's own commands work with the environment of the running system."""
    finished = running_airflow.cli("pools", "get", "tikhub", "-o", "json")
    assert finished.returncode == 0, finished.stderr
    assert '"tikhub"' in finished.stdout


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


def _ended(running_airflow: RunningAirflow, run_id: str) -> dict[str, Any]:
    for _ in processes.every(0.5, until=RUN_SECONDS):
        run = running_airflow.api("GET", f"/dags/housekeeping/dagRuns/{run_id}")
        if run["state"] in {"success", "failed"}:
            return run
    raise TimeoutError(f"{run_id} is {run['state']}")


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
