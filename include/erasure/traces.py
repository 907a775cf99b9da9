"""Finds the people in an answer of the API, and takes some of them out of it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from include.words import LETTERS

# The fields that hold a user id, wherever in an answer they stand.
ID_FIELDS = ("uid", "user_id", "author_user_id", "owner_id", "ttUID")
# Within an item of a list, the objects that say whose item it is.
OWNERS = ("author", "aweme_info", "user", "user_info")
WORD_FIELD = "trendingSearchWord"
# What somebody calls themselves is no search word, even if it is spelled like one.
NAME_FIELDS = frozenset({"nickname", "unique_id", "handle", "handleName"})
_ID_NAME = re.compile(r"(?:^|_)u?ids?$|(?:Id|ID)s?$")
# A number that long is an id, wherever it stands; a shorter one may be a count, an offset or a postcode.
LONG = 15
# What a name may go on with, spelled out: `\w` is other letters in Python than in PostgreSQL, and there by locale.
_LETTERS = LETTERS.encode("ascii").decode("unicode_escape") + "_"


@dataclass(frozen=True, slots=True)
class Traces:
    """What gives people away: their ids, words that are their names, and the texts to blank wherever they stand.

    Ids, `@handles` and other texts count as whole ones only, in large or small letters. `expression` says the same to
    Python and to PostgreSQL (`collate ucs_basic ~*`, which knows the case of A to Z alone); where none of the `needles`
    (A to Z in small letters) stands, it finds nothing.
    """

    user_ids: Collection[str]
    texts: Collection[str] = ()
    words: Collection[str] = ()  # case-folded
    blank: str = "(erased)"
    expression: str = field(init=False, repr=False, compare=False)
    needles: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _marks: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spelled = sorted(spellings([*self.user_ids, *self.texts]), key=lambda text: (-len(text), text))
        expression = "|".join(map(_bordered, spelled)) or "(?!)"
        object.__setattr__(self, "expression", expression)
        object.__setattr__(self, "needles", tuple(dict.fromkeys(map(small, spelled))))
        object.__setattr__(self, "_pattern", re.compile(expression, re.IGNORECASE | re.ASCII))
        marks = {json.dumps(text.lower())[1:-1].encode() for text in (*spelled, *self.words)}
        object.__setattr__(self, "_marks", tuple(marks))

    def blanked(self, text: str) -> str:
        """`text` with every trace blanked; a text that is one of the words is blanked whole."""
        return self.blank if text.casefold() in self.words else self.mentions_blanked(text)

    def mentions_blanked(self, text: str) -> str:
        """`text` with ids and texts blanked, whatever word it is."""
        return self._pattern.sub(self.blank, text)

    def may_be_in(self, document: bytes) -> bool:
        """Whether a JSON document in ASCII can hold a trace at all: a look that costs much less than reading it."""
        lower = document.lower()
        # Letters beyond ASCII are escaped, and have two spellings there.
        return any(mark in lower or b"\\u" in mark for mark in self._marks)


def small(text: str) -> str:
    """As PostgreSQL's `lower(text collate ucs_basic)`."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def spellings(texts: Iterable[str]) -> set[str]:
    """The texts; those with letters beyond A to Z also in small letters and in capitals, which only Python can tell."""
    return {each for text in texts for each in ([text] if text.isascii() else [text, text.lower(), text.upper()])}


def _bordered(text: str) -> str:
    """An expression that finds `text` as a whole; for Python and PostgreSQL."""
    spelled = re.escape(text)
    if text.isdigit() and len(text) >= LONG:
        return f"(?<![0-9]){spelled}(?![0-9])"
    if text.isdigit():
        return f"(?<![{_LETTERS}@.,-]){spelled}(?![.,]?[{_LETTERS}])"
    if text.startswith("@"):
        # Only what a name could go on with: in other scripts, words follow without a space.
        goes_on = "0-9A-Za-z_\u00c0-\u024f" if text.isascii() else _LETTERS
        return rf"{spelled}(?!\.?[{goes_on}])"
    return rf"(?<![{_LETTERS}@-]){spelled}(?!\.?[{_LETTERS}]|-)"


def user_ids_in(value: Any) -> frozenset[str]:
    """Every user id anywhere in an answer."""
    return frozenset(_ids(value))


def without(value: Any, traces: Traces, name: str = "") -> Any:
    """A copy of `value` with neither items, mentions nor names of these people. Equal to `value` if there were none.

    `name` is that of the field it stands in, if any. Counts stay, also those that happen to be somebody's short id.
    """
    if isinstance(value, str):
        return value if _is_count(value, traces, name) else traces.blanked(value)
    if isinstance(value, list):
        return [without(item, traces, name) for item in value if not _is_theirs(item, traces)]
    if isinstance(value, dict):
        has_owner = any(_own_ids(value))
        return {
            without(key, traces): traces.mentions_blanked(inner)
            if has_owner and key in NAME_FIELDS and isinstance(inner, str)
            else {}
            if _names(inner, traces)
            else without(inner, traces, key)
            for key, inner in value.items()
        }
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in traces.user_ids:
        return value if _is_count(str(value), traces, name) else 0
    return value


def _is_count(text: str, traces: Traces, name: str) -> bool:
    return len(text) < LONG and text in traces.user_ids and _ID_NAME.search(name) is None


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _own_ids(value)
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _ids(inner)


def _own_ids(value: dict[str, Any]) -> Iterator[str]:
    for name in ID_FIELDS:
        known = value.get(name)
        if isinstance(known, (str, int)) and not isinstance(known, bool) and str(known).isdigit():
            yield str(known)


def _names(value: Any, traces: Traces) -> bool:
    """Whether an object is about one of them; the first id says about whom it is, further ones whom it points to."""
    return isinstance(value, dict) and next(_own_ids(value), None) in traces.user_ids


def _is_theirs(item: Any, traces: Traces) -> bool:
    if not isinstance(item, dict):
        return False
    word = item.get(WORD_FIELD)
    if isinstance(word, str) and word.strip().casefold() in traces.words:
        return True
    return _names(item, traces) or any(_is_theirs(item.get(name), traces) for name in OWNERS)
