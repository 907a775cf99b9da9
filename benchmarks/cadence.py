"""What the planning rule is worth: follower numbers and breakouts at a small budget, against looking at everybody in turn.

    python -m benchmarks.cadence [--creators 100000 --days 60 --seeds 3 --sql-creators 5000]     (FORMAT=json for JSON)

Every world is looked at by the rule (`sql/comets/plan_batches.sql`, repeated here in NumPy for speed) and in turn (whoever
waits longest first), at 5, 20 and 50 % of the roster a day. Arrivals are measured on the day they arrive, by being found.

Error: |told - true| / true in percent, mean (and root of the mean square) over creators × days from arrival to the last
day; told is the straight line between two looks, and after the last look its count. Breakout: a creator enters the day's top
1 % by 7-day growth, after 7 days outside it; noticed in time: looked at on that day or one of the two after it. The first
14 days are passed over: nobody has a history yet.

Last, the SQL itself plans a small world on a real PostgreSQL, and its picks are compared with NumPy's.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from benchmarks import cadence_worlds
from benchmarks.cadence_worlds import Floats, Whole, World
from include import database
from include.comets import snapshots
from include.local import postgres
from include.migrations import migrate

BUDGETS = (0.05, 0.2, 0.5)
LONGEST_WAIT = 28
BAND = (10_000, 100_000)
WORLDS: dict[str, Callable[[int, int, int], World]] = {
    "sandbox": cadence_worlds.sandbox,
    "rough": cadence_worlds.rough,
}
FIRST_JUDGED, IN_TIME, WINDOW, TOP_SHARE = 14, 2, 7, 0.01
Looks = npt.NDArray[np.bool_]


@dataclass(slots=True)
class State:
    """What the roster knows of each creator: as the columns of `creators`; a deviation of NaN is NULL."""

    measured_on: Whole
    count: Floats
    rate: Floats
    deviation: Floats

    @classmethod
    def of(cls, creators: int) -> State:
        return cls(np.full(creators, -1), np.ones(creators), np.zeros(creators), np.full(creators, np.nan))

    def arrive(self, found: Whole, day: int, counts: Whole) -> None:
        self.measured_on[found], self.count[found] = day, counts

    def learn(self, looked: Whole, day: int, counts: Whole) -> None:
        """`learn_growth` of the schema."""
        days = day - self.measured_on[looked]
        growth = np.log(np.maximum(counts, 1) / np.maximum(self.count[looked], 1)) / days
        rate, deviation = self.rate[looked], self.deviation[looked]
        deviation = np.where(np.isnan(deviation), 0.005, deviation)
        surprise = np.abs(growth - rate) * np.sqrt(days)
        self.rate[looked] = rate + (1 - 0.2**days) * (growth - rate)
        weight = np.where(surprise > deviation, 0.3, 1 - 0.95**days)
        self.deviation[looked] = deviation + weight * (surprise - deviation)
        self.measured_on[looked], self.count[looked] = day, counts


@dataclass(slots=True)
class Score:
    """One policy at one budget in one world; errors in percent, shares 0 to 1, waits in days."""

    mean_error: float
    root_mean_square_error: float
    breakouts_in_time: float
    longest_wait: int


@dataclass(slots=True)
class Result:
    """One world at one budget; lists run over the seeds."""

    world: str
    budget: float
    breakouts: list[int] = field(default_factory=list)
    rule: list[Score] = field(default_factory=list)
    in_turn: list[Score] = field(default_factory=list)

    def ratios(self, name: str) -> Floats:
        return np.array(
            [getattr(rule, name) / getattr(turn, name) for rule, turn in zip(self.rule, self.in_turn, strict=True)]
        )


def pick_in_turn(state: State, due: Whole, day: int, calls: int) -> Whole:
    """Whoever waits longest."""
    return due[np.lexsort((due, state.measured_on[due]))[:calls]]


def pick_by_rule(state: State, due: Whole, day: int, calls: int) -> Whole:
    """The rule of plan_batches.sql."""
    days = day - state.measured_on[due]
    is_open = np.isnan(state.deviation[due])
    deviation = np.where(is_open, 0.005, state.deviation[due])
    distance = np.abs(state.rate[due]) * days + deviation * np.sqrt(days) + 0.0001 * days * days
    followers = np.maximum(1, state.count[due])
    edge = np.minimum(np.abs(np.log(followers / BAND[0])), np.abs(np.log(followers / BAND[1])))
    worth = distance * days**1.5 * np.where(edge <= distance, 2, 1)
    is_owed = _rank(due, -worth, -days) <= _owed_places(days, calls)
    goes_first = is_open & (_rank(due, -worth, ~is_open) <= calls // 2)
    order = np.select([goes_first, is_owed, is_open], [np.iinfo(np.int64).max, 2 + days, 1], 0)
    return due[np.lexsort((due, -worth, -order))[:calls]]


def _rank(*keys: npt.NDArray[Any]) -> Whole:
    """From 1, the last key weighing most, as `lexsort` takes them."""
    rank = np.empty(len(keys[0]), np.int64)
    rank[np.lexsort(keys)] = np.arange(1, len(rank) + 1)
    return rank


def _owed_places(days: Whole, calls: int) -> float:
    waits, creators = np.unique(-days, return_counts=True)  # the longest wait first
    days_left = np.maximum(1, LONGEST_WAIT + waits + 1)
    counted = days_left <= max(LONGEST_WAIT / 2, len(days) / max(1, calls))
    return float(np.max(np.ceil(np.cumsum(creators) / days_left)[counted], initial=0))


def simulate(world: World, budget: float, pick: Callable[[State, Whole, int, int], Whole]) -> Looks:
    """Which creator is looked at on which day."""
    creators, days = world.followers.shape
    looks = np.zeros((creators, days), bool)
    state = State.of(creators)
    for day in range(days):
        due = np.flatnonzero(world.arrival < day)
        chosen = pick(state, due, day, int(budget * len(due)))
        state.learn(chosen, day, world.followers[chosen, day])
        found = np.flatnonzero(world.arrival == day)
        state.arrive(found, day, world.followers[found, day])
        looks[chosen, day] = looks[found, day] = True
    return looks


def breakouts(world: World) -> Looks:
    """On which day each breakout of a creator begins; the last days, which leave no time to notice it, are left out."""
    creators, days = world.followers.shape
    logs = np.log(np.maximum(world.followers, 1))
    top = np.zeros((creators, days), bool)
    for day in range(WINDOW, days):
        known = np.flatnonzero(world.arrival <= day - WINDOW)
        growth = logs[known, day] - logs[known, day - WINDOW]
        size = max(1, int(len(known) * TOP_SHARE))
        top[known[np.argpartition(-growth, size)[:size]], day] = True
    began = top.copy()
    for back in range(1, WINDOW + 1):
        began[:, back:] &= ~top[:, :-back]
    began[:, :FIRST_JUDGED] = False
    began[:, days - IN_TIME :] = False
    return began


def judge(world: World, looks: Looks, began: Looks) -> Score:
    """The error of what the tables would tell, and the share of breakouts noticed in time."""
    creators, days = looks.shape
    day = np.arange(days)
    squares = total = 0.0
    count = longest = 0
    for start in range(0, creators, 10_000):  # in blocks that fit the processor's cache
        block = slice(start, start + 10_000)
        seen, truth = looks[block], world.followers[block].astype(float)
        present = day >= world.arrival[block, None]
        before = np.maximum.accumulate(np.where(seen, day, 0), axis=1)
        after = np.minimum.accumulate(np.where(seen, day, days)[:, ::-1], axis=1)[:, ::-1]
        earlier = np.take_along_axis(truth, before, axis=1)
        later = np.where(after < days, np.take_along_axis(truth, np.minimum(after, days - 1), axis=1), earlier)
        told = earlier + (later - earlier) * (day - before) / np.maximum(after - before, 1)
        error = (np.abs(told - truth) / np.maximum(truth, 1))[present] * 100
        total, squares, count = total + error.sum(), squares + (error**2).sum(), count + len(error)
        longest = max(longest, int(np.where(present & (before > 0), day - before, 0).max()))
    noticed = looks.copy()
    for late in range(1, IN_TIME + 1):
        noticed[:, :-late] |= looks[:, late:]
    in_time = float((noticed & began).sum() / max(1, began.sum()))
    return Score(total / count, float(np.sqrt(squares / count)), in_time, longest + 1)


def measure_seed(name: str, creators: int, days: int, seed: int) -> list[tuple[float, int, Score, Score]]:
    """One world at all budgets: budget, breakouts, the rule's score and that of looking in turn."""
    world = WORLDS[name](creators, days, seed)
    began = breakouts(world)
    return [
        (
            budget,
            int(began.sum()),
            judge(world, simulate(world, budget, pick_by_rule), began),
            judge(world, simulate(world, budget, pick_in_turn), began),
        )
        for budget in BUDGETS
    ]


