"""Years of labels without one: what proves them, what only narrows, and what is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from include.account_analytics.dating.solve import solve
from include.account_analytics.facts import Label, MemberRows, Post
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

ROWS = [(700 + 37 * n * n % 911, 20 + n % 7, 30 + n % 11, n % 5, n % 3) for n in range(400)]
FIRST = date(2026, 3, 1)


def bare(first: date = FIRST, count: int = 28, start: int = 0, export: str = "bare") -> MemberRows:
    return overview(labels(first, count), ROWS[start : start + count], sighting(export))


def in_zip(first: date = FIRST, count: int = 28, start: int = 0, export: str = "zip") -> MemberRows:
    return overview(labels(first, count), ROWS[start : start + count], sighting(export, noon(first + count * DAY)))


def test_name_proves():
    """The first day in the export's name proves the year, and the epoch one day later the earliest moment of the download."""
    seen = sighting(start=FIRST, ends_at=datetime(2026, 3, 28, 15, 4, 5, tzinfo=UTC), handle="mara")
    member = overview(labels(FIRST, 28), ROWS[:28], seen)
    found = solve([member])[member.sha256]
    assert (found.first_label, found.year_basis, found.warnings) == (FIRST, "name", ())
    assert found.exported_at == datetime(2026, 3, 29, 15, 4, 5, tzinfo=UTC)


def test_start_of_a_year_does_not_date_content():
    """Content's day stands near the start of 365 days again, a year later: only the epoch dates it."""
    first = date(2025, 8, 18)
    seen = sighting("zip", start=first, ends_at=noon(date(2026, 8, 17)))
    year, videos = (
        overview(labels(first, 365), ROWS[:365], seen),
        content(Label(8, 18), [post(noon(date(2026, 7, 1)))], seen),
    )
    found = solve(together(year, videos))
    assert [found[each.sha256].first_label for each in (year, videos)] == [first, date(2026, 8, 18)]


def test_name_of_another_file():
    """A name whose first day is not the file's is no witness, and is warned of."""
    member = overview(labels(FIRST, 28), ROWS[:28], sighting("zip", noon(FIRST + 29 * DAY), start=date(2025, 8, 9)))
    found = solve([member])[member.sha256]
    assert (found.first_label, found.year_basis) == (FIRST, "member_time")
    assert "another first day" in found.warnings[0]


@pytest.mark.parametrize(("gap", "proves"), [(-2, False), (-1, True), (0, True), (1, True), (4, True), (5, False)])
def test_how_near_a_member_time_is(gap: int, proves: bool):
    """A member's time proves the year from one day before the last row to four days after it."""
    member = overview(labels(FIRST, 7), ROWS[:7], sighting("zip", noon(FIRST + (6 + gap) * DAY)))
    assert (solve([member])[member.sha256].year_basis == "member_time") is proves


def test_zip_without_a_time():
    """The time that a ZIP without times states, 1980, is none."""
    member = overview(labels(FIRST, 7), ROWS[:7], sighting("zip", datetime(1980, 1, 1, tzinfo=UTC)))
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates[-1] == "2026"


def test_years_of_business_files():
    """Years that stand in the file are its own witness."""
    rows = [replace(each, year=2025) for each in labels(date(2025, 10, 31), 3)]
    member = replace(overview(rows, ROWS[:3], sighting()), family="business")
    found = solve([member])[member.sha256]
    assert (found.first_label, found.year_basis, found.question) == (date(2025, 10, 31), "file", None)


def test_years_of_business_files_in_an_odd_zip():
    """The time of a ZIP whose clock was wrong does not put years in doubt that stand in the file."""
    rows = [replace(each, year=2025) for each in labels(date(2025, 10, 31), 3)]
    member = replace(overview(rows, ROWS[:3], sighting("zip", noon(date(2020, 1, 1)))), family="business")
    found = solve([member])[member.sha256]
    assert (found.first_label, found.year_basis, found.question, found.exported_at) == (
        date(2025, 10, 31),
        "file",
        None,
        None,
    )


def test_companions_witness():
    """A bare file is of the year of the ZIP that lay beside it, and of what is known of that ZIP's copy elsewhere."""
    proved, beside = in_zip(), overview(labels(FIRST + 21 * DAY, 7), [(1, 0, 0, 0, 0)] * 7, sighting("other"))
    beside = replace(beside, report="viewers", metrics={"total_viewers": (1,) * 7})
    found = solve(together(proved, beside))[beside.sha256]
    assert (found.first_label, found.year_basis) == (FIRST + 21 * DAY, "member_time")


def test_companions_of_two_years():
    """Beside two ZIPs of the same days in two years a bare file stays open."""
    one, other = in_zip(export="one"), in_zip(FIRST.replace(year=2025), start=50, export="other")
    found = solve(together(one, other, bare(start=90)))
    assert sum(each.question is not None for each in found.values()) == 1


