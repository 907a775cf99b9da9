"""What a started Airflow is like: who may come in, how many calls its pool allows, whether DAGs import."""

import pytest

from tests.fixtures.airflow import RunningAirflow

pytestmark = pytest.mark.airflow


def test_healthy(running_airflow: RunningAirflow):
    """Every component that is started reports itself healthy; no triggerer is started."""
    health = running_airflow.api("GET", "/monitor/health")
    assert {name: state["status"] for name, state in health.items()} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "dag_processor": "healthy",
        "triggerer": None,
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
