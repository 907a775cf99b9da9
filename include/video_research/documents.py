"""progress.json and failures.json: how research stands, for whoever read these files before there were tables."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from include.database import Database

PROGRESS, FAILURES = "progress.json", "failures.json"


def write(store: Database, folder: Path) -> list[tuple[Path, int]]:
    """Both files, whole or not at all; each with the number of its entries. Moments are in UTC."""
    queries = store.rows("video_research/library/read_progress")
    failures = store.rows("video_research/library/read_failed")
    folder.mkdir(parents=True, exist_ok=True)
    return [
        (_write(folder / PROGRESS, {"queries": queries}), len(queries)),
        (_write(folder / FAILURES, failures), len(failures)),
    ]


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
