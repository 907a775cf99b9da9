"""Days as bars: where each stands, how high it is, and what is no bar at all."""

from __future__ import annotations

from datetime import date

from plugins.dashboard.bars import HEIGHT, Bar, Day, bars

FIRST = date(2028, 2, 26)


def day(at: int, value: float | None) -> Day:
    return Day(date.fromordinal(FIRST.toordinal() + at), value, f"day {at}")


def test_a_bar_for_each_day_in_order():
    """Ten days are 30 wide each, of which three quarters are filled; half of the most is half as high."""
    found = bars([day(9, 5), day(0, 10)])
    assert found == [
        Bar(3.8, 0.0, 22.5, HEIGHT, "day 0", "good", 0.0, 30.0),
        Bar(273.8, HEIGHT / 2, 22.5, HEIGHT / 2, "day 9", "good", 270.0, 30.0),
    ]


def test_no_number_is_a_gap_and_zero_is_a_line():
    """A day that counted nothing is not a day that did not count."""
    found = bars([day(0, 4), day(1, None), day(2, 0)])
    assert [(bar.text, bar.height) for bar in found] == [("day 0", HEIGHT), ("day 2", 1.0)]


def test_nothing_but_zeros():
    """No division by the largest of them."""
    assert [bar.height for bar in bars([day(0, 0), day(1, 0)])] == [1.0, 1.0]


def test_a_scale_of_its_own():
    """Shares are measured against all, not against the best day; what is beyond it is full."""
    assert [bar.height for bar in bars([day(0, 0.5), day(1, 1.25)], most=1.0)] == [HEIGHT / 2, HEIGHT]


def test_no_days():
    """Nothing to draw."""
    assert bars([]) == bars([day(0, None)]) == []
