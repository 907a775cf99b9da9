"""The rule of falls: suspect on the first day, believed with the second low look, in whatever order the days arrive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from include import database
from include.comets import snapshots
from tests.examples import examples
from tests.sql.comets.growth_model import Counts, believed, expected_rows

FIRST = date(2026, 11, 1)
NINE_ANSWERS = (16_437, 15_102, 13_988, 12_760, 11_677, 13_301, 15_866, 18_540, 21_894)


def nov(day: int) -> date:
    return FIRST + timedelta(days=day - 1)


def at(day: date, hour: int = 2) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def arrive(
    connection: psycopg.Connection, day: date, counts: Counts, origin: str = "roll_call", hour: int = 2
) -> database.Row:
    snapshot = snapshots.Snapshot("1", *counts, at(day, hour), "a word" if origin == "discovery" else None)
    with database.transaction(connection):
        return snapshots.store(connection, day, origin, [snapshot])[0]


def followers(connection: psycopg.Connection, *answers: int | None, origin: str = "roll_call") -> list[str]:
    """Answers of one day after the other, from 1 November on (None: no answer); returns what became of each."""
    return [
        arrive(connection, nov(day), (count, count * 10, day), origin)["outcome"]
        for day, count in enumerate(answers, 1)
        if count is not None
    ]


def table(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
        " daily_growth_percent, compared_with, is_estimated from creator_stats order by recorded_date"
    ).fetchall()


def growth(connection: psycopg.Connection) -> list[tuple]:
    """Day, followers, growth, percent, day compared with, and whether the row is estimated."""
    return [(r[0].day, r[1], r[4], str(r[5]), r[6] and r[6].day, r[7]) for r in table(connection)]


def misses(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select day, outcome, follower_count, heart_count, video_count from roll_call_misses order by day"
    ).fetchall()


@pytest.fixture
def creator(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("insert into creators (user_id, last_measured_on) values ('1', '2026-10-31')")
    return connection


def test_nine_answers_after_a_fall_are_nine_rows(creator):
    """49,675, nine answers from 16,437 down to 11,677 and up to 21,894, then 25,444: one was suspect, all are observed."""
    outcomes = followers(creator, 49_675, *NINE_ANSWERS, 25_444)
    assert outcomes == ["stored", "suspect", *["stored"] * 9]
    assert [row[1] for row in table(creator)] == [49_675, *NINE_ANSWERS, 25_444]
    assert not any(row[7] for row in table(creator))
    assert misses(creator) == []
    by_day = {row[0]: row for row in growth(creator)}
    assert by_day[2] == (2, 16_437, -33_238, "-66.91", 1, False)
    assert by_day[3] == (3, 15_102, -1_335, "-8.12", 2, False)
    # Seven days: from 13,988 on the 4th to 25,444 on the 11th.
    assert sum(row[2] for row in growth(creator)[4:]) == 25_444 - 13_988 == 11_456


def test_a_first_look_is_kept_and_no_row(creator):
    """Its followers, hearts and videos stand among the misses, with what it fell from."""
    assert followers(creator, 10_000, 4_999) == ["stored", "suspect"]
    assert growth(creator) == [(1, 10_000, 0, "0.00", None, False)]
    assert misses(creator) == [(nov(2), "suspect", 4_999, 49_990, 2)]
    assert creator.execute("select reason, observed_at, origin, source_trend from roll_call_misses").fetchone() == (
        "fell from 10,000 followers on 2026-11-01 to 4,999; looked at again tomorrow", at(nov(2)), "roll_call", None,
    )  # fmt: skip


@pytest.mark.parametrize("second", [4_999, 4_000, 100, 0])
def test_a_second_look_below_half_confirms_whatever_its_distance(creator, second):
    """Both are rows then, the first as what it was found by, with its own moment."""
    arrive(creator, nov(1), (10_000, 5, 5))
    arrive(creator, nov(2), (4_500, 6, 6), "discovery", hour=3)
    assert arrive(creator, nov(3), (second, 7, 7))["outcome"] == "stored"
    kept = "select follower_count, heart_count, video_count, observed_at, origin, source_trend, compared_with, is_estimated"
    assert creator.execute(f"{kept} from creator_stats where recorded_date = '2026-11-02'").fetchone() == (
        4_500, 6, 6, at(nov(2), 3), "discovery", "a word", nov(1), False,
    )  # fmt: skip
    assert [row[1] for row in table(creator)] == [10_000, 4_500, second]
    assert misses(creator) == []


def test_the_line_of_a_confirmed_fall_counts_from_its_first_look(creator):
    """What the log says is what is stored: growth since the first look, which is a row now."""
    arrive(creator, nov(1), (10_000, 5, 5))
    arrive(creator, nov(2), (4_000, 5, 5))
    row = arrive(creator, nov(3), (3_800, 5, 5))
    assert (row["follower_count"], row["daily_growth_followers"], str(row["daily_growth_percent"])) == (
        3_800,
        -200,
        "-5.00",
    )


@pytest.mark.parametrize("back", [5_000, 9_900, 60_000])
def test_a_look_back_above_half_refutes(creator, back):
    """The reading stays a miss with its number; its day is on the line between its neighbours."""
    assert followers(creator, 10_000, 3_000, back) == ["stored", "suspect", "stored"]
    assert misses(creator) == [(nov(2), "suspect", 3_000, 30_000, 2)]
    middle = (10_000 + back) // 2
    assert [(row[0], row[1], row[5]) for row in growth(creator)] == [
        (1, 10_000, False),
        (2, middle, True),
        (3, back, False),
    ]


def test_a_refuted_fall_does_not_confirm_a_later_one(creator):
    """Suspect, back, suspect again: the second fall waits for its own second look."""
    assert followers(creator, 10_000, 3_000, 9_900, 3_100, 3_050)[1:] == ["suspect", "stored", "suspect", "stored"]
    assert [row[0].day for row in misses(creator)] == [2]
    assert [(row[0], row[1]) for row in growth(creator) if not row[5]] == [
        (1, 10_000),
        (3, 9_900),
        (4, 3_100),
        (5, 3_050),
    ]


def test_a_fall_over_gaps_is_confirmed_and_estimated_around(creator):
    """Believed 20 days ago, a first look, four days of nothing, a second look: lines between true numbers alone."""
    arrive(creator, nov(1), (10_000, 0, 0))
    arrive(creator, nov(6), (4_000, 0, 0))
    arrive(creator, nov(8), (3_000, 0, 0))
    assert growth(creator) == [
        (1, 10_000, 0, "0.00", None, False),
        (2, 8_800, -1_200, "-12.00", 1, True),
        (3, 7_600, -1_200, "-13.64", 2, True),
        (4, 6_400, -1_200, "-15.79", 3, True),
        (5, 5_200, -1_200, "-18.75", 4, True),
        (6, 4_000, -1_200, "-23.08", 5, False),
        (7, 3_500, -500, "-12.50", 6, True),
        (8, 3_000, -500, "-14.29", 7, False),
    ]


def test_a_fall_is_known_however_old_the_last_count(creator):
    """Believed half a year ago: less than half of it is suspect all the same."""
    arrive(creator, nov(1) - timedelta(days=190), (10_000, 0, 0))
    assert arrive(creator, nov(1), (4_000, 0, 0))["outcome"] == "suspect"
    assert arrive(creator, nov(2), (3_900, 0, 0))["outcome"] == "stored"
    assert len([row for row in table(creator) if row[7]]) == 30


def test_none_is_believed_twice_and_growth_from_none_is_none(creator):
    """10,000, 0, 0, 8,000: growth from 0 is 0 and 0.00, and a rise from 0 needs no second look."""
    assert followers(creator, 10_000, 0, 0, 8_000) == ["stored", "suspect", "stored", "stored"]
    assert growth(creator) == [
        (1, 10_000, 0, "0.00", None, False),
        (2, 0, -10_000, "-100.00", 1, False),
        (3, 0, 0, "0.00", 2, False),
        (4, 8_000, 0, "0.00", 3, False),
    ]


def test_a_rise_after_a_confirmed_fall_is_believed_at_once(creator):
    """Back above half after the fall was believed: growth like any other, and nothing is taken back."""
    assert followers(creator, 10_000, 4_000, 4_100, 9_000)[2:] == ["stored", "stored"]
    assert growth(creator)[3] == (4, 9_000, 4_900, "119.51", 3, False)
    assert misses(creator) == []


def test_a_confirmed_fall_replayed_changes_nothing(creator):
    """The first look's day played again after its confirmation: it stays the row it became."""
    answers = (10_000, 4_000, 3_500)
    followers(creator, *answers)
    before = creator.execute("select * from creator_stats order by recorded_date").fetchall()
    for day in (2, 3, 1):
        row = arrive(creator, nov(day), (answers[day - 1], answers[day - 1] * 10, day), "replay")
        assert row["outcome"] == "kept"
    assert creator.execute("select * from creator_stats order by recorded_date").fetchall() == before
    assert misses(creator) == []


