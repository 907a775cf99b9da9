"""Keeps keys out of everything that is logged, raised or stored."""

from __future__ import annotations

import re
from urllib.parse import quote

MASK = "***"

# The value runs to the closing quote where there is one, else to the end of the line or of the list item.
_AUTHORIZATION = re.compile(
    r"""(?P<name>\\?["']?\b(?:proxy-)?authorization\\?["']?\s*[:=,]\s*)
        (?:\\?(?P<quote>["']).*?(?P=quote) | (?:(?:bearer|basic|token)\s+)?[^\s"',;}\])]+)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(r"""\bbearer(?:\s|%20|\+)+[^\s"'\\,;}\])]+""", re.IGNORECASE)


def redact(text: str, *secrets: str) -> str:
    """`text` without the secrets, any `Bearer ...` and the value of any Authorization header."""
    for spelling in sorted({form for secret in secrets for form in _spellings(secret)}, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return _BEARER.sub(f"Bearer {MASK}", _AUTHORIZATION.sub(rf"\g<name>{MASK}", text))


def _spellings(secret: str) -> set[str]:
    """As it is, inside a JSON string, and inside an address."""
    stripped = secret.strip()
    return {form for form in (stripped, stripped.replace("/", "\\/"), quote(stripped, safe="")) if form}
