"""A whole month of some tables as files, as CSV or Parquet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from include import database
from include.export import streams
from include.export.tables import Format, Table, pieces
from include.failures import NeedsPerson

FORMATS: tuple[Format, ...] = ("csv", "parquet")


class ExportRefused(NeedsPerson, ValueError):
    """What was asked for makes no sense; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file."""

    path: Path
    rows: int
    size: int


def month_of(text: str, today: date) -> date:
    """The first day of a month written as 2026-11; of the present one for an empty text. Raises ExportRefused."""
    if not text:
        return today.replace(day=1)
    found = re.fullmatch(r"(\d{4})-(\d\d)", text)
    if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) == 0:
        raise ExportRefused(f"MONTH must be a month such as {today:%Y-%m}, not {text!r}.")
    return date(int(found[1]), int(found[2]), 1)


def format_of(text: str) -> Format:
    """`csv` or `parquet`. Raises ExportRefused."""
    for known in FORMATS:
        if text.lower() == known:
            return known
    raise ExportRefused(f"FORMAT must be csv or parquet, not {text!r}.")


def export_month(
    connect: Callable[[], psycopg.Connection[Any]],
    tables: Iterable[tuple[Table, str]],
    first_day: date,
    file_format: Format,
    folder: Path,
    tell: Callable[[Written], None] = lambda _: None,
) -> list[Written]:
    """Write one file for each of the `tables` into `folder`; a file appears when it is whole, under its own name.

    Each comes with the statement that reads its days (first_day date, day_after date).
    Raises ExportRefused when the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportRefused(f"{folder} cannot be made ({error.strerror}). Give another folder: TO=…") from error
    after = (first_day.replace(day=28) + (date(1, 1, 5) - date(1, 1, 1))).replace(day=1)
    written = []
    with connect() as connection:
        database.prepare(connection)
        for table, statement in tables:
            path = folder / f"cometwatch-{first_day:%Y-%m}-{table.name}.{file_format}"
            parameters = {"first_day": first_day, "day_after": after}
            written.append(_write(connection, table, statement, parameters, file_format, path))
            tell(written[-1])
    return written


def _write(
    connection: psycopg.Connection[Any],
    table: Table,
    statement: str,
    parameters: dict[str, Any],
    file_format: Format,
    path: Path,
) -> Written:
    unfinished = path.with_name(f".{path.name}.unfinished")
    count = 0

    def counted() -> Any:
        nonlocal count
        for row in streams.stream(connection, table, statement, parameters):
            count += 1
            yield row

    try:
        with unfinished.open("wb") as file:
            for piece in pieces(table, counted(), file_format):
                file.write(piece)
        unfinished.replace(path)
    except OSError as error:
        raise ExportRefused(
            f"{path} cannot be written ({error.strerror}). Make room, or give another folder: TO=…"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Written(path, count, path.stat().st_size)
