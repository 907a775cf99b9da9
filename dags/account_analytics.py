"""## Account analytics: your own accounts, from the downloaded file to numbers one can trust

**Every morning**, and after an upload, this DAG takes what you downloaded from TikTok, finds out what each file is, whose it
is and which days it is about, and brings tables and files of all your accounts up to date. What it cannot know it asks, and
goes on with everything else.

| | |
|---|---|
| **Reads** | the drop folder (`ACCOUNTS_DROP`), the lake (`LAKE_URI`), connections of accounts |
| **Writes** | the lake: landing, raw, staging, curated; `accounts`, `account_exports`, `account_outcomes`, `account_questions`, |
| | `account_sources`, `account_tokens`, `account_browser_states`, `account_browser_log`, |
| | `social_media_stats`, `content_performance`, `viral_content`, `audience_insights` and the tables beside them |
| **Emits** | the asset `account_analytics/curated`, when the run is green |
| **Needs** | the extra `analytics`: `make extra NAME=analytics` |
| **Asks** | TikTok's Accounts API, for accounts with a connection `tiktok_<handle>`; it is free |
| **Costs** | nothing |

### Switching it on
Put files into the drop folder: as they came, or a folder for each account; names do not matter. The run starts at 05:00 UTC, or
by hand. An empty folder is a green run that says "nothing new".

An account that has a connection is also asked for every morning, for the days since the last time and all its videos
(`make accounts-authorize` says what that takes). One whose connection says `{"via": "browser"}` is fetched from TikTok Studio
by a browser, once somebody has logged in (`make accounts-login`): experimental. More than 32 accounts go in batches.

### When something is red
* **one `extract[…]`**: its log and the page *Accounts* say what to do; the other accounts and the files go on. Clear it.
* **one `extract_again[…]`**: the browser brought nothing whole of this account, twice. The next run tries again; nothing is lost.
* **`land`**: the lake or the database could not be written; nothing was taken in, and nothing is lost. Clear it.
* **one `to_raw[…]`** or **`to_staging[…]`**: its log names the report or the account; all others went on.
* **`to_curated`**: what is staged stays; tables and files are as they were before. Clear it.
* **`report`**: a task before it failed, or every file of this drop was refused: its log says which and why.

A refused or waiting file makes no run red: the report, the page *Accounts* and the digest name it until it is dealt with.

### Running it again
Clear any task or mapped instance, or the whole run, or trigger another: the same files end in the same bytes.
**reprocess** reads again from landing, by the rules of today, and needs no file: `all`, an account, or a format
(`studio_overview`). **dry_run** says what each new file would be and what would be asked for, and stores nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pendulum
from airflow.sdk import Asset, Param, TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.account_analytics import news
from include.defaults import DEFAULT_ARGS, is_going, switch, words
from include.digest.channels import DayDigest

log = logging.getLogger(__name__)
POOL = "accounts"
CURATED = Asset(name="account_analytics/curated", uri="cometwatch://account_analytics/curated")
WHAT, HOW = "What to look at", "How"
PARAMS = {
    "accounts": words(WHAT, "Accounts", "Work on these handles only. Empty: on all."),
    "since": Param(
        None,
        "Take only files that came into the drop folder from this day on. Empty: all.",
        schema={"type": ["null", "string"], "format": "date", "title": "Files since", "section": WHAT},
    ),
    "reprocess": Param(
        None,
        "Read again what came before, from landing: all, an account, or a format. Empty: only what is new.",
        schema={
            "type": ["null", "string"],
            "maxLength": 200,
            "examples": ["all", "studio_overview", "studio_content", "business_overview"],
            "title": "Read again",
            "section": WHAT,
        },
    ),
    "strict": switch(HOW, "Strict", "Be red when any file or report is refused."),
    "dry_run": switch(
        HOW, "Dry run", "Say what each new file would be and what would be asked for, and store nothing."
    ),
}


def _run_of(opened: dict[str, Any] | None) -> Any:
    """The run as open_run fixed it; tasks that run whatever happened before them say so when there is none."""
    from include.account_analytics.run import Run

    if opened is None:
        raise AirflowFailException("open_run did not finish: see its log. Nothing can be done without it.")
    return Run.from_json(opened)


@contextmanager
def _working(opened: dict[str, Any] | None) -> Iterator[Any]:
    """The run, unless it is a dry run, of which only the beginning is done."""
    run = _run_of(opened)
    if run.dry_run:
        raise AirflowSkipException("dry_run is set: nothing is stored.")
    yield run


def _source() -> Any:
    """Where files come from: the drop folder, or the made-up ones that `make run` has written beside it."""
    import os
    from pathlib import Path

    from include import settings
    from include.account_analytics.landing import Source

    configured, made_up = settings.load(), os.environ.get("COMETWATCH_MADE_UP_EXPORTS")
    if made_up:
        return Source(Path(made_up), keeps=True, settle_seconds=0, is_made_up=True)
    return Source(configured.accounts_drop, configured.keeps_drop, configured.settle_seconds)


@task
def open_run(dag_run: Any = None, params: Any = None, ti: Any = None) -> dict[str, Any]:
    """Fix the run's day and what it looks at; check the schema and the extra; close what was interrupted."""
    from include import connections, runs, settings
    from include.account_analytics import tasks
    from include.account_analytics.run import PIPELINE, plan

    configured, day = settings.load(), runs.day_of(dag_run.logical_date, dag_run.run_after)
    run = plan(dag_run.run_id, day, configured.now(), params)
    tasks.open_run(connections.connect(), run, configured.account_handles)
    if names := settings.unused():
        tasks.log.warning("These settings are read by nothing here, and may be removed: %s", ", ".join(names))
    with connections.open_database() as database:
        database.repeatedly(
            lambda connection: runs.close_interrupted(
                connection, PIPELINE, run.run_id, lambda run_id: is_going(ti, run_id)
            )
        )
    return run.as_json()


