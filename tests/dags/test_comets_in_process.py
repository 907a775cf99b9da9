"""The whole DAG in one process, as `make run` plays it: two days, one after the other, without logical dates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include.local import airflow, dag_process, ports, postgres
from include.local.driven_sandbox import RunningSandbox, start_process
from include.local.folders import ROOT, Folders

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(1800)]  # the test that comes first waits for both days

METADATA = "in_process_airflow"
ONE_DAY = [sys.executable, "-m", "include.local.dag_process"]
CONF = {"max_keywords": 3, "pages_per_keyword": 3}


@dataclass(frozen=True)
class Played:
    """What is left of the two days: the end of the process, and everything that is in tables and sandbox."""

    yesterday: date
    today: date
    status: int
    output: str
    database_url: str
    sandbox: RunningSandbox

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()


@pytest.fixture(scope="module")
def played(
    postgres_server: postgres.Server,
    template_database: str,
    airflow_tables: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Played]:
    """Yesterday and today, each a small whole day."""
    folders = Folders(tmp_path_factory.mktemp("in_process"))
    folders.make()
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    yesterday = noon - timedelta(days=1)
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {METADATA} template {airflow_tables}".encode())
        connection.execute(f"create database in_process template {template_database}".encode())
    sandbox = start_process("--rate", 0)
    settings = {
        "POSTGRES_URL_NON_POOLING": postgres_server.url_for("in_process"),
        "TIKHUB_BASE_URL": sandbox.url,
        "TIKHUB_API_KEY": sandbox.key,
        "TIKHUB_RATE_PER_SECOND": "1000",
        "COMETWATCH_SANDBOX_URL": sandbox.url,
    }
    try:
        env = airflow.environment(
            folders, postgres_server, ports.free_port(), database=METADATA, base={**os.environ, **settings}
        )
        finished = subprocess.run(
            [*ONE_DAY, yesterday.isoformat(), noon.isoformat(), "--conf", json.dumps(CONF)],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        output = finished.stdout + finished.stderr
        url = settings["POSTGRES_URL_NON_POOLING"]
        yield Played(yesterday.date(), noon.date(), finished.returncode, output, url, sandbox)
    finally:
        sandbox.stop()


def test_both_days_succeed(played: Played):
    """Runs without a logical date end in success, and so does the process."""
    ended = [
        json.loads(line[len(dag_process.MARK) :]) for line in played.output.splitlines() if dag_process.MARK in line[:9]
    ]
    assert (played.status, [run["state"] for run in ended]) == (0, ["success", "success"]), played.output[-3000:]


def test_days_are_those_of_run_after(played: Played):
    """A run without a logical date is about the day of its `run_after`."""
    assert played.rows("select day, mode, state from runs order by day") == [
        (played.yesterday, "live", "complete"),
        (played.today, "live", "complete"),
    ]


def test_tables_are_filled(played: Played):
    """Both days leave keywords, comets, snapshots, verdicts and the bill."""
    counted = played.rows(
        "select (select count(*) from creators) > 10, (select count(*) from verdicts) > 100,"
        " (select count(distinct recorded_date) from creator_stats) = 2, (select count(*) from api_calls) > 30,"
        " (select count(*) from run_tasks where task_id = 'discover') = 6"
    )
    assert counted == [(True, True, True, True, True)]
    assert played.rows("select discovered_at, count(*) from daily_trends group by 1 order by 1") == [
        (played.yesterday, 3),
        (played.today, 3),
    ]


def test_faces_and_covers_are_kept(played: Played):
    """Both days bring small copies: covers that layer 3 looked at, with what it measured, and avatars of the roster."""
    query = "select count(*) > 10 from pictures where image is not null and video_id {} ''"
    assert [played.rows(query.format(is_avatar))[0][0] for is_avatar in ("=", "<>")] == [True, True]
    assert "[DAG TEST] end task task_id=fetch_pictures" in played.output


def test_alerts_are_worked_out_at_the_end_of_a_day(played: Played):
    """Each complete live day ends with them, also where nobody asked for any."""
    assert played.rows("select day from alert_days order by day") == [(played.yesterday,), (played.today,)]


def test_counts_are_true(played: Played):
    """Every snapshot holds the counts that the creator had on that day."""
    stored = played.rows("select recorded_date, user_id, follower_count, heart_count, video_count from creator_stats")
    truth = {day: _truth(played.sandbox, day) for day in (played.yesterday, played.today)}
    assert [row for row in stored if truth[row[0]][row[1]] != row[2:]] == []


def test_growth_is_true(played: Played):
    """Who was measured on both days grew by exactly the difference, in percent of yesterday."""
    before, after = _truth(played.sandbox, played.yesterday), _truth(played.sandbox, played.today)
    grown = played.rows(
        "select user_id, daily_growth_followers, daily_growth_percent from creator_stats"
        " where recorded_date = %s and compared_with = %s",
        played.today,
        played.yesterday,
    )
    assert len(grown) > 10
    expected = []
    for user_id, _, _ in grown:
        growth = after[user_id][0] - before[user_id][0]
        expected.append((user_id, growth, float(f"{growth * 100 / before[user_id][0]:.6f}")))
    assert [(user_id, growth) for user_id, growth, _ in expected] == [row[:2] for row in grown]
    assert [percent for _, _, percent in expected] == pytest.approx([float(row[2]) for row in grown], abs=0.00501)


def test_report_is_logged_and_kept(played: Played):
    """The report stands in the log line by line, and in `runs`."""
    for (report,) in played.rows("select report from runs"):
        missing = [line for line in report.splitlines() if line not in played.output]
        assert missing == []


def _truth(sandbox: RunningSandbox, day: date) -> dict[str, tuple[int, int, int]]:
    return {
        str(creator["user_id"]): (creator["followers"], creator["hearts"], creator["videos"])
        for creator in sandbox.truth(day)
    }
