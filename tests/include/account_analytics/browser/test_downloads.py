"""What TikTok calls a download, and what it may be: no name and no kind of table keeps it from being handed over."""

from __future__ import annotations

import io
import zipfile

import pytest

from include.account_analytics import incoming
from include.account_analytics.browser import downloads
from include.account_analytics.browser.failures import NoDownload
from include.lake import Lake


@pytest.mark.parametrize(
    ("suggested", "name"),
    [
        ("../../etc/passwd", "browser_Overview.zip"),
        ("..\\..\\Content.zip", "browser_Content.zip"),
        (".hidden.zip", "browser_hidden.zip"),
        ("x.zip.crdownload", "browser_Overview.zip"),
        ("", "browser_Overview.zip"),
        ("a\nb.csv", "browser_a_b.csv"),
        ("名前.xlsx", "browser_名前.xlsx"),
        ("x" * 250 + ".zip", f"browser_{'x' * 133}.zip"),
        ("é" * 120 + ".zip", f"browser_{'é' * 66}.zip"),
    ],
)
def test_a_name(tmp_path, suggested: str, name: str):
    """It is handed over under a name that every store takes, a second one of that name too; its ending is kept."""
    assert downloads.name_of(suggested, "overview") == name
    stem, _, ending = name.rpartition(".")
    for each in (name, f"{stem} (99).{ending}"):
        assert incoming.put(Lake(f"file://{tmp_path}"), "anna", each, b"x").endswith(each)


def packed(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "Date,Video views\n1,2\n")
    return file.getvalue()


TABLE = "Date\tVideo views\n3 March\t7\n"


@pytest.mark.parametrize(
    "content",
    [
        packed("a.csv"),
        packed("xl/workbook.xml"),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        b"\xfe\xff" + TABLE.encode("utf-16-be"),
    ],
    ids=[
        "archive",
        "workbook",
        "utf-8",
        "utf-16",
        "utf-16-be",
    ],  # an archive's bytes hold the time at which it was made
)
def test_what_may_be_an_export(content: bytes):
    """Archive, workbook, and a table in each of the encodings that it is read in."""
    downloads.check(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        packed("a.csv")[:-9],
        b"<html>",
        b'{"a": 1}',
        b"Date\n1\n",
        b"\x1f\x8b\x08\x00a,b",
        "<html>,".encode("utf-16"),
    ],
    ids=["nothing", "half an archive", "page", "answer", "one column", "another archive", "page in utf-16"],
)
def test_what_is_none(content: bytes):
    """Nothing, half an archive, a page, an answer, one column, another archive."""
    with pytest.raises(NoDownload):
        downloads.check(content)
