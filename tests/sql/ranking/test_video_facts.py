"""What the ranking knows of somebody's videos: rows of creator_videos in, creator_video_facts and standings out."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.comets.videos import LEAST
from include.database import one
from include.migrations import FOLDER, migrate
from include.ranking.standings import rank_day

Connection = psycopg.Connection[Any]
DAY = date(2026, 11, 30)


def add_video(connection: Connection, user_id: str, number: int, **values: Any) -> None:
    row = {
        "plays": 1_000, "likes": 80, "comments": 15, "shares": 5, "language": "en", "hashtags": [],
        "posted_at": datetime(2026, 11, number, 23, 30, tzinfo=UTC), **values,
    }  # fmt: skip
    columns = ", ".join(row)
    connection.execute(
        f"insert into creator_videos (user_id, video_id, seen_at, first_seen_on, last_seen_on, {columns})"  # noqa: S608
        f" values (%s, %s, %s, %s, %s{', %s' * len(row)})".encode(),
        [user_id, str(number), DAY, DAY, DAY, *row.values()],
    )


def facts(connection: Connection) -> dict[str, tuple[Any, ...]]:
    found = connection.execute(
        "select user_id, videos, median_plays, engagement, last_posted_on, language, hashtags, niches"
        " from creator_video_facts"
    ).fetchall()
    return {row[0]: row[1:] for row in found}


def measure(connection: Connection, user_id: str, day: date, videos: int, **values: Any) -> None:
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin, is_estimated,"
        " observed_at) values (%s, %s, 20000, 5, %s, %s, %s, %s)",
        [
            user_id, day, videos, values.get("origin", "roll_call"), values.get("origin") == "interpolation",
            None if values else datetime(day.year, day.month, day.day, 2, tzinfo=UTC),
        ],
    )  # fmt: skip


def test_facts_are_what_the_videos_say(connection: Connection):
    """Median, engagement, latest post, the language of most and hashtags in one form; those everybody uses are no niche."""
    add_video(connection, "1", 1, plays=100, likes=10, comments=0, shares=0, hashtags=["Chess", "fyp", "ÉTÉ"])
    add_video(connection, "1", 2, plays=300, likes=10, comments=5, shares=5, hashtags=["chess", "Chess"], language="fr")
    add_video(connection, "1", 3, plays=800, likes=82, comments=6, shares=2, hashtags=None, language="fr")
    add_video(connection, "2", 4, likes=None, language=None, hashtags=[])
    # 10 + 20 + 90 of 1,200 plays.
    assert facts(connection) == {
        "1": (3, 300, Decimal("0.1000"), date(2026, 11, 3), "fr", ["chess", "été"], ["chess"]),
        "2": (1, 1_000, None, date(2026, 11, 4), None, [], []),
    }


def test_facts_follow_the_videos(connection: Connection):
    """A video seen again, changed, and gone: the row says what is there now, and goes with the last one."""
    add_video(connection, "1", 1, hashtags=["chess"])
    add_video(connection, "1", 2, hashtags=["chess", "mei"], plays=3_000)
    connection.execute("update creator_videos set plays = 5000, hashtags = '{mei}' where video_id = '1'")
    assert facts(connection)["1"][1] == 4_000
    assert facts(connection)["1"][5:] == (["chess", "mei"], ["mei"])
    connection.execute("delete from creator_videos where video_id = '2'")
    assert facts(connection)["1"][:2] == (1, 5_000)
    connection.execute("delete from creator_videos")
    assert facts(connection) == {}


def test_two_who_write_at_once_lose_nothing(connection: Connection, database_url: str):
    """Each waits for the other's row, and counts what the other has stored."""
    add_video(connection, "1", 1)
    with psycopg.connect(database_url) as first, psycopg.connect(database_url) as second:
        add_video(first, "1", 2)
        second.execute("set lock_timeout = '100ms'")
        try:
            add_video(second, "1", 3)
            raise AssertionError("the second did not wait")
        except psycopg.errors.LockNotAvailable:
            second.rollback()
        first.commit()
        add_video(second, "1", 3)
        second.commit()
    assert facts(connection)["1"][0] == 3


