"""What the planning rule is worth, as rows of the table: `benchmarks.cadence` in both of its worlds, at every budget."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from benchmarks import cadence
from benchmarks.figures import Figure
from benchmarks.stage import Stage

NAME = "cadence"
JUDGED_BUDGET, MOST_ERROR, LEAST_BREAKOUTS = 0.2, 0.7, 1.5
SQL_WORLD, SQL_SEED = "rough", 1


def _name(world: str, budget: float, measured: str) -> str:
    return f"{NAME}_{world}_{budget * 100:.0f}_{measured}"


ROWS = (
    *(
        _name(world, budget, measured)
        for world in cadence.WORLDS
        for budget in cadence.BUDGETS
        for measured in ("error", "breakouts")
    ),
    f"{NAME}_sql",
)


def measure(stage: Stage, _: str) -> list[Figure]:
    """Error and breakouts in time against taking turns, goals at 20 %; then the share of picks that SQL makes the same."""
    creators, days, seeds = stage.of_size((10_000, 45, 1), (30_000, 60, 2), (100_000, 60, 3))
    rows = [row for found in cadence.measure(creators, days, seeds) for row in (_error(found), _breakouts(found))]
    note = f"{creators:,} creators, {days} days, means over {seeds} seeds; the baseline takes turns"
    return [replace(rows[0], note=note), *rows[1:], _same_picks(stage)]


def _error(result: cadence.Result) -> Figure:
    rule, in_turn = (_mean(scores, "mean_error") for scores in (result.rule, result.in_turn))
    what, is_judged = _what(result), result.budget == JUDGED_BUDGET
    goal = f"≥ {1 - MOST_ERROR:.0%} lower" if is_judged else ""
    reached = rule <= MOST_ERROR * in_turn if is_judged else None
    return Figure(
        _name(result.world, result.budget, "error"), f"{what}: error", rule, "%", goal, reached, in_turn, in_turn / rule
    )


def _breakouts(result: cadence.Result) -> Figure:
    rule, in_turn = (_mean(scores, "breakouts_in_time") * 100 for scores in (result.rule, result.in_turn))
    what, is_judged = _what(result), result.budget == JUDGED_BUDGET
    goal = f"≥ {LEAST_BREAKOUTS:g}×" if is_judged else ""
    ratio = rule / in_turn if in_turn else None  # so few calls that taking turns meets no breakout
    reached = rule >= LEAST_BREAKOUTS * in_turn if is_judged else None
    what = f"{what}: of {sum(result.breakouts):,} breakouts seen in time"
    return Figure(_name(result.world, result.budget, "breakouts"), what, rule, "%", goal, reached, in_turn, ratio)


def _same_picks(stage: Stage) -> Figure:
    creators, days = stage.of_size((500, 30), (2_000, 45), (5_000, 60))
    world = cadence.WORLDS[SQL_WORLD](creators, days, SQL_SEED)
    with stage.database() as url, psycopg.connect(url, autocommit=True) as connection:
        checked = cadence.compare_with_sql(connection, world, JUDGED_BUDGET)
    share = checked["same"] / checked["picks"] * 100
    what = f"picks of the SQL as in NumPy, {creators:,} creators × {days} days"
    return Figure(f"{NAME}_sql", what, share, "%", "100 %", checked["same"] == checked["picks"])


def _mean(scores: list[cadence.Score], name: str) -> float:
    return sum(getattr(score, name) for score in scores) / len(scores)


def _what(result: cadence.Result) -> str:
    return f"world '{result.world}', calls for {result.budget:.0%} a day"
