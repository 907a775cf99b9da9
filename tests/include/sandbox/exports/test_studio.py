"""What the reports of Studio say is the truth, moved as their shift tells."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.exports.downloads import export
from include.sandbox.exports.languages import LANGUAGES, label
from include.sandbox.exports.truth import Correction, Revision, revisions, standing
from include.sandbox.exports.world import DAY, World
from tests.examples import examples
from tests.fixtures.exports import WORLD, plain_rows

NOON = datetime(2026, 4, 24, 12, tzinfo=UTC)
ACCOUNTS = [WORLD.account(index) for index in range(3)]


def one(account, at, report, **switches):
    """The sheet of one report, and its rows as a plain reader sees them, without header."""
    tab = "followers" if report.startswith("follower") else report
    for file in export(account, at, reports=[tab], container="csv", **switches):
        if file.members[0].sheet.report == report:
            return file.members[0].sheet, plain_rows(file.data)[1:]
    raise LookupError(report)


@examples(60)
@given(
    account=st.sampled_from(ACCOUNTS),
    at=st.datetimes(datetime(2025, 2, 1), datetime(2026, 12, 30)),  # noqa: DTZ001 - UTC is set below
    days=st.sampled_from([7, 28, 60, 365]),
    delay=st.integers(1, 3),
    shift=st.sampled_from([None, -1, 0, 1]),
    language=st.sampled_from(LANGUAGES),
)
def test_overview_is_the_truth_moved(account, at, days, delay, shift, language):
    """Read back by a plain reader, each row has the label of its true day plus the shift, and the true day's numbers."""
    at = at.replace(tzinfo=UTC)
    sheet, rows = one(account, at, "overview", days=days, delay=delay, shift=shift, language=language)
    assert len(rows) == days
    for row, day, true_day in zip(rows, sheet.labels, sheet.true_days, strict=True):
        assert day - true_day == sheet.label_shift * DAY
        known = [
            account.value(true_day, metric)
            for metric in ("video_views", "profile_views", "likes", "comments", "shares")
        ]
        assert row == [label(day, language), *("undefined" if number is None else str(number) for number in known)]
    assert [later - day for day, later in zip(sheet.labels, sheet.labels[1:], strict=False)] == [DAY] * (days - 1)
    assert sheet.true_days[-1] == at.date() - delay * DAY


@pytest.mark.parametrize(
    ("zone", "at", "shift"),
    [
        ("Europe/Athens", "2026-04-24T20:30", 0),  # 23:30 in Athens
        ("Europe/Athens", "2026-04-24T21:30", 1),  # half past midnight of the 25th
        ("Europe/Athens", "2026-01-24T21:30", 0),  # winter: 23:30
        ("America/Mexico_City", "2026-04-24T03:00", -1),  # 21:00 of the 23rd
        ("America/Mexico_City", "2026-04-24T06:00", 0),
        ("UTC", "2026-04-24T23:59", 0),
    ],
)
def test_shift_comes_from_the_clock(zone: str, at: str, shift: int):
    """Made between local and UTC midnight, a whole export is labelled a day off; clocks that changed are heeded."""
    account = WORLD.account(0, zone=zone)
    sheet, _ = one(account, datetime.fromisoformat(at).replace(tzinfo=UTC), "overview")
    assert sheet.label_shift == shift


def test_late_export_over_the_year_and_the_leap_day():
    """A late export of 28 February 2027 ends on "March 1"; one over New Year and one over a leap day have their labels."""
    world = World(2, born=date(2023, 11, 1), until=date(2027, 3, 31))
    account = world.account(0, "small")
    sheet, rows = one(account, datetime(2027, 3, 2, 9, tzinfo=UTC), "overview", days=2, shift=1)
    assert [row[0] for row in rows] == ["February 28", "March 1"]
    assert sheet.true_days == (date(2027, 2, 27), date(2027, 2, 28))
    _, rows = one(account, datetime(2024, 3, 3, 9, tzinfo=UTC), "overview", days=3)
    assert [row[0] for row in rows] == ["February 28", "February 29", "March 1"]
    _, rows = one(account, datetime(2026, 1, 3, 9, tzinfo=UTC), "overview", days=2)
    assert [row[0] for row in rows] == ["December 31", "January 1"]


