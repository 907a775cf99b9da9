"""Search in the library: which video says or shows it, in which second, and what exactly matched."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import product
from typing import Any, Literal, NamedTuple

import psycopg

from include import database
from include.video_research import numbers
from include.words import plain_words

Source = Literal["speech", "screen", "caption"]
Order = Literal["best", "newest", "posted"]
ORDERS: tuple[Order, ...] = ("best", "newest", "posted")
_WEIGHTS: Mapping[Source, str] = {"caption": "A", "speech": "B", "screen": "C"}  # as the words of a video have them
LONGEST_TEXT = 300
LONGEST_TERM = 200
MOST_WORDS = 20
LATE = 1.0  # seconds after the beginning of a sentence, from which it is worth saying
# Of passages heard in noise and music those below have two words of five wrong, those above one of ten (docs/video_research.md).
UNCERTAIN = 0.75
NEAR = 60  # letters within which marks stand together
# Of so many matches, the newest, the best are looked for: of a word that is everywhere each is as good as the other.
MOST_RANKED = 1_000
MOST_RANKED_THERE = 250  # where it must stand in one source: whether it does, each video has to be read for
# As in library_terms(): scripts that write without spaces.
DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_PARTS = re.compile(f"([{DENSE}]+)|([^ {DENSE}]+)")
# As in word_in_one_script(): letters that look alike, which OCR mixes within a word.
_LATIN, _CYRILLIC = "abekmhopctyxijs", "авекмнорстухіјѕ"
_AS_LATIN, _AS_CYRILLIC = str.maketrans(_CYRILLIC, _LATIN), str.maketrans(_LATIN, _CYRILLIC)
_MIXED = re.compile("[a-z][\u0400-\u04ff]|[\u0400-\u04ff][a-z]")
LEAST_LOOKS = 5  # letters of a word that is sought by its looks as well: shorter ones are words of their own
MOST_NUMBERS = 3  # of a phrase, that are sought in all ways to write them
_QUOTED = re.compile(
    r'["\u201c\u201d\u201e\u00ab\u00bb]([^"\u201c\u201d\u201e\u00ab\u00bb]*)["\u201c\u201d\u201e\u00ab\u00bb]?'
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What answers must be besides matching; None and empty mean any. `source`: where it must be said or shown.

    `is_relevant`: as somebody judged it. `added_since`: new to whoever looked last then. `is_certain`: in passages that are not
    uncertain.
    """

    query_id: str | None = None
    author: str | None = None
    language: str | None = None
    posted_from: date | None = None
    posted_to: date | None = None
    speech_state: str | None = None
    source: Source | None = None
    is_relevant: bool | None = None
    added_since: datetime | None = None
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """Something said, shown or written that matched: from `second` to `until` (None in a caption), and the marks in its text.

    `marks` are pairs of places in `text`, the second not included. `words` and `probability` are as in a Segment, where the
    engine that wrote it down says so.
    """

    source: Source
    second: float | None
    until: float | None
    text: str
    marks: tuple[tuple[int, int], ...]
    words: tuple[tuple[int, float], ...] = ()
    probability: float | None = None

    @property
    def said_at(self) -> float | None:
        """The second in which what matched is said, as the engine heard it; else None.

        Of several marks the one counts where most of what was sought stands together.
        """
        if not self.marks or not self.words:
            return None
        number = bisect_right(self.words, (self._thickest, math.inf)) - 1
        return self.words[max(number, 0)][1]

    @property
    def about(self) -> float | None:
        """The same where only the whole passage has seconds: by its place among the letters.

        An estimate, as if all letters took the same time: so it is told as "about".
        """
        if self.source != "speech" or self.second is None or self.until is None or not self.marks:
            return None
        return self.second + (self.until - self.second) * self._thickest / len(self.text)

    @property
    def is_estimated(self) -> bool:
        """Whether `at` is an estimate."""
        return self.said_at is None and self.at != self.second

    @property
    def is_uncertain(self) -> bool:
        """Whether the engine hardly believed what it wrote."""
        return is_uncertain(self.probability)

    @property
    def comes_late(self) -> bool:
        """Whether what matched begins so late in the passage that it is worth saying."""
        return self.at is not None and self.second is not None and self.at - self.second >= LATE

    @property
    def at(self) -> float | None:
        """The second to look at: that of the words; where it can only be estimated, the beginning unless they come late."""
        if self.said_at is not None:
            return self.said_at
        about = self.about
        return about if about is not None and about - (self.second or 0.0) >= LATE else self.second

    @property
    def _thickest(self) -> int:
        """Where the NEAR letters begin that hold most marked ones; the first such place."""

        def marked_from(begins: int) -> int:
            return sum(end - start for start, end in self.marks if begins <= start < begins + NEAR)

        return max((start for start, _ in self.marks), key=lambda start: (marked_from(start), -start))


