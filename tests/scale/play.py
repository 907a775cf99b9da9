"""Plays the day: both workers at work, one killed, the other goes on alone, and takes over what was left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from benchmarks.figures import Figure
from include.calls.limiter import QUEUE_SECONDS
from include.comets.roll_call import CHUNK
from include.settings import load
from tests.scale.stage import CREATORS, RATE, Say, Scene, StageError, Worker

KILL_AFTER = CREATORS // 4
# Shares of the limit: what is to be reached where nothing else is at work, and what a busy machine must reach at least, which
# has more to do than to wait for its turn. The table is about the first, the exit status about the second.
PACE, BUSY_PACE = 0.95, 0.9
PACES = ("pace_both", "pace_alone", "pace_after")
# Seconds: 60 until Airflow misses the worker, 10 until it looks, 20 to 40 until the next try, a few to begin.
BATCH_FREE_WITHIN = 150.0
DONE_WITHIN = 240.0


@dataclass(frozen=True)
class Played:
    """What happened when, in seconds of this machine's clock."""

    run_id: str
    state: str
    killed: Worker
    survivor: Worker
    dead_batch: int
    both_from: float
    killed_at: float
    taken_at: float
    ended_at: float


def play(scene: Scene, say: Say) -> Played:
    """Run the day and kill a worker. Raises StageError when it comes to no end."""
    run_id = scene.trigger()
    scene.wait(lambda: len(_begun(scene)) == 2, 180, "both batches are at work")
    both_from = max(_begun(scene).values())
    scene.wait(lambda: len(scene.calls()) >= KILL_AFTER, 120, f"{KILL_AFTER} calls")
    at_work = {worker.name: worker.batches(run_id) for worker in scene.workers}
    if sorted(map(len, at_work.values())) != [1, 1]:
        raise StageError(f"each worker should have a batch: {at_work}")
    killed, survivor = scene.workers
    (dead_batch,) = at_work[killed.name]
    killed.kill()
    killed_at = killed.killed_at or time.time()
    say(f"{killed.name} killed after {len(scene.calls()):,} calls, with batch {dead_batch}")
    fence = _fence(scene, dead_batch)
    scene.wait(lambda: _fence(scene, dead_batch) > fence, 600, "the dead worker's batch is taken over")
    taken_at = time.time()
    say(f"taken over after {taken_at - killed_at:.0f} s")
    scene.wait(lambda: scene.state(run_id) in {"success", "failed"}, 300, "the run ends")
    return Played(
        run_id, scene.state(run_id), killed, survivor, dead_batch, both_from, killed_at, taken_at, time.time()
    )


def judge(scene: Scene, played: Played) -> list[Figure]:
    """Every bound, from the sandbox's own log and the database."""
    log = scene.calls()
    times = [datetime.fromisoformat(entry["at"]).timestamp() for entry in log]
    outcomes = _outcomes(scene)
    threads = load({"TIKHUB_RATE_PER_SECOND": str(RATE)}, None).roll_call_threads
    lost = scene.due - {user_id for user_id, _ in outcomes}
    doubled = [key for key, times_ in Counter(user_id for user_id, _ in outcomes).items() if times_ > 1]
    alone = stretch([at for at in times if played.killed_at + QUEUE_SECONDS <= at < played.taken_at], threads)
    after = stretch([at for at in times if at >= played.taken_at], threads)
    both = [at for at in times if played.both_from <= at < played.killed_at]
    return [
        _bound("run", "the run is green at last", float(played.state == "success"), "", 1, 1),
        _bound("lost", f"creators of {len(scene.due):,} with neither snapshot nor reason", len(lost), "", 0, 0),
        _bound("doubled", "creators with both a snapshot and a miss", len(doubled), "", 0, 0),
        _bound("wrong", "snapshots that are not the sandbox's truth", _count_wrong(scene), "", 0, 0),
        Figure("misses", "creators with a reason why not (gone, private, …)", _count_misses(outcomes), "", "", None),
        _bound("repeated", f"paid twice after one kill: a chunk of {CHUNK} unwritten, and {threads} calls under way",
               _count_repeated(log), "", 0, CHUNK + threads),
        Figure("beyond_chunk", f"… of them beyond the chunk of {CHUNK}", max(0, _count_repeated(log) - CHUNK), "",
               f"≤ {threads}, those under way", None),
        _bound("rate", "most calls in any second", most_in_a_second(times), "", 1, RATE),
        _bound("refused", "calls refused as too many (429)", _count(log, 429), "", 0, 0),
        _pace("pace_both", "share of the limit while both workers live", both),
        _pace("pace_alone", "… by the survivor, soon after the kill", alone),
        _pace("pace_after", "… by the survivor, on the dead worker's batch", after),
        _bound("noticed", "until the dead worker's batch is taken over", played.taken_at - played.killed_at, "s", 0,
               BATCH_FREE_WITHIN),
        _bound("done", "from the kill to the end of the run", played.ended_at - played.killed_at, "s", 0, DONE_WITHIN),
    ]  # fmt: skip


