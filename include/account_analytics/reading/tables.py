"""A report as a table of texts, streamed: the same for CSV, XLSX, and a part of an answer of TikTok's API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from include.account_analytics.facts import Refused
from include.account_analytics.reading import documents, texts, workbooks
from include.account_analytics.reading.containers import MemberFile
from include.account_analytics.reading.foreign import WHERE

MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Table:
    """The header as the file writes it, and its rows, which can be read once, each with the line a person would find it on."""

    header: tuple[str, ...]
    encoding: str
    delimiter: str
    rows: Iterator[texts.Row]


def read_table(file: MemberFile) -> Table:
    """Raises Refused, also while the rows are read: for quotes that break, and rows of other lengths than the header."""
    if file.container == "xlsx":
        encoding, delimiter, rows = "xlsx", "", workbooks.rows_of(file.open)
    elif file.container == "json":
        encoding, delimiter, rows = "utf-8", "", documents.rows_of(file.open)
    else:
        encoding = texts.encoding_of(file.open)
        delimiter = texts.delimiter_of(texts.sample_of(file.open, encoding))
        rows = texts.rows_of(file.open, encoding, delimiter)
    line, header = next(rows, (0, ()))
    while header and not header[-1].strip():
        header = header[:-1]
    if not header:
        raise Refused("empty", f"There is nothing in this file. {WHERE}")
    if len(header) > MOST_COLUMNS:
        raise Refused("columns", f"Line {line} has {len(header)} columns; no report has more than {MOST_COLUMNS}.")
    return Table(header, encoding, delimiter, _as_long(rows, len(header), is_padded=file.container == "xlsx"))


def _as_long(rows: Iterator[texts.Row], width: int, *, is_padded: bool) -> Iterator[texts.Row]:
    """Rows as long as the header. Workbooks leave out empty cells at the end; in a CSV, what is missing was cut off."""
    for line, values in rows:
        if len(values) == width:
            yield line, values
        elif len(values) > width and not any(values[width:]):
            yield line, values[:width]
        elif len(values) < width and is_padded:
            yield line, values + ("",) * (width - len(values))
        else:
            raise Refused(
                "damaged",
                f"Line {line} has {len(values)} values, the header {width}: the file is damaged or cut off. {WHERE}",
            )
