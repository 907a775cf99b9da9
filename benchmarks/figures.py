"""One line of the benchmark's table, and the table."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured and what it had to reach.

    `figure` and `baseline` are in `unit`; `ratio` says by how much the one beats the other; `reached` is None where
    nothing could be judged, and `note` then says why.
    """

    name: str
    what: str
    figure: float | None
    unit: str
    target: str
    reached: bool | None
    baseline: float | None = None
    ratio: float | None = None
    note: str = ""


def skipped(name: str, what: str, target: str, why: str) -> Figure:
    """A line for what could not be measured here."""
    return Figure(name, what, None, "", target, None, note=f"skipped: {why}")


HEADINGS = ("name", "what", "figure", "baseline", "ratio", "target", "reached")


def as_table(figures: Sequence[Figure]) -> str:
    """Aligned columns; notes stand below."""
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"{figure.name}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def as_json(figures: Sequence[Figure], size: str) -> str:
    """The same for programs, with where and when it was measured."""
    told: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "size": size,
        "figures": [asdict(figure) for figure in figures],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _cells(figure: Figure) -> tuple[str, ...]:
    reached = {True: "yes", False: "NO", None: "-"}[figure.reached]
    return (
        figure.name,
        figure.what,
        "-" if figure.figure is None else f"{_short(figure.figure)} {figure.unit}",
        "-" if figure.baseline is None else f"{_short(figure.baseline)} {figure.unit}",
        "-" if figure.ratio is None else f"{_short(figure.ratio)}×",
        figure.target,
        reached,
    )


def _short(number: float) -> str:
    """Three digits that count, no exponent."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:,.1f}" if abs(number) >= 10 else f"{number:,.2f}"
