"""Clips that hang whatever reads them, and many of them one after the other."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from include.sandbox.research import catalogue
from include.video_research.downloads.download import kept
from include.video_research.processing.options import Options
from include.video_research.processing.process import process
from include.video_research.worker import Worker as Aside
from tests.faults.catalogue import fault
from tests.faults.research.kills import VIDEOS
from tests.faults.research.play import Research, ask, research
from tests.faults.stage import Play

NOODLES = "noodles in japan"
TIMEOUT_S = 30  # for one video: half of it for its decoder
CLIPS = 20
GROWTH = 1.10  # of the memory of one process, from the tenth clip on


@fault("V14", "a clip hangs the decoder, another one the process around it: both are killed in time, the third goes on",
       pipeline=VIDEOS)  # fmt: skip
def hanging(play: Play) -> None:
    decoder, around, fine = (clip.video_id for clip in catalogue.clips_for(NOODLES))
    videos = research(play, RESEARCH_VIDEO_TIMEOUT=str(TIMEOUT_S))
    ask(videos, NOODLES, max_results=3)
    decoders: set[int] = set()
    asides: set[int] = set()
    with _watching(lambda: _stop_decoder(videos, decoder, decoders) or _stop_around(videos, around, asides)):
        answer = videos.whole(times={"include.video_research.stages.GRACE_S": 1.0})
    play.check(f"both were hung ({decoders}, {asides})", bool(decoders) and len(asides) == 1)
    play.check(f"the run tells of too few ({answer})", "came through" in str(answer.get("result")))
    states = videos.states()
    play.check(f"each ends as it should ({states})", states == {
        decoder: ("failed", "timed_out"), around: ("failed", "timed_out"), fine: ("uploaded", None),
    })  # fmt: skip
    play.check("what hung is gone", videos.are_gone() and not any(psutil.pid_exists(pid) for pid in decoders | asides))
    answer = videos.whole()
    play.check(f"the next run brings them all ({answer})", answer.get("result") == [])
    play.check("without another download", set(videos.fetches().values()) == {1})


@contextlib.contextmanager
def _watching(look: Callable[[], object]):  # type: ignore[no-untyped-def]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.005):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _stop_decoder(videos: Research, video_id: str, stopped: set[int]) -> bool:
    """As a decoder does that never comes back: each that is begun on this clip."""
    found = [each for each in videos.processes("frames_child", video_id) if each.pid not in stopped]
    for each in found:
        _stop(each, stopped)
    return bool(found)


def _stop_around(videos: Research, video_id: str, stopped: set[int]) -> None:
    """The process that has this clip in hand, once its frames are kept."""
    if not stopped and videos.parts_of(video_id) == {"frames"}:
        for each in videos.processes("video_research.worker"):
            _stop(each, stopped)


def _stop(found: psutil.Process, stopped: set[int]) -> None:
    with contextlib.suppress(psutil.Error):
        found.send_signal(signal.SIGSTOP)
        stopped.add(found.pid)


@fault("V15", "20 clips one after the other in one process: its memory does not grow", pipeline=VIDEOS)
def memory_held(play: Play) -> None:
    videos = research(
        play, OCR_ENGINE="rapidocr", OCR_SIDE="480", TRANSCRIBE_ENGINE="faster-whisper", WHISPER_MODEL="tiny.en"
    )
    ask(videos, "books read aloud", NOODLES)
    videos.params["keep"] = True
    answer = videos.whole(videos.open(keep=True), seconds=300)
    folders = sorted(
        Path(folder) for (folder,) in play.rows("select folder from research_videos where state = 'uploaded'")
    )
    play.check(f"there are clips ({answer})", len(folders) >= 4)
    options = replace(Options.from_settings(videos.settings), timeout_s=300.0)
    held: list[int] = []
    with Aside() as aside:
        for number in range(CLIPS):
            folder = folders[number % len(folders)]
            (folder / "processing.json").unlink()
            downloaded = kept(folder.name, folder)
            if downloaded is None:
                raise RuntimeError(f"{folder} holds no download")
            aside.run(process, folder, downloaded, options, seconds=300)
            held.append(psutil.Process(aside.run(os.getpid, seconds=30)).memory_info().rss)
    most, later = max(held[:10]), max(held[10:])
    play.notes.append(f"{most / 1e6:.0f} MB after 10 clips at most, {later / 1e6:.0f} MB after {CLIPS}")
    play.check(f"it does not grow ({[round(each / 1e6) for each in held]} MB)", later <= most * GROWTH)
    play.check("it stays below 900 MB", later < 900e6)
