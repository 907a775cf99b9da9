"""The library that `make demo` makes: what it says is the truth of the sandbox's clips, and all of it is marked as made up."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import psycopg
import pytest

from include.database import Database
from include.lake import Lake
from include.local import demo_research
from include.local.driven_sandbox import RunningSandbox
from include.local.errors import LocalError
from include.sandbox.research import catalogue
from include.sandbox.research.making import missing_packages, shown_in
from include.video_research import keeping
from include.video_research.library import find
from include.video_research.reconcile import reconcile

TODAY = date(2026, 11, 28)


def test_all_is_true_marked_and_goes(
    database_url: str,
    connection: psycopg.Connection,
    sandbox: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Words, seconds and reasons are those of the clips; the run is complete; `make research-clear` leaves nothing."""
    monkeypatch.setattr(demo_research, "MADE_FOR_REAL", 1)
    lake, work = Lake(f"file://{tmp_path}/media"), tmp_path / "work"
    work.mkdir()
    connector = partial(psycopg.connect, database_url)
    assert demo_research.fill(connector, lake, work, TODAY, sandbox) == []

    states = dict(connection.execute("select video_id, state from research_videos").fetchall())
    assert len(states) > 30
    for video_id, state in states.items():
        clip = catalogue.clip(video_id)
        assert clip is not None
        assert (state == "uploaded") == (clip.kind in {"normal", "no_audio"}), clip.kind
        quoted = connection.execute(
            "select source, starts_s, text from video_passages where video_id = %s and source <> 'caption'", [video_id]
        ).fetchall()
        told = [("speech", said.start, said.text) for said in clip.said]
        told += [("screen", shown.start, shown.text) for shown in shown_in(clip)]
        assert sorted(quoted) == (sorted(told) if state == "uploaded" else [])
    for table in ("research_queries", "research_videos", "videos"):
        assert connection.execute(f"select distinct is_made_up from {table}").fetchall() == [(True,)]  # noqa: S608
    assert connection.execute("select state, failed_tasks from runs").fetchall() == [("complete", [])]
    (answer,) = find(connection, '"first shop opens"')
    assert answer.passages[0].second == 4.4
    videos = connection.execute("select count(*) from videos where has_video").fetchall()
    assert videos == [(0 if missing_packages() else 1,)]
    with Database(connector) as store:
        assert set(reconcile(store, lake)) <= {"whole", "unfinished"}
        keeping.clear_made_up(store, lake, work)
    for table in (
        "research_queries",
        "research_hits",
        "research_videos",
        "research_failures",
        "videos",
        "video_passages",
    ):
        assert connection.execute(f"select count(*) from {table}").fetchall() == [(0,)]  # noqa: S608
    assert lake.entries("videos") == []
    assert list(work.iterdir()) == []


def test_where_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without the embedded database nothing is made; what to type is said."""
    monkeypatch.setenv("COMETWATCH_LOCAL", str(tmp_path))
    with pytest.raises(LocalError, match="for the embedded database alone, while it runs: make up"):
        demo_research.main()