def _find_way(names: Any) -> Any:
    """How an account of these names is fetched: by the first of them that a connection has; None without one."""
    from include import connections, settings
    from include.account_analytics import extract as step

    for name in names:
        try:
            if (defined := connections.account([name])) is not None:
                via = connections.way_of(defined)
                return step.Way(defined.conn_id, via, stands_in=connections.leads_to_sandbox(defined))
        except settings.SettingsError:  # said where it is asked for, so that the others go on
            return step.Way(connections.account_id(name), "api")
    return None


@task(pool=POOL)
def plan_extract(opened: dict[str, Any]) -> list[Any]:
    """Which accounts have a connection, in batches; none on a day that is past."""
    from include import connections, settings
    from include.account_analytics import extract as step

    return list(step.plan(connections.connect(), _run_of(opened), settings.load().now(), _find_way))


def _extract_by_browser(run: Any, account: str) -> list[str]:
    from include import connections, settings
    from include.account_analytics import extract as step
    from include.account_analytics.browser import settings as browser
    from include.account_analytics.secrets_kept import Safe

    return step.by_browser(
        connections.connect(),
        connections.open_lake(),
        run,
        account,
        lambda: (Safe(connections.fernet_keys()), browser.load()),
        settings.load().now(),
    )


def _extract_by_api(run: Any, source: Any, map_index: int) -> list[str]:
    from include import connections, settings
    from include.account_analytics import extract as step
    from include.account_analytics.secrets_kept import Safe

    def login() -> Any:
        defined = connections.find(source["connection"])
        if defined is None:
            raise settings.SettingsError(f"The Airflow connection {source['connection']!r} is gone.")
        connections.way_of(defined)
        app = connections.tiktok_app(defined)
        # A set clock is for a sandbox only.
        set_clock = settings.load().now_override if settings.is_loopback(app.base_url) else None
        return step.Login(app, Safe(connections.fernet_keys()), set_clock)

    return step.extract(
        connections.connect(),
        connections.open_lake(),
        run,
        source["account"],
        login,
        settings.load().now(),
        map_index,
    )


@task(pool=POOL, map_index_template="{{ task.op_kwargs['batch']['name'] }}")
def extract(opened: dict[str, Any], batch: Any, ti: Any = None) -> list[Any]:
    """The days and videos of each account, by TikTok's Accounts API or by a browser: handed over like dropped files.

    Returns the accounts that the browser brought nothing whole of: no other step waits for them.
    """
    from include.account_analytics import fetching

    with _working(opened) as run:

        def fetch(source: Any) -> list[str]:
            if source["via"] == "browser":
                return _extract_by_browser(run, source["account"])
            return _extract_by_api(run, source, ti.map_index)

        return list(fetching.fetch_batch(batch, fetch))


# all_done: what one account lacks is asked for whatever became of the others.
@task(pool=POOL, trigger_rule=TriggerRule.ALL_DONE)
def plan_again(opened: dict[str, Any], put_off: Any) -> list[Any]:
    """The accounts that a browser is sent to once more, an hour later."""
    import os

    from include.account_analytics import fetching
    from include.connections import WATCHED

    if _run_of(opened).dry_run:
        return []
    later = list(fetching.plan_again(put_off))
    if later and os.environ.get(WATCHED):
        log.warning("%s accounts are left for the next run: nobody wants to watch an hour pass.", len(later))
        return []
    return later


@task(pool=POOL, map_index_template="{{ task.op_kwargs['batch']['name'] }}")
def extract_again(opened: dict[str, Any], batch: Any) -> None:
    """An account that the browser brought nothing whole of, once more as soon as that is allowed; the next run lands it."""
    from include.account_analytics import fetching

    with _working(opened) as run:
        fetching.fetch_batch(batch, lambda source: _extract_by_browser(run, source["account"]), puts_off=False)


