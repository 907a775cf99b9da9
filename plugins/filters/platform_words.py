"""Layer 1: does a creator's handle, nickname or bio name another platform or a repost account?

How a text becomes words: it is folded (`letters`), cut at everything that is no letter or digit, then also between
letters and digits, at camelCase, and where the script changes. A word counts only whole: "streams" is not "streaming".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plugins.filters.letters import DIGIT, LETTER, LOWER, UPPER, Glyph, read_glyphs
from plugins.filters.rules import EdgeToken, PlatformRules, Rules
from plugins.filters.verdicts import Refusal

LAYER = "platform"
_SHORT = 4  # a word below this length must hold one truly Latin letter: Cyrillic "УТ" is not "yt"
_LONGEST_GAP = 8  # between the words of a phrase, and between spaced-out letters
_JOINERS = frozenset("._-‐‑–—·~|/+*•")
_HYPHENS = frozenset("-‐‑")

_POINTERS = frozenset(":=@/→➜➡👉👇⬇↓⤵")  # what points from a label to the name
_WIDEST_GAP = 4  # letters and signs looked at behind a label

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of letters and digits, glyphs `[start, end)`, and the places inside it where a word may end or begin."""

    start: int
    end: int
    borders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A field read once: its glyphs, its plain text (one character per glyph) and its chunks."""

    glyphs: tuple[Glyph, ...]
    plain: str
    chunks: tuple[Chunk, ...]


def judge_platform(rules: Rules, *, handle: str, nickname: str = "", bio: str = "") -> Refusal | None:
    """The first refusal among handle, nickname and bio, in this order; None lets the creator pass.

    Never raises on any text. `matched_text` is cut from the field as it was given.
    """
    for field, text in (("handle", handle), ("nickname", nickname), ("bio", bio)):
        matched = _match(rules.platform, field, text)
        if matched is not None:
            return Refusal(LAYER, field, matched)
    return None


def _match(rules: PlatformRules, field: str, text: str) -> str | None:
    """The leftmost (then longest) offending stretch of the text."""
    glyphs = read_glyphs(text)
    plain = "".join(glyph.plain for glyph in glyphs)
    reading = _Reading(glyphs, plain, tuple(_chunks(glyphs)))
    spans = [*_whole_words(rules, reading), *_phrases(rules.phrases, reading), *_spaced_letters(rules, reading)]
    spans += [*_written_together(rules, reading), *_labels(rules, reading)]
    if field != "handle":
        spans += _addresses(rules, reading)  # a handle is not an address
    if field == "handle" or not any(char.isspace() for char in text.strip()):
        spans += _edges(rules, reading) if field != "bio" else ()
    if not spans:
        return None
    start, end = min(spans, key=lambda span: (span[0], -span[1]))
    return text[glyphs[start].start : glyphs[end - 1].end]


def _chunks(glyphs: tuple[Glyph, ...]) -> Iterator[Chunk]:
    start: int | None = None
    for here, glyph in enumerate((*glyphs, None)):
        if glyph is not None and glyph.in_word:
            start = here if start is None else start
        elif start is not None:
            yield Chunk(start, here, _borders(glyphs, start, here))
            start = None


def _borders(glyphs: tuple[Glyph, ...], start: int, end: int) -> tuple[int, ...]:
    inside = (here for here in range(start + 1, end) if _is_border(glyphs, start, here, end))
    decoration = _x_decoration(glyphs, start, end)
    return tuple(sorted({start, end, *decoration, *inside}))


def _is_border(glyphs: tuple[Glyph, ...], start: int, here: int, end: int) -> bool:
    left, right = glyphs[here - 1], glyphs[here]
    if (left.kind == DIGIT) != (right.kind == DIGIT) or not left.same_word_as(right):
        return True
    if left.kind in (LOWER, LETTER) and right.kind == UPPER:
        return True  # luna|YT
    if left.kind != UPPER:
        return False
    if right.kind == UPPER:  # TT|Vara, as in HTTPServer
        return here + 1 < end and glyphs[here + 1].kind == LOWER
    return right.kind == LOWER and here - 2 >= start and glyphs[here - 2].kind == UPPER  # YT|marco


def _x_decoration(glyphs: tuple[Glyph, ...], start: int, end: int) -> tuple[int, ...]:
    """The inner edges of gamers' "xX...Xx"."""
    plain = "".join(glyph.plain for glyph in glyphs[start:end])
    found = re.fullmatch(r"(x{2,})[^x].*?(x{2,})", plain)
    return (start + found.end(1), start + found.start(2)) if found else ()


