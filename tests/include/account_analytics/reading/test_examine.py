"""What one report says: days, hours, groups and videos, and the line of what cannot be read for sure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.account_analytics.facts import Label, Post, Refused
from include.account_analytics.reading import videos
from include.account_analytics.reading.headers import Asks
from tests.include.account_analytics.reading.files import CONTENT, OVERVIEW, csv_of, examined, studio

BUSINESS = (
    *("Date", "Video views", "Reached audience", "Profile views", "Likes", "Shares", "Comments"),
    *("Net growth", "New followers", "Lost followers"),
)
ACTIVITY = ("Date", "Hour", "Active followers")
VIDEOS = ("Video title", "Video link", "Post time", "Video views", "Likes", "Comments", "Shares", "Add to Favorites")
# Uploaded 2025-12-31 16:32:35 UTC: the id's upper 32 bits are 1767198755.
VIDEO = str(1767198755 << 32)


def link(video: str | int = VIDEO, handle: str = "Made.Up_1", kind: str = "video") -> str:
    return f"https://www.tiktok.com/@{handle}/{kind}/{video}"


def days(*labels: str) -> bytes:
    return studio(OVERVIEW, *((label, "10", "1", "2", "3", "4") for label in labels))


def refusal_of(tmp_path, content: bytes) -> Refused:
    with pytest.raises(Refused) as refusal:
        examined(tmp_path, content)
    return refusal.value


@pytest.mark.parametrize(
    ("labels", "days_read"),
    [
        (("December 31", "January 1"), [(12, 31), (1, 1)]),
        (("February 28", "February 29", "March 1"), [(2, 28), (2, 29), (3, 1)]),
        (("28 февраля", "1 марта"), [(2, 28), (3, 1)]),
        (("30 Ιουνίου", "1 Ιουλίου"), [(6, 30), (7, 1)]),
    ],
)
def test_days_follow_each_other(tmp_path, labels: tuple[str, ...], days_read: list[tuple[int, int]]):
    """Days run on over months and years; whether there is a 29 February is for the year to tell, and not known here."""
    found = examined(tmp_path, days(*labels))
    assert [(label.month, label.day, label.year) for label in found.labels] == [(*day, None) for day in days_read]
    assert (found.first_label, found.last_label, found.rows) == (found.labels[0], found.labels[-1], len(labels))


@pytest.mark.parametrize(
    ("labels", "code", "message"),
    [
        (("March 1", "March 2", "March 2"), "duplicate_label", "Lines 3 and 4 are both 03-02"),
        (("March 1", "March 2", "March 1"), "duplicate_label", "Lines 2 and 4 are both 03-01"),
        (("March 1", "March 3"), "not_consecutive", "Line 2 is 03-01, and line 3 is 03-03"),
        (("March 2", "March 1"), "not_consecutive", "Line 2 is 03-02, and line 3 is 03-01"),
        (("February 27", "March 1"), "not_consecutive", "Line 2 is 02-27, and line 3 is 03-01"),
        (("March 1", "February 30"), "unreadable_date", "Line 3: 'February 30'"),
        (("March 1", ""), "unreadable_date", "Line 3: ''"),
        (("March 1", "Total"), "unreadable_date", "Line 3: 'Total'"),
        ((), "no_rows", "a header and nothing below it"),
    ],
)
def test_days_that_are_quarantined(tmp_path, labels: tuple[str, ...], code: str, message: str):
    """A day that is there twice, missing, out of order or unreadable refuses the report with its lines."""
    refusal = refusal_of(tmp_path, days(*labels))
    assert (refusal.code, refusal.is_kept) == (code, True)
    assert message in str(refusal)


def test_a_day_twice_with_other_numbers(tmp_path):
    """Contradictory days are refused like equal ones, with both lines."""
    content = studio(OVERVIEW, ("March 1", "1", "1", "1", "1", "1"), ("March 1", "2", "2", "2", "2", "2"))
    assert "Lines 2 and 3 are both 03-01" in str(refusal_of(tmp_path, content))


@pytest.mark.parametrize(("value", "code"), [("1.2K", "unreadable_number"), ("many", "unreadable_number")])
def test_a_number_that_cannot_be_read(tmp_path, value: str, code: str):
    """A number that is not exact refuses the report with its line."""
    refusal = refusal_of(tmp_path, studio(OVERVIEW, ("March 1", "1", "1", "1", value, "1")))
    assert (refusal.code, f"Line 2: '{value}'" in str(refusal)) == (code, True)


def test_viewers_beside_undefined(tmp_path):
    """The zeros beside `undefined` are missing too; a zero beside a zero is one."""
    header = ("Date", "Total Viewers", "New Viewers", "Returning Viewers")
    rows = (("March 1", "undefined", "0", "0"), ("March 2", "0", "0", "0"), ("March 3", "5", "5", "0"))
    assert examined(tmp_path, studio(header, *rows)).metrics == {
        "total_viewers": (None, 0, 5),
        "new_viewers": (None, 0, 5),
        "returning_viewers": (None, 0, 0),
    }


def test_follower_history_without_its_difference(tmp_path):
    """Followers are read, `undefined` is missing, and the file's own difference is used by nobody."""
    header = ("Date", "Followers", "Difference in followers from previous day")
    rows = (("March 1", "undefined", "undefined"), ("March 2", "1,000", "what?"), ("March 3", "998", "0"))
    assert examined(tmp_path, studio(header, *rows)).metrics == {"followers": (None, 1000, 998)}


