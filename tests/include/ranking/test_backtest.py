"""The backtest on histories whose truth is known: a ranking that is right, wrong or random is told to be so."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from include import database
from include.local import backtest as command
from include.ranking import backtest
from include.ranking.backtest import Day, Estimate, Precision

FIRST_DAY = date(2026, 9, 1)
CREATORS, DAYS, AHEAD = 2_000, 25, 7
# The hundredth part of 2,000 creators: those who grow by a half in a week, whoever the others are.
WINNERS = {str(number) for number in range(20)}


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def end_of(number: int) -> datetime:
    return datetime.combine(day(number + 1), datetime.min.time(), UTC)


def fill(connection: psycopg.Connection, days: int = DAYS, creators: int = CREATORS) -> None:
    """Every day everybody grows by 0 to 0.5 %, alike from day to day, and the winners by 6 %."""
    connection.execute("select make_partitions(%s, 2)", [FIRST_DAY])
    connection.execute("insert into creators (user_id) select n::text from generate_series(0, %s - 1) as n", [creators])
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin, observed_at,"
        " compared_with) select n::text, %(first)s::date + d, (20000 * (1 + case when n < 20 then 0.06 else (n %% 50) / 10000.0"
        " end) ^ d)::bigint, 0, 0, 'roll_call', (%(first)s::date + d) + interval '2 hours', case when d > 0 then"
        " %(first)s::date + d - 1 end from generate_series(0, %(creators)s - 1) as n, generate_series(0, %(days)s - 1) as d",
        {"first": FIRST_DAY, "creators": creators, "days": days},
    )
    connection.execute(
        "update creator_stats as today set daily_growth_followers = today.follower_count - before.follower_count"
        " from creator_stats as before where before.user_id = today.user_id and before.recorded_date = today.compared_with"
    )
    connection.execute("update creators set last_measured_on = %s", [day(days - 1)])
    connection.execute("analyze creators, creator_stats")


def freeze(connection: psycopg.Connection, ranking: str, of_day) -> None:
    """Keep a made-up ranking of each day: `of_day(number)` are its user ids, first ones first."""
    with connection.cursor() as cursor, cursor.copy("copy breakout_rankings from stdin") as copy:
        for number in range(1, DAYS):
            for rank, user_id in enumerate(of_day(number), 1):
                copy.write_row([day(number), ranking, rank, user_id, 50, 20_000])


def run(connection: psycopg.Connection, ahead: int = AHEAD) -> backtest.Backtest:
    url = connection.info.dsn
    with database.Database(lambda: psycopg.connect(url)) as connections:
        return backtest.run(connections, ahead)


def judged(connection: psycopg.Connection, number: int) -> list[tuple]:
    parameters = {"day": day(number), "days_ahead": AHEAD, "known_by": end_of(number)}
    return [tuple(row.values()) for row in database.rows(connection, "ranking/judge_day", parameters)]


def everybody(first: list[str]) -> list[str]:
    """`first`, then losers, 1,000 in all."""
    return (first + [str(number) for number in range(20, CREATORS)])[:1_000]


def test_a_ranking_that_is_right_and_one_that_is_wrong(connection):
    """All of the first 10 are winners, against none; of the first 50 and 100 the 20 that there are."""
    fill(connection)
    freeze(connection, "score", lambda _: everybody(sorted(WINNERS)))
    freeze(connection, "growth", lambda _: everybody([]))
    tested = run(connection)
    none = Estimate(0.0, 0.0, 0.0)
    assert [(each.first, each.days, each.score, each.growth, each.chance.value) for each in tested.precisions] == [
        (10, 17, Estimate(1.0, 1.0, 1.0), none, pytest.approx(0.01)),
        (50, 17, Estimate(0.4, 0.4, 0.4), none, pytest.approx(0.01)),
        (100, 17, Estimate(0.2, 0.2, 0.2), none, pytest.approx(0.01)),
    ]
    # By growth in percent, which is asked of the rows themselves, the winners are found as well.
    assert [(each.percent, each.lift_over_percent) for each in tested.precisions] == [
        (each.score, Estimate(1.0, 1.0, 1.0)) for each in tested.precisions
    ]
    assert [
        (each.lift_over_growth, each.lift_over_chance and each.lift_over_chance.value) for each in tested.precisions
    ] == [
        (None, pytest.approx(100)),
        (None, pytest.approx(40)),
        (None, pytest.approx(20)),
    ]
    assert {(each.is_frozen, each.creators, each.winners) for each in tested.days} == {(True, CREATORS, 20)}


def test_a_random_ranking_is_no_better_than_chance(connection):
    """Drawn anew each day, 1 of 100 is a winner, give or take what 17 days can show; two such have a lift of about 1."""
    fill(connection)
    for seed, ranking in enumerate(("score", "growth")):
        dice = random.Random(seed)  # noqa: S311 - a draw, no secret
        freeze(
            connection, ranking, lambda _, dice=dice: dice.sample([str(number) for number in range(CREATORS)], 1_000)
        )
    (*_, hundred) = run(connection).precisions
    assert hundred.score.low <= 0.01 <= hundred.score.high
    assert hundred.lift_over_growth is not None
    assert hundred.lift_over_growth.low <= 1 <= hundred.lift_over_growth.high


def test_history_without_frozen_rankings_is_ranked_again(connection):
    """An imported history is judged by rankings made as of each day; steady winners are found at once, and it is kept."""
    fill(connection)
    tested = run(connection)
    assert [(each.day, each.is_frozen) for each in tested.days] == [(day(number), False) for number in range(1, 18)]
    assert tested.precisions[0].score == Estimate(1.0, 1.0, 1.0)
    (kept,) = database.rows(connection, "dashboard/read_last_backtest")
    del kept["made_at"]
    assert kept == {
        "backtest_id": 1,
        "days_ahead": 7,
        "first_day": day(1),
        "last_day": day(17),
        "judged_days": 17,
        "frozen_days": 0,
        "results": json.loads(backtest.as_json(tested))["precisions"],
    }
    assert connection.execute("select count(*) from breakout_rankings").fetchone() == (0,)


def test_it_never_looks_ahead(connection):
    """Rows that arrive after a day's end, estimates among them, change nothing of how that day was ranked."""
    fill(connection, creators=300)
    # Somebody of whom little is known in time, and who turns out to have grown by more than all others.
    connection.execute("insert into creators (user_id) values ('late')")
    add = (
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin, is_estimated,"
        " observed_at, compared_with) values ('late', %s, %s, 1, 1, %s, %s, %s, %s)"
    )
    for number in (8, 9, 10):
        connection.execute(add, [day(number), 20_000, "roll_call", False, end_of(number - 1), day(number - 1)])
    before, scores = judged(connection, 10), score_of_late(connection)
    assert [row[:5] for row in before] == [
        ("growth", 301, 10, 100, 10),
        ("percent", 301, 10, 100, 10),
        ("score", 301, 10, 100, 10),
    ]
    # A replay brings answers late, a gap is estimated, and days go on.
    connection.execute(add, [day(7), 100, "replay", False, end_of(10), None])
    connection.execute(add, [day(5), 100, "replay", False, end_of(12), None])
    connection.execute(add, [day(6), 100, "interpolation", True, None, day(5)])
    connection.execute(add, [day(11), 90_000, "roll_call", False, end_of(10), day(10)])
    assert judged(connection, 10) == before
    assert score_of_late(connection) == scores
    # What is measured in time counts.
    connection.execute(add, [day(4), 100, "roll_call", False, end_of(3), None])
    assert score_of_late(connection) != scores


