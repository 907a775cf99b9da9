"""Keeps keys out of everything that is logged, raised or stored."""

from __future__ import annotations

import re
from functools import cache

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
    return _BEARER.sub(f"Bearer {MASK}", _AUTHORIZATION.sub(rf"\g<name>{MASK}", conceal(text, *secrets)))


def conceal(text: str, *secrets: str) -> str:
    """`text` without the secrets, however each of their letters is spelled, and otherwise as it was."""
    for secret in _longest_first(secrets):
        is_plain = "\\" not in text and "%" not in text  # as most texts are, and searching them so is much faster
        text = text.replace(secret, MASK) if is_plain else _spelled(secret).sub(MASK, text)
    return text


@cache
def _longest_first(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Asked for each text of an answer; one secret may be a part of another."""
    return tuple(sorted({secret.strip() for secret in secrets} - {""}, key=len, reverse=True))


@cache
def _spelled(secret: str) -> re.Pattern[str]:
    """Each letter as it is, escaped as in a JSON string (a JSON text within it included), or as in an address."""
    return re.compile("".join(map(_spelled_letter, secret)))


def _spelled_letter(letter: str) -> str:
    itself = re.escape(letter) if letter.isalnum() else rf"\\{{0,8}}{re.escape(letter)}"
    escaped = rf"\\{{1,8}}u(?i:{ord(letter):04x})"
    in_address = "".join(f"%(?i:{byte:02x})" for byte in letter.encode())
    return f"(?:{itself}|{escaped}|{in_address})"
