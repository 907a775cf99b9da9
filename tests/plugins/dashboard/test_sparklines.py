"""Lines through days: where they lie, where they break, and what is drawn apart."""

from __future__ import annotations

from datetime import date, timedelta

from plugins.dashboard.sparklines import Stretch, place_in_band, stretches

LAST = date(2026, 11, 21)


def back(*days: int) -> list[date]:
    return [LAST - timedelta(days=number) for number in days]


def test_nothing_is_no_line():
    """No day, no line."""
    assert stretches(LAST, [], [], []) == []


def test_time_and_counts_fill_the_picture():
    """The first of 30 days is at the left, the last at the right, the least below, the most above."""
    assert stretches(LAST, back(29), [10], [False]) == [Stretch("3.0,14.0 3.0,14.0", False)]
    days = back(*range(29, -1, -1))
    (line,) = stretches(LAST, days, list(range(30)), [False] * 30)
    assert line.points.split(" ")[0] == "3.0,25.0"
    assert line.points.split(" ")[-1] == "107.0,3.0"


def test_noise_is_no_take_off():
    """A change of less than 2 % takes its share of the height: 50 of 10,000 a quarter of it, 200 of 10,000 the whole."""
    (small,) = stretches(LAST, back(1, 0), [9_950, 10_000], [False] * 2)
    assert [float(point.split(",")[1]) for point in small.points.split(" ")] == [16.8, 11.2]
    (large,) = stretches(LAST, back(1, 0), [9_800, 10_000], [False] * 2)
    assert [float(point.split(",")[1]) for point in large.points.split(" ")] == [25.0, 3.0]


def test_a_gap_stays_open():
    """Days that are not neighbours are not joined; a day alone is a dot."""
    lines = stretches(LAST, back(3, 2, 0), [5, 5, 5], [False] * 3)
    assert lines == [Stretch("96.2,14.0 99.8,14.0", False), Stretch("107.0,14.0 107.0,14.0", False)]


def test_estimated_stretches_are_apart():
    """A line to or from an estimated day is estimated; it begins and ends at the observed days beside it."""
    lines = stretches(LAST, back(4, 3, 2, 1, 0), [5] * 5, [False, False, True, False, False])
    assert lines == [
        Stretch("92.7,14.0 96.2,14.0", False),
        Stretch("96.2,14.0 99.8,14.0 103.4,14.0", True),
        Stretch("103.4,14.0 107.0,14.0", False),
    ]


def test_an_observed_day_among_estimated_ones_is_a_dot():
    """Who is observed every third day shows each of those days on the estimated line."""
    lines = stretches(LAST, back(6, 5, 4, 3, 2, 1, 0), [5] * 7, [True, False, True, True, False, True, True])
    assert [(line.points.split(" "), line.is_estimated) for line in lines if not line.is_estimated] == [
        (["89.1,14.0"] * 2, False),
        (["99.8,14.0"] * 2, False),
    ]
    assert [line.points.count(" ") for line in lines if line.is_estimated] == [6]


def test_the_place_in_the_band():
    """10,000 is 0 and 100,000 is 1 on a logarithmic scale; nobody stands outside of the picture."""
    assert [place_in_band(count) for count in (0, 9_999, 10_000, 100_000, 5_000_000)] == [0, 0, 0, 1, 1]
    assert round(place_in_band(31_623), 3) == 0.5
