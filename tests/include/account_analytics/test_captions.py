"""Hashtags and mentions are found in every script."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.account_analytics.captions import hashtags, in_ascii, mentions
from tests.examples import examples


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("new #Single out #now", ["single", "now"]),
        ("#a#b stuck together", ["a", "b"]),
        ("#Été and #E\u0301TE\u0301 are one", ["été"]),
        ("#новая_музыка #音楽 #موسيقى #ไทย #संगीत", ["новая_музыка", "音楽", "موسيقى", "ไทย", "संगीत"]),
        ("＃ｗｉｄｅ", ["wide"]),
        ("#Straße #STRASSE", ["strasse"]),
        ("#heart❤️s", ["heart"]),
        ("#zero\u200bwidth", ["zerowidth"]),
        ("# none, #_ none, C# none, #!", []),
        ("", []),
        (None, []),
    ],
)
def test_hashtags(caption, found):
    """Each once, in their order, folded as words are."""
    assert hashtags(caption) == found


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("with @Lila.Sings and @mo_7.", ["lila.sings", "mo_7"]),
        ("mail me: mara@example.com", []),
        ("(@one)@two", ["one", "two"]),
        ("@мария", ["мария"]),
        ("a @ b", []),
    ],
)
def test_mentions(caption, found):
    """Handles without @, without the point that ends a sentence; an address mentions nobody."""
    assert mentions(caption) == found


@pytest.mark.parametrize("caption", ["#One #two_three, @me.too. #ONE", "a#b@c @d", "#_ @. #.", "x@y.z #9"])
def test_the_fast_way_finds_the_same(caption):
    """A letter of another script anywhere changes the way of looking, not what is found."""
    assert hashtags(caption) == hashtags(f"{caption} é")
    assert mentions(caption) == mentions(f"{caption} é")


@examples(200)
@given(st.lists(st.text(st.sampled_from("#@._aB9 \n\t(+-")) | st.text(st.characters(max_codepoint=127))))
def test_very_many_at_once_find_the_same(captions):
    """Captions of plain letters, all together."""
    frame = pl.DataFrame({"caption": captions}, schema={"caption": pl.String})
    tags, handles = frame.select(in_ascii(pl.col("caption"))[0].alias("t"), in_ascii(pl.col("caption"))[1].alias("m"))
    assert tags.to_list() == [hashtags(caption) for caption in captions]
    assert handles.to_list() == [mentions(caption) for caption in captions]
