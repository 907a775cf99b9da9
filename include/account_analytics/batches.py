"""Work in at most 32 mapped instances, or another number, each named after what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

MOST_INSTANCES = 32
LONGEST_NAME = 100


class Batch(TypedDict):
    """Goes between tasks as JSON. `items` are what the mapped task works on."""

    name: str
    items: list[Any]


def batches(items: Sequence[Any], names: Sequence[str], most: int = MOST_INSTANCES) -> list[Batch]:
    """One instance for each item, or, of more than `most`, as many as there may be, of equal size."""
    size = -(-len(items) // most) if items else 1
    return [
        {"name": _name(names[first : first + size]), "items": list(items[first : first + size])}
        for first in range(0, len(items), size)
    ]


def _name(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0][:LONGEST_NAME]
    half = LONGEST_NAME // 2 - 10
    return f"{names[0][:half]} … {names[-1][:half]} ({len(names)})"
