"""The migration that weighs growth by hearts: standings that are there follow the new rule at once."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from include.migrations import FOLDER, migrate
from include.ranking.standings import rank_day

LAST = date(2026, 11, 30)
COLUMNS = "user_id, score, score_growth, score_hearts"


@pytest.fixture
def before(empty_database_url: str, tmp_path: Path):
    """A database as it was before the migration, in which three creators were ranked by the rule of before."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0066":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        connection.execute("select make_partitions('2026-11-01', 1)")
        for user_id, last in (("1", 40), ("2", 10), ("3", None)):
            connection.execute(
                "insert into creators (user_id, handle, last_measured_on) values (%s, %s, %s)", [user_id, user_id, LAST]
            )
            for age in range(10 if last else 1):
                hearts = 1_000 - 10 * age + ((last or 10) - 10 if age == 0 else 0)
                connection.execute(
                    "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin,"
                    " observed_at) values (%s, %s, %s, %s, 1, 'roll_call', %s)",
                    [user_id, LAST - timedelta(days=age), 20_000 + 900 * (age == 0), hearts, LAST],
                )
            connection.execute(
                "insert into standings (user_id, day, status, follower_count, heart_count, video_count, is_estimated,"
                " estimated_days, band, is_new, is_fading, score, score_growth, score_acceleration, score_consistency,"
                " score_engagement) values (%s, %s, 'active', 20900, 1000, 1, false, 0, 'inside', false, false, %s, 0.9, 0.8,"
                " 0.7, 0.6)",
                [user_id, LAST, 71 if last else None],
            )
        yield connection


def test_standings_follow_the_new_rule(before: psycopg.Connection):
    """Each has the score that the next ranking gives, with its parts; a day that was frozen stays as it was frozen."""
    before.execute("insert into breakout_rankings values ('2026-11-29', 'score', 1, '1', 71, 20900)")
    migrate(before)
    brought = before.execute(f"select {COLUMNS} from standings order by 1").fetchall()  # noqa: S608
    assert [row[0] for row in brought if row[1] is not None] == ["1", "2"]
    assert brought[0][3] == 1
    assert brought[1][3] == 0.5
    rank_day(lambda: psycopg.connect(before.info.dsn), LAST)
    assert before.execute(f"select {COLUMNS} from standings order by 1").fetchall() == brought  # noqa: S608
    assert before.execute("select score from breakout_rankings where day = '2026-11-29'").fetchall() == [(71,)]
