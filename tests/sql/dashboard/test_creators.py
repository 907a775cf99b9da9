"""The statements behind the pages "Comets" and "Creator": rows in, rows out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from include import database
from tests.plugins.dashboard.creators import DAY, NOON, end_run, insert, snapshot, stand

Connection = psycopg.Connection[Any]
EVERYBODY: dict[str, Any] = {
    "ranked_by": "percent_7",
    "ascending": False,
    "days": 7,
    "trends": None,
    "band": None,
    "status": None,
    "only_new": False,
    "only_fading": False,
    "on_day": None,
    "bought": None,
    **dict.fromkeys(
        f"{name}_{end}"
        for name in ("followers", "growth", "engagement", "plays", "above", "best", "per_follower", "weekly")
        for end in ("from", "to")
    ),
    **dict.fromkeys(("posted_since", "posted_until", "language", "hashtag", "niche", "reached_by")),
    "with_overruled": False,
    "with_dismissed": False,
    "starred_by": None,
    "shortlisted": None,
    "tag": None,
    "most": 10,
    "skipped": 0,
}
NOBODY: dict[str, Any] = dict.fromkeys(("exact", "prefix", "letters", "insides", "words"))
BEFORE = DAY - timedelta(days=1)


def ids(found: list[database.Row]) -> list[str]:
    return [row["user_id"] for row in found]


def test_read_ranking(connection: Connection):
    """A row has the growth of the window asked for; what is not known comes last, and the id decides between equals."""
    stand(
        connection,
        "1",
        growth_1=1,
        percent_1=Decimal("0.01"),
        growth_7=700,
        percent_7=Decimal("3.50"),
        growth_30=-30,
        percent_30=Decimal("-0.15"),
        acceleration=Decimal("1.5"),
        source_trend="ramen",
        score=Decimal("64.25"),
        score_growth=Decimal("0.7"),
        score_hearts=Decimal("0.6"),
    )
    for user_id, percent in (("4", None), ("2", 5), ("3", 5), ("5", None)):
        stand(connection, user_id, percent_7=percent)
    found = database.rows(connection, "dashboard/read_ranking", EVERYBODY)
    assert ids(found) == ["2", "3", "1", "4", "5"]
    row = {
        "user_id": "1",
        "day": DAY,
        "handle": "handle.1",
        "nickname": "Name 1",
        "status": "active",
        "follower_count": 20_000,
        "is_estimated": False,
        "estimated_days": 0,
        "origin": None,
        "observed_at": None,
        "growth": 700,
        "percent": Decimal("3.50"),
        "compared_with": DAY - timedelta(days=7),
        "is_base_estimated": False,
        "acceleration": Decimal("1.5"),
        "is_acceleration_estimated": False,
        "first_seen_on": DAY,
        "source_trend": "ramen",
        "band": "inside",
        "has_graduated": False,
        "is_new": False,
        "is_fading": False,
        "is_overruled": False,
        "score": Decimal("64.25"),
        "score_growth": Decimal("0.7"),
        "score_hearts": Decimal("0.6"),
        "growth_check": "cannot be told",
        "growth_signs": [],
        "looks_bought": False,
        "median_plays": None,
        "engagement": None,
        "share_above": None,
        "best_to_median": None,
        "plays_per_follower": None,
        "posts_per_week": None,
        "last_post_on": None,
        "language": None,
        "contacts": [],
    }
    assert found[2] == row
    month = database.rows(
        connection, "dashboard/read_ranking", {**EVERYBODY, "ranked_by": "growth_30", "days": 30, "most": 1}
    )
    earlier = DAY - timedelta(days=30)
    assert month == [{**row, "growth": -30, "percent": Decimal("-0.15"), "compared_with": earlier}]
    rest = database.rows(connection, "dashboard/read_ranking", {**EVERYBODY, "most": 2, "skipped": 2})
    assert ids(rest) == ["1", "4"]
    (searched,) = database.rows(
        connection, "dashboard/search_ranking", {**EVERYBODY, **NOBODY, "exact": "HANDLE.1", "prefix": "x%"}
    )
    assert searched == row


def test_the_overruled_are_left_out_and_counted(connection: Connection):
    """Whom a person overruled to be refused is on no page unless asked for, and marked then; one that was passed, or whose
    overrule was withdrawn, is as everybody. Counted are those who fit the same choice.
    """
    stand(connection, "1", handle="luna.one", growth_7=3)
    stand(connection, "2", handle="luna.two", nickname="Second", growth_7=2)
    stand(connection, "3", handle="luna.three", growth_7=1, band="above")
    stand(connection, "4", handle="luna.four")
    said = {"made_by": "op", "day": DAY, "keyword": "k", "video_id": "v", "layer": "face", "reason": "A poster."}
    insert(connection, "overrules", **said, user_id="1", expected="pass")
    insert(connection, "overrules", **said, user_id="2", expected="refuse")
    insert(connection, "overrules", **said, user_id="3", expected="refuse")
    insert(
        connection, "overrules", **said, user_id="4", expected="refuse",
        made_at=NOON, withdrawn_at=NOON, withdrawn_by="op",
    )  # fmt: skip
    everybody = {**EVERYBODY, "ranked_by": "growth_7"}
    luna = {**NOBODY, "exact": "luna", "prefix": "luna%", "letters": "luna", "insides": ["%luna%"]}
    search = {**everybody, **luna}
    for name, parameters in (("read_ranking", everybody), ("search_ranking", search)):
        assert ids(database.rows(connection, f"dashboard/{name}", parameters)) == ["1", "4"]
        shown = database.rows(connection, f"dashboard/{name}", {**parameters, "with_overruled": True})
        marked = [(row["user_id"], row["is_overruled"]) for row in shown]
        assert marked == [("1", False), ("2", True), ("3", True), ("4", False)]
    second = {"exact": "second", "prefix": "second%", "letters": "second", "insides": ["%second%"]}
    for choice, hidden in (
        (NOBODY, 2),
        ({**NOBODY, "band": "above"}, 1),
        ({**NOBODY, "on_day": BEFORE}, 0),
        ({**NOBODY, "followers_from": 20_001}, 0),
        ({**NOBODY, "exact": "luna.two", "prefix": "luna.two%"}, 1),
        (luna, 2),
        ({**NOBODY, **second}, 1),
        ({**NOBODY, **second, "letters": None, "insides": None, "words": "se"}, 1),
    ):
        counted = database.one(connection, "dashboard/count_overruled", {**EVERYBODY, **choice})
        assert counted == {"creators": hidden}


def test_search_ranking(connection: Connection):
    """Who is found by handle and by name comes once; filters and order are those of the ranking."""
    stand(connection, "1", handle="luna.bakes", nickname="Luna Bakes", growth_7=1)
    stand(connection, "2", handle="milo", nickname="The Luna", growth_7=3)
    stand(connection, "3", handle="deluna", nickname="Deluna", growth_7=9)
    stand(connection, "4", handle="lunatic", nickname=None, growth_7=2, status="gone")
    search = {**EVERYBODY, "ranked_by": "growth_7", **NOBODY}
    search |= {"exact": "luna", "prefix": "LUNA%", "letters": "luna", "insides": ["%luna%"]}
    assert ids(database.rows(connection, "dashboard/search_ranking", search)) == ["3", "2", "4", "1"]
    alive = {**search, "status": "active", "most": 1, "skipped": 1}
    assert ids(database.rows(connection, "dashboard/search_ranking", alive)) == ["2"]
    begun = {**search, "letters": None, "insides": None, "words": "lu"}
    assert ids(database.rows(connection, "dashboard/search_ranking", begun)) == ["2", "4", "1"]


INDEXES = {
    **{name: f"standings_{name}" for name in ("acceleration", "score", "engagement")},
    **{f"{figure}_{days}": f"standings_{figure}_{days}" for figure in ("percent", "growth") for days in (1, 7, 30)},
    "follower_count": "standings_followers",
    "median_plays": "standings_plays",
    "share_above": "standings_above",
    "best_to_median": "standings_best",
    "plays_per_follower": "standings_per_follower",
    "posts_per_week": "standings_weekly",
    "last_post_on": "standings_last_post",
    "first_seen_on": "standings_first_seen",
    "handle": "standings_by_handle",
    "source_trend": "standings_trend",
}


def test_every_order_has_its_index(connection: Connection):
    """Each order of the ranking is read from an index, not sorted: forwards from its one end, backwards from the other."""
    connection.execute(
        "insert into standings (user_id, day, status, handle, follower_count, heart_count, video_count, is_estimated,"
        " estimated_days, band, is_new, is_fading, percent_1, percent_7, percent_30, growth_1, growth_7, growth_30,"
        " acceleration, score, median_plays, engagement, share_above, best_to_median, plays_per_follower, posts_per_week,"
        " last_post_on, first_seen_on, source_trend)"
        " select number::text, '2026-11-21', 'active', number, number, 1, 1, false, 0, 'inside', false, false,"
        " number, number, number, number, number, number, number, number / 100.0, number, number, number, number, number,"
        " number,"
        " '2026-11-21'::date - number, '2026-11-21'::date - number, number"
        " from generate_series(1, 5000) as number"
    )
    connection.execute("vacuum analyze standings")
    explained = b"explain " + database.statement("dashboard/read_ranking")
    for column, index in INDEXES.items():
        for ascending, how in ((False, ""), (True, " Backward")):
            parameters = {**EVERYBODY, "ranked_by": column, "status": "active", "ascending": ascending}
            plan = "\n".join(line for (line,) in connection.execute(explained, parameters).fetchall())
            assert f"Scan{how} using {index} on standings ranked" in plan, plan
            assert "Sort" not in plan.partition("Nested Loop")[0].partition("->")[2].partition("CTE")[0], plan


def test_those_of_one_day_have_their_index(connection: Connection):
    """Where few were measured on the day, the others are not walked past: growth over one day is read from those alone."""
    connection.execute(
        "insert into standings (user_id, day, status, follower_count, heart_count, video_count, is_estimated,"
        " estimated_days, band, is_new, is_fading, percent_1, growth_1)"
        " select number::text, '2026-11-21'::date - number % 20, 'active', 20000, 1, 1, false, 0, 'inside', false, false,"
        " number, number from generate_series(1, 20000) as number"
    )
    connection.execute("vacuum analyze standings")
    explained = b"explain " + database.statement("dashboard/read_ranking")
    for column in ("percent_1", "growth_1"):
        parameters = {**EVERYBODY, "ranked_by": column, "days": 1, "status": "active", "on_day": DAY}
        plan = "\n".join(line for (line,) in connection.execute(explained, parameters).fetchall())
        assert f"using standings_day_{column} on standings ranked" in plan, plan


def test_estimated_days_behind_a_growth(connection: Connection):
    """Growth counted from an estimated day says so, and so does acceleration that any estimated day goes into."""
    connection.execute("select make_partitions('2026-11-01', 1)")
    for user_id, back, origin in (("1", 7, "interpolation"), ("2", 14, "interpolation"), ("3", 7, "roll_call")):
        stand(connection, user_id)
        snapshot(connection, user_id, DAY - timedelta(days=back), 10, origin=origin)
    found = database.rows(connection, "dashboard/read_ranking", EVERYBODY)
    marks = {row["user_id"]: (row["is_base_estimated"], row["is_acceleration_estimated"]) for row in found}
    assert marks == {"1": (True, True), "2": (False, True), "3": (False, False)}


def test_find_keywords(connection: Connection):
    """The keyword that a text is, whatever its capitals; without one those with words that begin with it, each once."""
    for keyword, back in (
        ("Ramen", 0),
        ("ramen", 1),
        ("ramen burger", 0),
        ("best Ramen", 2),
        ("tramen", 0),
        ("#ramen", 0),
        ("Ramen", 5),
    ):
        insert(connection, "daily_trends", trend_keyword=keyword, discovered_at=DAY - timedelta(days=back))

    def find(exact: str) -> list[str]:
        parameters = {"exact": exact, "most": 9}
        return [row["keyword"] for row in database.rows(connection, "dashboard/find_keywords", parameters)]

    assert sorted(find("RAMEN")) == ["Ramen", "ramen"]
    assert sorted(find("rame")) == ["#ramen", "Ramen", "best Ramen", "ramen", "ramen burger"]
    assert find("burger") == ["ramen burger"]
    assert find("amen") == []


def test_words_follow_the_roster(connection: Connection):
    """A creator's words are there with their first row, change with names and bio alone, and go with them."""
    insert(connection, "creators", user_id="1", handle="tavi.dumplings", nickname="Zoë の店 7")
    words = "select words::text from creator_words"
    lexemes = connection.execute("select tsvector_to_array(words) from creator_words").fetchall()
    assert [set(each) for (each,) in lexemes] == [{"tavi", "dumplings", "zoe", "の店", "店", "7"}]
    before = connection.execute("select ctid::text from creator_words").fetchall()
    connection.execute("update creators set avatar_url = 'other', handle = handle")
    assert connection.execute("select ctid::text from creator_words").fetchall() == before
    insides = "select insides from creator_words"
    assert connection.execute(insides).fetchall() == [("tavi dumplings zoe の店 7",)]
    connection.execute("update creators set signature = 'SCHACH, été'")
    assert connection.execute(insides).fetchall() == [("tavi dumplings zoe の店 7 schach ete",)]
    connection.execute("update creators set handle = 'renamed', nickname = null")
    assert connection.execute(words).fetchall() == [("'renamed'",)]
    connection.execute("delete from creators")
    assert connection.execute(words).fetchall() == []


