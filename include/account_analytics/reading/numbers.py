"""Counts as files write them: with thousands' marks, negative, or missing."""

from __future__ import annotations

import re

from include.account_analytics.facts import Refused
from include.account_analytics.reading.names import shown

# Where a file says nothing; compared trimmed and case-folded.
MISSING = frozenset({"", "undefined", "nan", "null", "none", "n/a", "--", "-", "–", "—"})
# 1234; 1,234,567 and with point, space, apostrophe; 1234.0 as spreadsheets write whole numbers.
COUNT = re.compile(r"([-+−]?)([1-9]\d{0,2}(?:([.,'’ ])\d{3})(?:\3\d{3})*|\d+)(?:\.0+)?")


def is_missing(text: str) -> bool:
    return text.strip().casefold() in MISSING


def parse_count(text: str) -> int | None:
    """A whole number, or None where the file says nothing. Raises Refused `unreadable_number`: `1.2K` is not exact."""
    plain = " ".join(text.split())
    if plain.isascii() and plain.isdigit():
        return int(plain)
    if is_missing(plain):
        return None
    number = COUNT.fullmatch(plain)
    if number is None:
        raise Refused("unreadable_number", f"{shown(text)!r} is not a whole number.")
    sign, digits, _ = number.groups()
    amount = int(re.sub(r"\D", "", digits))
    return -amount if sign in {"-", "−"} else amount
