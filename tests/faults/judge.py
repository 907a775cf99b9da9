"""Asks all invariants after a fault: of the database in SQL, of the stored answers and the sandbox's own log in Python."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from include.calls.limiter import MARGIN
from include.comets.roll_call import NEVER_AFTER
from include.comets.run import Run
from tests.faults.stage import UNLIMITED, Play

INVARIANTS = Path(__file__).parent / "invariants"


@dataclass
class Judgement:
    """What a fault cost, and what does not hold after it."""

    lost: int
    doubled: int
    repeated: int
    bound: int
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems and not self.lost and not self.doubled and self.repeated <= self.bound


def judge(play: Play) -> Judgement:
    """Everything that must hold once the day is finished. Plays the day once more for the fixpoint."""
    with psycopg.connect(play.url, autocommit=True) as connection:
        found = {path.stem: _ask(connection, path, play) for path in sorted(INVARIANTS.glob("i*.sql"))}
        state = found.pop("i12_state")
        if not play.judges_loss:
            found["i02_nobody_lost"] = []
        lost, doubled = _count_lost(play, connection), _count_doubled(connection)
        wrong_numbers = _compare_answers(connection, play) if play.judges_truth else []
    found["i11_numbers"] = wrong_numbers
    found["i07_windows"] = _windows(play)
    problems = [f"{name}: {len(rows)} ({', '.join(rows[:3])})" for name, rows in found.items() if rows]
    problems += [text for text, holds in play.checks if not holds]
    lost += len(found["i02_nobody_lost"])
    doubled += len(found["i03_one_outcome"])
    judgement = Judgement(lost, doubled, repeated_calls(play), play.bound, problems)
    if play.judges_fixpoint:
        judgement.problems += _fixpoint(play, state)
    return judgement


def repeated_calls(play: Play) -> int:
    """Paid answers beyond the first for the same request, by the sandbox's own log."""
    paid = Counter(
        (entry["day"], entry["endpoint"], entry["subject"]) for entry in play.sandbox.log() if entry["billed"]
    )
    return sum(max(0, times - play.paid_days) for times in paid.values())


def _ask(connection: psycopg.Connection[Any], path: Path, play: Play) -> list[str]:
    rate = play.rate or UNLIMITED
    parameters = {"day": play.day, "emission": 1 / (rate * MARGIN)}
    return [row[0] for row in connection.execute(path.read_bytes(), parameters).fetchall()]


def _count_lost(play: Play, connection: psycopg.Connection[Any]) -> int:
    """Creators that could be measured, for all the fault did, and were not."""
    if not play.judges_truth:
        return 0
    kept = {
        row[0]: row[1:]
        for row in connection.execute(
            "select user_id, follower_count, heart_count, video_count from creator_stats"
            " where recorded_date = %s and not is_estimated",
            [play.day],
        )
    }
    lost = [
        user_id
        for user_id, truth in play.expected.items()
        if user_id not in play.excused and kept.get(user_id) != (truth["followers"], truth["hearts"], truth["videos"])
    ]
    if lost:
        reasons = connection.execute(
            "select user_id, outcome, reason from roll_call_misses where day = %s and user_id = any(%s)",
            [play.day, lost],
        ).fetchall()
        play.notes.append(
            f"{len(lost)} lost or wrong: {lost[:3]} {[kept.get(each) for each in lost[:3]]} {reasons[:3]}"
        )
    return len(lost)


def _count_doubled(connection: psycopg.Connection[Any]) -> int:
    """Rows beyond one for the same creator and day, and for the same video of a day, whatever the constraints say."""
    return connection.execute(
        "select (select count(*) - count(distinct (user_id, recorded_date)) from creator_stats)"
        " + (select count(*) - count(distinct (day, keyword, video_id)) from verdicts)"
        " + (select count(*) - count(distinct (discovered_at, trend_keyword)) from daily_trends)"
    ).fetchall()[0][0]


def _compare_answers(connection: psycopg.Connection[Any], play: Play) -> list[str]:
    """Creators whose numbers are not those in their stored answer."""
    rows = connection.execute(
        "select stats.user_id, stats.follower_count, stats.heart_count, stats.video_count, calls.answer"
        " from creator_stats as stats inner join api_calls as calls"
        " on calls.day = stats.recorded_date and calls.subject = stats.user_id and calls.endpoint = 'user_profile'"
        " and calls.holds_identity and calls.outcome = 'answered'"
        " where stats.recorded_date = %s and not stats.is_estimated and calls.answer is not null",
        [play.day],
    ).fetchall()
    return [user_id for user_id, *counts, answer in rows if counts != _counts_in(answer)]


def _counts_in(answer: bytes) -> list[int]:
    user = json.loads(zlib.decompress(answer))["user"]
    return [int(user[name]) for name in ("follower_count", "total_favorited", "aweme_count")]


def _windows(play: Play) -> list[str]:
    """One-second windows with more requests than the limit, by the sandbox's own log."""
    if play.rate is None:
        return []
    times = sorted(datetime.fromisoformat(entry["at"]).timestamp() for entry in play.sandbox.log())
    start, worst = 0, 0
    for number, at in enumerate(times):
        while at - times[start] >= 1.0:
            start += 1
        worst = max(worst, number - start + 1)
    return [f"{worst} requests in one second at a limit of {play.rate:g}"] if worst > play.rate else []


def _fixpoint(play: Play, before: list[str]) -> list[str]:
    """I12: the same day once more changes no row, and calls only what was no answer."""
    play.sandbox.clear_faults()
    play.sandbox.clear_log()
    last = play.runs[-1]
    run = Run.from_json({**last.as_json(), "run_id": f"{last.run_id}__again"})
    failed = play.rows("select count(*) from roll_call_misses where day = %s and outcome = 'failed'", play.day)[0][0]
    unasked = play.rows(
        "select count(*) from roll_call_batches cross join unnest(user_ids) as planned (user_id)"
        " inner join creators using (user_id) where day = %s and not exists (select from creator_stats as stats"
        "  where stats.user_id = planned.user_id and stats.recorded_date = day and not stats.is_estimated)"
        " and not exists (select from roll_call_misses as misses where misses.user_id = planned.user_id"
        "  and misses.day = roll_call_batches.day)",
        play.day,
    )[0][0]
    poisonous = play.rows(
        "select count(*) from api_calls where day = %s and lost_calls >= %s", play.day, NEVER_AFTER - 1
    )[0][0]
    if failed > poisonous or unasked:
        return []  # the day is not at its end: asking again is what a retry is for
    answer = play.start("whole_day", run, floor=0.0).wait()
    with psycopg.connect(play.url, autocommit=True) as connection:
        after = _ask(connection, INVARIANTS / "i12_state.sql", play)
    problems = []
    if answer.get("result") != []:
        problems.append(f"i12: played again, the day failed: {answer}")
    if after != before:
        changed = sorted(set(after) ^ set(before))
        problems.append(f"i12: played again, {len(changed)} rows differ: {changed[:4]}")
    calls = len(play.sandbox.log())
    if calls:
        problems.append(f"i12: played again, the day called {calls} times")
    return problems
