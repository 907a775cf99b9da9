"""A year of five made-up accounts to look at: `python -m include.local.demo_accounts`, the second half of `make demo`.

Of one of them there is also what the Accounts API would have said, so that pages show what only that gives.
Their files are written by the sandbox; all else is the pipeline's own work, step by step, as in the DAG.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg

from include import migrations, settings
from include.account_analytics import drop, incoming, tasks
from include.account_analytics.accounts import open_accounts
from include.account_analytics.landing import Source
from include.account_analytics.official.documents import Document, document
from include.account_analytics.run import Run
from include.database import Connector, Database
from include.lake import Lake
from include.local import accounts, airflow, postgres
from include.local.errors import LocalError
from include.local.folders import Folders
from include.local.options import whole_environment
from include.local.steps import say, speaking_alone
from include.sandbox.exports import drops
from include.sandbox.exports.world import Account
from include.sandbox.official import figures
from include.tiktok_business.endpoints import ACCOUNT, ACCOUNT_FIELDS, LOOK_BACK_DAYS, PAGE, VIDEO_FIELDS, VIDEOS

# Another world than that of `make run`: the same handles with other numbers would be other people's.
SEED = 11
BY_API = 3  # of the five: a business page, of which no download says who its followers are
ASKED_WEEKS = 9
HOUR = time(5)
HAS_ACCOUNTS = "There are accounts already, or files or connections of your own: no made-up ones were added."


def fill(connector: Connector, lake: Lake, today: date, weeks: int = drops.WEEKS) -> list[str]:
    """Take in the downloads of the weeks up to `today`; returns why the run is red, if it is."""
    run = Run(f"manual__{today}_a_year_of_accounts", today)
    tasks.open_run(connector, run)
    with tempfile.TemporaryDirectory(prefix="cometwatch-demo-") as name:
        year = drops.write_year(Path(name), SEED, today, weeks)
        _hand_over(connector, lake, year.accounts[BY_API], today, weeks)
        source = Source(Path(name), keeps=True, settle_seconds=0, is_made_up=True)
        for batch in tasks.land(connector, lake, run, source):
            tasks.to_raw(connector, lake, run, batch)
    for batch in tasks.plan_accounts(connector, lake, run, source):
        tasks.to_staging(connector, lake, run, batch)
        tasks.check_quality(connector, lake, run, batch)
    tasks.to_curated(connector, lake, run)
    return tasks.write_report(connector, lake.uri, run, source)[1]


def answered(account: Account, at: datetime) -> list[Document]:
    """What `extract` would hand over of a made-up account at a moment: days and videos, as the sandbox's API says them."""
    business_id = f"{account.index:016x}"
    first, last = at.date() - timedelta(days=LOOK_BACK_DAYS - 1), at.date() - timedelta(days=1)
    days = figures.profile(account, account.handle, list(ACCOUNT_FIELDS), first, last, at)
    window = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    pages, cursor = list[dict[str, Any]](), int(at.timestamp() * 1000)
    while not pages or pages[-1]["has_more"]:
        pages.append(figures.page_of(account, account.handle, list(VIDEO_FIELDS), cursor, PAGE, at))
        cursor = pages[-1].get("cursor", 0)
    return [
        document(ACCOUNT, business_id, at, {"fields": list(ACCOUNT_FIELDS), **window}, [days]),
        document(VIDEOS, business_id, at, {"fields": list(VIDEO_FIELDS)}, pages),
    ]


def _hand_over(connector: Connector, lake: Lake, account: Account, today: date, weeks: int) -> None:
    """One of them is asked for once a week as well."""
    with Database(connector) as store:
        store.run(lambda connection: open_accounts(connection, [account.handle], is_made_up=True))
    for week in reversed(range(min(weeks, ASKED_WEEKS))):
        for each in answered(account, datetime.combine(today - timedelta(days=7 * week + 1), HOUR, UTC)):
            incoming.put(lake, account.handle, each.name, each.content)


@speaking_alone()
def main() -> int:
    """Fills the embedded database of `make up`, where made-up exports may be used and no account is known yet."""
    folders, configured = Folders.here(), settings.load()
    server = postgres.find(folders.postgres)
    if server is None or not configured.uses_embedded_postgres:
        raise LocalError("Made-up accounts are for the embedded database alone, while it runs: make up")
    url = server.url_for("cometwatch")
    with psycopg.connect(url) as connection:
        migrations.check(connection)
        is_new = not connection.execute("select from accounts limit 1").fetchall()
    dropped = drop.scan(configured.accounts_drop or folders.drop)
    connections = airflow.account_connections(whole_environment(), server)
    if not is_new or connections or not accounts.may_be_made_up(configured, dropped, url):
        say(HAS_ACCOUNTS)
        return 0
    say("Reading a year of five accounts …")
    lake = Lake(configured.lake_uri or f"file://{folders.lake}")
    for problem in fill(lambda: psycopg.connect(url), lake, configured.now().date()):
        raise LocalError(problem)
    say("A year of five made-up accounts is in; `make accounts-clear` removes them.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(str(error))
