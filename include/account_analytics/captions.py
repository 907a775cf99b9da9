"""Hashtags and mentions of a caption, in every script: made of what `include.words` calls letters."""

from __future__ import annotations

import re

import polars as pl

from include.words import LETTERS, SILENT, words

_SILENT = re.compile(f"[{SILENT}]+")
_HASHTAG = re.compile(f"[#＃]([{LETTERS}_]+)")
# An address has a letter before its @, and is nobody's handle. A point ends a sentence, not a handle.
_MENTION = re.compile(f"(?<![{LETTERS}_.])[@＠]([{LETTERS}_.]+)")
# The same where no other letters occur; it is ten times as fast.
_ASCII_HASHTAG = re.compile(r"#([0-9A-Za-z_]+)")
_ASCII_MENTION = re.compile(r"(?<![0-9A-Za-z_.])@([0-9A-Za-z_.]+)")


def hashtags(caption: str | None) -> list[str]:
    """The hashtags of a caption without their sign, folded as words are, each once, in their order."""
    return _marked("#＃", _ASCII_HASHTAG, _HASHTAG, caption)


def mentions(caption: str | None) -> list[str]:
    """The handles that a caption mentions, without @, folded as words are, each once, in their order."""
    return _marked("@＠", _ASCII_MENTION, _MENTION, caption)


def in_ascii(captions: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Hashtags and mentions, as lists, of very many captions without a letter beyond ASCII: as the functions above find them."""
    small, name = captions.str.to_lowercase(), pl.element()
    tags = small.str.extract_all("#[0-9a-z_]+").list.eval(name.str.slice(1))
    # What stands before an @ is matched as well: there is no looking back.
    found = small.str.extract_all("(?:^|[^0-9a-z_.])@[0-9a-z_.]+")
    handles = found.list.eval(name.str.extract("@([0-9a-z_.]+)$").str.strip_chars_end("."))
    each = name.filter(name.str.strip_chars("_") != "").unique(maintain_order=True)
    return tags.list.eval(each), handles.list.eval(each)


def _marked(signs: str, in_ascii: re.Pattern[str], pattern: re.Pattern[str], caption: str | None) -> list[str]:
    if not caption or (signs[0] not in caption and signs[1] not in caption):
        return []
    if caption.isascii():
        found = (run.rstrip(".").lower() for run in in_ascii.findall(caption))
    else:
        found = (_folded(run.rstrip(".")) for run in pattern.findall(_SILENT.sub("", caption)))
    return list(dict.fromkeys(each for each in found if each.strip("_")))


def _folded(run: str) -> str:
    """A run of letters as `words` gives it; what joins its parts stays."""
    return re.sub(r"[^_.]+", lambda part: "".join(words(part[0])), run)