def test_a_database_of_before_is_filled(empty_database_url: str, tmp_path: Path):
    """Videos that are kept already have their facts after the migration, and bios are found from the inside."""
    for file in FOLDER.glob("*.sql"):
        if file.name < "0052":
            shutil.copy(file, tmp_path)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, tmp_path)
        connection.execute(
            "insert into creators (user_id, handle, signature) values ('1', 'mei', 'I teach Schachspiel')"
        )
        add_video(connection, "1", 7, hashtags=["Chess"])
        migrate(connection)
        assert facts(connection)["1"][0::5] == (1, ["chess"])
        insides = connection.execute("select insides from creator_words").fetchall()
    assert insides == [("mei i teach schachspiel",)]


def test_standings_take_them_over(connection: Connection):
    """Median and engagement from LEAST videos on; the last post is the later of a date and a risen count, estimates aside."""
    for user_id, videos in (("few", LEAST - 1), ("many", LEAST), ("silent", LEAST), ("nobody", 0)):
        connection.execute("insert into creators (user_id, handle) values (%s, %s)", [user_id, user_id])
        for number in range(1, videos + 1):
            add_video(connection, user_id, number)
    for back in range(40):
        day = DAY - timedelta(days=back)
        measure(connection, "few", day, 12 if back < 6 else 10)
        # Three more on the 28th, one taken down after, one more in an estimate that is none.
        measure(connection, "many", day, 12 if back == 0 else 13 if back <= 2 else 10)
        measure(connection, "silent", day, 10)
        measure(connection, "nobody", day, 9 if back < 35 else 8)
    url = connection.info.dsn
    rank_day(lambda: psycopg.connect(url), DAY)
    found = connection.execute(
        "select user_id, median_plays, engagement, last_post_on, language from standings"
    ).fetchall()
    assert {row[0]: row[1:] for row in found} == {
        "few": (None, None, date(2026, 11, 25), "en"),
        "many": (1_000, Decimal("0.1000"), date(2026, 11, 28), "en"),
        "silent": (1_000, Decimal("0.1000"), date(2026, 11, LEAST), "en"),
        "nobody": (None, None, None, None),
    }


SAID = ("share_above", "best_to_median", "plays_per_follower", "posts_per_week")


def said(connection: Connection) -> dict[str, tuple[Any, ...]]:
    found = connection.execute(
        "select user_id, share_above, best_to_median, plays_per_follower, posts_per_week from standings"
    ).fetchall()
    return {row[0]: row[1:] for row in found}


def add_histories(connection: Connection) -> None:
    """Creators with all numbers of videos and all kinds of counts: gaps, estimates, videos taken down, a last look days ago."""
    picked = random.Random(68)  # noqa: S311
    for number in range(40):
        user_id = str(number)
        connection.execute("insert into creators (user_id, handle) values (%s, %s)", [user_id, f"h{number}"])
        for video in range(1, number % 9 + 1):
            add_video(connection, user_id, video, plays=picked.choice([0, 7, 999, 10_000, 10_001, 54_321, 1_000_000]))
        behind, videos, days = number % 4 * 3, 50, picked.choice([0, 6, 7, 12, 40])
        for back in range(days, -1, -1):
            videos += picked.choice([-2, 0, 0, 1, 3])
            is_gap = 0 < back < days and picked.random() < 0.3
            values = {"origin": "interpolation"} if picked.random() < 0.2 and 0 < back < days else {}
            if not is_gap:
                measure(connection, user_id, DAY - timedelta(days=behind + back), videos, **values)
        connection.execute(
            "update creators set last_follower_count = %s, last_measured_on = %s where user_id = %s",
            [0 if number == 8 else 20_000 + 37 * number, DAY - timedelta(days=behind), user_id],
        )


def on_their_pages(connection: Connection) -> dict[str, tuple[Any, ...]]:
    """What the page of each creator says, to four places; of fewer than LEAST videos only how often they post."""
    found = {}
    for (user_id,) in connection.execute("select user_id from creators").fetchall():
        figures = one(connection, "dashboard/videos/read_figures", {"user_id": user_id})
        shown = [figures[name] if figures["videos"] >= LEAST or name == "posts_per_week" else None for name in SAID]
        found[user_id] = tuple(None if value is None else pytest.approx(float(value), abs=0.00006) for value in shown)
    return found


