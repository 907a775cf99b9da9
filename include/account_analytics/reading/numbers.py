"""Counts as files write them: with thousands' marks, negative, or missing."""

from __future__ import annotations

import re

from include.account_analytics.facts import Refused
from include.account_analytics.reading.names import shown

# Where a file says nothing; compared trimmed and case-folded.
MISSING = frozenset({"", "undefined", "nan", "null", "none", "n/a", "--", "-", "–", "—"})
# 1234; 1,234,567 and with point, space, apostrophe; 1234.0 as spreadsheets write whole numbers.
COUNT = re.compile(r"([-+−]?)([1-9]\d{0,2}(?:([.,'’ ])\d{3})(?:\3\d{3})*|\d+)(?:\.0+)?")


# More than anything on TikTok was ever counted, and what a column of the database can hold.
MOST_DIGITS = 15


def is_missing(text: str) -> bool:
    return text.strip().casefold() in MISSING


def parse_count(text: str) -> int | None:
    """A whole number, or None where the file says nothing. Raises Refused `unreadable_number`: `1.2K` is not exact."""
    plain = " ".join(text.split())
    if len(plain) <= MOST_DIGITS and plain.isascii() and plain.isdigit():
        return int(plain)
    if is_missing(plain):
        return None
    number = COUNT.fullmatch(plain)
    if number is None:
        raise Refused("unreadable_number", f"{shown(text)!r} is not a whole number.")
    sign, digits, _ = number.groups()
    whole = re.sub(r"\D", "", digits).lstrip("0")
    if len(whole) > MOST_DIGITS:
        raise Refused(
            "unreadable_number", f"{shown(text)!r} has more than {MOST_DIGITS} digits: nothing was ever counted so far."
        )
    amount = int(whole or 0)
    return -amount if sign in {"-", "−"} else amount
