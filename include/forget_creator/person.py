"""Finds out who is meant by a user id or a handle, and everything that gives this person away."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from include import database
from include.erasure.forgotten import ERASED
from include.erasure.traces import Traces, small, spellings
from include.failures import NeedsPerson

_USER_ID = re.compile(r"[0-9]{1,20}", re.ASCII)


class PersonUnclear(NeedsPerson, LookupError):
    """Nobody, or more than one person, is meant; the message says whom to name instead."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person by every identity that is known. `handles` and `words` are in small letters.

    `words`: search words that are their handle or mention them; `spellings`: those in use, as they are spelled.
    """

    user_id: str
    sec_user_id: str | None
    handles: tuple[str, ...]
    words: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()

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


def find(connection: psycopg.Connection[Any], creator: str, *, with_search_words: bool) -> Person:
    """The person meant by a user id, or by a handle (with or without `@`) that only one person ever had.

    Raises PersonUnclear for a handle nobody or several people were seen under. A user id is taken as it is.
    """
    named = creator.strip()
    user_id = named if _USER_ID.fullmatch(named) else _by_handle(connection, named.lstrip("@"))
    row = database.one(connection, "forget_creator/read_identities", {"user_id": user_id})
    handles = tuple(sorted({small(handle) for handle in spellings(filter(None, row["handles"]))}))
    person = Person(user_id, row["sec_user_id"], handles)
    words = [f"{sign}{handle}" for handle in handles for sign in ("", "@", "#")] if with_search_words else []
    used = database.rows(connection, "forget_creator/read_spellings", {**patterns(person.mentions()), "words": words})
    as_used = tuple(row["word"] for row in used)
    known = dict.fromkeys([*words, *(row["lower_word"] for row in used)])
    return replace(person, words=tuple(known), spellings=as_used)


def patterns(traces: Traces) -> dict[str, Any]:
    """How a statement looks for traces: patterns of `like` first, which are quick, then the expression."""
    escaped = (re.sub(r"([\\%_])", r"\\\1", needle) for needle in traces.needles)
    return {"needles": [f"%{needle}%" for needle in escaped], "expression": traces.expression}


def _by_handle(connection: psycopg.Connection[Any], handle: str) -> str:
    found = database.rows(connection, "forget_creator/find_by_handle", {"handle": handle})
    if not found:
        raise PersonUnclear(
            "Nobody was ever seen under this handle. Check its spelling, or give the numeric user id (whoever was "
            "forgotten before can be found by that alone)."
        )
    if len(found) > 1:
        people = ", ".join(f"{row['user_id']} (last on {row['seen_on']})" for row in found)
        raise PersonUnclear(
            f"{len(found)} people were seen under this handle: {people}. Run again with the user id of the "
            "one to forget."
        )
    return str(found[0]["user_id"])
