"""The hard cases of reading exports: each file has days that are known, and comes out on just these."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from include.account_analytics.dating.solve import solve
from include.account_analytics.facts import Dated, Label, MemberRows
from tests.include.account_analytics.dating.accounts import (
    DAY,
    LANDED,
    content,
    label,
    labels,
    noon,
    overview,
    post,
    sighting,
    together,
)

# Views of day 1, 2, … of an account: no two alike, all above 50, with the other metrics beside them.
ROWS = [(700 + 37 * n * n % 911, 20 + n % 7, 30 + n % 11, n % 5, n % 3) for n in range(120)]
FIRST = date(2026, 3, 1)


def rows(first: date, count: int) -> list[tuple[int, ...]]:
    start = (first - FIRST).days
    return ROWS[start : start + count]


def download(first: date, count: int, shift: int = 0, export: str = "a", landed_at: datetime = LANDED) -> MemberRows:
    """An Overview of these true days in a ZIP written at noon of the day after, labelled `shift` days late."""
    written = noon(first + count * DAY)
    return overview(labels(first + shift * DAY, count), rows(first, count), sighting(export, written, landed_at))


def true_days(member: MemberRows, dated: dict[str, Dated]) -> list[date]:
    found = dated[member.sha256]
    assert found.first_label is not None, found
    return [found.first_label + (n - found.label_shift) * DAY for n in range(len(member.labels))]


def revisions(members: list[MemberRows], dated: dict[str, Dated]) -> int:
    """Cells of a day that two members give differently."""
    cells: dict[tuple[date, str], set[int | None]] = {}
    for member in members:
        for n, day in enumerate(true_days(member, dated)):
            for name, values in member.metrics.items():
                cells.setdefault((day, name), set()).add(values[n])
    return sum(len(values) - 1 for values in cells.values())


def days_from(first: date, count: int) -> list[date]:
    return [first + n * DAY for n in range(count)]


NEW_YEAR = [Label(12, 29), Label(12, 30), Label(12, 31), Label(1, 1), Label(1, 2), Label(1, 3), Label(1, 4)]


def test_new_year_in_zip():
    """Seven days across New Year have the years that the member's time proves."""
    member = overview(NEW_YEAR, ROWS[:7], sighting("a", datetime(2026, 1, 5, 9, tzinfo=UTC)))
    dated = solve([member])
    assert true_days(member, dated) == days_from(date(2025, 12, 29), 7)
    assert (dated[member.sha256].year_basis, dated[member.sha256].question) == ("member_time", None)


def test_new_year_bare():
    """The same seven days as a bare file fit eleven years: a question."""
    member = overview(NEW_YEAR, ROWS[:7], sighting())
    found = solve([member])[member.sha256]
    assert found.first_label is None
    assert found.question is not None
    assert (found.question.kind, found.question.subject) == ("year", member.sha256)
    assert found.question.candidates == tuple(map(str, range(2016, 2027)))


def test_leap_day_bare():
    """A bare file with February 29 may be of every leap year."""
    member = overview(labels(date(2024, 2, 27), 7), ROWS[:7], sighting())
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates == ("2016", "2020", "2024")


def test_leap_day_in_zip():
    """With a member's time, a file with February 29 is proved."""
    member = overview(labels(date(2024, 2, 27), 7), ROWS[:7], sighting("a", datetime(2024, 3, 5, 9, tzinfo=UTC)))
    dated = solve([member])
    assert true_days(member, dated) == days_from(date(2024, 2, 27), 7)
    assert dated[member.sha256].year_basis == "member_time"


def test_leap_day_left_out():
    """February 28 before March 1, in a file that was written in a leap year: refused, with both lines."""
    member = overview(labels(date(2023, 2, 26), 6), ROWS[:6], sighting("a", datetime(2024, 3, 4, 9, tzinfo=UTC)))
    refusal = solve([member])[member.sha256].refusal
    assert refusal is not None
    assert refusal.code == "leap_day"
    assert "line 4 says February 28 and line 5 says March 1" in str(refusal)


