"""The business reports: dates with a year, translated headers, quotes only where needed."""

import re
from datetime import UTC, date, datetime

import pytest

from include.sandbox.exports.downloads import export
from tests.fixtures.exports import WORLD, plain_rows

NOON = datetime(2026, 1, 24, 12, tzinfo=UTC)
ACCOUNT = WORLD.account(0)


def reports(**switches):
    """Name -> file of all business reports of one visit."""
    return {file.name: file for file in export(ACCOUNT, NOON, family="business", **switches)}


def test_headers():
    """English columns stand in TikTok's order, `Phone number clicks ` with its trailing space."""
    files = reports()
    assert list(files) == ["Overview.csv", "Audience.csv", "Videos.csv"]
    assert plain_rows(files["Overview.csv"].data)[0] == [
        "Date", "Video views", "Reached audience", "Profile views", "Likes", "Shares", "Comments",
        "Phone number clicks ", "Leads submission", "Net growth", "New followers", "Lost followers",
    ]  # fmt: skip
    assert plain_rows(files["Audience.csv"].data)[0] == [
        "Date", "New followers", "Total followers", "Reached audience", "Engaged audience",
    ]  # fmt: skip
    assert plain_rows(files["Videos.csv"].data)[0] == [
        "Video title", "Video link", "Post time", "Video views", "Likes", "Comments", "Shares", "Add to Favorites",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "first", "last", "columns"),
    [
        ("sv", "Datum,Videovisningar,Målgrupp som nåtts,", ",Tappade följare", 17),
        ("de", "Datum,Videoaufrufe,", ",Verlorene Follower", 10),
    ],
)
def test_translated_headers(headers: str, first: str, last: str, columns: int):
    """Swedish and German accounts have translated columns and the same dates."""
    data = reports(headers=headers, reports=["overview"])["Overview.csv"].data
    header = data.decode("utf-8-sig").split("\n")[0]
    assert header.startswith(first)
    assert header.endswith(last)
    rows = plain_rows(data)
    assert {len(row) for row in rows} == {columns}
    assert rows[-1][0] == "2026/01/22"


def test_click_columns_vary():
    """The click columns are what the account's buttons make them."""
    data = reports(reports=["overview"], clicks=("Website clicks", "App download clicks"))["Overview.csv"].data
    assert plain_rows(data)[0][7:9] == ["Website clicks", "App download clicks"]


def test_rows_are_the_truth():
    """Each day gives views, reach and the rest as they are; net is new less lost; dates have slashes and a year."""
    rows = plain_rows(reports(reports=["overview"])["Overview.csv"].data)[1:]
    assert [row[0] for row in (rows[0], rows[-1])] == ["2025/12/26", "2026/01/22"]
    for row in rows:
        day = date(*map(int, row[0].split("/")))
        known = {metric: numbers[(day - ACCOUNT.born).days] for metric, numbers in ACCOUNT.days.items()}
        names = ("video_views", "reached_audience", "profile_views", "likes", "shares", "comments")
        assert row[1:7] == [str(known[name]) for name in names]
        assert row[9:] == [str(known[name]) for name in ("net_followers", "new_followers", "lost_followers")]
        assert int(row[9]) == int(row[10]) - int(row[11])


def test_missing():
    """What is not known is NAN, followers apart; the total of followers is `--` on every day."""
    files = reports(unfinished=1)
    last = plain_rows(files["Overview.csv"].data)[-1]
    assert last[1:7] == ["NAN"] * 6
    assert "NAN" not in last[9:]
    assert {row[2] for row in plain_rows(files["Audience.csv"].data)[1:]} == {"--"}


def test_quotes_only_where_needed():
    """A BOM and line feeds; only captions with a comma, a quote or a line break stand in quotes."""
    data = reports()["Videos.csv"].data
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert "\r" not in text
    assert not text.endswith("\n")
    rows = plain_rows(data)
    quoted = [field for row in rows for field in row if f'"{field.replace(chr(34), chr(34) * 2)}"' in text]
    assert {field for field in quoted if field} <= {row[0] for row in rows if re.search('[",\n]', row[0])}
    assert quoted


def test_post_time_is_utc():
    """A video's post time has seconds and is UTC: seconds after the upload in its id, days where it was scheduled."""
    rows = plain_rows(reports()["Videos.csv"].data)[1:]
    waits = []
    for row in rows:
        posted = datetime.strptime(row[2], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
        uploaded = datetime.fromtimestamp(int(row[1].rpartition("/")[2]) >> 32, UTC)
        waits.append((posted - uploaded).total_seconds())
    assert all(2 <= wait <= 8 or 86_400 <= wait < 6 * 86_400 for wait in waits)
    assert sum(wait <= 8 for wait in waits) > len(waits) / 2
