"""## Comets: find creators about to take off, and measure every known one

**Every day** this DAG asks TikHub what is trending, looks through the videos found under each trend for *comets*
(10,000 to 100,000 followers, a video with 50,000 plays or more, and a real person in front of the camera), and then takes
the roll call: today's follower, heart and video counts of everybody found so far.

| | |
|---|---|
| **Reads** | the TikHub API (connection `tikhub`), the roster (connection `comets_db`) |
| **Writes** | `creators`, `creator_stats`, `daily_trends`, `verdicts`, `handle_history`, `runs`, and the ledger `api_calls` |
| **Emits** | the asset `comets/creator_stats`, when the day is complete |
| **Costs** | one call for the trends, up to 5 per keyword, one per candidate and one per creator of the roster |

### When something is red
* **one `discover[…]`**: that keyword's search failed; the others are not affected. Clear it, with everything downstream.
* **`roll_call[…]`**: clear it, with everything downstream. What was measured stays, and nothing is paid for twice.
* **`fetch_trends`**: no trending words, or the key, balance or permission was refused. The log says which.
* **`check_day`**: too few of the creators due were measured, or rows are not as they must be. The log says what to do.
* **`report`** is red whenever anything before it is: green means that the day is complete.

### Running it again
Clear any task or mapped instance, or the whole run: answers paid for are read from the ledger. A run for a day that is
past (a backfill, or a cleared run of last week) **never calls the API**: it replays what the ledger has, and estimates
the rest between the days before and after.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import Asset, Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.defaults import DEFAULT_ARGS, POOL

CREATOR_STATS = Asset(name="comets/creator_stats", uri="cometwatch://comets/creator_stats")
WORDS = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200}, "maxItems": 100}
PARAMS = {
    "keywords": Param([], **WORDS, section="What to search", description="Search these words instead of today's trends."),
    "hashtags": Param([], **WORDS, section="What to search", description="Follow these too; empty: COMETS_HASHTAGS."),
    "max_keywords": Param(10, type="integer", minimum=1, maximum=100, section="What to search",
                          description="How many trends, the most trending first."),
    "pages_per_keyword": Param(5, type="integer", minimum=1, maximum=50, section="What to search",
                               description="Pages of 20 videos for each keyword; each page is one paid call."),
    "min_followers": Param(10_000, type="integer", minimum=0, maximum=10**10, section="Who is a comet",
                           description="Lower end of the band, included."),
    "max_followers": Param(100_000, type="integer", minimum=0, maximum=10**10, section="Who is a comet",
                           description="Upper end of the band, included."),
    "min_views": Param(50_000, type="integer", minimum=0, maximum=10**12, section="Who is a comet",
                       description="Plays the video must have at least."),
    "min_face_percent": Param(2.0, type="number", minimum=0, maximum=100, section="Who is a comet",
                              description="The largest face must cover more than this share of the cover."),
    "skip_discovery": Param(False, type="boolean", section="What to do", description="Only measure known creators."),
    "skip_roll_call": Param(False, type="boolean", section="What to do", description="Only look for new creators."),
    "max_calls": Param(None, type=["null", "integer"], minimum=0, maximum=10**7, section="What to do",
                       description="Most API calls this run may make; the roll call has first claim. Empty: no limit."),
    "dry_run": Param(False, type="boolean", section="What to do",
                     description="Fetch and judge, but write nothing except the ledger and this run's line."),
}  # fmt: skip


def _run(content: dict[str, Any] | None) -> Any:
    """The run as open_day fixed it; tasks that run whatever happened before them say so when there is none."""
    from include.comets.run import Run

    if content is None:
        raise AirflowFailException("open_day did not finish: see its log. Nothing can be done without it.")
    return Run.from_json(content)


def _api(day: Any) -> Any:
    """How to call the API; None for a replay, which never calls."""
    from include import connections

    return None if day.is_replay else connections.api()


def _label(text: str) -> int:
    """Name this mapped instance in the UI; returns its index."""
    context = get_current_context()
    context["label"] = text  # type: ignore[typeddict-unknown-key]
    return context["ti"].map_index


@task
def open_day() -> dict[str, Any]:
    """Fix the run's day, mode and settings; check the schema."""
    from include import connections, settings
    from include.comets import run as runs

    context = get_current_context()
    dag_run, configured = context["dag_run"], settings.load()
    day = runs.day_of(dag_run.logical_date, dag_run.run_after)
    run = runs.plan(dag_run.run_id, day, configured.now(), context["params"], configured.hashtags)
    with connections.open_database() as database:
        database.repeatedly(lambda connection: runs.open_day(connection, run, configured.rate_per_second))
    return run.as_json()


