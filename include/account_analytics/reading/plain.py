"""A CSV just as TikTok writes it: every field in quotes, no quote and no line break inside one. It can be read many rows at once.

Whoever saved the file again, or has a quote in a caption, has another one: that is read row by row, as `tables` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from include.account_analytics.reading.containers import MemberFile
from include.account_analytics.reading.tables import Table

if TYPE_CHECKING:
    import polars as pl

BLOCK = 1 << 20
MARK = b"\xef\xbb\xbf"
LONGEST_FIELD = 60_000  # bytes; below what the reader of rows takes


def is_plain(file: MemberFile, table: Table) -> bool:
    """Whether `frames` reads the file's rows just as `table` has them, the n-th on line n + 1."""
    others = len(table.header) - 1
    is_usual = (file.container, table.encoding, table.delimiter) == ("csv", "utf-8", ",")
    if not is_usual or others == 0 or len(set(table.header)) <= others:
        return False
    field, empty = rb'"[^"\r\n]{0,%d}+"' % LONGEST_FIELD, b'\n""' + b',""' * others + b"\n"
    lines = re.compile(rb"(?:%b(?:,%b){%d}\n)*+" % (field, field, others))
    # Rows of nothing but empty fields are left out by the reader of rows.
    return all(lines.fullmatch(block) and empty not in b"\n" + block for block in _blocks(file))


def frames(file: MemberFile, table: Table) -> Iterator[pl.DataFrame]:
    """The rows of a plain file below its header, all of them texts, some at a time."""
    import polars as pl

    for place, block in enumerate(_blocks(file)):
        yield pl.read_csv(
            block,
            has_header=False,
            skip_lines=1 if place == 0 else 0,
            schema=dict.fromkeys(table.header, pl.String),
            empty_string_is_null=False,
            raise_if_empty=False,
        )


def _blocks(file: MemberFile) -> Iterator[bytes]:
    """Whole lines, without the file's mark, each ended."""
    with file.open() as opened:
        rest = opened.read(len(MARK)).removeprefix(MARK)
        while data := opened.read(BLOCK):
            whole, end, rest_of_it = (rest + data).rpartition(b"\n")
            rest = rest_of_it
            if end:
                yield whole + end
        if rest:
            yield rest + b"\n"
