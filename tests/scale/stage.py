"""Where it is played: Redis, PostgreSQL, Airflow as docker-compose.yaml starts it, and two workers in folders of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import psycopg

from include.comets import snapshots
from include.local import ports, processes
from include.local.driven_sandbox import RunningSandbox, start_process
from tests.compose_stack import ROOT, Api, Stack, prepared, stop_all, until

RATE = 50
CREATORS = 2_000
WORLD = 3_000
LATENCY = 0.1  # seconds an answer of the sandbox takes, so that calls are under way when the worker dies
PARTS = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor")
# What a worker's machine has of the project, as docker-compose.yaml mounts it.
MOUNTED = ("dags", "include", "plugins", "sql")
WORKER = "airflow-worker"
Say = Callable[[str], None]


class StageError(RuntimeError):
    """The day could not be played to its end; the message has the end of the log that tells why."""


@dataclass
class Worker:
    """A Celery worker with a home, a working folder and a copy of the project of its own."""

    name: str
    stack: Stack
    process: processes.Process
    killed_at: float | None = None

    def batches(self, run_id: str) -> set[int]:
        """The batches whose task logs are in this worker's own folder."""
        logs = self.stack.folder.glob(f"logs/dag_id=comets/run_id={run_id}/task_id=roll_call/map_index=*")
        return {int(path.name.partition("=")[2]) for path in logs}

    def kill(self) -> None:
        """SIGKILL for the whole process group, and for whatever of it has left the group: as when its machine dies."""
        members = self.process.members()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.killed_at = time.time()
        for member in processes.living(members):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)
        left = processes.wait_for(members, 5)
        if left:
            raise StageError(f"{self.name} has survivors: {left}")


@dataclass
class Scene:
    """A day that can be run: everything is up, the roster is entered, nothing has been called."""

    stack: Stack
    sandbox: RunningSandbox
    workers: list[Worker]
    api: Api
    database_url: str
    day: date
    due: set[str] = field(default_factory=set)
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, parameters).fetchall()

    def calls(self) -> list[dict[str, Any]]:
        return self.sandbox.log("user_profile")

    def trigger(self) -> str:
        """Start the roll call of the day; returns the run's id."""
        self.api.call("PATCH", "/dags/comets", {"is_paused": False})
        body = {"logical_date": None, "conf": {"skip_discovery": True}}
        return self.api.call("POST", "/dags/comets/dagRuns", body)["dag_run_id"]

    def state(self, run_id: str) -> str:
        return self.api.call("GET", f"/dags/comets/dagRuns/{run_id}")["state"]

    def wait(self, what: Callable[[], bool], seconds: float, expected: str) -> None:
        """Until `what` holds. Raises StageError with the logs' ends."""
        if not until(what, seconds):
            logs = "\n".join(f"== {name}\n{self.stack.log(name, 8)}" for name in PARTS)
            logs += "".join(f"\n== {worker.name}\n{worker.stack.log(WORKER, 8)}" for worker in self.workers)
            raise StageError(f"not within {seconds:.0f} s: {expected}\n{logs}")


@contextlib.contextmanager
def scene(say: Say) -> Iterator[Scene]:
    """Start everything; stop everything at the end. Raises StageError, and LocalError of the embedded PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="cometwatch-scale-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        sandbox = start_process("--rate", RATE, "--creators", WORLD, "--latency", LATENCY)
        undo.callback(sandbox.stop)
        changed = {
            # One task at a time for each worker, so that two batches are two workers' work.
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1",
            # Switching the DAG on does not bring the run of the last 02:00, which might come first.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            "TIKHUB_RATE_PER_SECOND": str(RATE),
        }
        stack = undo.enter_context(prepared(folder, sandbox, **changed))
        url = stack.server.url_for("cometwatch")
        day = datetime.now(UTC).date()
        due, truth = enter_roster(url, sandbox, day)
        say(f"{len(due):,} creators are due")
        started: list[processes.Process] = []
        undo.callback(lambda: stop_all(started))
        started += [stack.start(name) for name in PARTS]
        workers = []
        for number in (1, 2):
            own = _own_place(stack, folder / f"worker{number}")
            workers.append(
                Worker(f"worker {number}", own, own.start(WORKER, "--celery-hostname", f"worker{number}@%h"))
            )
            started.append(workers[-1].process)
        if not until(lambda: stack.is_healthy(PARTS[0]), 180):
            raise StageError(f"the API server is not healthy:\n{stack.log(PARTS[0])}")
        made = Scene(stack, sandbox, workers, Api(stack), url, day, due, truth)
        made.wait(lambda: _is_known(made), 180, "the DAG is known")
        made.wait(lambda: all(_is_ready(worker) for worker in workers), 180, "both workers are ready")
        yield made


def enter_roster(url: str, sandbox: RunningSandbox, day: date) -> tuple[set[str], dict[str, dict[str, Any]]]:
    """Creators known since yesterday, whatever became of them today. Returns their ids and today's truth about them."""
    before = day - timedelta(days=1)
    # Noon, so that the sandbox's day does not end while the test runs.
    sandbox.set_clock(datetime.combine(day, clock_time(12), UTC))
    roster = [each for each in sandbox.truth(before) if each["status"] == "active"][:CREATORS]
    if len(roster) < CREATORS:
        raise StageError(f"the sandbox has {len(roster)} active creators, not {CREATORS}")
    at = datetime.combine(before, clock_time(12), UTC)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select make_partitions(%s, 3)", [before])
        with connection.transaction():
            connection.cursor().executemany(
                "insert into creators (user_id, sec_user_id, handle, nickname, first_seen_on, last_updated_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                [
                    (each["user_id"], each["sec_user_id"], each["handle"], each["nickname"], before, at)
                    for each in roster
                ],
            )
            snapshots.store(
                connection,
                before,
                "roll_call",
                [
                    snapshots.Snapshot(each["user_id"], each["followers"], each["hearts"], each["videos"], at, None)
                    for each in roster
                ],
            )
    due = {each["user_id"] for each in roster}
    return due, {each["user_id"]: each for each in sandbox.truth(day) if each["user_id"] in due}


def _own_place(stack: Stack, folder: Path) -> Stack:
    """The same services seen from another machine: nothing on its disk is shared with anybody."""
    project = folder / "project"
    for name in MOUNTED:
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "logs").mkdir()
    env = {**stack.env, "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.free_port())}
    return replace(stack, folder=folder, project=project, env=env)


def _is_known(made: Scene) -> bool:
    return any(dag["dag_id"] == "comets" for dag in made.api.call("GET", "/dags")["dags"])


def _is_ready(worker: Worker) -> bool:
    return " ready." in worker.stack.log(WORKER, 200)
