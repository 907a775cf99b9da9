"""Where in a text the stretch stands that made a layer refuse it."""

from collections.abc import Callable, Iterator

from plugins.filters.platform_words import judge_platform
from plugins.filters.pronouns import judge_pronoun
from plugins.filters.rules import Rules
from plugins.filters.verdicts import Refusal

MOST_PLACES = 50  # looked at; beyond them the first one is taken
_NEUTRAL = "q"  # spells nothing, and leaves every other letter at its place


def find_place(rules: Rules, field: str, text: str, matched: str) -> tuple[int, int] | None:
    """Start and end of `matched` in `text`, where the layer that judges this field saw it; None where it is not in it.

    The same letters may stand earlier in an innocent word ("kickboxing, kick"): each place is tried alone. Under
    rules that would not refuse the text the first place is taken. Never raises on any text.
    """
    places = list(_places(text, matched))
    if not places:
        return None
    judge = _judges(rules).get(field)
    for place in places[:MOST_PLACES] if judge and len(places) > 1 else ():
        alone = _only(text, place, places)
        refusal = judge(alone) if judge else None
        if refusal is not None and refusal.matched_text == matched:
            return place
    return places[0]


def _judges(rules: Rules) -> dict[str, Callable[[str], Refusal | None]]:
    return {
        "handle": lambda text: judge_platform(rules, handle=text),
        "nickname": lambda text: judge_platform(rules, handle="", nickname=text),
        "bio": lambda text: judge_platform(rules, handle="", bio=text),
        "caption": lambda text: judge_pronoun(rules, text),
    }


def _places(text: str, matched: str) -> Iterator[tuple[int, int]]:
    start = text.find(matched) if matched else -1
    while start >= 0:
        yield start, start + len(matched)
        start = text.find(matched, start + len(matched))


def _only(text: str, kept: tuple[int, int], places: list[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in places:
        if (start, end) != kept:
            letters[start:end] = _NEUTRAL * (end - start)
    return "".join(letters)
