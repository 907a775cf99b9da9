"""Takes a video's artefacts into the store and its row into the library, in an order that a cut at any point leaves mendable:
artefacts, manifest, row, a look at what arrived, and only then what is left over goes.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from include.database import Database
from include.lake import Lake
from include.lake_errors import Damaged, NotInLake
from include.video_research import videos
from include.video_research.records import (
    AUDIO,
    FRAMES,
    MANIFEST,
    METADATA,
    SCREEN_TEXT,
    TIMES,
    TRANSCRIPT,
    VIDEO,
    Downloaded,
    Processed,
)
from include.video_research.thinning import thinned
from include.video_research.videos import STATES, Manifest, address_of, prefix_of

log = logging.getLogger(__name__)


def upload(
    lake: Lake,
    store: Database,
    folder: Path,
    downloaded: Downloaded,
    processed: Processed,
    *,
    max_frames: int,
    include_video: bool,
    is_made_up: bool,
) -> int:
    """Returns how many artefacts were copied: those that differ from what is there, none for the same video again.

    Raises LakeError, OSError when a local file cannot be read, videos.Unreadable when one is none of ours, and
    videos.Forgotten when the author was forgotten: then nothing of it is left in the store.
    """
    video_id = downloaded.video_id
    # A removal that waits is settled by what comes now; one under way is waited for.
    store.rows("video_research/removals/withdraw", {"video_id": video_id})
    files = _files(folder, downloaded, processed, max_frames)
    if include_video:
        files[VIDEO] = downloaded.path
    manifest = Manifest(
        video_id,
        {name: (path.stat().st_size, _sha256(path)) for name, path in sorted(files.items())},
        processed.engines,
        processed.frames_found,
        is_made_up,
    )
    copied = _send(lake, files, manifest)
    address = address_of(lake, video_id)
    try:
        store.run(lambda connection: videos.save(connection, manifest, lambda name: files[name].read_bytes(), address))
    except videos.Forgotten:
        clear(lake, video_id)
        raise
    _look(lake, manifest)
    _tidy(lake, manifest)
    log.info("%s: %s of %s files copied to %s", video_id, copied, len(files), address)
    return copied


def clear(lake: Lake, video_id: str) -> int:
    """Remove everything of a video from the store, the manifest first, and last what says that they are ours; how many."""
    prefix = prefix_of(video_id)
    keys = [entry.key for entry in lake.entries(prefix)]
    for key in sorted(keys, key=lambda key: (key == f"{prefix}/{STATES}", key != f"{prefix}/{MANIFEST}")):
        lake.delete(key)
    return len(keys)


def faults(lake: Lake, manifest: Manifest) -> list[str]:
    """The artefacts that are not there or have another size than the manifest says."""
    prefix = prefix_of(manifest.video_id)
    there = {entry.key: entry.size for entry in lake.entries(prefix)}
    return [name for name, (size, _) in manifest.files.items() if there.get(f"{prefix}/{name}") != size]


def damage(lake: Lake, manifest: Manifest) -> list[str]:
    """The artefacts whose bytes are not those that the manifest says; each is read whole. Raises NotInLake."""
    prefix = prefix_of(manifest.video_id)
    return [name for name, (_, sha256) in manifest.files.items() if lake.sha256(f"{prefix}/{name}") != sha256]


def _files(folder: Path, downloaded: Downloaded, processed: Processed, max_frames: int) -> dict[str, Path]:
    """What goes up, by its name in the store."""
    shown = thinned(processed.frames, max_frames)
    files = {f"{FRAMES}/{frame.path.name}": frame.path for frame in shown}
    files |= {name: folder / name for name in (METADATA, TRANSCRIPT, TIMES, SCREEN_TEXT)}
    files |= {name: folder / name for name in (AUDIO, STATES) if (folder / name).is_file()}
    return files | {path.name: path for path in downloaded.captions.values()}


def _send(lake: Lake, files: Mapping[str, Path], manifest: Manifest) -> int:
    prefix, packed = prefix_of(manifest.video_id), manifest.packed()
    key = f"{prefix}/{MANIFEST}"
    before = None
    with suppress(NotInLake):
        before = lake.read(key)
    if before is not None and before != packed:
        lake.delete(key)  # it says that what it names is whole, and that ends here
    # First of all: by it what a cut leaves behind is known to be ours.
    copied = int(STATES in files and lake.upload(files[STATES], f"{prefix}/{STATES}"))
    copied += lake.upload_files(files, prefix)
    if before != packed:
        lake.write(key, packed)
    return copied


def _look(lake: Lake, manifest: Manifest) -> None:
    missing = faults(lake, manifest)
    if lake.read(f"{prefix_of(manifest.video_id)}/{MANIFEST}") != manifest.packed():
        missing.append(MANIFEST)
    if missing:
        raise Damaged(
            f"{address_of(lake, manifest.video_id)}: {', '.join(missing)} did not stay as sent. "
            "Somebody else writes there, or the store lost it."
        )


def _tidy(lake: Lake, manifest: Manifest) -> None:
    """Files of an earlier upload that this one does not have."""
    prefix = prefix_of(manifest.video_id)
    known = {f"{prefix}/{name}" for name in (*manifest.files, MANIFEST)}
    for entry in lake.entries(prefix):
        if entry.key not in known:
            lake.delete(entry.key)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
