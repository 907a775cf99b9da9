"""Removes files of videos that are to go: asked for in the database with what else goes, done here, and noted when it is done.

What was cut off is found again: a removal stands in the table until the files are gone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from include import database
from include.database import Database
from include.lake import Lake
from include.video_research import folders
from include.video_research.upload import clear
from include.video_research.videos import address_of

log = logging.getLogger(__name__)


def remove(store: Database, lake: Lake, work: Path) -> int:
    """Do all that is asked for; the number of files that went from the store. `work` is the folder of RESEARCH_WORK."""
    return sum(each["files"] for each in _each(store.run, lake, work))


def waiting(store: Database, reason: str | None = None) -> int:
    """How many videos wait for their files to be removed, for this reason or any."""
    return int(store.one("video_research/removals/count", {"reason": reason})["waiting"])


def remove_one(
    connection: psycopg.Connection[Any], lake: Lake, work: Path, reason: str | None = None
) -> database.Row | None:
    """The next removal, with the number of files; None when none is left, or others have them in hand."""
    found = database.rows(connection, "video_research/removals/take", {"reason": reason})
    if not found:
        return None
    removal = found[0]
    video_id, folder = removal["video_id"], removal["folder"]
    files = clear(lake, video_id)
    folders.remove_ours(work, folder, video_id)
    if removal["prefix"] and removal["prefix"].rstrip("/") != address_of(lake, video_id).rstrip("/"):
        log.warning("%s: its files lie at %s, which is not MEDIA_URI: remove them there.", video_id, removal["prefix"])
    database.rows(connection, "video_research/removals/withdraw", {"video_id": video_id})
    return {**removal, "files": files}


def _each(run: Callable[[Any], Any], lake: Lake, work: Path) -> Iterator[database.Row]:
    """Each in a transaction of its own."""
    while (removed := run(partial(remove_one, lake=lake, work=work))) is not None:
        yield removed
