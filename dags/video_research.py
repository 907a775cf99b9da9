"""## Video research: a searchable library of what videos say and show

**On demand**, or by `RESEARCH_SCHEDULE`, this DAG searches videos for each of your questions, downloads them, reads what is
written on their screens and what is said in them, checks the result, and uploads it; what it found can then be searched on
the page *Library*.

| | |
|---|---|
| **Reads** | `research_queries` (the list `RESEARCH_LIST`, the page *Research*, the param `query`), Serper or TikHub, TikTok |
| **Writes** | `MEDIA_URI` (`videos/<id>/…`), `videos`, `video_passages`, and the tables `research_…` |
| **Emits** | the asset `video_research/videos`, when the run is green |
| **Needs** | the extra `media`: `make extra NAME=media` |
| **Costs** | a call for each page of a search that was not asked for today; tokens, where Claude reads the screens |

### When something is red
* **one `search[…]`**: that query's search failed; the others went on. A refused key or an empty balance stops all of them.
* **one `work_on[…]`**: the store, the disk or an engine failed, not the video. Clear it when that is mended: it goes on.
* **`report`**: its log names the reason: a failure of ours, searches that all came back empty, or fewer than the share
  `RESEARCH_FLOOR` of the videos that exist came through.

Single bad videos (private, gone, too long) make no run red; the report and the page *Research* list each with its reason.

### Running it again
Clear any task or mapped instance, or trigger another run: what is finished is left out, what failed in passing is taken up
again, what is gone for good is not (**resume**: `on`; `strict` leaves out all that was ever tried; `off` leaves out nothing).
The same search is not paid for twice on a day, and a video that is known is not downloaded again.
**dry_run** searches only, and says how many videos, credits, minutes and GB the rest would take.
"""

from __future__ import annotations

import os
from typing import Any

import pendulum
from airflow.sdk import Asset, Param, TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowFailException

from include.defaults import DEFAULT_ARGS, is_going, number, switch

POOL = "research_download"
VIDEOS = Asset(name="video_research/videos", uri="cometwatch://video_research/videos")
WHAT, WHICH, HOW = "What to look for", "Which videos", "How"
PARAMS = {
    "query": Param(
        None,
        "Ask this question alone. Empty: the next of the list.",
        schema={"type": ["null", "string"], "maxLength": 300, "title": "Question", "section": WHAT},
    ),
    "start": number(0, 0, 1_000_000, WHAT, "Start at", "The place in the list of the first question, from 0."),
    "count": number(10, 1, 1000, WHAT, "Questions at most", "How many questions of the list."),
    "max_results": number(20, 1, 100, WHICH, "Videos per question", "Each page of ten is one paid search."),
    "published_after": Param(
        None,
        "Leave out what was posted before this day. Empty: nothing.",
        schema={"type": ["null", "string"], "format": "date", "title": "Posted since", "section": WHICH},
    ),
    "min_views": number(0, 0, 10**12, WHICH, "Plays at least", "Leave out videos of which fewer are known."),
    "require_speech": switch(WHICH, "Speech only", "Leave out videos in which nobody speaks."),
    "whisper_model": Param(
        None,
        "The model that writes down speech. Empty: what WHISPER_MODEL says, else base, which knows many languages.",
        schema={
            "type": ["null", "string"],
            "maxLength": 300,
            "examples": ["base", "tiny.en"],
            "title": "Model of Whisper",
            "section": HOW,
        },
    ),
    "max_frames": number(20, 1, 120, HOW, "Frames to upload", "As many pictures of each video, evenly, at most."),
    "include_video": switch(HOW, "Keep the video", "Upload the video itself too, so that the page can play it."),
    "keep": switch(HOW, "Keep local files", "Leave the working folders where they are after the upload."),
    "resume": Param(
        "on",
        "on: leave out what is finished or gone for good. strict: leave out all that was ever tried. off: leave out nothing.",
        schema={"type": "string", "enum": ["on", "strict", "off"], "title": "What was done before", "section": HOW},
    ),
    "dry_run": switch(HOW, "Dry run", "Search only, and say what the rest would take."),
}


def _run_of(opened: dict[str, Any] | None) -> Any:
    """The run as open_run fixed it; tasks that run whatever happened before them say so when there is none."""
    from include.video_research.run import Run

    if opened is None:
        raise AirflowFailException("open_run did not finish: see its log. Nothing can be done without it.")
    return Run.from_json(opened)


