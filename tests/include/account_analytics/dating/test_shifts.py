"""Shifts of downloads: what an overlap decides, what an anchor decides, and how the rest is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from include.account_analytics.dating.anchor import anchored_shift, leaning
from include.account_analytics.dating.overlap import Series, Verdict, compare
from include.account_analytics.dating.posts import posting_days
from include.account_analytics.dating.shifts import Edge, Hints, chains_of, solve_shifts
from include.account_analytics.dating.solve import solve
from include.account_analytics.facts import Label, MemberRows, Post
from tests.include.account_analytics.dating.accounts import (
    DAY,
    content,
    label,
    labels,
    noon,
    overview,
    post,
    sighting,
    together,
)

FIRST = date(2026, 3, 1)
Row = tuple[int | None, ...]


def series(rows: Sequence[Row], first: date = FIRST) -> Series:
    return Series.of(overview(labels(first, len(rows)), rows), first)


def views(*counts: int | None) -> list[Row]:
    """Rows in which all other metrics are what the views make of them."""
    return [(each, *((each or 0) // part for part in (9, 11, 40, 60))) for each in counts]


def settled(rows: list[Row]) -> list[Row]:
    """The rows and two more, which are the provisional ones."""
    return [*rows, *views(1, 2)]


BUSY = views(510, 640, 155, 720, 930, 301, 480, 266, 838, 599)


@pytest.mark.parametrize("apart", [-2, -1, 0, 1, 2])
def test_apart(apart: int):
    """The same rows under labels some days later or earlier are found at just that distance, from either side."""
    one, other = series(settled(BUSY)), series(settled(BUSY), FIRST + apart * DAY)
    assert compare(other, one) == Verdict("decided", apart, 10)
    assert compare(one, other) == Verdict("decided", -apart, 10)


def test_three_days_apart():
    """Three days are more than labels can be off: nothing is decided."""
    assert compare(series(settled(BUSY)), series(settled(BUSY), FIRST + 3 * DAY)).kind != "decided"


@pytest.mark.parametrize(
    ("common", "kind"),
    [
        (views(50), "decided"),
        (views(49), "unclear"),
        (views(49, 31), "decided"),
        (views(9, 8, 7, 6), "unclear"),
        (views(0, 0, 0, 0), "unclear"),
        (views(None, None), "unclear"),
    ],
)
def test_how_many_rows(common: list[Row], kind: str):
    """One whole row of 50 views decides, or two of 10 to 49; smaller ones and missing ones never do."""
    later = series([*common, *views(*range(1000, 1010))], FIRST + 10 * DAY)
    assert compare(series([*BUSY, *common, *views(3, 2)]), later).kind == kind


def test_equal_in_views_only():
    """Rows equal in views only decide from two on."""
    changed = [(each[0], 99, 98, 97, 96) for each in BUSY]
    assert compare(series([*BUSY[:9], *views(3, 2)]), series(changed[8:], FIRST + 8 * DAY)).kind == "unclear"
    assert compare(series(settled(BUSY)), series([*changed[8:], *views(77)], FIRST + 8 * DAY)).kind == "decided"


def test_as_many_unequal_rows():
    """As many unequal rows as equal ones leave it decided; one more, and they fit at no distance."""
    half = [*BUSY[:3], *views(11, 12, 13)]
    assert compare(series(settled(BUSY[:6])), series(settled(half))).kind == "decided"
    assert compare(series(settled(BUSY[:7])), series(settled([*half, *views(14)]))).kind == "strangers"


def test_rows_alike_on_neighbouring_days():
    """Rows that are equal on the next day too say nothing of the distance."""
    flat = views(*[500] * 10)
    assert compare(series(settled(flat)), series(settled(flat))).kind == "unclear"


def test_strangers():
    """Three settled days that fit at no distance are of strangers; two are no evidence."""
    other = views(*range(2000, 2010))
    assert compare(series(settled(BUSY)), series(other, FIRST + 7 * DAY)).kind == "strangers"
    assert compare(series(settled(BUSY)), series(other, FIRST + 8 * DAY)).kind == "unclear"


def test_columns_of_both():
    """A column that only one file has is no difference."""
    one, other = overview(labels(FIRST, 10), BUSY), overview(labels(FIRST, 10), BUSY)
    wider = MemberRows(
        "w", "mara", "studio", "overview", other.labels, {**other.metrics, "net_followers": tuple(range(10))}
    )
    assert compare(Series.of(one, FIRST), Series.of(wider, FIRST)) == Verdict("decided", 0, 10)


def test_chain():
    """Distances add up along a chain, whatever the order of its edges."""
    edges = [Edge(9, "a", "b", -1), Edge(7, "b", "c", 1), Edge(5, "d", "c", 1)]
    for given in (edges, edges[::-1]):
        (chain,) = chains_of("abcd", given)
        assert {key: chain[key] - chain["a"] for key in "abcd"} == {"a": 0, "b": 1, "c": 0, "d": 1}


def test_weaker_edge_that_contradicts():
    """An edge with fewer equal rows gives way to those it contradicts."""
    (chain,) = chains_of("abc", [Edge(2, "a", "c", -2), Edge(9, "a", "b", 0), Edge(8, "b", "c", 0)])
    assert len(set(chain.values())) == 1


def test_equal_edges_that_contradict():
    """Of equally strong edges that contradict each other none holds."""
    assert len(chains_of("abc", [Edge(9, "a", "b", 0), Edge(9, "b", "c", 0), Edge(9, "a", "c", 1)])) == 3


def chosen(apart: dict[str, int], hints: dict[str, Hints] | None = None) -> dict[str, int]:
    """The shifts of downloads without an anchor that stand so far apart."""
    downloads = {key: series(views(1, 2)) for key in apart}
    edges = [Edge(1 + n, "a", key, apart["a"] - apart[key]) for n, key in enumerate(apart) if key != "a"]
    return {key: shift.days for key, shift in solve_shifts(downloads, edges, [], hints or {}).items()}


def test_the_odd_one_is_late():
    """One of three whose labels are later is the late one."""
    assert chosen({"a": 0, "b": 0, "c": 1}) == {"a": 0, "b": 0, "c": 1}


def test_late_rather_than_early():
    """Of two that stand a day apart the later labels are late, and of three too; one against three is early."""
    assert chosen({"a": 0, "b": 1}) == {"a": 0, "b": 1}
    assert chosen({"a": 1, "b": 0}) == {"a": 1, "b": 0}
    assert chosen({"a": 0, "b": 1, "c": 1}) == {"a": 0, "b": 1, "c": 1}
    assert chosen({"a": 0, "b": 1, "c": 1, "d": 1}) == {"a": -1, "b": 0, "c": 0, "d": 0}


def test_hour_of_the_download():
    """One that was made when it was yesterday nowhere is early only against five."""
    apart = {"a": 0, "b": 1, "c": 1, "d": 1}
    afternoon = {"a": Hints(cannot_be_early=True)}
    assert chosen(apart, afternoon) == apart
    apart |= {"e": 1, "f": 1}
    assert chosen(apart, afternoon) == {key: shift - 1 for key, shift in apart.items()}


def test_hints():
    """A hint at the shift of one, or at no shift of another, outweighs four that would be shifted."""
    apart = {"a": 0, "b": 1, "c": 1, "d": 1, "e": 1}
    assert chosen(apart, {"b": Hints(frozenset({1}))}) == apart
    assert chosen(apart, {"a": Hints(frozenset({0}))}) == apart
    assert chosen(apart, {"b": Hints(frozenset({0}))})["b"] == 0


def test_posts_that_lean():
    """A single post, too little for an anchor, tells which of two downloads is the one that is off."""
    rise = {4: 19_462, 5: 70_723, 6: 31_000}
    rows = [(rise.get(n, 300 + 37 * n * n % 211), 5, 4, 3, n) for n in range(40)]
    one, other = (
        series(rows[start : start + 20], FIRST + start * DAY + late * DAY) for start, late in ((0, 1), (0, 0))
    )
    edge = Edge(18, "one", "other", 1)
    for posted, expected in ((4, {"one": 1, "other": 0}), (5, {"one": 0, "other": -1})):
        found = solve_shifts({"one": one, "other": other}, [edge], [FIRST + posted * DAY], {})
        assert {key: shift.days for key, shift in found.items()} == expected
    assert leaning({}, [FIRST]) is None
    assert leaning(waking([4], rise=80), days(4)) is None
    assert leaning(waking([5, 10, 14, 20]), days(4, 9, 14, 20)) == 0
    assert leaning(waking([5, 10, 14, 21]), days(3, 9, 14, 19)) is None


QUIET = 60


def waking(posted: Sequence[int], count: int = 28, rise: int = 20000) -> dict[int, int]:
    """Views by ordinal of an account that sleeps, and wakes for two days at each of these days."""
    start = FIRST.toordinal()
    found = {start + n: QUIET + n % 9 for n in range(count)}
    for n in posted:
        found |= {start + n: rise, start + n + 1: rise // 3}
    return found


def days(*numbers: int) -> list[date]:
    return [FIRST + n * DAY for n in numbers]


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_anchor(shift: int):
    """Four posts whose rises stand a day late, on time or early tell the shift."""
    assert anchored_shift(waking([4 + shift, 9 + shift, 14 + shift, 20 + shift]), days(4, 9, 14, 20)) == shift


def test_anchor_of_three():
    """Three posts are enough when all agree and the rises are great; two never are."""
    assert anchored_shift(waking([5, 10, 15]), days(4, 9, 14)) == 1
    assert anchored_shift(waking([5, 10, 16]), days(4, 9, 14)) is None
    assert anchored_shift(waking([5, 10, 15], rise=150), days(4, 9, 14)) is None
    assert anchored_shift(waking([5, 10]), days(4, 9)) is None


def test_votes_before_sums():
    """One video that went viral the day after does not outvote the others."""
    found = waking([4, 9, 14, 19, 24], rise=130)
    found[FIRST.toordinal() + 25] = 10**9
    assert anchored_shift(found, days(4, 9, 14, 19, 24)) is None


def test_rises_two_days_away():
    """Rises that stand two days after the posts are no shift of one."""
    assert anchored_shift(waking([6, 11, 16, 22]), days(4, 9, 14, 20)) is None


def test_rows_around_a_post():
    """A post at the edge of the file, without its four rows, does not vote."""
    assert anchored_shift(waking([1, 5, 10, 15]), days(0, 4, 9, 14)) == 1
    assert anchored_shift(waking([2, 10, 15]), days(1, 9, 14)) is None


def at(hour: int, posted: date | None) -> Post:
    found = post(datetime(2026, 3, 5, hour, tzinfo=UTC), posted)
    return found if posted else Post(found.video_id, None)


@pytest.mark.parametrize(
    ("given", "is_usable"),
    [
        (at(9, date(2026, 3, 5)), True),
        (at(17, date(2026, 3, 5)), True),
        (at(18, date(2026, 3, 5)), False),  # the evening
        (at(3, date(2026, 3, 4)), True),  # west of Greenwich it is still the day before
        (at(13, date(2026, 3, 4)), False),
        (at(15, date(2026, 3, 6)), False),  # scheduled
        (at(9, None), False),
    ],
)
def test_usable_posts(given: Post, is_usable: bool):
    """Videos vote when they went up before the evening of UTC's day and were not scheduled."""
    assert posting_days([content(Label(3, 20), [given])]) == ([date(2026, 3, 5)] if is_usable else [])


