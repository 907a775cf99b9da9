"""The breakout score in slow, obvious Python: what the SQL is compared with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

WEIGHTS = {"growth": 0.80, "acceleration": 0.10, "consistency": 0.05, "engagement": 0.05}

# days before the day of the ranking (0 to 9) -> (followers, hearts, videos), observed ones alone
Observed = dict[int, tuple[int, int, int]]


@dataclass
class Signs:
    """What one creator's days say; None: nothing."""

    size: int
    days: int
    growth: float
    acceleration: float | None
    consistency: float | None
    engagement: float | None


def expected_scores(creators: dict[str, Observed]) -> dict[str, dict[str, float | None]]:
    """user_id -> score and its parts, for everybody with two observed days or more."""
    signs = {user_id: read_signs(days) for user_id, days in creators.items() if len(days) >= 2}
    return {user_id: parts_of(one, list(signs.values())) for user_id, one in signs.items()}


def read_signs(days: Observed) -> Signs:
    logs = {-age: math.log(max(1, counts[0])) for age, counts in days.items()}
    now = slope({day: log for day, log in logs.items() if day >= -2})
    if 0 in logs and -1 in logs:
        assert now is not None
        now = 0.7 * (logs[0] - logs[-1]) + 0.3 * now
    before = slope({day: log for day, log in logs.items() if day <= -2})
    overall = slope(logs)
    assert overall is not None
    most = max(counts[0] for counts in days.values())
    least = min(counts[0] for counts in days.values())
    videos = max(counts[2] for counts in days.values()) - min(counts[2] for counts in days.values())
    late = [counts[1] for age, counts in days.items() if age <= 2]
    early = [counts[1] for age, counts in days.items() if age >= 7]
    hearts = max(late) - min(early) if late and early else 0
    return Signs(
        size=math.floor(2 * math.log10(min(999_999, max(1_000, least)))),
        days=len(days),
        growth=overall if now is None else now,
        acceleration=None if now is None or before is None else now - before,
        consistency=steadiness(logs) * (overall > 0) if len(logs) >= 3 else None,
        engagement=math.log(hearts / max(1, most) / (1 + videos)) if hearts > 0 else None,
    )


def parts_of(one: Signs, everybody: list[Signs]) -> dict[str, float | None]:
    same = [other for other in everybody if other.size == one.size]
    peers = same if len(same) >= 30 else everybody
    evidence = (one.days - 1) / (one.days + 2)

    def part(name: str, least: float) -> float | None:
        value = getattr(one, name)
        if value is None:
            return None
        middle = np.median([known for each in peers if (known := getattr(each, name)) is not None])
        low, high = np.percentile([known for each in everybody if (known := getattr(each, name)) is not None], (25, 75))
        deviations = (value - middle) / max((high - low) / 1.349, least) * evidence
        return float(0.5 + 0.5 * deviations / (10 + abs(deviations)))

    parts = {
        "growth": part("growth", 0.0002),
        "acceleration": part("acceleration", 0.0002),
        "consistency": None if one.consistency is None else 0.5 + (one.consistency - 0.5) * evidence,
        "engagement": part("engagement", 0.1),
    }
    known = {name: value for name, value in parts.items() if value is not None}
    score = sum(WEIGHTS[name] * value for name, value in known.items()) / sum(WEIGHTS[name] for name in known)
    return {"score": 100 * score, **parts}


def slope(points: dict[int, float]) -> float | None:
    """Of the line through the points; None for fewer than two."""
    if len(points) < 2:
        return None
    return float(np.polyfit(list(points), list(points.values()), 1)[0])


def steadiness(points: dict[int, float]) -> float:
    """R² of the line through the points; 1 when all are alike."""
    values = np.array(list(points.values()))
    spread = ((values - values.mean()) ** 2).sum()
    if spread == 0:
        return 1.0
    return float(np.corrcoef(list(points), values)[0, 1] ** 2)
