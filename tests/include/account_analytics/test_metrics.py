"""What is computed of videos, against numbers worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest

from include.account_analytics import metrics
from tests.include.account_analytics.frames import day, layer, moment, snapshot


def test_daily_numbers_are_differences_of_totals():
    """1,000 → 1,600 in a day, → 1,900 in three: a gap is one row with its days, and the first snapshot none."""
    found = metrics.daily_differences(
        layer(
            "videos",
            snapshot("7", 2, 1000, likes=100),
            snapshot("7", 6, 1900, likes=130, comments=3),
            snapshot("7", 3, 1600, likes=160),
        )
    )
    assert found.select("snapshot_day", "days", "views", "likes", "engagement_rate").rows() == [
        (day(3), 1, 600, 60, 0.1),
        (day(6), 3, 300, -30, pytest.approx(-27 / 300)),
    ]


def test_differences_by_day_are_the_same_in_parts_of_whole_days(monkeypatch):
    """Whatever fits into a part, together they are the differences in the order of days; an account's day is not cut."""
    videos = layer(
        "videos",
        *(
            {**snapshot(str(video), at, 100 * at * video + at % video), "account": account}
            for account in ("mara", "lila")
            for video in range(1, 8)
            for at in range(1, 9)
            if (at + video) % 3
        ),
    )
    expected = metrics.daily_differences(videos).sort("snapshot_day", "account", "video_id")
    for rows in (1, 5, 11, 1000):
        monkeypatch.setattr(metrics, "AT_ONCE", rows)
        parts = list(metrics.daily_differences_by_day(videos))
        assert pl.concat(parts).equals(expected)
        days = [each for part in parts for each in part.select("snapshot_day", "account").unique().iter_rows()]
        assert len(days) == len(set(days))
        assert len(parts) > 1 or rows == 1000


def test_view_velocity_needs_snapshots_on_both_sides_of_a_day():
    """600 views after 12 hours and 1,500 after 30: 600 + 900 · 12 ÷ 18 = 1,200 after 24; a later second one tells nothing."""
    videos = layer(
        "videos",
        {**snapshot("1", 1, 600), "snapshot_at": moment(1, 12)},
        {**snapshot("1", 2, 1500), "snapshot_at": moment(2, 6)},
        {**snapshot("2", 1, 600), "snapshot_at": moment(1, 12)},
        {**snapshot("2", 9, 1500), "snapshot_at": moment(9)},
        {**snapshot("3", 2, 1500), "snapshot_at": moment(2, 6)},
    )
    assert metrics.view_velocity(videos).rows() == [("mara", "1", 1200.0)]


def test_a_snapshot_at_24_hours_is_the_number_itself():
    """It stands on both sides."""
    videos = layer("videos", {**snapshot("1", 2, 777), "snapshot_at": moment(2)})
    assert metrics.view_velocity(videos).rows() == [("mara", "1", 777.0)]


def test_viral_score_and_its_parts():
    """4,800 views in 48 hours, 480 of them engaged, 40 % watched to the end: 0.4 · 100 + 35 · 0.1 + 12.5 · 0.4 = 48.5."""
    scored = metrics.viral_scores(
        layer("videos", snapshot("1", 3, 4800, likes=480, completion_rate=0.4), snapshot("2", 3, 4800, likes=480))
    )
    parts = scored.select("views_part", "engagement_part", "completion_part", "viral_score", "is_partial").rows()
    assert parts == [
        (pytest.approx(40.0), pytest.approx(3.5), pytest.approx(5.0), pytest.approx(48.5), False),
        (pytest.approx(40.0), pytest.approx(3.5), None, pytest.approx(43.5), True),
    ]


def test_without_the_moments_a_score_counts_whole_days():
    """Posted on the 1st and seen on the 2nd are two days: 960 views are 20 an hour."""
    bare = {**snapshot("1", 2, 960), "posted_at": None, "snapshot_at": None}
    assert metrics.viral_scores(layer("videos", bare))["views_part"].to_list() == [pytest.approx(8.0)]


def test_viral_percentile_is_among_videos_of_the_same_age():
    """Of six of the same age the best is above all five others, two equal ones share their place, the last is above none."""
    same_age = [snapshot(str(number), 3, views) for number, views in enumerate((60, 50, 40, 20, 20, 10))]
    older = snapshot("older", 28, 1_000_000)
    found = metrics.viral_percentiles(metrics.viral_scores(layer("videos", *same_age, older)))
    assert dict(found.select("video_id", "viral_percentile").rows()) == {
        "0": 100.0,
        "1": 80.0,
        "2": 60.0,
        "3": 30.0,
        "4": 30.0,
        "5": 0.0,
        "older": None,
    }


def test_viral_trends():
    """9,000 + 1,000 + 5,000: five times the day before, with 15,000 views; four times, or fewer views, is none."""
    videos = layer(
        "videos",
        *(snapshot("1", at, views) for at, views in ((2, 9_000), (3, 10_000), (4, 15_000), (5, 19_000))),
        *(snapshot("2", at, views) for at, views in ((2, 9_000), (3, 10_000), (4, 14_000))),
        *(snapshot("3", at, views) for at, views in ((2, 0), (3, 10), (4, 9_999))),
    )
    found = metrics.detect_viral_trends(videos)
    assert found.select("video_id", "day", "days", "views", "views_of_day", "views_of_day_before", "growth").rows() == [
        ("1", day(4), 1, 15_000, 5_000, 1_000, 5.0)
    ]
    assert metrics.detect_viral_trends(videos, min_views=9_000)["video_id"].to_list() == ["1", "3"]
    assert metrics.detect_viral_trends(videos, growth_threshold=4.0)["video_id"].to_list() == ["1", "2"]


def test_a_trend_over_a_gap_says_of_how_many_days():
    """100 a day for a week, then 21,000 in three days, which is 7,000 a day."""
    videos = layer("videos", *(snapshot("1", at, views) for at, views in ((2, 0), (9, 700), (12, 21_700))))
    found = metrics.detect_viral_trends(videos)
    assert found.select("day", "days", "views_of_day", "views_of_day_before", "growth").rows() == [
        (day(12), 3, 7_000, 100, 70.0)
    ]


def test_posts_per_week_counts_each_video_once():
    """1 March 2026 is a Sunday, the last day of week 9."""
    videos = layer("videos", snapshot("1", 2, 1), snapshot("1", 3, 1), {**snapshot("2", 3, 1), "publish_date": day(2)})
    assert metrics.posts_per_week(videos).rows() == [("mara", "2026-W09", 1), ("mara", "2026-W10", 1)]
