"""Rows of an XLSX file, streamed, every cell as text; what a genuine export has not (macros, formulas, links) is refused."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from include.account_analytics.facts import Refused
from include.account_analytics.reading import archives
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.sheets import SharedTexts, Sheet
from include.account_analytics.reading.xml_parts import Attributes, elements_of, parsed

WORKBOOK = "xl/workbook.xml"
FOREIGN_PARTS = (
    ("macros", "macros", r"vbaproject\.bin$|^xl/macrosheets/|^xl/dialogsheets/|^customui/"),
    ("external_links", "links to other files", r"^xl/externallinks/|^xl/connections\.xml$|^xl/querytables/"),
    ("embedded", "other files inside it", r"^xl/embeddings/|^xl/activex/"),
)
DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
NOT_FORMAT_LETTERS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is an office document; raises Refused for the kinds of them that are no XLSX."""
    names = {name.lower() for name in archive.namelist()}
    if (
        "xl/workbook.bin" in names
        or "mimetype" in names
        or "word/document.xml" in names
        or "ppt/presentation.xml" in names
    ):
        raise Refused("other_office", f"This is a document of another kind than XLSX. {WHERE}")
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
        raise Refused("other_office", f"This is a document of Numbers or Pages. Export it as CSV, or better: {WHERE}")
    return "[content_types].xml" in names and WORKBOOK in names


def check_workbook(archive: zipfile.ZipFile) -> None:
    """Raises Refused for macros, links to other files, and more than one sheet."""
    for code, what, pattern in FOREIGN_PARTS:
        if any(re.search(pattern, name.lower()) for name in archive.namelist()):
            raise Refused(code, f"This workbook holds {what}; the original export does not. {WHERE}")
    with archives.as_refusals("The XLSX file"):
        for tag, attributes in elements_of(archive, "[Content_Types].xml"):
            if tag in {"Default", "Override"} and "macroenabled" in attributes.get("ContentType", "").lower():
                raise Refused("macros", f"This workbook holds macros; the original export does not. {WHERE}")
        for name in archive.namelist():
            if name.lower().endswith(".rels"):
                _refuse_links(archive, name)
        _sheet(archive)


def rows_of(open_file: Callable[[], BinaryIO]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each row with its number; empty rows are left out. Raises Refused, with the cell, for a formula."""
    with open_file() as file, archives.open_archive(file) as archive, archives.as_refusals("The XLSX file"):
        part, starts_1904 = _sheet(archive)
        reader = Sheet(_shared_texts(archive), _date_styles(archive), starts_1904)
        for _ in parsed(archive, part, reader):
            for line, values in reader.rows:
                if any(values):
                    yield line, values
            reader.rows.clear()


def _refuse_links(archive: zipfile.ZipFile, name: str) -> None:
    """Links of cells to web pages are text like any other; everything else outside is refused."""
    for _, attributes in elements_of(archive, name):
        is_outside = attributes.get("TargetMode", "").lower() == "external"
        if is_outside and not attributes.get("Type", "").endswith("/hyperlink"):
            raise Refused(
                "external_links", f"This workbook holds links to other files; the original export does not. {WHERE}"
            )


def _sheet(archive: zipfile.ZipFile) -> tuple[str, bool]:
    """The part that holds the only sheet, and whether its days are counted from 1904."""
    sheets: list[Attributes] = []
    starts_1904 = False
    for tag, attributes in elements_of(archive, WORKBOOK):
        if tag == "sheet":
            sheets.append(attributes)
        elif tag == "workbookPr":
            starts_1904 = attributes.get("date1904") in {"1", "true"}
    if len(sheets) != 1:
        raise Refused("sheets", f"This workbook has {len(sheets)} sheets; the original export has one. {WHERE}")
    key = next((value for name, value in sheets[0].items() if name.endswith(":id")), None)
    for _, attributes in elements_of(archive, "xl/_rels/workbook.xml.rels"):
        if attributes.get("Id") == key and attributes.get("Type", "").endswith("/worksheet"):
            return posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/"), starts_1904
    raise Refused("sheets", f"This workbook has no sheet with cells. {WHERE}")


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    texts = SharedTexts()
    if "xl/sharedStrings.xml" in archive.namelist():
        for _ in parsed(archive, "xl/sharedStrings.xml", texts):
            pass
    return texts.texts


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """The styles that show a number as a day."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    dates, styles, is_cells = set(DATE_FORMATS), set(), False
    place = 0
    for tag, attributes in elements_of(archive, "xl/styles.xml"):
        if tag == "numFmt" and re.search("[dmyDMY]", NOT_FORMAT_LETTERS.sub("", attributes.get("formatCode", ""))):
            dates.add(int(attributes["numFmtId"]))
        elif tag == "cellXfs":
            is_cells, place = True, 0
        elif tag in {"cellStyles", "dxfs"}:
            is_cells = False
        elif tag == "xf" and is_cells:
            if int(attributes.get("numFmtId", "0")) in dates:
                styles.add(place)
            place += 1
    return frozenset(styles)