def test_witnesses_disagree():
    """A name of one year and a member's time of the next: a question between the two."""
    seen = sighting("zip", noon(FIRST + 28 * DAY), start=FIRST.replace(year=2025))
    member = overview(labels(FIRST, 28), ROWS[:28], seen)
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates == ("2025", "2026")
    assert "The witnesses disagree: the export's name says 2025, the time in the ZIP says 2026." in question.text
    found = solve([member], {("year", member.sha256): "2025"})[member.sha256]
    assert (found.first_label, found.year_basis) == (FIRST.replace(year=2025), "answer")


def test_sightings_disagree():
    """One member in ZIPs written in two years, each just after its last row: a question."""
    member = in_zip()
    again = replace(member, sightings=(*member.sightings, sighting("later", noon(date(2027, 3, 30)))))
    question = solve([again])[again.sha256].question
    assert question is not None
    assert question.candidates == ("2026", "2027")


def test_packed_again():
    """A copy that was packed again months later bounds nothing new, and the download is as old as its oldest copy."""
    member = in_zip()
    again = replace(member, sightings=(sighting("later", noon(date(2026, 9, 30))), *member.sightings))
    found = solve([again])[again.sha256]
    assert (found.first_label, found.year_basis, found.exported_at) == (FIRST, "member_time", noon(FIRST + 28 * DAY))


def test_video_newer_than_the_year():
    """A video that was uploaded after the day that a member's time claims makes it a question."""
    seen = sighting("zip", noon(date(2025, 3, 28)))
    videos = content(Label(3, 28), [post(noon(date(2026, 2, 11)))], seen)
    question = solve([videos])[videos.sha256].question
    assert question is not None
    assert "2025" in question.candidates
    assert "2026" not in question.candidates


def test_between_video_and_member_time():
    """Packed again a year on: the newest video bounds the year from below, the ZIP from above, and one is left."""
    seen = sighting("zip", noon(date(2026, 9, 1)))
    days = overview(labels(FIRST, 28), ROWS[:28], seen)
    videos = content(label(FIRST + 28 * DAY), [post(noon(FIRST + 20 * DAY))], seen)
    found = solve(together(days, videos))
    assert [found[each.sha256].year_basis for each in (days, videos)] == ["video_ids", "video_ids"]
    assert found[days.sha256].first_label == FIRST


def test_videos_alone_leave_the_next_years():
    """Videos of 2025 in a bare folder leave 2025 and 2026: one question for both files, whose answer dates both."""
    days = overview(labels(date(2025, 3, 1), 28), ROWS[:28], sighting("one"))
    videos = content(Label(3, 29), [post(noon(date(2025, 3, 20)))], sighting("two"))
    members = together(days, videos)
    found = solve(members)
    question = found[days.sha256].question
    assert found[videos.sha256].question == question
    assert question is not None
    assert (question.subject, question.candidates) == (days.sha256, ("2025", "2026"))
    found = solve(members, {("year", days.sha256): "2025"})
    assert [found[each.sha256].first_label for each in members] == [date(2025, 3, 1), date(2025, 3, 29)]
    assert all(each.question is None for each in found.values())


@pytest.mark.parametrize("years_later", [1, 2, 7])
def test_landing_is_no_witness(years_later: int):
    """What a file proves or leaves open is the same whenever it lands; only the list of years to choose from grows."""
    days = overview(labels(FIRST, 28), ROWS[:28], sighting("one"))
    videos = content(label(FIRST + 28 * DAY), [post(noon(FIRST + 20 * DAY))], sighting("two"))
    proved = in_zip(FIRST + 100 * DAY)

    def landed(when: datetime) -> list[tuple]:
        members = [
            replace(each, sightings=tuple(replace(seen, landed_at=when) for seen in each.sightings))
            for each in (*together(days, videos), proved)
        ]
        found = solve(members)
        return [replace(each, question=None) for each in found.values()] + [
            (each.question.subject, each.question.candidates[0]) for each in found.values() if each.question
        ]

    assert landed(LANDED) == landed(LANDED.replace(year=2026 + years_later))


def test_wrong_clock():
    """On a machine whose clock stands at 1970 the file is asked about all the same, with a free answer."""
    member = overview(labels(FIRST, 28), ROWS[:28], sighting(landed_at=datetime(1970, 1, 1, tzinfo=UTC)))
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates == ()
    found = solve([member], {("year", member.sha256): "2026"})[member.sha256]
    assert (found.first_label, found.year_basis) == (FIRST, "answer")