def score_of_late(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select * from score_creators(%s, %s) where user_id = 'late'", [day(10), end_of(10)]
    ).fetchall()


def test_who_is_gone_later_is_no_hit(connection):
    """A creator without a number on the later day counts among the ranked, and as a miss."""
    fill(connection)
    gone = sorted(WINNERS)[:5]
    connection.execute("delete from creator_stats where user_id = any(%s) and recorded_date = %s", [gone, day(17)])
    ((_, creators, _, listed, hits, *_),) = [row for row in judged(connection, 10) if row[0] == "score"]
    frozen_order = [row[0] for row in first_ten(connection, 10)]
    assert (creators, listed, hits) == (CREATORS, 100, sum(user_id not in gone for user_id in frozen_order))


def first_ten(connection: psycopg.Connection, number: int) -> list[tuple]:
    return connection.execute(
        "select user_id from score_creators(%s, null) order by score desc, user_id limit 10", [day(number)]
    ).fetchall()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (12, "12 of 21 days: 9 more days are needed.\n"),
        (20, "20 of 21 days: 1 more day is needed.\n"),
        (0, "0 of 21 days: 21 more days are needed.\n"),
    ],
)
def test_too_little_history(connection, days, expected):
    """It says how many days are missing, shows nothing else, and keeps nothing."""
    if days:
        fill(connection, days, creators=30)
    assert backtest.as_table(run(connection)) == expected
    assert database.rows(connection, "dashboard/read_last_backtest") == []


