"""Downloads of what the pages of accounts show: the same numbers, in three formats."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest
from pyarrow import parquet

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.accounts.rows import OVERVIEW, Connection, account, back, file, stat, video

# Told twice: to the rows, and by the pages.
pytestmark = pytest.mark.usefixtures("lasting_day")

Browsers = Callable[[str | None], Browser]


@pytest.fixture
def nora(connection: Connection) -> None:
    """Thirty days of 100 views and one like, from one report; a video with a caption that is a formula."""
    account(connection, "nora")
    file(connection, "e1", "July.zip", "nora", member="Overview.csv", member_sha256=OVERVIEW)
    for ago in range(3, 33):
        source = {"overview_member": OVERVIEW, "overview_line": 40 - ago}
        stat(connection, "nora", back(ago), video_views=100, likes=1, comments=0, shares=0, **source)
    at = datetime(2026, 5, 1, 9, tzinfo=UTC)
    video(
        connection,
        "nora",
        "123456789012345678",
        back(4),
        title="=1+1",
        total_views=7,
        posted_at=at,
        hashtags=["#a", "#b"],
    )


def table(browser: Browsers, address: str) -> list[list[str]]:
    answer = browser("viewer").get(f"/export/{address}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.usefixtures("nora")
def test_days_as_csv(browser: Browsers):
    """The days of the window, oldest first, each with its report and line."""
    header, *days = table(browser, "accounts/@nora/days.csv?window=28")
    assert len(days) == 28
    first = dict(zip(header, days[0], strict=True))
    assert (first["date"], first["video_views"], first["engagement_rate"]) == (str(back(30)), "100", "0.01")
    assert (first["overview_report"], first["overview_line"], first["followers"]) == ("Overview.csv", "10", "")
    assert len(table(browser, "accounts/nora/days.csv")) == 31


@pytest.mark.usefixtures("nora")
def test_the_same_in_every_format(browser: Browsers):
    """CSV, Parquet and XLSX hold the same days and views; numbers are numbers and days are days."""
    viewer = browser("viewer")
    as_parquet = parquet.read_table(io.BytesIO(viewer.get("/export/accounts/@nora/days.parquet").content))
    as_xlsx = pl.read_excel(io.BytesIO(viewer.get("/export/accounts/@nora/days.xlsx").content))
    days = [back(ago) for ago in range(32, 2, -1)]
    assert as_parquet["date"].to_pylist() == days
    assert as_xlsx["date"].to_list() == days
    assert as_parquet["video_views"].to_pylist() == as_xlsx["video_views"].to_list() == [100] * 30
    assert as_xlsx.columns == as_parquet.column_names


@pytest.mark.usefixtures("nora")
def test_videos(browser: Browsers):
    """A caption that a spreadsheet would run is text in each format, and ids keep all their digits."""
    header, line = table(browser, "accounts/@nora/videos.csv")
    row = dict(zip(header, line, strict=True))
    assert (row["title"], row["video_id"], row["hashtags"]) == ("'=1+1", "123456789012345678", "#a #b")
    book = pl.read_excel(io.BytesIO(browser("viewer").get("/export/accounts/@nora/videos.xlsx").content))
    assert book.select("title", "video_id", "total_views").rows() == [("=1+1", "123456789012345678", 7)]


@pytest.mark.usefixtures("nora")
def test_accounts(browser: Browsers):
    """All accounts with the numbers of the page: 28 days of 100 views, two known days before them."""
    header, line = table(browser, "accounts.csv?window=28")
    row = dict(zip(header, line, strict=True))
    names = (
        "account",
        "period_days",
        "views",
        "views_before",
        "days_known",
        "days_known_before",
        "change",
        "engagement",
    )
    assert [row[name] for name in names] == ["nora", "28", "2800", "200", "28", "2", "", "0.01"]
    for each in ("xlsx", "parquet"):
        answer = browser("viewer").get(f"/export/accounts.{each}")
        assert (answer.status_code, f"cometwatch-accounts.{each}" in answer.headers["content-disposition"]) == (
            200,
            True,
        )


def test_what_is_not_there(browser: Browsers, connection: Connection):
    """Nobody's days are a page that says so; another format is not made; a handle of odd letters is a plain file name."""
    account(connection, 'a"b\n;')
    viewer = browser("viewer")
    assert viewer.get("/export/accounts/@rio/days.csv").status_code == 404
    assert viewer.get("/export/accounts.pdf").status_code == 422
    answer = viewer.get("/export/accounts/a%22b%0A;/days.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="cometwatch-a_b__-days.csv"'
    assert viewer.request("HEAD", "/export/accounts/a%22b%0A;/days.csv").content == b""
