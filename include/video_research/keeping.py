"""How long files of videos are kept, and what ends that: their time, their source, or that they were made up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from include.database import Database
from include.lake import Lake
from include.video_research import removals

GONE_DAYS = 30  # that a video's files outlive it at its source


@dataclass(frozen=True, slots=True)
class Cleared:
    """How much is gone."""

    queries: int
    videos: int
    files: int


def mark_gone(store: Database, video_id: str) -> None:
    """A later look found it gone at its source: its files go after GONE_DAYS."""
    store.rows("video_research/library/mark_gone", {"video_id": video_id})


def clear_made_up(store: Database, lake: Lake, work: Path) -> Cleared:
    """Remove what came of made-up questions. Done again it finds nothing more."""
    gone = store.one("video_research/removals/clear_made_up")
    return Cleared(gone["queries"], gone["videos"], removals.remove(store, lake, work))