def test_business_days_have_years(tmp_path):
    """Business's days keep their year, and `NAN` and `--` are missing; without a year the report is refused."""
    rows = (
        ("2025/12/31", "10", "8", "--", "NAN", "1", "2", "-3", "4", "7"),
        ("2026/01/01", "11", "9", "3", "4", "1", "2", "0", "1", "1"),
    )
    found = examined(tmp_path, csv_of(BUSINESS, *rows).encode("utf-8-sig"))
    assert found.labels == (Label(12, 31, 2025), Label(1, 1, 2026))
    assert (found.metrics["profile_views"], found.metrics["likes"]) == ((None, 3), (None, 4))
    assert (found.metrics["net_followers"], found.metrics["reached_audience"]) == ((-3, 0), (8, 9))
    refusal = refusal_of(tmp_path, csv_of(BUSINESS, ("March 3", *rows[0][1:])).encode())
    assert (refusal.code, "Line 2: 'March 3' has no year" in str(refusal)) == ("unreadable_date", True)
    skipped = csv_of(BUSINESS, ("2027/02/28", *rows[0][1:]), ("2027/03/01", *rows[0][1:]))
    assert len(examined(tmp_path, skipped.encode()).labels) == 2
    leap = csv_of(BUSINESS, ("2028/02/28", *rows[0][1:]), ("2028/03/01", *rows[0][1:]))
    assert refusal_of(tmp_path, leap.encode()).code == "not_consecutive"


def test_follower_activity(tmp_path):
    """Hours of several days: the days, and how many hours of the last one are filled."""
    rows = [("March 1", str(hour), "5") for hour in range(24)]
    rows += [("March 2", str(hour), "7" if hour < 18 else "0") for hour in range(24)]
    found = examined(tmp_path, studio(ACTIVITY, *rows))
    assert (found.rows, found.labels, found.lines, found.filled_hours) == (48, (Label(3, 1), Label(3, 2)), (2, 26), 18)


