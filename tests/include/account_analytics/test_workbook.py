"""The report for people: what is in it, that captions stay texts, and that it is the same each time."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import fastexcel
import pytest

from include.account_analytics import workbook
from include.account_analytics.schemas import empty
from tests.include.account_analytics.frames import day, layer, moment, snapshot

HOSTILE = (
    '=HYPERLINK("http://example.org","win")',
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "http://example.org",
    "007",
    "\t=1+1",
    "x\x08y",
)
SHEETS = ["Viral potential", "Posting times", "Hashtags", "Categories", "Content recommendations", "Quality"]


@pytest.fixture
def frames():
    videos = [snapshot(str(n), 9, 100 * (n + 1), title=title, hashtags=["a"]) for n, title in enumerate(HOSTILE)]
    plain = {name: empty(name) for name in ("audience", "revisions")}
    days = [{"day": day(at), "video_views": 9, "label": day(at), "overview_member": "m"} for at in (1, 2)]
    return {**plain, "videos": layer("videos", *videos), "daily": layer("daily", *days)}


def xml_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/"))


def test_every_question_has_its_sheet(frames):
    """Six sheets, each with its header in the second row, and the videos on the first."""
    book = fastexcel.read_excel(workbook.insights_report(frames, {}, {}))
    assert book.sheet_names == SHEETS
    table = book.load_sheet(0, header_row=1).to_polars()
    assert table.columns[:5] == ["Account", "Video", "Posted", "Age, days", "Views"]
    assert table["Views"].to_list() == [800, 700, 600, 500, 400, 300, 200, 100]


def test_what_only_the_api_gives_is_in_it(frames):
    """Seconds watched, people and who said it stand beside each video; of an export they are empty. Quality says who agrees."""
    told = snapshot("77", 9, 5_000, average_watch_time=7.5, unique_viewers=4_000, completion_rate=0.25, source="api")
    agreed = [{"day": day(at), "video_views": 9, "overview_member": "m", "is_agreed": at == 3} for at in (3, 4)]
    more = {
        "videos": layer("videos", told, snapshot("78", 9, 50)),
        "daily": layer("daily", *agreed, {"day": day(5), "video_views": 9, "overview_member": "m"}),
    }
    book = fastexcel.read_excel(workbook.insights_report({**frames, **more}, {}, {}))
    shown = (
        book.load_sheet(0, header_row=1)
        .to_polars()
        .select("Views", "Watched, seconds", "People", "Completion", "Said by")
    )
    assert shown.rows() == [(5_000, 7.5, 4_000, 0.25, "api"), (50, None, None, None, "export")]
    scores = book.load_sheet(5, header_row=1).to_polars()
    assert scores.select("Days of API and exports", "… that agree").rows() == [(2, 1)]


def test_no_caption_becomes_a_formula_or_a_link(frames):
    """Whatever a caption begins with, its cell is a text; there is no formula and no link in the file."""
    data = workbook.insights_report(frames, {}, {})
    assert "<f>" not in xml_of(data)
    assert "<hyperlink" not in xml_of(data)
    shown = fastexcel.read_excel(data).load_sheet(0, header_row=1, dtypes="string").to_polars()["Video"].to_list()
    assert {"+1+1", "@SUM(A1)", "007", HOSTILE[0]} <= set(shown)


def test_headers_stay_in_sight_and_columns_are_wide_enough(frames):
    """Each sheet with rows has a frozen header and a filter, and every column its width; there are charts."""
    data = workbook.insights_report(frames, {}, {})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        first = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in first
    assert "<autoFilter" in first
    assert first.count("<col ") >= 14
    assert [name for name in names if name.startswith("xl/charts/chart")] != []


def test_the_same_numbers_give_the_same_bytes(frames):
    """Whenever it is written; its time is that of the newest download."""
    first = workbook.insights_report(frames, {}, {})
    assert workbook.insights_report({**frames}, {}, {}) == first
    assert workbook.as_of(frames) == moment(9)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert "2026-03-09T00:00:00Z" in archive.read("docProps/core.xml").decode()


def test_without_any_account_there_is_a_report_all_the_same():
    """All sheets, and no row."""
    nothing = {name: empty(name) for name in ("daily", "videos", "audience", "revisions")}
    assert fastexcel.read_excel(workbook.insights_report(nothing, {}, {})).sheet_names == SHEETS
    assert workbook.as_of(nothing) == datetime(2000, 1, 1, tzinfo=UTC)
