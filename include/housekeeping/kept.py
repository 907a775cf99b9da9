"""What is kept for a time only, a line per kind of it: the DAG of housekeeping has the lines, and each pipeline adds its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept for `days` days, as `setting` says.

    Statements: `drop` (before, most) ends at most so much of what is of the days before one, a row per piece; `read` (before)
    gives one row: how many are `kept`, their `first_day`, how many are `overdue`.
    """

    title: str
    setting: str
    days: int
    drop: str
    read: str
