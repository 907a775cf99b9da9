"""## Comets: find creators about to take off, and measure every known one

**Every day** this DAG asks TikHub what is trending, looks through the videos found under each trend for *comets*
(10,000 to 100,000 followers, a video with 50,000 plays or more, and a real person in front of the camera), and
then takes the roll call: today's follower, heart and video counts of everybody found so far.

| | |
|---|---|
| **Reads** | the TikHub API (connection `tikhub`), the roster (connection `comets_db`) |
| **Writes** | `creators`, `creator_stats`, `daily_trends`, `verdicts`, `handle_history`, `runs`, ledger `api_calls`, |
| | `creator_videos` with `creator_video_sightings`, `creator_contacts`, `pictures`, |
| | and from them `standings` and `breakout_rankings`; `alerts_told` |
| **Emits** | the asset `comets/creator_stats`, when the day is complete |
| **Costs** | a call for the trends, up to 5 per keyword, one per candidate and one per creator of the roster; |
| | with regional hashtags switched on, a call for each country's list, and up to 6 for each of its hashtags; |
| | with the search for people, up to 5 for each word, and up to 2 for each of the first 10 people; |
| | with look-alikes, a call for each graduate, and up to 2 for each of the first 10 people |

### Switching it on
The day's run starts at 02:00 UTC. Switched on later, the run of the last 02:00 starts **at once**, so that no day is
missed. A run of a day that another run measured already finds the answers in the ledger, and pays for none again.

### When something is red
* **one `discover[…]`**: that keyword's search failed; the others are not affected. Clear it with everything downstream.
* **`roll_call[…]`**: clear it with everything downstream while its day lasts (to 06:00 UTC of the next). What was measured
  stays, and nothing is paid for twice. Later nobody is measured for it any more: whoever was missed is estimated.
* **`fetch_trends`**: no trending words, or the key, balance or permission was refused. The log says which.
* **`check_day`, hashtags of a country were not given**: nothing else of the day is affected; clear `fetch_trends`.
* **`keep_videos`**: nothing is lost; clear it, or let the next day's do it as well.
* **`fetch_pictures`**: faces and covers are missing on the pages, and nothing else; the run is as green as without it.
* **`check_day`**: too few of the creators due were measured, or rows are not as they must be. The log says what to do.
* **`rank_creators`**: what was measured stays; the pages show the standings of before. Clear it: it makes them anew.
* **`report`** is red whenever anything before it is: green means that the day is complete.

### Running it again
Clear any task or mapped instance, or the whole run: answers paid for are read from the ledger. A run for a day that is
past (a backfill, or a cleared run of last week) **never calls the API**: it replays what the ledger has, and estimates
the rest between the days before and after. A run for a day **to come** fails at once, and its note says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include import connections, settings
from include.comets import digest, tasks
from include.comets import run as runs
from include.comets.pictures import Limits
from include.comets.roster import Batch
from include.defaults import DEFAULT_ARGS, POOL, choice, is_going, number, switch, words
from include.digest.channels import DayDigest, PersonalAlerts
from include.ranking import alerts, standings
from include.runs import day_of
from include.tikhub.account import Api
from include.tikhub.endpoints import TRENDING_HASHTAGS_DAYS, TRENDING_HASHTAGS_LIMIT
from plugins.filters.layers import context_layers
from plugins.filters.rules import shipped_mapping

CREATOR_STATS = Asset(name="comets/creator_stats", uri="cometwatch://comets/creator_stats")
SEARCH, SOURCES, BAND, WORK = "What to search", "More sources, off unless filled in", "Who is a comet", "What to do"
PARAMS = {
    "keywords": words(SEARCH, "Keywords", "Search these words instead of today's trends."),
    "hashtags": words(
        SEARCH, "Hashtags", "Follow these hashtags as well; empty: those of the setting COMETS_HASHTAGS."
    ),
    "max_keywords": number(10, 1, 100, SEARCH, "Trends at most", "How many trends, the most trending first."),
    "pages_per_keyword": number(
        5, 1, 50, SEARCH, "Pages per keyword", "Pages of 20 videos for each keyword; each page is one paid call."
    ),
    "hashtag_countries": words(
        SOURCES,
        "Regional hashtags",
        "Search hashtags that trend in these countries as well, as US or JP; each list is one paid call. "
        "Empty: those of the setting COMETS_HASHTAG_COUNTRIES.",
        "^[A-Za-z]{2}$",
        runs.MOST_COUNTRIES,
    ),
    "hashtag_days": choice(TRENDING_HASHTAGS_DAYS, SOURCES, "Over so many days", "What trends over this many days."),
    "hashtags_per_country": number(
        10, 1, TRENDING_HASHTAGS_LIMIT, SOURCES, "Hashtags of a country", "How many of each list are searched."
    ),
    "user_words": words(
        SOURCES,
        "People by words",
        "Search people of the band by these words as well; each word is one paid call, and each of the people found one more. "
        "Empty: those of the setting COMETS_USER_WORDS.",
    ),
    "users_of_keywords": switch(
        SOURCES, "People by the day's keywords", "Search people by the day's keywords as well."
    ),
    "users_per_word": number(
        10,
        1,
        100,
        SOURCES,
        "People for each",
        "Of each word or graduate so many people have their videos asked for and judged.",
    ),
    "look_alikes": number(
        0,
        0,
        50,
        SOURCES,
        "Look-alikes of graduates",
        "Of how many creators who left the band upwards people like them are looked for; each is one paid call. "
        "0: as the setting COMETS_LOOK_ALIKES says.",
    ),
    "min_followers": number(10_000, 0, 10**10, BAND, "Followers at least", "Lower end of the band, included."),
    "max_followers": number(100_000, 0, 10**10, BAND, "Followers at most", "Upper end of the band, included."),
    "min_views": number(50_000, 0, 10**12, BAND, "Plays at least", "Plays the video must have at least."),
    "min_face_percent": number(
        2.0,
        0,
        100,
        BAND,
        "Face at least, percent",
        "The largest face must cover more than this share of the cover. 2.0: what the active rules say.",
    ),
    "skip_discovery": switch(WORK, "Skip discovery", "Only measure known creators."),
    "skip_roll_call": switch(WORK, "Skip roll call", "Only look for new creators."),
    "max_calls": number(
        None, 0, 10**7, WORK, "Calls at most", "Most API calls of this run, roll call first. Empty: no limit."
    ),
    "dry_run": switch(WORK, "Dry run", "Fetch and judge, but write nothing except the ledger and this run's line."),
}


def _run_of(opened: dict[str, Any] | None) -> runs.Run:
    """The run as open_day fixed it; tasks that run whatever happened before them say so when there is none."""
    if opened is None:
        raise AirflowFailException("open_day did not finish: see its log. Nothing can be done without it.")
    return runs.Run.from_json(opened)


def _api(run: runs.Run) -> Api | None:
    """How to call the API; None for a replay, which never calls."""
    return None if run.is_replay else connections.api()


@contextmanager
def _skipping_nothing() -> Iterator[None]:
    """Nothing to do is no failure: a replay of what was never stored, or a budget that leaves no call for this."""
    try:
        yield
    except (tasks.NothingToReplay, tasks.NothingToSpend, tasks.NotInLedger) as nothing:
        raise AirflowSkipException(str(nothing)) from nothing


@task
def open_day(dag_run: Any = None, params: Any = None, ti: Any = None) -> dict[str, Any]:
    """Fix the run's day, mode, settings and rules; check the schema; close what was interrupted."""
    configured, day = settings.load(), day_of(dag_run.logical_date, dag_run.run_after)
    run = runs.plan(
        dag_run.run_id,
        day,
        configured.now(),
        params,
        configured.hashtags,
        configured.longest_wait_days,
        runs.SwitchedOn(
            configured.hashtag_countries, configured.user_words, configured.users_of_keywords, configured.look_alikes
        ),
    )
    with connections.open_database() as database:
        opened = database.repeatedly(
            lambda connection: runs.open_day(connection, run, configured.rate_per_second, shipped_mapping())
        )
        database.repeatedly(
            lambda connection: runs.close_interrupted(connection, run.run_id, lambda run_id: is_going(ti, run_id))
        )
    return opened.as_json()