@dataclass(frozen=True, slots=True)
class Answer:
    """A video that matches, with its best passages, the first of them the best."""

    video_id: str
    url: str
    author: str | None
    caption: str | None
    language: str | None
    posted_at: datetime | None
    added_at: datetime
    duration_s: float | None
    sha256: Mapping[str, str]
    is_made_up: bool
    is_relevant: bool | None
    passages: tuple[Passage, ...] = field(default=())


class Sought(NamedTuple):
    """One word or phrase: its terms with their places, and whether the last may be a beginning."""

    terms: tuple[tuple[int, str], ...]
    is_open: bool

    @property
    def parts(self) -> tuple[Part, ...]:
        """Term by term, or several that are a number."""
        words = [term for _, term in self.terms]
        found: list[Part] = []
        at = 0
        while at < len(words):
            number = numbers.read(words, at) if sum(len(part.forms) > 1 for part in found) < MOST_NUMBERS else None
            length = number.length if number else 1
            typed = tuple(words[at : at + length])
            others = tuple(form for form in number.forms if form != typed) if number else _looks(typed[0])
            found.append(Part(self.terms[at][0], length, (typed, *others)))
            at += length
        return tuple(found)


class Part(NamedTuple):
    """What stands at a place of a phrase: so many terms as they were typed, then other ways to write them."""

    place: int
    length: int
    forms: tuple[numbers.Form, ...]


def is_uncertain(probability: float | None) -> bool:
    """Whether a passage is marked; what an engine says nothing of is not."""
    return probability is not None and probability < UNCERTAIN


def terms(text: str) -> list[str]:
    """What a text of the library is found by, in order; the same as library_terms() in SQL."""
    return [term for _, term in _placed(text, is_sought=False)]


def sought(text: str) -> str | None:
    """The tsquery for what somebody typed: all words, phrases in quotation marks, the last word also as a beginning.

    None where no word is in it: then nothing is looked for.
    """
    return _all_of(_sought(text))


def find(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    *,
    limit: int = 20,
    skip: int = 0,
    order: Order = "best",
    passages: int = 3,
) -> list[Answer]:
    """The videos that match `text`, each with its best passages; without a word in it all videos, newest first."""
    wanted = _sought(text[:LONGEST_TEXT])
    parameters = {
        **{name: value for name, value in asdict(filters).items() if name != "is_certain"},
        "least_sure": UNCERTAIN if filters.is_certain else None,
        "sought": _all_of(wanted),
        "terms": _terms_of([each for each in wanted if not _neighbours(each)]),
        "phrases": _phrases([each for each in wanted if _neighbours(each)]),
        "is_exact": all(len(form) == 1 for each in wanted for form in _forms(each)),
        "in_part": _any_of(wanted),
        "in_source": _any_of(wanted, _WEIGHTS[filters.source]) if filters.source else None,
        "ordered_by": order if wanted or order == "posted" else "newest",
        "most": limit,
        "skipped": skip,
        "most_ranked": MOST_RANKED if filters.source is None else MOST_RANKED_THERE,
    }
    with _undone(connection):
        if wanted:
            database.rows(connection, "video_research/lean_on_indexes")
        found = database.rows(connection, "video_research/find_videos", parameters)
        quoted = _passages(connection, found, parameters, passages) if wanted else {}
    return [_answer(row, quoted.get(row["video_id"], []), wanted) for row in found]