def test_late_on_march_1():
    """February 28 of 2027, labelled a day late, is written as March 1 and comes out as February 28."""
    first = date(2027, 2, 1)
    on_time = overview(labels(first, 28), ROWS[:28], sighting("a", noon(date(2027, 3, 1))))
    late = overview(labels(date(2027, 2, 20), 10), ROWS[18:28], sighting("b", noon(date(2027, 3, 1))))
    dated = solve([on_time, late])
    assert late.labels[-1] == Label(3, 1)
    assert (dated[late.sha256].label_shift, dated[late.sha256].shift_basis) == (1, "overlap")
    assert true_days(late, dated)[-1] == date(2027, 2, 28)


def test_a_year_bare():
    """A bare file of 365 days may be of every year that has February 28 before March 1 where it has."""
    member = overview(labels(date(2024, 9, 10), 365), [(n % 97, 0, 0, 0, 0) for n in range(365)], sighting())
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates == ("2017", "2018", "2019", "2021", "2022", "2023", "2025", "2026")


@pytest.mark.parametrize("common", [3, 2, 1])
def test_late_with_days_in_common(common: int):
    """A late download is recognised by three, two or one day that an on-time one has too; nothing is revised."""
    on_time = download(FIRST, 28)
    late = download(FIRST + (28 - common) * DAY, 28, shift=1, export="b")
    dated = solve([on_time, late])
    assert [dated[each.sha256].label_shift for each in (on_time, late)] == [0, 1]
    assert dated[late.sha256].shift_basis == "overlap"
    assert true_days(late, dated)[0] == FIRST + (28 - common) * DAY
    assert revisions([on_time, late], dated) == 0


@pytest.mark.parametrize(("common", "warned"), [(4, 2), (3, 1), (2, 0)])
def test_unproved_days_that_differ(common: int, warned: int):
    """Settled days in common that differ, too few to tell another account: both files are warned of, and nothing is asked."""
    first = download(FIRST, 28)
    start = FIRST + (28 - common) * DAY
    others = [tuple(5000 + 7 * place + cell for cell in range(5)) for place in range(28)]
    other = overview(labels(start, 28), others, sighting("b", noon(start + 28 * DAY), LANDED))
    dated = solve([first, other])
    assert [dated[each.sha256].shift_basis for each in (first, other)] == ["assumed", "assumed"]
    assert [dated[each.sha256].question for each in (first, other)] == [None, None]
    said = f"{warned} of {warned} days that it has in common with the download to "
    for one in (first, other):
        assert [text for text in dated[one.sha256].warnings if "in common" in text and text.startswith(said)] == list(
            dated[one.sha256].warnings
        )
        assert len(dated[one.sha256].warnings) == bool(warned)


def test_late_without_days_in_common():
    """Without a common day the late download stays as it is, and the day between is warned of, until a file covers it."""
    on_time, late = download(FIRST, 28), download(FIRST + 28 * DAY, 28, shift=1, export="b")
    dated = solve([on_time, late])
    assert [(dated[each.sha256].label_shift, dated[each.sha256].shift_basis) for each in (on_time, late)] == [
        (0, "assumed")
    ] * 2
    assert [len(dated[each.sha256].warnings) for each in (on_time, late)] == [0, 1]
    assert "2026-03-29 is missing between two downloads" in dated[late.sha256].warnings[0]
    whole = download(FIRST, 56, export="c")
    dated = solve([on_time, late, whole])
    assert [dated[each.sha256].label_shift for each in (on_time, late, whole)] == [0, 1, 0]
    assert [dated[each.sha256].warnings for each in (on_time, late, whole)] == [()] * 3
    assert revisions([on_time, late, whole], dated) == 0


def test_another_account():
    """A file that shares nine days and no numbers is asked about; the account that was first is not touched."""
    own = download(FIRST, 28)
    foreign = replace(
        overview(
            labels(FIRST + 19 * DAY, 28),
            [(5000 + 113 * n, 9, 8, 7, 6) for n in range(28)],
            sighting("b", noon(FIRST + 47 * DAY), LANDED + DAY),
        )
    )
    alone, dated = solve([own]), solve([foreign, own])
    assert dated[own.sha256] == alone[own.sha256]
    question = dated[foreign.sha256].question
    assert question is not None
    assert (question.kind, question.subject) == ("other_account", foreign.sha256)
    assert question.candidates == ("same account", "another account")


