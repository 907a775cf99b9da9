"""How a text is read: one fact a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.filters.letters import plain_text, read_glyphs


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Twitch", "twitch"),
        ("ｔｗｉｔｃｈ", "twitch"),
        ("𝓣𝔀𝓲𝓽𝓬𝓱", "twitch"),
        ("ⓣⓦⓘⓣⓒⓗ", "twitch"),
        ("🅃🅆🄸🅃🄲🄷", "twitch"),
        ("🆃🆆🅸🆃🅲🅷", "twitch"),
        ("🅣🅦🅘🅣🅒🅗", "twitch"),
        ("⒯⒲⒤⒯⒞⒣", "twitch"),
        ("ᵗʷⁱᵗᶜʰ", "twitch"),
        ("ᴛᴡɪᴛᴄʜ", "twitch"),
        ("twіtсһ", "twitch"),
        ("ᎢᎳᎥᎢᏟᎻ", "twitch"),
        ("ꓔꓪꓲꓔꓚꓧ", "twitch"),
        ("t̶̨w̷i̸t̵c̶h̵", "twitch"),
        ("twi\u200bt\u00adc\u2060h", "twitch"),
        ("ÇØŁ", "col"),
        ("straße", "strasse"),
        ("a…b", "a...b"),
        ("Kick™", "kick "),
        ("🇾🇹", "🇾🇹"),
        ("1️⃣he", " he"),
        ("", ""),
    ],
)
def test_styled_letters_are_read_as_plain_ones(text, plain):
    """Styled, look-alike and decorated letters become plain; flags and signs do not become letters."""
    assert plain == plain_text(text)


@given(st.text())
def test_every_glyph_knows_its_place(text):
    """Glyphs stand in the order of the text, each inside it, each one character long."""
    glyphs = read_glyphs(text)
    assert all(0 <= glyph.start < glyph.end <= len(text) and len(glyph.plain) == 1 for glyph in glyphs)
    assert sorted(glyph.start for glyph in glyphs) == [glyph.start for glyph in glyphs]


def test_a_mountain_of_marks_is_read_quickly():
    """A letter under ten thousand marks is one glyph."""
    assert plain_text("a" + "\u0336" * 10_000) == "a"
