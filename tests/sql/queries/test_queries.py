"""The monitoring queries: rows in, rows out. Days are counted from today, as the queries do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "sql" / "queries"


@pytest.fixture
def today(connection: psycopg.Connection, lasting_day: date) -> date:
    """Today, with the partitions that the days around it need."""
    connection.execute("select make_partitions(%s, 2)", [lasting_day - timedelta(days=45)])
    return lasting_day


def run(connection: psycopg.Connection, name: str) -> list[tuple[Any, ...]]:
    """The query's rows, sent as psql sends it: no parameters, a literal % is a %."""
    return connection.execute((FOLDER / f"{name}.sql").read_bytes()).fetchall()


def add_creator(connection: psycopg.Connection, user_id: str, handle: str, status: str = "active") -> None:
    connection.execute(
        "insert into creators (user_id, handle, nickname, status) values (%s, %s, %s, %s)",
        [user_id, handle, handle.title(), status],
    )


def add_snapshots(
    connection: psycopg.Connection, user_id: str, counts: dict[date, int], *, estimated: tuple[date, ...] = ()
) -> None:
    """Follower counts by day; growth is counted from the day before in the mapping."""
    before = None
    for day, followers in sorted(counts.items()):
        growth = 0 if before is None else followers - before
        percent = Decimal(0) if not before else round(Decimal(growth * 100) / before, 2)
        connection.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count,"
            " daily_growth_followers, daily_growth_percent, origin, is_estimated)"
            " values (%s, %s, %s, 0, 0, %s, %s, %s, %s)",
            [
                user_id,
                day,
                followers,
                growth,
                percent,
                "interpolation" if day in estimated else "roll_call",
                day in estimated,
            ],
        )
        before = followers


def add_verdict(connection: psycopg.Connection, day: date, video_id: str, layer: str, **values: Any) -> None:
    row = {
        "day": day,
        "keyword": "comets",
        "video_id": video_id,
        "user_id": f"user of {video_id}",
        "handle": "someone",
        "layer": layer,
        "field": None,
        "matched_text": None,
        "is_uncertain": False,
        "rules_version": "1",
        "run_id": "manual__1",
        **values,
    }
    connection.execute(
        "insert into verdicts (day, keyword, video_id, user_id, handle, layer, field, matched_text, is_uncertain,"
        " rules_version, run_id) values (%(day)s, %(keyword)s, %(video_id)s, %(user_id)s, %(handle)s, %(layer)s,"
        " %(field)s, %(matched_text)s, %(is_uncertain)s, %(rules_version)s, %(run_id)s)",
        row,
    )


def add_call(
    connection: psycopg.Connection,
    day: date,
    endpoint: str,
    subject: str,
    outcome: str,
    usd: str,
    keyword: str | None = None,
    pipeline: str = "comets",
) -> None:
    connection.execute(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, is_billed, price_usd,"
        " keyword) values (%s, %s, %s, %s, %s, 'me', 'manual__1', 'discover', %s, %s, %s)",
        [pipeline, day, endpoint, subject, outcome, Decimal(usd) > 0, Decimal(usd), keyword],
    )


def test_every_query_has_a_test():
    """The queries are the seven that are tested here."""
    assert sorted(path.stem for path in FOLDER.glob("*")) == [
        "api_spend",
        "creators_about_to_leave_the_band",
        "creators_per_trend",
        "gaps",
        "todays_creators_by_growth",
        "top_growth_7_days",
        "verdicts_by_layer",
    ]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_no_rows_in(connection: psycopg.Connection, path: Path):
    """On an empty database each gives no row and no error."""
    assert run(connection, path.stem) == []


def test_todays_creators_by_growth(connection: psycopg.Connection, today: date):
    """Only today's rows, the largest percentage first."""
    for user_id, handle, followers in (("1", "slow", 10_100), ("2", "fast", 11_000)):
        add_creator(connection, user_id, handle)
        add_snapshots(connection, user_id, {today - timedelta(1): 10_000, today: followers})
    assert run(connection, "todays_creators_by_growth") == [
        ("fast", "Fast", 11_000, 1_000, Decimal("10.00")),
        ("slow", "Slow", 10_100, 100, Decimal("1.00")),
    ]