def _whole_words(rules: PlatformRules, reading: _Reading) -> list[Span]:
    longest = max(map(len, rules.words), default=0)
    innocent = _innocent(rules, reading)
    return [
        span
        for chunk in reading.chunks
        for span in _stretches(chunk, longest)
        if _is_word(rules.words, reading, span) and not any(a <= span[0] and span[1] <= b for a, b in innocent)
    ]


def _stretches(chunk: Chunk, longest: int) -> Iterator[Span]:
    for n, left in enumerate(chunk.borders):
        for right in chunk.borders[n + 1 :]:
            if right - left > longest:
                break
            yield left, right


def _is_word(words: frozenset[str], reading: _Reading, span: Span) -> bool:
    start, end = span
    if reading.plain[start:end] not in words:
        return False
    return end - start >= _SHORT or any(glyph.script == "LATIN" for glyph in reading.glyphs[start:end])


def _innocent(rules: PlatformRules, reading: _Reading) -> list[Span]:
    """KickBoxing and kick-boxing are kickboxing: where they stand, "kick" is no word of its own; nor "snap" in "oh snap"."""
    longest = max(map(len, rules.innocent_compounds), default=0)
    plain, spans = reading.plain, []
    for chunk in reading.chunks:
        spans += [(a, b) for a, b in _stretches(chunk, longest) if plain[a:b] in rules.innocent_compounds]
    for left, right in zip(reading.chunks, reading.chunks[1:], strict=False):
        hyphen = plain[left.end : right.start] in _HYPHENS
        if hyphen and plain[left.start : left.end] + plain[right.start : right.end] in rules.innocent_compounds:
            spans.append((left.start, right.end))
    return spans + _phrases(rules.innocent_phrases, reading)


def _phrases(phrases: frozenset[tuple[str, ...]], reading: _Reading) -> list[Span]:
    """Phrases across chunks; inside a chunk ("FanPage") they are whole words already."""
    return [
        (left, end)
        for phrase in phrases
        for n, chunk in enumerate(reading.chunks)
        for left in chunk.borders
        if reading.plain[left : chunk.end] == phrase[0]
        if (end := _phrase_end(phrase, reading, n)) is not None
    ]


def _phrase_end(phrase: tuple[str, ...], reading: _Reading, first: int) -> int | None:
    """Where the phrase ends whose first word ends the chunk `first`; None if it does not go on there."""
    for step, word in enumerate(phrase[1:], start=1):
        if first + step >= len(reading.chunks):
            return None
        before, chunk = reading.chunks[first + step - 1], reading.chunks[first + step]
        end = chunk.start + len(word)
        last = step == len(phrase) - 1
        whole = end in chunk.borders if last else end == chunk.end
        joined = _joins(reading.plain[before.end : chunk.start])
        if not (joined and whole and reading.plain[chunk.start : end] == word):
            return None
    return end


def _joins(gap: str) -> bool:
    """Whether a reader goes on over the gap: "fan page", "fan_page", "fan💗page"; but not "best. Of" or "best, of"."""
    if len(gap) > _LONGEST_GAP or "\n" in gap:
        return False
    if any(char in _JOINERS - _HYPHENS for char in gap):
        return not any(char.isspace() for char in gap)
    return all(char.isspace() or char in _HYPHENS or _is_picture(char) for char in gap)


