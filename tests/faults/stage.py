"""Where a fault is played: an embedded PostgreSQL of its own, a sandbox, worker processes, and a day to be got through."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from include import database, migrations
from include.comets import run as runs
from include.comets import snapshots, tasks
from include.comets.run import Run
from include.local import postgres
from include.local.driven_sandbox import RunningSandbox, start_process
from include.local.played_days import DEFAULTS
from tests.faults.catalogue import Fault
from tests.faults.worker import TIMES

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
# A crash of the server must not lose a commit; a crash of the machine is not played, so nothing waits for the disk.
SETTINGS = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off"}
TEMPLATE = "fault_template"
THREADS = 8
CREATORS = 600
UNLIMITED = 10_000.0
RETRIES = 40


@dataclass
class Worker:
    """A task in a process of its own."""

    process: subprocess.Popen[str]
    task: dict[str, Any]
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    answer: dict[str, Any] | None = None

    def kill(self, what: signal.Signals = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            self.process.send_signal(what)

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait(self, seconds: float = 60.0) -> dict[str, Any]:
        """What it said: {"result": …}, {"error": …, "message": …}, or {"died": exit status}."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return {"error": "Hung", "message": f"no end after {seconds:.0f} s; {self.log()[-1500:]}"}
        lines = (self.folder / "out").read_text().splitlines()
        if self.process.returncode < 0 or not lines:
            return {"died": self.process.returncode, "message": self.log()[-1500:]}
        return json.loads(lines[-1])

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


