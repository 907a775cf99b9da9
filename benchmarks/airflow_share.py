"""Airflow's share of a day: how long tasks wait and run besides their own work, in a really running Airflow.

A day of 10 keywords and 500 creators, against a sandbox that answers at once, is played in both ways: with Airflow's own
defaults, and with the settings of `include/local/airflow.py`. Per task instance, Airflow says when it was queued, started and
ended; the body's own seconds are taken inside (`airflow_share_dags`). What is left of queue and run is Airflow's.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure
from benchmarks.stage import Stage, enter_world
from include.local import airflow, ports
from include.local.folders import Folders
from include.local.keys import passwords

if TYPE_CHECKING:
    from include.local.driven_sandbox import RunningSandbox
    from tests.fixtures.airflow import RunningAirflow

NAME = "airflow"
ROWS = tuple(f"{NAME}_{what}" for what in ("seconds", "day", "share"))
DAGS = Path(__file__).with_name("airflow_share_dags")
LONGEST_DAY = 900.0  # seconds until a day is given up


@dataclass(frozen=True, slots=True)
class Instance:
    """One task instance; times in seconds since the epoch. `own_…` is the body of the task."""

    task_id: str
    queued: float
    started: float
    ended: float
    own_began: float
    own_ended: float

    @property
    def own(self) -> float:
        return self.own_ended - self.own_began

    @property
    def airflows(self) -> float:
        """From being queued to its end, less the body."""
        return self.ended - self.queued - self.own


@dataclass(frozen=True, slots=True)
class Day:
    """A whole run: its length in seconds, and its instances in the order of their start."""

    seconds: float
    instances: Sequence[Instance]

    @property
    def airflows_each(self) -> float:
        return sum(each.airflows for each in self.instances) / len(self.instances)

    @property
    def own(self) -> float:
        return sum(each.own for each in self.instances)

    @property
    def without_work(self) -> float:
        """Seconds of the run in which no task's body was at work."""
        covered, until = 0.0, 0.0
        for each in sorted(self.instances, key=lambda each: each.own_began):
            covered += max(0.0, each.own_ended - max(each.own_began, until))
            until = max(until, each.own_ended)
        return self.seconds - covered


def measure(stage: Stage, _name: str) -> list[Figure]:
    """Airflow's seconds per task instance and per day; the table per task goes into the note."""
    keywords, pages, creators = stage.of_size((3, 1, 100), (10, 5, 500), (10, 5, 500))
    days: dict[bool, list[Day]] = {True: [], False: []}
    for _ in range(stage.of_size(1, 2, 2)):
        for is_plain, played in days.items():
            played.append(_play(stage, keywords, pages, creators, is_plain=is_plain))
    # The bodies do the same work every time: the day on which they took least was the least disturbed by other processes.
    plain, ours = (min(days[is_plain], key=lambda day: day.own) for is_plain in (True, False))
    what = f"{keywords} keywords, {creators} creators, {len(ours.instances)} task instances"
    return [
        _figure("seconds", f"Airflow's seconds per task instance ({what})", ours.airflows_each, plain.airflows_each, "s"),
        _figure("day", "seconds of the day in which no task was at work", ours.without_work, plain.without_work, "s"),
        Figure(
            f"{NAME}_share", "their share of the day", ours.without_work / ours.seconds * 100, "%", "", None,
            plain.without_work / plain.seconds * 100,
            note=f"\n{_table('Airflow as it comes', plain)}\n{_table('settings of this project', ours)}",
        ),
    ]  # fmt: skip


def _figure(name: str, what: str, ours: float, plain: float, unit: str) -> Figure:
    return Figure(f"{NAME}_{name}", what, ours, unit, "less", ours < plain, plain, plain / ours)


def _table(title: str, day: Day) -> str:
    """Sums per task id, in the order of the day: instances, queued, run, own work, Airflow's, all in seconds."""
    lines = [
        f"{title}: the day took {day.seconds:.1f} s",
        "  task            instances  queued    run    own  Airflow's",
    ]
    for task_id in dict.fromkeys(each.task_id for each in day.instances):
        lines.append(_row(task_id, [each for each in day.instances if each.task_id == task_id]))
    return "\n".join([*lines, _row("sum", day.instances)])


