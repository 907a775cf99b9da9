"""Of several downloads that tell of a day, what stands, what is kept as revised, and why a number is missing."""

from __future__ import annotations

from include.account_analytics import days
from include.account_analytics.schemas import METRICS, checked
from tests.include.account_analytics.frames import candidates, day


def merged(*rows):
    daily, revisions = days.merge(candidates(*rows))
    return checked("daily", daily), checked("revisions", revisions)


def test_the_newest_export_wins_and_the_older_number_is_kept():
    """A day given differently by a newer export is one revision, with both members and lines."""
    daily, revisions = merged(
        {"day": day(1), "member": "old", "video_views": 100, "likes": 7},
        {"day": day(1), "member": "new", "line": 9, "newness": 1, "video_views": 110, "likes": 7},
    )
    assert daily.select("day", "video_views", "likes", "overview_member", "overview_line").rows() == [
        (day(1), 110, 7, "new", 9)
    ]
    assert revisions.rows() == [("mara", day(1), "", "video_views", 100.0, 110.0, "old", 2, "new", 9)]


def test_a_provisional_number_never_replaces_a_settled_one():
    """The last two days of a newer export change nothing that an older one had counted to the end, and revise nothing."""
    daily, revisions = merged(
        {"day": day(1), "member": "old", "video_views": 100},
        {"day": day(1), "member": "new", "newness": 1, "is_settled": False, "video_views": 40},
    )
    assert daily.select("video_views", "is_provisional", "overview_member").rows() == [(100, False, "old")]
    assert revisions.is_empty()


def test_a_settled_number_replaces_a_provisional_one_without_revision():
    """What was still being counted was never said to be final."""
    daily, revisions = merged(
        {"day": day(1), "member": "old", "is_settled": False, "video_views": 40},
        {"day": day(1), "member": "new", "newness": 1, "video_views": 100},
    )
    assert daily["video_views"].to_list() == [100]
    assert revisions.is_empty()


def test_of_two_provisional_numbers_the_newest_stands():
    """And the day says that it is provisional."""
    daily, _ = merged(
        {"day": day(1), "member": "new", "newness": 1, "is_settled": False, "video_views": 60},
        {"day": day(1), "member": "old", "is_settled": False, "video_views": 40},
    )
    assert daily.select("video_views", "is_provisional").rows() == [(60, True)]


def test_each_change_is_a_revision_of_its_own():
    """100, 110, 110, 90 are two revisions: the number told again is none."""
    values = (100, 110, 110, 90)
    _, revisions = merged(
        *({"day": day(1), "member": f"m{at}", "newness": at, "video_views": value} for at, value in enumerate(values))
    )
    assert revisions.select("old_value", "new_value", "old_member", "new_member").rows() == [
        (100, 110, "m0", "m1"),
        (110, 90, "m2", "m3"),
    ]


def test_labels_that_are_only_assumed_revise_nothing_when_most_days_differ():
    """4, 8, 3, 1 told again a day later are no four corrections; where the labels are proved they are."""
    older = [{"day": day(at), "member": "old", "video_views": views} for at, views in enumerate((4, 8, 3, 1), start=1)]
    later = [
        {"day": day(at), "member": "new", "newness": 1, "video_views": views}
        for at, views in enumerate((4, 8, 3), start=2)
    ]
    _, proved = days.merge(candidates(*older, *later))
    _, assumed = days.merge(candidates(*older, *({**row, "is_assumed": True} for row in later)))
    assert (proved.height, assumed.height) == (3, 0)


def test_a_correction_under_assumed_labels_is_a_revision():
    """One day of three is another number: the labels fit."""
    values = {"old": (4, 8, 3), "new": (4, 9, 3)}
    rows = [
        {"day": day(at), "member": member, "newness": int(member == "new"), "video_views": views, "is_assumed": True}
        for member, told in values.items()
        for at, views in enumerate(told, start=1)
    ]
    _, revisions = days.merge(candidates(*rows))
    assert revisions.select("day", "old_value", "new_value").rows() == [(day(2), 8, 9)]


