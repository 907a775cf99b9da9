"""The hard cases are what their names say."""

from datetime import date

import pytest

from include.sandbox.exports.cases import all_cases
from include.sandbox.exports.truth import revisions
from tests.fixtures.exports import members_of, plain_rows

CASES = {case.name: case for case in all_cases(11)}


def overviews(name: str):
    """The Overview sheets of a case, in the order of its files."""
    return [member.sheet for file in CASES[name].files for member in file.members if member.sheet.report == "overview"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.refuses and not case.asks])
def test_revisions_and_shifts(name: str):
    """Of files that are all taken, the true numbers differ in just the cells the case speaks of."""
    case = CASES[name]
    assert len(revisions(case.files)) == case.revisions
    assert len(case.shifts) == len(overviews(name))
    if case.basis != "assumed":
        assert tuple(sheet.label_shift for sheet in overviews(name)) == case.shifts


@pytest.mark.parametrize("common", [1, 2, 3])
def test_days_in_common(common: int):
    """So many days of two downloads agree and are settled in both."""
    first, late = overviews(f"late, {common} settled days in common")
    settled = [set(sheet.true_days) - sheet.provisional for sheet in (first, late)]
    assert len(settled[0] & settled[1]) == common
    assert (first.label_shift, late.label_shift) == (0, 1)


def test_no_day_in_common():
    """The late download begins the day after the other one's last, and by its label leaves a day out."""
    first, late = overviews("late, no day in common")
    assert (first.true_days[-1], late.true_days[0]) == (date(2026, 4, 22), date(2026, 4, 23))
    assert late.labels[0] == date(2026, 4, 24)
    assert CASES["late, no day in common"].shifts == (0, 0)


def test_only_a_provisional_day_in_common():
    """The one day that two downloads share is the last of the earlier one, half counted."""
    early, later = overviews("a provisional day is all there is in common")
    assert set(early.true_days) & set(later.true_days) == {date(2026, 4, 23)} <= early.provisional


def test_another_account():
    """The other account's file covers nine of the first one's days, under a name that tells nothing."""
    ours, theirs = CASES["another account's file, nine days in common"].files
    days = [set(file.members[0].sheet.true_days) for file in (ours, theirs)]
    assert len(days[0] & days[1]) == 9
    assert ours.account != theirs.account
    assert not any(file.handle in file.name for file in (ours, theirs))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("new year in a ZIP", "December 29", "January 4"),
        ("29 February in a ZIP", "February 26", "March 1"),
        ("a range that ended weeks before", "February 1", "February 28"),
    ],
)
def test_labels(name: str, first: str, last: str):
    """The rows run over the turn of the year, over a leap day, over a range of one's choice."""
    rows = plain_rows(members_of(CASES[name].files[0])["Overview.csv"])
    assert (rows[1][0], rows[-1][0]) == (first, last)


def test_leap_days():
    """A late download ends on "March 1" for 28 February; a leap year's file goes from 28 February to 1 March."""
    late = CASES["28 February labelled 1 March"].files[1]
    assert plain_rows(members_of(late)["Overview.csv"])[-1][0] == "March 1"
    assert late.members[0].sheet.true_days[-1] == date(2027, 2, 28)
    rows = plain_rows(members_of(CASES["28 February beside 1 March in a leap year"].files[0])["Overview.csv"])
    assert [row[0] for row in rows[1:]] == ["February 26", "February 27", "February 28", "March 1"]


def test_clocks_changed():
    """Both downloads are late by one, over the Sunday on which Berlin's clocks go back."""
    before, after = overviews("clocks changed between two late downloads")
    assert before.label_shift == after.label_shift == 1
    assert before.true_days[-1] < date(2026, 10, 25) < after.true_days[-1]


def test_zeros():
    """An account without posts gives zeros on every day of two downloads."""
    for sheet in overviews("an account of zeros"):
        assert {number for numbers in sheet.values.values() for number in numbers} == {0}


def test_answers_that_come_later():
    """What answers a question by itself holds the very member that waits."""
    for name in ("new year, bare", "29 February, bare"):
        waiting, answer = CASES[name].files[0], CASES[name].answers_itself_with[0]
        assert waiting.members[0].sha256 == answer.members[0].sha256
        assert waiting.name.endswith(".csv")
