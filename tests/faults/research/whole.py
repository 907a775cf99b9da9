"""A whole Airflow whose tasks of `video_research` are killed in the middle of a video."""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta

import psutil

from include.local import airflow
from include.video_research.run import Run
from tests.faults.catalogue import fault
from tests.faults.research.kills import ENGINES, VIDEOS
from tests.faults.research.play import Research, ask, calm, compare, research
from tests.faults.stage import Play
from tests.faults.whole_airflow import WholeAirflow, begin, wait_until

QUESTION = "opening lines of novels"
MOST = 2


@fault("V16", "a whole Airflow with several workers: a task's process and its supervisor killed in the middle of a video",
       needs_airflow=True, pipeline=VIDEOS)  # fmt: skip
def task_killed(play: Play) -> None:
    expected = calm(play, QUESTION, configured=ENGINES, max_results=MOST)
    videos = research(play, **ENGINES)
    ask(videos, QUESTION, max_results=MOST)
    running = begin(play, dag=VIDEOS, **videos.configured, MEDIA_URI=videos.store["uri"], TMPDIR=str(videos.mark))
    running.api("PATCH", f"/dags/{VIDEOS}", {"is_paused": False})
    moment = play.now - timedelta(minutes=int(play.name.rpartition("_")[2]))
    conf = {"dag_run_id": running.run_id, "logical_date": moment.isoformat(), "conf": {"max_results": MOST}}
    running.api("POST", f"/dags/{VIDEOS}/dagRuns", conf)
    for with_supervisor in (False, True):
        there = wait_until(lambda: bool(_at_work(videos, running)), 180)
        play.check("a video is at work", there)
        if there:
            _kill(play, videos, running, with_supervisor=with_supervisor)
    ended = wait_until(lambda: _over(play, running), 420)
    state = running.run_state()
    play.check(
        f"the run ends as a success ({state if ended else 'still ' + str(state)}, {running.states()})",
        state == "success",
    )
    airflow.stop(running.folders)
    (told,) = play.rows("select settings from runs where run_id = %s", running.run_id)
    videos.opened.append(Run.from_json(told[0]))
    play.check("each video was fetched once", set(videos.fetches().values()) == {1})
    compare(play, expected)


def _at_work(videos: Research, running: WholeAirflow) -> list[psutil.Process]:
    """Processes that have a video in hand of which a part is kept: what a retry must not do again."""
    under_way = [video_id for video_id, (state, _) in videos.states().items() if state == "downloaded"]
    if not any("frames" in videos.parts_of(video_id) for video_id in under_way):
        return []
    with contextlib.suppress(psutil.Error):
        ours = {each.pid for each in running.scheduler().children(recursive=True)}
        return [each for each in videos.processes("include.video_research.worker") if each.pid in ours]
    return []


def _kill(play: Play, videos: Research, running: WholeAirflow, *, with_supervisor: bool) -> None:
    """The process of a task; or that of LocalExecutor's worker as well, which looks after it."""
    aside = _at_work(videos, running)[0]
    task = aside.parent()
    supervisor = task.parent() if task else None
    if task is None or supervisor is None:
        return
    for each in (supervisor, task) if with_supervisor else (task,):
        each.kill()
    play.kills += 1
    began = time.monotonic()
    gone = play.wait_until(lambda: not aside.is_running() or aside.status() == psutil.STATUS_ZOMBIE, 10)
    play.notes.append(f"the process aside was gone after {time.monotonic() - began:.1f} s")
    play.check(f"the process aside ends with its task (supervisor killed: {with_supervisor})", gone)


def _over(play: Play, running: WholeAirflow) -> bool:
    play.notes.extend(f"{name} started again" for name in running.revive())
    return running.run_state() in {"success", "failed"}
