"""CSV and Parquet: what goes in comes out, and no spreadsheet is told to compute."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from include.export.tables import Column, Table, defused, pieces

TABLE = Table(
    "all_kinds",
    (
        Column("name", "text"),
        Column("count", "integer"),
        Column("rate", "number"),
        Column("day", "day"),
        Column("at", "moment"),
        Column("is_new", "flag"),
    ),
)
AT = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
ROWS = [
    ('Ünï, "quoted"\nand broken', 2**63 - 1, Decimal("2.38"), date(2026, 11, 2), AT, True),
    ('=HYPERLINK("http://x")', -5, Decimal("-0.50"), date(1999, 1, 1), AT, False),
    (None, None, None, None, None, None),
]
# What spreadsheets leave out before they look at a cell: no-break and wide blanks, marks without width, separators.
UNSEEN = ("\u00a0", "\u200b", "\ufeff", "\v", "\f", "\u2028", "\u3000", "\u00ad", "\u2060", "\x00", "\x1f")
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tanna",
    "\ranna",
    "\nanna",
    "  =1",
    "＝1",
    "＠x",
    "|cmd",
    "%x",
    "=cmd|' /C calc'!A0",
    *(f"{unseen}=1+1" for unseen in UNSEEN),
    "\u3000\u200b \ufeff+1",
    "\u00a0@SUM(A1)",
    "\u200b-1",
]


def as_csv(rows: list) -> list[list[str]]:
    text = b"".join(pieces(TABLE, rows, "csv")).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_round_trip():
    """A CSV file read back gives the texts of the rows; nothing is an empty cell; numbers are plain."""
    assert as_csv(ROWS) == [
        ["name", "count", "rate", "day", "at", "is_new"],
        ["Ünï, \"quoted\"\nand broken", "9223372036854775807", "2.38", "2026-11-02", "2026-11-02T12:30:00+00:00", "true"],
        ["'=HYPERLINK(\"http://x\")", "-5", "-0.50", "1999-01-01", "2026-11-02T12:30:00+00:00", "false"],
        ["", "", "", "", "", ""],
    ]  # fmt: skip


def test_parquet_round_trip():
    """A Parquet file read back gives the rows as they were, with their types, formulas included."""
    read = parquet.read_table(io.BytesIO(b"".join(pieces(TABLE, ROWS, "parquet"))))
    assert [str(field.type) for field in read.schema] == [
        "string", "int64", "double", "date32[day]", "timestamp[us, tz=UTC]", "bool",
    ]  # fmt: skip
    expected = [(*row[:2], None if row[2] is None else float(row[2]), *row[3:]) for row in ROWS]
    assert [tuple(row.values()) for row in read.to_pylist()] == expected


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_no_rows(file_format):
    """A table without rows is a file with its columns."""
    content = b"".join(pieces(TABLE, [], file_format))
    if file_format == "csv":
        assert as_csv([]) == [["name", "count", "rate", "day", "at", "is_new"]]
    else:
        assert parquet.read_table(io.BytesIO(content)).num_rows == 0


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_defused(text):
    """What a spreadsheet would run has an apostrophe before it; the text itself stays."""
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "anna", "a=b", "1-2", "ünï", "😀=1", "'=1", "\u00a0anna", "\u200b", "a, @b", "see you ;-)", "a; b"]
)
def test_innocent_texts_stay(text):
    """Any other text is written as it is."""
    assert defused(text) == text


@given(st.text())
def test_no_cell_begins_a_formula(text):
    """Whatever a creator is called, no cell begins with what starts a formula, blanks or not."""
    assert not defused(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not defused(text).lstrip("".join(UNSEEN)).startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a;=1;@b;-2;+3", "a;'=1;'@b;'-2;'+3"),
        ("a\t=1", "a\t'=1"),
        ("\t=1", "'\t'=1"),
        ("a\r\n=1", "a\r\n'=1"),
        ("a; \u00a0=1", "a; \u00a0'=1"),
        ("=1;=2", "'=1;'=2"),
        ("wink ;-) and ;-(", "wink ;-) and ;'-("),
    ],
)
def test_formulas_inside_are_defused(text: str, cell: str):
    """A program that separates by semicolons or tabs cuts the text into cells, of which none is a formula either."""
    assert defused(text) == cell


def test_ids_stay_plain_digits():
    """Nineteen digits are written as they are: for programs; a spreadsheet has to be told that they are text."""
    assert defused("7312345678901234567") == "7312345678901234567"


@pytest.mark.thorough
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_long_tables_take_little_memory(file_format):
    """A hundred thousand rows go through in pieces: at no time more than a few of them are held."""
    row = ("a name of usual length", 48_234, Decimal("2.38"), date(2026, 11, 2), AT, True)
    list(pieces(TABLE, [row], file_format))  # what is imported and made once is not counted
    tracemalloc.start()
    size = sum(len(piece) for piece in pieces(TABLE, (row for _ in range(100_000)), file_format))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 10_000
    assert most < 12_000_000