def measure(creators: int = 100_000, days: int = 60, seeds: int = 3, processes: int = 2) -> list[Result]:
    """All worlds, budgets and seeds."""
    results = {(name, budget): Result(name, budget) for name in WORLDS for budget in BUDGETS}
    with ProcessPoolExecutor(processes) as pool:
        waiting = [
            (name, pool.submit(measure_seed, name, creators, days, seed))
            for seed in range(1, seeds + 1)
            for name in WORLDS
        ]
        for name, future in waiting:
            for budget, count, rule, in_turn in future.result():
                result = results[name, budget]
                result.breakouts.append(count)
                result.rule.append(rule)
                result.in_turn.append(in_turn)
    return list(results.values())


# -- the same with the SQL itself --------------------------------------------------------------------------------------


def compare_with_sql(connection: psycopg.Connection[Any], world: World, budget: float) -> dict[str, Any]:
    """Play `world` on a migrated, empty database: each day's picks of the SQL beside those of NumPy on the same state."""
    first_day = date(2026, 9, 1)
    creators, days = world.followers.shape
    database.rows(connection, "housekeeping/make_partitions", {"day": first_day, "months": days // 28 + 1})
    state = State.of(creators)
    picked = same = 0
    seconds = 0.0
    for step in range(days):
        day = first_day + timedelta(days=step)
        due = np.flatnonzero(world.arrival < step)
        calls = int(budget * len(due))
        expected = set(pick_by_rule(state, due, step, calls))
        began = time.perf_counter()
        chosen = np.array(sorted(_plan(connection, day, calls)), np.int64)
        seconds += time.perf_counter() - began
        picked, same = picked + len(chosen), same + len(expected & set(chosen))
        state.learn(chosen, step, world.followers[chosen, step])
        _store(connection, day, chosen, world.followers[chosen, step])
        found = np.flatnonzero(world.arrival == step)
        state.arrive(found, step, world.followers[found, step])
        _enter(connection, day, found, world.followers[found, step])
    return {"creators": creators, "days": days, "budget": budget, "picks": picked, "same": same, "seconds": seconds}


def _user_id(creator: int) -> str:
    return f"{creator:019d}"


def _plan(connection: psycopg.Connection[Any], day: date, calls: int) -> list[int]:
    parameters = {
        "run_id": "r",
        "day": day,
        "is_replay": False,
        "most": calls,
        "longest_wait": LONGEST_WAIT,
        "min_followers": BAND[0],
        "max_followers": BAND[1],
        "batch_size": 17_000,
        "least_batches": 2,
        "least_size": 250,
        "most_batches": 1_000,
    }
    with database.transaction(connection):
        database.rows(connection, "comets/plan_batches", parameters)
        planned = connection.execute("select unnest(user_ids) from roll_call_batches where day = %s", [day]).fetchall()
    return [int(user_id) for (user_id,) in planned]


def _store(connection: psycopg.Connection[Any], day: date, creators: Whole, counts: Whole) -> None:
    """As the roll call writes a chunk."""
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    user_ids = [_user_id(creator) for creator in creators]
    with database.transaction(connection):
        taken = [
            snapshots.Snapshot(user_id, int(count), 0, 0, at, None)
            for user_id, count in zip(user_ids, counts, strict=True)
        ]
        snapshots.store(connection, day, "roll_call", taken)
        texts = ("sec_user_ids", "nicknames", "avatar_urls", "signatures")
        database.rows(
            connection,
            "comets/refresh_creators",
            {
                "day": day,
                "user_ids": user_ids,
                "handles": user_ids,
                "statuses": ["active"] * len(user_ids),
                "seen_at": [at] * len(user_ids),
                **{name: [None] * len(user_ids) for name in texts},
            },
        )


def _enter(connection: psycopg.Connection[Any], day: date, creators: Whole, counts: Whole) -> None:
    """As discovery leaves new creators at the end of its day."""
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    with database.transaction(connection):
        connection.cursor().executemany(
            "insert into creators (user_id, handle, first_seen_on, last_updated_at) values (%s, %s, %s, %s)",
            [(_user_id(creator), _user_id(creator), day, at) for creator in creators],
        )
        found = [
            snapshots.Snapshot(_user_id(creator), int(count), 0, 0, at, "tests")
            for creator, count in zip(creators, counts, strict=True)
        ]
        snapshots.store(connection, day, "discovery", found)
        database.rows(connection, "comets/learn_from_day", {"day": day})


@contextmanager
def fresh_database() -> Iterator[psycopg.Connection[Any]]:
    """A connection to a migrated database on an embedded server of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cadence", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        server = postgres.start(data)
        try:
            with psycopg.connect(server.url_for("cometwatch")) as connection:
                migrate(connection)
            with psycopg.connect(server.url_for("cometwatch"), autocommit=True) as connection:
                yield connection
        finally:
            postgres.stop(data)


# -- telling -----------------------------------------------------------------------------------------------------------


def as_table(results: list[Result], checked: dict[str, Any] | None) -> str:
    """Means over the seeds; a ratio with its least and most."""
    lines = [
        "world    budget | mean error % (rms)        in turn   × in turn          |"
        " breakouts in time  in turn  × in turn         | longest wait"
    ]
    for each in results:
        error, in_time = each.ratios("mean_error"), each.ratios("breakouts_in_time")
        lines.append(
            f"{each.world:8} {each.budget:5.0%}  | {_mean(each.rule, 'mean_error'):6.3f} "
            f"({_mean(each.rule, 'root_mean_square_error'):6.3f})     {_mean(each.in_turn, 'mean_error'):6.3f} "
            f"({_mean(each.in_turn, 'root_mean_square_error'):6.3f})  {_spread(error)} | "
            f"{_mean(each.rule, 'breakouts_in_time'):6.1%}  {_mean(each.in_turn, 'breakouts_in_time'):6.1%}  "
            f"{_spread(in_time)} of {sum(each.breakouts):,} | {max(score.longest_wait for score in each.rule)} days"
        )
    if checked:
        lines.append(
            f"SQL on PostgreSQL, {checked['creators']:,} creators × {checked['days']} days at {checked['budget']:.0%}: "
            f"{checked['same']:,} of {checked['picks']:,} picks as in NumPy"
        )
    return "\n".join(lines)


def _mean(scores: list[Score], name: str) -> float:
    return float(np.mean([getattr(score, name) for score in scores]))


def _spread(ratios: Floats) -> str:
    return f"{ratios.mean():.2f} ({ratios.min():.2f} to {ratios.max():.2f})"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Whom to look at when calls are few: the rule against taking turns.")
    parser.add_argument("--creators", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sql-creators", type=int, default=5_000, help="0 leaves the database out")
    given = parser.parse_args(arguments)
    results = measure(given.creators, given.days, given.seeds)
    checked = None
    if given.sql_creators:
        with fresh_database() as connection:
            checked = compare_with_sql(connection, WORLDS["rough"](given.sql_creators, given.days, 1), 0.2)
    if os.environ.get("FORMAT") == "json":
        told = json.dumps({"cadence": [asdict(result) for result in results], "sql": checked}, indent=1)
    else:
        told = as_table(results, checked)
    sys.stdout.write(told + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
