"""Today's keywords: trending search words made comparable, near-duplicates dropped, followed hashtags added."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from include.words import words as words_of

LONGEST_KEYWORD = 200
NEARLY_THE_SAME = 0.9
_SPACES = re.compile(r"\s+")
# TikTok lists the same topic with and without these at its end.
_FILLERS = frozenset({"trend", "trends", "trending", "challenge"})


# Trending words, words given by hand, followed hashtags, hashtags that trend in a country, words that people are searched by,
# people like those who left the band upwards.
Source = Literal["trends", "given", "hashtags", "regional", "users", "look_alikes"]
LOOK_ALIKES = "look-alikes of graduates"  # all of a day's under one keyword, which names nobody
USERS_SIGN = "users: "  # before a word by which people are searched, not videos


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word to search for; hashtags are written with `#`. `rank` counts from 1, the most trending first."""

    text: str
    rank: int
    source: Source = "trends"

    @property
    def word(self) -> str:
        """What is sent as the word to search by."""
        return self.text.removeprefix(USERS_SIGN).lstrip("#＃")

    @property
    def is_hashtag(self) -> bool:
        return self.text.startswith("#")


def normalise(text: str) -> str:
    """NFKC, no control or invisible characters or halves of one, single spaces, trimmed; case is kept for showing."""
    folded = unicodedata.normalize("NFKC", text)
    visible = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in folded
        # A zero-width joiner inside a word of a script that needs it changes the word: only others go.
        if unicodedata.category(letter) not in {"Cf", "Cs"} or letter in "\u200c\u200d"
    )
    return _SPACES.sub(" ", visible).strip()


def say_nothing(text: str) -> None:
    """For words that nobody asked for by name."""


def choose(
    words: Iterable[str], most: int, say: Callable[[str], None] = say_nothing, source: Source = "trends"
) -> list[Keyword]:
    """The first `most` words that are not the same as, or nearly the same as, one before them; `say` hears of every other.

    `#` stays before a single word, which may be a hashtag; no hashtag has a space in it, so before several it goes.
    """
    chosen: list[Keyword] = []
    keys: list[str] = []
    for word in words:
        text = _without_false_mark(normalise(word)[:LONGEST_KEYWORD].strip())
        key = _comparable(text)
        same = next((one.text for one, known in zip(chosen, keys, strict=True) if _are_alike(key, known)), None)
        if not key:
            say(f"{text or word!r} is left out: it has no letter or digit, so nothing can be searched by it.")
        elif same is not None:
            say(f"{text!r} is left out: it is taken for the same as {same!r}.")
        elif len(chosen) == most:
            if say is say_nothing:
                break
            say(f"{text!r} is left out: max_keywords is {most}.")
        else:
            keys.append(key)
            chosen.append(Keyword(text, len(chosen) + 1, source))
    return chosen


def with_hashtags(
    keywords: Sequence[Keyword],
    hashtags: Iterable[str],
    say: Callable[[str], None] = say_nothing,
    source: Source = "hashtags",
) -> list[Keyword]:
    """`keywords`, then the hashtags that are not among them, ranked behind; `say` hears of those that are."""
    result = list(keywords)
    known = {keyword.text.casefold() for keyword in keywords}
    for hashtag in hashtags:
        text = _as_hashtag(hashtag)
        if text == "#":
            say(f"The hashtag {hashtag!r} is left out: there is nothing in it to search for.")
        elif text.casefold() in known:
            say(f"The hashtag {text!r} is left out: it is among the keywords already.")
        else:
            known.add(text.casefold())
            result.append(Keyword(text, len(result) + 1, source))
    return result


def with_users(keywords: Sequence[Keyword], words: Iterable[str]) -> list[Keyword]:
    """`keywords`, then searches for people by the `words`, each once, ranked behind."""
    result = list(keywords)
    known = {keyword.text.casefold() for keyword in keywords}
    for word in words:
        text = f"{USERS_SIGN}{normalise(word.removeprefix(USERS_SIGN)).lstrip('#＃ ')}"[:LONGEST_KEYWORD].strip()
        if text.casefold() not in known and any(letter.isalnum() for letter in text.removeprefix(USERS_SIGN)):
            known.add(text.casefold())
            result.append(Keyword(text, len(result) + 1, "users"))
    return result


def with_look_alikes(keywords: Sequence[Keyword]) -> list[Keyword]:
    """`keywords`, and behind them the one under which the look-alikes of graduates are found."""
    if any(keyword.text.casefold() == LOOK_ALIKES for keyword in keywords):
        return list(keywords)
    return [*keywords, Keyword(LOOK_ALIKES, len(keywords) + 1, "look_alikes")]


def is_followed(keyword: Keyword, hashtags: Iterable[str]) -> bool:
    """Whether it is one of the `hashtags` somebody asked for, and not a word that happened to be written like one."""
    return keyword.text.casefold() in {_as_hashtag(hashtag).casefold() for hashtag in hashtags}


def _as_hashtag(given: str) -> str:
    return "#" + normalise(given).lstrip("#＃").replace(" ", "")[:LONGEST_KEYWORD]


def _without_false_mark(text: str) -> str:
    return text.lstrip("# ") if text.startswith("#") and " " in text else text


def _comparable(text: str) -> str:
    """Case and punctuation do not tell two topics apart, nor a filler at the end."""
    # A letter that is too new to be known is compared as it is.
    words = words_of(text) or ([text.casefold()] if any(letter.isalnum() for letter in text) else [])
    while len(words) > 1 and words[-1] in _FILLERS:
        words.pop()
    return " ".join(words)


def _are_alike(key: str, other: str) -> bool:
    if key == other or sorted(key.split()) == sorted(other.split()):
        return True
    if key.replace(" ", "") == other.replace(" ", ""):
        return True
    # Beyond A to Z one letter or mark makes another word: "दाल" and "दिल", "พ่อ" and "พอ", "كتاب" and "كباب".
    if not (key.isascii() and other.isascii()):
        return False
    # Numbers carry the meaning: "episode 3" and "episode 4" differ in one letter only.
    if re.findall(r"\d+", key) != re.findall(r"\d+", other):
        return False
    longer = max(len(key), len(other))
    return longer >= 8 and SequenceMatcher(None, key, other, autojunk=False).ratio() >= NEARLY_THE_SAME
