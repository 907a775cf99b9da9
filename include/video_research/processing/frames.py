"""The frames of a video: those that show something new, and of these the ones that are uploaded."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.video_research.processing.audio import reading
from include.video_research.processing.children import Deadline, run
from include.video_research.processing.errors import ChildFailed, ChildTimedOut, EngineUnavailable, broken, timed_out
from include.video_research.processing.options import MOST_READ
from include.video_research.records import FRAMES, Frame
from include.video_research.thinning import thinned

VERSION = "cells-1"
LEAST_MISSING_S, MISSING = 1.5, 0.1  # of its length: pictures that end sooner are looked at twice
SEEN = "frames_read"  # all that are read; FRAMES holds those of them that are uploaded


@dataclass(frozen=True, slots=True)
class Picked:
    """`found` changes were seen in `seconds` of decoded video; `read` of them are kept to be read, `shown` uploaded."""

    read: tuple[Frame, ...]
    shown: tuple[Frame, ...]
    found: int
    seconds: float


def pick_frames(video: Path, folder: Path, most_shown: int, deadline: Deadline, length: float) -> Picked:
    """Writes both folders of frames anew. `length`: seconds that the video lasts.

    Raises ProcessingFailed when nothing can be decoded, or not in time.
    """
    raw = folder / ".frames"
    try:
        told = _read_whole(video, raw, deadline, length)
        times = thinned([(float(t), raw / name) for t, name in told["frames"]], MOST_READ)
        read = _placed([Frame(t, path) for t, path in times], folder / SEEN)
    except ChildTimedOut as error:
        raise timed_out(str(error)) from None
    except ChildFailed as error:
        raise broken(error) from None
    finally:
        shutil.rmtree(raw, ignore_errors=True)
    shown = show_frames(read, folder, most_shown)
    return Picked(read, shown, told["found"], told["seconds"])


def _read_whole(video: Path, raw: Path, deadline: Deadline, length: float) -> dict[str, Any]:
    """What the child tells. Where it stops at something broken, or cannot read the format, ffmpeg goes on, and it reads that."""
    told: dict[str, Any] = {}
    stopped: ChildFailed | None = None
    try:
        told = _read(video, raw, deadline)
    except ChildTimedOut:
        raise
    except ChildFailed as error:
        stopped = error
    if told and told["seconds"] >= length - max(LEAST_MISSING_S, MISSING * length):
        return told
    mended = raw.with_suffix(".mp4")
    try:
        run(_mending(video, mended), deadline=deadline, at_most=deadline.seconds / 4, doing="mending the video")
    except (ChildFailed, EngineUnavailable) as error:
        mended.unlink(missing_ok=True)
        if stopped is not None:
            raise stopped from None
        if isinstance(error, ChildFailed) and broken(error).failure.kind == "disk":
            raise
        return told
    try:
        return _read(mended, raw, deadline)
    finally:
        mended.unlink(missing_ok=True)


def _read(video: Path, raw: Path, deadline: Deadline) -> dict[str, Any]:
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir(parents=True)
    module = "include.video_research.processing.frames_child"
    command: list[str | Path] = [sys.executable, "-m", module, video.resolve(), raw.resolve(), str(MOST_READ)]
    told: dict[str, Any] = json.loads(
        run(command, deadline=deadline, at_most=deadline.seconds / 2, doing="reading frames")
    )
    return told


def _mending(video: Path, target: Path) -> list[str | Path]:
    """Every picture that can be decoded, with its own time."""
    command = [*reading(video), "-map", "0:V:0", "-an", "-fps_mode", "passthrough", "-c:v", "libx264"]
    return [*command, "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p", "-y", target.resolve()]


def show_frames(read: Sequence[Frame], folder: Path, most_shown: int) -> tuple[Frame, ...]:
    """Those that are uploaded, evenly: the folder of frames, written anew."""
    return _placed(thinned(read, most_shown), folder / FRAMES)


def _placed(frames: Sequence[Frame], folder: Path) -> tuple[Frame, ...]:
    """The same pictures under their final names (`001_t0.0s.jpg`), in a folder that holds nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    placed = []
    for number, frame in enumerate(frames, start=1):
        path = folder / f"{number:03d}_t{frame.t:.1f}s.jpg"
        try:
            os.link(frame.path, path)
        except OSError:  # a file system without links
            shutil.copyfile(frame.path, path)
        placed.append(Frame(round(frame.t, 3), path))
    return tuple(placed)
