"""The migration that believes old falls: what the rule of before left among the misses becomes rows."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest

from include.migrations import FOLDER, migrate
from tests.sql.comets.growth_model import Counts, believed, expected_rows
from tests.sql.comets.test_falls import NINE_ANSWERS

FIRST = date(2026, 8, 1)


@pytest.fixture
def before(empty_database_url: str, tmp_path: Path):
    """A database as it was before the migration."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0026":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        yield connection


def believed_before(readings: dict[date, Counts]) -> dict[date, Counts]:
    """The rule of before: a low look was believed within 5 percent of the low look before it, and the first one never."""
    true: dict[date, Counts] = {}
    last = waiting = None
    for day in sorted(readings):
        followers = readings[day][0]
        is_low = last is not None and 2 * followers < last
        if is_low and not (waiting is not None and abs(followers - waiting) * 20 <= waiting):
            waiting = followers
            continue
        true[day] = readings[day]
        last, waiting = followers, None
    return true


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def enter(connection: psycopg.Connection, user_id: str, readings: dict[date, Counts]) -> None:
    """What the rule of before made of a creator's readings."""
    true = believed_before(readings)
    latest = max(true)
    connection.execute(
        "insert into creators (user_id, last_measured_on, last_follower_count, growth_rate, growth_deviation)"
        " values (%s, %s, %s, 0, 0.005)",
        [user_id, latest, true[latest][0]],
    )
    cursor = connection.cursor()
    cursor.executemany(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count,"
        " daily_growth_followers, daily_growth_percent, compared_with, is_estimated, observed_at, origin)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (user_id, *row, None if row[7] else at(row[0]), "interpolation" if row[7] else "roll_call")
            for row in expected_rows(true)
        ],
    )
    cursor.executemany(
        "insert into roll_call_misses (user_id, day, outcome, reason, follower_count, heart_count, video_count, missed_at)"
        " values (%s, %s, 'suspect', 'fell', %s, %s, %s, %s)",
        [(user_id, day, *counts, at(day)) for day, counts in readings.items() if day not in true],
    )


def table(connection: psycopg.Connection, user_id: str) -> list[tuple]:
    return connection.execute(
        "select recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
        " daily_growth_percent, compared_with, is_estimated from creator_stats where user_id = %s order by 1",
        [user_id],
    ).fetchall()


def test_nine_answers_that_were_suspect_are_rows(before):
    """After 49,675 nine answers were a straight line to 25,444; now they are the observed rows of their days."""
    answers = (49_675, *NINE_ANSWERS, 25_444)
    readings = {FIRST + timedelta(days=day): (count, count * 10, 7) for day, count in enumerate(answers)}
    enter(before, "1", readings)
    assert [row[7] for row in table(before, "1")] == [False, *[True] * 9, False]
    assert "0026_confirm_falls" in migrate(before)
    assert [(row[1], row[7]) for row in table(before, "1")] == [(count, False) for count in answers]
    assert table(before, "1") == expected_rows(readings)
    assert before.execute("select count(*) from roll_call_misses").fetchone() == (0,)
    seen = before.execute("select recorded_date, observed_at, origin from creator_stats order by 1").fetchall()
    assert seen == [(day, at(day), "roll_call") for day in readings]


def test_where_a_reading_came_from_is_found_again(before):
    """The moment is the ledger's, the keyword the best ranked it was found under, and late ones are replays."""
    first, second, third = (FIRST + timedelta(days=days) for days in (1, 2, 3))
    enter(before, "1", {FIRST: (10_000, 1, 1), first: (4_000, 1, 1), second: (3_000, 1, 1), third: (2_000, 1, 1)})
    before.execute(
        "insert into api_calls (day, endpoint, subject, holds_identity, outcome, owner, run_id, task_id, called_at,"
        " answered_at)"
        " values (%s, 'user_profile', '1', true, 'answered', 'x', 'r', 'discover', %s, %s)",
        [first, at(first), at(first) + timedelta(minutes=7)],
    )
    for rank, word in ((2, "aaa"), (1, "zzz")):
        before.execute("insert into daily_trends values (%s, %s, %s)", [word, first, rank])
        before.execute(
            "insert into verdicts (day, keyword, video_id, user_id, handle, layer, rules_version, run_id)"
            " values (%s, %s, 'v', '1', 'h', 'accepted', '1', 'r')",
            [first, word],
        )
    before.execute(
        "update roll_call_misses set missed_at = %s where day = %s", [at(FIRST + timedelta(days=30)), second]
    )
    migrate(before)
    found = before.execute(
        "select observed_at, origin, source_trend from creator_stats order by recorded_date"
    ).fetchall()
    assert found[1:] == [
        (at(first) + timedelta(minutes=7), "discovery", "zzz"),
        (at(FIRST + timedelta(days=30)), "replay", None),
        (at(third), "roll_call", None),
    ]


def test_the_latest_look_is_what_the_plan_goes_by(before):
    """Believed at last on the day of the last low look: from there on news is expected."""
    enter(
        before,
        "1",
        {FIRST: (10_000, 1, 1), FIRST + timedelta(days=1): (4_000, 1, 1), FIRST + timedelta(days=2): (3_000, 1, 1)},
    )
    migrate(before)
    known = before.execute("select last_measured_on, last_follower_count, growth_rate < 0 from creators").fetchone()
    assert known == (FIRST + timedelta(days=2), 3_000, True)


def test_many_histories_end_as_the_rule_says(before):
    """400 creators with falls, gaps, rises and zeros: rows and misses as if the rule had held all the time."""
    dice = Random(26)  # noqa: S311 - histories, not secrets
    histories = {}
    for number in range(400):
        readings, followers = {}, dice.choice([12, 900, 40_000, 2**62])
        for day in range(dice.randint(2, 45)):
            followers = max(
                0, int(followers * dice.choice([1, 1.02, 0.97, 1.02, 0.97, 0.9, 0.45, 0.2, 0, 2.4]))
            ) or dice.choice([0, 0, 900])
            if day == 0 or dice.random() < 0.7:
                readings[FIRST + timedelta(days=day * dice.choice([1, 1, 2]) if day else 0)] = (
                    min(followers, 2**63 - 1),
                    day,
                    day,
                )
        histories[str(number)] = readings
        enter(before, str(number), readings)
    suspects = before.execute("select count(*) from roll_call_misses").fetchone()
    migrate(before)
    assert suspects > before.execute("select count(*) from roll_call_misses").fetchone()
    for user_id, readings in histories.items():
        true = believed(readings)
        assert table(before, user_id) == expected_rows(true)
        kept = before.execute("select day from roll_call_misses where user_id = %s order by 1", [user_id]).fetchall()
        assert [day for (day,) in kept] == sorted(set(readings) - set(true))


def test_a_database_without_suspects_is_left_as_it_is(before):
    """Not a row is written again."""
    enter(before, "1", {FIRST: (10_000, 1, 1), FIRST + timedelta(days=9): (9_000, 1, 1)})
    versions = "select xmin::text, recorded_date from creator_stats order by 2"
    known = before.execute(versions).fetchall()
    migrate(before)
    assert before.execute(versions).fetchall() == known