def test_posted_moments():
    """Where the post time is a moment, it shows by itself whether the video was scheduled."""
    moment = datetime(2026, 3, 5, 9, tzinfo=UTC)
    at_once, later = (Post(post(moment).video_id, moment + wait) for wait in (timedelta(seconds=5), timedelta(hours=4)))
    assert posting_days([content(None, [at_once])]) == [date(2026, 3, 5)]
    assert posting_days([content(None, [later])]) == []


def test_one_vote_a_day():
    """Two videos of one day vote once."""
    assert posting_days([content(Label(3, 20), [at(9, date(2026, 3, 5)), at(12, date(2026, 3, 5))])]) == [
        date(2026, 3, 5)
    ]


def test_anchor_of_a_chain():
    """Posts that no single download has enough of decide over all days of the chain, and for each of its downloads."""
    posted = [4, 12, 20, 28, 36]
    rows = [(each, 5, 4, 3, 2 + n % 50) for n, each in enumerate(waking(posted, 50).values())]
    one = overview(labels(FIRST + DAY, 22), rows[:22], sighting("a", noon(FIRST + 23 * DAY)))
    other = overview(labels(FIRST + 17 * DAY, 30), rows[16:46], sighting("b", noon(FIRST + 47 * DAY)))
    videos = content(
        label(FIRST + 47 * DAY), [post(noon(day)) for day in days(*posted)], sighting("b", noon(FIRST + 47 * DAY))
    )
    dated = solve([one, *together(other, videos)])
    assert [dated[each.sha256].label_shift for each in (one, other, videos)] == [1, 1, 1]
    assert [dated[each.sha256].shift_basis for each in (one, other, videos)] == ["overlap", "overlap", "sibling"]
    assert dated[one.sha256].first_label == FIRST + DAY


