"""When a browser may visit TikTok Studio: one turn after the other, kept in PostgreSQL over all runs and workers.

A visit is claimed before it begins, under a lock; no transaction is open while it waits for its turn or is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from include import database
from include.account_analytics import locks
from include.database import Database

BROWSER = "browser"  # the lock's name
LATE_SECONDS = 60.0  # a turn that nobody takes for so long is over: others have theirs after it
Purpose = Literal["export", "canary"]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds from the beginning of a visit to that of the next one: of the same account, and of any."""

    account_seconds: float = 3600.0
    any_seconds: float = 300.0
    longest_seconds: float = 1800.0  # for which a task waits for its turn


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed visit and in how many seconds it may begin. `visit_id` is None where that is too far away to wait for it.

    `brought`: the tabs that this run has brought already. `last_result`: how the account's last visit ended; None: it is the
    first, did not end, or was a look without downloads and this is to be an export.
    """

    visit_id: int | None
    wait_seconds: float
    starts_at: datetime
    brought: tuple[str, ...]
    last_result: str | None


def take(store: Database, account: str, run_id: str, purpose: Purpose, pace: Pace, now: datetime | None = None) -> Turn:
    """Claim the next turn. Of the same run and account a turn that nobody took is given up for it."""
    parameters = {
        "account": account,
        "run_id": run_id,
        "purpose": purpose,
        "now": now,
        "account_seconds": pace.account_seconds,
        "any_seconds": pace.any_seconds,
        "longest_seconds": pace.longest_seconds,
    }
    row = locks.alone(
        store, BROWSER, lambda connection: database.one(connection, "account_analytics/browser/take_turn", parameters)
    )
    return Turn(row["visit_id"], row["wait_seconds"], row["starts_at"], tuple(row["brought"]), row["last_result"])


def begin(store: Database, visit_id: int, now: datetime | None = None) -> bool:
    """Whether the visit may begin now: its turn is not over, and nobody else has begun it."""
    parameters = {"visit_id": visit_id, "now": now, "late_seconds": LATE_SECONDS}
    begun = locks.alone(
        store,
        BROWSER,
        lambda connection: database.rows(connection, "account_analytics/browser/begin_visit", parameters),
    )
    return bool(begun)


def note(store: Database, visit_id: int, tab: str) -> bool:
    """A tab's download was handed over; False where the visit is gone, with its account."""
    return bool(store.rows("account_analytics/browser/note_tab", {"visit_id": visit_id, "tab": tab}))


def end(
    store: Database,
    visit_id: int,
    result: str,
    *,
    tab: str | None = None,
    step: str | None = None,
    language: str | None = None,
    screenshots: Sequence[str] = (),
    now: datetime | None = None,
) -> None:
    """What came of a visit."""
    parameters = {
        "visit_id": visit_id,
        "now": now,
        "result": result,
        "tab": tab,
        "step": step,
        "language": language,
        "screenshots": list(screenshots),
    }
    store.rows("account_analytics/browser/end_visit", parameters)
