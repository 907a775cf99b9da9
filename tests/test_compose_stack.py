"""The commands of docker-compose.yaml, started by hand with a Redis of this machine: one day through Celery."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import requests

from include.local import ports, postgres, processes
from tests import compose_file
from tests.fixtures.sandbox import start_process
from tests.test_compose import make_databases, psql

pytestmark = pytest.mark.airflow
ROOT = compose_file.PATH.parent
COMPONENTS = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-worker")
SMALL = {"max_keywords": 2, "pages_per_keyword": 1}


@dataclass(frozen=True)
class Stack:
    """Services that run; every address and path of the containers is replaced by one of this machine."""

    folder: Path
    server: postgres.Server
    redis_port: int
    api_port: int
    env: dict[str, str]

    def here(self, text: str) -> str:
        """`text` of the file, with what is true only in a container put right."""
        for inside, here in {
            "/opt/cometwatch": str(ROOT),
            "/opt/airflow": str(self.folder),
            "airflow@postgres:5432/airflow": f"airflow@/airflow?host={quote(str(self.server.host), safe='')}",
            "redis:6379": f"127.0.0.1:{self.redis_port}",
            "airflow-api-server:8080": f"127.0.0.1:{self.api_port}",
            "localhost:8080": f"127.0.0.1:{self.api_port}",
            "localhost:8974": f"127.0.0.1:{self.env['AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT']}",
            "$HOSTNAME": os.uname().nodename,
            "${HOSTNAME}": os.uname().nodename,
        }.items():
            text = text.replace(inside, here)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """What the service's container sees, put right for this machine."""
        said = {name: self.here(value) for name, value in compose_file.environment(service, self.env).items()}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**os.environ, **said, **self.env, "PATH": path}

    def run(self, service: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """One command in the service's environment, to its end."""
        return subprocess.run(
            [self.here(part) for part in command],
            env=self.environment(service),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def is_healthy(self, service: str) -> bool:
        """What the service's health check says."""
        kind, *command = compose_file.filled(self.env)["services"][service]["healthcheck"]["test"]
        return self.run(service, ["/bin/sh", "-c", *command] if kind == "CMD-SHELL" else command).returncode == 0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Redis, the sandbox, init, and the five components; all stopped at the end."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server (on Debian: apt-get install redis-server)")
    folder = tmp_path_factory.mktemp("compose")
    for name in ("auth", "logs"):
        (folder / name).mkdir()
    server = postgres.start(folder / "data")
    started: list[processes.Process] = []
    sandbox = start_process("--rate", 0)
    try:
        psql(server, ["drop database airflow", "drop database cometwatch"])
        api_port, redis_port, *others = (ports.free_port() for _ in range(5))
        own = {
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__API__PORT": str(api_port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(others[0]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(others[1]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(others[2]),
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "3",
            "TIKHUB_API_KEY": sandbox.key,
            "TIKHUB_BASE_URL": sandbox.url,
            "DB_HOST": str(server.host),
            "NO_PROXY": "127.0.0.1,localhost",
        }
        made = Stack(folder, server, redis_port, api_port, {**compose_file.ENV, **own})
        make_databases(server, made.env)
        started.append(spawn(made, "redis", redis_command(made)))
        services = compose_file.filled(made.env)["services"]
        init = made.run("airflow-init", services["airflow-init"]["command"])
        assert init.returncode == 0, init.stdout + init.stderr
        started += [spawn(made, name, ["airflow", *services[name]["command"]]) for name in COMPONENTS]
        yield made
    finally:
        redis, components = started[:1], started[1:]
        with ThreadPoolExecutor() as pool:
            list(pool.map(processes.stop, components))
        for process in redis:
            processes.stop(process)
        sandbox.stop()
        postgres.stop(folder / "data")


def redis_command(stack: Stack) -> list[str]:
    command = compose_file.raw()["services"]["redis"]["command"]
    return [*command, "--port", str(stack.redis_port), "--bind", "127.0.0.1", "--dir", str(stack.folder)]


def spawn(stack: Stack, name: str, command: list[str]) -> processes.Process:
    service = "airflow-worker" if name == "redis" else name
    process, _ = processes.spawn(
        command, log_file=stack.folder / f"{name}.log", environment=stack.environment(service), folder=stack.folder
    )
    return process


def test_a_day(stack: Stack):
    """Init prepares everything, every health check passes, and a triggered day ends green on the Celery worker."""
    password_file = stack.folder / "auth" / "passwords.json"
    assert json.loads(password_file.read_text()) == {"admin": compose_file.ENV["AIRFLOW_PASSWORD"]}
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600

    for name in COMPONENTS:
        assert until(lambda name=name: stack.is_healthy(name), 120), f"{name} is not healthy"

    api = Api(stack)
    assert api.call("GET", "/pools/tikhub")["slots"] == 4
    assert until(lambda: any(dag["dag_id"] == "comets" for dag in api.call("GET", "/dags")["dags"]), 60)
    # Asked for first, so that it is ahead of the scheduled run that switching on brings.
    run_id = api.call("POST", "/dags/comets/dagRuns", {"logical_date": None, "conf": SMALL})["dag_run_id"]
    api.call("PATCH", "/dags/comets", {"is_paused": False})
    ended = ("success", "failed")
    assert until(lambda: api.call("GET", f"/dags/comets/dagRuns/{run_id}")["state"] in ended, 300)
    tasks = api.call("GET", f"/dags/comets/dagRuns/{run_id}/taskInstances")["task_instances"]
    # Everybody in the roster was found a moment ago, so there is nobody left to call.
    assert {task["task_id"]: task["state"] for task in tasks} == {
        **dict.fromkeys(("open_day", "fetch_trends", "discover", "plan_roll_call"), "success"),
        "roll_call": "skipped",
        **dict.fromkeys(("compute_growth", "check_day", "report"), "success"),
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
    command = compose_file.filled(stack.env)["services"]["airflow-init"]["command"]
    again = stack.run("airflow-init", command)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "up to date" in again.stdout


class Api:
    """Airflow's public API, as admin."""

    def __init__(self, stack: Stack) -> None:
        self._url = f"http://127.0.0.1:{stack.api_port}"
        self._session = requests.Session()
        self._session.trust_env = False
        login = {"username": "admin", "password": compose_file.ENV["AIRFLOW_PASSWORD"]}
        answer = self._session.post(f"{self._url}/auth/token", json=login, timeout=30)
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: object = None) -> dict:
        answer = self._session.request(method, f"{self._url}/api/v2{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


def until(condition, seconds: float) -> bool:
    """Whether `condition()` came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def logs(stack: Stack) -> str:
    """The end of every component's log."""
    return "\n".join(f"== {name}\n{processes.last_lines(stack.folder / f'{name}.log', 20)}" for name in COMPONENTS)
