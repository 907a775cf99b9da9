"""The last backtest of the breakout score, for the pages that show the score."""

from __future__ import annotations

from include.database import Row
from plugins.dashboard.store import read


def last_backtest() -> Row | None:
    """The last backtest; None before the first."""
    found = read("dashboard/read_last_backtest")
    return found[0] if found else None