def test_leap_day_narrows():
    """February 28 before March 1 leaves only years without a leap day to choose from."""
    member = bare(date(2026, 2, 20), 14)
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates == ("2017", "2018", "2019", "2021", "2022", "2023", "2025", "2026")


def test_answer_that_cannot_be():
    """An answer that the labels forbid is not taken: the question stands."""
    member = bare(date(2026, 2, 20), 14)
    assert solve([member], {("year", member.sha256): "2024"})[member.sha256].question is not None


def test_proof_goes_before_an_answer():
    """A member that was answered wrongly is dated by the ZIP that proves its year, and says so."""
    member = in_zip()
    found = solve([member], {("year", member.sha256): "2025"})[member.sha256]
    assert (found.first_label, found.year_basis) == (FIRST, "member_time")
    assert "answered with 2025" in found.warnings[0]


def test_overlap_proves():
    """Bare files have the year in which their rows are those of a dated one, from file to file."""
    members = [in_zip(), bare(FIRST + 14 * DAY, start=14, export="b"), bare(FIRST + 35 * DAY, start=35, export="c")]
    found = solve(members)
    assert [found[each.sha256].year_basis for each in members] == ["member_time", "overlap", "overlap"]
    assert [found[each.sha256].first_label for each in members] == [FIRST, FIRST + 14 * DAY, FIRST + 35 * DAY]


def test_overlap_proves_a_shifted_year():
    """A bare file that is labelled a day late has its year and its shift from the same equal rows."""
    days, late = in_zip(), bare(FIRST + 15 * DAY, start=14, export="b")
    found = solve([late, days])[late.sha256]
    assert (found.first_label, found.year_basis) == (FIRST + 15 * DAY, "overlap")
    assert (found.label_shift, found.shift_basis) == (1, "overlap")


def rising(first: date, count: int, posted: list[date], shift: int = 0) -> list[tuple[int, ...]]:
    """An account that sleeps at 60 views and wakes for two days on each posting day."""
    views = {day + n * DAY: count for day in posted for n, count in ((0, 20000), (1, 6000))}
    return [(views.get(first + (n - shift) * DAY, 60 + n % 9), 1, 1, 1, 1) for n in range(count)]


POSTED = [FIRST + n * DAY for n in (4, 9, 14, 21)]


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_anchor_proves(shift: int):
    """A bare file whose views rise on the days of the videos of one year is of that year, moved by what they tell."""
    days = overview(labels(FIRST, 28), rising(FIRST, 28, POSTED, shift), sighting("one"))
    videos = content(label(FIRST + 29 * DAY), [post(noon(day)) for day in POSTED], sighting("two"))
    found = solve(together(days, videos))
    assert (found[days.sha256].first_label, found[days.sha256].year_basis) == (FIRST, "anchor")
    assert (found[days.sha256].label_shift, found[days.sha256].shift_basis) == (shift, "anchor")
    assert (found[videos.sha256].first_label, found[videos.sha256].year_basis) == (FIRST + 29 * DAY, "anchor")


def test_video_without_a_time_in_its_id():
    """A video id that holds no time of TikTok's is no witness."""
    videos = content(
        Label(3, 28), [Post("123", Label(3, 1)), Post("x", None)], sighting("zip", noon(date(2026, 3, 28)))
    )
    assert solve([videos])[videos.sha256].first_label == date(2026, 3, 28)


def shares(*sightings, rows: int | None = 2) -> MemberRows:
    return MemberRows("gender", "mara", "studio", "follower_gender", sightings=sightings, rows=rows)


def test_report_without_days():
    """A report without labels has the days of the ZIPs it was in."""
    member = shares(sighting("b", noon(FIRST + 40 * DAY)), sighting("a", noon(FIRST)))
    found = solve([member])["gender"]
    assert (found.first_label, found.days, found.exported_at) == (FIRST, (FIRST, FIRST + 40 * DAY), noon(FIRST))


def test_report_without_days_beside_content():
    """Bare, it has the day of Content that came with it; alone it is asked for; with only a header it is neither."""
    videos = content(label(FIRST), [post(noon(FIRST - 9 * DAY))], sighting("zip", noon(FIRST)))
    found = solve(together(videos, shares(sighting("folder"))))["gender"]
    assert (found.first_label, found.days, found.question) == (FIRST, (FIRST,), None)
    question = solve([shares(sighting("folder"))])["gender"].question
    assert question is not None
    assert (question.kind, question.candidates) == ("year", ())
    assert solve([shares(sighting("folder"))], {("year", "gender"): "2026-03-01"})["gender"].first_label == FIRST
    assert solve([shares(sighting("folder"), rows=0)])["gender"].question is None


