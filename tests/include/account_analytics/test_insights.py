"""Posting times, hashtags, categories and recommendations, against numbers worked out by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from include.account_analytics import insights, recommendations
from include.account_analytics.schemas import empty
from tests.include.account_analytics.frames import day, layer, moment, snapshot


def post(number, views, posted, **more):
    """Seen on 30 March."""
    shown = {"posted_at": posted, "publish_date": posted.date(), "snapshot_at": moment(30)}
    return {**snapshot(str(number), 30, views), **shown, **more}


def posts_at(hours_and_views, **more):
    return [
        post(number, views, moment(1 + number, hour), **more) for number, (hour, views) in enumerate(hours_and_views)
    ]


def test_posting_times_with_their_interval():
    """Posts of 8:00 have 999 views each, of 20:00 99: typical are 999 and 99, and only the first is clearly above all posts."""
    videos = layer("videos", *posts_at([(8, 999)] * 5 + [(20, 99)] * 5))
    found = insights.posting_times(videos).rows(named=True)
    hours = [row for row in found if row["kind"] == "hour"]
    usual = math.exp((math.log(1000) + math.log(100)) / 2) - 1
    assert [(row["slot"], row["posts"], row["is_clear"]) for row in hours] == [("08:00", 5, True), ("20:00", 5, False)]
    assert [row["typical_views"] for row in hours] == [pytest.approx(999), pytest.approx(99)]
    assert hours[0]["usual_views"] == pytest.approx(usual)
    assert (hours[0]["low"], hours[0]["high"]) == (pytest.approx(999), pytest.approx(999))


def test_the_interval_is_students():
    """Logarithms 6, 7, 8 have mean 7 and spread 1: 7 ± 4.303 ÷ √3."""
    views = [round(math.exp(each)) - 1 for each in (6, 7, 8)]
    videos = layer("videos", *posts_at([(8, each) for each in views] + [(20, 1000)] * 7))
    (row,) = [row for row in insights.posting_times(videos).rows(named=True) if row["slot"] == "08:00"]
    assert row["low"] == pytest.approx(math.exp(7 - 4.303 / math.sqrt(3)) - 1, rel=0.01)
    assert row["high"] == pytest.approx(math.exp(7 + 4.303 / math.sqrt(3)) - 1, rel=0.01)


def test_nine_posts_say_nothing():
    """And a tenth that is a day old, or whose hour nobody knows, does not help."""
    nine = posts_at([(8, 1000)] * 9)
    young = post(90, 1000, moment(29, 8))
    unknown = post(91, 1000, moment(3, 8), posted_at=None)
    unknown["posted_at"] = None
    assert insights.posting_times(layer("videos", *nine, young, unknown)).is_empty()
    assert not insights.posting_times(layer("videos", *nine, post(92, 1000, moment(12, 8)))).is_empty()


def test_hours_are_those_of_the_accounts_zone():
    """8:00 UTC in early March is 10:00 in Athens."""
    videos = layer("videos", *posts_at([(8, 1000)] * 10))
    found = insights.posting_times(videos, {"mara": "Europe/Athens"})
    assert {row["slot"] for row in found.rows(named=True) if row["kind"] == "hour"} == {"10:00"}
    assert set(found["zone"]) == {"Europe/Athens"}


def test_hashtags():
    """Mean, median and sum of views, mean rates, of the newest snapshot of each post."""
    videos = layer(
        "videos",
        *(
            {**snapshot(str(n), 9, views, engagement_rate=rate), "hashtags": ["a"]}
            for n, views, rate in ((1, 10, 0.1), (2, 20, 0.3), (3, 60, None))
        ),
        {**snapshot("1", 5, 5, engagement_rate=0.9), "hashtags": ["a"]},
    )
    (row,) = insights.by_hashtag(videos).rows(named=True)
    assert (row["hashtag"], row["posts"], row["mean_views"], row["median_views"], row["sum_views"]) == (
        "a",
        3,
        30,
        20,
        90,
    )
    assert (row["mean_engagement_rate"], row["mean_completion_rate"]) == (pytest.approx(0.2), None)


def test_categories_are_found_by_word_and_hashtag():
    """A post may have several; a word inside another one is none."""
    videos = layer(
        "videos",
        snapshot("1", 9, 10, title="Cold SOUP!", hashtags=[]),
        snapshot("2", 9, 20, title="superb soups", hashtags=["jazz"]),
    )
    found = insights.by_category(videos, {"soup": "food", "#Jazz": "music", "cold soup": "food"})
    assert found.select("category", "posts", "sum_views").rows() == [("music", 1, 20), ("food", 1, 10)]


def test_viral_potential_is_sorted_by_what_is_promising():
    """The best percentile first, those without one after them, by score."""
    videos = layer("videos", *(snapshot(str(n), 3, n * 100) for n in range(1, 7)), snapshot("old", 20, 10**6))
    found = insights.viral_potential(videos)
    assert found["video_id"].to_list() == ["6", "5", "4", "3", "2", "1", "old"]


def frames(**given):
    return {name: empty(name) for name in ("daily", "videos", "audience", "revisions")} | given


def said(**given):
    return recommendations.recommend(frames(**given)).select("rule", "recommendation", "numbers").rows()


def test_a_clear_posting_time_is_recommended_with_its_numbers():
    """Eight in the morning, of the account above."""
    rows = said(videos=layer("videos", *posts_at([(8, 999)] * 5 + [(20, 99)] * 5)))
    assert (
        "best hour",
        "Post more often around 08:00 (UTC).",
        "5 posts then typically had 999 views (95 %: 999 to 999); all posts 315.",
    ) in rows


def test_a_hashtag_that_is_seen_more():
    """300 in the middle against 100 of all posts; twice is not enough posts."""
    tagged = [{**snapshot(f"a{n}", 9, 300), "hashtags": ["jazz"]} for n in range(3)]
    twice = [{**snapshot(f"b{n}", 9, 900), "hashtags": ["rare"]} for n in range(2)]
    rows = said(videos=layer("videos", *tagged, *twice, *(snapshot(f"c{n}", 9, 100) for n in range(6))))
    assert [row for row in rows if row[0] == "hashtag"] == [
        ("hashtag", "More about #jazz.", "3 posts had 300 views in the middle, all posts 100.")
    ]


def test_when_followers_are_there():
    """The fullest hour, on average of its days."""
    audience = layer(
        "audience",
        *(
            {"day": day(at), "hour": hour, "kind": "active_followers", "bucket": "all", "followers": count}
            for at, hour, count in ((1, 9, 10), (2, 9, 30), (1, 20, 25), (2, 20, 5))
        ),
    )
    assert said(audience=audience) == [
        (
            "followers' hour",
            "Be there around 09:00 (the account's time zone), when most followers are.",
            "20 active followers on average of 2 days.",
        )
    ]


def test_fewer_posts_than_before():
    """One post in four weeks after twelve in the twelve before."""
    end = date(2026, 6, 1)
    posts = [
        {**snapshot(str(n), 9, 100), "snapshot_day": end, "publish_date": end - timedelta(days=back)}
        for n, back in enumerate((3, *range(30, 30 + 12 * 6, 6)))
    ]
    assert (
        "cadence",
        "Post as often as before.",
        "At least 1 posts in the last 4 weeks; 12 in the 12 before.",
    ) in said(videos=layer("videos", *posts))


def test_without_numbers_nothing_is_recommended():
    """An account of which nothing is known."""
    assert said() == []