def test_epoch_of_a_late_export():
    """The name's first day is a label, its epoch a moment: in UTC it lies a day before the last label."""
    account = WORLD.account(0, zone="Europe/Athens")
    (file,) = export(account, datetime(2026, 4, 24, 21, 30, tzinfo=UTC), reports=["overview"], days=7)
    # April 25 in Athens: the last label is the 23rd; two days before the export's moment is April 22, 21:30 UTC.
    epoch = int(datetime(2026, 4, 22, 21, 30, tzinfo=UTC).timestamp())
    assert file.name == f"Overview_2026-04-17_{epoch}_{account.handle}.zip"
    assert file.members[0].sheet.labels[-1] == date(2026, 4, 23)
    assert file.members[0].sheet.true_days[-1] == date(2026, 4, 22)


def test_custom_window():
    """A range that ends weeks before the export has its days, and its name their epoch."""
    window = (date(2026, 1, 5), date(2026, 1, 20))
    (file,) = export(ACCOUNTS[0], NOON, reports=["overview"], window=window)
    epoch = int(datetime(2026, 1, 20, 12, tzinfo=UTC).timestamp())
    assert file.name == f"Overview_2026-01-05_{epoch}_{ACCOUNTS[0].handle}.zip"
    assert file.members[0].sheet.true_days == tuple(date(2026, 1, day) for day in range(5, 21))


def test_before_the_first_day():
    """Before an account has days, Overview says undefined or 0, Viewers undefined with two false zeros, and no number counts."""
    account = WORLD.account(0, born=date(2026, 4, 20))
    sheet, rows = one(account, NOON, "overview", days=4)
    assert [row[1:] == ["undefined"] * 5 for row in rows] == [True, False, False, False]
    assert sheet.values["video_views"][0] is None
    sheet, rows = one(account, NOON, "overview", days=4, leading="0")
    assert rows[0][1:] == ["0"] * 5
    assert sheet.values["video_views"][0] is None
    sheet, rows = one(account, NOON, "viewers", days=4)
    assert [row[1:] for row in rows[:2]] == [["undefined", "0", "0"]] * 2  # a day more: viewers are a day late
    assert sheet.values["new_viewers"][:2] == (None, None)
    _, rows = one(account, NOON, "follower_history", days=4)
    assert rows[0][1:] == ["undefined", "undefined"]


def test_seventh_column():
    """The variant's "New followers" is a net change, and may be negative."""
    sheet, rows = one(ACCOUNTS[0], NOON, "overview", days=60, net_followers=True)
    net = [ACCOUNTS[0].value(day, "net_followers") for day in sheet.true_days]
    assert [int(row[6]) for row in rows] == net
    assert min(net) < 0 < max(net)


def test_viewers_run_a_day_late():
    """A row of Viewers is about the day before its label's; in a late export, two days before."""
    sheet, rows = one(ACCOUNTS[0], NOON, "viewers", days=7)
    assert sheet.true_days == tuple(date(2026, 4, day) for day in range(15, 22))
    assert [int(row[1]) for row in rows] == [ACCOUNTS[0].value(day, "total_viewers") for day in sheet.true_days]
    late, _ = one(ACCOUNTS[0], NOON, "viewers", days=7, shift=1)
    assert (late.labels[-1], late.true_days[-1]) == (date(2026, 4, 23), date(2026, 4, 21))


def test_viewers_lag_breaks():
    """Up to a break Viewers agrees with Overview, afterwards it is a day late; the label between is about no day."""
    sheet, rows = one(ACCOUNTS[0], NOON, "viewers", days=5, viewers_break=date(2026, 4, 20))
    true_days = (date(2026, 4, 18), date(2026, 4, 19), None, date(2026, 4, 20), date(2026, 4, 21))
    assert sheet.true_days == true_days
    for row in rows:
        assert int(row[1]) == int(row[2]) + int(row[3])


def test_viewers_unfinished():
    """The last rows of Viewers may be undefined with false zeros too."""
    sheet, rows = one(ACCOUNTS[0], NOON, "viewers", days=7, unfinished=2)
    assert [row[1:] for row in rows[-2:]] == [["undefined", "0", "0"]] * 2
    assert sheet.values["total_viewers"][-3:].count(None) == 2