def test_a_suspect_replayed_changes_nothing(creator):
    """The same answer again on the same day is no second look."""
    followers(creator, 10_000, 4_000)
    before = creator.execute("select * from roll_call_misses").fetchall()
    assert arrive(creator, nov(2), (4_000, 40_000, 2), "replay")["outcome"] == "suspect"
    assert creator.execute("select * from roll_call_misses").fetchall() == before


def test_a_late_answer_can_refute_what_was_confirmed(creator):
    """Two low looks and, found later, a high one between them: as if the days had come in order, both are suspect."""
    arrive(creator, nov(1), (10_000, 0, 0))
    arrive(creator, nov(3), (4_000, 0, 0))
    arrive(creator, nov(5), (4_100, 0, 0))
    assert arrive(creator, nov(4), (9_000, 0, 0))["outcome"] == "stored"
    assert [row[:3] for row in misses(creator)] == [(nov(3), "suspect", 4_000), (nov(5), "suspect", 4_100)]
    assert [(row[0], row[1], row[5]) for row in growth(creator)] == [
        (1, 10_000, False), (2, 9_667, True), (3, 9_333, True), (4, 9_000, False),
    ]  # fmt: skip
    # The look of the 5th is the latest no more: it waits for its second look, which the plan puts first.
    assert creator.execute("select last_measured_on, last_follower_count from creators").fetchone() == (nov(4), 9_000)


