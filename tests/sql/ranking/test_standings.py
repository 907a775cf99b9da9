"""Standings and frozen rankings: rows in, rows out, against a plain Python model, and in any order of days."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from include import database
from include.migrations import migrate
from include.ranking import standings as standings_module
from include.ranking.standings import rank_day
from tests.examples import examples
from tests.sql.ranking.score_model import expected_scores
from tests.sql.ranking.standings_model import Rows, expected_standing

LAST = date(2026, 11, 30)
ROLES = (Path(__file__).resolve().parents[3] / "sql" / "roles" / "create_roles.sql").read_bytes()
COLUMNS = (
    "day, follower_count, heart_count, video_count, is_estimated, estimated_days, growth_1, growth_7, growth_30,"
    " percent_1, percent_7, percent_30, acceleration, band, is_new, is_fading"
)


def ago(days: int) -> date:
    return LAST - timedelta(days=days)


def add_creator(connection: psycopg.Connection, user_id: str, **columns: Any) -> None:
    values = {"handle": f"h{user_id}", "nickname": f"Name {user_id}", **columns}
    names = ", ".join(values)
    connection.execute(
        f"insert into creators (user_id, {names}) values (%s{', %s' * len(values)})".encode(),  # noqa: S608
        [user_id, *values.values()],
    )


def add_row(
    connection: psycopg.Connection,
    user_id: str,
    day: date,
    followers: int,
    hearts: int = 5,
    videos: int = 2,
    *,
    estimated: bool = False,
    observed_at: datetime | None = None,
) -> None:
    at = observed_at or datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin, is_estimated,"
        " observed_at, compared_with) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (user_id, recorded_date) do update set follower_count = excluded.follower_count",
        [
            user_id,
            day,
            followers,
            hearts,
            videos,
            "interpolation" if estimated else "roll_call",
            estimated,
            None if estimated else at,
            day - timedelta(days=1),
        ],
    )


def rank(connection: psycopg.Connection, day: date) -> dict[str, int]:
    url = connection.info.dsn
    return rank_day(lambda: psycopg.connect(url), day)


def standings(connection: psycopg.Connection, columns: str = COLUMNS) -> dict[str, tuple]:
    found = connection.execute(f"select user_id, {columns} from standings order by 1".encode()).fetchall()  # noqa: S608
    return {row[0]: row[1:] for row in found}


def rankings(connection: psycopg.Connection, ranking: str, day: date = LAST) -> list[tuple]:
    return connection.execute(
        "select rank, user_id, score, follower_count from breakout_rankings where ranking = %s and day = %s order by 1",
        [ranking, day],
    ).fetchall()


def test_the_ways_to_reach_somebody(connection):
    """Each kind of contact once, in the order of the letters; a category is no way, and what is stated no more goes."""
    for user_id in ("1", "2"):
        add_creator(connection, user_id)
        add_row(connection, user_id, LAST, 20_000)
    for user_id, kind, contact in (
        ("1", "link", "https://a.example"), ("1", "email", "a@a.example"), ("1", "email", "b@a.example"),
        ("2", "category", "Food"),
    ):  # fmt: skip
        connection.execute(
            "insert into creator_contacts (user_id, kind, contact, found_in, seen_at) values (%s, %s, %s, 'bio', now())",
            [user_id, kind, contact],
        )
    rank(connection, LAST)
    assert standings(connection, "contacts") == {"1": (["email", "link"],), "2": ([],)}
    connection.execute("delete from creator_contacts where kind = 'link'")
    rank(connection, LAST)
    assert standings(connection, "contacts") == {"1": (["email"],), "2": ([],)}


def test_a_whole_row(connection):
    """A creator of 31 days: every column of its standing."""
    add_creator(connection, "1", first_seen_on=ago(30), first_seen_keyword="ramen")
    for age in range(31):
        add_row(connection, "1", ago(age), 20_000 - 100 * age, 900 - 9 * age, 40, estimated=age in {3, 29, 30})
    connection.execute("analyze creator_stats")

    assert rank(connection, LAST) == {"written": 1, "removed": 0, "score": 1, "growth": 1}

    row = connection.execute("select to_jsonb(standings) - 'refreshed_at' from standings").fetchone()
    assert row is not None
    parts = {name: row[0].pop(name) for name in list(row[0]) if name.startswith("score")}
    assert row[0] == {
        "user_id": "1",
        "day": "2026-11-30",
        "handle": "h1",
        "nickname": "Name 1",
        "status": "active",
        "follower_count": 20_000,
        "heart_count": 900,
        "video_count": 40,
        "is_estimated": False,
        "estimated_days": 2,
        "observed_at": "2026-11-30T02:00:00+00:00",
        "growth_1": 100,
        "growth_7": 700,
        "growth_30": 3_000,
        "percent_1": 0.50,
        "percent_7": 3.63,
        "percent_30": 17.65,
        "acceleration": -0.13,
        "first_seen_on": "2026-10-31",
        "source_trend": "ramen",
        "band": "inside",
        "is_new": False,
        "is_fading": False,
        # 100 followers come every day, and no video.
        "growth_check": "looks bought",
        "growth_signs": ["videos", "steps"],
        "looks_bought": True,
        "median_plays": None,
        "engagement": None,
        "last_post_on": None,
        "language": None,
        "contacts": [],
        "share_above": None,
        "best_to_median": None,
        "plays_per_follower": None,
        "posts_per_week": 0,
    }
    # Alone, one is one's own usual, and nine hearts come every day.
    assert parts == {"score": 50, "score_growth": 0.5, "score_hearts": 0.5}


def test_hearts_weigh_growth(connection):
    """Of three who grew alike the one with more hearts than in the week before comes first, the one with fewer last; who did not
    grow by more than is usual is neither praised for hearts nor blamed.
    """
    hearts = {"1": 10, "2": 40, "3": 0, "4": 100, "5": 10, "6": 10}
    for user_id, last in hearts.items():
        add_creator(connection, user_id)
        for age in range(9):
            gained = 2_000 if age == 0 and user_id in "123" else 0
            add_row(connection, user_id, ago(age), 20_000 + gained, 1_000 - 10 * age + (last - 10) * (age == 0), 5)
    rank(connection, LAST)
    found = standings(connection, "score::float8, score_growth::float8, score_hearts::float8")
    deviations = math.log(1.1) / (math.log(1.1) / 1.349)  # the upper quartile is what these three grew by
    growth = pytest.approx(0.5 + 0.5 * (deviations / 2) / (10 + deviations / 2), abs=0.0001)

    def score(times: float) -> object:
        strength = times * deviations / 2
        return pytest.approx(50 + 50 * strength / (10 + strength), abs=0.001)

    assert {user_id: found[user_id] for user_id in "123"} == {
        "1": (score(1), growth, 0.5),
        "2": (score(math.sqrt(3)), growth, 1.0),
        "3": (score(math.sqrt(1 / 3)), growth, 0.0),
    }
    assert len({found[user_id][:2] for user_id in "456"}) == 1
    assert [row[1] for row in rankings(connection, "score")][:3] == ["2", "1", "3"]


def test_doing_it_again_writes_nothing(connection):
    """A second refresh finds no row that differs, and leaves every row as it was."""
    for number in range(40):
        add_creator(connection, str(number))
        for age in range(20):
            add_row(connection, str(number), ago(age), 20_000 + 10 * number * (20 - age))
    rank(connection, LAST)
    before = connection.execute("select standings::text, ctid from standings order by user_id").fetchall()
    frozen = connection.execute("select breakout_rankings::text, ctid from breakout_rankings order by 1").fetchall()
    assert rank(connection, LAST) == {"written": 0, "removed": 0, "score": 40, "growth": 40}
    assert before == connection.execute("select standings::text, ctid from standings order by user_id").fetchall()
    again = connection.execute("select breakout_rankings::text, ctid from breakout_rankings order by 1").fetchall()
    assert frozen == again


def test_only_who_changed_is_written(connection):
    """A new handle is one row written, and no other row is touched."""
    for number in range(3):
        add_creator(connection, str(number))
        add_row(connection, str(number), LAST, 20_000)
    rank(connection, LAST)
    connection.execute("update creators set handle = 'renamed' where user_id = '1'")
    assert rank(connection, LAST)["written"] == 1
    assert standings(connection, "handle") == {"0": ("h0",), "1": ("renamed",), "2": ("h2",)}


def test_who_is_not_on_the_roster_disappears(connection):
    """An erased creator has no standing after the next refresh; one never measured has none at all."""
    for user_id in ("1", "2", "3"):
        add_creator(connection, user_id)
    add_row(connection, "1", LAST, 20_000)
    add_row(connection, "2", LAST, 20_000)
    rank(connection, LAST)
    connection.execute("delete from creators where user_id = '1'")
    assert rank(connection, LAST)["removed"] == 1
    assert list(standings(connection)) == ["2"]


def test_nobody_was_ever_measured(connection):
    """An empty database has nothing to rank, and that is no error."""
    assert rank(connection, LAST) == {}


@pytest.mark.parametrize(
    ("followers", "band"), [(9_999, "below"), (10_000, "inside"), (100_000, "inside"), (100_001, "above")]
)
def test_bands(connection, followers, band):
    """Both ends of the band are inside it."""
    add_creator(connection, "1")
    add_row(connection, "1", LAST, followers)
    rank(connection, LAST)
    assert standings(connection, "band") == {"1": (band,)}


def test_from_nothing_there_is_no_percentage(connection):
    """Growth from 0 followers has no percentage; from 1 to the largest count there is, it is exact."""
    add_creator(connection, "1")
    add_row(connection, "1", ago(7), 0)
    add_row(connection, "1", ago(1), 1)
    add_row(connection, "1", LAST, 2**63 - 1)
    rank(connection, LAST)
    assert standings(connection, "growth_1, percent_1, growth_7, percent_7") == {
        "1": (2**63 - 2, Decimal("922337203685477580600.00"), 2**63 - 1, None)
    }


def test_a_replay_of_an_earlier_day_leaves_standings_at_the_latest(connection):
    """Whatever day is ranked, standings are those of each creator's latest row."""
    add_creator(connection, "1", last_measured_on=LAST)
    add_creator(connection, "2", last_measured_on=ago(12))
    add_row(connection, "1", LAST, 20_000)
    add_row(connection, "2", ago(12), 30_000)
    add_row(connection, "1", ago(7), 19_000)
    add_row(connection, "2", ago(13), 29_500)
    rank(connection, ago(7))
    assert standings(connection, "day, growth_1, growth_7") == {
        "1": (LAST, None, 1_000),
        "2": (ago(12), 500, None),
    }


