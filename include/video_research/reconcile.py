"""Brings the store and the library together: files without a row, and rows without files.

Whole files without a row get one, unless their author was forgotten. A row whose files are not whole is worked on again by
the next run. What nobody will finish goes. What a task has in hand is left alone, and so is what was there before us: rows
that were taken over, and files of others below the same address.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from include.database import Database, Row
from include.lake import Lake
from include.lake_errors import NotInLake
from include.video_research import removals, videos
from include.video_research.records import MANIFEST
from include.video_research.upload import clear, damage, faults
from include.video_research.videos import STATES, Manifest, address_of, prefix_of

Finding = Literal["whole", "row_made", "reopened", "unfinished", "removed", "elsewhere", "strange", "in_hand"]
log = logging.getLogger(__name__)


def reconcile(
    store: Database,
    lake: Lake,
    query_ids: Sequence[str] | None = None,
    work: Path | None = None,
    *,
    reads_files: bool = False,
) -> dict[Finding, int]:
    """How many videos there are of each finding; each that was mended is in the log.

    `query_ids`: only what was found for these, else all there is. With `work` (the folder of RESEARCH_WORK) removals that
    wait are done first. `reads_files`: every file is read, and compared by its SHA-256; without it sizes are compared, which
    costs a list alone. Raises LakeError; done again it finds nothing more to mend.
    """
    if work is not None:
        removals.remove(store, lake, work)
    # First the store: of what lies there the database has known for longer, and what it says of it is not old.
    stored = _video_ids(lake) if query_ids is None else set[str]()
    states = {
        row["video_id"]: row for row in store.rows("video_research/library/read_states", {"query_ids": query_ids})
    }
    there = states.keys() | stored
    counted: Counter[Finding] = Counter()
    for video_id in sorted(there):
        counted[_mend(store, lake, video_id, states.get(video_id), reads_files=reads_files)] += 1
    log.info("Store and library: %s", ", ".join(f"{number} {name}" for name, number in counted.items()) or "empty")
    return dict(counted)


def _video_ids(lake: Lake) -> set[str]:
    return {entry.key.split("/")[1] for entry in lake.entries("videos") if entry.key.count("/") > 1}


def _mend(store: Database, lake: Lake, video_id: str, state: Row | None, *, reads_files: bool) -> Finding:
    if state is not None and state["is_in_hand"]:
        return "in_hand"
    # A row that was taken over knows no file: what lies there was put there by somebody else's tool.
    is_taken_over = state is not None and state["gcs_prefix"] and not state["sha256"]
    if state is not None and (
        is_taken_over or (state["gcs_prefix"] and state["gcs_prefix"] != address_of(lake, video_id))
    ):
        return "elsewhere"
    manifest = _manifest(lake, video_id)
    if manifest is None or faults(lake, manifest) or (reads_files and damage(lake, manifest)):
        return _without_files(store, lake, video_id, state)
    shas = {name: sha for name, (_, sha) in manifest.files.items()}
    if state is not None and state["gcs_prefix"] and state["sha256"] == shas:
        return "whole"
    return _without_row(store, lake, manifest)


def _manifest(lake: Lake, video_id: str) -> Manifest | None:
    try:
        manifest = Manifest.read(lake.read(f"{prefix_of(video_id)}/{MANIFEST}"))
    except (NotInLake, videos.Unreadable):
        return None
    return manifest if manifest.video_id == video_id else None


def _without_row(store: Database, lake: Lake, manifest: Manifest) -> Finding:
    prefix, address = prefix_of(manifest.video_id), address_of(lake, manifest.video_id)
    try:
        store.run(
            lambda connection: videos.save(connection, manifest, lambda name: lake.read(f"{prefix}/{name}"), address)
        )
    except (videos.Forgotten, videos.Unreadable) as error:
        log.warning("%s: removed from the store, as %s.", manifest.video_id, error)
        clear(lake, manifest.video_id)
        store.rows("video_research/library/reopen_video", {"video_id": manifest.video_id})
        return "removed"
    store.rows("video_research/library/close_video", {"video_id": manifest.video_id})
    log.warning("%s: its files had no row, or that of other files. It has one now.", manifest.video_id)
    return "row_made"


def _without_files(store: Database, lake: Lake, video_id: str, state: Row | None) -> Finding:
    if state is not None and (state["gcs_prefix"] or state["state"] == "uploaded"):
        if state["gcs_prefix"] or not state["is_in_library"]:
            store.rows("video_research/library/reopen_video", {"video_id": video_id})
            log.warning("%s: not all of its files are in the store. The next run brings them again.", video_id)
            return "reopened"
        return "whole"  # its files went when their time was over, and the texts stay
    if state is not None and state["is_open"]:
        return "unfinished"
    if state is None and not lake.exists(f"{prefix_of(video_id)}/{STATES}"):
        log.warning("%s: no row and no run of ours knows its files. They are left alone.", address_of(lake, video_id))
        return "strange"
    gone = clear(lake, video_id)
    if gone:
        log.warning("%s: %s files of an upload that nobody goes on with are removed.", video_id, gone)
    return "removed" if gone else "unfinished"


def told(counted: Iterable[tuple[Finding, int]]) -> list[str]:
    """The findings in words, a line each."""
    words: dict[Finding, str] = {
        "whole": "are as they should be",
        "row_made": "had files and no row, and have one now",
        "reopened": "had a row and not all of their files: the next run brings them",
        "unfinished": "are not uploaded yet",
        "removed": "had files that nobody goes on with: they are removed",
        "elsewhere": "have their files in another place than MEDIA_URI, or were taken over with a table of yours",
        "strange": "have files that no row and no run knows: they are not ours, and are left alone",
        "in_hand": "are being worked on",
    }
    return [f"{number:>7,} videos {words[name]}" for name, number in counted]
