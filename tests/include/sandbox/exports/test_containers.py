"""Workbooks are as TikTok writes them, and are read by who reads workbooks."""

import io
import re
import zipfile
from datetime import UTC, datetime

import fastexcel
import pytest

from include.sandbox.exports.downloads import export
from tests.fixtures.exports import members_of

NOON = datetime(2026, 4, 24, 12, tzinfo=UTC)


def test_workbook(world):
    """One sheet, called like the report; every cell is a text of its own, none is shared or a formula."""
    for file in export(world.account(0), NOON, container="xlsx", language="el"):
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        title = file.name.removesuffix(".xlsx")
        assert re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"]) == [title]
        cells = re.findall(r"<c [^>]*>", parts["xl/worksheets/sheet1.xml"])
        assert cells
        assert all(' t="str"' in cell for cell in cells)
        assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
        assert not any("sharedStrings" in name or "vba" in name for name in parts)


@pytest.mark.parametrize("tab", ["overview", "content", "followers"])
def test_workbook_says_what_the_csv_says(world, tab: str):
    """Read by a library, a workbook gives the same texts as the CSV, captions included."""
    for file in export(world.account(1), NOON, reports=[tab], container="xlsx", language="ja"):
        sheet = fastexcel.read_excel(file.data).load_sheet(0, header_row=None, dtypes="string")
        columns = [column.to_pylist() for column in sheet.to_arrow().columns]
        rows = [tuple("" if value is None else value for value in row) for row in zip(*columns, strict=True)]
        assert rows == [file.members[0].sheet.header, *file.members[0].sheet.rows]


def test_workbooks_inside_a_zip(world):
    """A ZIP may hold workbooks in place of CSV, stored as they are."""
    (file,) = export(world.account(0), NOON, reports=["overview"], container="zip_xlsx")
    members = members_of(file)
    assert list(members) == ["Overview.xlsx"]
    assert members["Overview.xlsx"][:2] == b"PK"