def test_rows_the_roster_does_not_know_of_are_found(connection):
    """A row later than the roster's own note of the latest look counts all the same."""
    add_creator(connection, "1", last_measured_on=ago(9))
    add_creator(connection, "2", last_measured_on=ago(9))
    add_creator(connection, "3")
    for age in (9, 4):
        add_row(connection, "1", ago(age), 20_000)
    add_row(connection, "2", LAST, 20_000)
    add_row(connection, "3", ago(20), 20_000)
    rank(connection, ago(6))
    assert standings(connection, "day") == {"1": (ago(4),), "2": (LAST,), "3": (ago(20),)}


def test_who_is_first(connection):
    """By score and by growth; estimated rows are in neither, and who is seen for the first time has no growth."""
    for number in range(1, 5):
        add_creator(connection, str(number))
        for age in range(10):
            add_row(connection, str(number), ago(age), int(100_000 * number * (1 + 0.002 * number) ** (10 - age)))
    add_creator(connection, "5")
    add_row(connection, "5", LAST, 20_000)
    rank(connection, LAST)
    scores = standings(connection, "score, follower_count")
    assert rankings(connection, "score") == [
        (place, user_id, *scores[user_id]) for place, user_id in enumerate("4321", 1)
    ]
    assert [row[:2] for row in rankings(connection, "growth")] == [(1, "4"), (2, "3"), (3, "2"), (4, "1")]


