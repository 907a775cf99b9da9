"""A year of five made-up accounts to look at: `python -m include.local.demo_accounts`, the second half of `make demo`.

Their files are written by the sandbox; all else is the pipeline's own work, step by step, as in the DAG.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import psycopg

from include import migrations, settings
from include.account_analytics import drop, tasks
from include.account_analytics.landing import Source
from include.account_analytics.run import Run
from include.database import Connector
from include.lake import Lake
from include.local import accounts, postgres
from include.local.errors import LocalError
from include.local.folders import Folders
from include.local.steps import say, speak_alone
from include.sandbox.exports import drops

# Another world than that of `make run`: the same handles with other numbers would be other people's.
SEED = 11
HAS_ACCOUNTS = "There are accounts already, or files of your own: no made-up ones were added."


def fill(connector: Connector, lake: Lake, today: date, weeks: int = drops.WEEKS) -> list[str]:
    """Take in the downloads of the weeks up to `today`; returns why the run is red, if it is."""
    run = Run(f"manual__{today}_a_year_of_accounts", today)
    tasks.open_run(connector, run)
    with tempfile.TemporaryDirectory(prefix="cometwatch-demo-") as name:
        drops.write_year(Path(name), SEED, today, weeks)
        source = Source(Path(name), keeps=True, settle_seconds=0, is_made_up=True)
        for batch in tasks.land(connector, lake, run, source):
            tasks.to_raw(connector, lake, run, batch)
    for batch in tasks.plan_accounts(connector, lake, run, source):
        tasks.to_staging(connector, lake, run, batch)
        tasks.check_quality(connector, lake, run, batch)
    tasks.to_curated(connector, lake, run)
    return tasks.write_report(connector, lake.uri, run, source)[1]


def main() -> int:
    """Fills the embedded database of `make up`, where made-up exports may be used and no account is known yet."""
    speak_alone()
    folders, configured = Folders.here(), settings.load()
    server = postgres.find(folders.postgres)
    if server is None or not configured.uses_embedded_postgres:
        raise LocalError("Made-up accounts are for the embedded database alone, while it runs: make up")
    url = server.url_for("cometwatch")
    with psycopg.connect(url) as connection:
        migrations.check(connection)
        is_new = not connection.execute("select from accounts limit 1").fetchall()
    dropped = drop.scan(configured.accounts_drop or folders.drop)
    if not is_new or not accounts.may_be_made_up(configured, dropped, url):
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
