"""The lag of Viewers against Overview: a day late, on time, or changing inside the file."""

from __future__ import annotations

from datetime import date

from include.account_analytics.dating.viewers import viewers_lag
from tests.include.account_analytics.dating.accounts import DAY

FIRST = date(2026, 3, 1)
# Views of the days; viewers are nine tenths of them.
VIEWS = [100, 400, 150, 900, 120, 700, 90, 300, 80, 600, 110, 500, 70, 800, 130, 450, 60, 650, 140, 350]
DAYS = [FIRST + n * DAY for n in range(len(VIEWS))]
OVERVIEW = dict(zip(DAYS, VIEWS, strict=True))


def viewers(*rows: int | None) -> list[int | None]:
    """The viewers of the days with these numbers."""
    return [None if n is None else VIEWS[n] * 9 // 10 for n in rows]


def test_one_day_late():
    """Viewers that are those of the day before get that day."""
    rows = viewers(*range(19))
    assert viewers_lag(DAYS[1:], rows, OVERVIEW) == tuple(DAYS[:19])


def test_on_time():
    """Viewers that are those of the day itself keep it."""
    assert viewers_lag(DAYS, viewers(*range(20)), OVERVIEW) == tuple(DAYS)


def test_lag_that_begins_inside():
    """On time up to a row and a day late from then on: the surplus label has no day."""
    rows = viewers(*range(10), *range(9, 19))
    expected = (*DAYS[:10], None, *DAYS[10:19])
    assert viewers_lag(DAYS, rows, OVERVIEW) == expected
    assert len(set(expected)) == len(expected)


def test_lag_that_ends_inside():
    """A day late up to a row and on time from then on: a day is left out, and no day is there twice."""
    rows = viewers(*range(10), *range(11, 20))
    assert viewers_lag(DAYS[1:], rows, OVERVIEW) == (*DAYS[:10], *DAYS[11:])


def test_few_days():
    """Below five days in common the lag is the usual one, whatever the rows say."""
    assert viewers_lag(DAYS[:5], viewers(*range(5)), dict(list(OVERVIEW.items())[:4])) == tuple(
        day - DAY for day in DAYS[:5]
    )


def test_no_difference():
    """Rows that fit either way have the usual lag."""
    assert viewers_lag(DAYS, [5] * 20, OVERVIEW) == tuple(day - DAY for day in DAYS)


def test_odd_rows():
    """Two or three rows that break the rule in a file that is a day late change nothing."""
    rows = viewers(*range(19))
    rows[4], rows[5] = 10_000, 10_000
    assert viewers_lag(DAYS[1:], rows, OVERVIEW) == tuple(DAYS[:19])


def test_missing_rows():
    """Rows without viewers, at either end, take the lag of the others."""
    rows = viewers(None, None, *range(2, 18), None)
    assert viewers_lag(DAYS[1:], rows, OVERVIEW) == tuple(DAYS[:19])
    assert viewers_lag([], [], OVERVIEW) == ()


def test_odd_rows_at_the_beginning():
    """Rows that fit better on time, at the beginning of a file that is a day late, are too few for a change of the lag."""
    rows = viewers(*range(19))
    rows[:3] = [300, None, 700]
    assert viewers_lag(DAYS[1:], rows, OVERVIEW) == tuple(DAYS[:19])
