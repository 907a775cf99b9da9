"""Keeps the database in order: partitions ahead, answers past their retention dropped, strays moved, sizes told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import psycopg

from include import database, migrations
from include.calls import ledger
from include.failures import NeedsPerson

MONTHS_AHEAD = 3
MOST_MONTHS = 240
log = logging.getLogger(__name__)


class StrayRows(NeedsPerson, RuntimeError):
    """Rows lie in a DEFAULT partition and could not be moved; the message says which and what to do."""


def make_partitions(connections: database.Database, today: date) -> list[str]:
    """Partitions for this month and MONTHS_AHEAD more, and for each month whose rows wait in a DEFAULT partition.

    Returns the names of the new ones. Raises StrayRows when rows are left in a DEFAULT partition then.
    """
    connections.repeatedly(migrations.check)
    made = _make(connections, today, MONTHS_AHEAD)
    strays = connections.run(
        lambda connection: database.rows(connection, "housekeeping/read_stray_months", {"most": MOST_MONTHS})
    )
    for row in strays:
        made += _make(connections, row["month_start"], 0)
    log.info("Partitions made: %s", ", ".join(made) or "none, all were there")
    _refuse_strays(connections.run(lambda connection: database.rows(connection, "housekeeping/count_strays")))
    return made


def drop_answers(connections: database.Database, today: date, retention_days: int) -> int:
    """Empty the stored answers that are older than their retention; the bill stays. Returns how many."""
    before = today - timedelta(days=retention_days)
    dropped = connections.repeatedly(lambda connection: ledger.drop_old_answers(connection, before))
    log.info("%s stored answers of the days before %s dropped", f"{dropped:,}", before)
    return dropped


def report_sizes(connections: database.Database, today: date, retention_days: int) -> str:
    """Sizes of all tables, as a table for a person."""
    before = {"before": today - timedelta(days=retention_days)}
    sizes = connections.run(lambda connection: database.rows(connection, "housekeeping/read_sizes"))
    answers = connections.run(lambda connection: database.one(connection, "housekeeping/read_answers", before))
    text = "\n".join([*_table(sizes), _about_answers(answers, retention_days)])
    for line in text.splitlines():
        log.info("%s", line)
    return text


def _make(connections: database.Database, day: date, months: int) -> list[str]:
    def make(connection: psycopg.Connection[Any]) -> list[database.Row]:
        return database.rows(connection, "housekeeping/make_partitions", {"day": day, "months": months})

    return [row["partition_name"] for row in connections.run(make)]


def _refuse_strays(strays: Sequence[database.Row]) -> None:
    if not strays:
        return
    found = "; ".join(
        f"{row['strays']:,} rows of {row['table_name']} from {row['first_day']} to {row['last_day']}" for row in strays
    )
    raise StrayRows(
        f"{found} lie in the DEFAULT partition and have no month to be moved to: their day is outside 2010 to 2099, or "
        "a table of that month's name stands in the way. Correct or delete these rows, then clear this task."
    )


def _table(sizes: Sequence[database.Row]) -> list[str]:
    heading = f"{'table':<24} {'partitions':>10} {'rows (about)':>14} {'dead rows':>12} {'size':>10}"
    lines = [
        f"{row['table_name']:<24} {row['partitions'] or '':>10} {row['live_rows']:>14,} {row['dead_rows']:>12,} "
        f"{_bytes(row['bytes']):>10}"
        for row in sizes
    ]
    total = f"{'together':<24} {'':>10} {'':>14} {'':>12} {_bytes(sum(row['bytes'] for row in sizes)):>10}"
    return [heading, *lines, total]


def _about_answers(answers: database.Row, retention_days: int) -> str:
    since = f" since {answers['first_day']}" if answers["first_day"] else ""
    overdue = f", {answers['overdue']:,} of them past their retention" if answers["overdue"] else ""
    return (
        f"Stored answers: {answers['kept']:,}{since}{overdue} (kept for {retention_days} days, LEDGER_RETENTION_DAYS)"
    )


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit in ("B", "kB") else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"
