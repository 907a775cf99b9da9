"""Replays of past days: they call nothing, write what the live run wrote, and mend what a late answer borders."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from include.comets import tasks
from include.local.played_days import Days
from include.runs import RunRefused
from tests.fixtures.days import AfterDays
from tests.include.comets.rosters import called, counts, enter, field_fault, fingerprints, observe, plain

SMALL = {"max_keywords": 2, "pages_per_keyword": 1}
SNAPSHOTS = (
    "select user_id, recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
    " daily_growth_percent, source_trend, compared_with, observed_at, is_estimated from creator_stats order by 1, 2"
)
VERDICTS = (
    "select day, keyword, video_id, user_id, handle, layer, field, matched_text, measured, threshold, detector, score,"
    " cover_field, rules_version from verdicts order by 1, 2, 3"
)


def nov(day: int) -> date:
    return date(2026, 11, day)


def silent(days: Days) -> bool:
    """Whether nothing at all was asked since the log was cleared."""
    return days.sandbox.log() == [] and days.sandbox.image_log() == []


def test_a_replay_calls_nothing_and_writes_what_the_live_run_wrote(days_after: AfterDays):
    """Two live days; the second one's rows are lost; its replay brings them back from the ledger, twice the same."""
    days = days_after(2, **SMALL)
    snapshots, verdicts = days.rows(SNAPSHOTS), days.rows(VERDICTS)
    with days.connect() as connection:
        connection.execute("delete from creator_stats where recorded_date = %s", [nov(3)])
        connection.execute("delete from daily_trends where discovered_at = %s", [nov(3)])
    days.at(2026, 11, 6).sandbox.clear_log()
    run, failed, report = days.play(day=nov(3), **SMALL)
    assert (run.mode, failed) == ("replay", [])
    assert silent(days)
    assert snapshots == days.rows(SNAPSHOTS)
    assert verdicts == days.rows(VERDICTS)
    assert {("replay",)} == set(days.rows("select origin from creator_stats where recorded_date = %s", nov(3)))
    before = fingerprints(days)
    _, failed, again = days.play(day=nov(3), **SMALL)
    assert failed == []
    assert before == fingerprints(days)
    assert report.splitlines()[:-2] == again.splitlines()[:-2]


def test_a_replay_of_a_day_that_is_whole_changes_nothing(days: Days):
    """Nothing missing: not one row of any table differs, and unreadable covers stay so."""
    days.sandbox.inject(
        {"match": {"endpoint": "image", "every": 3}, "times": None, "action": {"kind": "status", "status": 403}}
    )
    days.at(2026, 11, 2).play(**SMALL)
    before = fingerprints(days)
    days.at(2026, 11, 9).sandbox.clear_log()
    _, failed, report = days.play(day=nov(2), **SMALL)
    assert failed == []
    assert silent(days)
    assert before == fingerprints(days)
    assert "💳 API calls: 0 (0 billed, $0.00)" in report


def test_a_replay_finds_keywords_that_were_given_by_hand(days: Days):
    """A live run with its own keywords is replayed by default params: the same searches are read from the ledger."""
    days.at(2026, 11, 2).play(keywords=["ramen"], pages_per_keyword=1)
    with days.connect() as connection:
        connection.execute("delete from verdicts")
    days.at(2026, 11, 9)
    _, failed, _ = days.play(day=nov(2), pages_per_keyword=1)
    assert failed == []
    assert days.rows("select distinct keyword from verdicts") == [("ramen",)]


def test_a_replay_whose_profiles_are_past_retention_says_so(days: Days):
    """An answer that was emptied is no answer: whoever needed it is undetermined for want of one, not for one that is odd."""
    days.at(2026, 11, 2).play(**SMALL)
    needed = days.rows("select count(*) from verdicts where layer = 'accepted'")[0][0]
    with days.connect() as connection:
        connection.execute("update api_calls set answer = null where endpoint = 'user_profile'")
        connection.execute("delete from verdicts")
    days.at(2026, 11, 9).play(day=nov(2), **SMALL)
    missing = days.rows(
        "select distinct field, matched_text from verdicts where layer = 'undetermined' and field = 'profile'"
    )
    assert needed > 0
    assert missing == [("profile", "no stored answer")]