def lone_viewers(first: date, start: int, export: str) -> MemberRows:
    counts = [300 + 61 * (start + n) ** 2 % 557 for n in range(20)]
    metrics = {
        "total_viewers": tuple(counts),
        "new_viewers": tuple(n // 3 for n in counts),
        "returning_viewers": tuple(n - n // 3 for n in counts),
    }
    return MemberRows(
        export,
        "mara",
        "studio",
        "viewers",
        labels(first, 20),
        metrics,
        sightings=(sighting(export, noon(first + 20 * DAY)),),
    )


def test_downloads_without_overview():
    """Downloads of the tab Viewers alone are compared with each other by their own rows."""
    one, late = lone_viewers(FIRST, 0, "one"), lone_viewers(FIRST + 9 * DAY, 8, "late")
    dated = solve([one, late])
    assert [(dated[each].label_shift, dated[each].shift_basis) for each in ("one", "late")] == [
        (0, "overlap"),
        (1, "overlap"),
    ]


def bare_viewers(first: date, name: str) -> MemberRows:
    seen = sighting(name)
    return MemberRows(
        name, "mara", "studio", "viewers", labels(first, 28), {"total_viewers": (1,) * 28}, sightings=(seen,)
    )


def test_folder_of_several_downloads():
    """In a folder of several downloads each report takes the shift of the Overview whose last day is nearest."""
    rows = views(*[600 + 37 * n * n % 911 for n in range(60)])
    on_time = overview(labels(FIRST, 28), rows[:28], sighting("a", noon(FIRST + 28 * DAY)))
    late = overview(labels(FIRST + 6 * DAY, 28), rows[5:33], sighting("b", noon(FIRST + 33 * DAY)))
    own, other = bare_viewers(FIRST, "own"), bare_viewers(FIRST + 6 * DAY, "other")
    dated = solve(together(on_time, late, own, other))
    assert [dated[each].label_shift for each in (on_time.sha256, late.sha256, "own", "other")] == [0, 1, 0, 1]
    assert [dated[each].shift_basis for each in ("own", "other")] == ["sibling", "sibling"]


def test_tabs_of_one_visit():
    """Each tab's ZIP, dropped on its own, belongs to the Overview that was written within the same half hour."""
    rows = views(*[600 + 37 * n * n % 911 for n in range(60)])
    on_time = overview(labels(FIRST, 28), rows[:28], sighting("a", noon(FIRST + 28 * DAY)))
    late = overview(labels(FIRST + 6 * DAY, 28), rows[5:33], sighting("b", noon(FIRST + 33 * DAY)))
    tab = bare_viewers(FIRST + 6 * DAY, "tab")
    for minutes, expected in ((3, (1, "sibling")), (45, (0, "assumed"))):
        seen = sighting("c", noon(FIRST + 33 * DAY) + timedelta(minutes=minutes))
        found = solve([on_time, late, replace(tab, sightings=(seen,))])["tab"]
        assert (found.label_shift, found.shift_basis) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, (1, "sibling")), (6, (0, "assumed"))])
