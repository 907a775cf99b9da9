"""What the benchmarks run on: an embedded PostgreSQL with the settings of `make run`, and sandboxes as processes."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from include.comets import run as runs
from include.comets.run import Run
from include.local import postgres
from include.local.driven_sandbox import RunningSandbox, start_process
from include.local.played_days import DEFAULTS
from include.migrations import migrate

ROOT = Path(__file__).resolve().parents[1]
SIZES = ("quick", "usual", "full")
LATENCY = 1.0  # seconds, the sandbox's mean
_TEMPLATE = "benchmarks_template"


@dataclass
class Stage:
    """A server for as long as the benchmarks run. `size` is one of SIZES; it scales what would take long."""

    server: postgres.Server
    size: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def of_size(self, quick: Any, usual: Any, full: Any) -> Any:
        """The one of three that `size` asks for."""
        return {"quick": quick, "usual": usual, "full": full}[self.size]

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh database with the schema in it; gone with its files afterwards."""
        name = sql.Identifier(plain := f"benchmark_{next(self._numbers)}")
        with psycopg.connect(self.server.url_for("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {} template {}").format(name, sql.Identifier(_TEMPLATE)))
        try:
            yield self.server.url_for(plain)
        finally:
            with psycopg.connect(self.server.url_for("postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("drop database {} with (force)").format(name))
                connection.execute("checkpoint")  # files of a dropped database go with it

    @contextmanager
    def sandbox(self, *options: object) -> Iterator[RunningSandbox]:
        """A sandbox of its own, without a rate limit unless `options` set one."""
        running = start_process("--rate", 0, "--balance", 10_000, *options)
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def stage(size: str) -> Iterator[Stage]:
    """Starts the server in a folder of its own below `.local`, and removes both at the end."""
    parent = ROOT / ".local"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmarks-", dir=parent))
    folder.chmod(0o755)
    try:
        server = postgres.start(folder / "postgres")
        with psycopg.connect(server.url_for("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(_TEMPLATE)))
        with psycopg.connect(server.url_for(_TEMPLATE)) as connection:
            migrate(connection)
        yield Stage(server, size)
    finally:
        postgres.stop(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


def open_run(url: str, rate: float, day: date | None = None, **params: Any) -> Run:
    """A live run of `day` (default: today), opened as the DAG's first task does; `rate` is calls a second."""
    day = day or today()
    now = datetime.now(UTC) if day == today() else datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    run = runs.plan(f"benchmark__{day}", day, now, {**DEFAULTS, **params}, ())
    with psycopg.connect(url, autocommit=True) as connection:
        runs.open_day(connection, run, rate)
    return run


def today() -> date:
    return datetime.now(UTC).date()


def enter_world(url: str, sandbox: RunningSandbox, count: int) -> list[dict[str, Any]]:
    """Put plain creators of the sandbox on the roster, with yesterday's snapshot; returns them."""
    day = today()
    everybody = itertools.chain.from_iterable(
        sandbox.control("GET", "creators", day=day.isoformat(), offset=offset, limit=10_000)["creators"]
        for offset in range(0, count * 3 + 10_000, 10_000)
    )
    creators = [
        each
        for each in everybody
        if each["story"] == "plain" and not each["refuses_sec_user_id"] and not each["refuses_user_id"]
    ][:count]
    if len(creators) < count:
        raise ValueError(f"the sandbox has {len(creators)} plain creators, {count} are needed")
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy("copy creators (user_id, sec_user_id, handle, nickname, first_seen_on) from stdin") as copy:
            for each in creators:
                row = [each[name] for name in ("user_id", "sec_user_id", "handle", "nickname")]
                copy.write_row([*row, day - timedelta(days=30)])
        columns = "user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin"
        with cursor.copy(f"copy creator_stats ({columns}) from stdin") as copy:
            for each in creators:
                counts = [each[name] for name in ("followers", "hearts", "videos")]
                copy.write_row(
                    [each["user_id"], day - timedelta(days=1), *counts, day - timedelta(days=1), "roll_call"]
                )
    return creators


def environment(**values: object) -> dict[str, str]:
    """For processes the benchmarks start."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **{name: str(value) for name, value in values.items()}}
