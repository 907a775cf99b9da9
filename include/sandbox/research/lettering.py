"""Captions as pictures: white with a black edge, as people put them on their videos, in the scripts that have a font here."""

import io
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

_MARGIN = 40  # pixels at each side
_SMALLEST = 28
_EDGE = 4
# Pillow brings a font for ASCII with it. For others, where Debian puts its packages' fonts; the first that is there.
_SANS = tuple(
    f"truetype/{name}"
    for name in ("dejavu/DejaVuSans-Bold.ttf", "noto/NotoSans-Bold.ttf", "liberation/LiberationSans-Bold.ttf")
)
_FONTS = {
    "LATIN": _SANS,
    "GREEK": _SANS,
    "CYRILLIC": _SANS,
    "CJK": ("opentype/noto/NotoSansCJK-Bold.ttc", "opentype/noto/NotoSansCJK-Regular.ttc"),
    "DEVANAGARI": ("truetype/noto/NotoSansDevanagari-Bold.ttf",),
    "THAI": ("truetype/noto/NotoSansThai-Bold.ttf",),
}
_CJK = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KATAKANA-HIRAGANA", "FULLWIDTH"}


def can_draw(text: str) -> bool:
    """Whether there is a font for all of its letters on this machine."""
    return _font_file(text) is not None


def caption(text: str, width: int, size: int) -> bytes:
    """A PNG with a transparent ground, `width` pixels wide; letters of `size` pixels, or smaller where these do not fit."""
    from PIL import Image, ImageDraw

    font = _font(text, size)
    while size > _SMALLEST and font.getlength(text) > width - 2 * _MARGIN:
        size -= 2
        font = _font(text, size)
    picture = Image.new("RGBA", (width, size * 2), (0, 0, 0, 0))
    ImageDraw.Draw(picture).text(
        (width / 2, size), text, font=font, anchor="mm", fill="white", stroke_width=_EDGE, stroke_fill="black"
    )
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    return encoded.getvalue()


@lru_cache(maxsize=64)
def _font_of(file: str, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(file, size) if file else ImageFont.load_default(size)


def _font(text: str, size: int) -> Any:
    return _font_of(_font_file(text) or "", size)


def _font_file(text: str) -> str | None:
    """The path of a font that has all letters of the text, "" for Pillow's own, None where there is none."""
    if text.isascii():
        return ""
    scripts = {_script(letter) for letter in text if letter.isalpha()}
    if len(scripts) > 1:
        scripts -= {"LATIN"}  # the other scripts' fonts have these letters too
    if len(scripts) > 1 or any(unicodedata.category(letter) == "So" for letter in text):
        return None  # nor is there one for pictures
    for name in _FONTS.get("".join(scripts) or "LATIN", ()):
        file = Path("/usr/share/fonts") / name
        if file.is_file():
            return str(file)
    return None


def _script(letter: str) -> str:
    word = unicodedata.name(letter, "").split(" ", maxsplit=1)[0]
    return "CJK" if word in _CJK else word