def as_json(answer: Answer) -> dict[str, Any]:
    """The best passage of an answer, flat: for a report, or a file."""
    best = answer.passages[0] if answer.passages else None
    return {
        "video_id": answer.video_id,
        "url": answer.url,
        "author": answer.author,
        "source": best.source if best else None,
        "second": best.second if best else None,
        "about": round(best.at, 1) if best and best.at is not None else None,
        "is_estimated": best.is_estimated if best else False,
        "is_uncertain": best.is_uncertain if best else False,
        "text": best.text if best else answer.caption or "",
    }


def marks(text: str, wanted: Sequence[Sought]) -> tuple[tuple[int, int], ...]:
    """Where in `text` something of it stands: pairs of places, in order, none overlapping."""
    words = [(*span, "".join(_plain(text[slice(*span)]))) for span in _words_in(text)]
    phrases = [each for each in wanted if _is_phrase(each)]
    single = [each for each in wanted if not _is_phrase(each)]
    found = [mark for each in phrases for mark in _phrase_in(words, each)]
    for begins, ends, folded in words:
        found += _marks_in(begins, ends, folded, single)
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(found):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((begins, ends))
    return tuple(merged)


@contextmanager
def _undone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """What is set here is set for nothing else, also not for what the caller asks next in the same transaction."""
    is_idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    with (
        database.transaction(connection) if is_idle else nullcontext(),
        connection.transaction(force_rollback=True),
    ):
        yield


def _passages(
    connection: psycopg.Connection[Any], found: Sequence[database.Row], parameters: Mapping[str, Any], most: int
) -> dict[str, list[database.Row]]:
    asked = {
        "video_ids": [row["video_id"] for row in found],
        "sought": parameters["sought"],
        "in_part": parameters["in_part"],
        "source": parameters["source"],
        "least_sure": parameters["least_sure"],
        "most": most,
    }
    grouped: dict[str, list[database.Row]] = {}
    for row in database.rows(connection, "video_research/find_passages", asked):
        grouped.setdefault(row["video_id"], []).append(row)
    return grouped


def _answer(row: database.Row, quoted: Sequence[database.Row], wanted: Sequence[Sought]) -> Answer:
    found = tuple(
        Passage(
            each["source"],
            each["starts_s"],
            each["ends_s"],
            each["text"],
            marks(each["text"], wanted),
            tuple(zip(each["word_letters"] or (), each["word_seconds"] or (), strict=False)),
            each["probability"],
        )
        for each in quoted
    )
    return Answer(**{name: row[name] for name in _OF_VIDEO}, passages=found)


_OF_VIDEO = (
    "video_id",
    "url",
    "author",
    "caption",
    "language",
    "posted_at",
    "added_at",
    "duration_s",
    "sha256",
    "is_made_up",
    "is_relevant",
)


def _plain(text: str) -> list[str]:
    return [word_in_one_script(word) for word in plain_words(text)]


def word_in_one_script(word: str) -> str:
    """A plain word that mixes Latin and Cyrillic letters, as it looks: in Latin ones, or where that cannot be in the others.

    As it is where both have letters of their own. The same in SQL.
    """
    if _MIXED.search(word) is None:
        return word
    latin, cyrillic = word.translate(_AS_LATIN), word.translate(_AS_CYRILLIC)
    if re.search("[\u0400-\u04ff]", latin) is None:
        return latin
    return cyrillic if re.search("[a-z]", cyrillic) is None else word


def _looks(term: str) -> tuple[numbers.Form, ...]:
    """What an engine that knows Latin letters alone reads where this Cyrillic word is written; nothing where that differs."""
    latin = term.translate(_AS_LATIN)
    is_another = latin != term and len(term) >= LEAST_LOOKS and re.fullmatch("[a-z]+", latin) is not None
    return ((latin,),) if is_another else ()


def _placed(text: str, *, is_sought: bool) -> list[tuple[int, str]]:
    """Terms with their places. The last letter of a run by itself is nothing to look for where it has one before it."""
    placed: list[tuple[int, str]] = []
    place = 0
    for run in _PARTS.finditer(" ".join(_plain(text))):
        dense, other = run.groups()
        letters = dense or ""
        for at in range(len(letters)):
            place += 1
            if not is_sought or len(letters) == 1 or at < len(letters) - 1:
                placed.append((place, letters[at : at + 2]))
        if other is not None:
            place += 1
            placed.append((place, other[:LONGEST_TERM]))
    return placed


