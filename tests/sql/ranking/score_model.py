"""The breakout score in slow, obvious Python: what the SQL is compared with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# days before the day of the ranking (0 to 9) -> (followers, hearts, videos), observed ones alone
Observed = dict[int, tuple[int, int, int]]


@dataclass
class Signs:
    """What one creator's days say; None: nothing."""

    size: int
    growth: float
    heart_ratio: float | None


def expected_scores(creators: dict[str, Observed]) -> dict[str, dict[str, float | None]]:
    """user_id -> score and its parts, for everybody with two observed days or more."""
    signs = {user_id: read_signs(days) for user_id, days in creators.items() if len(days) >= 2}
    return {user_id: parts_of(one, list(signs.values())) for user_id, one in signs.items()}


def read_signs(days: Observed) -> Signs:
    logs = {-age: math.log(max(1, counts[0])) for age, counts in days.items()}
    is_known = 0 in days and 1 in days
    least = min(counts[0] for counts in days.values())
    return Signs(
        size=math.floor(2 * math.log10(min(999_999, max(1_000, least)))),
        growth=logs[0] - logs[-1] if is_known else float(np.polyfit(list(logs), list(logs.values()), 1)[0]),
        heart_ratio=heart_ratio({age: counts[1] for age, counts in days.items()}),
    )


def heart_ratio(hearts: dict[int, int]) -> float | None:
    """Hearts of the last day by those of a day of the week before, a third to three."""
    week = {age: count for age, count in hearts.items() if 5 <= age <= 8}
    if 0 not in hearts or 1 not in hearts or not week:
        return None
    usual = max(1, (hearts[1] - min(week.values())) / (max(week) - 1))
    return min(3.0, max(1 / 3, (hearts[0] - hearts[1]) / usual))


def parts_of(one: Signs, everybody: list[Signs]) -> dict[str, float | None]:
    same = [other.growth for other in everybody if other.size == one.size]
    everyone = [other.growth for other in everybody]
    low, high = np.percentile(everyone, (25, 75))
    usual = np.median(same if len(same) >= 30 else everyone)
    deviations = float((one.growth - usual) / max((high - low) / 1.349, 0.0002))
    strength = deviations
    if one.heart_ratio is not None and deviations > 0:
        strength *= math.sqrt(one.heart_ratio)
    return {
        "score": 100 * levelled(strength),
        "growth": levelled(deviations),
        "hearts": None if one.heart_ratio is None else 0.5 + 0.5 * math.log(one.heart_ratio) / math.log(3),
    }


def levelled(deviations: float) -> float:
    """The usual at a half, 10 deviations at three quarters."""
    return 0.5 + 0.5 * deviations / (10 + abs(deviations))
