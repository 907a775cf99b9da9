"""Finds out who is meant by a user id or a handle, from what every pipeline knows of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg

from include import database
from include.erasure.parts import Forgetting
from include.erasure.person import Person
from include.erasure.traces import small, spellings
from include.failures import NeedsPerson

# Whose erasure was interrupted is known by what it noted.
UNDER_WAY = Forgetting(find_by_handle="erasure/find_by_handle", read_identities="erasure/read_identities")
_USER_ID = re.compile(r"[0-9]{1,20}", re.ASCII)


class PersonUnclear(NeedsPerson, LookupError):
    """Nobody, or more than one person, is meant; the message says whom to name instead."""


def find(
    connection: psycopg.Connection[Any], offers: Sequence[Forgetting], creator: str, *, with_search_words: bool
) -> Person:
    """The person meant by a user id, or by a handle (with or without `@`) that only one person ever had.

    Whose user id nobody knows goes by the handle, with its @. Raises PersonUnclear for a handle nobody or several people were
    seen under. A user id is taken as it is.
    """
    offers, named = [*offers, UNDER_WAY], creator.strip()
    user_id = named if _USER_ID.fullmatch(named) else _by_handle(connection, offers, named.lstrip("@"))
    known = list(_rows(connection, [offer.read_identities for offer in offers], {"user_id": user_id}))
    sec_user_id = next((row["sec_user_id"] for row in known if row["sec_user_id"]), None)
    handles = {small(handle) for row in known for handle in row["handles"] if handle}
    handles |= {user_id.removeprefix("@")} if user_id.startswith("@") else set()
    handles |= _names(connection, offers, handles)
    person = Person(user_id, sec_user_id, tuple(sorted({small(handle) for handle in spellings(handles)})))
    more = [sign for offer in offers for sign in offer.word_signs]
    words = (
        [f"{sign}{handle}" for handle in person.handles for sign in ("", "@", "#", *more)] if with_search_words else []
    )
    asked = {**person.parameters(), "words": words}
    used = {
        row["word"]: row["lower_word"] for row in _rows(connection, [offer.read_spellings for offer in offers], asked)
    }
    as_used = sorted(used)
    return replace(
        person, words=tuple(dict.fromkeys([*words, *(used[word] for word in as_used)])), spellings=tuple(as_used)
    )


def _by_handle(connection: psycopg.Connection[Any], offers: Sequence[Forgetting], handle: str) -> str:
    """Under any name of whoever has this one."""
    names = _names(connection, offers, {small(handle)})
    seen: dict[str, date | None] = {}
    for name in dict.fromkeys([handle, *sorted(names)]):
        for row in _rows(connection, [offer.find_by_handle for offer in offers], {"handle": name}):
            days = (seen.get(row["user_id"]), row["seen_on"])
            seen[row["user_id"]] = max((day for day in days if day), default=None)
    if not seen and names:
        return f"@{small(handle)}"
    if not seen:
        raise PersonUnclear(
            "Nobody is known by this handle. Check its spelling, or give the numeric user id: whoever stands only in stored "
            "answers, of searches or of look-alikes, and whoever was forgotten before, is found by that alone."
        )
    if len(seen) > 1:
        people = ", ".join(f"{user_id} (last on {seen_on})" for user_id, seen_on in sorted(seen.items()))
        raise PersonUnclear(
            f"{len(seen)} people were seen under this handle: {people}. Run again with the user id of the "
            "one to forget."
        )
    return next(iter(seen))


def _names(connection: psycopg.Connection[Any], offers: Sequence[Forgetting], handles: Set[str]) -> set[str]:
    """All that those who have these handles are called, and by that again; none where nobody knows them by names alone."""
    found: set[str] = set()
    asked: Set[str] = handles
    while asked:
        parameters = {"handles": sorted(asked)}
        rows = _rows(connection, [offer.read_names for offer in offers], parameters)
        new = {small(row["handle"]) for row in rows} - found
        found |= new
        asked = new - handles
    return found


def _rows(
    connection: psycopg.Connection[Any], statements: Sequence[str | None], parameters: dict[str, Any]
) -> Iterator[database.Row]:
    for statement in statements:
        if statement is not None:
            yield from database.rows(connection, statement, parameters)