def _row(name: str, instances: Sequence[Instance]) -> str:
    queued, run, own, airflows = (
        sum(numbers)
        for numbers in zip(
            *((each.started - each.queued, each.ended - each.started, each.own, each.airflows) for each in instances),
            strict=True,
        )
    )
    return f"  {name:<15} {len(instances):9} {queued:7.1f} {run:6.1f} {own:6.1f} {airflows:10.1f}"


def _play(stage: Stage, keywords: int, pages: int, creators: int, *, is_plain: bool) -> Day:
    """One day of a new database, after a day without work that loads what a server loads at its first request."""
    with (
        stage.sandbox("--creators", max(600, creators * 3)) as sandbox,
        stage.database() as url,
        TemporaryDirectory(prefix="airflow-share-", dir=stage.server.data_folder.parent) as folder,
        _running(stage, url, sandbox, Folders(Path(folder)), is_plain=is_plain) as running,
    ):
        enter_world(url, sandbox, creators)
        _finish(running, running.trigger(skip_discovery=True, skip_roll_call=True))
        run_id = running.trigger(max_keywords=keywords, pages_per_keyword=pages)
        _finish(running, run_id)
        return _read(running, run_id)


@contextmanager
def _running(
    stage: Stage, url: str, sandbox: RunningSandbox, folders: Folders, *, is_plain: bool
) -> Iterator[RunningAirflow]:
    from tests.fixtures.airflow import RunningAirflow

    folders.make()
    port = ports.free_port()
    pipeline = {
        "POSTGRES_URL_NON_POOLING": url,
        "TIKHUB_BASE_URL": sandbox.url,
        "TIKHUB_API_KEY": sandbox.key,
        "TIKHUB_RATE_PER_SECOND": "10000",
        "TASK_TIMES": str(folders.local / "times.jsonl"),
    }
    outer = {name: text for name, text in os.environ.items() if not name.startswith("AIRFLOW__")}
    env = airflow.environment(folders, stage.server, port, base={**outer, **pipeline})
    env["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
    if is_plain:
        env = {name: text for name, text in env.items() if name not in airflow.TASTE}
    airflow.migrate(env, stage.server, folders.log_file("migrate"))
    airflow.ensure_pool(stage.server, None)
    passwords(folders)
    airflow.start(folders, env, port)
    try:
        running = RunningAirflow(f"http://{ports.HOST}:{port}", port, env, url, sandbox, folders)
        _unpause(running)
        yield running
    finally:
        airflow.stop(folders)


def _unpause(running: RunningAirflow) -> None:
    """As soon as the DAG is found, which takes a while after the start."""
    give_up_at = time.monotonic() + 120
    while not running.request("PATCH", "/api/v2/dags/comets", {"is_paused": False}).ok:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"Airflow found no DAG: {running.log_text('dag-processor')[-2000:]}")
        time.sleep(0.5)


def _finish(running: RunningAirflow, run_id: str) -> None:
    give_up_at = time.monotonic() + LONGEST_DAY
    while (state := running.api("GET", f"/dags/comets/dagRuns/{run_id}")["state"]) not in {"success", "failed"}:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{run_id} is {state}: {running.states(run_id)}")
        time.sleep(1)
    if state != "success":
        raise RuntimeError(f"{run_id} failed: {running.states(run_id)}")


def _read(running: RunningAirflow, run_id: str) -> Day:
    lines = Path(running.env["TASK_TIMES"]).read_text().splitlines()
    bodies = {(body["task_id"], body["map_index"]): body for body in map(json.loads, lines) if body["run_id"] == run_id}
    run = running.api("GET", f"/dags/comets/dagRuns/{run_id}")
    instances = [_instance(each, bodies[each["task_id"], each["map_index"]]) for each in running.instances(run_id)]
    return Day(_seconds(run["end_date"]) - _seconds(run["queued_at"]), sorted(instances, key=lambda each: each.started))


def _instance(told: dict[str, Any], body: dict[str, Any]) -> Instance:
    times = (_seconds(told[name]) for name in ("queued_when", "start_date", "end_date"))
    return Instance(told["task_id"], *times, body["began"], body["ended"])


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
