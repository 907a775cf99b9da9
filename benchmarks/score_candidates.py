"""Which facts foretell growth, tried on training worlds alone: `python -m benchmarks.score_candidates [--seeds 101 102]`.

Each candidate is yesterday's growth, less what is usual for the size, with one fact or two beside it, as a factor. Printed is the
share of hits among the first ten and fifty, by world. The score in `sql/migrations/0066_weigh_hearts.sql` was chosen by this
table; the worlds that judge it (`make bench ONLY=foresight`) have other seeds, and were not looked at before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks import foresight_worlds
from benchmarks.foresight_worlds import World

WORLDS = {"sandbox": foresight_worlds.sandbox, "rough": foresight_worlds.rough}
CREATORS, DAYS, AHEAD = 4_000, 45, 7
Floats = npt.NDArray[np.float64]
Facts = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Day:
    """What is known at the end of a day of each creator, by name of the fact; NaN: not known. `wins`: who is a hit later."""

    facts: Facts
    wins: npt.NDArray[np.bool_]


def look(world: World, every: int = 2) -> Iterator[Day]:
    """Each second day of `world`, from the tenth on."""
    logs = np.log(np.maximum(world.followers, 1))
    seen = world.sightings[np.argsort(world.sightings[:, 3], kind="stable")]
    starts = np.searchsorted(seen[:, 3], np.arange(world.followers.shape[1] + 1))
    for day in range(9, world.followers.shape[1] - AHEAD, every):
        yield _look(world, logs, seen[starts[day - 6] : starts[day + 1]], day)


def _look(world: World, logs: Floats, seen: npt.NDArray[np.int64], day: int) -> Day:
    creators = len(logs)
    known = day - world.arrival  # days before this one that are known
    sizes = np.floor(2 * np.log10(np.clip(world.followers[:, day], 1_000, 999_999)))

    def against_usual(values: Floats) -> Floats:
        usual = np.full(creators, np.nanmedian(values))
        for size in np.unique(sizes):
            alike = (sizes == size) & ~np.isnan(values)
            if alike.sum() >= 30:
                usual[sizes == size] = np.median(values[alike])
        return np.asarray(values - usual)

    def since(table: npt.NDArray[np.int64] | Floats, days: int) -> Floats:
        return np.where(known >= days, table[:, day] - table[:, day - days], np.nan)

    before = np.clip(known - 1, 0, 7)
    rows = np.arange(creators)
    hearts_before = world.hearts[:, day - 1] - world.hearts[rows, day - 1 - before]
    gained, hearts = since(world.followers, 1), since(world.hearts, 1)
    gained_before = logs[:, day - 1] - logs[rows, day - 1 - before]
    with np.errstate(all="ignore"):
        hearts_ratio = np.log(np.maximum(hearts, 0.1) / np.maximum(hearts_before / before, 1))
        growth_ratio = np.log(np.maximum(since(logs, 1), 1e-4) / (np.maximum(gained_before, 0) / before + 5e-4))
        per_follower = np.where(gained >= 100, np.log(np.maximum(hearts, 1) / np.maximum(gained, 1)), np.nan)
    videos = _latest(seen)
    is_new = videos[:, 2] >= day - 7
    plays = _median_log(videos, creators, 5)
    facts = {
        "known": known.astype(float),
        "growth": against_usual(since(logs, 1)),
        "percent": since(logs, 1),
        "growth_before": np.where(known >= 2, logs[:, day - 1] - logs[:, day - 2], np.nan),
        "growth_ratio": np.where(before >= 4, growth_ratio, np.nan),
        "hearts_ratio": np.where(before >= 4, hearts_ratio, np.nan),
        "hearts_per_follower": against_usual(per_follower),
        "plays_per_follower": against_usual(plays - logs[:, day]),
        "plays_of_new_videos": _median_log(videos[is_new], creators, 1) - _median_log(videos[~is_new], creators, 3),
        "posts": np.log1p(np.maximum(since(world.videos, 7), 0)),
    }
    factor = np.where(known >= 1, world.followers[:, day + AHEAD] / np.maximum(world.followers[:, day], 1), 0.0)
    wins = np.zeros(creators, bool)
    wins[np.argsort(-factor, kind="stable")[: max(10, -(-int((known >= 1).sum()) // 100))]] = True
    return Day(facts, wins & (factor > 1))


def _latest(seen: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The last sighting of each video."""
    last_first = seen[::-1]
    _, places = np.unique(last_first[:, 0] * 1_000_000 + last_first[:, 1], return_index=True)
    return last_first[places]


