"""## Forget a creator: take one person out of everything, for good

Somebody asked to be erased. This DAG finds all that is stored about them, and with **dry_run** off removes it.

* **Input**: `creator`, the numeric user id or the `@handle`.
* **Removed**: their rows in `creators`, `creator_stats`, `creator_videos`, `creator_video_sightings`, `creator_contacts`,
  `pictures`, `verdicts`, `overrules`, `handle_history`, `roll_call_misses`, `standings`, `breakout_rankings`,
  `alerts_told` and `adopted_leftovers`; contacts of others that name them; what the shortlist says of them, stars and saved
  addresses of their page included.
* **Blanked**: their place in `roll_call_batches`; calls about them in `api_calls` (the bill stays true); their videos
  in the stored answers of searches; their user ids and `@handle` wherever others name them: in bios and names, stored
  profiles, captions, hashtags and titles of music, verdicts, messages, overrules, notes, reports, the rules and search
  words. Whole ids and handles only: `@annabel` and the word *anna* are not `@anna`.
* **Own accounts**: one that has or had a handle of theirs goes whole, with its files in the lake and in the drop folder. In
  raw and staged files of others, captions that mention the `@handle` are blanked, and the curated files are made anew.
* **Videos**: theirs in the library go with their files and with what Claude read in them; in the library and in the texts
  that lie in the store for videos of others, mentions are blanked. Their pictures and sound stay.
* **Kept**: a hash of the user id under `ERASURE_KEY` in `forgotten_creators`, so that no search brings them back, and
  a line in `erasures` (when, which run, rows per table) that names nobody. Of somebody known by a handle alone, no hash.

### How to
1. `.env` needs `ERASURE_KEY` (`make run` and `make up` with the embedded database bring one). Keep a copy of it apart
   from the database: without the key the pipeline stops rather than let people come back.
2. Trigger with `creator` and look at the table in the task's log: it says what would go.
3. Trigger again with `dry_run` off. It may run beside a roll call. Running it again does no harm; one that was
   interrupted goes on where it was, by user id or handle.
4. All stored answers are looked through, in small blocks that keep nobody waiting: some 15 seconds for 100,000.

### What it cannot reach
* **This run's own settings** show the id or handle you typed, and the task logs and results of earlier runs of `comets`
  name the creators they measured. Delete this run (Browse, Dag Runs) afterwards, and the logs and runs of the time in
  question with `make airflow ARGS="db clean …"` and your log retention.
* What other accounts of yours landed: files lie there as they came, and `reprocess` reads their captions again.
* Backups of the database, exports, and what people wrote about the person without an `@`.
* What others go on saying in public: a bio that mentions the `@handle` comes back with that creator's next profile, for
  the handle itself is kept nowhere. Where only the user id came back, run it again with the user id.

### When it is red
* **several people** were seen under the handle: the log lists their user ids; trigger again with the one that is meant.
* **nobody** of that name: check it; who was forgotten before is known by their user id alone.
* **ERASURE_KEY** is missing or was changed: the log says what to put into `.env`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

from include.defaults import DEFAULT_ARGS

if TYPE_CHECKING:
    from pathlib import Path

    from include.erasure.parts import Forgetting
    from include.lake import Lake

PARAMS = {
    # Required: there is no default, so the form asks for it and nothing is begun without it.
    "creator": Param(
        description="The numeric user id, or the @handle if only one person had it: one word, nothing else.",
        type="string",
        title="Whom to forget",
        minLength=1,
        maxLength=100,
        pattern=r"^\s*@?[^\s@]+\s*$",
    ),
    "dry_run": Param(True, "Only say what would be removed; write nothing.", type="boolean", title="Dry run"),
    "search_words": Param(
        True,
        "Also blank search words and trends that spell one of their handles. Switch this off when the handle is an "
        "ordinary word.",
        type="boolean",
        title="Search words too",
    ),
}


def offers(lake: Lake | None = None, drop_folder: Path | None = None) -> list[Forgetting]:
    """All that knows people, in the order of the work: each pipeline's `forgetting.py` and what they share."""
    from include.account_analytics import forgetting as accounts
    from include.account_analytics import forgetting_files as files
    from include.calls import forgetting as calls
    from include.comets import forgetting as comets
    from include.erasure import run_texts
    from include.ranking import forgetting as ranking
    from include.video_research import forgetting as research

    in_files = files.forgetting(lake, drop_folder)
    return [
        comets.FORGETTING,
        ranking.FORGETTING,
        accounts.FORGETTING,
        in_files,
        research.FORGETTING,
        calls.FORGETTING,
        run_texts.FORGETTING,
    ]


@task
def forget() -> dict[str, int]:
    """Remove one person, or say what there is to remove; rows per table."""
    from include import connections, settings
    from include.erasure import erase

    configured, context = settings.load(), get_current_context()
    lake = connections.open_lake() if configured.lake_uri else None
    params, dag_run = context["params"], context["dag_run"]
    with connections.open_database() as database:
        return erase.forget(
            database,
            offers(lake, configured.accounts_drop),
            params["creator"],
            dag_run.run_id,
            getattr(dag_run, "triggering_user_name", None),
            dry_run=params["dry_run"],
            with_search_words=params["search_words"],
        )


@dag(
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=PARAMS,
    tags=["erasure", "on demand"],
    doc_md=__doc__,
)
def forget_creator() -> Any:
    """One task: it finds, removes, and looks again."""
    forget()


forget_creator()