def test_a_late_answer_can_confirm_what_was_refuted(creator):
    """A low look alone was refuted; another one of the day after, found later, confirms it."""
    arrive(creator, nov(1), (10_000, 0, 0))
    arrive(creator, nov(2), (4_000, 0, 0))
    arrive(creator, nov(5), (9_000, 0, 0))
    assert [row[0] for row in misses(creator)] == [nov(2)]
    assert arrive(creator, nov(3), (4_600, 0, 0))["outcome"] == "stored"
    assert misses(creator) == []
    assert [(row[0], row[1], row[5]) for row in growth(creator)] == [
        (1, 10_000, False), (2, 4_000, False), (3, 4_600, False), (4, 6_800, True), (5, 9_000, False),
    ]  # fmt: skip


def test_an_earlier_answer_of_the_same_day_can_refute_what_was_confirmed(creator):
    """The look that confirmed was the day's second answer: the first one, found later, says back above half."""
    followers(creator, 10_000, 4_000)
    arrive(creator, nov(3), (4_100, 0, 0), hour=5)
    assert misses(creator) == []
    assert arrive(creator, nov(3), (9_000, 0, 0), hour=1)["outcome"] == "stored"
    assert [row[:3] for row in misses(creator)] == [(nov(2), "suspect", 4_000)]
    assert [(row[0], row[1], row[5]) for row in growth(creator)] == [
        (1, 10_000, False), (2, 9_500, True), (3, 9_000, False),
    ]  # fmt: skip


