"""Falls as days play them, against the sandbox: its purges, in order and replayed; marks, plans and rehearsals."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

from include.comets import tasks
from include.local.played_days import Days
from tests.include.comets.rosters import (
    KEPT,
    TODAY,
    YESTERDAY,
    called,
    counts,
    enter,
    field_fault,
    fingerprints,
    misses,
    observe,
    plain,
)
from tests.sql.comets.growth_model import believed, expected_rows

ROWS = (
    "select user_id, recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
    " daily_growth_percent, compared_with, observed_at, is_estimated from creator_stats order by 1, 2"
)
READINGS = (
    "select user_id, day, outcome, reason, follower_count, heart_count, video_count, observed_at"
    " from roll_call_misses order by 1, 2"
)


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def roll_call(days: Days, **params):
    return days.play(skip_discovery=True, **params)


@pytest.mark.thorough
def test_the_worlds_falls_are_what_the_rule_says_in_any_order(today):
    """Twelve days of creators who fall, go on falling, climb back, are emptied, or show 0 for a day: live, and replayed."""
    fallers = [each for each in today.sandbox.truth(TODAY) if each["story"] in ("halved", "zero")]
    ids = set(enter(today, fallers, TODAY))
    played = [TODAY + timedelta(days=number) for number in range(12)]
    truth: dict[str, dict[date, tuple[int, int, int]]] = {user_id: {} for user_id in ids}
    for day in played:
        today.at(day.year, day.month, day.day)
        _, failed, report = roll_call(today)
        assert all("suspect falls" in said for said in failed)  # too many for a roster of nobody else
        outcomes = [int(line.split()[-1]) for line in report.splitlines() if "Updated:" in line or "Suspect" in line]
        assert sum(outcomes) == len(ids)
        for each in today.sandbox.truth(day):
            if each["user_id"] in ids:
                truth[each["user_id"]][day] = (each["followers"], each["hearts"], each["videos"])
    rows, readings = today.rows(ROWS), today.rows(READINGS)
    confirmed = 0
    for user_id, answers in truth.items():
        true = believed(answers)
        confirmed += sum(
            after in true and 2 * true[after][0] < answers[before][0] for before, after in pairwise(played)
        )
        assert [(*row[1:8], row[9]) for row in rows if row[0] == user_id] == expected_rows(true)
        assert [row[1] for row in readings if row[0] == user_id] == sorted(set(answers) - set(true))
    assert confirmed >= 3  # halved or emptied for good
    assert len(readings) >= 3  # 0 for a day

    with today.connect() as connection:
        connection.execute("truncate creator_stats, roll_call_misses, roll_call_batches")
    Random(9).shuffle(played)  # noqa: S311 - an order, no secret
    today.at(2026, 11, 20)
    for day in [*played, *played[:3]]:
        _, failed, _ = roll_call(today, day=day)
        assert failed == []
    assert today.rows(ROWS) == rows
    assert today.rows(READINGS) == readings


def test_a_purge_by_more_than_half_marks_its_day_and_is_believed_on_the_next(today):
    """30 of 40 creators fall to 40 percent: all suspect, the day marked; a day later all are rows, and that day is none."""
    creators = plain(today, 40)
    enter(today, creators, YESTERDAY)
    observe(today, YESTERDAY, {each["user_id"]: each["followers"] for each in creators})
    for each in creators[:30]:
        today.sandbox.inject(field_fault(each["user_id"], "follower_count", value=each["followers"] * 2 // 5))
    _, failed, report = roll_call(today)
    assert failed == [
        "check_day: CheckFailed: coverage 10 of 40 due (25.0%) is below the floor of 90%: 0 failed, 0 not reached, "
        "30 suspect falls, looked at again tomorrow."
    ]
    assert "   🔎 Suspect (looked at again tomorrow): 30" in report.splitlines()
    assert today.rows("select is_purge_day from runs order by started_at") == [(True,)]
    _, failed, report = roll_call(today.at(2026, 11, 3))
    assert failed == []
    assert "   ✅ Updated: 40" in report.splitlines()
    assert today.rows("select is_purge_day from runs order by started_at") == [(True,), (False,)]
    assert len(counts(today, TODAY)) == 40
    assert today.rows("select distinct status, misses_in_row from creators") == [("active", 0)]
    # The first day played again: the same mark, from rows instead of suspects.
    roll_call(today.at(2026, 11, 9), day=TODAY)
    assert today.rows("select is_purge_day from runs order by started_at") == [(True,), (False,), (True,)]


def test_with_few_calls_a_suspect_is_looked_at_first(today):
    """Three creators and one call on the second day: it goes to the one whose fall waits for its second look."""
    creators = plain(today, 3)
    ids = enter(today, creators, YESTERDAY)
    observe(today, YESTERDAY, {each["user_id"]: each["followers"] for each in creators})
    with today.connect() as connection:
        connection.execute(
            "update creators set last_measured_on = %s, last_follower_count = 20000, growth_rate = 0.05,"
            " growth_deviation = 0.05",
            [YESTERDAY],
        )
    today.sandbox.inject(field_fault(ids[1], "follower_count", value=3))
    roll_call(today)
    assert list(misses(today, TODAY)) == [ids[1]]
    today.at(2026, 11, 3).sandbox.clear_log()
    _, failed, _ = roll_call(today, max_calls=1)
    assert failed == []
    assert len(called(today)) == 1
    assert counts(today, date(2026, 11, 3)).keys() == {ids[1]}
    assert counts(today, TODAY).keys() == {*ids}


def rehearse(days: Days) -> list[str]:
    """The report of a dry run's roll call, in lines."""
    run = days.open(skip_discovery=True, dry_run=True)
    batches = tasks.plan_roll_call(days.connect, run)
    measured = [days.measure(run, batch, number) for number, batch in enumerate(batches)]
    return tasks.write_report(days.connect, run, measured=measured).splitlines()


def test_a_dry_run_counts_suspects(today):
    """Rehearsed on the first day the fall is suspect, on the second it is confirmed; nothing is written by either."""
    ids = enter(today, plain(today, 2), YESTERDAY)
    observe(today, YESTERDAY, dict.fromkeys(ids, 10_000))
    today.sandbox.inject(field_fault(ids[0], "follower_count", value=4_000))
    today.sandbox.inject(field_fault(ids[1], "follower_count", value=10_100))
    tables = [table for table in KEPT if table != "api_calls"]
    before = fingerprints(today, tables)
    report = rehearse(today)
    assert "   ✅ Updated: 1" in report
    assert "   🔎 Suspect (looked at again tomorrow): 1" in report
    assert fingerprints(today, tables) == before
    roll_call(today)
    report = rehearse(today.at(2026, 11, 3))
    assert "   ✅ Updated: 2" in report
    assert not any("Suspect" in line for line in report)


def test_a_cleared_roll_call_keeps_what_was_confirmed(today):
    """The second day's task cleared and done again, twice: the same rows, no call, no miss."""
    (user_id,) = enter(today, plain(today, 1), YESTERDAY)
    observe(today, YESTERDAY, {user_id: 10_000})
    for day, followers in ((2, 4_000), (3, 3_000)):
        today.sandbox.clear_faults()
        today.sandbox.inject(field_fault(user_id, "follower_count", value=followers))
        roll_call(today.at(2026, 11, day))
    before = fingerprints(today)
    today.sandbox.clear_log()
    for _ in range(2):
        _, failed, report = roll_call(today)
        assert failed == []
        assert "   ✅ Updated: 1" in report.splitlines()
    assert fingerprints(today) == before
    assert called(today) == []
