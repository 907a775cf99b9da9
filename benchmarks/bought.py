"""What the mark `looks bought` is worth: its precision and recall on two made-up worlds, against a fixed bar.

The bar is "hearts per follower below so much": the one with the best F1 on a third world, half of the one kind and half of the
other. On that one the check's own numbers were looked at, too; neither looked at the two worlds that judge. Precision and recall
of a bar are traded for each other, so F1, which weighs them alike, says whether the mark is better.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from benchmarks import growth_worlds
from benchmarks.figures import Figure
from benchmarks.growth_worlds import DAYS, World
from benchmarks.stage import Stage
from include.ranking.standings import rank_day
from plugins.filters.quality import Quality

NAME = "bought"
WORLDS = {"sandbox": growth_worlds.sandbox, "rough": growth_worlds.rough}
JUDGING_SEED, THIRD_SEED = 29, 4
ROWS = tuple(f"{NAME}_{world}_{measured}" for world in WORLDS for measured in ("precision", "recall", "f1"))
FIRST_DAY = date(2026, 9, 1)
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
Flags = npt.NDArray[np.bool_]


def measure(stage: Stage, _: str) -> list[Figure]:
    """Precision, recall and F1 on each world, to be above those of the bar."""
    creators = stage.of_size(1_500, 4_000, 10_000)
    bar = choose_bar(third(creators // 2))
    figures = []
    for name, make in WORLDS.items():
        world = make(creators, JUDGING_SEED)
        found, plain = (quality(world, flags) for flags in (marked(stage, world), hearts_per_follower(world) < bar))
        figures += _figures(name, world, bar, found, plain)
    return figures


def third(creators: int) -> World:
    """What the bar is chosen on: so many creators of either kind."""
    return growth_worlds.together(*(make(creators, THIRD_SEED) for make in WORLDS.values()))


def hearts_per_follower(world: World) -> npt.NDArray[np.float64]:
    return world.hearts[:, -1] / np.maximum(1, world.followers[:, -1])


def choose_bar(world: World) -> float:
    """The one of the hundredths of what there is that has the best F1."""
    ratios = hearts_per_follower(world)
    bars = np.quantile(ratios, np.arange(1, 100) / 100)
    return float(max(bars, key=lambda bar: _f1(quality(world, ratios < bar))))


def quality(world: World, flags: Flags) -> Quality:
    """Of those who are judged; positive is who bought."""
    buys, judged = world.is_buyer, world.is_judged
    return Quality(
        true_positives=int((judged & buys & flags).sum()),
        false_positives=int((judged & ~buys & flags).sum()),
        false_negatives=int((judged & buys & ~flags).sum()),
        true_negatives=int((judged & ~buys & ~flags).sum()),
    )


def marked(stage: Stage, world: World) -> Flags:
    """Whom the standings mark after the last day."""
    with stage.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            fill(connection, world)
        rank_day(lambda: psycopg.connect(url), LAST_DAY)
        with psycopg.connect(url) as connection:
            found = connection.execute("select user_id::integer from standings where looks_bought").fetchall()
    flags = np.zeros(len(world.followers), bool)
    flags[[creator for (creator,) in found]] = True
    return flags


def fill(connection: psycopg.Connection[Any], world: World) -> None:
    """Everybody on the roster, observed on each day; the id is the creator's place."""
    connection.execute("select make_partitions(%s, %s)", [FIRST_DAY, DAYS // 28 + 2])
    with connection.cursor() as cursor:
        with cursor.copy("copy creators (user_id, handle, first_seen_on, last_measured_on) from stdin") as copy:
            for creator in range(len(world.followers)):
                copy.write_row([str(creator), f"creator{creator}", FIRST_DAY, LAST_DAY])
        columns = "user_id, recorded_date, follower_count, heart_count, video_count, origin, observed_at"
        with cursor.copy(f"copy creator_stats ({columns}) from stdin".encode()) as copy:
            for creator in range(len(world.followers)):
                counts = zip(
                    *(table[creator].tolist() for table in (world.followers, world.hearts, world.videos)), strict=True
                )
                for number, row in enumerate(counts):
                    day = FIRST_DAY + timedelta(days=number)
                    copy.write_row([str(creator), day, *row, "roll_call", _moment(number)])
        columns = "user_id, video_id, posted_at, plays, seen_at, first_seen_on, last_seen_on"
        with cursor.copy(f"copy creator_videos ({columns}) from stdin".encode()) as copy:
            for number, clip in enumerate(world.clips):
                first, last = (FIRST_DAY + timedelta(days=clip.plays[place][0]) for place in (0, -1))
                counted = (clip.plays[-1][1], _moment(clip.plays[-1][0]), first, last)
                copy.write_row([str(clip.creator), str(number), _moment(clip.posted), *counted])
        columns = "user_id, video_id, day, seen_at, plays"
        with cursor.copy(f"copy creator_video_sightings ({columns}) from stdin".encode()) as copy:
            for number, clip in enumerate(world.clips):
                for day, plays in clip.plays:
                    seen = (FIRST_DAY + timedelta(days=day), _moment(day), plays)
                    copy.write_row([str(clip.creator), str(number), *seen])
    connection.execute("analyze")


def _moment(number: int) -> datetime:
    day = FIRST_DAY + timedelta(days=number)
    return datetime.fromisoformat(f"{day}T02:00:00+00:00")


def _f1(found: Quality) -> float:
    hits = 2 * found.true_positives
    return hits / (hits + found.false_positives + found.false_negatives) if hits else 0.0


def _figures(name: str, world: World, bar: float, found: Quality, plain: Quality) -> list[Figure]:
    judged, buyers = int(world.is_judged.sum()), int((world.is_judged & world.is_buyer).sum())
    what = f"world '{name}': {buyers} of {judged:,} bought; looks bought:"
    notes = (
        (found.precision_interval, plain.precision_interval),
        (found.recall_interval, plain.recall_interval),
    )
    intervals = [
        f"95 % Wilson interval {_interval(own)}; of the bar, hearts per follower below {bar:.2f}, {_interval(its)}"
        for own, its in notes
    ]
    rows = (
        ("precision", found.precision, plain.precision, intervals[0]),
        ("recall", found.recall, plain.recall, intervals[1]),
        ("f1", _f1(found), _f1(plain), ""),
    )
    return [
        Figure(
            f"{NAME}_{name}_{measured}",
            f"{what} {measured}",
            None if value is None else 100 * value,
            "%",
            "above the bar's",
            None if value is None or other is None else value > other,
            None if other is None else 100 * other,
            None if not value or not other else value / other,
            note,
        )
        for measured, value, other, note in rows
    ]


def _interval(ends: tuple[float, float] | None) -> str:
    return "-" if ends is None else f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f} %"