def _sought(text: str) -> list[Sought]:
    """Phrases and words, in the order they were typed, at most MOST_WORDS of them."""
    found: list[Sought] = []
    at = 0
    for quoted in _QUOTED.finditer(text):
        found += _single(text[at : quoted.start()], is_last=False)
        phrase = _placed(quoted[1], is_sought=True)
        if phrase:
            found.append(Sought(tuple(phrase), is_open=False))
        at = quoted.end()
    found += _single(text[at:], is_last=not text.endswith(" "))
    return found[:MOST_WORDS]


def _single(text: str, *, is_last: bool) -> list[Sought]:
    words = _plain(text)
    found: list[Sought] = []
    at = 0
    while at < len(words):
        number = numbers.read(words, at)
        length = number.length if number else 1
        found.append(Sought(tuple(_placed(" ".join(words[at : at + length]), is_sought=True)), is_open=False))
        at += length
    found = [each for each in found if each.terms]
    if found and is_last:
        found[-1] = Sought(found[-1].terms, is_open=True)
    return found


def _all_of(wanted: Sequence[Sought]) -> str | None:
    return " & ".join(_as_query(each) for each in wanted) or None


def _any_of(wanted: Sequence[Sought], weight: str = "") -> str | None:
    """For a passage: any of it, as its words may be spread over a video. With a weight: that stand in this part of the video."""
    return " | ".join(_as_query(each, weight) for each in wanted) or None


def _terms_of(wanted: Sequence[Sought]) -> str | None:
    """All terms, wherever they stand: what an index knows without reading a video."""
    return " & ".join(_as_terms(each, part) for each in wanted for part in each.parts) or None


def _phrases(wanted: Sequence[Sought]) -> str | None:
    """The terms that have to stand side by side, as a tsvector in which a place is free between two phrases."""
    placed: list[str] = []
    after = 0
    for each in wanted:
        placed += [f"'{term}':{after + place}" for place, term in _neighbours(each)]
        after += each.terms[-1][0] + 1
    return " ".join(placed) or None


def _neighbours(each: Sought) -> list[tuple[int, str]]:
    """Those of its terms that have another one beside them, neither of which is a number or may begin longer ones."""
    ways = {part.place + later for part in each.parts if len(part.forms) > 1 for later in range(part.length)}
    whole = {
        place: term
        for number, (place, term) in enumerate(each.terms)
        if place not in ways and not _is_beginning(each, number)
    }
    return [(place, term) for place, term in whole.items() if place - 1 in whole or place + 1 in whole]


def _as_query(each: Sought, weight: str = "") -> str:
    """A term, or terms at their distances; where there are several ways to write a number, with each of them.

    Ways of one length at a time: of several, the server does not know where the one that it found ends.
    """
    parts = each.parts
    if len(parts) == 1:
        return _any([_as_form(each, parts[0], form, weight) for form in parts[0].forms])
    lengths = [dict.fromkeys(len(form) for form in part.forms) for part in parts]
    found = []
    for chosen in product(*lengths):
        told = ""
        after = 0
        for part, length in zip(parts, chosen, strict=True):
            told += f" <{part.place - after + 1}> " if told else ""
            ways = [_as_form(each, part, form, weight) for form in part.forms if len(form) == length]
            told += _any(ways)
            after = part.place + part.length
        found.append(f"({told})")
    return _any(found)


def _as_terms(each: Sought, part: Part) -> str:
    """A part, its terms in any order."""
    return _any([_as_form(each, part, form, "", " & ") for form in part.forms])


def _any(ways: Sequence[str]) -> str:
    return f"({' | '.join(ways)})" if len(ways) > 1 else ways[0]


def _as_form(each: Sought, part: Part, form: numbers.Form, weight: str, between: str = " <1> ") -> str:
    """As it was typed, the last word may be a beginning; in other ways it is whole."""
    first = next(number for number, (place, _) in enumerate(each.terms) if place == part.place)
    is_typed = form == part.forms[0]
    told = [
        _as_term(term, is_open=is_typed and _is_open(each, first + number), weight=weight)
        for number, term in enumerate(form)
    ]
    return f"({between.join(told)})" if len(told) > 1 else told[0]