def test_a_folder_of_many_visits(days: int, expected: tuple[int, str]):
    """A report written days after an Overview was another visit, though both lay in one folder and their last days are near."""
    rows = views(*[600 + 37 * n * n % 911 for n in range(60)])
    on_time = overview(labels(FIRST, 28), rows[:28], sighting("a", noon(FIRST + 28 * DAY)))
    late = overview(labels(FIRST + 6 * DAY, 28), rows[5:33], sighting("b", noon(FIRST + 33 * DAY)))
    tab = bare_viewers(FIRST + (6 + days) * DAY, "tab")
    seen = sighting("c", noon(FIRST + (33 + days) * DAY) + timedelta(hours=2))
    found = solve(together(on_time, late, replace(tab, sightings=(seen,))))["tab"]
    assert (found.label_shift, found.shift_basis) == expected


def test_alike_beyond_the_distances():
    """A row that is equal two days away is no evidence when it is equal three days away too."""
    same = views(500)
    one = series([*BUSY[:5], *same, *views(3, 2)])
    other = series([*same, *same, *views(*range(2000, 2006))], FIRST + 2 * DAY)
    assert compare(one, other).kind == "unclear"


def test_half_of_the_rows_differ():
    """Where no more than half of the rows differ, the two are no strangers, though nothing is decided."""
    rows = views(31, 47, 23, 44, 38, 27)
    changed = [(each[0], 9, 9, 9, 9) for each in rows[:4]] + views(19, 12)
    assert compare(series(settled(rows)), series(settled(changed))).kind == "unclear"