def test_who_was_not_seen_on_the_day(connection):
    """A count that is missing on the last day, or on the one before, is not taken for none: the others tell the pace."""
    seen = {
        "1": {age: (20_000 + 100 * (9 - age), 5, 2) for age in range(10)},
        "2": {age: (20_000 + 300 * (9 - age), 5, 2) for age in range(1, 10)},
        "3": {age: (20_000 + 200 * (9 - age), 5, 2) for age in range(10) if age != 1},
    }
    for user_id, days in seen.items():
        add_creator(connection, user_id)
        for age, counts in days.items():
            add_row(connection, user_id, ago(age), *counts)
    rank(connection, LAST)
    expected = expected_scores(seen)
    assert standings(connection, "score::float8, score_growth::float8") == {
        user_id: (
            pytest.approx(expected[user_id]["score"], abs=0.000051),
            pytest.approx(expected[user_id]["growth"], abs=0.000051),
        )
        for user_id in seen
    }


def test_a_later_day_never_changes_an_earlier_one(connection):
    """What was frozen stays when later days are ranked, also when an old row is corrected; its own run replaces it."""
    for number in range(1, 4):
        add_creator(connection, str(number))
        for age in range(1, 10):
            add_row(connection, str(number), ago(age), 20_000 + number * 100 * (10 - age))
    rank(connection, ago(1))
    frozen = rankings(connection, "growth", ago(1))
    assert [row[1] for row in frozen] == ["3", "2", "1"]
    for number in range(1, 4):
        add_row(connection, str(number), LAST, 30_000 - number)
    connection.execute(
        "update creator_stats set follower_count = 90000 where user_id = '1' and recorded_date = %s", [ago(1)]
    )
    rank(connection, LAST)
    assert rankings(connection, "growth", ago(1)) == frozen
    assert [row[1] for row in rankings(connection, "growth")] == ["2", "3", "1"]
    rank(connection, ago(1))
    assert [row[1] for row in rankings(connection, "growth", ago(1))] == ["1", "3", "2"]
    assert [row[1] for row in rankings(connection, "growth")] == ["2", "3", "1"]


