"""Finds the people in an answer of the API, and takes some of them out of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

# The fields that hold a user id, wherever in an answer they stand.
ID_FIELDS = ("uid", "user_id", "author_user_id", "owner_id")
# Within an item of a list, the objects that say whose item it is.
OWNERS = ("author", "aweme_info", "user", "user_info")
WORD_FIELD = "trendingSearchWord"


@dataclass(frozen=True, slots=True)
class Traces:
    """What gives people away: their ids, words that are their names, and the texts to blank wherever they stand."""

    user_ids: Collection[str]
    texts: Collection[str] = ()
    words: Collection[str] = ()  # case-folded
    blank: str = "(erased)"
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spelled = sorted({*self.user_ids, *self.texts}, key=len, reverse=True)
        inner = "|".join(map(re.escape, spelled)) or "(?!)"
        object.__setattr__(self, "_pattern", re.compile(rf"(?<![\w@])(?:{inner})(?!\.?\w)", re.IGNORECASE))

    def blanked(self, text: str) -> str:
        """`text` with every trace blanked; a text that is one of the words is blanked whole."""
        return self.blank if text.casefold() in self.words else self._pattern.sub(self.blank, text)


def user_ids_in(value: Any) -> frozenset[str]:
    """Every user id anywhere in an answer."""
    return frozenset(_ids(value))


def without(value: Any, traces: Traces) -> Any:
    """A copy of `value` with neither items, mentions nor names of these people. Equal to `value` if there were none."""
    if isinstance(value, str):
        return traces.blanked(value)
    if isinstance(value, list):
        return [without(item, traces) for item in value if not _is_theirs(item, traces)]
    if isinstance(value, dict):
        return {name: {} if _names(inner, traces) else without(inner, traces) for name, inner in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in traces.user_ids:
        return 0
    return value


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
    return isinstance(value, dict) and any(user_id in traces.user_ids for user_id in _own_ids(value))


def _is_theirs(item: Any, traces: Traces) -> bool:
    if not isinstance(item, dict):
        return False
    word = item.get(WORD_FIELD)
    if isinstance(word, str) and word.strip().casefold() in traces.words:
        return True
    return _names(item, traces) or any(_is_theirs(item.get(name), traces) for name in OWNERS)
