"""Shares of a whole as files write them: `0.59`, `61%`, with a comma where a spreadsheet put one."""

from __future__ import annotations

import re

from include.account_analytics.facts import Refused
from include.account_analytics.reading.names import shown
from include.account_analytics.reading.numbers import is_missing

SHARE = re.compile(r"(\d{1,3}(?:[.,]\d+)?(?:[eE]-?\d{1,2})?)( ?%)?")


def parse_share(text: str) -> float | None:
    """A fraction, or None where the file says nothing. Raises Refused `unreadable_share`."""
    plain = " ".join(text.split())
    if is_missing(plain):
        return None
    found = SHARE.fullmatch(plain)
    number = float(found[1].replace(",", ".")) if found else None
    if found is None or number is None or (number > 1 and not found[2]):
        raise Refused("unreadable_share", f"{shown(text)!r} is not a share of a whole, such as 0.59 or 59%.")
    return number / 100 if found[2] else number