@task(pool=POOL)
def fetch_trends(opened: dict[str, Any]) -> list[dict[str, Any]]:
    """The day's keywords; an empty list is a failure."""
    run = _run_of(opened)
    if run.skip_discovery:
        raise AirflowSkipException("skip_discovery is set")
    with _skipping_nothing():
        return tasks.fetch_trends(connections.connect(), _api(run), run)


# A search that hangs ends some time. Pauses of up to an hour that the vendor asks for, one after another, are no such thing;
# and where many keywords share a low rate, the next try goes on where this one ended, at no cost.
@task(
    pool=POOL,
    map_index_template="{{ task.op_kwargs['keyword']['text'] }}",
    execution_timeout=timedelta(hours=12),
)
def discover(opened: dict[str, Any], keyword: dict[str, Any], ti: Any = None) -> dict[str, Any]:
    """Find comets under one keyword."""
    run, configured = _run_of(opened), settings.load()
    rules = tasks.read_rules(connections.connect(), run, shipped_mapping())
    layers, threads = context_layers(configured.face_model, rules), configured.roll_call_threads
    days = configured.pictures_days if configured.pictures_a_day else 0
    with _skipping_nothing():
        return tasks.discover(connections.connect(), _api(run), run, keyword, layers, threads, ti.map_index, days)