def test_a_past_day_is_ranked_without_the_days_after_it(connection):
    """The ranking of a day is the same whether it is made on that day or, for the first time, long after it."""
    rows = []
    for number in range(60):
        add_creator(connection, str(number))
        rows += [
            (str(number), age, 20_000 + (number * 7_919 % 60) * (40 - age) ** 2, 100 * (40 - age))
            for age in range(1, 31)
        ]
    for user_id, age, followers, hearts in rows:
        if age >= 10:
            add_row(connection, user_id, ago(age), followers, hearts)
    rank(connection, ago(10))
    then = [rankings(connection, name, ago(10)) for name in ("score", "growth")]
    assert [len(each) for each in then] == [60, 60]
    for user_id, age, followers, hearts in rows:
        if age < 10:
            add_row(connection, user_id, ago(age), followers, hearts)
    connection.execute("delete from breakout_rankings")
    rank(connection, ago(10))
    assert then == [rankings(connection, name, ago(10)) for name in ("score", "growth")]


def test_standings_are_read_while_they_are_refreshed(connection, database_url):
    """Who reads during a refresh sees the rows of before, at once."""
    add_creator(connection, "1")
    add_row(connection, "1", LAST, 20_000)
    rank(connection, LAST)
    add_row(connection, "1", LAST, 21_000)
    with psycopg.connect(database_url) as refreshing:
        database.one(refreshing, "ranking/refresh_standings", {"latest_day": LAST, "part": 0, "parts": 1})
        connection.execute("set lock_timeout = '1s'")
        assert standings(connection, "follower_count") == {"1": (20_000,)}
    assert standings(connection, "follower_count") == {"1": (21_000,)}


def indexes(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in connection.execute("select indexname from pg_indexes where tablename = 'standings'")}


def test_many_rows_are_written_without_the_indexes(connection, database_url, monkeypatch):
    """From MANY rows on the indexes are dropped and made anew; in the end there are the same, by the same definitions."""
    definitions = "select indexdef from pg_indexes where tablename = 'standings' order by 1"
    before = connection.execute(definitions).fetchall()
    monkeypatch.setattr(standings_module, "MANY", 2)
    for user_id in ("1", "2"):
        add_creator(connection, user_id)
        add_row(connection, user_id, LAST, 20_000)
    numbers = "select sum(oid::bigint) from pg_class where relname ~ '^standings_'"
    first = connection.execute(numbers).fetchone()
    assert rank(connection, LAST)["written"] == 2
    assert before == connection.execute(definitions).fetchall()
    second = connection.execute(numbers).fetchone()
    assert first != second
    assert rank(connection, LAST)["written"] == 0
    assert second == connection.execute(numbers).fetchone()


def test_indexes_stay_while_somebody_reads(connection, database_url, monkeypatch):
    """A reader who does not end is not waited for: the refresh goes on with the indexes there."""
    monkeypatch.setattr(standings_module, "MANY", 0)
    monkeypatch.setattr(standings_module, "TRIES_TO_DROP", 2)
    before = indexes(connection)
    add_creator(connection, "1")
    add_row(connection, "1", LAST, 20_000)
    with psycopg.connect(database_url) as reading:
        reading.execute("select count(*) from standings")
        assert rank(connection, LAST)["written"] == 1
        assert indexes(connection) == before


def test_what_a_killed_refresh_left_is_mended(connection):
    """Indexes that are missing are there after the next refresh."""
    before = indexes(connection)
    connection.execute("select drop_standing_indexes()")
    assert indexes(connection) == {"standings_pkey", "standings_contacts"}
    add_creator(connection, "1")
    add_row(connection, "1", LAST, 20_000)
    rank(connection, LAST)
    assert indexes(connection) == before


