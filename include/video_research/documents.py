"""progress.json and failures.json: how research stands, for whoever read these files before there were tables.

And library.csv: all that is said, shown and written, with the columns that the page "Library" exports.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from include.database import Database
from include.export.streams import stream
from include.export.tables import Column, Table, pieces
from include.video_research.library import UNCERTAIN

PROGRESS, FAILURES, PASSAGES = "progress.json", "failures.json", "library.csv"
LIBRARY = Table(
    "library",
    (
        *(Column(name, "text") for name in ("video_id", "url", "author", "caption", "language", "source")),
        Column("second", "number"),
        Column("about", "number"),
        Column("is_estimated", "flag"),
        Column("is_uncertain", "flag"),
        Column("text", "text"),
        Column("posted_at", "moment"),
        Column("added_at", "moment"),
        Column("is_relevant", "flag"),
        Column("is_made_up", "flag"),
    ),
)


def write(store: Database, folder: Path) -> list[tuple[Path, int]]:
    """The files, each whole or not at all, and with the number of its entries. Moments are in UTC."""
    queries = store.rows("video_research/library/read_progress")
    failures = store.rows("video_research/library/read_failed")
    folder.mkdir(parents=True, exist_ok=True)
    return [
        (_write(folder / PROGRESS, {"queries": queries}), len(queries)),
        (_write(folder / FAILURES, failures), len(failures)),
        store.repeatedly(lambda connection: _write_passages(connection, folder / PASSAGES)),
    ]


def _write_passages(connection: psycopg.Connection[Any], path: Path) -> tuple[Path, int]:
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0

    def counted() -> Iterator[Sequence[Any]]:
        nonlocal count
        for row in stream(
            connection, LIBRARY, "video_research/library/export_passages", {"uncertain_below": UNCERTAIN}
        ):
            count += 1
            yield row

    try:
        with begun.open("wb") as file:
            file.writelines(pieces(LIBRARY, counted(), "csv"))
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
    return path, count


def _write(path: Path, told: Any) -> Path:
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        begun.write_text(json.dumps(told, ensure_ascii=False, indent=2, default=_told) + "\n", encoding="utf-8")
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
    return path


def _told(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not for these files")
