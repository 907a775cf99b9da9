"""The frames of a video: those that show something new, and of these the ones that are uploaded."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from include.video_research.processing.children import Deadline, run
from include.video_research.processing.errors import ChildFailed, ChildTimedOut, broken, timed_out
from include.video_research.processing.options import MOST_READ
from include.video_research.records import FRAMES, Frame
from include.video_research.thinning import thinned

VERSION = "cells-1"
SEEN = "frames_read"  # all that are read; FRAMES holds those of them that are uploaded


@dataclass(frozen=True, slots=True)
class Picked:
    """`found` changes were seen in `seconds` of decoded video; `read` of them are kept to be read, `shown` uploaded."""

    read: tuple[Frame, ...]
    shown: tuple[Frame, ...]
    found: int
    seconds: float


def pick_frames(video: Path, folder: Path, most_shown: int, deadline: Deadline) -> Picked:
    """Writes both folders of frames anew. Raises ProcessingFailed when nothing can be decoded, or not in time."""
    raw = folder / ".frames"
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir(parents=True)
    module = "include.video_research.processing.frames_child"
    command: list[str | Path] = [sys.executable, "-m", module, video.resolve(), raw.resolve(), str(MOST_READ)]
    try:
        told = json.loads(run(command, deadline=deadline, at_most=deadline.seconds / 2, doing="reading frames"))
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