def test_read_creator_bases(connection: Connection):
    """The rows that growth over 1, 7 and 30 days is counted from, those that are there."""
    connection.execute("select make_partitions('2026-10-01', 2)")
    for back, origin in ((0, "roll_call"), (1, "interpolation"), (2, "roll_call"), (30, "replay")):
        snapshot(connection, "1", DAY - timedelta(days=back), 10, origin=origin)
    assert database.rows(connection, "dashboard/read_creator_bases", {"user_id": "1", "day": DAY}) == [
        {"days": 1, "recorded_date": BEFORE, "observed_at": NOON, "origin": "interpolation", "is_estimated": True},
        {
            "days": 30, "recorded_date": DAY - timedelta(days=30), "observed_at": NOON, "origin": "replay",
            "is_estimated": False,
        },
    ]  # fmt: skip


def test_read_sparklines(connection: Connection):
    """The 30 days up to the day, in their order, for the creators asked for."""
    connection.execute("select make_partitions('2026-10-01', 2)")
    for back, followers, origin in (
        (30, 1, "roll_call"),
        (0, 4, "roll_call"),
        (29, 2, "replay"),
        (1, 3, "interpolation"),
    ):
        snapshot(connection, "1", DAY - timedelta(days=back), followers, origin=origin)
    snapshot(connection, "1", DAY + timedelta(days=1), 5)
    snapshot(connection, "2", DAY, 6)
    found = database.rows(connection, "dashboard/read_sparklines", {"user_ids": ["1", "3"], "day": DAY})
    assert found == [
        {
            "user_id": "1",
            "days": [DAY - timedelta(days=29), BEFORE, DAY],
            "followers": [2, 3, 4],
            "estimated": [False, True, False],
        }
    ]


