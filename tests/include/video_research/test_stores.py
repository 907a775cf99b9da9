"""A whole run, from the question to the report, on a folder, on S3 and on Google's store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from include.lake import Lake
from include.local import research
from include.local.folders import Folders
from include.video_research import run as runs
from include.video_research import settings, tasks
from include.video_research.run import Run
from include.video_research.settings import ResearchSettings
from include.video_research.worker import of_this_process
from tests.fixtures.postgres import fresh_database
from tests.fixtures.stores import Store

pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")

QUESTION = "noodles in japan"  # a clip with noise, one in which somebody speaks
PARAMS = {
    "query": QUESTION, "start": 0, "count": 10, "max_results": 2, "whisper_model": None, "max_frames": 20, "min_views": 0,
    "dry_run": False, "resume": "on", "include_video": True, "keep": True, "require_speech": False, "published_after": None,
}  # fmt: skip


@pytest.fixture
def configured(sandbox, tmp_path) -> ResearchSettings:
    """Engines that cost little: what they read is of no interest here."""
    env = research.environment(Folders(tmp_path), sandbox.url, {})
    return settings.load({**env, "OCR_ENGINE": "none", "TRANSCRIBE_ENGINE": "pocketsphinx"}, None)


@pytest.fixture
def worker() -> Iterator[None]:
    """What processes the videos ends with the test."""
    yield
    of_this_process().close()


@pytest.mark.server
def test_every_store_gets_the_same_from_a_whole_run(
    configured, worker, sandbox, postgres_server, administrator, template_database, s3_store, google_store, tmp_path
):
    """Each store holds the same files to the byte and the library the same rows; a second run sends and asks nothing."""
    found = {}
    for kind, place in {"file": Store(f"file://{tmp_path}/media"), "s3": s3_store, "gs": google_store}.items():
        lake = place.lake(uuid4().hex)
        with fresh_database(administrator, template_database) as database:
            connect = partial(psycopg.connect, postgres_server.url_for(database), autocommit=True)
            # What the first of them downloaded and processed is kept in its folder: the others go on from there.
            assert play(connect, lake, configured, "first")[0] == 2
            found[kind] = (held(lake), library(connect))
            sandbox.clear_log()
            assert play(connect, lake, configured, "second")[0] == 0
            assert (held(lake), library(connect), sandbox.site_log(), sandbox.log()) == (*found[kind], [], [])
    files, rows = found["file"]
    assert {name.rsplit("/", 1)[-1] for name in files} >= {"manifest.json", "video.mp4", "audio.mp3", "ocr.json"}
    assert sorted(row[1] for row in rows) == ["no_speech", "speech"]
    assert found["s3"] == found["gs"] == (files, rows)


def play(
    connect: Callable[[], psycopg.Connection[Any]], lake: Lake, configured: ResearchSettings, name: str, **params: Any
) -> Any:
    """The tasks of the DAG in its order: (how many videos were worked on, all that the tasks gave each other)."""
    now = datetime.now(UTC)
    run: Run = runs.plan(name, now.date(), now, {**PARAMS, **params})
    tasks.open_run(connect, run, configured)
    picked = tasks.pick_queries(connect, run, configured)
    searched = [tasks.search(connect, run, configured, query, number) for number, query in enumerate(picked)]
    batches = tasks.plan_videos(connect, run, configured, picked)
    worked = [tasks.work(connect, lake, run, configured, batch, name) for batch in batches]
    tasks.reconcile(connect, lake, run, configured, picked)
    closed = tasks.close_queries(connect, run, picked)
    text, problems = tasks.write_report(connect, lake, run, configured, picked)
    assert (problems, [each for each in worked if each["failed"]], lake.uri in text) == ([], [], True)
    return sum(each["videos"] for each in worked), (run, picked, searched, batches, worked, closed, text)


def held(lake: Lake) -> dict[str, bytes]:
    return {entry.key: lake.read(entry.key) for entry in lake.entries()}


def library(connect: Callable[[], psycopg.Connection[Any]]) -> list[tuple[Any, ...]]:
    """Rows without where they lie and when they came."""
    with connect() as connection:
        return connection.execute(
            "select video_id, speech_state, transcript, ocr_state, sha256, has_video, frame_count from videos order by 1"
        ).fetchall()