def _as_term(term: str, *, is_open: bool, weight: str = "") -> str:
    how = ("*" if is_open else "") + weight
    return f"'{term}'" + (f":{how}" if how else "")


def _forms(each: Sought) -> list[numbers.Form]:
    """All ways to write it; of a phrase one, whose length is more than one."""
    return list(each.parts[0].forms) if len(each.parts) == 1 else [tuple(term for _, term in each.terms)]


def _is_open(each: Sought, number: int) -> bool:
    """Whether it may be a beginning: the last, and a single letter of a dense script, which is one of a pair."""
    return (each.is_open and number == len(each.terms) - 1) or _is_dense(each.terms[number][1], 1)


def _is_beginning(each: Sought, number: int) -> bool:
    """Whether longer terms begin with it: none does with a pair of a dense script."""
    return _is_open(each, number) and not _is_dense(each.terms[number][1], 2)


def _is_dense(term: str, letters: int) -> bool:
    return len(term) == letters and re.fullmatch(f"[{DENSE}]+", term) is not None


@cache
def _word() -> re.Pattern[str]:
    from include.words import LETTERS, SILENT

    return re.compile(f"[{LETTERS}][{LETTERS}{SILENT}]*")


def _words_in(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _word().finditer(text)]


def _is_phrase(each: Sought) -> bool:
    """Words side by side; where a script does not part words, their letters are looked for one by one."""
    pieces = _pieces(each)
    is_long = len(pieces) > 1 or any(len(form) > 1 for form in pieces[0])
    return is_long and not any(re.search(f"[{DENSE}]", forms[0][0]) for forms in pieces)


def _phrase_in(words: Sequence[tuple[int, int, str]], each: Sought) -> list[tuple[int, int]]:
    """Where all words of a phrase stand one after the other: each is marked, and none that stands by itself."""
    heard = [word for word in words if word[2]]
    folded = [word[2] for word in heard]
    pieces = _pieces(each)
    found = []
    for first in range(len(heard)):
        after = _after(folded, first, pieces, each.is_open)
        found += [(begins, ends) for begins, ends, _ in heard[first : after or first]]
    return found


def _after(folded: Sequence[str], at: int, pieces: Sequence[tuple[numbers.Form, ...]], is_open: bool) -> int | None:
    """Where the word after the phrase is, if it begins there."""
    if not pieces:
        return at
    for number, form in enumerate(pieces[0]):
        beside = tuple(folded[at : at + len(form)])
        is_begun = is_open and len(pieces) == 1 and number == 0 and len(beside) == len(form)
        if beside == form or (is_begun and beside[:-1] == form[:-1] and beside[-1].startswith(form[-1])):
            after = _after(folded, at + len(form), pieces[1:], is_open)
            if after is not None:
                return after
    return None


def _marks_in(begins: int, ends: int, folded: str, wanted: Sequence[Sought]) -> list[tuple[int, int]]:
    """Of one word of a text; in dense scripts the parts that match, where folding moved no letter."""
    found = []
    for each in wanted:
        for forms in _pieces(each):
            piece = forms[0][0]
            is_dense = re.search(f"[{DENSE}]", piece) is not None
            if not is_dense and ((folded,) in forms or (each.is_open and folded.startswith(piece))):
                found.append((begins, ends))
            elif is_dense and piece in folded:
                if len(folded) != ends - begins:
                    found.append((begins, ends))
                    continue
                at = folded.find(piece)
                while at >= 0:
                    found.append((begins + at, begins + at + len(piece)))
                    at = folded.find(piece, at + 1)
    return found


def _pieces(each: Sought) -> list[tuple[numbers.Form, ...]]:
    """The words of it as they were typed, numbers in all ways to write them: pairs of letters put together again."""
    pieces: list[tuple[numbers.Form, ...]] = []
    before = -1
    for part in each.parts:
        term = part.forms[0][0]
        is_dense = re.fullmatch(f"[{DENSE}]+", term) is not None
        if is_dense and pieces and part.place == before + 1 and re.search(f"[{DENSE}]$", pieces[-1][0][0]):
            pieces[-1] = ((pieces[-1][0][0] + term[-1],),)
        else:
            pieces.append(part.forms)
        before = part.place + part.length - 1
    return pieces
