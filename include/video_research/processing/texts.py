"""Texts out of strangers' pictures, voices and files, made fit to be kept: no control characters, no broken Unicode."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2000  # letters of one text: longer ones are somebody's attempt
# Controls, surrogates and unassigned ones; the marks that turn the reading direction would also turn what stands beside.
_UNWANTED = frozenset({"Cc", "Cs", "Cn", "Co"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """One line, with single spaces."""
    cut = text[: 4 * LONGEST]
    spaced = _SPACES.sub(" ", cut)
    kept = (letter for letter in spaced if letter not in _TURNING and unicodedata.category(letter) not in _UNWANTED)
    return unicodedata.normalize("NFC", "".join(kept)).strip()[:LONGEST]
