"""One video processed by `video_research` in a process of its own: `python -m benchmarks.research_ours VIDEO SECONDS ROOM`.

Twice: first as a task that has just started does, then with everything loaded; there in two goes, so that what reading the
screen costs is known.
"""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil

from include.video_research.processing.options import Options
from include.video_research.processing.process import process
from include.video_research.records import VIDEO, Downloaded, Processed

# Every frame is uploaded that is read, and no key of the machine's owner is used.
OPTIONS = Options(max_frames=20, ocr_engine="rapidocr", speech_engines=("faster-whisper", "pocketsphinx"))


def main() -> None:
    video, seconds, room = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    most = Most()
    began = time.perf_counter()
    processed = go(video, seconds, room / "cold", OPTIONS)
    cold, cold_seconds = cpu(), time.perf_counter() - began
    go(video, seconds, room / "warm", replace(OPTIONS, ocr_engine="none"))
    without_screen = cpu() - cold
    go(video, seconds, room / "warm", OPTIONS)  # frames, sound and words are kept: only the screen is read
    warm = cpu() - cold
    told = {
        "cold": cold,
        "cold_seconds": cold_seconds,
        "warm": warm,
        "screen": warm - without_screen,
        "kilobytes": most.kilobytes,
        "frames": processed.screen.frames_read,
        "engines": dict(processed.engines),
    }
    sys.stdout.write(json.dumps(told) + "\n")


class Most(threading.Thread):
    """Looks now and then how much memory this process and its children have: what they share is counted once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.kilobytes = 0
        self.start()

    def run(self) -> None:
        # What the system keeps of an ended child includes what its parent had when it was started: of no use here.
        own = psutil.Process()
        while True:
            held = 0
            for each in (own, *own.children(recursive=True)):
                with suppress(psutil.Error):
                    held += each.memory_full_info().pss
            self.kilobytes = max(self.kilobytes, held // 1000)
            time.sleep(0.3)


def go(video: Path, seconds: float, folder: Path, options: Options) -> Processed:
    """Processed as if it had just been downloaded into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / VIDEO
    shutil.copyfile(video, copy)
    sha256 = hashlib.sha256(copy.read_bytes()).hexdigest()
    return process(folder, Downloaded(video.stem, copy, copy.stat().st_size, sha256, seconds, True, {}), options)


def cpu() -> float:
    """Seconds of processor time of this process and of all that it started."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    main()
