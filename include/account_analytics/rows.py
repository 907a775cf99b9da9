"""Rows on their way into the tables: as JSON, so that a statement takes any number of them in one parameter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from psycopg.types.json import Jsonb


def as_jsonb(rows: Iterable[Mapping[str, Any]]) -> Jsonb:
    """An array of objects whose names are columns; days and moments as ISO says."""
    return Jsonb(list(rows), dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return list(value)
