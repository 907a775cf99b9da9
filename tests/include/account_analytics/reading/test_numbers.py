"""Counts and shares as files write them."""

from __future__ import annotations

import pytest

from include.account_analytics.facts import Refused
from include.account_analytics.reading.numbers import parse_count
from include.account_analytics.reading.shares import parse_share


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("1234", 1234),
        ("1,234", 1234),
        ("1.234.567", 1234567),
        ("1 234", 1234),
        ("1\u202f234", 1234),
        ("1’234", 1234),
        ("-4", -4),
        ("−4", -4),
        ("-1,234", -1234),
        ("+3", 3),
        (" 12 ", 12),
        ("12.0", 12),
        ("١٢", 12),
        ("12345678901234", 12345678901234),
        ("000000000000000000012", 12),
    ],
)
def test_count(text: str, count: int):
    """A count may be negative, and may have marks between its thousands."""
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["", " ", "undefined", "Undefined", "NAN", "NaN", "--", "-", "—", "null", "N/A"])
def test_missing(text: str):
    """Where a file says nothing, nothing is known: neither a count nor a share is 0 there."""
    assert parse_count(text) is None
    assert parse_share(text) is None


@pytest.mark.parametrize(
    "text", ["1.2K", "12.5", "0.590", "1,23", "1,234.567", "1,2345", "(4)", "#N/A", "12 likes", "1-2"]
)
def test_no_count(text: str):
    """What is rounded, or no whole number, is refused rather than rounded."""
    with pytest.raises(Refused, match="is not a whole number") as refusal:
        parse_count(text)
    assert refusal.value.code == "unreadable_number"


@pytest.mark.parametrize("text", ["1" * 16, "9" * 5_000, "-" + "9" * 5_000, "1,000" + ",000" * 2_000], ids=len)
def test_more_digits_than_anything_was_counted(text: str):
    """Neither the database nor Python takes it for a number: it is refused like any other that is none."""
    with pytest.raises(Refused, match="more than 15 digits") as refusal:
        parse_count(text)
    assert refusal.value.code == "unreadable_number"


@pytest.mark.parametrize(
    ("text", "share"),
    [("0.59", 0.59), ("61%", 0.61), ("61,5 %", 0.615), ("0,59", 0.59), ("1", 1), ("0", 0), ("5e-05", 5e-05)],
)
def test_share(text: str, share: float):
    """A share is a fraction, or a percentage with its sign."""
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["59", "-0.1", "half", "1.02"])
def test_no_share(text: str):
    """A number above 1 without a sign of percent could be either, and is refused."""
    with pytest.raises(Refused, match="not a share"):
        parse_share(text)
