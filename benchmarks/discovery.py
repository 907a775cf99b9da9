"""What one accepted comet costs: paid calls and covers fetched, over the same day of the same sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import psycopg

from benchmarks import baseline
from benchmarks.figures import Figure
from benchmarks.stage import Stage, today
from include.local.driven_sandbox import RunningSandbox
from include.local.played_days import Days
from plugins.filters.layers import context_layers

NAME, LEAST_RATIO = "discovery", 3.0
ROWS = ("discovery_calls", "discovery_covers")


def measure(stage: Stage, _: str) -> list[Figure]:
    """Discovery alone, from the trending words to the accepted creators, each way on a new day."""
    keywords, pages = stage.of_size((2, 1), (4, 2), (10, 5))
    with stage.sandbox() as sandbox, stage.database() as url:
        now = datetime.combine(today(), time(12), UTC)
        sandbox.set_clock(now, frozen=True)
        ours = _counted(sandbox, lambda: _ours(url, sandbox, now, keywords, pages))
        plain = _counted(sandbox, lambda: baseline.discover(sandbox.url, sandbox.key, keywords, pages))
    note = f"{ours[2]} creators accepted, {plain[2]} by the plain way, {keywords} keywords × {pages} pages of 20 videos"
    return [
        Figure(
            f"discovery_{name}", f"{what} per accepted comet", mine / ours[2], "", f"≥ {LEAST_RATIO:g}× fewer",
            theirs / plain[2] >= LEAST_RATIO * mine / ours[2], theirs / plain[2], theirs / plain[2] / (mine / ours[2]), note,
        )
        for name, what, mine, theirs in (
            ("calls", "paid calls", ours[0], plain[0]),
            ("covers", "covers fetched", ours[1], plain[1]),
        )
    ]  # fmt: skip


def _counted(sandbox: RunningSandbox, work: Callable[[], int]) -> tuple[int, int, int]:
    """Billed calls and image requests by the sandbox's own log, and the creators that `work` accepted."""
    sandbox.clear_log()
    accepted = work()
    if not accepted:
        raise RuntimeError("nobody was accepted: there is nothing to divide by")
    return sum(entry["billed"] for entry in sandbox.log()), len(sandbox.image_log()), accepted


def _ours(url: str, sandbox: RunningSandbox, now: datetime, keywords: int, pages: int) -> int:
    days = Days(url, sandbox, now=now)
    context_layers()
    params: dict[str, Any] = {"max_keywords": keywords, "pages_per_keyword": pages, "skip_roll_call": True}
    _, failed, _ = days.play(**params)
    if failed:
        raise RuntimeError(f"the day failed: {failed}")
    with psycopg.connect(url) as connection:
        query = "select count(distinct user_id) from verdicts where layer = 'accepted'"
        ((accepted,),) = connection.execute(query).fetchall()
    return int(accepted)