def test_an_erasure_takes_standing_and_ranks(connection):
    """Who is erased has neither standing nor rank, others keep theirs; a handle they were found under becomes a blank."""
    for user_id in ("1", "2"):
        add_creator(connection, user_id, first_seen_keyword="Somebody.Real")
        for age in range(4):
            add_row(connection, user_id, ago(age), 20_000 + 100 * int(user_id) * (4 - age))
    rank(connection, LAST)
    person = {"user_id": "2", "handles": ["h2"], "words": ["somebody.real"]}
    spelled = {"words": ["Somebody.Real"], "blanks": ["(erased 1.1)"]}
    counted = database.one(connection, "ranking/forgetting/count_rows", person)
    found_under = database.one(connection, "ranking/forgetting/count_keywords", person)
    removed = database.one(connection, "ranking/forgetting/delete_rows", person)
    blanked = database.one(connection, "ranking/forgetting/blank_keywords", spelled)
    assert counted == removed == {"standings": 1, "breakout_rankings": 2, "alerts_told": 0}
    assert found_under == blanked == {"standing_keywords": 1}
    assert standings(connection, "source_trend") == {"1": ("(erased 1.1)",)}
    assert [row[:2] for name in ("score", "growth") for row in rankings(connection, name)] == [(2, "1"), (2, "1")]


def test_the_pipeline_s_role_may_rank(empty_database_url):
    """Ranking needs no right beyond rows, whatever else the role is refused."""
    with psycopg.connect(empty_database_url) as admin:
        admin.execute(ROLES)
    with psycopg.connect(empty_database_url.replace("://postgres@", "://cometwatch_owner@")) as owner:
        migrate(owner)
    with psycopg.connect(empty_database_url.replace("://postgres@", "://cometwatch@"), autocommit=True) as pipeline:
        add_creator(pipeline, "1")
        for age in (0, 1, 20):
            add_row(pipeline, "1", ago(age), 20_000)
        assert rank(pipeline, LAST) == {"written": 1, "removed": 0, "score": 1, "growth": 1}
        assert rank(pipeline, ago(1)) == {"written": 0, "removed": 0, "score": 0, "growth": 0}
        pipeline.execute("delete from creators")
        assert rank(pipeline, LAST)["removed"] == 1


one_creator = st.fixed_dictionaries(
    {
        "rows": st.dictionaries(
            st.integers(0, 75),
            st.tuples(st.integers(0, 200_000), st.integers(0, 10**9), st.integers(0, 500), st.booleans()),
            min_size=1,
            max_size=40,
        ),
        "first_seen": st.none() | st.integers(0, 40),
        "note_is_behind": st.none() | st.integers(0, 30),
    }
)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    creators=st.lists(one_creator, min_size=1, max_size=6), ranked=st.lists(st.integers(0, 80), min_size=1, max_size=3)
)
def test_standings_are_those_of_the_model(connection, creators, ranked):
    """Any history, any notes on the roster, days ranked in any order: the rows of the plain model, and its scores."""
    connection.execute("truncate creators, creator_stats, standings, breakout_rankings")
    histories: dict[str, tuple[Rows, date | None]] = {}
    for number, one in enumerate(creators):
        rows = {ago(age): counts for age, counts in one["rows"].items()}
        # The latest row of all is an observed one.
        rows[max(rows)] = (*rows[max(rows)][:3], False)
        first_seen = None if one["first_seen"] is None else ago(one["first_seen"])
        note = None if one["note_is_behind"] is None else max(rows) - timedelta(days=one["note_is_behind"])
        add_creator(connection, str(number), first_seen_on=first_seen, last_measured_on=note)
        for day, (followers, hearts, videos, estimated) in rows.items():
            add_row(connection, str(number), day, followers, hearts, videos, estimated=estimated)
        histories[str(number)] = rows, first_seen
    latest = max(day for rows, _ in histories.values() for day in rows)
    # A run of a day knows of rows from that day on; others it knows from the roster's notes.
    connection.execute("update creators set last_measured_on = %s where user_id = '0'", [max(histories["0"][0])])
    connection.execute(
        "update creators set last_measured_on = s.day from (select user_id, max(recorded_date) as day from creator_stats"
        " group by 1) s where creators.user_id = s.user_id and s.day = %s",
        [latest],
    )
    for age in ranked:
        rank(connection, ago(age))
    assert standings(connection) == {
        user_id: expected_standing(rows, first_seen, latest) for user_id, (rows, first_seen) in histories.items()
    }
    observed = {
        user_id: {(latest - day).days: row[:3] for day, row in rows.items() if not row[3] and (latest - day).days <= 9}
        for user_id, (rows, _) in histories.items()
    }
    names = ("score", "score_growth", "score_hearts")
    scores = expected_scores(observed)
    for user_id, row in standings(connection, ", ".join(names)).items():
        expected = list(scores.get(user_id, dict.fromkeys(names)).values())
        assert [None if value is None else float(value) for value in row] == [
            None if value is None else pytest.approx(value, abs=0.000051) for value in expected
        ]
