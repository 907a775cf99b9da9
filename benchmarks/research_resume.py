"""What an upload writes after a cut, and what a second run of the same video costs; sending all again beside it.

Bytes are counted from the files themselves: a file that was written has another place on the disk afterwards.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import research_ours
from benchmarks.figures import Figure, skipped
from benchmarks.stage import ROOT, Stage
from include.database import Database
from include.lake import Lake
from include.lake_errors import LakeError
from include.sandbox.research import catalogue, making
from include.video_research.processing.process import process
from include.video_research.records import METADATA
from include.video_research.upload import upload

NAME = "research_resume"
ROWS = (NAME, "research_again", "research_again_cpu")
CLIP = "lines-best"
MOST_CPU = 0.5  # seconds: files are read to see that they are what they were
_STATES = dict[Path, tuple[int, int, int]]


class Cut(LakeError):
    """The connection ended."""


class CutLake(Lake):
    """A store to which the connection ends after half of a video's bytes."""

    left = 0

    def _bring(self, path: Path, key: str, there: Any) -> bool:
        self.left -= path.stat().st_size
        if self.left < 0:
            raise Cut("the connection ended")
        return super()._bring(path, key, there)


def measure(stage: Stage, _: str) -> list[Figure]:
    """A real clip, processed once, with its video; the store is a folder."""
    missing = making.missing_packages()
    if missing:
        return [skipped(NAME, "an upload that was cut", "", f"needs {', '.join(missing)}")]
    clip = catalogue.named(CLIP)
    with (
        stage.database() as url,
        tempfile.TemporaryDirectory() as name,
        Database(lambda: psycopg.connect(url)) as store,
    ):
        room = Path(name)
        folder = room / "work" / clip.video_id
        video, seconds = making.make(clip, ROOT / ".local" / "clips"), float(clip.duration_s)
        downloaded = research_ours.brought(video, seconds, folder)
        processed = process(folder, downloaded, research_ours.OPTIONS)
        (folder / METADATA).write_text(json.dumps({"video_id": clip.video_id}), encoding="utf-8")

        def send(lake: Lake) -> None:
            upload(lake, store, folder, downloaded, processed, max_frames=20, include_video=True, is_made_up=True)

        whole = Lake(f"file://{room}/whole")
        send(whole)
        everything = sum(size for _, _, size in _states(room / "whole").values())
        cut = CutLake(f"file://{room}/media")
        cut.left = everything // 2
        try:
            send(cut)
        except Cut:
            before = _states(room / "media")
        else:
            raise RuntimeError("the upload was not cut")
        lake = Lake(f"file://{room}/media")
        send(lake)
        after = _states(room / "media")
        began = research_ours.cpu()
        process(folder, downloaded, research_ours.OPTIONS)
        send(lake)
        cost = research_ours.cpu() - began
        again = _written(after, _states(room / "media"))
    needed, written = everything - sum(size for _, _, size in before.values()), _written(before, after)
    share, all_again = written / needed, everything / needed
    note = f"{everything / 1e6:.2f} MB in all, {needed / 1e6:.2f} MB were missing"
    return [
        Figure(
            ROWS[0], "written after a cut, of what was missing", 100 * share, "%", "100 %", share == 1, 100 * all_again,
            all_again / share, note,
        ),
        Figure(ROWS[1], "… written by a second run", float(again), "B", "0 B", again == 0, float(everything)),
        Figure(ROWS[2], "… processed and uploaded again", cost, "s", f"≤ {MOST_CPU:g} s of CPU", cost <= MOST_CPU),
    ]  # fmt: skip


def _states(folder: Path) -> _STATES:
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _written(before: _STATES, after: _STATES) -> int:
    return sum(state[2] for path, state in after.items() if before.get(path) != state)
