"""Names and texts of strangers in a message: on one line, and neither a link nor a mention."""

from __future__ import annotations

import unicodedata

MOST_LETTERS = 60


def calmed(text: str | None) -> str:
    """A name on one line: without control characters and marks of direction, and not longer than MOST_LETTERS."""
    kept = "".join(letter for letter in text or "" if unicodedata.category(letter) not in {"Cc", "Cf", "Mn", "Me"})
    return kept if len(kept) <= MOST_LETTERS else f"{kept[: MOST_LETTERS - 1]}…"


def escaped(text: str) -> str:
    """A text on one line, for a webhook in Slack's format: it becomes neither a link nor a mention."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
