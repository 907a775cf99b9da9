"""Layer 1, kind by kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.filters import Refusal, judge_platform, load_rules

RULES = load_rules()
LISTED = (
    "twitch", "youtube", "kick", "discord", "streaming", "streamer", "ttv", "yt", "patreon", "onlyfans", "twitter",
    "instagram", "fanpage", "fan page", "archive", "clips", "highlights", "moments", "daily", "compilation", "best of",
)  # fmt: skip


def in_bio(text: str) -> str | None:
    """What Layer 1 finds in a bio."""
    refusal = judge_platform(RULES, handle="", bio=text)
    return refusal.matched_text if refusal else None


def in_handle(text: str) -> str | None:
    """What Layer 1 finds in a handle."""
    refusal = judge_platform(RULES, handle=text)
    return refusal.matched_text if refusal else None


@pytest.mark.parametrize("word", LISTED)
def test_every_listed_word_is_refused_in_every_field(word):
    """Each word of the contract's list is found in handle, nickname and bio, in any case."""
    joined = word.replace(" ", "_")
    assert Refusal("platform", "handle", joined) == judge_platform(RULES, handle=f"mia_{joined}")
    assert Refusal("platform", "nickname", word.title()) == judge_platform(
        RULES, handle="mia", nickname=f"Mia {word.title()}"
    )
    assert Refusal("platform", "bio", word.upper()) == judge_platform(
        RULES, handle="mia", nickname="Mia", bio=f"hi! {word.upper()}."
    )


@pytest.mark.parametrize(
    "text",
    [
        "everything", "kickboxing", "eclipse", "daytime", "rhythm", "highlight", "streams", "dailey", "twitchy",
        "tw1tter", "bytesize", "onlyfansofjazz", "streamers", "clip", "archives", "kicks", "instant", "snaps", "figs",
        "only fans", "you tube", "the best. Of course", "best, of all", "fan\npage", "netflix.com", "xx.com",
        "x.community",
        "🇾🇹", "Y.T.", "kick-boxing", "KickOff at 8", "idea: ti.tc.h", "поют и идут", "УТ", "",
    ],
)  # fmt: skip
def test_words_that_only_resemble_a_listed_one_are_innocent(text):
    """No substrings, no guessing, no words put together over the end of a sentence."""
    assert in_bio(text) is None


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("live on twitch.tv/pixel every fri", "twitch"),
        ("jen youtu.be/abc", "youtu.be"),
        ("discord.gg/abc", "discord.gg"),
        ("x.com/vik", "x.com"),
        ("mobile.x.com/vik", "x.com"),
        ("instagr.am/ana", "instagr.am"),
        ("𝓣𝔀𝓲𝓽𝓬𝓱 queen", "𝓣𝔀𝓲𝓽𝓬𝓱"),
        ("me, twіtсh!", "twіtсh"),
        ("on ᴅɪsᴄᴏʀᴅ", "ᴅɪsᴄᴏʀᴅ"),
        ("twi\u200btch", "twi\u200btch"),
        ("YouTube's best", "YouTube"),
        ("YouTube™", "YouTube"),
        ("YouTubeやってます", "YouTube"),
        ("twitch에서", "twitch"),
        ("мой ютуб", "ютуб"),
        ("قناتي على يوتيوب", "يوتيوب"),
        ("유튜브에서 만나요", "유튜브"),
        ("t w i t c h", "t w i t c h"),
        ("y.o.u.t.u.b.e", "y.o.u.t.u.b.e"),
        ("fan💗page", "fan💗page"),
        ("the Best-Of album", "Best-Of"),
        ("#TwitchAffiliate", "Twitch"),
        ("@twitch", "twitch"),
        ("(twitch)", "twitch"),
        ("🎮twitch🎮", "twitch"),
    ],
)
def test_the_match_is_cut_from_the_text_as_written(text, matched):
    """A refusal shows the offending stretch of the original text."""
    assert matched == in_bio(text)


@pytest.mark.parametrize(
    ("handle", "matched"),
    [
        ("ttvjaxon", "ttv"),
        ("zarattv", "ttv"),
        ("zarattv_99", "ttv"),
        ("lunaYT", "YT"),
        ("YTmarco", "YT"),
        ("lunayt", "yt"),
        ("jasonyt", "yt"),
        ("yogi.yt", "yt"),
        ("luna7yt", "yt"),
        ("clips4u", "clips"),
        ("DailyDoseOfX", "Daily"),
        ("YouTubeLina", "YouTube"),
        ("FanPageLena", "FanPage"),
        ("bestof.cats", "bestof"),
        ("best_of_cats", "best_of"),
        ("aTTVara", "TTV"),
        ("xXttvZaraXx", "ttv"),
        ("sam_twitchtv", "twitchtv"),
        ("tWiTcH", "tWiTcH"),
        ("kaytlin.rose", None),
        ("sam.hoyt", None),
        ("samhoyt", None),
        ("hoyt", None),
        ("fortnyt", None),
        ("dirkkuyt", None),
        ("yttria", None),
        ("mattv", None),
        ("sporttv", None),
        ("RobertTV", None),
        ("KickBoxingKai", None),
        ("dailyvlog", None),
        ("twitchqueen", None),
    ],
)
def test_handles_are_also_split_inside(handle, matched):
    """Handles split at signs, digits and camelCase; ttv and yt also count glued to an edge, ordinary names do not."""
    assert matched == in_handle(handle)


