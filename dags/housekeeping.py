"""## Housekeeping: the database stays in order by itself

**Every morning** this DAG makes the months' partitions ahead of time, takes videos and contacts of the roster that are
not known yet out of stored answers of the API, drops answers and copies of pictures that are past their retention, removes
files of videos and screenshots of a browser past theirs, drops alerts that are long over, and writes into its log how large
everything is.

| | |
|---|---|
| **Reads and writes** | `creator_stats`, `api_calls` (partitions), the answers in `api_calls`, `pictures`, files of `videos` |
| | `alerts_told`, so far as it is over |
| | `creator_videos`, `creator_video_sightings`, `creator_contacts`: a database that is new to them is filled by it |
| **Settings** | `LEDGER_RETENTION_DAYS` (35): how long a past day can be replayed. The bills are kept for good |
| | `PICTURES_DAYS` (30), `PICTURES_MAX_MB` (200): how long small copies of avatars and covers are kept, and how many |
| | `MEDIA_RETENTION_DAYS` (365): how long files of videos are kept; 30 days once a video is gone. Texts stay |
| | alerts that were told are kept for 90 days after they were over |
| **Costs** | no API call |

### When it is red
* **`make_partitions`**: rows lie in a DEFAULT partition and no month could be made for them; the log says how many,
  and of which days. Until then they are counted and read like all others, only slower.
* **`read_answers`**: the database was not reachable; it goes on where it was on the next try.
* **`drop_answers`**: the database was not reachable, or somebody holds locks; it goes on where it was on the next try.
* **`remove_screenshots`**: the lake was not reachable, or does not let us delete; the log says which.
* **`remove_media`**: the store was not reachable, or does not let us delete; the log says which. It goes on where it was.

Running it again, by hand or beside the pipeline, does no harm.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk import TriggerRule, dag, task

from include.defaults import DEFAULT_ARGS

if TYPE_CHECKING:
    from include.housekeeping.kept import Retention
    from include.settings import Settings


def retentions(configured: Settings) -> list[Retention]:
    """What is kept for a time only."""
    from include.housekeeping.kept import Retention
    from include.ranking import alerts
    from include.video_research import settings as research
    from include.video_research.keeping import GONE_DAYS

    return [
        Retention(
            "stored answers",
            "LEDGER_RETENTION_DAYS",
            configured.retention_days,
            "calls/drop_old_answers",
            "calls/count_stored_answers",
        ),
        Retention(
            "pictures",
            "PICTURES_DAYS",
            configured.pictures_days,
            "comets/pictures/drop_expired",
            "comets/pictures/count_kept",
        ),
        Retention(
            "videos' files",
            "MEDIA_RETENTION_DAYS",
            research.load().media_retention_days,
            "video_research/removals/drop_media",
            "video_research/removals/count_media",
        ),
        Retention(
            "files of videos that are gone",
            "for good",
            GONE_DAYS,
            "video_research/removals/drop_gone",
            "video_research/removals/count_gone",
        ),
        Retention(
            "alerts that were told and are over",
            "always",
            alerts.KEPT_DAYS,
            "ranking/alerts/drop_over",
            "ranking/alerts/count_told",
        ),
    ]


@task
def make_partitions() -> list[str]:
    """Partitions ahead, and for rows that wait for theirs; red when rows could not be moved."""
    from include import connections, settings
    from include.housekeeping import upkeep

    with connections.open_database() as database:
        return upkeep.make_partitions(database, settings.load().now().date())


@task
def read_answers() -> dict[str, int]:
    """Take videos and contacts of the roster out of answers that are stored already, before those are dropped."""
    from include import connections, settings
    from include.comets import contacts, videos

    configured = settings.load()
    today = configured.now().date()
    with connections.open_database() as database:
        kept = videos.keep(database, today - timedelta(days=configured.retention_days), today)
        return {"sightings": kept, "contacts": contacts.read_stored(database)}


# all_done: answers past their retention go, whatever could not be read.
@task(trigger_rule=TriggerRule.ALL_DONE)
def drop_answers() -> int:
    """Drop stored answers and copies of pictures past their retention, in bounded chunks, and copies that are too many."""
    from include import connections, settings
    from include.comets import pictures
    from include.housekeeping import upkeep

    configured = settings.load()
    with connections.open_database() as database:
        dropped = upkeep.drop_expired(database, retentions(configured), configured.now().date())
        return dropped + pictures.trim(database, configured.pictures_max_mb * 1_000_000)


@task
def remove_media() -> int:
    """Remove the files of videos that are to go from the store; how many went."""
    from include import connections
    from include.video_research import removals
    from include.video_research import settings as research

    with connections.open_database() as database:
        if not removals.waiting(database):
            return 0
        return removals.remove(database, connections.open_media(), research.load().work_folder)


@task
def remove_screenshots() -> int:
    """Remove what TikTok Studio looked like where a browser went no further, once nobody looks at it any more; how many."""
    from include import connections, settings
    from include.account_analytics.browser import screenshots

    configured = settings.load()
    if configured.lake_uri is None:
        return 0
    return screenshots.remove_expired(connections.open_lake(), configured.now())


# all_done: how large everything is matters most when something did not work.
@task(trigger_rule=TriggerRule.ALL_DONE)
def report_sizes() -> None:
    """How large every table is."""
    from include import connections, settings
    from include.housekeeping import upkeep

    configured = settings.load()
    with connections.open_database() as database:
        upkeep.report_sizes(database, retentions(configured), configured.now().date())


# The last step runs whatever happened, so the run's state has to be decided by one that does not.
@task
def finish() -> None:
    """Green only when all before it was."""


@dag(
    schedule="30 4 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["housekeeping", "daily"],
    doc_md=__doc__,
)
def housekeeping() -> Any:
    """Independent chores, then the sizes."""
    read, dropped, removed = read_answers(), drop_answers(), remove_media()
    read >> dropped >> removed
    chores = [make_partitions(), read, dropped, removed, remove_screenshots()]
    chores >> report_sizes()
    chores >> finish()


housekeeping()
