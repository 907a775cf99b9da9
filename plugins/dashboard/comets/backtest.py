"""The page "Backtest": how often the breakout score was right; and its result for the pages that show the score."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from include.database import Row
from plugins.dashboard.access import Reader
from plugins.dashboard.rendering import write_page
from plugins.dashboard.store import read

router = APIRouter()


@router.get("/backtest", name="backtest")
def show_backtest(request: Request, user: Reader) -> Response:
    """The last backtest as a table."""
    return write_page(request, "comets/backtest.html", backtest=last_backtest())


def last_backtest() -> Row | None:
    """The last backtest; None before the first."""
    found = read("dashboard/read_last_backtest")
    return found[0] if found else None
