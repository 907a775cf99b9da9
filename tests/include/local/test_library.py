"""`make reconcile`, `make research-export` and `make research-clear`."""

from __future__ import annotations

import json

import pytest

from include.database import Database
from include.lake import Lake
from include.local import library
from include.video_research.upload import upload
from tests.include.video_research.clips import make


@pytest.fixture
def media(days, tmp_path, monkeypatch) -> str:
    """A store with one made-up video."""
    monkeypatch.setenv("RESEARCH_WORK", str(tmp_path / "work"))
    uri, made = f"file://{tmp_path}/media", make(tmp_path / "work")
    with Database(days.connect) as store:
        upload(
            Lake(uri), store, made.folder, made.downloaded, made.processed,
            max_frames=4, include_video=False, is_made_up=True,
        )  # fmt: skip
    return uri


def test_the_commands_say_what_they_did(days, media, tmp_path, capsys):
    """Each says its result in numbers; after the last one nothing is left, and the first says so."""
    for command in ("reconcile", "research-export", "research-clear", "reconcile"):
        library.keep(command, days.database_url, media, str(tmp_path / "out"))
    assert [line.strip() for line in capsys.readouterr().out.splitlines() if "out/" not in line] == [
        "1 videos are as they should be",
        "Removed: 0 made-up questions, 1 videos, 11 files of theirs.",
        "There is nothing yet.",
    ]
    assert json.loads((tmp_path / "out" / "progress.json").read_bytes()) == {"queries": []}
    assert Lake(media).entries() == []
