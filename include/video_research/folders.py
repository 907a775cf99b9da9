"""Where a video is worked on: output/query_00000_slug/<video_id>/."""

from __future__ import annotations

import shutil
from pathlib import Path

OUTPUT = "output"


def folder_of(work: Path, slug: str, video_id: str) -> Path:
    """The working folder of a video below that of its query (`query_00000_slug`); the same for every try and every run."""
    return work / OUTPUT / slug / video_id


def remove_ours(work: Path, folder: str | None, video_id: str) -> None:
    """`remove` for a working folder as the database has it, if it is one: of another machine's nothing is touched."""
    if folder and Path(folder).resolve().is_relative_to(work.resolve()) and Path(folder).name == video_id:
        remove(Path(folder))


def remove(folder: Path) -> None:
    """Take the working folder away, and its query's where nothing else is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.rmdir()
    except OSError:
        return