def test_two_rows_of_a_stranger():
    """Rows of less than ten views do not count: two that differ are no evidence of a stranger."""
    rows = views(*[5] * 4, 700, *[6] * 4, 640, *[4] * 6)
    assert compare(series(rows), series(views(*[7] * 16))).kind == "unclear"


def test_views_alone_are_no_whole_row():
    """A file whose only column is views needs two equal rows."""

    def narrow(counts: list[int], first: date) -> Series:
        member = MemberRows(
            str(counts), "mara", "studio", "overview", labels(first, len(counts)), {"video_views": tuple(counts)}
        )
        return Series.of(member, first)

    own = [510, 640, 155, 720, 3, 2]
    assert compare(narrow(own, FIRST), narrow([720, 1, 2, 3], FIRST + 3 * DAY)).kind == "unclear"
    assert compare(narrow(own, FIRST), narrow([155, 720, 1, 2, 3], FIRST + 2 * DAY)).kind == "decided"


def test_share_of_votes():
    """Three votes of five are not clear, however great the rises."""
    assert anchored_shift(waking([4, 9, 14, 20, 25]), days(4, 9, 14, 19, 24)) is None


def test_margin():
    """Four votes for rises that are hardly more than the days around are not clear."""
    start = FIRST.toordinal()
    weak = {start + n: 150 if n in {4, 5, 9, 10, 14, 15, 20, 21} else 60 for n in range(28)}
    assert anchored_shift(weak, days(4, 9, 14, 20)) is None


def test_greater_rise_two_days_away():
    """A rise on the next day that is followed by a greater one is not clear."""
    found = waking([5, 10, 15, 21], rise=600)
    found |= {FIRST.toordinal() + n: 60_000 for n in (6, 11, 16, 22)}
    assert anchored_shift(found, days(4, 9, 14, 20)) is None


def test_provisional_rows_of_a_chain():
    """The last rows of a download vote where no other download has them settled."""
    rows = [(each, 1, 1, 1, 1) for each in waking([4, 9, 26]).values()]
    (shift,) = solve_shifts({"a": series(rows)}, [], days(4, 9, 26), {}).values()
    assert (shift.days, shift.basis) == (0, "anchor")


def test_scheduled_in_one_of_two_reports():
    """A video that any report shows as scheduled does not vote."""
    reports = [content(Label(3, n), [at(9, date(2026, 3, day))]) for n, day in ((20, 7), (21, 5))]
    assert posting_days(reports) == posting_days(reports[::-1]) == []
