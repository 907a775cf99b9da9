"""Plays days of the pipeline without Airflow: the same task functions, in the DAG's order, on a real database and sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

import psycopg

from include.calls.desk import NotInLedger
from include.comets import run as runs
from include.comets import tasks
from include.comets.pictures import Limits
from include.comets.run import Run
from include.local.driven_sandbox import RunningSandbox
from include.tikhub.account import Api
from include.tikhub.errors import TikHubError
from plugins.filters.layers import context_layers
from plugins.filters.rules import shipped_mapping

RETENTION_DAYS = 35
PICTURES = Limits(a_day=200, days=30, most_bytes=200_000_000)
DEFAULTS: dict[str, Any] = {
    "keywords": [],
    "hashtags": [],
    "max_keywords": 3,
    "pages_per_keyword": 2,
    "min_followers": 10_000,
    "max_followers": 100_000,
    "min_views": 50_000,
    "min_face_percent": 2.0,
    "skip_discovery": False,
    "skip_roll_call": False,
    "max_calls": None,
    "dry_run": False,
    "hashtag_countries": [],
    "hashtag_days": 7,
    "hashtags_per_country": 10,
    "user_words": [],
    "users_of_keywords": False,
    "users_per_word": 10,
    "look_alikes": 0,
}


@dataclass
class Days:
    """One database and one sandbox; `now` is the moment both believe in."""

    database_url: str
    sandbox: RunningSandbox
    threads: int = 8
    deadline_seconds: float = 10.0
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 2, 12, tzinfo=UTC))
    number: int = 0

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database_url)

    def api(self) -> Api:
        return Api(self.sandbox.url, self.sandbox.key, self.deadline_seconds, self.threads, self.now)

    def open(self, run_id: str | None = None, day: Any = None, **params: Any) -> Run:
        """Open a day, by default that of `now`."""
        self.number += 1
        run = runs.plan(
            run_id or f"manual__{self.number}", day or self.now.date(), self.now, {**DEFAULTS, **params}, ()
        )
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return runs.open_day(connection, run, 10_000, shipped=shipped_mapping())

    def play(self, run_id: str | None = None, day: Any = None, **params: Any) -> tuple[Run, list[str], str]:
        """The whole DAG; returns the run, the names of the steps that failed, and the report."""
        self.sandbox.set_clock(self.now)
        run = self.open(run_id, day, **params)
        api = None if run.is_replay else self.api()
        failed: list[str] = []

        def step(name: str, work: Callable[[], Any]) -> Any:
            try:
                return work()
            except (tasks.NothingToReplay, NotInLedger):
                return None
            except (TikHubError, ValueError, LookupError, RuntimeError) as error:
                failed.append(f"{name}: {type(error).__name__}: {error}")
                return None

        keywords = (
            [] if run.skip_discovery else step("fetch_trends", lambda: tasks.fetch_trends(self.connect, api, run))
        )
        for index, keyword in enumerate(keywords or []):
            step("discover", partial(self.discover, run, keyword, index))
        step("keep_videos", lambda: tasks.keep_videos(self.connect, run, RETENTION_DAYS))
        batches = [] if run.skip_roll_call else step("plan_roll_call", lambda: tasks.plan_roll_call(self.connect, run))
        for index, batch in enumerate(batches or []):
            step("roll_call", partial(self.measure, run, batch, index))
        step("compute_growth", lambda: tasks.compute_growth(self.connect, run))
        step("check_day", lambda: tasks.check_day(self.connect, run, 0.9))
        return run, failed, tasks.write_report(self.connect, run, failed_tasks=failed)

    def discover(self, run: Run, keyword: dict[str, Any], index: int) -> dict[str, Any]:
        api = None if run.is_replay else self.api()
        layers = context_layers(mapping=tasks.read_rules(self.connect, run, shipped_mapping()))
        return tasks.discover(self.connect, api, run, keyword, layers, self.threads, index, PICTURES.days)

    def measure(self, run: Run, batch: Any, index: int) -> dict[str, int]:
        api = None if run.is_replay else self.api()
        return tasks.measure_batch(self.connect, api, run, batch, self.threads, index)

    def fetch_pictures(self, run: Run, limits: Limits = PICTURES) -> dict[str, int]:
        """Small copies of what the day brought; `play` leaves it out, for few look at them."""
        return tasks.fetch_pictures(self.connect, self.api(), run, limits)

    def at(self, year: int, month: int, day: int, hour: int = 12) -> Days:
        """Let it be this moment, for the pipeline and the sandbox."""
        self.now = datetime.combine(datetime(year, month, day), time(hour), UTC)  # noqa: DTZ001
        self.sandbox.set_clock(self.now)
        return self

    def rows(self, query: str, *parameters: Any) -> list[tuple]:
        with self.connect() as connection:
            return connection.execute(query, parameters).fetchall()