# all_done: an account that could not be fetched keeps no file from landing, and without connections nothing is fetched at all.
@task(pool=POOL, trigger_rule=TriggerRule.ALL_DONE)
def land(opened: dict[str, Any]) -> list[Any]:
    """What is new in the drop folder, and what was fetched: kept as it came, and listed; the reports to read, in batches."""
    from include import connections
    from include.account_analytics import tasks

    run = _run_of(opened)
    if run.dry_run:
        return []
    return tasks.land(connections.connect(), connections.open_lake(), run, _source())


@task(pool=POOL, map_index_template="{{ task.op_kwargs['batch']['name'] }}")
def to_raw(opened: dict[str, Any], batch: Any) -> int:
    """The rows of each report, every value as the text it came in."""
    from include import connections
    from include.account_analytics import tasks

    with _working(opened) as run:
        return tasks.to_raw(connections.connect(), connections.open_lake(), run, batch)


# all_done: a report that cannot be read keeps no account from being staged.
@task(pool=POOL, trigger_rule=TriggerRule.ALL_DONE)
def plan_accounts(opened: dict[str, Any]) -> list[Any]:
    """Which accounts have something new; what is read leaves the drop folder."""
    from include import connections
    from include.account_analytics import tasks

    run = _run_of(opened)
    if run.dry_run:
        return []
    return tasks.plan_accounts(connections.connect(), connections.open_lake(), run, _source())


@task(pool=POOL, map_index_template="{{ task.op_kwargs['batch']['name'] }}")
def to_staging(opened: dict[str, Any], batch: Any) -> int:
    """Each account from all its reports: true days, revisions, what is missing."""
    from include import connections
    from include.account_analytics import tasks

    with _working(opened) as run:
        return tasks.to_staging(connections.connect(), connections.open_lake(), run, batch)


# all_done: an account that could not be staged anew is scored as it is.
@task(pool=POOL, trigger_rule=TriggerRule.ALL_DONE, map_index_template="{{ task.op_kwargs['batch']['name'] }}")
def check_quality(opened: dict[str, Any], batch: Any) -> None:
    """Five scores of each account, and days that are not as usual."""
    from include import connections
    from include.account_analytics import tasks

    with _working(opened) as run:
        tasks.check_quality(connections.connect(), connections.open_lake(), run, batch)


# all_done: an account that failed keeps no other from being published.
@task(pool=POOL, trigger_rule=TriggerRule.ALL_DONE)
def to_curated(opened: dict[str, Any]) -> dict[str, Any]:
    """The files and tables of all accounts together."""
    from include import connections
    from include.account_analytics import tasks

    with _working(opened) as run:
        return tasks.to_curated(connections.connect(), connections.open_lake(), run)


def _rehearsed(connector: Any, lake: Any, run: Any, source: Any) -> tuple[list[Any], list[str]]:
    """What `land` would take in, and what `extract` would ask for."""
    from include import settings
    from include.account_analytics import extract as step
    from include.account_analytics import tasks
    from include.account_analytics.browser import settings as browser

    asked = step.rehearse(connector, run, settings.load().now(), browser.load().days, _find_way)
    return tasks.rehearse(connector, lake, run, source), asked


# all_done: it is the leaf that decides the run's state, so it always runs, looks, and raises.
@task(
    trigger_rule=TriggerRule.ALL_DONE,
    outlets=[CURATED],
    on_success_callback=DayDigest(news.news, news.unread),
    on_failure_callback=DayDigest(news.news, news.unread),
)
def report(opened: dict[str, Any], ti: Any = None) -> None:
    """The run in numbers, read back; red when any task is, or when every new file was refused."""
    from include import connections
    from include.account_analytics import tasks

    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(name for name, state in states.items() if state in {"failed", "upstream_failed"})
    run, source = _run_of(opened), _source()
    connector, lake = connections.connect(), connections.open_lake()
    rehearsed, asked = _rehearsed(connector, lake, run, source) if run.dry_run else ([], [])
    text, problems = tasks.write_report(
        connector, lake.uri, run, source, failed_tasks=failed, rehearsed=rehearsed, asked=asked
    )
    for line in text.splitlines():
        tasks.log.info("%s", line)
    if problems:
        raise AirflowFailException(" ".join(problems))


@dag(
    schedule="0 5 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=PARAMS,
    tags=["accounts", "tiktok", "daily"],
    doc_md=__doc__,
)
def account_analytics() -> None:
    """The way of a file, from the drop folder to the curated tables."""
    opened: Any = open_run()
    landed = land(opened)
    fetched = extract.partial(opened=opened).expand(batch=plan_extract(opened))
    fetched >> landed
    extract_again.partial(opened=opened).expand(batch=plan_again(opened, fetched))
    read = to_raw.partial(opened=opened).expand(batch=landed)
    accounts = plan_accounts(opened)
    staged = to_staging.partial(opened=opened).expand(batch=accounts)
    checked = check_quality.partial(opened=opened).expand(batch=accounts)
    read >> accounts
    staged >> checked >> to_curated(opened) >> report(opened)


account_analytics()