def test_read_freshness(connection: Connection):
    """The latest day of all standings, and the last run of the latest day; a dry run says nothing."""
    assert database.rows(connection, "dashboard/read_freshness") == []
    stand(connection, "1", day=BEFORE)
    nothing = dict.fromkeys(
        ("run_day", "run_id", "mode", "state", "started_at", "finished_at", "coverage", "measured", "due", "roster"),
        None,
    )
    assert database.rows(connection, "dashboard/read_freshness") == [{"day": BEFORE, "refreshed_at": NOON, **nothing}]
    stand(connection, "2", refreshed_at=NOON + timedelta(hours=1))
    end_run(connection, "first", started_at=NOON, state="incomplete")
    end_run(connection, "second", started_at=NOON + timedelta(hours=1))
    end_run(connection, "rehearsal", started_at=NOON + timedelta(hours=2), settings='{"dry_run": true}')
    end_run(connection, "late replay", day=BEFORE, mode="replay", started_at=NOON + timedelta(hours=3))
    assert database.rows(connection, "dashboard/read_freshness") == [
        {
            "day": DAY,
            "refreshed_at": NOON + timedelta(hours=1),
            "run_day": DAY,
            "run_id": "second",
            "mode": "live",
            "state": "complete",
            "started_at": NOON + timedelta(hours=1),
            "finished_at": None,
            "coverage": Decimal("0.98"),
            "measured": None,
            "due": None,
            "roster": 3,
        }
    ]


