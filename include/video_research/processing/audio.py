"""The sound of a video: as MP3 for people, and as numbers for engines. ffmpeg does both, in processes that can be killed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from include.extras import ExtraMissing
from include.video_research import ffmpeg
from include.video_research.processing.children import Deadline, run
from include.video_research.processing.engines import RATE
from include.video_research.processing.errors import ChildFailed, EngineUnavailable

if TYPE_CHECKING:
    import numpy as np

VERSION = "mp3-q4"
_NO_STREAM = re.compile(r"matches no streams|does not contain any stream", re.IGNORECASE)


class NoAudio(Exception):
    """The video has no sound at all."""


def binary() -> str:
    """The program, as a path. Raises EngineUnavailable."""
    try:
        return ffmpeg.binary()
    except (ExtraMissing, RuntimeError) as error:
        raise EngineUnavailable(str(error)) from error


def write_audio(video: Path, audio: Path, deadline: Deadline) -> None:
    """The first sound of the video as MP3, whole or not at all. Raises NoAudio, ChildFailed."""
    begun = audio.with_suffix(".begun.mp3")
    command = [*reading(video), "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"]
    command += ["-c:a", "libmp3lame", "-q:a", "4", "-f", "mp3", "-y", begun.resolve()]
    try:
        run(command, deadline=deadline, at_most=deadline.seconds / 2, doing="writing audio.mp3")
        os.replace(begun, audio)
    except ChildFailed as error:
        if _NO_STREAM.search(error.said):
            raise NoAudio from None
        raise
    finally:
        begun.unlink(missing_ok=True)


def read_sound(audio: Path, deadline: Deadline) -> np.ndarray:
    """One channel at RATE, as numbers from -1 to 1. Raises ChildFailed."""
    import numpy as np

    command = [*reading(audio), "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    raw = run(command, deadline=deadline, at_most=deadline.seconds / 2, doing="reading audio.mp3")
    return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float32) / 32768


def reading(path: Path) -> list[str | Path]:
    """Files alone may be opened: a playlist that calls itself a video names addresses otherwise."""
    quiet = [binary(), "-nostdin", "-hide_banner", "-v", "error", "-threads", "1"]
    return [*quiet, "-protocol_whitelist", "file,pipe", "-i", path.resolve()]
