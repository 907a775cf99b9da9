"""Layer 2: does a caption narrate somebody else, that is, begin with bro, he, she or they?

"She/her" is no narration: people say so how they want to be called. Like mentions and hashtags it is passed over, and the
word behind it is asked.
"""

from plugins.filters.letters import APOSTROPHE, DIGIT, Glyph, read_glyphs
from plugins.filters.rules import PronounRules, Rules
from plugins.filters.verdicts import Refusal

LAYER = "pronoun"
_INNER = frozenset("'-‐‑_")  # inside a word they hold it together: he's, he-man, she_ra
_SLASHES = frozenset("/|\\·•⁄∕")
_DECLARED_WIDEST_GAP = 5  # a slash with blanks about it
_EITHER = frozenset({"he", "she"})  # "he/she said": somebody, whoever it is
_LONGEST = 64  # glyphs of a first word that are read


def judge_pronoun(rules: Rules, caption: str) -> Refusal | None:
    """Refuses a caption by its first word; leading emoji, quotes, punctuation, mentions and hashtags are skipped.

    Never raises on any text. `matched_text` is the first word as it stands in the caption.
    """
    glyphs = read_glyphs(caption)
    start = _first_word_start(glyphs)
    while (end := _declaration_end(rules.pronoun, glyphs, start)) is not None:
        start = _first_word_start(glyphs, end)
    word = glyphs[start : _word_end(glyphs, start)]
    if not word or not _narrates(rules.pronoun, word):
        return None
    return Refusal(LAYER, "caption", caption[word[0].start : word[-1].end])


def _declaration_end(rules: PronounRules, glyphs: tuple[Glyph, ...], start: int) -> int | None:
    """Where pronouns that somebody declares end: "she/her", "he / him / his", "they|them", "she her 🌈"; None without any."""
    parts: list[str] = []
    signs: set[str] = set()  # what stands between them: one and the same
    here = last = start
    while len(signs) < 2:
        end = _word_end(glyphs, here)
        word = "".join(glyph.plain for glyph in glyphs[here:end])
        if word not in rules.declared or any(glyph.accented for glyph in glyphs[here:end]):
            break
        parts.append(word)
        last, here = end, _first_word_start(glyphs, end)
        gap = "".join(glyph.plain for glyph in glyphs[end:here])
        if len(gap) > _DECLARED_WIDEST_GAP or gap.strip() not in _SLASHES | {""}:
            break
        signs.add(gap.strip())
    if len(parts) < 2 or parts[0] not in rules.words:
        return None
    has_slash = any(glyph.plain in _SLASHES for glyph in glyphs[start:last])
    goes_on = last < len(glyphs) and _is_followed_by_word(glyphs, last)
    # Without a slash, or with both sexes, it is a declaration only where no sentence goes on: "she her 🌈", "he/she".
    is_said = has_slash and set(parts) != _EITHER
    return last if is_said or not goes_on else None


def _is_followed_by_word(glyphs: tuple[Glyph, ...], here: int) -> bool:
    while here < len(glyphs) and glyphs[here].plain == " ":
        here += 1
    return here < len(glyphs) and glyphs[here].in_word


def _first_word_start(glyphs: tuple[Glyph, ...], start: int = 0) -> int:
    here = start
    while here < len(glyphs) and not glyphs[here].in_word:
        inner = {"#": "_", "@": "_."}.get(glyphs[here].plain)
        here += 1
        while inner and here < len(glyphs) and (glyphs[here].in_word or glyphs[here].plain in inner):
            here += 1
    return here


def _word_end(glyphs: tuple[Glyph, ...], start: int) -> int:
    here = start
    while here < min(len(glyphs), start + _LONGEST):
        glyph = glyphs[here]
        held = glyph.plain in _INNER and here + 1 < len(glyphs) and glyphs[here + 1].in_word
        if not (held or glyph.in_word):
            break
        if glyph.in_word and glyphs[here - 1].in_word and here > start and not glyph.same_word_as(glyphs[here - 1]):
            break  # 他 in "he他": another script, another word
        here += 1
    return here


def _narrates(rules: PronounRules, word: tuple[Glyph, ...]) -> bool:
    if any(glyph.accented or glyph.kind == DIGIT for glyph in word):
        return False  # French hé is not he
    if not any(glyph.script == "LATIN" for glyph in word) and len(word) <= 2:
        return False  # Russian НЕ (not) only looks like HE
    first, *endings = "".join(glyph.plain for glyph in word).split(APOSTROPHE)
    if not endings and first in rules.without_apostrophe:
        return True
    return first in rules.words and all(ending in rules.contraction_endings for ending in endings)
