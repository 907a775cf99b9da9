"""What came of each file, and each report in it, at each step: a row always, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import psycopg

from include import database
from include.account_analytics.rows import as_jsonb

Result = Literal["done", "duplicate", "waiting", "quarantined", "refused", "failed", "undone"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`member` is '' for the file itself; `taken_for` is the format, or the container."""

    step: str
    export_sha256: str
    file_name: str
    result: Result
    member: str = ""
    account: str | None = None
    taken_for: str | None = None
    reason: str | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    rows_refused: int | None = None
    started_at: datetime = field(default_factory=_now)


def save(connection: psycopg.Connection[Any], run_id: str, outcomes: Sequence[Outcome]) -> None:
    """Note them; of a step that is done again the last result counts."""
    if not outcomes:
        return
    latest = {(each.step, each.export_sha256, each.member): each for each in outcomes}
    rows = as_jsonb({**asdict(each), "run_id": run_id} for each in latest.values())
    database.rows(connection, "account_analytics/save_outcomes", {"outcomes": rows})
