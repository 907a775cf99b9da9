"""One row for each video and day of a download, with when it was posted and what its caption names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from include.account_analytics import videos
from include.account_analytics.schemas import COLUMNS, checked
from tests.include.account_analytics.frames import day, frame, moment

SNAPSHOT = {name: COLUMNS["videos"][name] for name in ("account", "snapshot_day", "snapshot_at", "source")}
ROWS = {**COLUMNS["video_rows"], **SNAPSHOT}


def id_of(at: datetime) -> str:
    """A video id whose upload second is this moment."""
    return str((int(at.timestamp()) << 32) + 12_345)


def snapshots(*rows, time_zone=None):
    plain = {"account": "mara", "member": "m", "line": 2, "snapshot_day": day(20), "total_views": 1, "title": "t"}
    plain |= {"source": "export"}
    given = frame({**ROWS, "newness": COLUMNS["video_rows"]["line"]}, ({**plain, "newness": 0, **row} for row in rows))
    return checked("videos", videos.snapshots(given, time_zone))


def test_of_one_day_the_newest_download_stands():
    """Two downloads of one day are one snapshot: the newer one."""
    found = snapshots(
        {"video_id": "1", "total_views": 50, "member": "new", "newness": 1},
        {"video_id": "1", "total_views": 40, "member": "old"},
        {"video_id": "1", "total_views": 30, "member": "old", "snapshot_day": day(19)},
    )
    assert found.select("snapshot_day", "total_views", "member").rows() == [(day(19), 30, "old"), (day(20), 50, "new")]


@pytest.mark.parametrize(
    ("uploaded", "label", "published", "posted_at"),
    [
        # on the day of the upload
        (datetime(2026, 3, 4, 18, tzinfo=UTC), (3, 4), date(2026, 3, 4), datetime(2026, 3, 4, 18, tzinfo=UTC)),
        # west of Greenwich it was still the day before
        (datetime(2026, 3, 4, 1, tzinfo=UTC), (3, 3), date(2026, 3, 3), datetime(2026, 3, 4, 1, tzinfo=UTC)),
        # scheduled for five days later: the hour is not known
        (datetime(2026, 3, 4, 18, tzinfo=UTC), (3, 9), date(2026, 3, 9), None),
        # over New Year, both ways
        (datetime(2025, 12, 31, 22, tzinfo=UTC), (1, 1), date(2026, 1, 1), datetime(2025, 12, 31, 22, tzinfo=UTC)),
        (datetime(2026, 1, 1, 2, tzinfo=UTC), (12, 31), date(2025, 12, 31), datetime(2026, 1, 1, 2, tzinfo=UTC)),
        # the leap day has only years that have one
        (datetime(2024, 2, 28, 20, tzinfo=UTC), (2, 29), date(2024, 2, 29), datetime(2024, 2, 28, 20, tzinfo=UTC)),
    ],
)
def test_the_day_of_posting_has_the_year_of_the_upload(uploaded, label, published, posted_at):
    """The first such day from the upload on, a day of zones allowed; the hour is the upload's where the day is."""
    found = snapshots({"video_id": id_of(uploaded), "posted_month": label[0], "posted_day": label[1]})
    assert found.select("publish_date", "posted_at").rows() == [(published, posted_at)]


def test_the_accounts_zone_decides_what_the_day_of_the_upload_was():
    """22:00 UTC on 4 March is the 5th in Athens: a post of the 4th was not posted at that hour."""
    row = {"video_id": id_of(moment(4, 22)), "posted_month": 3}
    athens = ZoneInfo("Europe/Athens")
    assert snapshots({**row, "posted_day": 5}, time_zone=athens)["posted_at"].to_list() == [moment(4, 22)]
    assert snapshots({**row, "posted_day": 6}, time_zone=athens)["posted_at"].to_list() == [None]


def test_a_moment_that_is_written_is_the_moment():
    """Business files say when, in UTC; the day is that of the account's zone."""
    row = {"video_id": "1", "posted_at": moment(4, 22)}
    found = snapshots(row, time_zone=ZoneInfo("Europe/Athens"))
    assert found.select("publish_date", "posted_at").rows() == [(day(5), moment(4, 22))]


def test_rates_and_signs_of_a_video():
    """(6 + 3 + 1) ÷ 100, 1 ÷ 100; a video without views has no rate."""
    found = snapshots(
        {
            "video_id": "1",
            "total_views": 100,
            "total_likes": 6,
            "total_comments": 3,
            "total_shares": 1,
            "title": "#a @b",
        },
        {"video_id": "2", "total_views": 0, "total_likes": 1, "total_comments": 0, "total_shares": 0, "title": None},
    )
    assert found.select("engagement_rate", "share_rate", "hashtags", "mentions").rows() == [
        (0.1, 0.01, ["a"], ["b"]),
        (None, None, [], []),
    ]
