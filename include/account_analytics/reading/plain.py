"""A CSV just as TikTok writes it: every field in quotes, no quote and no line break inside one. It can be read many rows at once.

Whoever saved the file again, or has a quote in a caption, has another one: that is read row by row, as `tables` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from include.account_analytics.reading.containers import MemberFile
from include.account_analytics.reading.tables import Table

if TYPE_CHECKING:
    import polars as pl

LARGE = 1 << 16  # bytes; what is smaller is read as soon row by row
BLOCK = 1 << 20
MARK = b"\xef\xbb\xbf"
LONGEST_FIELD = 60_000  # bytes; below what the reader of rows takes


class NotPlain(Exception):
    """A row is not as TikTok writes it. Nothing is wrong with that: the file is to be read row by row."""


def may_be_plain(file: MemberFile, table: Table) -> bool:
    """Whether it is worth a try, by what is known without its rows."""
    is_usual = (file.container, table.encoding, table.delimiter) == ("csv", "utf-8", ",")
    return is_usual and file.size >= LARGE and 1 < len(table.header) == len(set(table.header))


def frames(file: MemberFile, table: Table) -> Iterator[pl.DataFrame]:
    """The rows below the header, all of them texts, some at a time: just as `table` has them, the n-th on line n + 1.

    Raises NotPlain at the first rows that cannot be read so; those before them were right.
    """
    import polars as pl

    others = len(table.header) - 1
    lines, empty = _lines(others), b'\n""' + b',""' * others + b"\n"
    for place, block in enumerate(_blocks(file)):
        # Rows of nothing but empty fields are left out by the reader of rows.
        if not lines.fullmatch(block) or empty in b"\n" + block:
            raise NotPlain
        yield pl.read_csv(
            block,
            has_header=False,
            skip_lines=1 if place == 0 else 0,
            schema=dict.fromkeys(table.header, pl.String),
            empty_string_is_null=False,
            raise_if_empty=False,
        )


@cache
def _lines(others: int) -> re.Pattern[bytes]:
    field = rb'"[^"\r\n]{0,%d}+"' % LONGEST_FIELD
    return re.compile(rb"(?:%b(?:,%b){%d}\n)*+" % (field, field, others))


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
