"""A roster larger than a day's calls: the plan holds as many as the pace lets through, and the others are no failure."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from include import database
from include.calls import limiter
from include.comets import checks, report, roster
from include.comets import run as runs
from include.comets.run import Run
from include.local.played_days import DEFAULTS
from include.runs import live_until

ROSTER = 400
RATE = 0.001  # calls a second: 82 a day at the pace that is kept, and 20 to 103 from now until the day is over
PACE_SECONDS = 1 / (RATE * limiter.MARGIN)


def opened(connection: psycopg.Connection, rate: float = RATE, creators: int = ROSTER, **params) -> Run:
    """A live run of today, by the server's own clock, and a roster found yesterday that nobody has measured since."""
    now = datetime.now(UTC)
    run = runs.plan("manual__1", now.date(), now, {**DEFAULTS, **params}, ())
    runs.open_day(connection, run, rate)
    connection.execute(
        "insert into creators (user_id, handle, first_seen_on)"
        " select to_char(number, 'FM0000'), 'h' || number, %s from generate_series(1, %s) as number",
        [run.day - timedelta(days=1), creators],
    )
    return run


def turns_left(run: Run) -> int:
    """What the plan has to hold, by this test's own sum."""
    return int((live_until(run.day) - datetime.now(UTC)).total_seconds() / PACE_SECONDS)


def planned(connection: psycopg.Connection, run: Run) -> list[str]:
    roster.plan_roll_call(connection, run)
    rows = connection.execute("select unnest(user_ids) from roll_call_batches where day = %s", [run.day]).fetchall()
    return [user_id for (user_id,) in rows]


def measure(connection: psycopg.Connection, run: Run, user_ids: list[str]) -> None:
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin)"
        " select user_id, %s, 20000, 1, 1, now(), 'roll_call' from unnest(%s::text []) as user_id",
        [run.day, user_ids],
    )


def lines(connection: psycopg.Connection, run: Run) -> list[str]:
    told = report.write_report(run, report.read_counts(connection, run)).splitlines()
    return [line.strip() for line in told if "Not measured" in line]


def test_no_more_are_planned_than_can_be_called(connection, caplog):
    """400 creators at 82 calls a day: the plan holds as many as have a turn before the day is over, and the log says so."""
    run = opened(connection)
    with caplog.at_level(logging.INFO, "include.comets.roster"):
        found = planned(connection, run)
    assert abs(len(found) - turns_left(run)) <= 1
    assert (
        f"The roster of 400 creators is larger than the 82 calls that a day's rate limit allows: {len(found)} more"
        in (caplog.text)
    )


def test_who_is_left_out_is_not_due(connection):
    """All that were planned are measured: the day is whole, and the report says why the others were not asked."""
    run = opened(connection)
    measure(connection, run, found := planned(connection, run))
    assert checks.check_day(connection, run, 0.9)["coverage"] == 1
    assert lines(connection, run) == [f"💸 Not measured: rate limit: {ROSTER - len(found)}"]


