"""## Accounts canary: is TikTok Studio still as the browser knows it?

**Every Monday** this DAG opens TikTok Studio with one account whose exports a browser fetches, goes through every tab up to the
last button, and downloads nothing. TikTok changes its page now and then: this says which step is another one before a day of
numbers is missing. The browser is experimental; without an account that somebody logged in for, it is green with nothing to tell.

| | |
|---|---|
| **Reads** | `account_sources`, `account_browser_states`: the account whose turn it is |
| **Writes** | `account_browser_log`; a screenshot in the lake, for 30 days, where a step was not found |
| **Needs** | the extra `browser`, Chromium, and `make accounts-login ACCOUNT=…` once |
| **Costs** | no API call; one visit, which counts for the distances between visits |

### When it is red
**`look`** names the tab, the step, the words that were tried, and the screenshot. *The step … was not found*: put the word that
the screenshot shows into a file of labels (`ACCOUNTS_BROWSER_LABELS`). *TikTok asks … to log in*: do so, with
`make accounts-login ACCOUNT=…`.
"""

from __future__ import annotations

import logging
from typing import Any

import pendulum
from airflow.sdk import dag, task

from include.defaults import DEFAULT_ARGS

log = logging.getLogger(__name__)


@task
def look(dag_run: Any = None) -> str:
    """Every step but the last one."""
    from include import connections, settings
    from include.account_analytics.browser import canary
    from include.account_analytics.browser import settings as browser
    from include.account_analytics.secrets_kept import Safe

    configured, said = browser.load(), canary.NOBODY
    with connections.open_database() as store:
        account = canary.is_wanted(store)
    if account is not None:
        safe, lake = Safe(connections.fernet_keys()), connections.open_lake()
        now = settings.load().now()
        said = canary.canary(connections.connect(), lake, safe, configured, dag_run.run_id, account, now)
    log.info(said)
    return said


@dag(
    schedule="20 10 * * 1",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["accounts", "weekly"],
    doc_md=__doc__,
)
def accounts_canary() -> Any:
    """One look."""
    look()


accounts_canary()
