"""What a run wants of videos: kept to by the page where the search says nothing, and asked again by a run that wants others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import psycopg
import pytest

from include.database import Database
from include.lake import Lake
from include.local.driven_sandbox import RunningSandbox
from include.sandbox.research.catalogue import named
from include.video_research import tasks
from include.video_research.downloads.breaker import Breaker
from include.video_research.processing.options import Options
from include.video_research.run import Run
from include.video_research.stages import Bench, work_on
from include.video_research.tasks import Picked
from include.video_research.worker import Worker
from tests.include.video_research.downloads.site import configured_for
from tests.plugins.dashboard.research.rows import found, question

pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")


def test_left_out_by_its_page_and_asked_again(
    database_url: str, connection: psycopg.Connection, sandbox: RunningSandbox, tmp_path: Path
):
    """The state is skipped, with the reason; runs that want the same leave it out; off, and one that wants less, takes it up."""
    clip, connector = named("ramen-quiet"), partial(psycopg.connect, database_url)
    configured = configured_for(sandbox, tmp_path)
    question(connection, "q", "tokyo ramen spots")
    found(connection, "q", clip.video_id)
    connection.commit()
    run = Run("one", date(2026, 11, 2), min_views=10_000)
    lake, breaker = Lake(f"file://{tmp_path}/lake"), Breaker(connector, run.run_id)
    bench = Bench(connector, lake, run, configured, Options(), {}, Worker(), breaker, "one 0")
    with Database(connector) as store:
        failure = work_on(bench, store, clip.video_id)
    assert failure is not None
    assert (failure.stage, failure.kind, failure.error) == ("download", "filtered", "9,200 plays, fewer than 10,000")
    told = "select state, download_state, failure_kind, reason, bounds ->> 'min_views' from research_videos"
    assert connection.execute(told).fetchall() == [("skipped", "skipped", "filtered", failure.error, "10000")]

    picked: list[Picked] = [{"name": "tokyo ramen spots", "query_id": "q"}]
    planned = partial(tasks.plan_videos, connector, configured=configured, picked=picked)
    again = {"name": clip.video_id, "items": [clip.video_id], "first": 1, "of": 1}
    assert planned(replace(run, run_id="two")) == []
    assert planned(replace(run, run_id="two", resume="off")) == [again]
    assert planned(replace(run, run_id="two", min_views=9_000)) == [again]
    assert planned(replace(run, run_id="two", min_views=9_000, resume="strict")) == []
    assert planned(run, configured=replace(configured, longest_video_s=700)) == [again]