def test_top_growth_7_days(connection: psycopg.Connection, today: date):
    """The sum over seven days is the difference of the ends, estimated days included; the 20 largest."""
    for number in range(22):
        add_creator(connection, str(number), f"c{number:02}")
        days = {today - timedelta(back): 10_000 + (9 - back) * number for back in range(9)}
        add_snapshots(connection, str(number), days, estimated=(today - timedelta(3),))
    assert run(connection, "top_growth_7_days") == [(f"c{n:02}", f"C{n:02}", 7 * n) for n in range(21, 1, -1)]


def test_creators_per_trend(connection: psycopg.Connection, today: date):
    """Today's finds by trend with their average; who was only called in the roll call is not there."""
    for user_id, followers, trend in (
        ("1", 10_000, "ramen"),
        ("2", 20_001, "ramen"),
        ("3", 50_000, "#cats"),
        ("4", 7, None),
    ):
        add_snapshots(connection, user_id, {today - timedelta(1): followers, today: followers})
        connection.execute(
            "update creator_stats set source_trend = %s where user_id = %s and recorded_date = %s",
            [trend, user_id, today],
        )
    assert run(connection, "creators_per_trend") == [
        ("ramen", 2, Decimal("15000.5")),
        ("#cats", 1, Decimal(50_000)),
    ]


def test_creators_about_to_leave_the_band(connection: psycopg.Connection, today: date):
    """Up and down, by the pace between measured days; not the slow, the steady, the gone, the long unseen or the overruled."""

    def back(days: int) -> date:
        return today - timedelta(days)

    for user_id, handle, counts in (
        ("1", "rising", {back(6): 80_000, back(2): 90_000, back(0): 95_000}),
        ("2", "falling", {back(7): 10_700, back(0): 10_000}),
        ("3", "at_the_top", {back(1): 99_999, back(0): 100_000}),
        ("4", "slow", {back(7): 50_000, back(0): 50_700}),
        ("5", "steady", {back(7): 100_000, back(0): 100_000}),
        ("6", "left_already", {back(1): 99_000, back(0): 101_000}),
        ("7", "gone", {back(1): 98_000, back(0): 99_000}),
        ("8", "unseen", {back(9): 98_000, back(8): 99_000}),
        ("9", "seen_once", {back(0): 99_999}),
        ("11", "overruled", {back(1): 99_000, back(0): 99_999}),
        ("10", "gap", {back(14): 10_000, back(3): 98_000, back(2): 98_500, back(1): 99_000, back(0): 99_500}),
    ):
        add_creator(connection, user_id, handle, "gone" if handle == "gone" else "active")
        estimated = (back(3), back(2), back(1)) if handle == "gap" else ()
        add_snapshots(connection, user_id, counts, estimated=estimated)
    connection.execute(
        "insert into overrules (made_by, day, keyword, video_id, user_id, layer, expected, reason)"
        " values ('op', %s, 'k', 'v', '11', 'face', 'refuse', 'A poster.')",
        [today],
    )
    assert run(connection, "creators_about_to_leave_the_band") == [
        ("at_the_top", "At_The_Top", 100_000, today + timedelta(1), today, 2, Decimal("1.0"), "passes 100,000"),
        ("falling", "Falling", 10_000, today + timedelta(1), today, 2, Decimal("-100.0"), "falls below 10,000"),
        ("rising", "Rising", 95_000, today + timedelta(3), today, 3, Decimal("2500.0"), "passes 100,000"),
    ]


def test_verdicts_by_layer(connection: psycopg.Connection, today: date):
    """Seven days, each layer's share of all, and how much of it was uncertain; a video of several keywords and days is one."""
    for video_id, word in (("1", "ttv"), ("2", "twitch"), ("3", "twitch")):
        add_verdict(connection, today, video_id, "platform", field="bio", matched_text=word)
    add_verdict(connection, today - timedelta(6), "4", "face", field="cover", is_uncertain=True)
    for video_id in ("5", "6", "7"):
        add_verdict(connection, today, video_id, "face", field="cover")
    add_verdict(connection, today, "8", "accepted", user_id="user of 7")
    add_verdict(connection, today - timedelta(7), "9", "pronoun")
    add_verdict(connection, today, "8", "criteria", keyword="b", user_id="user of 7")
    add_verdict(connection, today - timedelta(1), "8", "face", user_id="user of 7")
    add_verdict(connection, today - timedelta(1), "1", "accepted")
    assert run(connection, "verdicts_by_layer") == [
        ("platform", 3, 3, Decimal("37.5"), Decimal("0.0"), "twitch"),
        ("face", 4, 4, Decimal("50.0"), Decimal("25.0"), "cover"),
        ("accepted", 1, 1, Decimal("12.5"), Decimal("0.0"), None),
    ]


