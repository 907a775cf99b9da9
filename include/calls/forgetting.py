"""Takes a person out of the ledger: calls about them, messages and search words of others, stored answers. The bill stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

import psycopg

from include import database
from include.calls.ledger import stripped
from include.erasure.forgotten import ERASED
from include.erasure.parts import Counts, Erasure, Forgetting, Rows, Work
from include.erasure.person import Person
from include.tikhub.endpoints import USER_PROFILE

PAGES = 200  # stored answers held in memory at once


class Calls:
    """The lines of the ledger, a day at a time."""

    titles: Mapping[str, str] = {
        "calls": "api_calls about them (blanked; the bill stays)",
        "calls_naming": "api_calls of others that name them",
    }
    is_slow = False

    def count(self, connections: database.Database, person: Person) -> Counts:
        """Calls about the person, and of others that name them."""
        counts: Counter[str] = Counter()
        for day in _ledger_days(connections):
            parameters = {**person.parameters(), "day": day}
            counts.update(connections.one("calls/forgetting/count_calls", parameters))
        return counts

    def works(self, connections: database.Database, erasure: Erasure) -> Iterator[Work]:
        """A day after the other; a call under way is given up."""
        spelled = {"words": list(erasure.person.spellings), "blanks": list(erasure.blanks)}
        parameters = {**erasure.person.parameters(), **spelled, "blank": ERASED}
        for day in _ledger_days(connections):
            yield partial(database.one, name="calls/forgetting/blank_calls", parameters={**parameters, "day": day})


class Answers:
    """The stored answers in which the person appears."""

    titles: Mapping[str, str] = {"answers": "stored answers in which they appear"}
    is_slow = True

    def count(self, connections: database.Database, person: Person) -> Counts:
        """How many would be changed; all are looked through."""
        days = _ledger_days(connections)
        return {"answers": sum(len(pages) for day in days for pages in _changed_pages(connections, person, day))}

    def works(self, connections: database.Database, erasure: Erasure) -> Iterator[Work]:
        """A block of answers after the other."""
        for day in _ledger_days(connections):
            for changed in _changed_pages(connections, erasure.person, day):
                yield partial(_store_pages, day=day, changed=changed)


def _ledger_days(connections: database.Database) -> list[date]:
    rows = connections.rows("calls/forgetting/read_ledger_days")
    return [row["day"] for row in rows]


def _changed_pages(connections: database.Database, person: Person, day: date) -> Iterator[dict[int, bytes]]:
    """Stored answers of a day without the person, by call; only those that were changed by it, a block at a time."""
    # What somebody says in their own profile is no search word.
    in_profiles, in_searches, after = person.mentions(), person.traces(), 0
    while True:
        parameters = {**person.parameters(), "day": day, "after": after, "most": PAGES}
        rows = connections.rows("calls/forgetting/read_pages", parameters)
        if not rows:
            return
        after = rows[-1]["call_id"]
        cleaned = (
            (row, stripped(row["answer"], in_profiles if row["endpoint"] == USER_PROFILE else in_searches))
            for row in rows
        )
        changed = {row["call_id"]: answer for row, answer in cleaned if answer is not row["answer"]}
        if changed:
            yield changed


def _store_pages(connection: psycopg.Connection[Any], day: date, changed: Mapping[int, bytes]) -> Counts:
    parameters = {"day": day, "call_ids": list(changed), "answers": list(changed.values())}
    return {"answers": len(database.rows(connection, "calls/forgetting/store_pages", parameters))}


FORGETTING = Forgetting(
    read_spellings="calls/forgetting/read_spellings",
    # What is about them is blanked before answers are looked through: it holds none any more.
    steps=[Calls(), Answers()],
    keywords=Rows(
        {"summary_keywords": "call_summaries of searches for their handle"},
        "calls/forgetting/count_keywords",
        "calls/forgetting/blank_keywords",
    ),
)
