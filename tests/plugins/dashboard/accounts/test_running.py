"""Starting the DAG from its pages, in a running Airflow: as the signed-in user, and by nobody without the right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.fixtures.airflow import RunningAirflow

pytestmark = pytest.mark.airflow
START, DAG = "/cometwatch/accounts/run/start", "/dags/account_analytics"


@pytest.fixture
def unpaused(running_airflow: RunningAirflow) -> Iterator[RunningAirflow]:
    """The DAG switched on for the test, and its runs gone afterwards."""
    give_up_at = time.monotonic() + 120
    while running_airflow.request("GET", f"/api/v2{DAG}").status_code != 200 and time.monotonic() < give_up_at:
        time.sleep(1)
    running_airflow.api("PATCH", DAG, {"is_paused": False})
    yield running_airflow
    running_airflow.api("PATCH", DAG, {"is_paused": True})
    for run in running_airflow.api("GET", f"{DAG}/dagRuns")["dag_runs"]:
        running_airflow.request("DELETE", f"/api/v2{DAG}/dagRuns/{run['dag_run_id']}")


def manual_runs(airflow: RunningAirflow) -> list[dict[str, object]]:
    return airflow.api("GET", f"{DAG}/dagRuns", run_type="manual")["dag_runs"]


def test_a_run_is_started_as_the_signed_in_user(unpaused: RunningAirflow):
    """Who may edit the DAG starts a run in their own name, and is led to the page that links to it."""
    answer = unpaused.request("POST", START)
    assert answer.history[0].status_code == 303
    (run,) = manual_runs(unpaused)
    assert run["triggering_user_name"] == "admin"
    assert quote(str(run["dag_run_id"])) in answer.history[0].headers["location"]


def test_who_may_only_look_starts_nothing(unpaused: RunningAirflow):
    """A viewer gets 403, a stranger 401, and no run begins."""
    before = len(manual_runs(unpaused))
    assert [unpaused.request("POST", START, user=user).status_code for user in ("viewer", None)] == [403, 401]
    assert len(manual_runs(unpaused)) == before


def test_a_paused_dag_is_said(unpaused: RunningAirflow):
    """Nothing is queued behind a switch that is off."""
    before = len(manual_runs(unpaused))
    unpaused.api("PATCH", DAG, {"is_paused": True})
    answer = unpaused.request("POST", START)
    assert (answer.status_code, "is paused" in answer.text) == (409, True)
    assert len(manual_runs(unpaused)) == before
