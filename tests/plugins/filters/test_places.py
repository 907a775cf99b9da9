"""Where in a text the match stands: the place the layer saw, not the first that looks like it."""

from __future__ import annotations

import pytest

from plugins.filters import judge_platform, judge_pronoun, load_rules
from plugins.filters.places import MOST_PLACES, find_place

RULES = load_rules()


@pytest.mark.parametrize(
    ("field", "text", "before"),
    [
        ("bio", "live on Twitch every day", "live on "),
        ("bio", "kickboxing and kick", "kickboxing and "),
        ("bio", "KickBoxing Kick", "KickBoxing "),
        ("bio", "𝓚𝓲𝓬𝓴 it, 𝕜𝕚𝕔𝕜", ""),
        ("bio", "t w i t c h", ""),
        ("bio", "e\u0301t\u00e9 📺 Ｔｗｉｔｃｈ.tv/x", "e\u0301t\u00e9 📺 "),
        ("bio", "z\u0335\u0301\u0323 a b c twitch", "z\u0335\u0301\u0323 a b c "),
        ("handle", "hoyt.yt", "hoyt."),
        ("nickname", "Zarattv", "Zara"),
        ("caption", "@he #he he said he would", "@he #he "),
        ("caption", "“He's” he is", "“"),
    ],
)
def test_the_place_is_the_one_the_layer_saw(field: str, text: str, before: str):
    """The text before the place found is the text before the place that was refused."""
    read = {"handle": "", field: text}
    refusal = judge_pronoun(RULES, text) if field == "caption" else judge_platform(RULES, **read)
    assert refusal is not None
    place = find_place(RULES, field, text, refusal.matched_text)
    assert place == (len(before), len(before) + len(refusal.matched_text))


@pytest.mark.parametrize(
    ("text", "matched", "place"),
    [
        ("nothing here", "Twitch", None),
        ("", "Twitch", None),
        ("anything", "", None),
        ("abc abc", "abc", (0, 3)),  # not refused by these rules: the first
        ("kickboxing " * 500 + "kick", "kick", (0, 4)),  # beyond MOST_PLACES: the first
    ],
)
def test_a_text_that_was_not_refused(text: str, matched: str, place: tuple[int, int] | None):
    """A match that is not in the text has no place; one that nothing explains has its first."""
    assert text.count(matched or "-") < MOST_PLACES or place == (0, 4)
    assert find_place(RULES, "bio", text, matched) == place


def test_a_field_without_a_layer():
    """A field no text layer judges takes the first place."""
    assert find_place(RULES, "account", "private private", "private") == (0, 7)
