"""Layer 2, kind by kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.filters import Refusal, judge_pronoun, load_rules

RULES = load_rules()


@pytest.mark.parametrize(
    ("caption", "matched"),
    [
        ("Bro really said that", "Bro"),
        ("bro, why", "bro"),
        ("BRO WHAT", "BRO"),
        ("he did it", "he"),
        ("He's back", "He's"),
        ("He’s back", "He’s"),
        ("they`re here", "they`re"),
        ("She'll see", "She'll"),
        ("hes late", "hes"),
        ("theyre late", "theyre"),
        ("“They said”", "They"),
        ("'he' said", "he"),
        ("😂😂 bro fell", "bro"),
        ("1️⃣ he starts", "he"),
        ("🇧🇷 she dances", "she"),
        ("#fyp #été @a.b she ran", "she"),
        ("𝐁𝐫𝐨 is cooked", "𝐁𝐫𝐨"),
        ("🅷🅴 waits", "🅷🅴"),
        ("hе waits", "hе"),
        ("h̷e̷ waits", "h̷e̷"),
        ("s\u200bhe waits", "s\u200bhe"),
        ("he—well", "he"),
        ("He- wait", "He"),
        ("He/she said", "He"),
        ("she/her he ran", "he"),
        ("she her own boss", "she"),
        ("she & her dog", "she"),
        ("he/wait", "he"),
        ("he是我的朋友", "he"),
        ("_he_ knew", "he"),
    ],
)
def test_captions_that_narrate_are_refused(caption, matched):
    """The first word counts, however it is dressed, and is shown as written."""
    assert Refusal("pronoun", "caption", matched) == judge_pronoun(RULES, caption)


@pytest.mark.parametrize(
    "caption",
    [
        "Hello", "Here's how", "Shell", "Brother", "Theyyam", "Brooklyn", "Health", "Sheets", "bros", "brooo", "Her",
        "hehe", "HE-man", "bro-code", "bro‑science", "she_ra", "shed", "hell", "he11o", "Hé, c'est moi", "hẹ xào",
        "Brø", "Не надо", "НЕ НАДО", "彼は天才", "3 things he said", "My bro", "#he",
        "he/him", "She/her 🏳️‍🌈 just moved", "they/them", "(she / her)", "She|Her|Hers", "he/they made this", "she her 🌈",
        "He/she",         "ｓｈｅ／ｈｅｒ", "𝐡𝐞/𝐡𝐢𝐦", "#fyp she/her hi", "she/her, he/him", "@she", "#bro hello", "", "   ",
        "🔥🔥", '"..."',
    ],
)  # fmt: skip
def test_other_captions_are_innocent(caption):
    """Longer words, hyphenated words, other languages' words, and pronouns further on."""
    assert judge_pronoun(RULES, caption) is None


@given(st.text())
def test_any_caption_is_judged(caption):
    """No caption raises, and what is matched stands in it."""
    refusal = judge_pronoun(RULES, caption)
    assert refusal is None or refusal.matched_text in caption


@given(
    st.lists(st.sampled_from(["🔥", "#fyp", "@mia.b", "“", "...", "- ", "1️⃣", "\u200f", "👨‍👩‍👧"])),
    st.sampled_from(["bro", "he", "she", "they", "he's", "they’re"]),
)
def test_whatever_stands_before_is_skipped(before, word):
    """Emoji, quotes, punctuation, mentions and hashtags, in any number and order."""
    caption = " ".join([*before, word, "ran"])
    assert Refusal("pronoun", "caption", word) == judge_pronoun(RULES, caption)
