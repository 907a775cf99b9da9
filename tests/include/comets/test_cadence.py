"""Whom the roll call looks at when calls are fewer than creators: the planning statement on rosters made for one question."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import psycopg
import pytest

from benchmarks import cadence
from benchmarks.cadence_worlds import rough
from include import database

TODAY = date(2026, 11, 2)


def creator(connection: psycopg.Connection, user_id: str, **columns) -> None:
    """A creator measured three days ago, growing by nothing, give or take 0.1 percent a day."""
    given = {
        "user_id": user_id,
        "first_seen_on": TODAY - timedelta(days=40),
        "last_measured_on": TODAY - timedelta(days=3),
        "last_follower_count": 30_000,
        "growth_rate": 0.0,
        "growth_deviation": 0.001,
        **columns,
    }
    names = ", ".join(given)
    connection.execute(
        f"insert into creators ({names}) values ({', '.join(['%s'] * len(given))})",  # noqa: S608 - names of this file
        list(given.values()),
    )


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def plan(connection: psycopg.Connection, most: int | None, longest_wait: int = 28, day: date = TODAY) -> list[str]:
    """The planned creators in order; the plan is taken back."""
    parameters = {
        "run_id": "r",
        "day": day,
        "is_replay": False,
        "most": most,
        "longest_wait": longest_wait,
        "min_followers": 10_000,
        "max_followers": 100_000,
        "batch_size": 17_000,
        "least_batches": 1,
        "least_size": 250,
        "most_batches": 1_000,
    }
    with connection.transaction(force_rollback=True):
        database.rows(connection, "comets/plan_batches", parameters)
        rows = database.rows(connection, "comets/preview_plan", {"day": day})
    return [row["user_id"] for row in rows]


def test_new_arrivals_come_first(connection):
    """Who has been measured once at most is ahead of the fastest grower."""
    creator(connection, "fast", growth_rate=0.3)
    creator(connection, "found yesterday", last_measured_on=ago(1), growth_rate=None, growth_deviation=None)
    creator(connection, "never", last_measured_on=None, growth_rate=None, growth_deviation=None)
    assert set(plan(connection, most=2)) == {"never", "found yesterday"}


def test_a_suspect_fall_has_its_second_look_first(connection):
    """Measured five days ago and suspect yesterday: ahead of the fastest grower; measured since: no longer."""
    creator(connection, "fast", growth_rate=0.3)
    creator(connection, "suspect", last_measured_on=ago(5))
    creator(connection, "settled", last_measured_on=ago(1))
    connection.execute(
        "insert into roll_call_misses (user_id, day, outcome, reason) values ('suspect', %s, 'suspect', 'fell'),"
        " ('settled', %s, 'suspect', 'fell')",
        [ago(1), ago(2)],
    )
    assert plan(connection, most=3) == ["suspect", "fast", "settled"]


def test_faster_less_certain_and_longer_unseen_come_earlier(connection):
    """Each of the three alone puts a creator ahead of the plain one, whatever its id."""
    creator(connection, "a plain")
    creator(connection, "b fast", growth_rate=0.05)
    creator(connection, "c shrinking", growth_rate=-0.04)
    creator(connection, "d uncertain", growth_deviation=0.03)
    creator(connection, "e unseen", last_measured_on=ago(6))
    assert plan(connection, most=5) == ["b fast", "c shrinking", "d uncertain", "e unseen", "a plain"]


@pytest.mark.parametrize("followers", [10_050, 9_950, 99_500, 100_400])
def test_near_an_edge_of_the_band_comes_earlier(connection, followers):
    """Who may have crossed an edge since the last look counts twice: ahead of who is a little more uncertain."""
    creator(connection, "a inside", growth_deviation=0.0015)
    creator(connection, "b edge", growth_deviation=0.0040, last_follower_count=followers)
    creator(connection, "c inside", growth_deviation=0.0060)
    assert plan(connection, most=3) == ["b edge", "c inside", "a inside"]


def test_nobody_waits_longer_than_the_setting(connection):
    """Overdue creators are ahead of the fastest grower, the longest waiting first; one new arrival is ahead of them all."""
    creator(connection, "new", last_measured_on=None, first_seen_on=TODAY, growth_deviation=None)
    creator(connection, "fast", growth_rate=0.5)
    for days in (6, 7, 9):
        creator(connection, f"quiet {days}", last_measured_on=ago(days), growth_deviation=0.0)
    assert plan(connection, most=4, longest_wait=7) == ["new", "quiet 9", "quiet 7", "fast"]


@pytest.mark.parametrize(
    ("new", "overdue", "expected"),
    [
        (20, 20, ["new"] * 5 + ["overdue"] * 5),
        (3, 20, ["new"] * 3 + ["overdue"] * 7),
        (20, 2, ["new"] * 5 + ["overdue"] * 2 + ["new"] * 3),
        (20, 0, ["new"] * 10),
        (0, 20, ["overdue"] * 10),
    ],
)
def test_neither_new_arrivals_nor_the_overdue_starve(connection, new, overdue, expected):
    """Of 10 calls each has half, and what the other leaves of its own; whoever is worth more has none."""
    for number in range(20):
        creator(connection, f"fast {number:02}", growth_rate=0.5)
    for number in range(new):
        creator(connection, f"new {number:02}", last_measured_on=ago(1), growth_rate=None, growth_deviation=None)
    for number in range(overdue):
        creator(connection, f"overdue {number:02}", last_measured_on=ago(40), growth_deviation=0.0)
    assert [user_id.split()[0] for user_id in plan(connection, most=10)] == expected


def test_who_has_an_answer_takes_no_new_arrivals_place(connection):
    """Answered today already, so free: planned on top of the 2 calls, of which the other new one has its half."""
    for user_id in ("answered", "new"):
        creator(connection, user_id, growth_rate=None, growth_deviation=None)
    for user_id in ("overdue 1", "overdue 2"):
        creator(connection, user_id, last_measured_on=ago(40))
    connection.execute(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, run_id, task_id, owner)"
        " values ('comets', %s, 'user_profile', 'answered', 'answered', 'r', 't', 'o')",
        [TODAY],
    )
    assert sorted(plan(connection, most=2)) == ["answered", "new", "overdue 1"]


def test_a_plan_follows_from_the_rows_alone(connection):
    """The same rows in another order of the table are planned the same, ties included."""
    user_ids = [f"{number:02}" for number in range(60)]
    for user_id in user_ids:
        creator(connection, user_id, last_measured_on=ago(int(user_id) % 3 + 1), growth_rate=int(user_id) % 5 / 100)
    planned = plan(connection, most=25)
    connection.execute("update creators set handle = 'moved' where user_id in ('03', '07', '55')")
    connection.execute("create table turned as select * from creators order by user_id desc")
    connection.execute("delete from creators")
    connection.execute("insert into creators select * from turned")
    assert plan(connection, most=25) == planned


@pytest.mark.parametrize(
    ("rate", "deviation", "followers", "days", "expected"),
    [
        (0.0, 0.001, 30_000, 4, "0.02880"),  # (0.001 × 2 + 0.0001 × 16) × 8
        (-0.02, 0.001, 30_000, 4, "0.66880"),  # as much for who shrinks: (0.02 × 4 + 0.0036) × 8
        (0.01, 0.0, 99_500, 1, "0.02020"),  # 0.5 percent from the edge, 1.01 percent from the last count: twice
        (None, None, None, 4, "0.09280"),  # nothing known: (0.005 × 2 + 0.0016) × 8
        (0.3, 0.3, 30_000, 0, "0.00000"),  # looked at today
    ],
)
def test_expected_news(connection, rate, deviation, followers, days, expected):
    """How far the count may have moved, by the days to the power of 1.5, double at an edge of the band."""
    row = connection.execute(
        "select round(news.worth::numeric, 5)::text from expected_news(%s::float8, %s::float8, %s::bigint, %s, 10000, 100000)"
        " as news",
        [rate, deviation, followers, days],
    ).fetchone()
    assert row == (expected,)


def test_the_planner_takes_the_functions_to_pieces(connection):
    """No function of the plan is called once per creator: its formulas stand in the plan, with the knobs as constants."""
    lines = connection.execute(
        "explain (verbose) select * from creators_due('2026-11-02', false, 10000, 100000) as due"
    ).fetchall()
    plan_text = "\n".join(line for (line,) in lines)
    assert [name for name in ("creators_due", "expected_news", "planning_knobs") if f"{name}(" in plan_text] == []
    assert "1.5" in plan_text


def test_a_crowd_that_would_be_late_together_is_begun_early(connection):
    """20 quiet creators with 4 days left and 5 calls a day: 5 of them today, although others are worth more."""
    for number in range(20):
        creator(connection, f"quiet {number:02}", last_measured_on=ago(7), growth_deviation=0.0)
        creator(connection, f"fast {number:02}", last_measured_on=ago(1), growth_rate=0.5)
    assert [user_id.split()[0] for user_id in plan(connection, most=5, longest_wait=10)] == ["quiet"] * 5


def test_the_budget_is_kept_and_a_full_one_reaches_everybody(connection):
    """At most so many; with a call for each, or no budget at all, everybody, in the same order each time."""
    for number in range(50):
        creator(connection, f"{number:02}", growth_rate=number % 7 / 100, last_measured_on=ago(1 + number % 5))
    everybody = plan(connection, most=50)
    assert sorted(everybody) == [f"{number:02}" for number in range(50)]
    assert sorted(plan(connection, most=None)) == sorted(everybody)
    assert [len(plan(connection, most=calls)) for calls in (0, 1, 49)] == [0, 1, 49]
    assert plan(connection, most=50) == everybody


def test_who_is_called_less_often_is_left_out(connection):
    """`next_due_on` after today: not planned, however long unseen."""
    creator(connection, "failing", last_measured_on=ago(30), next_due_on=TODAY + timedelta(days=1))
    creator(connection, "due", next_due_on=TODAY)
    assert plan(connection, most=2) == ["due"]


def test_a_budget_that_is_too_small_is_planned_as_the_benchmark_says(connection):
    """200 creators, 2 to 3 calls a day, 38 days: when the promise cannot be kept, the SQL picks whom NumPy picks too."""
    checked = cadence.compare_with_sql(connection, rough(200, 38, 3), 0.02)
    assert checked["picks"] == checked["same"] > 40


def test_a_played_world_is_planned_as_the_benchmark_says(connection):
    """300 creators over 25 days at 20 %: the SQL picks whom NumPy picks, and the lively more often than the calm."""
    world = rough(300, 25, 3)
    checked = cadence.compare_with_sql(connection, world, 0.2)
    assert checked["picks"] == checked["same"] > 1_000
    rows = connection.execute(
        "select user_id, recorded_date from creator_stats where not is_estimated and origin = 'roll_call'"
        " and recorded_date > '2026-09-10'"
    ).fetchall()
    looks = Counter(int(user_id) for user_id, _ in rows)
    known = connection.execute(
        "select user_id from creators where growth_deviation is not null order by growth_deviation"
    ).fetchall()
    order = [int(user_id) for (user_id,) in known]
    calm, lively = order[: len(order) // 4], order[-len(order) // 4 :]
    assert sum(looks[each] for each in lively) > 1.3 * sum(looks[each] for each in calm)


def test_what_was_learned_moves_only_forward_in_time(connection):
    """A late day and a day told twice change nothing; the next day does."""
    day = date(2026, 10, 10)
    database.rows(connection, "housekeeping/make_partitions", {"day": day, "months": 1})
    creator(connection, "1", last_measured_on=None, last_follower_count=None, growth_rate=None, growth_deviation=None)

    def observe(recorded: date, followers: int) -> int:
        connection.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at,"
            " origin) values ('1', %s, %s, 1, 1, %s, 'roll_call')",
            [recorded, followers, recorded],
        )
        return len(database.rows(connection, "comets/learn_from_day", {"day": recorded}))

    assert observe(day, 10_000) == 1
    assert database.rows(connection, "comets/learn_from_day", {"day": day}) == []
    assert observe(day + timedelta(days=2), 10_404) == 1
    assert observe(day + timedelta(days=1), 90_000) == 0
    (row,) = connection.execute(
        "select last_measured_on, last_follower_count, round(growth_rate::numeric, 5),"
        " round(growth_deviation::numeric, 5) from creators"
    ).fetchall()
    # 2 days of 1.98 % (in the logarithm): 96 % of that, and 30 % of the way from 0.5 % to a surprise of 2.80 %.
    assert [str(value) for value in row] == ["2026-10-12", "10404", "0.01901", "0.01190"]
