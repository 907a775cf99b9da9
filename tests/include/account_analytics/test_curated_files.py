"""The curated files, row by row, against numbers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from include.account_analytics import curated, curated_files
from include.account_analytics.schemas import COLUMNS, checked, empty
from tests.include.account_analytics.frames import day, layer, snapshot


def test_video_performance_daily():
    """100 views in two days are one row of the second, with the caption's signs; the first snapshot is none."""
    tags = {"title": "#a with @b", "hashtags": ["a", "c"], "mentions": ["b"], "link": "https://example.org/1"}
    (found,) = curated_files.video_performance_daily(
        layer(
            "videos",
            snapshot("1", 2, 900, likes=9, **tags),
            snapshot("1", 4, 1000, likes=29, comments=4, shares=1, completion_rate=0.5, favorites=3, **tags),
        )
    )
    gained = (day(4), "1", "#a with @b", 100, 20, 4, 1, 0.5, 0.25, "#a #c", None, "mara", 2)
    totals = (day(1), 1000, 29, 4, 1, 3, None, "@b", "https://example.org/1", None, "export")
    assert checked("video_performance_daily", found).rows() == [(*gained, *totals)]
    given = "date,video_id,video_title,views,likes,comments,shares,completion_rate,engagement_rate,hashtags,sounds"
    assert ",".join(found.columns).startswith(f"{given},account,days,")


def test_audience_by_week():
    """The last breakdown of each kind; 8 ÷ 80 engaged; 1,100 ÷ 1,000 − 1 followers; the hour that is fullest on average."""
    monday = date(2026, 3, 2)
    daily = layer(
        "daily",
        {"day": monday - timedelta(days=1), "followers": 1000},
        {"day": monday, "video_views": 50, "likes": 5, "comments": 1, "shares": 0, "followers": 1090},
        {
            "day": monday + timedelta(days=1),
            "video_views": 30,
            "likes": 1,
            "comments": 1,
            "shares": 0,
            "followers": 1100,
        },
        {"day": monday + timedelta(days=2), "video_views": 999, "likes": None, "comments": 1, "shares": 0},
    )
    audience = layer(
        "audience",
        {"day": monday, "kind": "gender", "bucket": "Female", "share": 0.7},
        {"day": day(4), "kind": "gender", "bucket": "Female", "share": 0.61},
        {"day": day(4), "kind": "gender", "bucket": "Male", "share": 0.39},
        {"day": monday, "kind": "territory", "bucket": "GR", "share": 0.5},
        *(
            {"day": monday, "kind": "active_followers", "bucket": "all", "hour": at, "followers": n}
            for at, n in ((7, 10), (9, 4))
        ),
        {"day": day(3), "kind": "active_followers", "bucket": "all", "hour": 9, "followers": 18},
    )
    found = checked("audience_insights_weekly", curated_files.audience_insights_weekly(daily, audience))
    rates = (pytest.approx(0.1), pytest.approx(0.1), "09:00", "mara")
    assert found.rows() == [
        ("2026-W10", None, "Female", None, 61.0, *rates),
        ("2026-W10", None, "Male", None, 39.0, *rates),
        ("2026-W10", None, None, "GR", 50.0, *rates),
    ]


def test_a_week_with_hours_alone_is_one_row():
    """No breakdown, no percentage; the hour stands."""
    audience = layer(
        "audience", {"day": day(2), "kind": "active_followers", "bucket": "all", "hour": 20, "followers": 5}
    )
    found = curated_files.audience_insights_weekly(empty("daily"), audience)
    assert found.rows() == [("2026-W10", None, None, None, None, None, None, "20:00", "mara")]


def test_months():
    """January known whole (31 · 10), February whole (28 · 20): 560 ÷ 310 − 1; March to the 2nd: 30 + 30 against 20 + 20."""
    daily = layer(
        "daily",
        *({"day": date(2026, 1, at), "video_views": 10, "followers": 100 + at} for at in range(1, 32)),
        *({"day": date(2026, 2, at), "video_views": 20, "likes": 1, "comments": 0, "shares": 1} for at in range(1, 29)),
        *({"day": date(2026, 3, at), "video_views": 30, "followers": 200 + at} for at in (1, 2)),
    )
    posts = [
        {**snapshot("1", 2, 500, hashtags=["jazz"], title="live #jazz"), "publish_date": date(2026, 2, 3)},
        {**snapshot("1", 3, 700, hashtags=["jazz"], title="live #jazz"), "publish_date": date(2026, 2, 3)},
        {**snapshot("2", 3, 800, hashtags=["soup", "live"], title="soup!"), "publish_date": date(2026, 2, 9)},
        {**snapshot("3", 3, 100, hashtags=["live"], title="nothing"), "publish_date": date(2026, 2, 10)},
    ]
    categories = {"#JAZZ": "music", "Soup": "food", "unused": "none"}
    found = curated_files.content_performance_monthly(daily, layer("videos", *posts), categories)
    assert checked("content_performance_monthly", found).rows() == [
        ("2026-01", "mara", 310, None, None, None, None, 30, None),
        ("2026-02", "mara", 560, pytest.approx(560 / 310 - 1), 3, "food, music", "#live #soup #jazz", None, 0.1),
        ("2026-03", "mara", 60, 0.5, None, None, None, 1, None),
    ]


def test_follower_growth_of_a_month_begins_where_the_month_before_ended():
    """101 on 31 January, 90 on 3 February, 120 on the 5th: +19."""
    levels = ((date(2026, 1, 30), 100), (date(2026, 1, 31), 101), (date(2026, 2, 3), 90), (date(2026, 2, 5), 120))
    daily = layer("daily", *({"day": at, "followers": level} for at, level in levels))
    found = curated_files.content_performance_monthly(daily, empty("videos"), {})
    assert found.select("month", "follower_growth").rows() == [("2026-01", 1), ("2026-02", 19)]


def test_nothing_gives_files_of_their_columns(tmp_path):
    """Without any account each file has its columns and no row."""
    frames = {name: empty(name) for name in ("daily", "videos", "audience")}
    assert set(curated.data_files(tmp_path, frames, {}).values()) == {0}
    for name in ("video_performance_daily", "content_performance_monthly"):
        assert (tmp_path / f"{name}.csv").read_text() == ",".join(COLUMNS[name]) + "\n"
    assert checked(
        "audience_insights_weekly", pl.read_parquet(tmp_path / "audience_insights_weekly.parquet")
    ).is_empty()