def test_report_without_days_waits_with_its_download():
    """Beside a bare Overview whose year is asked, it waits for the same answer."""
    days, member = together(bare(), shares(sighting("folder")))
    found = solve([days, member])
    assert found["gender"].question == found[days.sha256].question
    found = solve([days, member], {("year", days.sha256): "2026"})
    assert (found["gender"].first_label, found["gender"].question) == (FIRST + 27 * DAY, None)


def test_line_numbers_of_the_file():
    """A refusal names the lines that reading saw, where it tells them."""
    member = replace(overview([Label(3, 1), Label(3, 3)], ROWS[:2], sighting()), lines=(4, 9))
    assert "line 4 says March 1 and line 9 says March 3" in str(solve([member])[member.sha256].refusal)


def test_download_of_two_years_ago_in_a_year_of_days():
    """A year of days with its name's year is dated from its first row, across the leap day."""
    first = date(2023, 9, 10)
    member = overview(labels(first, 365), ROWS[:365], sighting(start=first))
    found = solve([member])[member.sha256]
    assert found.first_label == first
    assert member.labels[-1] == label(first + timedelta(days=364)) == Label(9, 8)


def test_folder_of_two_years():
    """Videos of this year do not put the year of a ZIP in doubt that lay beside them and ends on the same days a year before."""
    last_year = in_zip(date(2025, 3, 1), export="old")
    videos = content(Label(3, 29), [post(noon(date(2026, 3, 20)))], sighting("new", noon(date(2026, 3, 29))))
    found = solve(together(last_year, videos))
    assert [found[each.sha256].first_label for each in (last_year, videos)] == [date(2025, 3, 1), date(2026, 3, 29)]


def test_one_zip_of_two_downloads():
    """In a ZIP that a person packed of two downloads, each has its own time."""
    old = overview(labels(FIRST, 28), ROWS[:28], sighting("packed", noon(FIRST + 28 * DAY)))
    new = overview(labels(FIRST + 90 * DAY, 28), ROWS[90:118], sighting("packed", noon(FIRST + 118 * DAY)))
    found = solve(together(old, new))
    assert [found[each.sha256].first_label for each in (old, new)] == [FIRST, FIRST + 90 * DAY]


def test_member_given_twice():
    """A member that is given twice has the witnesses of both."""
    copies = [bare(), replace(bare(), sightings=in_zip().sightings)]
    assert solve(copies) == solve(copies[::-1])
    assert solve(copies)[bare().sha256].year_basis == "member_time"


def test_viewers_alone():
    """Bare Viewers have the year in which their rows are those of dated ones."""
    counts = tuple(each[0] for each in ROWS[:28])
    dated = MemberRows(
        "zip", "mara", "studio", "viewers", labels(FIRST, 28), {"total_viewers": counts}, (), in_zip().sightings
    )
    again = MemberRows(
        "bare",
        "mara",
        "studio",
        "viewers",
        labels(FIRST + 14 * DAY, 14),
        {"total_viewers": counts[14:]},
        (),
        (sighting(),),
    )
    found = solve([dated, again])["bare"]
    assert (found.first_label, found.year_basis) == (FIRST + 14 * DAY, "overlap")


def test_business_videos_beside_business_days():
    """Lifetime totals of business videos stand as of the last day that came with them, or of their newest video."""
    days = replace(
        overview([replace(each, year=2026) for each in labels(FIRST, 28)], ROWS[:28], sighting("a")), family="business"
    )
    moment = datetime(2026, 3, 29, 8, tzinfo=UTC)
    videos = replace(content(None, [Post(post(moment).video_id, moment)], sighting("b")), family="business")
    found = solve(together(days, videos))[videos.sha256]
    assert (found.first_label, found.days, found.year_basis) == (date(2026, 3, 29), (date(2026, 3, 29),), "file")


def test_report_without_days_among_several_downloads():
    """Bare, beside downloads of several days, a report without days is asked for."""
    members = together(in_zip(), in_zip(FIRST + 40 * DAY, export="later"), shares(sighting("folder")))
    question = solve(members)["gender"].question
    assert question is not None
    assert question.subject == "gender"


def test_years_that_jump_in_the_file():
    """Days in order whose years are not: refused, with both lines."""
    rows = [Label(12, 31, 2025), Label(1, 1, 2025)]
    member = replace(overview(rows, ROWS[:2], sighting()), family="business")
    refusal = solve([member])[member.sha256].refusal
    assert refusal is not None
    assert refusal.code == "not_consecutive"
    assert "line 2" in str(refusal)
    assert "line 3" in str(refusal)


def test_no_year_after_landing_is_offered():
    """The last row cannot lie after the day of landing: December of that year is not offered in November."""
    member = bare(date(2020, 12, 1), 10)
    question = solve([member])[member.sha256].question
    assert question is not None
    assert question.candidates[-1] == "2025"
