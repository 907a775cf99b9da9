"""How well the breakout score foretold growth: `python -m include.ranking.backtest`, or `make backtest`.

Every past day's first 10, 50 and 100 are looked at DAYS_AHEAD days later (7 unless set). FORMAT=json prints JSON. The exit
status is 0 also when there is too little history, 1 when the database cannot be used, 2 when it was asked for in a wrong way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database

FIRST = (10, 50, 100)
LEAST_DAYS = 14  # judged; fewer say more of those days than of the score
MOST_DAYS = 365
_SAMPLES, _SEED = 2_000, 7
_BOUNDS = (
    "select set_config('statement_timeout', '0', true), set_config('work_mem', '256MB', true),"
    # Everybody is joined with everybody, once: a table that is not analysed yet looks empty, and loops would never end.
    " set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Day:
    """One judged day: the hits among the first 10, 50 and 100 by score, and by growth yesterday, in followers and in percent."""

    day: date
    is_frozen: bool
    creators: int
    winners: int
    listed: int
    score: tuple[int, int, int]
    growth: tuple[int, int, int]
    percent: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or a factor with the interval that holds 95 of 100 bootstrap samples."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the first `first` of a ranking the share that was among the winners, over `days` days on which so many were ranked.

    `lift_…` is by what factor the score's share is larger; None where the other one has no hit at all.
    """

    first: int
    days: int
    score: Estimate
    growth: Estimate
    percent: Estimate
    chance: Estimate
    lift_over_growth: Estimate | None
    lift_over_percent: Estimate | None
    lift_over_chance: Estimate | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What was judged, and the result; `missing` days of history make it empty."""

    days_ahead: int
    history: int
    needed: int
    days: tuple[Day, ...]
    precisions: tuple[Precision, ...]

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.history)


def run(connections: database.Database, days_ahead: int) -> Backtest:
    """Judge every past day that has an outcome, and keep the result in `backtests`, unless there is too little history."""
    latest = connections.one("ranking/read_latest_day", {"day": None})
    history = {}
    if latest["latest_day"] is not None:
        rows = connections.rows("ranking/read_history", {**latest, "most": MOST_DAYS})
        history = {row["day"]: row["is_frozen"] for row in rows}
    needed = LEAST_DAYS + days_ahead
    if len(history) < needed:
        return Backtest(days_ahead, len(history), needed, (), ())
    judged = []
    for day in sorted(history):
        if day + timedelta(days=days_ahead) in history:
            judged += _judge(connections, day, days_ahead, is_frozen=history[day])
    tested = Backtest(days_ahead, len(history), needed, tuple(judged), tuple(measure(judged, days_ahead)))
    if tested.precisions:
        connections.rows("ranking/save_backtest", _as_row(tested))
    return tested


def measure(days: Sequence[Day], days_ahead: int) -> Iterator[Precision]:
    """Precision and lifts over the days; nothing for as many first ones as were never ranked."""
    for place, first in enumerate(FIRST):
        usable = [day for day in days if day.listed >= first]
        if not usable:
            continue
        yield _precision(
            first,
            days_ahead,
            score=[day.score[place] / first for day in usable],
            growth=[day.growth[place] / first for day in usable],
            percent=[day.percent[place] / first for day in usable],
            chance=[day.winners / day.creators for day in usable],
        )


def as_json(tested: Backtest) -> str:
    """One object; shares are 0 to 1. With too little history `precisions` is empty and `missing` more than 0."""
    told = {
        "days_ahead": tested.days_ahead,
        "history_days": tested.history,
        "needed_days": tested.needed,
        "missing_days": tested.missing,
        "judged_days": len(tested.days),
        "frozen_days": sum(day.is_frozen for day in tested.days),
        "first_day": str(tested.days[0].day) if tested.days else None,
        "last_day": str(tested.days[-1].day) if tested.days else None,
        "precisions": [_rounded(asdict(precision)) for precision in tested.precisions],
    }
    return json.dumps(told, indent=2) + "\n"


def as_table(tested: Backtest) -> str:
    """The result for a person, or what is missing for one."""
    if tested.missing:
        more = "1 more day is" if tested.missing == 1 else f"{tested.missing} more days are"
        return f"{tested.history} of {tested.needed} days: {more} needed.\n"
    if not tested.precisions:
        return f"{tested.history} days of history, but on none of them were {FIRST[0]} creators ranked.\n"
    frozen = sum(day.is_frozen for day in tested.days)
    lines = [
        f"{len(tested.days)} days, {tested.days[0].day} to {tested.days[-1].day}: {frozen} by the ranking kept that day, "
        f"{len(tested.days) - frozen} ranked again as of their day",
        f"A hit is among the 1 % (10 at least) that grew most in the {tested.days_ahead} days after.",
        "",
        f"{'':<9}{'breakout score':<24}{'yesterday, percent':<24}{'yesterday, followers':<24}chance",
    ]
    lines += [
        f"top {each.first:<5}{_percent(each.score):<24}{_percent(each.percent):<24}{_percent(each.growth):<24}"
        f"{each.chance.value:.1%}"
        for each in tested.precisions
    ]
    lines += ["", f"{'lift':<9}{'over percent':<24}{'over followers':<24}over chance"]
    lines += [
        f"top {each.first:<5}{_factor(each.lift_over_percent):<24}{_factor(each.lift_over_growth):<24}"
        f"{_factor(each.lift_over_chance)}"
        for each in tested.precisions
    ]
    lines.append(f"In brackets: 95 % intervals, from {_SAMPLES:,} samples of the days.")
    return "\n".join(lines) + "\n"


def _judge(connections: database.Database, day: date, days_ahead: int, *, is_frozen: bool) -> list[Day]:
    """The day, or nothing when fewer than 10 were ranked on it."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)

    def judge(connection: psycopg.Connection[Any]) -> list[database.Row]:
        connection.execute(_BOUNDS)
        parameters = {"day": day, "days_ahead": days_ahead, "known_by": end}
        return database.rows(connection, "ranking/judge_day", parameters)

    found = {row["ranking"]: row for row in connections.run(judge)}
    score = found.get("score")
    if score is None or score["listed"] < FIRST[0] or not score["creators"]:
        return []
    hits = {
        name: tuple(found[name][f"hits_{first}"] if name in found else 0 for first in FIRST)
        for name in ("score", "growth", "percent")
    }
    return [Day(day, is_frozen, score["creators"], score["winners"], score["listed"], **hits)]  # type: ignore[arg-type]


