"""## Research canary: do downloads still work?

**Every Monday** this DAG downloads one video that `video_research` has downloaded before, proves it, and throws it away. TikTok
changes its pages now and then, and the extractor follows some days later: this tells you before a whole run is red.

| | |
|---|---|
| **Reads** | `videos`: the newest that are not gone |
| **Writes** | nothing that stays |
| **Needs** | the extra `media`: `make extra NAME=media` |
| **Costs** | no API call; one to three downloads |

### When it is red
**`look`** says what happened to the videos that it tried. *The page is not what yt-dlp knows*: bring yt-dlp up to date
(`make lock`, then `make extra NAME=media`), and trigger it again until it is green. *The site refuses this address*: wait some
hours, or set `RESEARCH_PROXY`. It is green, and says so, while no video is known, or when all that were tried are gone.
"""

from __future__ import annotations

import logging
from typing import Any

import pendulum
from airflow.sdk import dag, task

from include.defaults import DEFAULT_ARGS

log = logging.getLogger(__name__)


@task
def look() -> str:
    """Download a known video anew."""
    from include import connections
    from include.video_research import settings
    from include.video_research.downloads.canary import canary

    with connections.open_database() as store:
        said = canary(store, settings.load())
    log.info(said)
    return said


@dag(
    schedule="40 3 * * 1",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["video_research", "weekly"],
    doc_md=__doc__,
)
def research_canary() -> Any:
    """One look."""
    look()


research_canary()
