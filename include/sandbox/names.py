"""Invented handles, nicknames, bios and captions: plausible, about nobody, with real ones' quirks."""

import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

from include.sandbox.dice import Dice

_WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
GIVEN = tuple(" ".join(_WORDS["given"]).split())
TOPIC = tuple(" ".join(_WORDS["topic"]).split())

_TIDY_PREFIXES = ("", "the.")
_RENAMED_PREFIX, _RENAMED_SUFFIXES = "its.", ("", "_", "hq")
_PLATFORM_PREFIXES = ("ttv", "ttv_", "best.of.", "clips.")
_PLATFORM_SUFFIXES = (
    "_ttv",
    ".ttv",
    "_yt",
    ".yt",
    ".clips",
    "_clips",
    ".archive",
    ".daily",
    "_fanpage",
    ".twitch",
)
_JOINS = (".", "_", "", "with")

_LETTERS = string.ascii_uppercase + string.ascii_lowercase
_STYLED = {ord(plain): 0x1D4D0 + offset for offset, plain in enumerate(_LETTERS)}
_BLOCK = len(GIVEN) * len(TOPIC)
_STEP = 7919  # a prime that divides neither list's length, so that every pair comes up once in a block

_ANY_PREFIX = "|".join(
    map(re.escape, sorted({*_TIDY_PREFIXES, _RENAMED_PREFIX, *_PLATFORM_PREFIXES}, key=len, reverse=True))
)
_ANY_SUFFIX = "|".join(map(re.escape, sorted({*_RENAMED_SUFFIXES, *_PLATFORM_SUFFIXES}, key=len, reverse=True)))
_JOIN = r"(?:\.|_|with)?"
_HANDLE = tuple(
    re.compile(
        f"(?:{_ANY_PREFIX})(?P<{first}>{first_words}){_JOIN}(?P<{then}>{then_words})"
        f"(?P<number>[1-9][0-9]*)?(?:{_ANY_SUFFIX})"
    )
    for first, first_words, then, then_words in (
        ("given", "|".join(GIVEN), "topic", "|".join(TOPIC)),
        ("topic", "|".join(TOPIC), "given", "|".join(GIVEN)),
    )
)


def words_of(index: int) -> tuple[str, str, int]:
    """(given name, topic, number) of a creator; no two creators share all three. Number 0 is not written."""
    number, place = divmod(index, _BLOCK)
    place = (place * _STEP + 41) % _BLOCK
    return GIVEN[place // len(TOPIC)], TOPIC[place % len(TOPIC)], number


def index_of(given: str, topic: str, number: int) -> int:
    """The creator with these three words: the inverse of `words_of`."""
    place = GIVEN.index(given) * len(TOPIC) + TOPIC.index(topic)
    return number * _BLOCK + (place - 41) * pow(_STEP, -1, _BLOCK) % _BLOCK


def handle(seed: int, index: int, generation: int, names_platform: bool) -> str:
    """A creator's handle; `generation` counts renames (0, 1, 2 differ, 3 is 0 again)."""
    given, topic, number = words_of(index)
    dice = Dice(seed, "handle", index)
    first, then = (given, topic) if dice.chance(0.75) else (topic, given)
    stem = f"{first}{dice.pick(_JOINS)}{then}{number or ''}"
    if names_platform:
        prefix, suffix = dice.pick([(p, "") for p in _PLATFORM_PREFIXES] + [("", s) for s in _PLATFORM_SUFFIXES])
    else:
        prefix, suffix = dice.pick(_TIDY_PREFIXES), ""
    if generation % 3 == 1:
        prefix = prefix or _RENAMED_PREFIX
        suffix = suffix or "_"
    elif generation % 3 == 2:
        suffix = suffix or "hq"
    return f"{prefix}{stem}{suffix}"


def owners_of(text: str) -> Iterator[int]:
    """The creators whose words are in this handle; who really has it that day is for the caller to check."""
    for pattern in _HANDLE:
        found = pattern.fullmatch(text.lower())
        if found:
            yield index_of(found["given"], found["topic"], int(found["number"] or 0))


def nickname(seed: int, index: int, names_platform: bool) -> str:
    """A creator's display name: emoji, right-to-left and styled letters included."""
    given, topic, _ = words_of(index)
    dice = Dice(seed, "nickname", index)
    return dice.pick(_WORDS["platform_nicknames"] if names_platform else _WORDS["nicknames"]).format(
        name=given.title(),
        topic=topic,
        styled=given.title().translate(_STYLED),
        rtl=dice.pick(_WORDS["rtl_nicknames"]),
        wide=dice.pick(_WORDS["wide_nicknames"]),
    )


def bio(seed: int, index: int, names_platform: bool, shown_handle: str) -> str:
    """A creator's bio; may be empty, may hold newlines."""
    given, topic, _ = words_of(index)
    return (
        Dice(seed, "bio", index)
        .pick(_WORDS["platform_bios"] if names_platform else _WORDS["bios"])
        .format(name=given.title(), topic=topic, handle=shown_handle)
    )


def caption(seed: int, index: int, video: int, share_narrating: float) -> tuple[str, tuple[str, ...]]:
    """(caption, the hashtags in it) of a creator's video; may be empty."""
    dice = Dice(seed, "caption", index, video)
    lines = _WORDS["narrating"] if dice.chance(share_narrating) else _WORDS["captions"]
    _, topic, _ = words_of(index)
    text = dice.pick(lines).format(topic=topic, n=2 + dice.below(60))
    tags = tuple(dict.fromkeys(dice.pick((*_WORDS["hashtags"], topic)) for _ in range(dice.below(4))))
    return " ".join([text, *(f"#{tag}" for tag in tags)]).strip(), tags
