"""A person by every identity that is known, and everything that gives them away."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from include.erasure.forgotten import ERASED
from include.erasure.traces import Traces


@dataclass(frozen=True, slots=True)
class Person:
    """One person by every identity that is known. `handles` and `words` are in small letters. `user_id` is a handle with its @
    where nobody knows the number.

    `words`: search words that are their handle or mention them; `spellings`: those in use, as they are spelled.
    """

    user_id: str
    sec_user_id: str | None
    handles: tuple[str, ...]
    words: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()

    @property
    def is_numbered(self) -> bool:
        return not self.user_id.startswith("@")

    @property
    def ids(self) -> list[str]:
        """What nobody else's data can hold by chance."""
        return [self.user_id, *([self.sec_user_id] if self.sec_user_id else [])]

    @property
    def subjects(self) -> list[str]:
        """The requests to the API that are about them, in lower case."""
        named = [f"user_id={self.user_id}", *(f"unique_id={handle}" for handle in self.handles)]
        subjects = [*self.ids, *named, *([f"sec_user_id={self.sec_user_id}"] if self.sec_user_id else [])]
        return [subject.lower() for subject in subjects]

    def traces(self, blank: str = ERASED) -> Traces:
        """What to look for where search words may stand."""
        return replace(self.mentions(blank), words=frozenset(word.casefold() for word in self.words))

    def mentions(self, blank: str = ERASED) -> Traces:
        """What to look for in what others say: ids and `@handles`, never the mere word."""
        return Traces(
            frozenset([self.user_id]),
            frozenset([*self.ids, *(f"@{handle}" for handle in self.handles)]),
            blank=blank,
        )

    def captions(self, blank: str = ERASED) -> Traces:
        """What to look for in captions: mentions, and hashtags that are their name, where search words are looked for too."""
        mentions = self.mentions(blank)
        return replace(mentions, texts=[*mentions.texts, *(word for word in self.words if word.startswith("#"))])

    def parameters(self) -> dict[str, Any]:
        """All that a statement may ask about them. `needles` are for texts of others, `word_needles` for texts in which
        search words stand too; patterns of like, which are quick, before the `expression`.
        """
        mentions = self.mentions()
        with_words = Traces((), [*mentions.needles, *self.words])
        return {
            "user_id": self.user_id,
            "handles": list(self.handles),
            "words": list(self.words),
            "subjects": self.subjects,
            "needles": _patterns(mentions),
            "word_needles": _patterns(with_words),
            "expression": mentions.expression,
        }


def _patterns(traces: Traces) -> list[str]:
    escaped = (re.sub(r"([\\%_])", r"\\\1", needle) for needle in traces.needles)
    return [f"%{needle}%" for needle in escaped]
