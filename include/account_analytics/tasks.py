"""What the DAG's tasks do, as plain functions: each opens what it needs, does its step, and says what it did."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import psycopg

from include import database
from include.account_analytics import accounts as owners
from include.account_analytics import archiving, incoming, landing, locks, questions, raw, report, staging_step
from include.account_analytics import run as runs
from include.account_analytics.batches import Batch, batches
from include.account_analytics.landing import Source
from include.account_analytics.locks import CURATED, LANDING
from include.account_analytics.looking import Books
from include.account_analytics.outcomes import Outcome
from include.account_analytics.run import Run
from include.database import Connector, Database
from include.lake import Lake
from include.runs import close_run

log = logging.getLogger(__name__)


class _Rehearsed(Exception):
    def __init__(self, found: list[Outcome]) -> None:
        super().__init__()
        self.found = found


def open_run(connector: Connector, run: Run, handles: Sequence[str] = ()) -> None:
    """Check what is needed, enter the run, and the accounts that the settings name."""
    with Database(connector) as store:
        store.repeatedly(lambda connection: runs.open_run(connection, run))
        if handles and not run.dry_run:
            store.run(lambda connection: owners.open_accounts(connection, handles))


def land(connector: Connector, lake: Lake, run: Run, source: Source) -> list[Batch]:
    """Take in what is new, dropped or fetched; returns the reports to be read, in batches."""
    with Database(connector) as store, incoming.opened(lake) as fetched:
        before = store.run(questions.answers)
        landed = locks.alone(store, LANDING, lambda connection: landing.land(connection, lake, run, source, fetched))
        incoming.remove_entered(store, lake, fetched)
        rows = store.run(partial(raw.list_work, run=run))
    log.info("%s reports to read", len(rows))
    edition, new = Books.load(before).edition, {outcome.export_sha256 for outcome in landed}
    items = [[row["export_sha256"], row["member"], edition if row["export_sha256"] in new else None] for row in rows]
    return batches(items, [f"{row['member']} of {row['file_name']}" for row in rows])


def rehearse(connector: Connector, lake: Lake, run: Run, source: Source) -> list[dict[str, Any]]:
    """What `land` would do with what was dropped and with what was fetched, without a copy or a row of it."""

    def looked(connection: psycopg.Connection[Any]) -> None:
        raise _Rehearsed(landing.land(connection, landing.NoLake(), run, source, fetched))

    with Database(connector) as store, incoming.opened(lake) as fetched:
        try:
            locks.alone(store, LANDING, looked)
        except _Rehearsed as rehearsed:
            return [
                {
                    name: getattr(each, name)
                    for name in ("file_name", "member", "taken_for", "account", "result", "reason")
                }
                for each in rehearsed.found
            ]
    return []


def to_raw(connector: Connector, lake: Lake, run: Run, batch: Batch) -> int:
    """Read the reports of a batch; returns the rows written. Raises raw.ReportsFailed."""
    with Database(connector) as store:
        rows = raw.to_raw(store, lake, run, [tuple(item) for item in batch["items"]])
    log.info("%s: %s rows", batch["name"], f"{rows:,}")
    return rows


def plan_accounts(connector: Connector, lake: Lake, run: Run, source: Source) -> list[Batch]:
    """Move what is read out of the drop folder; returns the accounts to be staged, in batches."""
    with Database(connector) as store:
        moved = locks.alone(store, LANDING, lambda connection: _tidy(connection, lake, source))
        names = store.run(partial(staging_step.waiting, run=run))
    log.info("%s files moved out of the drop folder; %s accounts to stage", moved, len(names))
    return batches(names, [f"@{name}" for name in names])


def to_staging(connector: Connector, lake: Lake, run: Run, batch: Batch) -> int:
    """Stage the accounts of a batch; how many changed. Raises staging_step.AccountsFailed."""
    with Database(connector) as store:
        return staging_step.to_staging(store, lake, run, batch["items"])


def check_quality(connector: Connector, lake: Lake, run: Run, batch: Batch) -> None:
    """Scores and anomalies of the accounts of a batch, as of the run's day."""
    from include.account_analytics import quality

    with Database(connector) as store:
        made_up = {row["account"]: row["is_made_up"] for row in store.run(owners.read_all)}
        wanted = {name: made_up[name] for name in batch["items"] if name in made_up}
        store.run(lambda connection: quality.check(connection, lake, wanted, run.run_id, run.day))


def to_curated(connector: Connector, lake: Lake, run: Run) -> dict[str, Any]:
    """Bring the files and tables to what is staged; nothing is read where nothing changed."""
    from include.account_analytics import curated

    with Database(connector) as lock, Database(connector) as store:

        def publish(_: psycopg.Connection[Any]) -> dict[str, Any]:
            known = store.run(owners.read_all)
            store.run(partial(_carry_quality, run=run))
            changed = [row for row in known if row["uncurated_since"] is not None]
            if run.reprocess is None and not changed:
                log.info("Nothing was staged anew: files and tables are as they should be.")
                return {}
            zones = {row["account"]: row["time_zone"] for row in known if row["time_zone"]}
            published = curated.publish(
                store,
                lake,
                {row["account"]: row["is_made_up"] for row in known},
                changed=None if run.reprocess else [row["account"] for row in changed],
                zones=zones,
            )
            store.run(partial(owners.mark_curated, accounts=changed))
            return {"files": dict(published.rows), "changed_files": list(published.changed_files)}

        return locks.alone(lock, CURATED, publish)


def write_report(
    connector: Connector,
    lake_uri: str,
    run: Run,
    source: Source,
    *,
    failed_tasks: Sequence[str] = (),
    rehearsed: Sequence[dict[str, Any]] = (),
    asked: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """The report, read back from the tables, stored in `runs`; and why the run is red, if it is."""
    with Database(connector) as store:
        counts = store.run(partial(report.read_counts, run=run))
        problems = report.problems(run, counts, failed_tasks)
        text = report.write(run, counts, lake_uri, source, problems, rehearsed, asked)
        failed = list(failed_tasks) or (["report"] if problems else [])
        store.repeatedly(lambda connection: close_run(connection, run, counts, text, failed))
    return text, problems


def _carry_quality(connection: psycopg.Connection[Any], run: Run) -> None:
    """Where nothing changed, time goes by all the same: only the freshness is another."""
    from include.account_analytics import quality

    parameters = {"fresh_days": quality.FRESH_DAYS, "stale_after": quality.STALE_AFTER}
    about = {"run_id": run.run_id, "day": run.day}
    database.rows(connection, "account_analytics/carry_quality", {**about, **parameters})


def _tidy(connection: psycopg.Connection[Any], lake: Lake, source: Source) -> int:
    archiving.remove_strays(connection, lake)
    return archiving.archive(connection, lake, source)
