"""One video processed by `video_research` in a process of its own: `python -m benchmarks.research_ours VIDEO SECONDS ROOM`.

First as a task that has just started does, then ROUNDS times with everything loaded; there in two goes each, so that what
reading the screen costs is known.
"""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

from include.video_research.processing.options import Options
from include.video_research.processing.process import process
from include.video_research.records import VIDEO, Downloaded, Processed

# Every frame is uploaded that is read, and no key of the machine's owner is used.
OPTIONS = Options(max_frames=20, ocr_engine="rapidocr", speech_engines=("faster-whisper", "pocketsphinx"))
ROUNDS = 2  # of which the lesser counts: what else the machine does makes the other dearer


def main() -> None:
    video, seconds, room = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    began = time.perf_counter()
    processed = go(video, seconds, room / "cold", OPTIONS)
    told = {
        "cold": cpu(),
        "cold_seconds": time.perf_counter() - began,
        "frames": processed.screen.frames_read,
        "engines": dict(processed.engines),
        "warm": [_warm(video, seconds, room / f"warm-{number}") for number in range(ROUNDS)],
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _warm(video: Path, seconds: float, folder: Path) -> tuple[float, float]:
    """(all of it, what reading the screen takes of it) in seconds of processor time."""
    began = cpu()
    go(video, seconds, folder, replace(OPTIONS, ocr_engine="none"))
    without_screen = cpu() - began
    go(video, seconds, folder, OPTIONS)  # frames, sound and words are kept: only the screen is read
    return cpu() - began, cpu() - began - without_screen


def go(video: Path, seconds: float, folder: Path, options: Options) -> Processed:
    """Processed as if it had just been downloaded into the folder."""
    return process(folder, brought(video, seconds, folder), options)


def brought(video: Path, seconds: float, folder: Path) -> Downloaded:
    """Copied into the folder, as a download leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / VIDEO
    shutil.copyfile(video, copy)
    sha256 = hashlib.sha256(copy.read_bytes()).hexdigest()
    return Downloaded(video.stem, copy, copy.stat().st_size, sha256, seconds, True, {})


def cpu() -> float:
    """Seconds of processor time of this process and of all that it started."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    main()