def test_a_one_word_nickname_is_read_as_a_handle():
    """ "Zarattv" in the nickname is refused; inside a sentence of the bio glued words are left alone."""
    assert Refusal("platform", "nickname", "ttv") == judge_platform(RULES, handle="z", nickname="Zarattv")
    assert judge_platform(RULES, handle="z", bio="zarattv") is None


def test_the_leftmost_match_is_the_one_told():
    """Of several words the first, and of those that begin together the longest."""
    assert in_bio("a fan page for daily clips") == "fan page"


@given(st.text(), st.text(), st.text())
def test_any_text_is_judged(handle, nickname, bio):
    """No text raises, and what is matched stands in the field that is named."""
    refusal = judge_platform(RULES, handle=handle, nickname=nickname, bio=bio)
    if refusal is not None:
        assert refusal.matched_text in {"handle": handle, "nickname": nickname, "bio": bio}[refusal.field]
        assert refusal.matched_text


@given(st.sampled_from(LISTED), st.sampled_from(" .,!?:;()[]/|🔥✨➜\n\t“”"), st.sampled_from(" .,!?🔥"))
def test_a_listed_word_between_separators_is_always_found(word, before, after):
    """Punctuation, emoji and spaces part words."""
    assert word == in_bio(f"Mia{before}{word}{after}Rose")


@pytest.mark.parametrize("text", ["a." * 5000, "aA" * 5000, "kick-off " * 1000, "fan " * 2500, "\u0336" * 10_000])
def test_long_bios_cost_little(text):
    """Ten thousand characters take well under a second."""
    started = time.process_time()
    in_bio(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("insta 👇", "insta"), ("IG @mia", "IG"), ("ig: mia", "ig"), ("snap: mia", "snap"), ("my Snapchat", "Snapchat"),
        ("telegram channel", "telegram"), ("a youtuber", "youtuber"), ("facebook", "facebook"), ("t.me/mia", "t.me"),
        ("инста та же", "инста"), ("в телеграме", "телеграме"), ("ютубер", "ютубер"), ("снапчат", "снапчат"),
        ("سناب: mia", "سناب"), ("انستا", "انستا"), ("טלגרם", "טלגרם"), ("इंस्टा", "इंस्टा"), ("インスタやってます", "インスタ"),
        ("인스타에서", "인스타"), ("อินสตา", "อินสตา"), ("推特同名", "推特"),
    ],
)  # fmt: skip
def test_the_short_names_people_give_platforms_are_refused(text, matched):
    """Whole words, in the alphabets they are written in."""
    assert in_bio(text) == matched


@pytest.mark.parametrize(
    "text",
    [
        "oh snap", "snap-on tools", "I snap birds", "ginger snap", "snap peas", "SnapBack", "insta360", "Insta-worthy",
        "インスタ映え", "インスタント", "idk ig", "IG Metall", "IgE", "singing telegram", "I can't.me",
    ],
)  # fmt: skip
def test_phrases_in_which_a_refused_word_means_something_else_are_innocent(text):
    """Where the phrase stands the word is none of its own; the same word beside it still counts."""
    assert in_bio(text) is None
    assert in_bio(f"{text} | snap: mia") == "snap"


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("fb: mia", "fb"), ("FB/mia", "FB"), ("fb @mia", "fb"), ("tg 👉 mia", "tg"), ("sc = mia", "sc"),
        ("no fb", None), ("FB!", None), ("SC 📍", None), ("fb. hi", None), ("xfb: mia", None),
    ],
)  # fmt: skip
def test_short_names_that_mean_much_else_count_before_a_name_alone(text, matched):
    """fb is also follow back, SC a state."""
    assert in_bio(text) == matched


@pytest.mark.parametrize("name", ["Chan", "tr", "bk", "reset", "cam"])
def test_no_name_in_another_alphabet_reads_as_a_latin_word(name):
    """Look-alike letters are folded: "снап" on the list would be read as "chan", and refuse everybody of that name."""
    assert judge_platform(RULES, handle=name, nickname=name, bio=name) is None
