"""Days that are not as usual, and what a person said about them."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest

from include.account_analytics import anomalies
from tests.include.account_analytics.frames import day, layer


def days_of(values, column="video_views", **more):
    return [{"day": day(at), column: value, **more} for at, value in enumerate(values, start=1)]


def kinds(*rows):
    return anomalies.find(layer("daily", *rows)).select("day", "kind").rows()


def test_what_is_usual_is_worked_out_without_the_day_itself():
    """Weeks of 1 … 7, then a 100: its weekday's median is 1, every distance 0, 14 days known; the outlier counts from then on."""
    values = np.array([*range(1, 8), *range(1, 8), 100.0, 2.0])
    middle, spread, known = anomalies.usual(values)
    assert (middle[14], spread[14], known[14]) == (1.0, 0.0, 14)
    assert (middle[15], known[15]) == (2.0, 15)


def test_the_spread_is_the_median_distance_to_the_others_of_ones_weekday():
    """All days 10 in one week and 20 in the next: each is 10 from the others of its weekday, and none helps to make its own."""
    both = np.array([10.0] * 7 + [20.0] * 7 + [0.0])
    middle, spread, _ = anomalies.usual(both)
    assert (middle[14], spread[14]) == (15.0, pytest.approx(1.4826 * 10))
    weeks = np.array([*[1.0] * 7, *[2.0] * 7, *[4.0] * 7, *[8.0] * 7, 0.0])
    # The others of 1, 2, 4, 8 have the medians 4, 4, 2, 2: distances 3, 2, 2, 6, of which the middle is 2.5.
    middle, spread, _ = anomalies.usual(weeks)
    assert (middle[28], spread[28]) == (3.0, pytest.approx(1.4826 * 2.5))


def test_the_median_of_the_others():
    """For any number of known days it is what leaving each out in turn gives."""
    values = np.array([3.0, -1.0, 7.5, 7.5, 0.0, 12.0, 4.0, 2.0])
    for known in range(9):
        ordered = np.sort(np.where(np.arange(8) < known, values, np.nan))
        expected = [np.median(np.delete(ordered[:known], place)) if known > 1 else np.nan for place in range(known)]
        assert anomalies._middle_of_others(ordered)[:known] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("weeks", [4, 8, 52])
