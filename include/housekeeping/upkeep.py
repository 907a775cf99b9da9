"""Keeps the database in order: partitions ahead, strays moved, what is past its retention dropped, sizes told."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import date, timedelta

from include import migrations
from include.database import Database, Row
from include.failures import NeedsPerson
from include.housekeeping.kept import Retention

MONTHS_AHEAD = 3
MOST_MONTHS = 240
CHUNK = 2_000
# A retention made shorter leaves years to drop; what is left then is dropped the next day.
PATIENCE_SECONDS = 1800.0
log = logging.getLogger(__name__)


class StrayRows(NeedsPerson, RuntimeError):
    """Rows lie in a DEFAULT partition and could not be moved; the message says which and what to do."""


def make_partitions(database: Database, today: date) -> list[str]:
    """Partitions for this month and MONTHS_AHEAD more, and for each month whose rows wait in a DEFAULT partition.

    Of each table in the list `partitioned_tables`, to which a migration adds its own. Returns the names of the new ones.
    Raises StrayRows when rows are left in a DEFAULT partition then.
    """
    database.repeatedly(migrations.check)
    made = _make(database, today, MONTHS_AHEAD)
    waiting = {row["month_start"] for row in _strays(database)} - {None}
    for month in sorted(waiting)[:MOST_MONTHS]:
        made += _make(database, month, 0)
    log.info("Partitions made: %s", ", ".join(made) or "none, all were there")
    _refuse_strays(_strays(database))
    return made


def drop_expired(database: Database, retentions: Sequence[Retention], today: date, chunk: int = CHUNK) -> int:
    """Drop what is older than its retention, in transactions of `chunk` pieces. Returns how many."""
    return sum(_drop(database, kept, today - timedelta(days=kept.days), chunk) for kept in retentions)


def _drop(database: Database, kept: Retention, before: date, chunk: int) -> int:
    dropped, give_up_at = 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        pieces = len(database.rows(kept.drop, {"before": before, "most": chunk}))
        dropped += pieces
        if pieces < chunk:
            break
    log.info("%s %s of the days before %s dropped", f"{dropped:,}", kept.title, before)
    return dropped


def report_sizes(database: Database, retentions: Sequence[Retention], today: date) -> str:
    """Sizes of all tables, as a table for a person."""
    sizes = database.rows("housekeeping/read_sizes")
    lines = _table(sizes)
    for kept in retentions:
        before = {"before": today - timedelta(days=kept.days)}
        lines.append(_about(kept, database.one(kept.read, before)))
    for line in lines:
        log.info("%s", line)
    return "\n".join(lines)


def _make(database: Database, day: date, months: int) -> list[str]:
    return [
        row["partition_name"] for row in database.rows("housekeeping/make_partitions", {"day": day, "months": months})
    ]


def _strays(database: Database) -> list[Row]:
    return database.rows("housekeeping/read_strays")


def _refuse_strays(strays: Sequence[Row]) -> None:
    if not strays:
        return
    found = "; ".join(
        f"{row['strays']:,} rows of {row['table_name']} from {row['first_day']} to {row['last_day']}" for row in strays
    )
    raise StrayRows(
        f"{found} lie in the DEFAULT partition and have no month to be moved to: their day is outside 2010 to 2099, or "
        "a table of that month's name stands in the way. Correct or delete these rows, then clear this task."
    )


def _table(sizes: Sequence[Row]) -> list[str]:
    heading = f"{'table':<24} {'partitions':>10} {'rows (about)':>14} {'dead rows':>12} {'size':>10}"
    lines = [
        f"{row['table_name']:<24} {row['partitions'] or '':>10} {row['live_rows']:>14,} {row['dead_rows']:>12,} "
        f"{_bytes(row['bytes']):>10}"
        for row in sizes
    ]
    total = f"{'together':<24} {'':>10} {'':>14} {'':>12} {_bytes(sum(row['bytes'] for row in sizes)):>10}"
    return [heading, *lines, total]


def _about(kept: Retention, there: Row) -> str:
    since = f" since {there['first_day']}" if there["first_day"] else ""
    overdue = f", {there['overdue']:,} of them past their retention" if there["overdue"] else ""
    name = kept.title[0].upper() + kept.title[1:]
    return f"{name}: {there['kept']:,}{since}{overdue} (kept for {kept.days} days, {kept.setting})"


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit in ("B", "kB") else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"