# all_done: a missed day can never be measured again, so the roll call does not depend on the discovery's luck.
@task(trigger_rule=TriggerRule.ALL_DONE)
def plan_roll_call(opened: dict[str, Any]) -> list[Batch]:
    """Who is measured today, most important first, as ranges."""
    run = _run_of(opened)
    if run.skip_roll_call:
        raise AirflowSkipException("skip_roll_call is set")
    return tasks.plan_roll_call(connections.connect(), run, settings.load().roll_call_tasks)


@task(pool=POOL, map_index_template="creators {{ '{first:,} to {last:,}'.format(**task.op_kwargs['batch']) }}")
def roll_call(opened: dict[str, Any], batch: Batch, ti: Any = None) -> dict[str, int]:
    """Today's snapshot of one batch of the roster."""
    run, threads = _run_of(opened), settings.load().roll_call_threads
    return tasks.measure_batch(connections.connect(), _api(run), run, batch, threads, ti.map_index)


# all_done: what was screened is kept, whatever failed.
@task(trigger_rule=TriggerRule.ALL_DONE)
def keep_videos(opened: dict[str, Any]) -> int:
    """Keep the videos of the roster that the stored answers hold; calls nothing."""
    return tasks.keep_videos(connections.connect(), _run_of(opened), settings.load().retention_days)


# all_done: growth must follow from what is stored, however much of it there is.
@task(trigger_rule=TriggerRule.ALL_DONE)
def compute_growth(opened: dict[str, Any]) -> int:
    """One set-based pass over the day's growth and the gaps around it."""
    return tasks.compute_growth(connections.connect(), _run_of(opened))


# all_done: whoever was measured is ranked, however many are missing.
@task(trigger_rule=TriggerRule.ALL_DONE)
def rank_creators(opened: dict[str, Any]) -> dict[str, int]:
    """Where everybody stands now, and who is first on the day."""
    run = _run_of(opened)
    if run.dry_run:
        raise AirflowSkipException("dry_run is set: a dry run ranks nobody.")
    return standings.rank_day(connections.connect(), run.day)


# A teardown, which Airflow leaves out when it decides a run's state: no picture is worth a day.
@task
def fetch_pictures(opened: dict[str, Any]) -> dict[str, int]:
    """Small copies of the faces and covers that the day brought; calls nothing."""
    if opened is None:
        raise AirflowSkipException("open_day did not finish: there is no day to fetch pictures of.")
    run, configured = _run_of(opened), settings.load()
    api = _api(run)
    if api is None or run.dry_run or not configured.pictures_a_day:
        raise AirflowSkipException("Pictures are fetched by live runs alone, and where PICTURES_A_DAY is not 0.")
    limits = Limits(configured.pictures_a_day, configured.pictures_days, configured.pictures_max_mb * 1_000_000)
    return tasks.fetch_pictures(connections.connect(), api, run, limits)


# all_done: a failed day is checked as well, so that its coverage is known.
@task(trigger_rule=TriggerRule.ALL_DONE)
def check_day(opened: dict[str, Any]) -> dict[str, Any]:
    """Data-quality checks; fails the day when they do."""
    configured = settings.load()
    return tasks.check_day(connections.connect(), _run_of(opened), configured.coverage_floor, configured.now())


# all_done: it is the leaf that decides the run's state, so it always runs, looks, and raises.
@task(
    trigger_rule=TriggerRule.ALL_DONE,
    outlets=[CREATOR_STATS],
    on_success_callback=[
        DayDigest(digest.news, digest.unread),
        PersonalAlerts(alerts.work_out, alerts.unsent, alerts.note_sent),
    ],
    on_failure_callback=DayDigest(digest.news, digest.unread),
)
def report(opened: dict[str, Any], found: Any, measured: Any, ti: Any = None) -> None:
    """The day in numbers; red when any task of the run is."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(
        name for name, state in states.items() if state in {"failed", "upstream_failed"} and name != "fetch_pictures"
    )
    run = _run_of(opened)
    rehearsed = {"found": found[:] or (), "measured": measured[:] or ()} if run.dry_run else {}
    kept = settings.load().retention_days
    text = tasks.write_report(connections.connect(), run, failed_tasks=failed, retention_days=kept, **rehearsed)
    for line in text.splitlines():
        tasks.log.info("%s", line)
    if failed:
        raise AirflowFailException(runs.what_to_do(run.day, failed, settings.load().now()))


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
    opened: Any = open_day()
    found = discover.partial(opened=opened).expand(keyword=fetch_trends(opened))
    batches = plan_roll_call(opened)
    measured = roll_call.partial(opened=opened).expand(batch=batches)
    found >> batches
    ranked, reported = rank_creators(opened), report(opened, found, measured)
    measured >> compute_growth(opened) >> [ranked, check_day(opened)] >> reported
    found >> keep_videos(opened) >> [ranked, reported]
    ranked >> fetch_pictures(opened).as_teardown()


comets()