def broken(figures: Sequence[Figure]) -> list[str]:
    """Names of the rows whose bound does not hold, even on a busy machine."""
    return [
        figure.name
        for figure in figures
        if figure.reached is False and not (figure.name in PACES and BUSY_PACE * 100 <= (figure.figure or 0) <= 100)
    ]


def stretch(times: Sequence[float], threads: int) -> list[float]:
    """The calls up to the first silence of a second, less the last ones, when fewer are left to make than may be made."""
    until = next((number for number, (a, b) in enumerate(pairwise(times), start=1) if b - a >= 1.0), len(times))
    return list(times[: max(0, until - 2 * threads)])


def pace(times: Sequence[float]) -> float:
    """Calls a second between the first and the last."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def most_in_a_second(times: Sequence[float]) -> int:
    first, most = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _bound(name: str, what: str, figure: float, unit: str, least: float, most: float) -> Figure:
    wanted = f"{most:g}" if least == most else f"≤ {most:g}" if least == 0 else f"{least:g} to {most:g}"
    return Figure(name, what, figure, unit, f"{wanted} {unit}".strip(), least <= figure <= most)


def _pace(name: str, what: str, times: Sequence[float]) -> Figure:
    share = pace(times) / RATE
    note = (
        f"{len(times):,} calls; on a busy machine {BUSY_PACE:.0%} will do" if share < PACE else f"{len(times):,} calls"
    )
    return Figure(name, what, share * 100, "%", f"≥ {PACE:.0%}", PACE <= share <= 1, note=note)


def _begun(scene: Scene) -> dict[int, float]:
    """Batch -> when its first calls were claimed."""
    return {
        batch: at.timestamp()
        for batch, at in scene.rows(
            "select map_index, min(called_at) from api_calls where day = %s and endpoint = 'user_profile'"
            " group by map_index",
            scene.day,
        )
    }


def _fence(scene: Scene, batch: int) -> int:
    return scene.rows("select fence from roll_call_batches where day = %s and batch = %s", scene.day, batch)[0][0]


def _outcomes(scene: Scene) -> list[tuple[str, str]]:
    """(creator, snapshot or the miss's outcome) of the day; a miss without a reason is none."""
    return [
        (user_id, outcome)
        for user_id, outcome in scene.rows(
            "select user_id, 'snapshot' from creator_stats where recorded_date = %s and not is_estimated"
            " union all select user_id, outcome from roll_call_misses where day = %s and reason <> ''",
            scene.day,
            scene.day,
        )
    ]


def _count_wrong(scene: Scene) -> int:
    kept = scene.rows(
        "select user_id, follower_count, heart_count, video_count from creator_stats"
        " where recorded_date = %s and not is_estimated",
        scene.day,
    )
    return sum(
        counts != tuple(scene.truth[user_id][name] for name in ("followers", "hearts", "videos"))
        for user_id, *read in kept
        for counts in [tuple(read)]
    )


def _count_misses(outcomes: Sequence[tuple[str, str]]) -> int:
    return sum(outcome != "snapshot" for _, outcome in outcomes)


def _count_repeated(log: Sequence[dict[str, Any]]) -> int:
    paid = Counter(entry["subject"] for entry in log if entry["billed"])
    return sum(times - 1 for times in paid.values())


def _count(log: Sequence[dict[str, Any]], status: int) -> int:
    return sum(entry["status"] == status for entry in log)
