"""Rules that several statements need: one SQL function each, which the planner writes out where it is used."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import psycopg
import pytest

from include import database
from tests.sql.comets.growth_model import rounded
from tests.sql.test_statements import BIND, PARTS, STATEMENTS, binds, body, text

DAY = date(2026, 11, 2)
MOST = 2**63 - 1
RULES = {
    "growth_followers": {"comets/find_unsettled_growth", "comets/repair_growth", "comets/store_snapshots"},
    "growth_percent": {"comets/repair_growth", "comets/store_snapshots", "ranking/refresh_standings"},
    "is_due": {"comets/count_round"},
    "creators_unmeasured": {
        "comets/count_due",
        "comets/count_left_out",
        "comets/digest/read_lateness",
        "video_research/read_spare_calls",
    },
    "creators_due": {"comets/plan_batches"},
    "part_of_day": {"comets/count_roster", "comets/read_standing"},
    "plays_by_followers": {"comets/videos/refresh_usual", "dashboard/videos/read_figures", "ranking/refresh_standings"},
    "posts_between": {"ranking/refresh_standings"},
    "posts_a_week": {"ranking/refresh_standings"},
    "absences_on": {"comets/count_absences", "comets/doubt_absences"},
}


def pairs_of_counts() -> list[tuple[int | None, int | None]]:
    """A thousand pairs of all sizes, and every pair of the extremes."""
    picked = random.Random(34)  # noqa: S311
    extremes = (None, 0, 1, 2, 3, 7, 10**18, MOST - 1, MOST)
    made = [
        (picked.randrange(2 ** picked.randint(1, 63)), picked.randrange(2 ** picked.randint(1, 63)))
        for _ in range(1_000)
    ]
    return made + [(before, after) for before in extremes for after in extremes]


def test_growth_is_counted_as_the_model_does(connection: psycopg.Connection):
    """Exact, rounded once and halves away from 0, for counts of all sizes; NULL without anything to grow from; to 0 is -100 %."""
    pairs = pairs_of_counts()
    rows = connection.execute(
        "select growth_followers(a, b), growth_percent(a, b) from unnest(%s::bigint[], %s::bigint[]) with ordinality"
        " as pairs (a, b, n) order by n",
        [[before for before, _ in pairs], [after for _, after in pairs]],
    ).fetchall()
    expected = [
        (after - before, rounded(Fraction((after - before) * 100, before), 2))
        if before and after is not None
        else (None, None)
        for before, after in pairs
    ]
    assert rows == expected
    assert rows[pairs.index((7, 0))] == (-7, Decimal("-100.00"))
    assert rows[pairs.index((3, 2))] == (-1, Decimal("-33.33"))


def test_who_is_due_is_the_same_for_all_who_ask(connection: psycopg.Connection):
    """What is planned, counted beforehand and counted as left out are those whom a plain reading of the rule names."""
    picked = random.Random(34)  # noqa: S311
    days: list[date | None] = [None, *(DAY + timedelta(apart) for apart in (-2, -1, 0, 1))]
    outcomes = (None, None, "failed", "gone", "private", "banned", "suspect")
    due, unmeasured = set(), set()
    for number in range(400):
        user_id, first_seen_on, next_due_on = str(number), picked.choice(days), picked.choice(days)
        outcome, is_estimated = picked.choice(outcomes), picked.choice((None, None, True, False))
        connection.execute(
            "insert into creators (user_id, first_seen_on, next_due_on) values (%s, %s, %s)",
            [user_id, first_seen_on, next_due_on],
        )
        if is_estimated is not None:
            connection.execute(
                "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin,"
                " is_estimated, observed_at) values (%s, %s, 1, 1, 1, %s, %s, %s)",
                [
                    user_id,
                    DAY,
                    "interpolation" if is_estimated else "roll_call",
                    is_estimated,
                    None if is_estimated else DAY,
                ],
            )
        if outcome is not None:
            connection.execute(
                "insert into roll_call_misses (user_id, day, outcome, reason) values (%s, %s, %s, 'because')",
                [user_id, DAY, outcome],
            )
        if (first_seen_on or DAY) <= DAY and (next_due_on or DAY) <= DAY:
            due.add(user_id)
            if is_estimated is not False and outcome in (None, "failed"):
                unmeasured.add(user_id)
    assert 20 < len(unmeasured) < len(due) < 400

    def asked(query: str) -> set[str]:
        return {user_id for (user_id,) in connection.execute(query, [DAY]).fetchall()}

    assert asked("select user_id from creators_unmeasured(%s, false)") == unmeasured
    assert asked("select user_id from creators_due(%s, false, 10000, 100000)") == unmeasured
    assert database.one(connection, "comets/count_due", {"day": DAY}) == {"due": len(unmeasured)}
    of_day = {"day": DAY, "name": "slow"}
    connection.execute("insert into rate_limits (name, emission) values ('slow', '1 day')")
    assert database.one(connection, "comets/count_round", {**of_day, "max_calls": 1})["creators"] == len(due)
    # With a plan for one of them, and a pace of no more than one a day, the others who did not fail are left out.
    failed = asked("select user_id from roll_call_misses where day = %s and outcome = 'failed'")
    first = min(unmeasured - failed)
    connection.execute(
        "insert into roll_call_batches (day, batch, first_position, last_position, user_ids) values (%s, 0, 1, 1, %s)",
        [DAY, [first]],
    )
    left_out = database.one(connection, "comets/count_left_out", of_day)
    assert left_out == {"left_out": len(unmeasured - failed - {first})}
    assert asked("select user_id from creators_due(%s, false, 10000, 100000)") == unmeasured - {first}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_costs_no_calls(connection: psycopg.Connection, rule: str):
    """Its statements are those that name it, and in their plans it is written out: nothing is called once per row."""
    assert {name for name in STATEMENTS if f"{rule}(" in body(name)} == RULES[rule]
    for name in RULES[rule]:
        nothing = BIND.sub(lambda match: f"null::{match[2] or 'text'}", body(name))
        plan = connection.execute(f"explain verbose {nothing}".encode()).fetchall()
        assert not [line for (line,) in plan if re.search(rf"\b{rule}\(", line)], name


def test_no_statement_says_a_rule_in_its_own_words():
    """Neither the division that gives the percents, nor the day a creator is put off to."""
    spelled = re.compile(r"\* 100\.0+\b|next_due_on is null or")
    assert [name for name in STATEMENTS if spelled.search(body(name))] == []


def columns(name: str, begin: str, end: str) -> str:
    """A part of a statement, as one line, from a word up to another."""
    code = re.sub(r"\s+", " ", text(name))
    return code[code.index(begin) : code.index(end, code.index(begin))]


def test_what_narrows_a_ranking_is_said_once():
    """Whoever shows, counts or hands out the ranking has the same part of a statement for it: no filter stands anywhere else."""
    filters = re.compile(
        r"%\((?:on_day|followers_to|growth_to|engagement_to|plays_to|above_to|best_to|per_follower_to|weekly_to|posted_until"
        r"|only_fading|only_new|trends)\)s"
    )
    said = re.sub(r"--.*", "", text("parts/ranking/choice")).strip().splitlines()[-1].strip()
    users = {name for name in STATEMENTS if said in body(name)}
    assert {name for name in STATEMENTS if filters.search(body(name))} == users
    spelled = {name for name in STATEMENTS + PARTS if filters.search(re.sub(r"--.*", "", text(name)))}
    assert spelled == {"parts/ranking/choice"}
    assert users == {
        "comets/export/read_ranking",
        "dashboard/count_bought",
        "dashboard/count_outside",
        "dashboard/count_overruled",
        "dashboard/read_ranking",
        "dashboard/search_ranking",
        "dashboard/shortlist/count_dismissed",
        "ranking/choose",
        "ranking/choose_found",
    }


def test_verdicts_sought_by_keyword_show_the_same_columns():
    """The columns of a verdict are the same whichever index it was found by."""
    first, last = "verdicts.day, verdicts.keyword,", "verdicts.screened_at"
    assert columns("dashboard/search_verdicts", first, last) == columns("dashboard/search_verdicts_under", first, last)
    assert binds("dashboard/search_verdicts").keys() < binds("dashboard/search_verdicts_under").keys()