@pytest.mark.parametrize(("delay", "offset"), [(1, -1), (2, 1)])
def test_difference_has_two_meanings(delay: int, offset: int):
    """Two days after its last row an export gives the next day's change and a last 0; one day after, that of the day before."""
    sheet, rows = one(ACCOUNTS[0], NOON, "follower_history", days=7, delay=delay)
    levels = {day: ACCOUNTS[0].value(day, "followers") for day in [sheet.true_days[0] - DAY, *sheet.true_days]}
    assert [int(row[1]) for row in rows] == [levels[day] for day in sheet.true_days]
    for row, day in zip(rows, sheet.true_days, strict=True):
        other = levels.get(day + offset * DAY, levels[day])
        assert int(row[2]) == (other - levels[day]) * offset
    assert (rows[-1][2] == "0") == (delay == 2) or levels[sheet.true_days[-1]] == levels[sheet.true_days[-2]]


@pytest.mark.parametrize(
    ("zone", "filled"),
    [("Europe/Athens", 3), ("America/Mexico_City", 18), ("Asia/Tokyo", 9), ("UTC", 24)],  # of the last day's hours
)
@pytest.mark.parametrize("days", [7, 8])
def test_activity_ends_with_the_zone(zone: str, filled: int, days: int):
    """FollowerActivity has 168 or 192 rows; its last day is filled up to the zone's offset, then 0."""
    _, rows = one(WORLD.account(1, zone=zone), NOON, "follower_activity", activity_days=days)
    assert len(rows) == days * 24
    last = [int(row[2]) for row in rows[-24:]]
    assert [number > 0 for number in last] == [True] * filled + [False] * (24 - filled)
    assert [row[1] for row in rows[:24]] == [str(hour) for hour in range(24)]


@pytest.mark.parametrize(("at", "rows"), [("2026-03-31T12:00", 167), ("2026-10-27T12:00", 169)])
def test_activity_when_clocks_change(at: str, rows: int):
    """A week with a change of clocks has a day of 23 or of 25 hours."""
    account = WORLD.account(0, zone="Europe/Berlin")
    assert len(one(account, datetime.fromisoformat(at).replace(tzinfo=UTC), "follower_activity")[1]) == rows


def test_activity_has_labels_of_its_own():
    """FollowerActivity can be off by more than the rest of its download."""
    sheet, _ = one(ACCOUNTS[0], NOON, "follower_activity", shift=1, activity_shift=1)
    assert sheet.label_shift == 2


def test_shares():
    """Distributions add up to 1, as fractions or in per cent."""
    for report in ("follower_gender", "follower_territories"):
        _, rows = one(ACCOUNTS[0], NOON, report)
        assert sum(float(row[1]) for row in rows) == pytest.approx(1, abs=1e-9)
    _, rows = one(ACCOUNTS[0], NOON, "follower_gender", percent=True)
    assert sum(int(row[1].removesuffix("%")) for row in rows) == 100
    assert [row[0] for row in rows] == ["Male", "Female", "Other"]


@pytest.mark.parametrize("report", ["follower_activity", "follower_gender", "follower_territories"])
def test_private_accounts_have_headers_only(report: str):
    """The audience files of a private account end after their header."""
    assert one(ACCOUNTS[2], NOON, report, header_only=True)[1] == []


def test_content():
    """Content gives about fifteen posts in no order: local posting day, link with id, lifetime totals as of the export."""
    account = WORLD.account(0, zone="America/Mexico_City")
    sheet, rows = one(account, datetime(2026, 4, 24, 3, tzinfo=UTC), "content")
    posts = {post.video_id: post for post in account.posts}
    assert len(rows) == len(sheet.posts) == 15
    for row, seen in zip(rows, sheet.posts, strict=True):
        post = posts[seen.video_id]
        local = (post.posted_at - timedelta(hours=6)).date()
        at = datetime(2026, 4, 24, 3, tzinfo=UTC)
        counts = [str(post.total(count, at)) for count in ("likes", "comments", "shares", "views")]
        link = f"https://www.tiktok.com/@{account.handle}/video/{post.video_id}"
        assert row == ["April 23", post.caption, link, f"{local:%B} {local.day}", *counts]
    ids = [seen.video_id for seen in sheet.posts]
    assert ids not in (sorted(ids), sorted(ids, reverse=True))