@pytest.mark.parametrize("order", [(3, 4, 5), (5, 3, 4)])
def test_missed_days_are_estimated_in_any_order(days: Days, order):
    """Live on the 2nd and 6th, nothing between: backfills call nothing, and the gaps lie on the line."""
    creators = plain(days, 12, nov(2))
    enter(days, creators, nov(1))
    days.at(2026, 11, 2).play(skip_discovery=True)
    days.at(2026, 11, 6).play(skip_discovery=True)
    with days.connect() as connection:  # as a database that never estimated anything
        connection.execute("delete from creator_stats where is_estimated")
        connection.execute("update creator_stats set compared_with = %s where recorded_date = %s", [nov(2), nov(6)])
    days.sandbox.clear_log()
    for day in order:
        _, failed, _ = days.play(day=nov(day))
        assert failed == []
    assert silent(days)
    first, last = counts(days, nov(2)), counts(days, nov(6))
    for step in (1, 2, 3):
        estimated = dict(
            days.rows("select user_id, follower_count from creator_stats where recorded_date = %s", nov(2 + step))
        )
        exact = {user_id: (first[user_id][0] * (4 - step) + last[user_id][0] * step) / 4 for user_id in first}
        assert estimated.keys() == exact.keys()
        assert all(abs(estimated[user_id] - exact[user_id]) <= 0.5 for user_id in exact)
    grown = dict(days.rows("select user_id, sum(daily_growth_followers) from creator_stats group by 1"))
    assert grown == {user_id: last[user_id][0] - first[user_id][0] for user_id in first}
    before = fingerprints(days)
    days.play(day=nov(order[0]))
    assert before == fingerprints(days)


def test_a_late_answer_repairs_the_days_around_it(days: Days):
    """The answer of the 4th is in the ledger, its row is not: the replay mends both neighbours."""
    (creator,) = plain(days, 1, nov(2))
    (user_id,) = enter(days, [creator], nov(1))
    observe(days, nov(1), {user_id: 10_000})
    observe(days, nov(2), {user_id: 10_300})
    days.sandbox.inject(field_fault(user_id, "follower_count", value=10_650))
    days.at(2026, 11, 4).play(skip_discovery=True)
    with days.connect() as connection:
        connection.execute("delete from creator_stats where recorded_date > %s", [nov(2)])
    days.sandbox.clear_faults()
    days.sandbox.inject(field_fault(user_id, "follower_count", value=10_900))
    days.at(2026, 11, 5).play(skip_discovery=True)
    growth = (
        "select extract(day from recorded_date)::int, follower_count, daily_growth_followers,"
        " daily_growth_percent::text, is_estimated from creator_stats where recorded_date > '2026-11-02' order by 1"
    )
    assert days.rows(growth) == [
        (3, 10_500, 200, "1.94", True),
        (4, 10_700, 200, "1.90", True),
        (5, 10_900, 200, "1.87", False),
    ]
    days.at(2026, 11, 8).play(day=nov(4))
    assert days.rows(growth) == [
        (3, 10_475, 175, "1.70", True),
        (4, 10_650, 175, "1.67", False),
        (5, 10_900, 250, "2.35", False),
    ]


def test_six_hours_after_midnight_yesterday_is_still_live(days: Days):
    """At 05:00 a run of yesterday calls and stores under yesterday; at 06:00 it does not."""
    enter(days, plain(days, 2), nov(1))
    run, failed, _ = days.at(2026, 11, 3, 5).play(day=nov(2), skip_discovery=True)
    assert (run.mode, failed, len(called(days)), len(counts(days, nov(2)))) == ("live", [], 2, 2)
    days.sandbox.clear_log()
    run, _, _ = days.at(2026, 11, 4, 6).play(day=nov(3), skip_discovery=True)
    assert (run.mode, called(days), counts(days, nov(3))) == ("replay", [], {})


def test_a_day_to_come_is_refused_before_anything_is_written(days: Days):
    """A run of tomorrow is refused with what to do, and leaves no line."""
    with pytest.raises(RunRefused, match="2026-11-03 has not begun"):
        days.at(2026, 11, 2).play(day=nov(3))
    assert days.rows("select count(*) from runs") == [(0,)]


def test_a_task_cleared_after_its_day_replays(days: Days):
    """A roll_call cleared a week later, its run still called live, measures nobody with that day's counts of today."""
    enter(days, plain(days, 3), nov(1))
    run = days.at(2026, 11, 2).open(skip_discovery=True)
    batch = tasks.plan_roll_call(days.connect, run)[0]
    days.now = datetime(2026, 11, 9, tzinfo=UTC)
    assert days.measure(run, batch, 0)["updated"] == 0
    assert silent(days)
    assert counts(days, nov(2)) == {}


def test_coverage_is_no_matter_of_a_replay(days: Days):
    """A past day without any answer passes its checks, however many creators are without a row."""
    enter(days, plain(days, 30), nov(1))
    run, failed, report = days.at(2026, 11, 9).play(day=nov(2))
    assert (run.mode, failed) == ("replay", [])
    assert "📋 Found 30 creators in roster" in report.splitlines()
