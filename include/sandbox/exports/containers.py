"""Sheets as bytes: CSV in the two manners of TikTok, XLSX of text cells alone, and ZIPs as the browser makes them."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from include.sandbox.exports.truth import Sheet

BOM = "\ufeff"
_MUST_QUOTE = re.compile(r'[",\r\n]')
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XLSX_TIME = (1980, 1, 1, 0, 0, 0)  # the spreadsheet library writes no time of its own


def quoted_csv(sheet: Sheet) -> bytes:
    """Studio: a BOM, every field in quotes, no line break after the last row."""
    return _lines([sheet.header, *sheet.rows], _quoted)


def plain_csv(sheet: Sheet) -> bytes:
    """Business: the same, with quotes only around fields that need them."""
    return _lines([sheet.header, *sheet.rows], lambda field: _quoted(field) if _MUST_QUOTE.search(field) else field)


def xlsx(sheet: Sheet) -> bytes:
    """One worksheet called like the report; every cell is a text of its own, `t="str"`."""
    rows = "".join(_xml_row(number, row) for number, row in enumerate([sheet.header, *sheet.rows], 1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": _relation(f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(sheet.title)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relation(f"{_OFFICE}/worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    entries = [(name, (_DECLARATION + part).encode()) for name, part in parts.items()]
    return _zipped(entries, _XLSX_TIME, zipfile.ZIP_DEFLATED)


def bundle(entries: Iterable[tuple[str, bytes]], at: datetime) -> bytes:
    """A ZIP as the browser makes it: members stored, at its root, their time the moment of the export in UTC."""
    moment = at.astimezone(UTC)
    time = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return _zipped(entries, time, zipfile.ZIP_STORED)


def _lines(rows: Iterable[Sequence[str]], write) -> bytes:  # type: ignore[no-untyped-def]
    return (BOM + "\n".join(",".join(map(write, row)) for row in rows)).encode("utf-8")


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"'


def _xml_row(number: int, row: Sequence[str]) -> str:
    cells = "".join(
        f'<c r="{chr(ord("A") + place)}{number}" t="str"><v>{escape(_NOT_IN_XML.sub("", value))}</v></c>'
        for place, value in enumerate(row)
    )
    return f'<row r="{number}">{cells}</row>'


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'
    )


def _zipped(entries: Iterable[tuple[str, bytes]], time: tuple[int, int, int, int, int, int], method: int) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, time)
            info.create_system = 0
            info.compress_type = method
            archive.writestr(info, data)
            info.external_attr = 0  # rights of Unix files, which a browser does not know
    return whole.getvalue()