def _precision(first: int, days_ahead: int, **shares: list[float]) -> Precision:
    """`shares` of hits, or to be expected by chance, day by day."""
    import numpy as np

    samples = _samples(len(shares["score"]), days_ahead)
    means = {name: float(np.mean(values)) for name, values in shares.items()}
    sampled = {name: np.array(values)[samples].mean(axis=1) for name, values in shares.items()}

    def estimate(value: float, spread: Any) -> Estimate:
        low, high = np.percentile(spread, (2.5, 97.5))
        return Estimate(*(round(float(number), 6) for number in (value, low, high)))

    def lift(other: str) -> Estimate | None:
        # A sample without a hit of the other says no more than that the factor is large.
        usable = sampled[other] > 0
        if means[other] == 0:
            return None
        return estimate(means["score"] / means[other], sampled["score"][usable] / sampled[other][usable])

    return Precision(
        first,
        len(shares["score"]),
        **{name: estimate(means[name], sampled[name]) for name in shares},
        lift_over_growth=lift("growth"),
        lift_over_percent=lift("percent"),
        lift_over_chance=lift("chance"),
    )


def _samples(days: int, days_ahead: int) -> Any:
    """Which days each sample takes: whole stretches of them, as neighbouring days share most of their outcome."""
    import numpy as np

    random = np.random.default_rng(_SEED)
    stretch = min(days_ahead, days)
    starts = random.integers(0, days, (_SAMPLES, -(-days // stretch)))
    taken = (starts[:, :, None] + np.arange(stretch)) % days
    return taken.reshape(_SAMPLES, -1)[:, :days]


def _as_row(tested: Backtest) -> dict[str, Any]:
    return {
        "days_ahead": tested.days_ahead,
        "first_day": tested.days[0].day,
        "last_day": tested.days[-1].day,
        "judged_days": len(tested.days),
        "frozen_days": sum(day.is_frozen for day in tested.days),
        "results": Jsonb([_rounded(asdict(precision)) for precision in tested.precisions]),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _percent(share: Estimate) -> str:
    return f"{share.value:.1%} ({share.low:.1%}–{share.high:.1%})"


def _factor(lift: Estimate | None) -> str:
    return "-" if lift is None else f"{lift.value:.1f}× ({lift.low:.1f}–{lift.high:.1f})"