@task(pool=POOL)
def fetch_trends(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The day's keywords; an empty list is a failure."""
    from include import connections
    from include.comets import tasks

    day = _run(run)
    if day.skip_discovery:
        raise AirflowSkipException("skip_discovery is set")
    try:
        return tasks.fetch_trends(connections.connect(), _api(day), day)
    except tasks.NothingToReplay as nothing:
        raise AirflowSkipException(str(nothing)) from nothing


@task(pool=POOL, map_index_template="{{ label }}")
def discover(run: dict[str, Any], keyword: dict[str, Any]) -> dict[str, Any]:
    """Find comets under one keyword."""
    from include import connections, settings
    from include.comets import tasks
    from plugins.filters.layers import context_layers

    map_index, day, configured = _label(keyword["text"]), _run(run), settings.load()
    layers = context_layers(configured.face_model)
    connect, api = connections.connect(), _api(day)
    try:
        return tasks.discover(connect, api, day, keyword, layers, configured.roll_call_threads, map_index)
    except tasks.NotInLedger as nothing:
        raise AirflowSkipException(str(nothing)) from nothing


# all_done: a missed day can never be measured again, so the roll call does not depend on the discovery's luck.
@task(trigger_rule=TriggerRule.ALL_DONE)
def plan_roll_call(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Who is measured today, most important first, as ranges."""
    from include import connections
    from include.comets import tasks

    day = _run(run)
    if day.skip_roll_call:
        raise AirflowSkipException("skip_roll_call is set")
    return tasks.plan_roll_call(connections.connect(), day)


@task(pool=POOL, map_index_template="{{ label }}")
def roll_call(run: dict[str, Any], batch: dict[str, Any]) -> dict[str, int]:
    """Today's snapshot of one batch of the roster."""
    from include import connections, settings
    from include.comets import tasks

    map_index, day = _label(f"creators {batch['first']:,} to {batch['last']:,}"), _run(run)
    connect, api = connections.connect(), _api(day)
    return tasks.measure_batch(connect, api, day, batch, settings.load().roll_call_threads, map_index)


# all_done: growth must follow from what is stored, however much of it there is.
@task(trigger_rule=TriggerRule.ALL_DONE)
def compute_growth(run: dict[str, Any]) -> int:
    """One set-based pass over the day's growth and the gaps around it."""
    from include import connections
    from include.comets import tasks

    return tasks.compute_growth(connections.connect(), _run(run))


# all_done: a failed day is checked as well, so that its coverage is known.
@task(trigger_rule=TriggerRule.ALL_DONE)
def check_day(run: dict[str, Any]) -> dict[str, Any]:
    """Data-quality checks; fails the day when they do."""
    from include import connections, settings
    from include.comets import tasks

    return tasks.check_day(connections.connect(), _run(run), settings.load().coverage_floor)


# all_done: it is the leaf that decides the run's state, so it always runs, looks, and raises.
@task(trigger_rule=TriggerRule.ALL_DONE, outlets=[CREATOR_STATS])
def report(run: dict[str, Any]) -> None:
    """The day in numbers; red when any task of the run is."""
    from include import connections
    from include.comets import tasks

    day, instance = _run(run), get_current_context()["ti"]
    states = instance.get_task_states(dag_id=instance.dag_id, run_ids=[instance.run_id])[instance.run_id]
    failed = sorted(name for name, state in states.items() if state in {"failed", "upstream_failed"})
    text = tasks.write_report(connections.connect(), day, is_complete=not failed)
    for line in text.splitlines():
        tasks.log.info("%s", line)
    if failed:
        raise AirflowFailException(
            f"The day is not complete: {', '.join(failed)} failed. Clear them with all downstream."
        )


@dag(
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=PARAMS,
    tags=["comets", "tiktok", "daily"],
    doc_md=__doc__,
)
def comets() -> None:
    """The data flow of one day."""
    run = open_day()
    found = discover.partial(run=run).expand(keyword=fetch_trends(run))
    batches = plan_roll_call(run)
    measured = roll_call.partial(run=run).expand(batch=batches)
    found >> batches
    [found, measured] >> compute_growth(run) >> check_day(run) >> report(run)


comets()
