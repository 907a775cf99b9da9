"""The commands of docker-compose.yaml, started by hand with a Redis of this machine: one day through Celery."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator

import psycopg
import pytest

from include.local import postgres, processes
from include.local.driven_sandbox import start_process
from tests import compose_file
from tests.compose_stack import Api, Stack, prepared, stop_all, until

pytestmark = pytest.mark.airflow
COMPONENTS = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-worker")
SMALL = {"max_keywords": 2, "pages_per_keyword": 1}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Redis, the sandbox, init, and the five components; all stopped at the end."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server (on Debian: apt-get install redis-server)")
    started: list[processes.Process] = []
    sandbox = start_process("--rate", 0)
    try:
        folder = tmp_path_factory.mktemp("compose")
        # Switching the DAG on must not bring the run of the last 02:00, which might come first.
        own = {"AIRFLOW__CELERY__WORKER_CONCURRENCY": "3", "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}
        with prepared(folder, sandbox, **own) as made:
            try:
                started += [made.start(name) for name in COMPONENTS]
                yield made
            finally:
                stop_all(started)
    finally:
        sandbox.stop()


def test_a_day(stack: Stack):
    """Init prepares everything, every health check passes, and a triggered day ends green on the Celery worker."""
    password_file = stack.folder / "auth" / "passwords.json"
    assert json.loads(password_file.read_text()) == {"admin": compose_file.ENV["AIRFLOW_PASSWORD"]}
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600

    for name in COMPONENTS:
        assert until(lambda name=name: stack.is_healthy(name), 120), f"{name} is not healthy"

    api = Api(stack)
    assert api.call("GET", "/pools/tikhub")["slots"] == 8
    assert until(lambda: any(dag["dag_id"] == "comets" for dag in api.call("GET", "/dags")["dags"]), 60)
    api.call("PATCH", "/dags/comets", {"is_paused": False})
    run_id = api.call("POST", "/dags/comets/dagRuns", {"logical_date": None, "conf": SMALL})["dag_run_id"]
    ended = ("success", "failed")
    assert until(lambda: api.call("GET", f"/dags/comets/dagRuns/{run_id}")["state"] in ended, 300)
    tasks = api.call("GET", f"/dags/comets/dagRuns/{run_id}/taskInstances")["task_instances"]
    # Everybody in the roster was found a moment ago, so there is nobody left to call.
    assert {task["task_id"]: task["state"] for task in tasks} == {
        **dict.fromkeys(("open_day", "fetch_trends", "discover", "plan_roll_call"), "success"),
        "roll_call": "skipped",
        **dict.fromkeys(("keep_videos", "compute_growth", "rank_creators", "check_day", "report"), "success"),
    }, logs(stack)
    assert {task["executor"] or "CeleryExecutor" for task in tasks} == {"CeleryExecutor"}

    url = stack.server.url_for("cometwatch").replace(postgres.SUPERUSER + "@", "cometwatch@")
    with psycopg.connect(url) as connection:
        assert connection.execute("select state, mode from runs where run_id = %s", [run_id]).fetchone() == (
            "complete",
            "live",
        )
        row = connection.execute("select tableowner from pg_tables where tablename = 'creators'").fetchone()
    assert row == ("cometwatch_owner",)


def test_init_again(stack: Stack):
    """A second `docker compose up` runs init again, and it changes nothing."""
    again = stack.init()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "up to date" in again.stdout


def logs(stack: Stack) -> str:
    """The end of every component's log."""
    return "\n".join(f"== {name}\n{stack.log(name)}" for name in COMPONENTS)
