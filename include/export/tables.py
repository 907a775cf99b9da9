"""Rows as CSV or Parquet, a piece at a time: as much memory as one piece needs, however long the table is."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow

Kind = Literal["text", "integer", "number", "day", "moment", "flag"]
Format = Literal["csv", "parquet"]
AnyFormat = Literal["csv", "parquet", "xlsx"]  # a workbook needs the extra `analytics`
MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ROWS_A_PIECE = 10_000
# A spreadsheet takes a cell that begins so for a formula, and runs it: a creator may be called =HYPERLINK(…).
_BEGINS_A_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "|",
    "%",
    "＝",
    "＋",
    "－",
    "＠",
)  # wide letters count as well
# Where a semicolon separates, and in most of Europe it does, a text with one in it is several cells; so is one with a tab or
# a line break. "-)" is no formula anywhere, and the end of a wink.
_FORMULA_INSIDE = re.compile(r"([;\t\r\n]\s*)(?=[=+@＝＋＠]|[-－](?!\)))")
_LOOKS = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
_LONGEST_CELL, _PIECE = 32_767, 1 << 18
_BOM = b"\xef\xbb\xbf"  # without it spreadsheets read UTF-8 as something else


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and what it holds: `integer` is whole (64 bit), `number` a double, `moment` is UTC."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """What is exported under a name: its columns, in the order of each row."""

    name: str
    columns: tuple[Column, ...]


def pieces(table: Table, rows: Iterable[Sequence[Any]], file_format: AnyFormat) -> Iterator[bytes]:
    """The file's bytes, in order; a table without rows is a file with its columns alone."""
    makers = {"csv": _csv, "parquet": _parquet, "xlsx": _xlsx}
    return makers[file_format](table, rows)


def defused(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula: with an apostrophe before what begins like one.

    Blanks and letters that are not seen do not count as a beginning: spreadsheets leave them out. Long ids stay as they are,
    plain digits: an apostrophe would spoil them for programs (a spreadsheet needs their columns imported as text).
    """
    begins = text.lstrip(" ").startswith(_BEGINS_A_FORMULA) or _seen(text).startswith(_BEGINS_A_FORMULA)
    inside = _FORMULA_INSIDE.sub(r"\1'", text)
    return f"'{inside}" if begins else inside


def _seen(text: str) -> str:
    """`text` from its first letter on that is no separator, control, format or unassigned character."""
    return text[next((place for place, letter in enumerate(text) if unicodedata.category(letter)[0] not in "ZC"), 0) :]


def _csv(table: Table, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    yield _BOM
    writer.writerow([column.name for column in table.columns])
    for piece in _cut(rows):
        writer.writerows([_cell(value) for value in row] for row in piece)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _parquet(table: Table, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    import pyarrow
    from pyarrow import parquet

    sink = _Sink()
    schema = _schema(table)
    with parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for piece in _cut(rows):
            arrays = [
                pyarrow.array([_value(row[place], column.kind) for row in piece], field.type)
                for place, (column, field) in enumerate(zip(table.columns, schema, strict=True))
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _schema(table: Table) -> pyarrow.Schema:
    import pyarrow

    kinds = {
        "text": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "day": pyarrow.date32(),
        "moment": pyarrow.timestamp("us", tz="UTC"),
        "flag": pyarrow.bool_(),
    }
    return pyarrow.schema([(column.name, kinds[column.kind]) for column in table.columns])


def _value(value: Any, kind: Kind) -> Any:
    return float(value) if kind == "number" and value is not None else value


def _xlsx(table: Table, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A workbook is a ZIP whose beginning is known at its end: it is made on disk, row by row, and then sent."""
    from xlsxwriter import Workbook

    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True})
        sheet = book.add_worksheet(table.name[:31])
        looks = {kind: book.add_format({"num_format": look}) for kind, look in _LOOKS.items()}
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, max(11, len(column.name) + 2), looks.get(column.kind))
        sheet.write_row(0, 0, [column.name for column in table.columns], book.add_format({"bold": True}))
        for at, row in enumerate(rows, start=1):
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                if value is None:
                    continue
                if isinstance(value, str):  # as a text whatever it begins with: no formula, no link
                    sheet.write_string(at, place, value[:_LONGEST_CELL])
                elif isinstance(value, bool):
                    sheet.write_boolean(at, place, value)
                elif isinstance(value, date):
                    naive = value.replace(tzinfo=None) if isinstance(value, datetime) else value
                    sheet.write_datetime(at, place, naive, looks[column.kind])
                else:
                    sheet.write_number(at, place, value)
        book.close()
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _cut(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    piece: list[Sequence[Any]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == ROWS_A_PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


class _Sink:
    """What Parquet's writer takes for a file that can only be written to; `taken` hands out what has come since."""

    closed = False

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._written = 0

    def write(self, content: bytes) -> int:
        self._waiting.append(bytes(content))
        self._written += len(content)
        return len(content)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def taken(self) -> bytes:
        content, self._waiting = b"".join(self._waiting), []
        return content