def corrected(member: MemberRows, changes: dict[int, dict[str, int]]) -> MemberRows:
    metrics = {name: list(values) for name, values in member.metrics.items()}
    for row, cells in changes.items():
        for name, more in cells.items():
            metrics[name][row] += more
    return replace(member, sha256=f"{member.sha256[:60]}corr", metrics={name: tuple(v) for name, v in metrics.items()})


def test_corrected_and_late():
    """Three days with two corrected cells each, labelled late: the shift is found and just six cells are revised."""
    on_time = download(FIRST, 28)
    late = corrected(
        download(FIRST + 8 * DAY, 28, shift=1, export="b"),
        {row: {"video_views": 3, "likes": 2} for row in (2, 5, 9)},
    )
    dated = solve([late, on_time])
    assert [dated[each.sha256].label_shift for each in (on_time, late)] == [0, 1]
    assert revisions([on_time, late], dated) == 6


def test_one_metric_corrected_everywhere():
    """A metric that is corrected on every day, labelled late: the views are equal, and each day is one revision."""
    on_time = download(FIRST, 28)
    late = corrected(download(FIRST + 8 * DAY, 28, shift=1, export="b"), {row: {"likes": 1} for row in range(28)})
    dated = solve([late, on_time])
    assert [dated[each.sha256].label_shift for each in (on_time, late)] == [0, 1]
    assert revisions([on_time, late], dated) == 20


def test_all_zero():
    """Two downloads of an account without a view are no evidence: no shift, and nobody is asked."""
    zeros = [(0, 0, 0, 0, 0)] * 28
    one = overview(labels(FIRST, 28), zeros, sighting("a", noon(FIRST + 28 * DAY)))
    other = overview(labels(FIRST + 9 * DAY, 28), zeros, sighting("b", noon(FIRST + 37 * DAY)))
    for found in solve([one, other]).values():
        assert (found.label_shift, found.shift_basis, found.question, found.warnings) == (0, "assumed", None, ())


@pytest.mark.parametrize(
    ("days", "code", "lines"),
    [
        ([1, 2, 2, 3], "duplicate_label", "line 3 says March 2 and line 4 says March 2"),
        ([1, 2, 4, 5], "not_consecutive", "line 3 says March 2 and line 4 says March 4"),
        ([1, 3, 2, 4], "not_consecutive", "line 2 says March 1 and line 3 says March 3"),
    ],
)
def test_days_that_do_not_follow(days: list[int], code: str, lines: str):
    """A day twice, a day missing or out of its order: refused, with both lines."""
    member = overview([Label(3, day) for day in days], ROWS[:4], sighting("a", datetime(2026, 3, 6, tzinfo=UTC)))
    refusal = solve([member])[member.sha256].refusal
    assert refusal is not None
    assert (refusal.code, lines in str(refusal)) == (code, True)


def test_content_in_both_orders():
    """An on-time and a late download with Content come out on the same days in either order; Content moves with its download."""
    posts = [post(noon(FIRST + n * DAY)) for n in (2, 9)]
    on_time = together(
        download(FIRST, 28), content(label(FIRST + 28 * DAY), posts, sighting("a", noon(FIRST + 28 * DAY)))
    )
    late = together(
        download(FIRST + 8 * DAY, 28, shift=1, export="b"),
        content(label(FIRST + 37 * DAY), posts, sighting("b", noon(FIRST + 36 * DAY))),
    )
    one, other = solve([*on_time, *late]), solve([*late[::-1], *on_time[::-1]])
    assert one == other
    assert [one[each.sha256].label_shift for each in (*on_time, *late)] == [0, 0, 1, 1]
    assert [one[each.sha256].shift_basis for each in (*on_time, *late)] == ["overlap", "sibling", "overlap", "sibling"]
    assert true_days(late[1], one) == [FIRST + 36 * DAY]
    assert revisions([on_time[0], late[0]], one) == 0


