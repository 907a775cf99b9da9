"""The documents' table of costs is what the stored figures give, and the figures give what a person would count by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from benchmarks import costs
from include.calls.limiter import MARGIN

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "performance.md").read_text(encoding="utf-8")
ROUND = replace(
    costs.load(),
    calls_per_creator=2.0,
    billed_per_creator=1.0,
    discovery_calls=100,
    searches=50,
    verdicts=10,
    verdict=100,
    snapshot=200,
    plan=50,
    creator=1_000,
    standing=500,
    ranked=50,
    emptied_call=500,
    profile_answer=2_000,
    search_answer=40_000,
)


def test_the_page_shows_the_stored_figures():
    """`python -m benchmarks.costs` prints the table of docs/performance.md, markers and all."""
    _, begun, rest = PAGE.partition(costs.BEGIN)
    told, ended, _ = rest.partition(costs.END)
    assert begun + told + ended == costs.marked(costs.load())


@pytest.mark.parametrize(
    ("calls", "price"),
    [(0, 0), (1, 0.001), (1_000, 1), (1_001, 1.0009), (5_000, 4.6), (40_000, 1 + 3.6 + 4 + 7 + 6 + 5)],
)
def test_each_tier_prices_the_calls_within_it(calls, price):
    """The discount of a tier is for the calls above its threshold, not for those before."""
    assert costs.dollars(costs.load().prices, calls) == pytest.approx(price)


def test_the_stored_prices_are_the_schemas(connection: psycopg.Connection):
    """The tiers beside the table are those by which the ledger bills."""
    query = "select call, price_of_call('user_profile', call)::float8 from unnest(%s::integer []) as call order by call"
    firsts = [first for first, _ in costs.load().prices]
    edges = sorted({1, *firsts, *(first - 1 for first in firsts if first > 1)})
    expected = [(call, max(each for each in costs.load().prices if each[0] <= call)[1]) for call in edges]
    assert connection.execute(query, [edges]).fetchall() == expected


def test_a_day_is_counted_from_the_figures():
    """1,000 creators: 2,100 calls, of which half of the roll call's are billed; bytes are those of rows and of answers.

    A creator and its standing are there once, however many days there are; both rankings name all of them every day.
    """
    kept = 1_000 * 250 + 2_100 * 500 + 10 * 100 + 2 * 1_000 * 50
    answers = (1_100 - 50) * 2_000 + 50 * 40_000
    assert costs.costs_of(ROUND, 1_000) == costs.Costs(
        creators=1_000,
        calls=2_100,
        dollars=pytest.approx(1 + 100 * 0.0009),
        hours=[pytest.approx(2_100 / rate / MARGIN / 3600) for rate in (10, 1)],
        growth=kept + answers,
        after_retention=1_500_000 + 35 * (kept + answers),
        after_a_year=1_500_000 + 365 * kept + 35 * answers,
    )


def test_no_day_has_more_calls_than_the_pace_lets_through():
    """A million creators cost a day's calls at the limit, and the largest roster that is called whole just fits."""
    most = costs.calls_a_day(10)
    largest = costs.largest_whole_roster(ROUND, 10)
    assert costs.costs_of(ROUND, 1_000_000).calls == most
    assert 100 + 2 * largest <= most < 100 + 2 * (largest + 1)