class Stage:
    """One server and one sandbox for many plays. Close it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cw-faults-"))
        self.folder.chmod(0o755)
        self.data_folder = self.folder / "data"
        self.sandbox: RunningSandbox | None = None
        self.calm: dict[str, Any] = {}  # what runs without a fault leave, for faults that end like them
        self._databases = 0
        self.server = postgres.start(self.data_folder, settings=SETTINGS)
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self.sandbox = start_process("--rate", 0, "--creators", CREATORS)
            self._execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
            with psycopg.connect(self.server.url_for(TEMPLATE)) as connection:
                migrations.migrate(connection)
            undo.pop_all()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.sandbox is not None:
            self.sandbox.stop()
        postgres.stop(self.data_folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_server(self) -> None:
        """Start the server again after a crash; its address stays."""
        self.server = postgres.start(self.data_folder, settings=SETTINGS)

    @contextlib.contextmanager
    def play(self, fault: Fault, seed: int) -> Iterator[Play]:
        """A fresh database, a calm sandbox at noon, and a roster with a past."""
        self._databases += 1
        name = f"play_{self._databases}"
        self._execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        sandbox = self.sandbox
        if sandbox is None or sandbox.process.poll() is not None:
            raise RuntimeError("the sandbox has ended")
        sandbox.clear_faults()
        sandbox.account(balance=1000.0, free_credit=0.0, billed_today=0)
        sandbox.settings(rate=0, latency=0, churn=False, as_recorded=False)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        folder.chmod(0o755)
        play = Play(self, name, self.server.url_for(name), sandbox, random.Random(seed), folder)  # noqa: S311 - seeded, so that a round can be repeated
        play.set_clock(NOON)
        sandbox.clear_log()
        try:
            if fault.pipeline == "comets":
                play.enter_roster(fault.roster, fault.history)
            yield play
        finally:
            play.end()
            self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            shutil.rmtree(folder, ignore_errors=True)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server.url_for("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@dataclass
class Play:
    """One fault on one database: what was done to it, and what may follow from it."""

    stage: Stage
    name: str
    url: str
    sandbox: RunningSandbox
    rng: random.Random
    folder: Path
    day: date = DAY
    now: datetime = NOON
    kills: int = 0
    bound: int = 0
    rate: float | None = None
    excused: set[str] = field(default_factory=set)
    expected: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[tuple[str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    runs: list[Any] = field(default_factory=list)
    research: Any = None
    judges_truth: bool = True
    judges_fixpoint: bool = True
    judges_loss: bool = True
    paid_days: int = 1
    is_quick: bool = False
    deadline: float = 5.0
    threads: int = THREADS
    _undo: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    # -- the world ---------------------------------------------------------------------------------------

    def set_clock(self, now: datetime, *, frozen: bool = False) -> None:
        self.now = now
        self.sandbox.set_clock(now, frozen=frozen)

    def enter_roster(self, size: int, history: int) -> None:
        """Creators that stay measurable, with snapshots of the days before (of some, with days missing)."""
        before = self.day - timedelta(days=1)
        today = {each["user_id"]: each for each in self.sandbox.truth(self.day)}
        roster = [each for each in self.sandbox.truth(before) if is_plain(each, today[each["user_id"]])][:size]
        if len(roster) < size:
            raise ValueError(f"the sandbox has {len(roster)} plain creators, not {size}")
        self.expected = {each["user_id"]: today[each["user_id"]] for each in roster}
        with psycopg.connect(self.url, autocommit=True) as connection:
            for back in range(history, 0, -1):
                connection.execute("select make_partitions(%s, 3)", [self.day - timedelta(days=back)])
            with connection.transaction():
                connection.cursor().executemany(
                    "insert into creators (user_id, sec_user_id, handle, nickname, first_seen_on, last_updated_at)"
                    " values (%s, %s, %s, %s, %s, %s)",
                    [
                        (each["user_id"], each["sec_user_id"], each["handle"], each["nickname"],
                         before - timedelta(days=history), self.now - timedelta(days=1))
                        for each in roster
                    ],
                )  # fmt: skip
                for back in range(history, 0, -1):
                    self._enter_history(connection, self.day - timedelta(days=back), roster, back)

    def _enter_history(self, connection: psycopg.Connection[Any], day: date, roster: Sequence[Any], back: int) -> None:
        truth = {each["user_id"]: each for each in self.sandbox.truth(day)}
        # A tenth is new today, a tenth was missed yesterday: both kinds of gap are in every play.
        measured = [
            truth[each["user_id"]]
            for number, each in enumerate(roster)
            if number % 10 != 0 and not (number % 10 == 1 and back == 1)
        ]
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        snapshots.store(
            connection,
            day,
            "roll_call",
            [
                snapshots.Snapshot(each["user_id"], each["followers"], each["hearts"], each["videos"], at, None)
                for each in measured
            ],
        )

    # -- runs and workers --------------------------------------------------------------------------------

    def open(self, rate: float = UNLIMITED, day: date | None = None, run_id: str | None = None, **params: Any) -> Run:
        """Open a run of the day, as the first task does."""
        params = {"skip_discovery": True, **params}
        run = runs.plan(
            run_id or f"manual__{len(self.runs) + 1}", day or self.day, self.now, {**DEFAULTS, **params}, ()
        )
        self.rate = None if rate == UNLIMITED else rate
        with database.Database(self.connect) as connections:
            connections.repeatedly(lambda connection: runs.open_day(connection, run, rate))
        self.runs.append(run)
        return run

    def plan(self, run: Run) -> list[dict[str, Any]]:
        return [dict(batch) for batch in tasks.plan_roll_call(self.connect, run)]

    def start(self, step: str, run: Any, *, times: Mapping[str, Any] | None = None, **more: Any) -> Worker:
        """Start a worker process on one task; it works while this returns."""
        api: dict[str, Any] = {
            "url": self.sandbox.url, "key": self.sandbox.key, "deadline": self.deadline, "threads": self.threads,
            "now": self.now.isoformat(),
        }  # fmt: skip
        api |= more.pop("api", {})
        env = {**os.environ, **more.pop("env", {})}
        task = {"step": step, "database": self.url, "api": api, "run": run.as_json(), "times": times or {}, **more}
        return self._start(task, env)

    def _start(self, task: dict[str, Any], env: dict[str, str]) -> Worker:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        with (folder / "out").open("w") as out, (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        if process.stdin is None:
            raise RuntimeError("a worker was started without a pipe")
        process.stdin.write(json.dumps(task))
        process.stdin.close()
        worker = Worker(process, task, folder, env)
        self.workers.append(worker)
        return worker

    def start_all(self, run: Run, batches: Sequence[Mapping[str, Any]], **more: Any) -> list[Worker]:
        return [self.start("roll_call", run, batch=dict(batch), **more) for batch in batches]

    def retry_until_done(
        self, workers: Sequence[Worker], seconds: float = 60.0, **changes: Any
    ) -> list[dict[str, Any]]:
        """Wait for each; what died or failed is started again, as Airflow does. Returns all the failures on the way."""
        failures = []
        waiting = list(workers)
        for _ in range(RETRIES):
            again = []
            for worker in waiting:
                answer = worker.wait(seconds)
                if "result" in answer:
                    worker.answer = answer
                    continue
                failures.append(answer)
                again.append(worker)
            if not again:
                return failures
            if any(failure.get("error") == "Hung" for failure in failures):
                break
            waiting = [self.again(worker, **changes) for worker in again]
        self.check(f"the tasks end after {RETRIES} retries at the most ({failures[-1]})", False)
        return failures

    def again(self, worker: Worker, **changes: Any) -> Worker:
        """The same task once more, as Airflow starts it, on the database as it is named now."""
        return self._start({**worker.task, "database": self.url, **changes}, worker.env)

    def finish(self, run: Run, *, floor: float = 0.9) -> list[str]:
        """The tasks after the roll call; returns what failed of them."""
        failed = []
        for work in (
            lambda: tasks.keep_videos(self.connect, run, 35),
            lambda: tasks.compute_growth(self.connect, run),
            lambda: tasks.check_day(self.connect, run, floor),
        ):
            try:
                work()
            except (ValueError, RuntimeError) as error:
                failed.append(f"{type(error).__name__}: {error}")
        tasks.write_report(self.connect, run, failed_tasks=failed)
        return failed

    def roll_call(self, **more: Any) -> Run:
        """A calm roll call from beginning to end, for faults that lie in the data."""
        run = self.open()
        self.retry_until_done(self.start_all(run, self.plan(run), **more))
        self.finish(run)
        return run

    # -- looking and waiting -----------------------------------------------------------------------------

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, connect_timeout=10)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query, parameters).fetchall()

    def execute(self, statement: str, *parameters: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement, parameters or None)

    def calls(self) -> int:
        """Profile calls that reached the sandbox so far."""
        return len(self.sandbox.log("user_profile"))

    def billed(self) -> int:
        return int(self.sandbox.account()["billed_today"])

    def measured(self) -> int:
        return self.rows("select count(*) from creator_stats where recorded_date = %s and not is_estimated", self.day)[
            0
        ][0]

    def wait_until(self, what: Callable[[], bool], seconds: float = 20.0) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if what():
                return True
            time.sleep(0.01)
        return False

    def wait_for_bill(self, calls: int, seconds: float = 20.0) -> bool:
        """Until the sandbox has billed so many calls more than now."""
        goal = self.billed() + calls
        return self.wait_until(lambda: self.billed() >= goal, seconds)

    def cut_connections(self) -> int:
        """Cut every worker's connection to the database; returns how many."""
        with psycopg.connect(self.stage.server.url_for("postgres"), autocommit=True) as connection:
            return connection.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where datname = %s and application_name = 'worker'",
                [self.name],
            ).fetchall()[0][0]

    @property
    def chunk(self) -> int:
        """What one killed worker may have called without writing: a block of claims and the threads' window."""
        return 50 + 2 * self.threads

    def check(self, text: str, holds: bool) -> None:
        """A statement about this fault beside the invariants."""
        self.checks.append((text, bool(holds)))

    def on_end(self, undo: Callable[[], Any]) -> None:
        self._undo.callback(undo)

    def end(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
        self._undo.close()


def is_plain(before: Mapping[str, Any], today: Mapping[str, Any]) -> bool:
    """Measurable on both days under every identity, and no fall that would be suspect."""
    return (
        before["status"] == today["status"] == "active"
        and not before["refuses_sec_user_id"]
        and not before["refuses_user_id"]
        and today["followers"] * 2 >= before["followers"] > 0
        and today["story"] in {"plain", "renames"}
    )


__all__ = ["DAY", "NOON", "TIMES", "Play", "Stage", "Worker", "is_plain"]