def _median_log(videos: npt.NDArray[np.int64], creators: int, least: int) -> Floats:
    """The logarithm of the median plays of each creator with so many videos."""
    ordered = videos[np.lexsort((videos[:, 4], videos[:, 0]))]
    count = np.bincount(ordered[:, 0], minlength=creators)
    start = np.cumsum(count) - count
    logs = np.log(np.maximum(ordered[:, 4], 1).astype(float))
    medians = np.full(creators, np.nan)
    known = count >= least
    middle = start + count // 2
    medians[known] = (logs[(middle - (count % 2 == 0))[known]] + logs[middle[known]]) / 2
    return medians


def _factor(fact: str, weight: float, least: float, most: float) -> Callable[[Facts], Floats]:
    """What growth is multiplied with: the fact, between `least` and `most` of its logarithm, to the power of `weight`."""
    return lambda facts: np.exp(weight * np.clip(np.nan_to_num(facts[fact], nan=0.0), least, most))


def _evidence(facts: Facts) -> Floats:
    days = np.clip(facts["known"], 0, 9)
    return np.asarray(days / (days + 3))


THREE = float(np.log(3))
CANDIDATES: dict[str, Callable[[Facts], Floats]] = {
    "yesterday's growth in percent": lambda facts: facts["percent"],
    "… less what is usual for the size": lambda facts: facts["growth"],
    "… drawn to the middle by few days": lambda facts: facts["growth"] * _evidence(facts),
    "… with 0.3 of the day before": lambda facts: 0.7 * facts["growth"] + 0.3 * np.nan_to_num(facts["growth_before"]),
    "growth ratio, ⅓ to 3, ^0.2": _factor("growth_ratio", 0.2, -THREE, THREE),
    "hearts ratio, ⅓ to 3, ^0.3": _factor("hearts_ratio", 0.3, -THREE, THREE),
    "hearts ratio, ⅓ to 3, ^0.5": _factor("hearts_ratio", 0.5, -THREE, THREE),
    "hearts ratio, ⅓ to 3, ^1": _factor("hearts_ratio", 1.0, -THREE, THREE),
    "hearts per follower, ^0.2": _factor("hearts_per_follower", 0.2, -2, 0),
    "plays per follower, ^0.1": _factor("plays_per_follower", 0.1, -2, 2),
    "plays of new videos by old, ^0.1": _factor("plays_of_new_videos", 0.1, -2, 2),
    "posts a week, ^0.1": _factor("posts", 0.1, 0, 4),
    "hearts ratio ^0.5, plays per follower ^0.05": lambda facts: (
        _factor("hearts_ratio", 0.5, -THREE, THREE)(facts) * _factor("plays_per_follower", 0.05, -2, 2)(facts)
    ),
    "hearts ratio ^0.5, hearts per follower ^0.1": lambda facts: (
        _factor("hearts_ratio", 0.5, -THREE, THREE)(facts) * _factor("hearts_per_follower", 0.1, -2, 0)(facts)
    ),
    "hearts ratio ^0.5, growth ratio ^0.1": lambda facts: (
        _factor("hearts_ratio", 0.5, -THREE, THREE)(facts) * _factor("growth_ratio", 0.1, -THREE, THREE)(facts)
    ),
}  # fmt: skip
WHOLE = 4  # so many of the candidates are an order of their own, the others a factor of growth


def hits(day: Day, ranking: Floats, first: int) -> float:
    """The share of hits among the first so many; who is not known comes last."""
    order = np.argsort(-np.nan_to_num(ranking, nan=-np.inf), kind="stable")[:first]
    return float(day.wins[order].mean())


def main(arguments: list[str] | None = None) -> int:
    """Prints a line for each candidate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--creators", type=int, default=CREATORS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    given = parser.parse_args(arguments)
    days = {
        name: [day for seed in given.seeds for day in look(make(given.creators, DAYS, seed))]
        for name, make in WORLDS.items()
    }
    sys.stdout.write(f"{'hits among the first 10, 50':<46}" + "".join(f"{name:<18}" for name in WORLDS) + "\n")
    for number, (title, rule) in enumerate(CANDIDATES.items()):
        cells = []
        for each in days.values():
            rankings = [rule(day.facts) * (1.0 if number < WHOLE else day.facts["growth"]) for day in each]
            ten, fifty = (
                np.mean([hits(day, ranking, first) for day, ranking in zip(each, rankings, strict=True)])
                for first in (10, 50)
            )
            cells.append(f"{ten:.1%}, {fifty:.1%}")
        sys.stdout.write(f"{title:<46}" + "".join(f"{cell:<18}" for cell in cells) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