def _is_picture(char: str) -> bool:
    return ord(char) >= 0x2190 and not char.isalnum() and not 0x3000 <= ord(char) <= 0x303F


def _spaced_letters(rules: PlatformRules, reading: _Reading) -> list[Span]:
    """ "t w i t c h", "y.o.u.t.u.b.e": single letters, one and the same gap between them, spelling just that word."""
    spans = []
    for run in _runs_of_letters(reading):
        word = "".join(reading.plain[chunk.start] for chunk in run)
        if len(word) >= _SHORT and word in rules.words:
            spans.append((run[0].start, run[-1].end))
    return spans


def _runs_of_letters(reading: _Reading) -> Iterator[list[Chunk]]:
    run: list[Chunk] = []
    gap_of_run = ""
    for chunk in reading.chunks:
        if chunk.end - chunk.start > 1:
            yield run
            run = []
            continue
        gap = reading.plain[run[-1].end : chunk.start] if run else ""
        if (len(run) > 1 and gap != gap_of_run) or len(gap) > _LONGEST_GAP:
            yield run
            run = []
        gap_of_run = gap
        run.append(chunk)
    yield run


def _written_together(rules: PlatformRules, reading: _Reading) -> list[Span]:
    """Names in scripts that do not part words (유튜브에서): anywhere in the text."""
    found = ((reading.plain.find(name), len(name)) for name in rules.written_together)
    return [(start, start + length) for start, length in found if start >= 0]


def _labels(rules: PlatformRules, reading: _Reading) -> list[Span]:
    """Short names that mean much else ("fb" is also "follow back"): only where they stand before a name, "fb: lena"."""
    return [
        (chunk.start, chunk.end)
        for chunk in reading.chunks
        if _is_word(rules.only_as_labels, reading, (chunk.start, chunk.end))
        if reading.plain[chunk.end : chunk.end + _WIDEST_GAP].lstrip()[:1] in _POINTERS
    ]


def _addresses(rules: PlatformRules, reading: _Reading) -> list[Span]:
    """Domains of a platform whose name is not in them (youtu.be), with any subdomain; not netflix.com for x.com.

    Nor the end of a sentence with an apostrophe: "I can't.me too" is no t.me.
    """
    spans = []
    for address in rules.addresses:
        pattern = rf"(?<!\w')(?<![\w-]){re.escape(address)}(?![\w-]|\.\w)"
        spans += [match.span() for match in re.finditer(pattern, reading.plain)]
    return spans


def _edges(rules: PlatformRules, reading: _Reading) -> list[Span]:
    """Tokens glued to the first or last word of a handle: ttvjaxon, linayt, but not hoyt."""
    words = [
        (left, right)
        for chunk in reading.chunks
        for left, right in zip(chunk.borders, chunk.borders[1:], strict=False)
        if reading.glyphs[left].kind != DIGIT
    ]
    if not words:
        return []
    first, last = words[0], words[-1]
    spans = []
    for edge in rules.edge_tokens:
        size = len(edge.token)
        if _glued_in_front(edge, reading.plain[slice(*first)]):
            spans.append((first[0], first[0] + size))
        if _glued_at_the_end(edge, reading.plain[slice(*last)]):
            spans.append((last[1] - size, last[1]))
    return [span for span in spans if any(g.script == "LATIN" for g in reading.glyphs[slice(*span)])]


def _glued_in_front(edge: EdgeToken, word: str) -> bool:
    return (
        word.isascii()
        and word.startswith(edge.token)
        and len(word) - len(edge.token) >= edge.shortest_rest
        and not word.startswith(edge.innocent_beginnings)
    )


def _glued_at_the_end(edge: EdgeToken, word: str) -> bool:
    return (
        word.isascii()
        and word.endswith(edge.token)
        and len(word) - len(edge.token) >= edge.shortest_rest
        and not word.endswith(edge.innocent_endings)
    )
