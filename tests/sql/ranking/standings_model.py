"""What a standing says, in slow, obvious Python: what the SQL is compared with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.sql.comets.growth_model import rounded

Rows = dict[date, tuple[int, int, int, bool]]


def expected_standing(rows: Rows, first_seen_on: date | None, latest_day: date) -> tuple | None:
    """(day, followers, hearts, videos, is_estimated, estimated_days, growth 1/7/30, percent 1/7/30, acceleration, band,
    is_new, is_fading) of one creator from its rows of creator_stats by day: (followers, hearts, videos, is_estimated).
    """
    if not rows:
        return None
    day = max(rows)
    followers, hearts, videos, is_estimated = rows[day]

    def before(days: int) -> int | None:
        row = rows.get(day - timedelta(days=days))
        return None if row is None else row[0]

    def growth(days: int) -> int | None:
        earlier = before(days)
        return None if earlier is None else followers - earlier

    now, then = percent(followers, before(7)), percent(before(7), before(14))
    return (
        day,
        followers,
        hearts,
        videos,
        is_estimated,
        sum(rows[each][3] for each in rows if day - timedelta(days=30) < each <= day),
        growth(1),
        growth(7),
        growth(30),
        percent(followers, before(1)),
        now,
        percent(followers, before(30)),
        None if now is None or then is None else now - then,
        "below" if followers < 10_000 else "inside" if followers <= 100_000 else "above",
        first_seen_on is not None and latest_day - first_seen_on < timedelta(days=7),
        now is not None and now < Decimal("-0.5"),
    )


def percent(later: int | None, earlier: int | None) -> Decimal | None:
    """Growth in percent of the earlier count, 2 decimals."""
    if later is None or not earlier:
        return None
    return rounded(Fraction((later - earlier) * 100, earlier), 2)