def test_api_spend(connection: psycopg.Connection, today: date):
    """Each pipeline's day with a vendor as a whole, its discovery, and by endpoint; a creator found twice is one comet, a known
    one no new one; calls under way are left out.
    """
    add_creator(connection, "1", "new")
    connection.execute("update creators set first_seen_on = %s", [today])
    add_creator(connection, "2", "known")
    add_call(connection, today, "video_search", "a", "answered", "0.001", "ramen")
    add_call(connection, today, "user_profile", "1", "answered", "0.001", "ramen")
    add_call(connection, today, "user_profile", "2", "not_found", "0.001")
    add_call(connection, today, "user_profile", "3", "unavailable", "0")
    add_call(connection, today, "user_profile", "4", "calling", "0")
    add_call(connection, today - timedelta(1), "trending_words", "", "answered", "0.0009")
    add_call(connection, today - timedelta(30), "trending_words", "", "answered", "0.001")
    for keyword in ("a", "b"):
        add_verdict(connection, today, "1", "accepted", keyword=keyword, user_id="1")
    add_verdict(connection, today, "2", "accepted", user_id="2")
    add_call(connection, today, "serper/videos", "q=ice", "answered", "0.0003", "ramen", pipeline="research")
    yesterday, comets, research = today - timedelta(1), ("comets", "tikhub"), ("research", "serper")
    assert run(connection, "api_spend") == [
        (today, *comets, "whole day", 4, 3, 1, Decimal("0.003000"), 2, 1, Decimal("0.001500"), Decimal("0.003000")),
        (
            today,
            *comets,
            "discovery only",
            2,
            2,
            0,
            Decimal("0.002000"),
            2,
            1,
            Decimal("0.001000"),
            Decimal("0.002000"),
        ),
        (today, *comets, "user_profile", 3, 2, 1, Decimal("0.002000"), 2, 1, Decimal("0.001000"), Decimal("0.002000")),
        (today, *comets, "video_search", 1, 1, 0, Decimal("0.001000"), 2, 1, Decimal("0.000500"), Decimal("0.001000")),
        (today, *research, "whole day", 1, 1, 0, Decimal("0.000300"), None, None, None, None),
        (today, *research, "serper/videos", 1, 1, 0, Decimal("0.000300"), None, None, None, None),
        (yesterday, *comets, "whole day", 1, 1, 0, Decimal("0.000900"), 0, 0, None, None),
        (yesterday, *comets, "trending_words", 1, 1, 0, Decimal("0.000900"), 0, 0, None, None),
    ]


def test_gaps(connection: psycopg.Connection, today: date):
    """Each run of unmeasured days: estimated or still open, with the reasons; today is not over yet."""

    def back(days: int) -> date:
        return today - timedelta(days)

    add_creator(connection, "1", "private_for_a_while")
    add_snapshots(connection, "1", {back(n): 10_000 for n in range(9)}, estimated=(back(6), back(5), back(2)))
    add_creator(connection, "2", "gone_since")
    add_snapshots(connection, "2", {back(5): 10_000, back(4): 10_000})
    add_creator(connection, "3", "whole")
    add_snapshots(connection, "3", {back(n): 10_000 for n in range(1, 9)})
    add_creator(connection, "4", "gap_long_ago")
    add_snapshots(connection, "4", {back(n): 10_000 for n in range(40)}, estimated=(back(35),))
    for user_id, day, outcome, reason in (
        ("1", 6, "private", "secret account"),
        ("1", 5, "failed", "no answer in 60 s"),
        ("2", 3, "gone", "status 2065"),
        ("2", 2, "gone", "status 2065"),
    ):
        connection.execute(
            "insert into roll_call_misses (user_id, day, outcome, reason, missed_at) values (%s, %s, %s, %s, %s)",
            [user_id, back(day), outcome, reason, datetime.now(UTC)],
        )
    assert run(connection, "gaps") == [
        ("gone_since", back(3), back(1), 3, 0, "gone: status 2065"),
        ("private_for_a_while", back(6), back(5), 2, 2, "failed: no answer in 60 s; private: secret account"),
        ("private_for_a_while", back(2), back(2), 1, 1, "not looked for"),
    ]
