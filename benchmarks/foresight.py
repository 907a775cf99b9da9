"""What the breakout score foretells in two made-up worlds, against yesterday's growth: `make bench ONLY=foresight`.

The worlds of `foresight_worlds` are written into a database of their own, as the roll call would have observed them, and the
project's own backtest is asked, which ranks each day from what was known at its end. The bar is that of the backtest, too:
yesterday's growth in percent. Their seed judges alone: the score was chosen on others (`score_candidates`).
`python -m benchmarks.foresight` prints the whole backtests, and takes `--creators`, `--days` and `--seed`.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg

from benchmarks import foresight_worlds
from benchmarks.cadence import fresh_database
from benchmarks.figures import Figure
from benchmarks.foresight_worlds import World
from benchmarks.stage import Stage
from include import database
from include.ranking import backtest

NAME = "foresight"
WORLDS = {"sandbox": foresight_worlds.sandbox, "rough": foresight_worlds.rough}
ROWS = tuple(f"{NAME}_{world}" for world in WORLDS)
FIRST_DAY = date(2026, 6, 1)
JUDGING_SEED, CREATORS, DAYS, AHEAD = 31, 4_000, 80, 7


def measure(stage: Stage, _: str) -> list[Figure]:
    """Hits among the first ten by score, to be more than by yesterday's growth in percent."""
    creators, days = stage.of_size(1_000, CREATORS, CREATORS), stage.of_size(30, DAYS, DAYS)
    figures = []
    for name, make in WORLDS.items():
        with stage.database() as url, psycopg.connect(url, autocommit=True) as connection:
            fill(connection, make(creators, days, JUDGING_SEED))
            figures.append(_figure(name, creators, judge(connection)))
    return figures


def judge(connection: psycopg.Connection[Any]) -> backtest.Backtest:
    """The project's own backtest of what is in the database."""
    url = connection.info.dsn
    with database.Database(lambda: psycopg.connect(url)) as connections:
        return backtest.run(connections, AHEAD)


def _figure(name: str, creators: int, tested: backtest.Backtest) -> Figure:
    first = tested.precisions[0]
    lift = first.lift_over_percent
    return Figure(
        f"{NAME}_{name}",
        f"world '{name}', {creators:,} creators, {len(tested.days)} days: hits among the first {first.first}",
        100 * first.score.value,
        "%",
        "above yesterday's percent",
        first.score.value > first.percent.value,
        100 * first.percent.value,
        lift.value if lift else None,
        f"95 % intervals: score {_interval(first.score, 100)} %, percent {_interval(first.percent, 100)} %"
        + (f", ratio {_interval(lift, 1)}" if lift else ""),
    )


def _interval(estimate: backtest.Estimate, scale: int) -> str:
    digits = 1 if scale == 100 else 3
    return f"{scale * estimate.low:.{digits}f} to {scale * estimate.high:.{digits}f}"


def fill(connection: psycopg.Connection[Any], world: World) -> None:
    """Everybody on the roster, observed on each day since they arrived; the id is the creator's place."""
    creators, days = world.followers.shape
    connection.execute("truncate creators, creator_stats")
    connection.execute("select make_partitions(%s, %s)", [FIRST_DAY, days // 28 + 2])
    dates = [FIRST_DAY + timedelta(days=number) for number in range(days)]
    gained = np.diff(world.followers, axis=1, prepend=0)
    with connection.cursor() as cursor:
        with cursor.copy("copy creators (user_id, handle) from stdin") as copy:
            for creator in range(creators):
                copy.write_row([str(creator), f"creator{creator}"])
        columns = (
            "user_id, recorded_date, follower_count, heart_count, video_count, origin, observed_at, compared_with,"
            " daily_growth_followers"
        )
        with cursor.copy(f"copy creator_stats ({columns}) from stdin".encode()) as copy:
            for creator in range(creators):
                arrived = int(world.arrival[creator])
                counts = zip(
                    dates[arrived:],
                    *(
                        table[creator, arrived:].tolist()
                        for table in (world.followers, world.hearts, world.videos, gained)
                    ),
                    strict=True,
                )
                for day, followers, hearts, videos, growth in counts:
                    known = day > dates[arrived]
                    before = (day - timedelta(days=1), growth) if known else (None, 0)
                    at = f"{day}T02:00:00+00:00"
                    copy.write_row([str(creator), day, followers, hearts, videos, "roll_call", at, *before])
    connection.execute("analyze creators, creator_stats")


def main(arguments: list[str] | None = None) -> int:
    """Prints the backtest of each world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--creators", type=int, default=CREATORS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=JUDGING_SEED)
    given = parser.parse_args(arguments)
    with fresh_database() as connection:
        for name, make in WORLDS.items():
            fill(connection, make(given.creators, given.days, given.seed))
            told = backtest.as_table(judge(connection))
            sys.stdout.write(f"The {name} world, {given.creators:,} creators, seed {given.seed}\n{told}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
