"""Numbers that are written in figures here and in words there: the search takes the one for the other, texts stay as they are.

`numbers.txt` has 0 to 100 and round ones in Dutch, English, French, German, Indonesian, Italian, Polish, Portuguese, Russian,
Spanish, Swedish, Turkish and Ukrainian, in plain words. Left out are articles and pronouns ("un"), words that mean something
common in another of these languages ("once", "tres", "dos", "due"), and those that mostly multiply others ("thousand").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

Form = tuple[str, ...]  # plain words side by side
_FILE = Path(__file__).with_name("numbers.txt")


class Read(NamedTuple):
    """A number that was read: all ways to write it, and how many words this one takes."""

    forms: tuple[Form, ...]
    length: int


def read(words: Sequence[str], at: int) -> Read | None:
    """The longest number that begins with the word `at`; None where none does."""
    table = _table()
    for length in range(min(_longest(), len(words) - at), 0, -1):
        forms = table.get(tuple(words[at : at + length]))
        if forms is not None:
            return Read(forms, length)
    return None


@cache
def _table() -> Mapping[Form, tuple[Form, ...]]:
    """All ways to write a number, by each of them; figures come first."""
    found: dict[Form, tuple[Form, ...]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        figures, _, words = line.partition(": ")
        ways = [(figures,), *(tuple(way.split()) for way in words.split(", "))]
        if len(figures) > 3:  # 10,000 and 10.000 are two words to the index
            ways.insert(1, tuple(f"{int(figures):,}".split(",")))
        found |= dict.fromkeys(ways, tuple(ways))
    return found


@cache
def _longest() -> int:
    return max(len(form) for form in _table())
