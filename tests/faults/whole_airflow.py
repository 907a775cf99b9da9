"""Faults of Airflow itself: its scheduler, its workers, its own database. Each starts a whole Airflow of its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import requests

from include.local import airflow, ports, postgres, processes
from include.local.folders import ROOT, Folders
from include.local.keys import passwords
from tests.faults.catalogue import fault
from tests.faults.stage import Play, Stage

# What Airflow itself waits for before it believes that something died; minutes in production.
IMPATIENT = {
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME": "36000",
}
LATENCY = 0.4  # so that a roll call takes long enough to be struck


@dataclass
class WholeAirflow:
    """A running Airflow whose pipeline database is a play's."""

    folders: Folders
    env: dict[str, str]
    port: int
    run_id: str
    dag: str = "comets"
    token: str = ""

    def api(self, method: str, path: str, json: object = None) -> Any:
        session = requests.Session()
        session.trust_env = False
        base = f"http://{ports.HOST}:{self.port}"
        if not self.token:
            login = {"username": "admin", "password": passwords(self.folders)["admin"]}
            self.token = session.post(f"{base}/auth/token", json=login, timeout=30).json()["access_token"]
        answer = session.request(method, f"{base}/api/v2{path}", json=json, timeout=60,
                                 headers={"Authorization": f"Bearer {self.token}"})  # fmt: skip
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def states(self) -> dict[str, list[str]]:
        """Task -> the states of its instances; empty while Airflow does not answer."""
        try:
            found = self.api("GET", f"/dags/{self.dag}/dagRuns/{self.run_id}/taskInstances")["task_instances"]
        except requests.RequestException:
            return {}
        states: dict[str, list[str]] = {}
        for each in found:
            states.setdefault(each["task_id"], []).append(each["state"])
        return states

    def run_state(self) -> str | None:
        try:
            return self.api("GET", f"/dags/{self.dag}/dagRuns/{self.run_id}")["state"]
        except requests.RequestException:
            return None

    def scheduler(self) -> psutil.Process:
        noted = processes.find(self.folders.pid_file("scheduler"))
        if noted is None:
            raise RuntimeError("the scheduler does not run")
        return psutil.Process(noted.pid)

    def revive(self) -> list[str]:
        """Start the components that have ended again, as a service manager does; returns their names.

        What a killed scheduler left of its workers is ended first, as by `make up`, systemd or a container's end: they
        hold its connection to the database, and with it the locks of the transaction it was killed in.
        """
        gone = [name for name, process in airflow.components(self.folders).items() if process is None]
        for name in gone:
            processes.stop_noted(self.folders.pid_file(name))
            process, _ = processes.spawn(
                [sys.executable, "-m", "airflow", *airflow.COMPONENTS[name]],
                log_file=self.folders.log_file(name),
                environment=self.env,
                folder=ROOT,
            )
            processes.write_pid_file(self.folders.pid_file(name), process)
        return gone


def begin(play: Play, *, database: str = "airflow", dag: str = "comets", **changed: str) -> WholeAirflow:
    """A healthy Airflow that knows the DAG, which is paused; it ends with the play.

    `database`: its own tables; `changed`: variables of its environment.
    """
    folders = Folders(Path(play.folder / "airflow"))
    folders.make()
    server = play.stage.server
    port = ports.free_port()
    base = {
        **os.environ, **IMPATIENT, "POSTGRES_URL_NON_POOLING": play.url, "TIKHUB_BASE_URL": play.sandbox.url,
        "TIKHUB_API_KEY": play.sandbox.key, "COMETS_NOW": play.now.isoformat(), "TIKHUB_RATE_PER_SECOND": "10000",
        "ROLL_CALL_THREADS": str(play.threads),
    }  # fmt: skip
    env = {**airflow.environment(folders, server, port, database=database, base=base), **changed}
    airflow.migrate(env, server, folders.log_file("migrate"), database=database)
    airflow.ensure_pool(server, None, database=database)
    passwords(folders)
    play.on_end(lambda: airflow.stop(folders))
    airflow.start(folders, env, port)
    # Airflow's own database may live as long as the stage: every play is a run of its own.
    running = WholeAirflow(folders, env, port, run_id=f"faulty_{play.name}", dag=dag)
    if not wait_until(lambda: _is_known(running), 60):
        raise RuntimeError("Airflow does not find the DAG")
    return running


def _start(play: Play) -> WholeAirflow:
    """An Airflow with the day triggered."""
    running = begin(play)
    running.api("PATCH", "/dags/comets", {"is_paused": False})
    running.api(
        "POST",
        "/dags/comets/dagRuns",
        {
            "dag_run_id": running.run_id,
            "logical_date": (play.now - timedelta(minutes=int(play.name.rpartition("_")[2]))).isoformat(),
            "conf": {"skip_discovery": True},
        },
    )
    return running


def _is_known(running: WholeAirflow) -> bool:
    try:
        return bool(running.api("GET", f"/dags/{running.dag}"))
    except requests.RequestException:
        return False


def wait_until(what: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.3)
    return False


def _end(play: Play, running: WholeAirflow) -> None:
    def has_ended() -> bool:
        play.notes.extend(f"{name} started again" for name in running.revive())
        return running.run_state() in {"success", "failed"}

    ended = wait_until(has_ended, 300)
    state = running.run_state()
    play.check(f"the run ends as a success ({state if ended else 'still ' + str(state)}, {running.states()})",
               state == "success")  # fmt: skip
    airflow.stop(running.folders)
    play.runs = [run_of(play, running.run_id)]


def run_of(play: Play, run_id: str) -> Any:
    from include.comets.run import Run

    return Run.from_json(play.rows("select settings from runs where run_id = %s", run_id)[0][0])


@fault("F03", "supervisor and task both gone: every busy worker and its task process killed in the middle", roster=200,
       needs_airflow=True)  # fmt: skip
def supervisor_gone(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    running = _start(play)
    wait_until(lambda: play.billed() >= 20, 90)
    # Only the busy ones: a killed idle worker takes the lock of LocalExecutor's queue with it, and nothing runs again.
    for worker in running.scheduler().children():
        tasks = worker.children(recursive=True)
        for process in (worker, *tasks) if tasks else ():
            process.kill()
    play.kills = 2
    play.bound = play.kills * play.chunk
    _end(play, running)


@fault("F05", "scheduler killed between plan and expansion, and again between batches", roster=200, needs_airflow=True)
def scheduler_killed(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    running = _start(play)
    wait_until(lambda: running.states().get("plan_roll_call") == ["success"], 90)
    _restart_scheduler(running)
    wait_until(lambda: play.billed() >= 20, 90)
    _restart_scheduler(running)
    play.kills = 4  # each time with two workers
    play.bound = play.kills * play.chunk
    _end(play, running)


def _restart_scheduler(running: WholeAirflow) -> None:
    scheduler = running.scheduler()
    scheduler.kill()
    scheduler.wait(10)
    time.sleep(1)
    running.revive()


@fault("F06", "metadata database crashes and comes back in the middle (here the pipeline's as well)", roster=200,
       needs_airflow=True)  # fmt: skip
def metadata_database_crash(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    running = _start(play)
    wait_until(lambda: play.billed() >= 20, 90)
    stage: Stage = play.stage
    os.kill(stage.server.pid, signal.SIGQUIT)
    wait_until(lambda: postgres.find(stage.data_folder) is None, 10)
    time.sleep(2)
    stage.start_server()
    play.kills = 2
    play.bound = play.kills * play.chunk
    _end(play, running)