def as_floats(found: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(None if each is None else float(each) for each in row) for name, row in found.items()}


def test_the_ranking_says_what_their_pages_say(connection: Connection):
    """One number, wherever it is read: of all histories, also where the last look was days ago, and without followers."""
    add_histories(connection)
    url = connection.info.dsn
    rank_day(lambda: psycopg.connect(url), DAY)
    found = as_floats(said(connection))
    assert found == on_their_pages(connection)
    for place in range(len(SAID)):
        known = {row[place] for row in found.values()}
        assert None in known, SAID[place]
        assert len(known) > 5, SAID[place]


def test_figures_by_hand(connection: Connection):
    """Three of five videos above 10,000 plays, the best 10 times the median, half as many plays as followers, 8 posts."""
    connection.execute("insert into creators (user_id, handle, last_follower_count) values ('1', 'mei', 40000)")
    for number, plays in enumerate((9_000, 10_000, 20_000, 20_000, 200_000), start=1):
        add_video(connection, "1", number, plays=plays)
    for back in range(29):
        measure(connection, "1", DAY - timedelta(days=back), 18 if back < 20 else 10)
    connection.execute("update creators set last_follower_count = 40000, last_measured_on = %s", [DAY])
    url = connection.info.dsn
    rank_day(lambda: psycopg.connect(url), DAY)
    assert said(connection) == {"1": (Decimal("0.6"), 10, Decimal("0.5"), 2)}


def test_a_ranking_of_before_is_filled(empty_database_url: str, tmp_path: Path):
    """What stood in the ranking has the new figures after the migration, without a day between, and its indexes."""
    for file in FOLDER.glob("*.sql"):
        if file.name < "0068":
            shutil.copy(file, tmp_path)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, tmp_path)
        add_histories(connection)
        connection.execute(
            "insert into standings (user_id, day, handle, status, follower_count, heart_count, video_count, is_estimated,"
            " estimated_days, band, is_new, is_fading, growth_check, growth_signs)"
            " select user_id, %s, handle, 'active', 1, 1, 1, false, 0, 'inside', false, false, 'cannot be told', '{}'"
            " from creators",
            [DAY],
        )
        indexes = "select indexname from pg_indexes where tablename = 'standings' order by 1"
        before = {name for (name,) in connection.execute(indexes).fetchall()}
        migrate(connection)
        assert as_floats(said(connection)) == on_their_pages(connection)
        assert len(set(said(connection).values())) > 10
        after = {name for (name,) in connection.execute(indexes).fetchall()}
        new = {"standings_above", "standings_best", "standings_per_follower", "standings_weekly"}
        assert after - before == new
        assert before <= after
        connection.execute("select drop_standing_indexes()")
        assert not new & {name for (name,) in connection.execute(indexes).fetchall()}


def test_an_estimated_rise_is_no_post(connection: Connection):
    """A count that was only filled in says nothing of a post."""
    connection.execute("insert into creators (user_id, handle) values ('1', 'mei')")
    measure(connection, "1", DAY - timedelta(days=2), 10)
    measure(connection, "1", DAY - timedelta(days=1), 11, origin="interpolation")
    measure(connection, "1", DAY, 10)
    url = connection.info.dsn
    rank_day(lambda: psycopg.connect(url), DAY)
    assert connection.execute("select last_post_on from standings").fetchall() == [(None,)]


def test_bounds(connection: Connection):
    """Both ends belong to a range, either may be missing, and what is not known is in none."""
    found = connection.execute(
        "select given, is_within(given, 10, 20), is_within(given, 10, null), is_within(given, null, 20),"
        " is_within(given, null, null) from unnest(array[9, 10, 20, 21, null]) with ordinality as each (given, place)"
        " order by place"
    ).fetchall()
    assert found == [
        (9, False, False, True, True),
        (10, True, True, True, True),
        (20, True, True, True, True),
        (21, False, True, False, True),
        (None, None, None, None, True),
    ]
