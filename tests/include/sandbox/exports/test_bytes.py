"""The bytes of a made-up export are those of a genuine one."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from include.sandbox.exports.downloads import export
from tests.fixtures.exports import members_of, plain_rows

AT = datetime(2026, 4, 24, 9, 41, 36, tzinfo=UTC)
HEADERS = {
    "Overview.csv": ["Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares"],
    "Content.csv": [
        "Time", "Video title", "Video link", "Post time", "Total likes", "Total comments", "Total shares",
        "Total views",
    ],
    "Viewers.csv": ["Date", "Total Viewers", "New Viewers", "Returning Viewers"],
    "FollowerHistory.csv": ["Date", "Followers", "Difference in followers from previous day"],
    "FollowerActivity.csv": ["Date", "Hour", "Active followers"],
    "FollowerGender.csv": ["Gender", "Distribution"],
    "FollowerTopTerritories.csv": ["Top territories", "Distribution"],
}  # fmt: skip


def test_names_and_members(world):
    """One ZIP per tab; only Overview's name carries the first day and the last day's epoch."""
    account = world.account(0)
    files = export(account, AT)
    # April 22 (two days before the export) at 09:41:36 UTC; 28 days end there.
    epoch = int(datetime(2026, 4, 22, 9, 41, 36, tzinfo=UTC).timestamp())
    assert [file.name for file in files] == [
        f"Overview_2026-03-26_{epoch}_{account.handle}.zip",
        f"Content_{account.handle}.zip",
        f"Viewers_{account.handle}.zip",
        f"Followers_{account.handle}.zip",
    ]
    assert [list(members_of(file)) for file in files] == [
        ["Overview.csv"],
        ["Content.csv"],
        ["Viewers.csv"],
        ["FollowerHistory.csv", "FollowerActivity.csv", "FollowerGender.csv", "FollowerTopTerritories.csv"],
    ]


def test_zip_members(world):
    """Members are stored at the root, by no Unix, at the moment of the export in UTC (in steps of two seconds)."""
    for file in export(world.account(0), AT):
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            for info in archive.infolist():
                assert (info.compress_type, info.create_system, info.external_attr) == (zipfile.ZIP_STORED, 0, 0)
                assert info.date_time == (2026, 4, 24, 9, 41, 36)
                assert "/" not in info.filename


@pytest.mark.parametrize("name", HEADERS)
def test_csv(world, name: str):
    """A BOM, the columns in TikTok's order, every field in quotes, no line break after the last row."""
    found = {key: data for file in export(world.account(0), AT) for key, data in members_of(file).items()}
    data = found[name]
    rows = plain_rows(data)
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert not data.endswith(b"\n")
    assert rows[0] == HEADERS[name]
    assert len(rows) > 1
    quoted = "\n".join(",".join('"' + field.replace('"', '""') + '"' for field in row) for row in rows)
    assert data.decode("utf-8-sig") == quoted