@task
def open_run(dag_run: Any = None, params: Any = None, ti: Any = None) -> dict[str, Any]:
    """Fix the run's day and what it looks for; check the schema, the extra and the settings; close what was interrupted."""
    import json

    from include import connections, runs, settings
    from include.video_research import settings as research
    from include.video_research import tasks
    from include.video_research.run import PIPELINE, plan

    configured, day = settings.load(), runs.day_of(dag_run.logical_date, dag_run.run_after)
    made_up = tuple(json.loads(os.environ.get("COMETWATCH_MADE_UP_QUESTIONS", "[]")))
    run = plan(dag_run.run_id, day, configured.now(), params, made_up)
    connections.open_media()
    tasks.open_run(connections.connect(), run, research.load())
    with connections.open_database() as database:
        database.repeatedly(
            lambda connection: runs.close_interrupted(
                connection, PIPELINE, run.run_id, lambda run_id: is_going(ti, run_id)
            )
        )
    return run.as_json()


@task
def pick_queries(opened: dict[str, Any]) -> list[Any]:
    """The questions of this run."""
    from include import connections
    from include.video_research import settings, tasks

    return tasks.pick_queries(connections.connect(), _run_of(opened), settings.load())


@task(map_index_template="{{ task.op_kwargs['query']['name'] }}")
def search(opened: dict[str, Any], query: Any, ti: Any = None) -> int:
    """The videos found for a question; what is no video is set aside with the reason."""
    from include import connections
    from include.video_research import settings, tasks

    return tasks.search(connections.connect(), _run_of(opened), settings.load(), query, ti.map_index)


# all_done: a search that failed keeps no other question's videos waiting.
@task(trigger_rule=TriggerRule.ALL_DONE)
def plan_videos(opened: dict[str, Any], picked: list[Any]) -> list[Any]:
    """Which videos are to be worked on; what was done before is left out."""
    from include import connections
    from include.video_research import settings, tasks

    return tasks.plan_videos(connections.connect(), _run_of(opened), settings.load(), picked or [])


@task(pool=POOL, map_index_template="{{ task.op_kwargs['batch']['name'] }}")
def work_on(opened: dict[str, Any], batch: Any, ti: Any = None) -> dict[str, int]:
    """Download, process, validate, upload: each state is stored, so that another try goes on from it."""
    from include import connections
    from include.video_research import settings, tasks

    run, holder = _run_of(opened), f"{ti.run_id} {ti.map_index}"
    return tasks.work(connections.connect(), connections.open_media(), run, settings.load(), batch, holder)


# all_done: what was uploaded is looked after, whatever became of the rest.
@task(trigger_rule=TriggerRule.ALL_DONE)
def reconcile(opened: dict[str, Any], picked: list[Any]) -> None:
    """Objects without a row, and rows without objects, of this run's videos."""
    from include import connections
    from include.video_research import settings, tasks

    run, configured = _run_of(opened), settings.load()
    tasks.reconcile(connections.connect(), connections.open_media(), run, configured, picked or [])


# all_done: each question gets its status from what there is.
@task(trigger_rule=TriggerRule.ALL_DONE)
def close_queries(opened: dict[str, Any], picked: list[Any]) -> dict[str, int]:
    """The status of each question, rolled up from its videos."""
    from include import connections
    from include.video_research import tasks

    return tasks.close_queries(connections.connect(), _run_of(opened), picked or [])


# all_done: it is the leaf that decides the run's state, so it always runs, looks, and raises.
@task(trigger_rule=TriggerRule.ALL_DONE, outlets=[VIDEOS])
def report(opened: dict[str, Any], picked: list[Any], ti: Any = None) -> None:
    """The run in numbers, read back; red when a failure is ours, or too little came through."""
    from include import connections
    from include.video_research import settings, tasks

    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(name for name, state in states.items() if state in {"failed", "upstream_failed"})
    text, problems = tasks.write_report(
        connections.connect(), connections.open_media(), _run_of(opened), settings.load(), picked or [], failed
    )
    for line in text.splitlines():
        tasks.log.info("%s", line)
    if problems:
        raise AirflowFailException(" ".join(problems))


@dag(
    schedule=os.environ.get("RESEARCH_SCHEDULE", "").strip() or None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=PARAMS,
    tags=["research", "tiktok", "video"],
    doc_md=__doc__,
)
def video_research() -> None:
    """The way from a question to the library."""
    opened: Any = open_run()
    picked: Any = pick_queries(opened)
    searched = search.partial(opened=opened).expand(query=picked)
    planned: Any = plan_videos(opened, picked)
    worked = work_on.partial(opened=opened).expand(batch=planned)
    searched >> planned
    worked >> reconcile(opened, picked) >> close_queries(opened, picked) >> report(opened, picked)


video_research()
