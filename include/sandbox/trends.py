"""The trending words of a day: many languages, near-duplicates, double spaces, trailing " Trend"."""

import json
from pathlib import Path

from include.sandbox.dice import Dice

_WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))


def trending_words(seed: int, day: int, count: int = 100) -> tuple[tuple[str, str], ...]:
    """About `count` (word, type) pairs of a day, in rank order; two days in a row share about half of them.

    `type` is the vendor's own mark: "2" for a few on top, else "".
    """
    dice = Dice(seed, "trends", day)
    words: list[str] = []
    while len(words) < count - 2:
        # Half of a day's words come from a spell of three days, so that keywords recur in the roster's life.
        drawn = Dice(seed, "trend", day // 3, len(words)) if len(words) % 2 == 0 else dice
        word = _fresh(drawn)
        words.append(word)
        if dice.chance(0.18):
            words.append(_near_duplicate(dice, word))
    words[3:3] = [_near_duplicate(dice, words[0])]
    return tuple((word, "2" if rank < 3 else "") for rank, word in enumerate(words[:count]))


def _fresh(dice: Dice) -> str:
    if dice.chance(0.4):
        return dice.pick(_WORDS["trends_abroad"])
    return f"{dice.pick(_WORDS['trend_subjects'])} {dice.pick(_WORDS['trend_endings'])}"


def _near_duplicate(dice: Dice, word: str) -> str:
    return dice.pick((word.replace(" ", "  ", 1), f"{word} Trend", word.upper(), f" {word}", word.casefold()))