def test_hours_when_clocks_change(tmp_path):
    """The day of 25 hours has one of them twice, the day of 23 has one less; an hour twice more often is refused."""
    late = [("October 25", str(hour), "5") for hour in (0, 1, 2, 2, *range(3, 24))]
    early = [("March 29", str(hour), "5") for hour in (0, 1, *range(3, 24))]
    assert examined(tmp_path, studio(ACTIVITY, *late)).rows == 25
    assert examined(tmp_path, studio(ACTIVITY, *early)).rows == 23
    twice = studio(ACTIVITY, *late, ("October 25", "5", "5"))
    assert "Lines 8 and 27 are both hour 5 of 10-25" in str(refusal_of(tmp_path, twice))


@pytest.mark.parametrize("hour", ["24", "-1", "noon", ""])
def test_no_hour(tmp_path, hour: str):
    """What is no hour of a day refuses the report with its line."""
    refusal = refusal_of(tmp_path, studio(ACTIVITY, ("March 1", hour, "5")))
    assert refusal.code in {"unreadable_hour", "unreadable_number"}
    assert "Line 2" in str(refusal)


@pytest.mark.parametrize(
    ("header", "report"),
    [
        (("Gender", "Distribution"), "follower_gender"),
        (("Top territories", "Distribution"), "follower_territories"),
        (ACTIVITY, "follower_activity"),
    ],
)
def test_audience_of_a_private_account(tmp_path, header: tuple[str, ...], report: str):
    """Small and private accounts get a header only for their audience: the report is fine, and empty."""
    found = examined(tmp_path, studio(header))
    assert (found.format.report, found.rows, found.labels, found.filled_hours) == (report, 0, (), None)


def test_groups(tmp_path):
    """Shares are fractions or percentages; a group that is there twice, or a share that is none, is refused."""
    header = ("Gender", "Distribution")
    for shares in (("0.59", "0.4", "0.01"), ("59%", "40%", "1%")):
        assert examined(tmp_path, studio(header, *zip(("Male", "Female", "Other"), shares, strict=True))).rows == 3
    twice = refusal_of(tmp_path, studio(header, ("Male", "0.5"), ("male ", "0.5")))
    assert (twice.code, "Lines 2 and 3 are both 'male'" in str(twice)) == ("duplicate_label", True)
    assert "Line 2: '59'" in str(refusal_of(tmp_path, studio(header, ("Male", "59"))))


def test_content(tmp_path):
    """Each video with its id, the day it says it was posted, and the day its counts are of; handles in lower case."""
    title = 'A "title",\nof two lines'
    rows = (
        ("March 3", title, link(), "December 31", "1", "-2", "3", "1,000"),
        (
            "March 3",
            "",
            link(int(VIDEO) + 1, "MADE.up_1", "photo") + "?lang=en",
            "undefined",
            "1",
            "2",
            "3",
            "undefined",
        ),
    )
    found = examined(tmp_path, studio(CONTENT, *rows))
    assert found.posts == (
        Post(VIDEO, Label(12, 31), Label(3, 3)),
        Post(str(int(VIDEO) + 1), None, Label(3, 3)),
    )
    assert (found.rows, found.labels, found.lines, found.handles) == (2, (Label(3, 3),), (2,), ("made.up_1",))
    assert (found.metrics, found.warnings) == ({}, ())


def test_content_without_its_day(tmp_path):
    """The variant with views of seven days says no day of its counts."""
    header = (*CONTENT[1:4], "Views in the last 7 days", "Total views", *CONTENT[4:7])
    found = examined(tmp_path, studio(header, ("", link(), "31 de dezembro", "5", "9", "1", "2", "3")))
    assert (found.format.version, found.labels) == (2, ())
    assert found.posts == (Post(VIDEO, Label(12, 31), None),)


def test_business_videos(tmp_path):
    """Business's post times are moments in UTC."""
    content = csv_of(VIDEOS, ("t", link(), "2025/12/31 16:32:37", "9", "1", "2", "3", "--")).encode("utf-8-sig")
    found = examined(tmp_path, content)
    assert found.posts == (Post(VIDEO, datetime(2025, 12, 31, 16, 32, 37, tzinfo=UTC), None),)
    wrong = content.replace(b"2025/12/31", b"31/12/2025")
    assert (refusal_of(tmp_path, wrong).code, "Line 2" in str(refusal_of(tmp_path, wrong))) == ("unreadable_date", True)