def test_ordinary_days_are_seldom_told(weeks: int):
    """Of accounts whose days differ by chance alone, less than one day in a hundred is told."""
    chance = np.random.default_rng(weeks)
    told = months = 0.0
    for _ in range(max(4, 200 // weeks)):
        days = np.exp(8 + 0.4 * chance.standard_normal(7 * weeks)).astype(int).tolist()
        told += len(kinds(*days_of(days)))
        months += (7 * weeks - 14) / 30
    assert told / months < 0.3


def test_what_happens_often_is_usual():
    """Of days with ten times the views, one a week on any weekday, the fourth is told no more; a far larger one is."""
    places = [3, 12, 18, 23, 32, 38, 45]
    days = [(10_000 if place in places else 1_000) + place for place in range(50)]
    assert [found for found, _ in kinds(*days_of(days)) if found > day(33)] == []
    assert kinds(*days_of([*days, 90_000]))[-1] == (day(51), "views_high")


def test_a_day_far_above_or_below_its_weekday():
    """Three weeks of 1,000 views; then 5,000 is high and 200 low; the range is around 1,000."""
    usual = [1000] * 21
    assert kinds(*days_of([*usual, 5000])) == [(day(22), "views_high")]
    assert kinds(*days_of([*usual, 200])) == [(day(22), "views_low")]
    assert kinds(*days_of([*usual, 1400])) == []
    found = anomalies.find(layer("daily", *days_of([*usual, 5000]))).to_dicts()[0]
    reach = 3.5 * 0.15
    assert found["expected_low"] == pytest.approx(math.sinh(math.asinh(1000) - reach))
    assert found["expected_high"] == pytest.approx(math.sinh(math.asinh(1000) + reach))


def test_a_weekday_is_compared_with_its_own_kind():
    """An account that has 10,000 views on one day of the week has them again without anybody being told."""
    week = [10_000, *[1_000] * 6]
    assert kinds(*days_of([*week * 4, 10_000])) == []
    assert kinds(*days_of([*week * 4, 1_000])) == [(day(29), "views_low")]


def test_fourteen_days_have_to_be_known():
    """After thirteen days nobody knows what is usual."""
    assert kinds(*days_of([*[1000] * 13, 9000])) == []
    assert kinds(*days_of([*[1000] * 14, 9000])) == [(day(15), "views_high")]


def test_few_views_are_no_anomaly():
    """From 1 view to 60 is nothing; neither is an engagement of half on 40 views."""
    assert kinds(*days_of([*[1] * 21, 60])) == []
    low = days_of([*[0.01] * 21, 0.5], "engagement_rate", video_views=40)
    assert kinds(*low) == []


def test_engagement_and_followers_are_judged_too():
    """5 % becomes 20 %; 100 new followers a day become 2,000, or −1,000."""
    assert kinds(*days_of([*[0.05] * 21, 0.2], "engagement_rate", video_views=1000)) == [(day(22), "engagement_high")]
    assert kinds(*days_of([*[100] * 21, 2000], "follower_growth")) == [(day(22), "followers_high")]
    assert kinds(*days_of([*[100] * 21, -1000], "follower_growth")) == [(day(22), "followers_low")]


def test_growth_that_swings_around_zero():
    """Gains and losses of up to 300 followers in turn are usual for such an account; 3,000 in a day are not, either way."""
    swings = [(37 * number * number) % 601 - 300 for number in range(120)]
    for last, kind in ((3000, "followers_high"), (-3000, "followers_low")):
        assert kinds(*days_of([*swings, last], "follower_growth")) == [(day(121), kind)]


def test_a_follower_drop_is_more_than_a_tenth_and_more_than_fifty():
    """1,000 → 880 is one; 400 → 351 are 49; 10,000 → 9,100 are nine per cent."""

    def drop(before, after):
        return {"followers": after, "follower_growth": after - before, "follower_growth_rate": after / before - 1}

    assert kinds({"day": day(1), **drop(1000, 880)}) == [(day(1), "follower_drop")]
    assert kinds({"day": day(1), **drop(400, 351)}) == []
    assert kinds({"day": day(1), **drop(10_000, 9_100)}) == []


def test_silence_in_an_active_period():
    """Three days without a view after four weeks with views are told once, on the first; two are not."""
    assert (day(29), "silence") in kinds(*days_of([*[500] * 28, 0, 0, 0, 0]))
    assert [kind for _, kind in kinds(*days_of([*[500] * 28, 0, 0])) if kind == "silence"] == []
    assert [kind for _, kind in kinds(*days_of([*[0] * 28, 0, 0, 0])) if kind == "silence"] == []


def test_two_days_that_are_equal_in_everything():
    """Genuine days with 50 views or more never are; with fewer they may be."""
    same = {"profile_views": 3, "likes": 5, "comments": 1, "shares": 2}
    assert kinds(*days_of([700, 812, 812], **same)) == [(day(3), "duplicate_day")]
    assert kinds(*days_of([7, 12, 12], **same)) == []


def test_days_that_are_still_counted_are_not_judged():
    """A low number of yesterday is only not finished."""
    rows = days_of([1000] * 21)
    assert kinds(*rows, {"day": day(22), "video_views": 10, "is_provisional": True}) == []


def test_what_was_acknowledged_stays(connection):
    """Done again nothing changes; what is no longer seen is gone, unless somebody acknowledged it."""
    connection.execute("insert into accounts (account, handle) values ('mara', 'mara')")
    found = anomalies.find(layer("daily", *days_of([*[1000] * 21, 5000, 5000])))
    anomalies.save(connection, {"mara": False}, found)
    first = connection.execute(
        "select day, kind, first_seen, xmin::text from account_anomalies order by day"
    ).fetchall()
    assert [row[:2] for row in first] == [(day(22), "views_high"), (day(23), "views_high")]
    anomalies.save(connection, {"mara": False}, found)
    assert (
        connection.execute("select day, kind, first_seen, xmin::text from account_anomalies order by day").fetchall()
        == first
    )
    connection.execute(
        "update account_anomalies set acknowledged_at = now(), acknowledged_by = 'me', note = 'ok' where day = %s",
        [day(22)],
    )
    anomalies.save(connection, {"mara": False}, found.clear())
    assert connection.execute("select day, note from account_anomalies").fetchall() == [(day(22), "ok")]
    assert day(22) + timedelta(days=1) == day(23)