def test_who_was_planned_and_not_reached_is_due(connection):
    """Half of the plan measured is half a day, whatever the rate limit leaves out: the check fails and counts that half."""
    run = opened(connection)
    found = planned(connection, run)
    measure(connection, run, found[: len(found) // 2])
    missing = len(found) - len(found) // 2
    with pytest.raises(checks.CheckFailed, match=rf"coverage .* 0 failed, {missing} not reached"):
        checks.check_day(connection, run, 0.9)
    assert lines(connection, run) == [
        f"💸 Not measured: rate limit: {ROSTER - len(found)}",
        f"💸 Not measured: roll call not finished: {missing}",
    ]


def test_a_roster_that_fits_into_a_day_is_planned_whole(connection):
    """80 creators at 82 calls a day: however late it is, nobody is left out for the pace, and who is not reached is due."""
    run = opened(connection, creators=80)
    assert len(planned(connection, run)) == 80
    with pytest.raises(checks.CheckFailed, match="80 not reached"):
        checks.check_day(connection, run, 0.9)


def test_a_budget_that_is_given_is_the_only_one(connection):
    """With max_calls the plan is as large as that, and the reason told is the budget."""
    run = opened(connection, max_calls=300)
    assert len(planned(connection, run)) == 300
    assert lines(connection, run) == ["💸 Not measured: budget: 400"]


def test_a_plan_at_work_has_its_turns(connection):
    """A second run of the day joins a plan that is being called: together they hold no more than can be called."""
    run = opened(connection)
    first = planned(connection, run)
    parameters = {"day": run.day, "batch": 0, "owner": "a worker", "seconds": 60}
    database.rows(connection, "comets/lease_batch", parameters)
    assert set(first) == set(planned(connection, run))


def test_calls_promised_and_a_pause_shorten_the_day(connection):
    """A pause until an hour from now takes an hour's calls away."""
    run = opened(connection)
    connection.execute("update rate_limits set paused_until = clock_timestamp() + interval '1 hour'")
    assert abs(len(planned(connection, run)) - (turns_left(run) - int(3600 / PACE_SECONDS))) <= 1


def test_creators_that_take_two_calls_each_are_planned_for_two(connection):
    """Yesterday every look-up took a failed call and an answered one: half as many creators can be called today."""
    run = opened(connection)
    connection.execute(
        "insert into api_calls (pipeline, day, endpoint, subject, holds_identity, outcome, owner, run_id, task_id)"
        " select 'comets', %s, 'user_profile', number::text, is_answer, 'answered', 'o', 'r', 'roll_call'"
        " from generate_series(1, 20) as number cross join (values (true), (false)) as each (is_answer)",
        [run.day - timedelta(days=1)],
    )
    assert abs(len(planned(connection, run)) - turns_left(run) // 2) <= 1


def test_a_day_that_is_over_is_not_capped(connection):
    """Yesterday's live run, planned anew after its day: what has answers is replayed, and the check still sees the rest."""
    run = opened(connection)
    parameters = {
        "name": limiter.LIMIT,
        "day": run.day,
        "live_until": datetime.now(UTC) - timedelta(seconds=1),
    }
    pace = database.one(connection, "comets/read_turns_left", parameters)
    assert pace == {"roster": ROSTER, "calls_a_day": 82, "turns_left": None}


def test_a_budget_that_cannot_keep_the_promise_is_told(connection, caplog):
    """400 creators at 10 calls a day are a round of 40 days: the log says so and what helps, the report has a line."""
    run = opened(connection, rate=1.0, max_calls=10)
    with caplog.at_level(logging.WARNING, "include.comets.roster"):
        assert len(planned(connection, run)) == 10
    assert [record.getMessage() for record in caplog.records] == [
        "A round over 400 creators takes 40 days at 10 calls a day: some will wait longer than the 28 days of LONGEST_WAIT_DAYS."
        " Raise max_calls (15 calls a day are enough)."
    ]
    assert "⏳ Some wait longer than 28 days: a round over 400 creators takes 40 days at 10 calls a day" in (
        [line.strip() for line in report.write_report(run, report.read_counts(connection, run)).splitlines()]
    )


def test_longer_waits_help_where_they_can_be_set(connection, caplog):
    """At 14 calls a day a round takes 29 days, which LONGEST_WAIT_DAYS can be raised to."""
    run = opened(connection, rate=1.0, max_calls=14)
    with caplog.at_level(logging.WARNING, "include.comets.roster"):
        planned(connection, run)
    assert "Raise max_calls (15 calls a day are enough), or LONGEST_WAIT_DAYS." in caplog.text


def test_a_pace_that_cannot_keep_the_promise_is_told(connection, caplog):
    """At 8 calls a day by the rate limit it is the rate that has to be raised."""
    run = opened(connection, rate=0.0001)
    with caplog.at_level(logging.WARNING, "include.comets.roster"):
        planned(connection, run)
    assert "takes 50 days at 8 calls a day" in caplog.text
    assert "Raise TIKHUB_RATE_PER_SECOND (15 calls a day are enough)." in caplog.text


@pytest.mark.parametrize("max_calls", [None, 0, 15])
def test_a_promise_that_is_kept_is_not_told(connection, caplog, max_calls):
    """Fifteen calls a day go round 400 creators in 27 days; a run without calls promises nothing."""
    run = opened(connection, max_calls=max_calls)
    with caplog.at_level(logging.WARNING, "include.comets.roster"):
        planned(connection, run)
    assert caplog.records == []
    assert report.read_counts(connection, run)["long_round"] is None
