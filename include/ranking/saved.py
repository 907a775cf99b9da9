"""Whom a saved search finds: one that is an address of the ranking is asked again as that page asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from pydantic import TypeAdapter, ValidationError

from include.database import Row, rows
from include.ranking.choice import MOST_TRENDS, Choice, keywords_meant

RANKING = "/comets"
_choices = TypeAdapter(Choice)


def first_of(connection: psycopg.Connection[Any], search: Row, reader: str, most: int) -> Sequence[str] | None:
    """The ids that a search (its `path` and `parameters`) begins with for this reader, `most` at most, by the latest standings.

    None where it is no ranking, or cannot be asked any more.
    """
    if search["path"] != RANKING:
        return None
    try:
        choice = _choices.validate_python(search["parameters"])
    except ValidationError:
        return None
    if choice.problems:
        return None
    fresh = rows(connection, "dashboard/read_freshness")
    if not fresh or fresh[0]["day"] is None:
        return ()
    meant = keywords_meant(connection, choice.trend, MOST_TRENDS)
    asked = {**choice.parameters(fresh[0]["day"], reader, meant), **choice.names(), "most": most, "skipped": 0}
    name = "ranking/choose_found" if choice.wanted or choice.is_of_few else "ranking/choose"
    return [row["user_id"] for row in rows(connection, name, asked)]