def test_a_failed_look_takes_no_reading_away(creator):
    """The day is played again and its answer is gone: what was read stays."""
    followers(creator, 10_000, 4_000)
    parameters = {"day": nov(2), "counts_as_look": True, "user_ids": ["1"], "outcomes": ["failed"], "reasons": ["503"]}
    database.rows(creator, "comets/record_misses", parameters)
    assert misses(creator) == [(nov(2), "suspect", 4_000, 40_000, 2)]


def test_a_confirmation_teaches_growth(creator):
    """The second look is the latest, whoever makes it, and the fall is a surprise that was learned."""
    creator.execute("update creators set last_measured_on = null")
    arrive(creator, nov(1), (10_000, 0, 0))
    database.rows(creator, "comets/learn_from_day", {"day": nov(1)})
    arrive(creator, nov(2), (4_000, 0, 0))
    arrive(creator, nov(3), (4_000, 0, 0))
    known = creator.execute("select last_measured_on, last_follower_count, growth_rate < 0 from creators").fetchone()
    assert known == (nov(3), 4_000, True)


# Counts between which half and nearly half of each other, 0 and 1 are common; some anything.
falling = st.one_of(
    st.sampled_from([0, 1, 2, 900, 1_000, 1_900, 2_000, 3_999, 4_000, 4_001, 7_999, 8_000, 16_000, 2**63 - 1]),
    st.integers(0, 40_000),
)


@examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readings=st.dictionaries(
        st.integers(0, 60), st.tuples(falling, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12
    ),
    shuffled=st.randoms(use_true_random=False),
)
def test_any_order_of_days_ends_in_what_the_rule_says(connection, readings, shuffled: Random):
    """Days live and in order, or replayed, late, twice and in any order: the same rows and the same misses, to the byte."""
    by_day = {FIRST + timedelta(days=day): counts for day, counts in readings.items()}
    true = believed(by_day)
    ends = []
    for is_live in (True, False):
        connection.execute("truncate creator_stats, roll_call_misses, creators")
        connection.execute("insert into creators (user_id) values ('1')")
        arrivals = sorted(by_day)
        if not is_live:
            arrivals += shuffled.choices(arrivals, k=3)
            shuffled.shuffle(arrivals)
        for day in arrivals:
            arrive(
                connection, day, by_day[day], shuffled.choice(["roll_call", "replay"]) if not is_live else "roll_call"
            )
        assert table(connection) == expected_rows(true)
        assert misses(connection) == [(day, "suspect", *by_day[day]) for day in sorted(by_day) if day not in true]
        for day in by_day:
            assert snapshots.settle_growth(connection, day) == 0
        ends.append(
            (
                connection.execute(
                    "select to_jsonb(s) - 'origin' from creator_stats as s order by recorded_date"
                ).fetchall(),
                connection.execute(
                    "select to_jsonb(m) - 'origin' - 'missed_at' from roll_call_misses as m order by day"
                ).fetchall(),
            )
        )
    assert ends[0] == ends[1]


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    looks=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 3), falling),
        min_size=1,
        max_size=12,
        unique_by=lambda look: look[:2],
    ),
    shuffled=st.randoms(use_true_random=False),
)
def test_of_two_readings_of_a_day_the_first_counts_in_any_order(connection, looks, shuffled: Random):
    """Two answers of a day that differ: the earlier one stands, as a row or as a suspect, whichever arrives first."""
    connection.execute("truncate creator_stats, roll_call_misses, creators")
    connection.execute("insert into creators (user_id) values ('1')")
    first = {FIRST + timedelta(days=day): (count, 1, 1) for day, _, count in sorted(looks, reverse=True)}
    shuffled.shuffle(looks)
    for day, hour, count in looks:
        arrive(connection, FIRST + timedelta(days=day), (count, 1, 1), hour=hour)
    assert table(connection) == expected_rows(believed(first))
