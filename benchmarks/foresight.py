"""What the breakout score foretells in two made-up worlds: `python -m benchmarks.foresight [--creators N --seed N]`.

The worlds of `cadence_worlds` are written into a database of their own as if everybody had been measured every day, and the
project's own backtest is asked. The baselines, yesterday's growth in followers and in percent, are those of the backtest.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from benchmarks import cadence_worlds
from benchmarks.cadence import fresh_database
from include import database
from include.ranking import backtest

WORLDS = {"sandbox": cadence_worlds.sandbox, "rough": cadence_worlds.rough}
FIRST_DAY = date(2026, 9, 1)


def fill(connection: psycopg.Connection[Any], world: cadence_worlds.World) -> None:
    """The creators of `world` and their counts of every day since they arrived; hearts and videos are not known."""
    creators, days = world.followers.shape
    connection.execute("truncate creators, creator_stats")
    connection.execute("select make_partitions(%s, %s)", [FIRST_DAY, days // 28 + 2])
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
                counts, arrived = world.followers[creator].tolist(), int(world.arrival[creator])
                for number in range(arrived, days):
                    day = FIRST_DAY + timedelta(days=number)
                    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
                    before = (
                        (day - timedelta(days=1), counts[number] - counts[number - 1])
                        if number > arrived
                        else (None, 0)
                    )
                    copy.write_row([str(creator), day, counts[number], 0, 0, "roll_call", at, *before])
    connection.execute("analyze creators, creator_stats")


def main(arguments: list[str] | None = None) -> int:
    """Prints the backtest of each world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--creators", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args(arguments)
    with fresh_database() as connection:
        for name, make in WORLDS.items():
            fill(connection, make(given.creators, given.days, given.seed))
            url = connection.info.dsn
            with database.Database(lambda url=url: psycopg.connect(url)) as connections:
                tested = backtest.run(connections, 7)
            sys.stdout.write(
                f"The {name} world, {given.creators:,} creators, seed {given.seed}\n{backtest.as_table(tested)}\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
