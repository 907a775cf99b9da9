"""Who follows an account, and when they are there."""

from __future__ import annotations

import polars as pl

from include.account_analytics import audience
from include.account_analytics.schemas import COLUMNS, checked
from tests.include.account_analytics.frames import day, frame

SHARES = {
    "account": pl.String,
    **COLUMNS["share_rows"],
    "snapshot_day": pl.Date,
    "newness": pl.Int32,
    "source": pl.String,
}
HOURS = {"account": pl.String, **COLUMNS["hour_rows"], "true_day": pl.Date, "newness": pl.Int32, "source": pl.String}


def insights(shares=(), hours=()):
    plain = {"account": "mara", "line": 2, "newness": 0, "member": "m", "source": "export"}
    given = [frame(schema, ({**plain, **row} for row in rows)) for schema, rows in ((SHARES, shares), (HOURS, hours))]
    return checked("audience", audience.insights(*given))


def hours_of(number, counts, start=0, **more):
    return [
        {"true_day": day(number), "hour": at, "active_followers": count, "line": number * 100 + at, **more}
        for at, count in enumerate(counts, start=start)
    ]


def test_breakdowns_stay_apart_by_kind():
    """Gender and territory are rows of their own, of the day of the download."""
    found = insights(
        shares=[
            {"snapshot_day": day(3), "kind": "gender", "bucket": "Female", "share": 0.61},
            {"snapshot_day": day(3), "kind": "territory", "bucket": "GR", "share": 0.5, "line": 3},
        ]
    )
    assert found.select("day", "hour", "kind", "bucket", "share", "followers").rows() == [
        (day(3), -1, "gender", "Female", 0.61, None),
        (day(3), -1, "territory", "GR", 0.5, None),
    ]


def test_a_breakdown_is_of_one_download():
    """A territory that the newer download of the day no longer lists is not mixed in."""
    found = insights(
        shares=[
            {"snapshot_day": day(3), "kind": "territory", "bucket": "GR", "share": 0.5},
            {"snapshot_day": day(3), "kind": "territory", "bucket": "DE", "share": 0.4},
            {"snapshot_day": day(3), "kind": "territory", "bucket": "GR", "share": 0.7, "member": "new", "newness": 1},
        ]
    )
    assert found.select("bucket", "share", "member").rows() == [("GR", 0.7, "new")]


def test_hours_that_are_not_counted_yet_are_missing():
    """Zeros at the end of the last day are no numbers; zeros before the last filled hour, or of earlier days, are."""
    found = insights(hours=[*hours_of(1, [5, 0]), *hours_of(2, [0, 7, 0, 0])])
    assert found.select("day", "hour", "followers").rows() == [
        (day(1), 0, 5),
        (day(1), 1, 0),
        (day(2), 0, 0),
        (day(2), 1, 7),
    ]


def test_the_newest_download_tells_of_an_hour():
    """Of two that tell of it; of an hour that clocks show twice the greater number stands."""
    found = insights(
        hours=[
            *hours_of(1, [5, 6]),
            *hours_of(1, [8, 9], member="new", newness=1),
            {**hours_of(1, [12], start=1, member="new", newness=1)[0], "line": 999},
        ]
    )
    assert found.select("hour", "followers", "member").rows() == [(0, 8, "new"), (1, 12, "new")]


def test_nothing_gives_an_empty_frame():
    """An account without audience reports has a frame of its shape."""
    assert insights().is_empty()
