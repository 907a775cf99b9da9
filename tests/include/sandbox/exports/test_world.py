"""The true days behind the made-up exports hang together."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include.account_analytics.accounts import HANDLE
from include.sandbox.exports.world import DAY, World, midnight

MIDDLE, BIG, SMALL = 0, 1, 2


@pytest.mark.parametrize("metric", ["views", "likes", "comments", "shares"])
def test_days_are_the_sum_of_posts(world, metric: str):
    """An account's day total is what all its posts got on that day."""
    account = world.account(MIDDLE)
    added = [0] * len(account.days["video_views"])
    for post in account.posts:
        for age, number in enumerate(post.daily[metric]):
            added[(post.posted_at.date() - account.born).days + age] += number
    assert account.days["video_views" if metric == "views" else metric] == added


@pytest.mark.parametrize("metric", ["views", "likes", "comments", "shares"])
def test_lifetime_totals_are_the_sum_of_days(world, metric: str):
    """At any midnight the lifetime totals of all posts add up to all day totals before it."""
    account = world.account(SMALL)
    days = account.days["video_views" if metric == "views" else metric]
    for number in (1, 40, 365, 700):
        moment = midnight(account.born + number * DAY)
        assert sum(post.total(metric, moment) for post in account.posts) == sum(days[:number])


def test_lifetime_totals_grow_within_a_day(world):
    """Between two midnights a post's views grow from one day's sum to the next, and are none before it was posted."""
    post = world.account(BIG).posts[5]
    begun = midnight(post.posted_at.date())
    assert post.total("views", post.posted_at) == 0
    hours = [post.total("views", begun + timedelta(hours=hour)) for hour in range(49)]
    assert hours == sorted(hours)
    assert (hours[24], hours[48]) == (post.daily["views"][0], sum(post.daily["views"][:2]))
    # 2 of the day's 4 quarters have passed at noon of the second day.
    assert hours[36] == post.daily["views"][0] + post.daily["views"][1] // 2


def test_ids_are_uploads(world):
    """A video's id holds the second of its upload, which is seconds before the post, or days where it was scheduled."""
    waits = [post.posted_at - post.uploaded_at for post in world.account(MIDDLE).posts]
    for post in world.account(MIDDLE).posts:
        assert datetime.fromtimestamp(post.video_id >> 32, UTC) == post.uploaded_at
    scheduled = [wait for wait in waits if wait > timedelta(hours=1)]
    assert all(timedelta(seconds=2) <= wait <= timedelta(seconds=8) for wait in waits if wait not in scheduled)
    assert all(timedelta(days=1) <= wait < timedelta(days=6) for wait in scheduled)
    assert 0.1 < len(scheduled) / len(waits) < 0.35


@pytest.mark.parametrize("index", range(5))
def test_people(world, index: int):
    """Viewers are new or returning and no more than views; followers move by net; net is new less lost; reach is no views."""
    days = world.account(index).days
    level = None
    for place, views in enumerate(days["video_views"]):
        day = {metric: numbers[place] for metric, numbers in days.items()}
        assert day["total_viewers"] == day["new_viewers"] + day["returning_viewers"] <= views
        assert day["net_followers"] == day["new_followers"] - day["lost_followers"]
        assert level is None or day["followers"] == level + day["net_followers"]
        assert day["reached_audience"] < views or views == 0
        assert min(day["followers"], day["likes"], day["shares"], day["profile_views"]) >= 0
        level = day["followers"]


def test_negative_comments(world):
    """On a few days more comments are deleted than written, at most four more; no post ever has less than none."""
    account = world.account(MIDDLE)
    negative = [number for number in account.days["comments"] if number < 0]
    assert negative
    assert set(negative) <= {-1, -2, -3, -4}
    assert len(negative) < 0.05 * len(account.days["comments"])
    for post in account.posts:
        running = 0
        for number in post.daily["comments"]:
            running += number
            assert running >= 0


def test_posting_days_stand_out(world):
    """With a post every seventh day, its day has several times the views of the day before it."""
    account = world.account(3, "weekly")
    assert not any(post.is_scheduled for post in account.posts)
    assert {(post.posted_at.date() - account.born).days % 7 for post in account.posts} == {0}
    lifts = []
    for post in account.posts[1:]:
        day = post.posted_at.date()
        before = account.value(day - DAY, "video_views")
        lifts.append(account.value(day, "video_views") / max(1, before))
    assert sorted(lifts)[len(lifts) // 2] > 3


def test_silent_account():
    """An account without posts has zeros alone."""
    account = World(3).account(0, "silent")
    assert account.posts == ()
    assert {number for numbers in account.days.values() for number in numbers} == {0}


def test_seed():
    """The same seed gives the same account, another seed another one."""
    assert World(5).account(1) == World(5).account(1)
    assert World(5).account(1).days != World(6).account(1).days


def test_a_longer_world_agrees():
    """A world that ends later has the same days up to the earlier end."""
    short = World(5, until=date(2025, 6, 30)).account(0)
    long = World(5, until=date(2025, 9, 30)).account(0)
    assert {metric: numbers[: len(short.days[metric])] for metric, numbers in long.days.items()} == short.days


def test_handles(world):
    """Handles are invented, differ, and have the dots and underscores that break names taken apart from the right."""
    handles = [World(11, until=date(2025, 1, 2)).account(index).handle for index in range(300)]
    assert len(set(handles)) == 300
    assert all("demo" in handle for handle in handles)
    assert any("." in handle for handle in handles)
    assert any(handle.endswith("_") for handle in handles)


def test_handles_are_no_longer_than_tiktok_allows():
    """24 characters, before and after a new name: of a longer one nobody could say whose numbers they are."""
    accounts = [World(7, until=date(2025, 1, 2)).account(index) for index in range(400)]
    names = [name for account in accounts for name in (account.handle, account.later_handle)]
    assert max(map(len, names)) == 24
    assert all(HANDLE.fullmatch(name) for name in names)


def test_rename(world):
    """A renamed account has its new handle from that moment on and the same days."""
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    account = world.account(MIDDLE)
    renamed = account.renamed(moment)
    assert renamed.handle_at(moment - timedelta(seconds=1)) == account.handle
    assert renamed.handle_at(moment) == f"its.{account.handle}"
    assert renamed.days == account.days