def test_read_recent_trends(connection: Connection):
    """Trends of 14 days, each once: the latest day first, and the best rank on it."""
    for keyword, back, rank in (
        ("old", 14, 1),
        ("a", 13, 1),
        ("b", 0, 2),
        ("c", 0, None),
        ("a", 0, 3),
        ("future", -1, 1),
    ):
        insert(connection, "daily_trends", trend_keyword=keyword, discovered_at=DAY - timedelta(days=back), rank=rank)
    found = database.rows(connection, "dashboard/read_recent_trends", {"day": DAY})
    assert [row["trend_keyword"] for row in found] == ["a", "b", "c"]


def test_read_creator(connection: Connection):
    """A creator without a standing has a row; its figures are unknown."""
    insert(connection, "creators", user_id="1", handle="luna", signature="bio", first_seen_on=DAY)
    (row,) = database.rows(connection, "dashboard/read_creator", {"user_id": "1"})
    known = {name: value for name, value in row.items() if value is not None}
    assert known == {
        "user_id": "1",
        "handle": "luna",
        "signature": "bio",
        "status": "active",
        "first_seen_on": DAY,
        "misses_in_row": 0,
        "has_graduated": False,
        "is_overruled": False,
    }
    stand(connection, "2", growth_7=5, score=Decimal("1.5"))
    (row,) = database.rows(connection, "dashboard/read_creator", {"user_id": "2"})
    assert (row["day"], row["follower_count"], row["growth_7"], row["score"]) == (DAY, 20_000, 5, Decimal("1.5"))
    assert database.rows(connection, "dashboard/read_creator", {"user_id": "3"}) == []