def test_a_missing_number_erases_none():
    """Where the newest export says nothing, the older number stays, and `sources` names where it is from."""
    daily, revisions = merged(
        {"day": day(1), "member": "old", "line": 5, "video_views": 100, "comments": 3},
        {"day": day(1), "member": "new", "newness": 1, "video_views": 100},
    )
    assert daily.select("video_views", "comments", "overview_member", "extra").rows() == [
        (100, 3, "new", '{"sources": {"comments": ["old", 5]}}')
    ]
    assert revisions.is_empty()


def test_zeros_before_the_first_activity_are_no_numbers():
    """Leading days with zeros alone have no data yet; a day of zeros after it has zero views."""
    daily, _ = merged(
        *({"day": day(at), "member": "m", "video_views": views} for at, views in enumerate((0, 0, 12, 0), start=1))
    )
    assert daily.select("video_views", "has_no_data", "overview_missing").rows() == [
        (None, True, "no data yet"),
        (None, True, "no data yet"),
        (12, False, None),
        (0, False, None),
    ]


def test_an_account_of_zeros_has_no_data_at_all():
    """All its days are there, without a number."""
    daily, revisions = merged(*({"day": day(at), "member": "m", "video_views": 0, "likes": 0} for at in (1, 2)))
    assert daily.select("has_no_data", *METRICS).rows() == [(True, *[None] * len(METRICS))] * 2
    assert revisions.is_empty()


def test_followers_are_activity():
    """An account with followers existed: its days without views have 0 views."""
    daily, _ = merged(
        {"day": day(1), "member": "m", "video_views": 0},
        {"day": day(1), "member": "f", "group": "followers", "followers": 50},
    )
    assert daily.select("video_views", "followers", "has_no_data").rows() == [(0, 50, False)]


def test_every_missing_number_has_its_reason():
    """Said to be undefined, of a day that no download covers, or of a report that nobody has."""
    daily, _ = merged(
        {"day": day(1), "member": "m", "video_views": 5},
        {"day": day(2), "member": "m", "video_views": 6},
        {"day": day(1), "member": "v", "group": "viewers"},
    )
    assert daily.select("viewers_missing", "followers_missing").rows() == [
        ("TikTok gives no number", "no such report"),
        ("no download covers this day", "no such report"),
    ]


def test_follower_growth_is_of_neighbouring_days():
    """1,000 to 1,010 are +10 and 1 %; over a day that is not named there is no growth."""
    levels = ((1, 1000), (2, 1010), (4, 1030))
    daily, _ = merged(
        *({"day": day(at), "member": "f", "group": "followers", "followers": level} for at, level in levels)
    )
    assert daily.select("followers", "follower_growth", "follower_growth_rate").rows() == [
        (1000, None, None),
        (1010, 10, 0.01),
        (1030, None, None),
    ]


def test_rates_of_a_day():
    """(10 + −2 + 4) ÷ 200, 4 ÷ 200, 30 ÷ 200; without views there is no rate."""
    daily, _ = merged(
        {
            "day": day(1),
            "member": "m",
            "video_views": 200,
            "likes": 10,
            "comments": -2,
            "shares": 4,
            "profile_views": 30,
        },
        {"day": day(2), "member": "m", "video_views": 0, "likes": 1, "comments": 0, "shares": 0, "profile_views": 1},
    )
    assert daily.select("engagement_rate", "share_rate", "profile_visit_rate").rows() == [
        (0.06, 0.02, 0.15),
        (None, None, None),
    ]


def test_the_order_of_rows_changes_nothing():
    """The same candidates in another order give the same frames."""
    rows = [
        {"day": day(at), "member": member, "newness": newness, "video_views": at * 10 + newness}
        for at in (1, 2, 3)
        for newness, member in enumerate(("a", "b"))
    ]
    first, second = merged(*rows), merged(*reversed(rows))
    assert first[0].equals(second[0])
    assert first[1].equals(second[1])