def test_epoch_one_day_off():
    """An epoch one day before the last label proves the year all the same, and raises the suspicion of a shift."""
    seen = sighting("a", start=date(2026, 3, 1), ends_at=datetime(2026, 3, 28, 15, tzinfo=UTC))
    member = overview(labels(date(2026, 3, 2), 28), ROWS[:28], seen)
    found = solve([member])[member.sha256]
    assert (found.first_label, found.year_basis, found.question) == (date(2026, 3, 2), "name", None)
    assert (found.label_shift, found.shift_basis) == (0, "assumed")
    assert found.warnings == ("Its export's name or time hints at labels one day late; nothing proves it.",)


def test_range_that_ended_long_ago():
    """A range that ends weeks before the download is not proved by its time, which only bounds the years to choose from."""
    member = overview(labels(FIRST, 28), ROWS[:28], sighting("a", datetime(2024, 8, 1, tzinfo=UTC)))
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates == tuple(map(str, range(2016, 2025)))


def test_zip_answers_for_a_bare_file():
    """The same member in a ZIP answers the question of the bare file."""
    bare = overview(labels(FIRST, 28), ROWS[:28], sighting())
    assert solve([bare])[bare.sha256].question
    both = replace(bare, sightings=(*bare.sightings, sighting("zip", noon(FIRST + 29 * DAY))))
    found = solve([both])[bare.sha256]
    assert (found.first_label, found.year_basis, found.question) == (FIRST, "member_time", None)
    assert found.exported_at == noon(FIRST + 29 * DAY)


def test_provisional_difference():
    """A day that was not counted to its end in the older download is no conflict, and decides nothing."""
    on_time = corrected(download(FIRST, 28), {27: {"video_views": -20, "likes": -3}})
    later = download(FIRST + 27 * DAY, 28, export="b")
    for found in solve([on_time, later]).values():
        assert (found.label_shift, found.shift_basis, found.question) == (0, "assumed", None)


def test_clocks_changed_between_two_downloads():
    """Two downloads on either side of a change of clocks, both a day late, come out on the days that an on-time one has."""
    on_time = download(FIRST, 60, export="c")
    before = download(FIRST, 28, shift=1)
    after = download(FIRST + 20 * DAY, 28, shift=1, export="b")
    dated = solve([before, after, on_time])
    assert [dated[each.sha256].label_shift for each in (before, after, on_time)] == [1, 1, 0]
    assert revisions([before, after, on_time], dated) == 0


def test_hours_of_a_changed_clock():
    """A follower activity with a day of 23 hours is dated by its days, and not moved with its download."""
    hours = [label(FIRST + (21 + n) * DAY) for n in range(7) for _ in range(23 if n == 3 else 24)]
    seen = sighting("b", noon(FIRST + 28 * DAY))
    activity = MemberRows("activity", "mara", "studio", "follower_activity", tuple(hours), sightings=(seen,))
    late, activity = together(download(FIRST, 28, shift=1, export="b"), activity)
    dated = solve([late, activity, download(FIRST, 60, export="c")])
    assert dated[late.sha256].label_shift == 1
    assert (dated["activity"].first_label, dated["activity"].label_shift) == (FIRST + 21 * DAY, 0)
    assert dated["activity"].shift_basis == "assumed"


def test_three_downloads_of_one_account():
    """Of three overlapping downloads the one whose labels differ from the two others' is the one that is shifted."""
    downloads = [
        download(FIRST + n * timedelta(days=8), 28, shift=shift, export=str(n)) for n, shift in enumerate((0, 1, 0))
    ]
    dated = solve(downloads)
    assert [dated[each.sha256].label_shift for each in downloads] == [0, 1, 0]
    assert revisions(downloads, dated) == 0


def test_two_days_between_downloads():
    """Only a single missing day is warned of: two or more were never downloaded."""
    one, other = download(FIRST, 28), download(FIRST + 30 * DAY, 28, export="b")
    assert [found.warnings for found in solve([one, other]).values()] == [(), ()]
