"""What a pipeline offers so that a person can be forgotten in its tables: statements by name, and a little Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.erasure.forgotten import ERASED
from include.erasure.person import Person

Counts = Mapping[str, int]
Work = Callable[[psycopg.Connection[Any]], Counts]


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure under way: whom it is about, its number, and a blank for each of the person's `spellings`."""

    person: Person
    erasure_id: int
    blanks: tuple[str, ...]


class Step(Protocol):
    """Something about a person that is found, and removed or blanked, in pieces. Done again it finds nothing more."""

    @property
    def titles(self) -> Mapping[str, str]:
        """Its parts, as the audit line and the log name them."""

    @property
    def is_slow(self) -> bool:
        """Whether counting takes so long that it is done only where the number is wanted."""

    def count(self, connections: database.Database, person: Person) -> Counts:
        """What there is, by part; it writes nothing."""

    def works(self, connections: database.Database, erasure: Erasure) -> Iterator[Work]:
        """What is to be done, each a transaction of its own that says how many rows of which part it changed."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Parts that go together: both statements give one row, with a column of each part's name."""

    titles: Mapping[str, str]
    count: str
    erase: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Rows about others that name the person: `count_by` gives one row, with a column of each part's name.

    `parts` are (name, title, statement), in the order of the work; each statement gives a row per row it changed. They are
    done one by one: whoever writes meanwhile locks rows of several tables, in an order of their own.
    """

    count_by: str
    parts: Sequence[tuple[str, str, str]]
    is_slow = False

    @property
    def titles(self) -> Mapping[str, str]:
        return {name: title for name, title, _ in self.parts}

    def count(self, connections: database.Database, person: Person) -> Counts:
        return connections.one(self.count_by, person.parameters())

    def works(self, connections: database.Database, erasure: Erasure) -> Iterator[Work]:
        parameters = {**erasure.person.parameters(), "blank": ERASED}
        for name, _, statement in self.parts:
            yield partial(_change, name=name, statement=statement, parameters=parameters)


def _change(connection: psycopg.Connection[Any], name: str, statement: str, parameters: Mapping[str, Any]) -> Counts:
    return {name: len(database.rows(connection, statement, parameters))}


@dataclass(frozen=True, slots=True)
class Documents:
    """JSON and texts that name the person, which only Python can clean: `read`, then `store` for each that was changed.

    `clean` gives the rows that were read, in their order, without the person: with `blank` in their place. The columns
    `as_json` are stored as JSON.
    """

    name: str
    title: str
    read: str
    store: str
    clean: Callable[[Sequence[database.Row], Person, str], list[database.Row]]
    as_json: Sequence[str]
    has_own_blanks: bool = False  # whether its blanks tell one erasure from another
    is_slow = False

    @property
    def titles(self) -> Mapping[str, str]:
        return {self.name: self.title}

    def count(self, connections: database.Database, person: Person) -> Counts:
        changed = connections.run(lambda connection: self._changed(connection, person, ERASED))
        return {self.name: len(changed)}

    def works(self, connections: database.Database, erasure: Erasure) -> Iterator[Work]:
        blank = f"(erased {erasure.erasure_id})" if self.has_own_blanks else ERASED
        yield lambda connection: self._store(connection, self._changed(connection, erasure.person, blank))

    def _changed(self, connection: psycopg.Connection[Any], person: Person, blank: str) -> list[database.Row]:
        found = database.rows(connection, self.read, person.parameters())
        cleaned = self.clean(found, person, blank)
        return [row for row, before in zip(cleaned, found, strict=True) if row != before]

    def _store(self, connection: psycopg.Connection[Any], changed: Sequence[database.Row]) -> Counts:
        for row in changed:
            packed = {name: None if row[name] is None else Jsonb(row[name]) for name in self.as_json}
            database.rows(connection, self.store, {**row, **packed})
        return {self.name: len(changed)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """All that one pipeline, or one shared part, holds about people.

    Statements: `find_by_handle` (user_id, seen_on), `read_identities` (sec_user_id, handles), `read_names` (handle: all that
    whoever has one of these handles is called), `read_spellings` (word, lower_word) tell who somebody is; `lock` takes the
    person's own row as the pipeline's writers do. `rows` are theirs alone and go first, those of all pipelines in one
    transaction; then come the `steps`; `keywords`, search words that are their name, come last, again all together;
    `word_signs` are what may stand before such a word, besides `@` and `#`.
    """

    find_by_handle: str | None = None
    read_identities: str | None = None
    read_names: str | None = None
    read_spellings: str | None = None
    lock: str | None = None
    rows: Rows | None = None
    steps: Sequence[Step] = ()
    keywords: Rows | None = None
    word_signs: Sequence[str] = ()
