"""Disks that are full: too little room to begin with, and none left in the middle."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.faults.catalogue import fault
from tests.faults.outages import mount
from tests.faults.research.kills import READ_ALOUD, VIDEOS
from tests.faults.research.play import Research, ask, calm, compare, research
from tests.faults.stage import Play

MEGABYTES = 24  # of the small file system
STEP = 150_000  # bytes that are free in addition each time
MOST_RUNS = 40


@fault(
    "V10",
    "less room than RESEARCH_DISK_FLOOR_GB: nothing is downloaded, and the run says why",
    quick=True,
    pipeline=VIDEOS,
)
def below_the_floor(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    videos = research(play, RESEARCH_DISK_FLOOR_GB="9000")
    ask(videos, READ_ALOUD, max_results=1)
    answer = videos.whole()
    play.check(f"it is red for our own reason ({answer})", _is_ours(answer, "RESEARCH_DISK_FLOOR_GB is 9000"))
    play.check(f"as the disk's ({videos.states()})", {kind for _, kind in videos.states().values()} == {"disk"})
    play.check("the site was not asked", not play.sandbox.site_log())
    del videos.configured["RESEARCH_DISK_FLOOR_GB"]
    answer = videos.whole()
    play.check(f"with room the run is green ({answer})", answer.get("result") == [])
    compare(play, expected, but=("research_failures",))


@fault(
    "V11", "the disk of the working folders is full in the middle, and a little more is free each time", pipeline=VIDEOS
)
def full_while_working(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    videos = research(play, RESEARCH_DISK_FLOOR_GB="0", RESEARCH_WORK=str(play.folder / "small" / "work"))
    filler = _fill(play, free=40_000)
    ask(videos, READ_ALOUD, max_results=1)
    _until_it_fits(play, videos, filler, "disk")
    stages = {stage for (stage,) in play.rows("select distinct type from research_failures")}
    play.check(f"it was full for more than the download ({stages})", stages >= {"download_failed", "process_failed"})
    videos.refetches = play.rows("select count(*) from research_failures where type = 'download_failed'")[0][0]
    compare(play, expected, but=("research_failures",))


@fault(
    "V12",
    "the disk of the store is full in the middle of an upload, and a little more is free each time",
    pipeline=VIDEOS,
)
def full_store(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    place = play.folder / "small" / "media"
    videos = research(play, store={"uri": f"file://{place}", "options": {}})
    filler = _fill(play, free=40_000)
    ask(videos, READ_ALOUD, max_results=1)
    _until_it_fits(play, videos, filler, "store")
    compare(play, expected, but=("research_failures",))


def _fill(play: Play, free: int) -> Path:
    """A small file system with a file on it that leaves so many bytes."""
    place = play.folder / "small"
    mount(place, play, MEGABYTES)
    filler = place / "filler"
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(place).free - free))
    return filler


def _until_it_fits(play: Play, videos: Research, filler: Path, kind: str) -> None:
    """Run after run, each red for our own reason and with this kind of failure, until there is room; what was done stays done."""
    before = videos.writes()
    for runs in range(1, MOST_RUNS + 1):
        answer = videos.whole()
        writes = videos.writes()
        again = sorted(key for key, which in before.items() if writes.get(key) != which)
        play.check(f"run {runs}: written again {again[:3]}", not again)
        before = writes
        if answer.get("result") == []:
            play.notes.append(f"room at run {runs}")
            return
        play.check(f"run {runs} is red for our own reason ({answer})", _is_ours(answer, ""))
        kinds = {found for _, found in videos.states().values()}
        play.check(f"run {runs} ends as {kind}, not as {kinds}", kinds == {kind})
        os.truncate(filler, max(0, filler.stat().st_size - STEP))
    play.check(f"there is room after {MOST_RUNS} runs ({answer})", False)


def _is_ours(answer: dict[str, object], reason: str) -> bool:
    problems = answer.get("result")
    return isinstance(problems, list) and any("a reason that is ours" in text and reason in text for text in problems)
