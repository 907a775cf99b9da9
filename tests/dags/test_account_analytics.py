"""The DAG `account_analytics` as Airflow reads it, and one whole run of it in one process, as `make run` plays it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import ParamValidationError

from include.account_analytics.batches import MOST_INSTANCES, batches
from include.defaults import RetryByError
from include.local import airflow, dag_process, ports, postgres
from include.local.accounts import MADE_UP
from include.local.airflow import ACCOUNTS_POOL
from include.local.folders import ROOT, Folders


@pytest.fixture(scope="module")
def dag() -> DAG:
    return DagBag(str(ROOT / "dags")).dags["account_analytics"]


def test_flow(dag: DAG):
    """Which task follows which."""
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {
        "open_run": set(),
        "plan_extract": {"open_run"},
        "extract": {"open_run", "plan_extract"},
        "plan_again": {"open_run", "extract"},
        "extract_again": {"open_run", "plan_again"},
        "land": {"open_run", "extract"},
        "to_raw": {"open_run", "land"},
        "plan_accounts": {"open_run", "to_raw"},
        "to_staging": {"open_run", "plan_accounts"},
        "check_quality": {"open_run", "plan_accounts", "to_staging"},
        "to_curated": {"open_run", "check_quality"},
        "report": {"open_run", "to_curated"},
    }


def test_what_runs_after_failures(dag: DAG):
    """One file or account that fails keeps no other from being staged, published and reported."""
    late = {task.task_id for task in dag.tasks if task.trigger_rule == "all_done"}
    assert late == {"plan_again", "land", "plan_accounts", "check_quality", "to_curated", "report"}


def test_schedule(dag: DAG):
    """Every day at 05:00 UTC, missed days are not caught up, and one run at a time."""
    assert (dag.schedule, str(dag.timezone), dag.catchup, dag.max_active_runs) == ("0 5 * * *", "UTC", False, 1)


def test_pool_and_retries(dag: DAG):
    """Its tasks share a pool of their own, and are tried again by the policy of the house."""
    assert {task.pool for task in dag.tasks if task.task_id not in {"open_run", "plan_again", "report"}} == {
        ACCOUNTS_POOL
    }
    assert {(task.retries, task.retry_delay, type(task.retry_policy)) for task in dag.tasks} == {
        (5, timedelta(seconds=20), RetryByError)
    }


def test_asset(dag: DAG):
    """The report, the last task, tells other DAGs that the files are there."""
    assert {task.task_id: [asset.name for asset in task.outlets] for task in dag.tasks if task.outlets} == {
        "report": ["account_analytics/curated"]
    }


def test_form(dag: DAG):
    """Every field has a type, a title, a section and a description, and the defaults ask for nothing special."""
    assert dag.params.dump() == {"accounts": [], "since": None, "reprocess": None, "strict": False, "dry_run": False}
    for name in dag.params:
        field = dag.params.get_param(name)
        assert {"type", "title", "section"} <= set(field.schema), name
        assert field.description, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accounts", "shop"),
        ("accounts", [""]),
        ("since", 7),
        ("reprocess", "x" * 300),
        ("strict", "yes"),
        ("dry_run", 1),
    ],
)
def test_nonsense_is_refused(dag: DAG, name: str, value: object):
    """Airflow's own validation refuses what makes no sense, before a run exists."""
    with pytest.raises(ParamValidationError):
        dag.params.get_param(name).resolve(value)


@pytest.mark.parametrize(("items", "instances"), [(0, 0), (1, 1), (32, 32), (33, 17), (1000, 32)])
def test_batches(items: int, instances: int):
    """An instance for each item up to 32, then batches of equal size; every item is in one, and each has a name."""
    found = batches(list(range(items)), [f"file {number}" for number in range(items)])
    assert (len(found), MOST_INSTANCES) == (instances, 32)
    assert [item for batch in found for item in batch["items"]] == list(range(items))
    assert all(batch["name"] for batch in found)


class Played:
    """A database and a lake, and runs of the DAG in processes of their own."""

    def __init__(self, env: dict[str, str], url: str, folders: Folders) -> None:
        self.env, self.url, self.folders = env, url, folders

    def run(self, **conf: Any) -> tuple[str, str]:
        """Its state and the whole output."""
        command = [sys.executable, "-m", "include.local.dag_process", "now", "--dag", "account_analytics"]
        finished = subprocess.run(
            [*command, "--conf", json.dumps(conf)],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )
        output = finished.stdout + finished.stderr
        ended = [line for line in output.splitlines() if line.startswith(dag_process.MARK)]
        return json.loads(ended[-1][len(dag_process.MARK) :])["state"] if ended else "none", output

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in sorted(self.folders.lake.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def played(
    postgres_server: postgres.Server,
    template_database: str,
    airflow_tables: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Played:
    folders = Folders(tmp_path_factory.mktemp("accounts"))
    folders.make()
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"create database accounts_airflow template {airflow_tables}".encode())
        connection.execute(f"create database accounts_played template {template_database}".encode())
    url = postgres_server.url_for("accounts_played")
    made_up = folders.made_up_exports / "today"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "include.sandbox.exports",
            "--to",
            str(made_up),
            "--seed",
            "7",
            "--at",
            "2026-10-12T04:00Z",
        ],
        cwd=ROOT,
        check=True,
    )
    settings = {
        "POSTGRES_URL_NON_POOLING": url,
        "LAKE_URI": f"file://{folders.lake}",
        "ACCOUNTS_DROP": str(folders.drop),
        MADE_UP: str(made_up),
    }
    env = airflow.environment(
        folders, postgres_server, ports.free_port(), database="accounts_airflow", base={**os.environ, **settings}
    )
    airflow.ensure_pool(postgres_server, None, database="accounts_airflow")
    return Played(env, url, folders)


@pytest.fixture(scope="module")
def whole_run(played: Played) -> tuple[str, str]:
    """State and output of a run from nothing."""
    return played.run()


@pytest.mark.airflow
@pytest.mark.timeout(1800)
def test_a_whole_run(played: Played, whole_run: tuple[str, str]):
    """Made-up exports are landed, read, staged, scored and published, and the report is logged."""
    state, output = whole_run
    assert state == "success", output[-4000:]
    (report,) = played.rows("select report from runs order by started_at limit 1")[0]
    assert [line for line in report.splitlines() if line not in output] == []
    counted = played.rows(
        "select (select count(*) from accounts where is_made_up), (select count(*) > 200 from social_media_stats),"
        " (select count(*) > 50 from content_performance), (select count(*) > 3 from account_quality)"
    )
    assert counted == [(6, True, True, True)]
    assert any("curated/social_media/tiktok/tiktok_insights_report.xlsx" in str(path) for path in played.files())


@pytest.mark.airflow
@pytest.mark.thorough
@pytest.mark.timeout(1800)
def test_everything_read_anew(played: Played, whole_run: tuple[str, str]):
    """Read anew from landing, a run ends in the same bytes."""
    assert whole_run[0] == "success", whole_run[1][-4000:]
    before = played.files()
    state, output = played.run(reprocess="all")
    assert state == "success", output[-4000:]
    assert played.files() == before
