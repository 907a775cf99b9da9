"""Tasks of `video_research` that are killed, at every stage of a video's way; and two runs that do the same at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from include.video_research.run import Run
from tests.faults.catalogue import fault
from tests.faults.research.play import Research, ask, calm, compare, research
from tests.faults.stage import Play, Worker

VIDEOS = "video_research"
READ_ALOUD = "books read aloud"  # the first found has the platform's captions: speech costs no model
WAYS = "include.video_research.stages._Way"
STORE = "include.lake.Lake"
# Where a search is killed, and what is paid again for it.
SEARCH: tuple[tuple[dict[str, Any], int], ...] = (
    ({"at": "include.serper.client.Serper.fetch", "after": True}, 1),  # answered, and nobody knows it
    ({"at": "include.video_research.search._keep"}, 0),  # in the ledger, its videos not stored
    ({"at": "include.video_research.search._keep", "after": True}, 0),
)
# Where the task of a video is killed; `fetched`: the video comes once more for it.
WORK: tuple[dict[str, Any], ...] = (
    {"at": "include.video_research.downloads.download._write", "with": "download.json", "fetched": 1},
    {"at": f"{WAYS}._save", "with": "save_downloaded"},
    {"at": f"{WAYS}._save", "with": "save_processed"},
    {"at": "include.video_research.validation.check", "after": True},
    {"at": f"{WAYS}._save", "with": "save_validated", "after": True},
    {"at": f"{STORE}._bring", "nth": 3},
    {"at": f"{STORE}.write", "with": "manifest.json"},  # all artefacts, and no manifest
    {"at": "include.video_research.videos.save"},  # the manifest, and no row
    {"at": "include.video_research.upload._look"},  # the row, and no look at what arrived
    {"at": f"{WAYS}._save", "with": "save_uploaded"},
    {"at": "include.video_research.folders.remove"},  # all but the local files, which are still there
    {"at": "include.video_research.folders.remove", "after": True},
)
FINISH: tuple[dict[str, Any], ...] = (
    {"at": "include.video_research.reconcile._mend"},
    {"at": "include.video_research.statuses.roll_up", "after": True},
    {"at": "include.video_research.report.write"},
)


@fault("V01", "killed at every point of search, download, processing, validation, upload and report, and retried each time",
       quick=True, pipeline=VIDEOS)  # fmt: skip
def at_every_point(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    videos = research(play)
    ask(videos, READ_ALOUD, max_results=1)
    run = videos.open()
    if play.is_quick:  # a few of the points, by tasks that do all of a run
        for point in (SEARCH[1][0], WORK[7], WORK[10]):
            _killed(play, videos.start("whole", run, die=point), point)
        answer = videos.whole(run)
    else:
        answer = _task_by_task(play, videos, run)
    play.check(f"the run is green ({answer})", answer.get("result") == [])
    play.notes.append(f"{play.kills} kills")
    (tries,) = play.rows("select attempts from research_videos")[0]
    play.check(
        f"each stage tells of its tries ({tries})",
        len(tries) == 3 and all(tries.values()),
    )
    compare(play, expected)


def _task_by_task(play: Play, videos: Research, run: Run) -> dict[str, Any]:
    """Each task is killed at all of its points, one after the other; what the last one answers."""
    picked = videos.pick(run)
    for point, again in SEARCH:
        play.bound += again
        _killed(play, videos.start("search", run, queries=picked, die=point), point)
    answer = videos.start("search", run, queries=picked).wait()
    play.check(f"the search ends well ({answer})", answer.get("result") == [1])
    (batch,) = videos.plan(run, picked)
    given = {"batch": batch, "holder": f"{run.run_id} 0"}
    for point in WORK:
        videos.refetches += point.get("fetched", 0)
        before = videos.writes()
        _killed(play, videos.start("work", run, die=point, **given), point)
        _once(play, before, videos.writes(), point)
    answer = videos.start("work", run, **given).wait()
    play.check(f"the video comes through ({answer})", answer.get("result") == {"videos": 1, "failed": 0})
    for point in FINISH:
        _killed(play, videos.start("finish", run, queries=picked, die=point), point)
    return videos.start("finish", run, queries=picked).wait()


def _killed(play: Play, worker: Worker, point: dict[str, Any]) -> None:
    answer = worker.wait(90)
    play.kills += 1
    play.check(f"killed at {point} ({answer})", answer.get("died") == -9)


def _once(play: Play, before: dict[str, Any], after: dict[str, Any], point: dict[str, Any]) -> None:
    """What lay in the store still lies there, and was not written a second time."""
    again = sorted(key for key in before if after.get(key) != before[key] and not key.endswith("manifest.json"))
    play.check(f"{point}: written again {again[:3]}", not again)


@fault("V02", "killed with half of a video downloaded: the retry gets the other half", pipeline=VIDEOS)
def half_a_download(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    videos = research(play)
    ask(videos, READ_ALOUD, max_results=1)
    media = {"match": {"endpoint": "site_media"}, "action": {"kind": "hang", "where": "body"}}
    play.sandbox.inject(media)
    run = videos.open()
    worker = videos.start("whole", run)
    play.check("some of it came", play.wait_until(lambda: _bytes_came(videos) > 10_000, 30))
    worker.kill()
    worker.process.wait()
    play.check("the process that downloads ends by itself", videos.are_gone())
    came = _bytes_came(videos)
    play.sandbox.clear_faults()
    answer = videos.whole(run)
    play.check(f"the run is green ({answer})", answer.get("result") == [])
    asked = [entry["range"] for entry in play.sandbox.site_log() if entry["path"].endswith(".mp4")]
    play.check(f"the rest was asked for ({asked}, {came})", asked[0] is None and asked[1:] == [f"bytes={came}-"])
    compare(play, expected)


def _bytes_came(videos: Research) -> int:
    return sum(path.stat().st_size for path in videos.work.rglob("download-*"))


ENGINES = {"OCR_ENGINE": "rapidocr", "OCR_SIDE": "480", "TRANSCRIBE_ENGINE": "faster-whisper"}
# Which parts are kept when the task is killed: while frames, sound, text, speech are made.
PARTS: tuple[set[str], ...] = (set(), {"frames"}, {"frames", "audio"}, {"frames", "audio", "ocr"})


@fault(
    "V03", "killed while frames are kept, sound is written, the screen is read and speech written down", pipeline=VIDEOS
)
def while_processing(play: Play) -> None:
    question = "opening lines of novels"
    expected = calm(play, question, configured=ENGINES, max_results=1)
    videos = research(play, **ENGINES)
    ask(videos, question, max_results=1)
    run = videos.open()
    kept: dict[str, int] = {}
    for parts in PARTS:
        worker = videos.start("whole", run)
        there = play.wait_until(lambda p=parts: _is_at(videos, p), 60)  # type: ignore[misc]
        worker.kill()
        worker.process.wait()
        play.kills += 1
        play.check(f"it was killed with {sorted(parts)} kept", there and worker.process.returncode == -9)
        play.check(f"with {sorted(parts)} kept, the process that processes ends by itself", videos.are_gone())
        made = _made(videos)
        again = sorted(name for name, when in kept.items() if made.get(name) != when)
        play.check(f"with {sorted(parts)} kept, what was done is not done again ({again[:3]})", not again)
        kept = made
    answer = videos.whole(run)
    play.check(f"the run is green ({answer})", answer.get("result") == [])
    compare(play, expected)


def _is_at(videos: Research, parts: set[str]) -> bool:
    (video_id,) = videos.states() or [""]
    folder = videos.folder_of(video_id)
    if parts:
        return videos.parts_of(video_id) == parts
    return folder is not None and any((folder / ".frames").glob("*.jpg"))


def _made(videos: Research) -> dict[str, int]:
    """What is kept of the video, and when each file was written."""
    (video_id,) = videos.states()
    folder, parts = videos.folder_of(video_id), videos.parts_of(video_id)
    names = {"frames": "frames_read/*", "audio": "audio.mp3", "ocr": "ocr.json"}
    if folder is None:
        return {}
    paths = [path for part in parts & names.keys() for path in folder.glob(names[part])]
    return {str(path): path.stat().st_mtime_ns for path in paths}


@fault("V04", "two runs at once over the same questions", quick=True, pipeline=VIDEOS)
def twice_at_once(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    videos = research(play)
    ask(videos, READ_ALOUD, max_results=1)
    workers = [videos.start("whole", videos.open()) for _ in range(2)]
    answers = [worker.wait(120) for worker in workers]
    play.judges_fixpoint = not play.is_quick
    play.check(f"both end well ({answers})", all(answer.get("result") == [] for answer in answers))
    compare(play, expected)


@fault("V05", "four runs at once over the same three questions, two of them killed in the middle", pipeline=VIDEOS)
def many_at_once(play: Play) -> None:
    questions = (READ_ALOUD, "noodles in japan", "one more question")
    expected = calm(play, *questions, max_results=3)
    videos = research(play)
    ask(videos, *questions, max_results=3)
    workers = [videos.start("whole", videos.open()) for _ in range(4)]
    for place in (0, 1):
        time.sleep(play.rng.uniform(2.0, 6.0))
        if workers[place].is_running:
            workers[place].kill()
            workers[place].process.wait()
            play.kills += 1
            workers[place] = play.again(workers[place])
    answers = [worker.wait(300) for worker in workers]
    play.check(f"all end well ({answers})", all(answer.get("result") == [] for answer in answers))
    play.notes.append(f"{play.kills} kills")
    play.bound, videos.refetches = play.kills, play.kills
    compare(play, expected)


@fault("V06", "a run dies as a whole in the middle of a video, and another one begins at once", pipeline=VIDEOS)
def taken_over(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    videos = research(play)
    ask(videos, READ_ALOUD, max_results=1)
    first = videos.open()
    worker = videos.start("whole", first)
    play.check("it is at work", play.wait_until(lambda: _has(videos, "downloaded"), 60))
    worker.kill()
    worker.process.wait()
    second = videos.open()
    answer = videos.whole(second)
    play.check(f"the second run is green ({answer})", answer.get("result") == [])
    play.check("it did the work", play.rows("select distinct run_id from research_videos") == [(second.run_id,)])
    play.execute(
        "update runs set state = 'interrupted' where run_id = %s", first.run_id
    )  # as the next start of Airflow does
    compare(play, expected)


def _has(videos: Research, state: str) -> bool:
    return any(found == state for found, _ in videos.states().values())


CLAUDE = {"OCR_ENGINE": "claude", "TRANSCRIBE_ENGINE": "captions,none"}


@fault("V07", "killed when Claude has read a screen: before the ledger knows it, and after", pipeline=VIDEOS)
def paid_for_reading(play: Play) -> None:
    claude = {**CLAUDE, "ANTHROPIC_API_KEY": play.sandbox.key, "ANTHROPIC_BASE_URL": play.sandbox.url}
    expected = calm(play, READ_ALOUD, configured=claude, max_results=1)
    videos = research(play, **claude)
    ask(videos, READ_ALOUD, max_results=1)
    run = videos.open()
    fetch = "include.video_research.claude_calls.Claude.fetch"
    settle = "include.calls.desk.Desk._settle"
    for point in ({"at": fetch, "after": True}, {"at": settle, "with": "claude/messages", "after": True}):
        _killed(play, videos.start("whole", run, die=point), point)
    play.bound = 1
    answer = videos.whole(run)
    play.check(f"the run is green ({answer})", answer.get("result") == [])
    tokens, usd = play.rows("select count(*), sum(usd) > 0 from call_tokens")[0]
    play.check(f"the tokens of the answer are counted once ({tokens})", (tokens, usd) == (1, True))
    # What was paid for before costs nothing the second time, and ocr.json says so.
    compare(play, expected, but=("ocr.json", "processing.json", "manifest.json"))


def kill_now_and_then(play: Play, videos: Research, seconds: Callable[[], float], within: float) -> dict[str, Any]:
    """A run that is killed every so often and started again at once; what it answers in the end."""
    run, until = videos.open(), time.monotonic() + within
    while True:
        worker = videos.start("whole", run)
        if play.wait_until(lambda w=worker: not w.is_running, seconds()):  # type: ignore[misc]
            return worker.wait()
        worker.kill()
        worker.process.wait()
        play.kills += 1
        if time.monotonic() > until:
            return {"error": "Hung", "message": f"not done after {play.kills} kills"}


@fault(
    "V08",
    "a run of three questions killed every few seconds ends in the same rows and bytes as a calm one",
    pipeline=VIDEOS,
)
def every_few_seconds(play: Play) -> None:
    questions = (READ_ALOUD, "noodles in japan", "one more question")
    _day_of_kills(play, questions, {"max_results": 3}, lambda: play.rng.uniform(3.0, 9.0), within=240)


@fault(
    "V09",
    "10 questions of 5 clips with engines, killed every 60 s: the same rows and bytes as a calm run",
    pipeline=VIDEOS,
)
def every_minute(play: Play) -> None:
    questions = tuple(f"question {number} of the day of kills" for number in range(1, 11))
    engines = {**ENGINES, "OCR_SIDE": "320", "WHISPER_MODEL": "tiny.en"}
    _day_of_kills(play, questions, {"max_results": 5}, lambda: 60.0, within=1800, configured=engines)


def _day_of_kills(
    play: Play,
    questions: tuple[str, ...],
    params: dict[str, Any],
    seconds: Callable[[], float],
    within: float,
    configured: dict[str, str] | None = None,
) -> None:
    expected = calm(play, *questions, configured=configured, **params)
    videos = research(play, **(configured or {}))
    ask(videos, *questions, **params)
    answer = kill_now_and_then(play, videos, seconds, within)
    play.check(f"the run is green at last ({answer})", answer.get("result") == [])
    play.check("it was killed", play.kills > 0)
    play.notes.append(f"{play.kills} kills")
    play.bound, videos.refetches = play.kills, play.kills
    compare(play, expected)