def test_read_creator_days(connection: Connection):
    """One creator's rows from a day on, newest first, with what they were compared with; and the last day of all."""
    assert database.rows(connection, "dashboard/read_creator_last_day", {"user_id": "1"}) == [{"day": None}]
    for back in (2, 0, 1):
        snapshot(connection, "1", DAY - timedelta(days=back), 10 - back, compared_with=DAY - timedelta(days=back + 1))
    snapshot(connection, "2", DAY, 5)
    found = database.rows(connection, "dashboard/read_creator_days", {"user_id": "1", "first_day": BEFORE})
    row = {
        "heart_count": 1,
        "video_count": 1,
        "daily_growth_followers": 0,
        "daily_growth_percent": Decimal("0.00"),
        "source_trend": None,
        "observed_at": NOON,
        "origin": "roll_call",
        "is_estimated": False,
        "is_against_estimate": False,
    }
    two_before = DAY - timedelta(days=2)
    assert found == [
        {**row, "recorded_date": DAY, "follower_count": 10, "compared_with": BEFORE},
        {**row, "recorded_date": BEFORE, "follower_count": 9, "compared_with": two_before},
    ]
    whole = database.rows(connection, "dashboard/read_creator_days", {"user_id": "1", "first_day": None})
    assert [each["follower_count"] for each in whole] == [10, 9, 8]
    assert database.rows(connection, "dashboard/read_creator_last_day", {"user_id": "1"}) == [{"day": DAY}]


def test_read_creator_verdicts(connection: Connection):
    """The first verdicts first, no more than asked for, none of others."""
    shared = {
        "keyword": "k",
        "handle": "h",
        "layer": "accepted",
        "rules_version": "1",
        "run_id": "r",
        "screened_at": NOON,
    }
    for video, user_id, back in (("a", "1", 0), ("b", "1", 2), ("c", "2", 3), ("d", "1", 1)):
        insert(connection, "verdicts", **shared, video_id=video, user_id=user_id, day=DAY - timedelta(days=back))
    found = database.rows(connection, "dashboard/read_creator_verdicts", {"user_id": "1", "most": 2})
    unknown = ("field", "matched_text", "measured", "threshold", "detector", "score", "cover_field", "followers_from")
    row = {**dict.fromkeys(unknown, None), **shared, "is_uncertain": False}
    del row["run_id"]
    assert found == [
        {**row, "video_id": "b", "day": DAY - timedelta(days=2)},
        {**row, "video_id": "d", "day": BEFORE},
    ]


def test_read_creator_handles_and_misses(connection: Connection):
    """Handles and misses of one creator, the latest first."""
    for user_id, handle, back in (("1", "first", 5), ("1", "second", 1), ("2", "other", 0)):
        insert(connection, "handle_history", user_id=user_id, handle=handle, seen_from=DAY - timedelta(days=back))
    assert database.rows(connection, "dashboard/read_creator_handles", {"user_id": "1"}) == [
        {"handle": "second", "seen_from": BEFORE},
        {"handle": "first", "seen_from": DAY - timedelta(days=5)},
    ]
    for user_id, day in (("1", BEFORE), ("1", DAY), ("2", DAY), ("1", date(2026, 1, 1))):
        insert(
            connection,
            "roll_call_misses",
            user_id=user_id,
            day=day,
            outcome="suspect",
            reason="fell",
            follower_count=7,
            missed_at=NOON,
        )
    row = {"outcome": "suspect", "reason": "fell", "follower_count": 7, "missed_at": NOON}
    assert database.rows(connection, "dashboard/read_creator_misses", {"user_id": "1", "most": 2}) == [
        {"day": DAY, **row},
        {"day": BEFORE, **row},
    ]


def test_find_creator(connection: Connection):
    """The owner of a handle, else who had it last; who is not on the roster any more is not found."""
    insert(connection, "creators", user_id="1", handle="luna")
    insert(connection, "creators", user_id="2", handle="milo")
    for user_id, handle, back in (("2", "luna", 0), ("1", "early", 9), ("2", "early", 3), ("3", "lost", 1)):
        insert(connection, "handle_history", user_id=user_id, handle=handle, seen_from=DAY - timedelta(days=back))
    found = {
        handle: ids(database.rows(connection, "dashboard/find_creator", {"handle": handle}))
        for handle in ("luna", "LUNA", "early", "lost", "nobody")
    }
    assert found == {"luna": ["1"], "LUNA": ["1"], "early": ["2"], "lost": [], "nobody": []}
