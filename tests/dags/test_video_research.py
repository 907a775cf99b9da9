"""The DAG `video_research` as Airflow reads it, and whole runs of it in one process, as `make run` plays them."""

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

from include.defaults import RetryByError
from include.local import airflow, dag_process, ports, postgres, research
from include.local.airflow import RESEARCH_POOL
from include.local.folders import ROOT, Folders
from include.video_research import library
from tests.fixtures.sandbox import RunningSandbox


@pytest.fixture(scope="module")
def dag() -> DAG:
    return DagBag(str(ROOT / "dags")).dags["video_research"]


def test_flow(dag: DAG):
    """Which task follows which."""
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {
        "open_run": set(),
        "pick_queries": {"open_run"},
        "search": {"open_run", "pick_queries"},
        "plan_videos": {"open_run", "pick_queries", "search"},
        "work_on": {"open_run", "plan_videos"},
        "reconcile": {"open_run", "pick_queries", "work_on"},
        "close_queries": {"open_run", "pick_queries", "reconcile"},
        "report": {"open_run", "pick_queries", "close_queries"},
    }


def test_what_runs_after_failures(dag: DAG):
    """A search or a video that fails keeps no other from being worked on, closed and reported."""
    late = {task.task_id for task in dag.tasks if task.trigger_rule == "all_done"}
    assert late == {"plan_videos", "reconcile", "close_queries", "report"}


def test_pool_retries_and_schedule(dag: DAG):
    """Videos share a pool of their own; all tasks are tried again by the policy of the house; it runs when triggered."""
    assert {task.task_id for task in dag.tasks if task.pool == RESEARCH_POOL} == {"work_on"}
    assert {(task.retries, task.retry_delay, type(task.retry_policy)) for task in dag.tasks} == {
        (5, timedelta(seconds=20), RetryByError)
    }
    assert (dag.schedule, dag.catchup, dag.max_active_runs) == (None, False, 1)


def test_form(dag: DAG):
    """Every field has a type, a title, a section and a description; the defaults are those of the documents."""
    assert dag.params.dump() == {
        "query": None,
        "start": 0,
        "count": 10,
        "max_results": 20,
        "published_after": None,
        "min_views": 0,
        "require_speech": False,
        "whisper_model": None,
        "max_frames": 20,
        "include_video": False,
        "keep": False,
        "resume": "on",
        "dry_run": False,
    }
    for name in dag.params:
        field = dag.params.get_param(name)
        assert {"type", "title", "section"} <= set(field.schema), name
        assert field.description, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("query", "x" * 301),
        ("start", -1),
        ("count", 0),
        ("max_results", 101),
        ("published_after", 7),
        ("max_frames", 121),
        ("resume", "maybe"),
        ("dry_run", 1),
    ],
)
def test_nonsense_is_refused(dag: DAG, name: str, value: object):
    """Airflow's own validation refuses what makes no sense, before a run exists."""
    with pytest.raises(ParamValidationError):
        dag.params.get_param(name).resolve(value)


class Played:
    """A database, a sandbox and a store, and runs of the DAG in processes of their own."""

    def __init__(self, env: dict[str, str], url: str, folders: Folders) -> None:
        self.env, self.url, self.folders = env, url, folders

    def run(self, **conf: Any) -> tuple[str, str]:
        """Its state and the whole output."""
        command = [sys.executable, "-m", "include.local.dag_process", "now", "--dag", "video_research"]
        finished = subprocess.run(
            [*command, "--conf", json.dumps(conf)],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        output = finished.stdout + finished.stderr
        ended = [line for line in output.splitlines() if line.startswith(dag_process.MARK)]
        return json.loads(ended[-1][len(dag_process.MARK) :])["state"] if ended else "none", output

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in sorted(self.folders.media.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def played(
    postgres_server: postgres.Server,
    template_database: str,
    airflow_tables: str,
    sandbox_process: RunningSandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Played:
    folders = Folders(tmp_path_factory.mktemp("research"))
    folders.make()
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"create database research_airflow template {airflow_tables}".encode())
        connection.execute(f"create database research_played template {template_database}".encode())
    url = postgres_server.url_for("research_played")
    settings = {
        "POSTGRES_URL_NON_POOLING": url,
        "TIKHUB_BASE_URL": sandbox_process.url,
        "TIKHUB_API_KEY": sandbox_process.key,
        "MEDIA_URI": f"file://{folders.media}",
        "ERASURE_KEY": "a key of the tests that is long enough for it",
        **research.environment(folders, sandbox_process.url, {}),
        "SERPER_API_KEY": sandbox_process.key,
    }
    env = airflow.environment(
        folders, postgres_server, ports.free_port(), database="research_airflow", base={**os.environ, **settings}
    )
    airflow.ensure_pool(postgres_server, None, database="research_airflow")
    return Played(env, url, folders)


@pytest.mark.airflow
@pytest.mark.thorough
@pytest.mark.timeout(1800)  # three runs, in which videos are listened to and read
def test_two_whole_runs(played: Played):
    """Videos are found, downloaded, read, checked, uploaded and found by their words; run again, nothing is paid or fetched."""
    state, output = played.run(query="tokyo ramen spots", dry_run=True)
    assert state == "success", output[-4000:]
    assert played.rows("select count(*) > 5, bool_and(attempts = '{}') from research_videos") == [(True, True)]

    state, output = played.run(query="tokyo ramen spots")
    assert state == "success", output[-6000:]
    report = played.rows("select report from runs order by started_at desc limit 1")[0][0]
    assert [line for line in report.splitlines() if line not in output] == []
    assert played.rows("select reason from research_set_aside where kind = 'photo'") != []
    assert played.rows("select status from research_queries") == [("partial_success",)]
    assert played.rows("select state, failure_kind, count(*) from research_videos group by 1, 2 order by 1, 2") == [
        ("failed", "damaged", 1),
        ("failed", "private", 1),
        ("skipped", "filtered", 1),
        ("skipped", "photo_post", 1),
        ("uploaded", None, 4),
    ]
    with psycopg.connect(played.url) as connection:
        (answer,) = library.find(connection, '"first shop opens"')
        # Said at 4.4 s; a passage begins where the model begins its sentence.
        best = answer.passages[0]
        assert (best.source, best.second is not None and best.second < 5 < (best.until or 0)) == ("speech", True)
        (answer,) = library.find(connection, '"bowl 900 yen"')
        assert (answer.passages[0].source, answer.passages[0].second) == ("screen", pytest.approx(6.0, abs=0.6))
    assert played.rows("select speech_state, count(*) from videos group by 1 order by 1") == [
        ("no_audio", 1),
        ("no_speech", 2),
        ("speech", 1),
    ]
    before, calls = played.files(), played.rows("select count(*) from api_calls")
    assert sum(path.name == "manifest.json" for path in before) == 4

    state, output = played.run(query="tokyo ramen spots")
    assert state == "success", output[-4000:]
    assert (played.files(), played.rows("select count(*) from api_calls")) == (before, calls)
