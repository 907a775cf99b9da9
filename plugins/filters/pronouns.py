"""Layer 2: does a caption narrate somebody else, that is, begin with bro, he, she or they?"""

from plugins.filters.letters import APOSTROPHE, DIGIT, Glyph, read_glyphs
from plugins.filters.rules import PronounRules, Rules
from plugins.filters.verdicts import Refusal

LAYER = "pronoun"
_INNER = frozenset("'-‐‑_")  # inside a word they hold it together: he's, he-man, she_ra
_LONGEST = 64  # glyphs of a first word that are read


def judge_pronoun(rules: Rules, caption: str) -> Refusal | None:
    """Refuses a caption by its first word; leading emoji, quotes, punctuation, mentions and hashtags are skipped.

    Never raises on any text. `matched_text` is the first word as it stands in the caption.
    """
    glyphs = read_glyphs(caption)
    start = _first_word_start(glyphs)
    word = glyphs[start : _word_end(glyphs, start)]
    if not word or not _narrates(rules.pronoun, word):
        return None
    return Refusal(LAYER, "caption", caption[word[0].start : word[-1].end])


def _first_word_start(glyphs: tuple[Glyph, ...]) -> int:
    here = 0
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