def test_history_of_too_few_creators(connection):
    """Where fewer than 10 were ranked there is nothing to judge, and that is said."""
    fill(connection, creators=9)
    assert backtest.as_table(run(connection)) == "25 days of history, but on none of them were 10 creators ranked.\n"


def test_the_interval_holds_the_spread_of_days():
    """Days that are all alike have no spread; days that differ do; the same days always give the same interval."""
    alike = [Day(day(number), True, 1_000, 10, 1_000, (5, 5, 5), (1, 1, 1), (2, 2, 2)) for number in range(20)]
    mixed = [
        Day(day(number), True, 1_000, 10, 1_000, (number % 10, 5, 5), (1, 1, 1), (2, 2, 2)) for number in range(20)
    ]
    first = next(backtest.measure(alike, 7))
    assert (first.score, first.lift_over_growth, first.lift_over_percent) == (
        Estimate(0.5, 0.5, 0.5),
        Estimate(5.0, 5.0, 5.0),
        Estimate(2.5, 2.5, 2.5),
    )
    first, again = (next(backtest.measure(mixed, 7)) for _ in range(2))
    assert first.score.value == pytest.approx(0.45)
    assert first.score.low < 0.45 < first.score.high
    assert first == again


def test_the_table():
    """Shares as percentages, factors as factors, and a dash for a lift over nothing."""
    tested = backtest.Backtest(
        7,
        30,
        21,
        (
            Day(day(1), True, 1_000, 10, 1_000, (5, 5, 5), (0, 0, 0), (4, 4, 4)),
            Day(day(2), False, 9, 9, 9, (5, 5, 5), (0, 0, 0), (4, 4, 4)),
        ),
        (
            Precision(
                10,
                2,
                Estimate(0.5, 0.4, 0.6),
                Estimate(0, 0, 0),
                Estimate(0.4, 0.35, 0.45),
                Estimate(0.01, 0.01, 0.01),
                None,
                Estimate(1.25, 1.1, 1.4),
                Estimate(50, 40, 60),
            ),
        ),
    )
    assert backtest.as_table(tested) == (
        "2 days, 2026-09-02 to 2026-09-03: 1 by the ranking kept that day, 1 ranked again as of their day\n"
        "A hit is among the 1 % (10 at least) that grew most in the 7 days after.\n"
        "\n"
        "         breakout score          yesterday, percent      yesterday, followers    chance\n"
        "top 10   50.0% (40.0%–60.0%)     40.0% (35.0%–45.0%)     0.0% (0.0%–0.0%)        1.0%\n"
        "\n"
        "lift     over percent            over followers          over chance\n"
        "top 10   1.2× (1.1–1.4)          -                       50.0× (40.0–60.0)\n"
        "In brackets: 95 % intervals, from 2,000 samples of the days.\n"
    )


def test_the_command(connection, database_url, monkeypatch, capsys):
    """The command prints one JSON object, or says what it was asked wrongly."""
    monkeypatch.setenv("POSTGRES_URL_NON_POOLING", database_url)
    assert command.main({**os.environ, "FORMAT": "json", "DAYS_AHEAD": "3"}) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["days_ahead"], told["missing_days"], told["precisions"]) == (3, 17, [])
    assert command.main({**os.environ, "DAYS_AHEAD": "soon"}) == 2
    assert capsys.readouterr().err == "FORMAT is table or json; DAYS_AHEAD is a whole number from 1 to 90.\n"


def test_a_database_without_tables(empty_database_url, monkeypatch, capsys):
    """Where the schema is missing the command fails and says what to run."""
    monkeypatch.setenv("POSTGRES_URL_NON_POOLING", empty_database_url)
    assert command.main(dict(os.environ)) == 1
    assert "make setup" in capsys.readouterr().err
