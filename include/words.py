"""What a word is, in every script: `sql/migrations/0030_read_all_scripts.sql` says the same to PostgreSQL.

A word is a run of letters, digits and the marks on them, in one form (NFKC) and without case. Signs and emoji part words; what
nobody sees (joiners, the selectors of emoji and of variants) and marks that enclose a letter are passed over.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

# The characters of words in Unicode 13: categories L, M without Me, and N, and what NFKC turns into such. Every Python and every
# PostgreSQL that we run on knows these and agrees on their forms; a letter that came later parts words.
LETTERS = Path(__file__).with_name("letters.txt").read_text(encoding="ascii").replace("\n", "")
SILENT = (
    r"\u00ad\u034f\u0488-\u0489\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f-\u1160\u17b4-\u17b5\u180b-\u180e\u1abe"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u20dd-\u20e0\u20e2-\u20e4\u3164\ua670-\ua672\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_NOT_LETTERS = re.compile(f"[^{LETTERS}]+")
_SILENT = re.compile(f"[{SILENT}]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_BARRED = str.maketrans("ıłøđħŧ", "ilodht")


def words(text: str) -> list[str]:
    """The words of a text in their order, folded: "Straße" and "STRASSE", "ΣΟΦΌΣ" and "σοφός" give the same."""
    if text.isascii():
        return re.sub(r"[^0-9a-z]+", " ", text.lower()).split()
    return _NOT_LETTERS.sub(" ", _folded(_NOT_LETTERS.sub(" ", _SILENT.sub("", text)))).split()


def plain_words(text: str) -> list[str]:
    """The words without accents, which people leave out when they search; the marks of other scripts stay."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", " ".join(words(text)))).translate(_BARRED)
    return unicodedata.normalize("NFC", bare).split()


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    # What is left of "İ" has its dot twice.
    return unicodedata.normalize("NFC", folded.replace("i\u0307", "i"))
