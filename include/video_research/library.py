"""Search in the library: which video says or shows it, in which second, and what exactly matched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, NamedTuple

import psycopg

from include import database
from include.words import plain_words

Source = Literal["speech", "screen", "caption"]
Order = Literal["best", "newest", "posted"]
ORDERS: tuple[Order, ...] = ("best", "newest", "posted")
_WEIGHTS: Mapping[Source, str] = {"caption": "A", "speech": "B", "screen": "C"}  # as the words of a video have them
LONGEST_TEXT = 300
LONGEST_TERM = 200
MOST_WORDS = 20
LATE = 1.0  # seconds after the beginning of a sentence, from which it is worth saying
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
_QUOTED = re.compile(
    r'["\u201c\u201d\u201e\u00ab\u00bb]([^"\u201c\u201d\u201e\u00ab\u00bb]*)["\u201c\u201d\u201e\u00ab\u00bb]?'
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What answers must be besides matching; None and empty mean any. `source`: where it must be said or shown.

    `is_relevant`: as somebody judged it. `added_since`: new to whoever looked last then.
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


@dataclass(frozen=True, slots=True)
class Passage:
    """Something said, shown or written that matched: from `second` to `until` (None in a caption), and the marks in its text.

    `marks` are pairs of places in `text`, the second not included.
    """

    source: Source
    second: float | None
    until: float | None
    text: str
    marks: tuple[tuple[int, int], ...]

    @property
    def about(self) -> float | None:
        """The second near which what matched is said, by its place among the letters of the sentence; else None.

        An estimate, as if all letters took the same time: so it is told as "about". Of several marks the place counts where
        most of what was sought stands together.
        """
        if self.source != "speech" or self.second is None or self.until is None or not self.marks:
            return None
        return self.second + (self.until - self.second) * self._thickest / len(self.text)

    @property
    def at(self) -> float | None:
        """The second to look at: near the words where they come late in a sentence, else its beginning."""
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
        **asdict(filters),
        "sought": _all_of(wanted),
        "terms": _terms_of([each for each in wanted if not _neighbours(each)]),
        "phrases": _phrases([each for each in wanted if _neighbours(each)]),
        "is_exact": all(len(each.terms) == 1 for each in wanted),
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
        "text": best.text if best else answer.caption or "",
    }


def marks(text: str, wanted: Sequence[Sought]) -> tuple[tuple[int, int], ...]:
    """Where in `text` something of it stands: pairs of places, in order, none overlapping."""
    words = [(*span, "".join(plain_words(text[slice(*span)]))) for span in _words_in(text)]
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
        "most": most,
    }
    grouped: dict[str, list[database.Row]] = {}
    for row in database.rows(connection, "video_research/find_passages", asked):
        grouped.setdefault(row["video_id"], []).append(row)
    return grouped


def _answer(row: database.Row, quoted: Sequence[database.Row], wanted: Sequence[Sought]) -> Answer:
    found = tuple(
        Passage(each["source"], each["starts_s"], each["ends_s"], each["text"], marks(each["text"], wanted))
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


def _placed(text: str, *, is_sought: bool) -> list[tuple[int, str]]:
    """Terms with their places. The last letter of a run by itself is nothing to look for where it has one before it."""
    placed: list[tuple[int, str]] = []
    place = 0
    for run in _PARTS.finditer(" ".join(plain_words(text))):
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
    words = plain_words(text)
    found = [Sought(tuple(_placed(word, is_sought=True)), is_open=False) for word in words]
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
    return " & ".join(_as_term(each, number) for each in wanted for number in range(len(each.terms))) or None


def _phrases(wanted: Sequence[Sought]) -> str | None:
    """The terms that have to stand side by side, as a tsvector in which a place is free between two phrases."""
    placed: list[str] = []
    after = 0
    for each in wanted:
        placed += [f"'{term}':{after + place}" for place, term in _neighbours(each)]
        after += each.terms[-1][0] + 1
    return " ".join(placed) or None


def _neighbours(each: Sought) -> list[tuple[int, str]]:
    """Those of its terms that have another one beside them, neither of which longer ones may begin with."""
    whole = {place: term for number, (place, term) in enumerate(each.terms) if not _is_beginning(each, number)}
    return [(place, term) for place, term in whole.items() if place - 1 in whole or place + 1 in whole]


def _as_query(each: Sought, weight: str = "") -> str:
    """A term, or terms at their distances."""
    told = ""
    before = 0
    for number, (place, _) in enumerate(each.terms):
        told += f" <{place - before}> " if number else ""
        told += _as_term(each, number, weight)
        before = place
    return f"({told})" if len(each.terms) > 1 else told


def _as_term(each: Sought, number: int, weight: str = "") -> str:
    how = ("*" if _is_open(each, number) else "") + weight
    return f"'{each.terms[number][1]}'" + (f":{how}" if how else "")


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
    return len(pieces) > 1 and not any(re.search(f"[{DENSE}]", piece) for piece in pieces)


def _phrase_in(words: Sequence[tuple[int, int, str]], each: Sought) -> list[tuple[int, int]]:
    """Where all words of a phrase stand one after the other: each is marked, and none that stands by itself."""
    heard = [word for word in words if word[2]]
    pieces = _pieces(each)
    found = []
    for first in range(len(heard) - len(pieces) + 1):
        beside = heard[first : first + len(pieces)]
        whole = [folded for _, _, folded in beside]
        is_last_one = whole[-1].startswith(pieces[-1]) if each.is_open else whole[-1] == pieces[-1]
        if whole[:-1] == pieces[:-1] and is_last_one:
            found += [(begins, ends) for begins, ends, _ in beside]
    return found


def _marks_in(begins: int, ends: int, folded: str, wanted: Sequence[Sought]) -> list[tuple[int, int]]:
    """Of one word of a text; in dense scripts the parts that match, where folding moved no letter."""
    found = []
    for each in wanted:
        for piece in _pieces(each):
            is_dense = re.search(f"[{DENSE}]", piece) is not None
            if not is_dense and (folded == piece or (each.is_open and folded.startswith(piece))):
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


def _pieces(each: Sought) -> list[str]:
    """The words of it as they were typed: pairs of letters put together again."""
    pieces: list[str] = []
    before = -1
    for place, term in each.terms:
        is_dense = re.fullmatch(f"[{DENSE}]+", term) is not None
        if is_dense and pieces and place == before + 1 and re.search(f"[{DENSE}]$", pieces[-1]):
            pieces[-1] += term[-1]
        else:
            pieces.append(term)
        before = place
    return pieces