@pytest.mark.parametrize(
    "address",
    ["", "https://vm.tiktok.com/ZM/", "https://www.tiktok.com/@x", link("1" * 25), link("99999999999999999999")],
)
def test_a_link_without_a_video(tmp_path, address: str):
    """A row that names no video refuses the report with its line: its numbers would belong to nobody."""
    refusal = refusal_of(tmp_path, studio(CONTENT, ("March 3", "", address, "March 1", "1", "2", "3", "4")))
    assert (refusal.code, "Line 2:" in str(refusal)) == ("unreadable_link", True)


def test_a_link_of_two_lines(tmp_path):
    """A link is the whole cell: one that begins with another line names no video, even beside plain ones."""
    rows = [
        ("March 3", "", address, "March 1", "1", "2", "3", "4") for address in (link(), f"see\n{link(int(VIDEO) + 1)}")
    ]
    refusal = refusal_of(tmp_path, studio(CONTENT, *rows))
    assert (refusal.code, "Line 3:" in str(refusal)) == ("unreadable_link", True)


def test_a_video_twice(tmp_path):
    """One video with two sets of counts on one day is refused with both lines; the same row twice is a warning."""
    row = ("March 3", "t", link(), "March 1", "1", "2", "3", "4")
    other = ("March 3", "u", link(int(VIDEO) + 1), "March 1", "1", "2", "3", "4")
    refusal = refusal_of(tmp_path, studio(CONTENT, row, other, (*row[:-1], "5")))
    assert (refusal.code, "Lines 2 and 4 are one video" in str(refusal)) == ("duplicate_video", True)
    assert examined(tmp_path, studio(CONTENT, row, other, row)).warnings == ("Lines 2 and 4 are the same.",)
    again = examined(tmp_path, studio(CONTENT, row, ("March 4", *row[1:-1], "5")))
    assert again.warnings == ("Its counts are of 2 days.",)
    assert again.labels == (Label(3, 3), Label(3, 4))


def test_the_newest_posts_are_kept(tmp_path, monkeypatch):
    """Of more posts than are needed as witnesses, the newest are kept, in the file's order."""
    monkeypatch.setattr(videos, "MOST_POSTS", 3)
    rows = [("March 3", "", link(int(VIDEO) + number), "March 1", "1", "2", "3", "4") for number in (5, 1, 9, 2, 7)]
    found = examined(tmp_path, studio(CONTENT, *rows))
    assert [int(post.video_id) - int(VIDEO) for post in found.posts] == [5, 9, 7]
    assert found.rows == 5


def test_handles_of_two_accounts(tmp_path):
    """Links to two accounts are told, in the order in which they come."""
    rows = [
        ("March 3", "", link(int(VIDEO) + place, handle), "March 1", "1", "2", "3", "4")
        for place, handle in enumerate("bab")
    ]
    assert examined(tmp_path, studio(CONTENT, *rows)).handles == ("b", "a")


def test_a_renamed_column_waits_for_its_answer(tmp_path):
    """An unknown header raises its question; with the answer the same file is read."""
    content = days("March 1").replace(b"Likes", b"Hearts")
    with pytest.raises(Asks) as asked:
        examined(tmp_path, content)
    assert asked.value.question.candidates == ("hearts = likes",)
    found = examined(tmp_path, content, renames={"hearts": "likes"})
    assert found.metrics["likes"] == (2,)


def test_new_columns_are_told(tmp_path):
    """A column nobody knows is told, and stops nothing."""
    found = examined(tmp_path, studio((*OVERVIEW, "Saves"), ("March 1", "1", "2", "3", "4", "5", "many")))
    assert found.match.columns[-1] == "x_saves"
    assert found.warnings == ("New column: Saves. It is kept as it came.",)
