"""What housekeeping looks after, a line per table: its DAG has the lines, and each pipeline adds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table in monthly partitions, with a DEFAULT partition for rows that wait for theirs.

    Statements: `make` (day, months; several tables may share one) makes partitions, and takes waiting rows into them;
    `strays` gives a row per month of which rows wait, without `month_start` for days no calendar of ours holds.
    """

    table: str
    make: str
    strays: str


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept for `days` days, as `setting` says. `drop` ends what is of the days before one, in bounded chunks.

    `read`, a statement (before), gives one row: how many are `kept`, their `first_day`, how many are `overdue`.
    """

    title: str
    setting: str
    days: int
    drop: Callable[[psycopg.Connection[Any], date], int]
    read: str