def test_content_variants():
    """One variant has the last week's views before the totals, another watch time and favorites after them."""
    sheet, rows = one(ACCOUNTS[0], NOON, "content", content="windowed")
    assert sheet.header[3:5] == ("Views in the last 7 days", "Total views")
    for row, seen in zip(rows, sheet.posts, strict=True):
        assert row[3:5] == [str(seen.totals["views_last_7_days"]), str(seen.totals["total_views"])]
        assert 0 <= seen.totals["views_last_7_days"] <= seen.totals["total_views"]
    full, rows = one(ACCOUNTS[0], NOON, "content", content="full")
    assert full.header[-1] == "Add to favorites"
    assert [row[-1] for row in rows] == [str(seen.totals["favorites"]) for seen in full.posts]


def test_captions_are_hostile_at_times():
    """Empty captions, formulas, HTML, quotes, line breaks and marks of direction come up, and survive the file."""
    captions = {post.caption for account in ACCOUNTS for post in account.posts}
    for piece in ("=HYPERLINK", "<script>", "\u202e", "\n", '"again"', "猫"):
        assert any(piece in caption for caption in captions)
    assert "" in captions


def test_overlap_is_equal():
    """Two downloads of an account agree on every true day they share, shifted or not: nothing was revised."""
    files = [
        *export(ACCOUNTS[0], NOON - 8 * DAY, reports=["overview"], shift=0),
        *export(ACCOUNTS[0], NOON, reports=["overview"], shift=1),
    ]
    assert revisions(files) == []
    # 28 days up to April 14, and 28 up to April 22.
    assert len(standing(files)) == 28 + 8


def test_corrections_are_revisions():
    """Three days corrected in two numbers each are six revisions, even in an export that is a day late."""
    account = ACCOUNTS[0]
    days = [date(2026, 4, day) for day in (6, 7, 8)]
    changes = tuple(Correction(day, metric, 5) for day in days for metric in ("video_views", "likes"))
    files = [
        *export(account, NOON - 8 * DAY, reports=["overview"]),
        *export(account, NOON, reports=["overview"], shift=1, corrections=changes),
    ]
    expected = [
        Revision(
            account.index,
            day,
            metric,
            account.value(day, metric),
            account.value(day, metric) + 5,
            was_provisional=False,
        )
        for day in days
        for metric in ("video_views", "likes")
    ]
    assert revisions(files) == expected
    assert standing(files)[account.index, days[0]]["likes"] == account.value(days[0], "likes") + 5


def test_partial_last_day():
    """A day caught half counted is provisional: a later export replaces it, an older one's settled number stays."""
    account = ACCOUNTS[1]
    day = date(2026, 4, 22)
    early = export(account, NOON, reports=["overview"], partial=True)
    later = export(account, NOON + 5 * DAY, reports=["overview"])
    true = account.value(day, "video_views")
    assert 0 < standing(early)[account.index, day]["video_views"] < true
    assert standing([*later, *early])[account.index, day]["video_views"] == true
    assert {(change.day, change.was_provisional) for change in revisions([*early, *later])} == {(day, True)}


def test_provisional_replaces_nothing_settled():
    """A newer export in which a day is one of the last two, and half counted, leaves an older one's settled number."""
    account, day = ACCOUNTS[1], date(2026, 4, 22)
    settled = export(account, NOON + 5 * DAY, reports=["overview"])
    window = (date(2026, 4, 10), day)
    newer = export(account, NOON + 6 * DAY, reports=["overview"], window=window, partial=True)
    assert newer[0].members[0].sheet.values["video_views"][-1] < account.value(day, "video_views")
    assert standing([*settled, *newer])[account.index, day]["video_views"] == account.value(day, "video_views")
    assert revisions([*settled, *newer]) == []


def test_renamed_account():
    """After a rename, names and links carry the new handle and the days go on."""
    account = ACCOUNTS[0].renamed(NOON)
    before = export(account, NOON - DAY, reports=["content"])[0]
    after = export(account, NOON + DAY, reports=["content"])[0]
    assert (before.name, after.name) == (f"Content_{account.handle}.zip", f"Content_its.{account.handle}.zip")
    assert f"@its.{account.handle}/video/".encode() in after.members[0].data


def test_determinism():
    """The same seed and moment give the same bytes."""
    first, again = (export(World(4).account(1), NOON, language="vi") for _ in range(2))
    assert first == again
