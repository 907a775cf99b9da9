"""Rows of a CSV file, streamed: its encoding and delimiter are found out, quotes and line breaks inside fields kept."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO

from include.account_analytics.facts import Refused
from include.account_analytics.reading.foreign import HEAD, WHERE

BLOCK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1 << 20
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SEPARATOR_LINE = re.compile(r"\s*\"?sep=([,;\t|:])\"?\s*", re.IGNORECASE)

Open = Callable[[], BinaryIO]
Row = tuple[int, tuple[str, ...]]


def encoding_of(open_file: Open) -> str:
    """By its BOM, or by what the whole file can be read as: UTF-8, UTF-16, Windows-1252. Raises Refused where it is none."""
    with open_file() as file:
        head = file.read(HEAD)
    encoding = next((name for mark, name in BOMS if head.startswith(mark)), None) or _without_bom(head)
    with open_file() as file:
        line = _first_unreadable(file, encoding)
        if line is None:
            return encoding
    if encoding == "utf-8" and not head.startswith(codecs.BOM_UTF8):
        with open_file() as file:
            if not _has_utf8_letters(file):
                with open_file() as again:
                    if _first_unreadable(again, "cp1252") is None:
                        return "cp1252"
    raise Refused(
        "damaged", f"Line {line} cannot be read as {encoding.upper()}: the file is damaged or cut off. {WHERE}"
    )


def delimiter_of(sample: str) -> str:
    """The one that parts the header into most columns; a line `sep=;` of Excel says it itself."""
    first, _, _ = sample.partition("\n")
    if said := SEPARATOR_LINE.fullmatch(first):
        return said[1]
    return max(DELIMITERS, key=lambda mark: (_columns(sample, mark), -DELIMITERS.index(mark)))


def rows_of(open_file: Open, encoding: str, delimiter: str) -> Iterator[Row]:
    """Each row with its line, the header first; empty rows are left out. Raises Refused with the line where quoting breaks."""
    with open_file() as file, io.TextIOWrapper(file, encoding, newline="") as text:
        reader = csv.reader(_without_mark(text), delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Refused(
                    "damaged", f"Line {line}: {_plain(error)}. The file is damaged or cut off. {WHERE}"
                ) from error
            if any(values) and not (line == 1 and SEPARATOR_LINE.fullmatch(delimiter.join(values))):
                yield line, tuple(values)


def sample_of(open_file: Open, encoding: str) -> str:
    with open_file() as file:
        return file.read(HEAD).decode(encoding, errors="ignore").removeprefix("\ufeff")


def _without_bom(head: bytes) -> str:
    """UTF-16 shows by the zeros beside the letters of the header; other zeros are no text."""
    if b"\0" not in head:
        return "utf-8"
    begun = head[:64]
    even, odd = begun[::2].count(0), begun[1::2].count(0)
    if max(even, odd) < len(begun) // 5 or min(even, odd) * 10 > max(even, odd):
        raise Refused("binary", f"This is no text. {WHERE}")
    return "utf-16-be" if even > odd else "utf-16-le"


def _first_unreadable(file: BinaryIO, encoding: str) -> int | None:
    """The line of the first bytes that cannot be read, or of a zero letter; None when all can."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    while True:
        block = file.read(BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count("\n".encode(encoding))
        if "\0" in text:
            return line + text[: text.index("\0")].count("\n")
        if not block:
            return None
        line += text.count("\n")


def _has_utf8_letters(file: BinaryIO) -> bool:
    """Whether letters beyond ASCII stand in it as UTF-8 writes them: then it is UTF-8, broken somewhere."""
    rest = b""
    while block := file.read(BLOCK):
        if re.search(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", rest + block):
            return True
        rest = block[-3:]
    return False


def _columns(sample: str, delimiter: str) -> int:
    """How many filled columns the first row has."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        return sum(1 for text in next((row for row in reader if any(row)), []) if re.search(r"\w", text))
    except csv.Error:
        return 0


def _without_mark(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines without the file's mark. One beyond all measure comes in pieces: no row of it is as long as the header."""
    lines = iter(partial(text.readline, LONGEST_LINE), "")
    return chain([next(lines, "").removeprefix("\ufeff")], lines)


def _plain(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end" in said:
        return "a quote is opened and never closed"
    return "a field is longer than any report has" if "field larger" in said else "text follows a closing quote"
