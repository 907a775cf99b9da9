"""What a run may be asked for, whatever somebody writes into its form or its configuration."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from include.runs import RunRefused
from include.video_research.run import Run, open_run, plan

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
ASKED = {
    "query": None, "start": 0, "count": 10, "max_results": 20, "whisper_model": None, "dry_run": False, "resume": "on",
    "max_frames": 20, "include_video": False, "keep": False, "require_speech": False, "published_after": None, "min_views": 0,
}  # fmt: skip


def planned(**changes: Any) -> Run:
    return plan("manual__1", NOW.date(), NOW, {**ASKED, **changes})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("count", 0, "from 1 to 1,000"),
        ("count", "10", "a whole number"),
        ("count", True, "a whole number"),
        ("max_results", 2.5, "a whole number"),
        ("start", -1, "from 0 to 1,000,000"),
        ("min_views", None, "a whole number"),
        ("max_frames", float("nan"), "a whole number"),
        ("count", float("inf"), "a whole number"),
        ("resume", "yes", "write on, strict, off"),
        ("query", "!!!", "no letter or digit"),
        ("query", "x" * 201, "at most 200"),
        ("published_after", "yesterday", "write a day as"),
        ("published_after", "2026-11-04", "is to come"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(name: str, value: Any, told: str):
    """The param and what it takes stand in the message; nothing is asked of anybody."""
    with pytest.raises(RunRefused, match=f"^{name} .*{told}"):
        planned(**{name: value})


def test_what_makes_sense():
    """Empty texts are none, spaces around words are none, whole numbers may be written with a point."""
    run = planned(query="  tokyo \n ramen ", whisper_model=" ", published_after="2026-11-03", count=5.0)
    assert (run.query, run.whisper_model, run.published_after, run.count) == ("tokyo ramen", None, date(2026, 11, 3), 5)
    assert planned(query=" \t").query is None
    assert Run.from_json(run.as_json()) == run


def test_a_model_that_is_not_there_is_refused(connection: psycopg.Connection[Any], tmp_path):
    """A mistyped name would have a lesser engine write everything down; the default may be lacking, and its floor is known."""
    pytest.importorskip("faster_whisper", reason="needs the extra media: make extra NAME=media")
    for model, told in (("bas", "neither a folder nor a size"), (str(tmp_path), "model.bin")):
        with pytest.raises(RunRefused, match=f"^whisper_model is .*{told}"):
            open_run(connection, planned(whisper_model=model), None)
    assert connection.execute("select count(*) from runs").fetchall() == [(0,)]
    open_run(connection, planned(whisper_model="base"), None)
