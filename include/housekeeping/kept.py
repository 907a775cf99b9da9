"""What housekeeping looks after, a line per table: its DAG has the lines, and each pipeline adds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg


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
