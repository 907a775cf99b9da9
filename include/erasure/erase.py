"""Takes one person out of every table for good, and keeps them out; or says what that would take out.

What there is to look through is handed in, see `parts.Forgetting`: this module knows no pipeline.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.erasure import forgotten
from include.erasure.finding import PersonUnclear, find
from include.erasure.parts import Counts, Erasure, Forgetting, Rows, Step, Work
from include.erasure.person import Person
from include.settings import Secret

PASSES = 3  # while others go on writing, what they wrote meanwhile is looked for again
log = logging.getLogger(__name__)


def forget(
    connections: database.Database,
    offers: Sequence[Forgetting],
    creator: str,
    run_id: str,
    requested_by: str | None,
    *,
    dry_run: bool,
    with_search_words: bool,
) -> dict[str, int]:
    """Forget one person, or with `dry_run` count what there is to forget; rows per part of the `offers`.

    Done again it finds nothing more. Raises PersonUnclear and ErasureKeyMissing before anything is written.
    """
    key = forgotten.configured_key()
    _check_key(connections, key)
    search = partial(find, offers=offers, with_search_words=with_search_words)
    person = connections.run(partial(search, creator=creator))
    is_known_hash = _is_forgotten(connections, key, person)
    # What takes longest to look through is asked only by who wants to know it all, or finds nothing else.
    found = count(connections, offers, person, with_slow=False)
    if dry_run or not sum(found.values()):
        found = count(connections, offers, person)
    if not sum(found.values()):
        if not is_known_hash:
            raise PersonUnclear(
                "There is nothing about this user id in any table or stored answer, and nobody of that id was "
                "forgotten before. Check the number."
            )
        if not dry_run:
            connections.run(partial(_end, person=person))
        log.info("This person was forgotten before, and nothing about them is left.")
        return found
    if dry_run:
        _show("Would be removed or blanked", found, offers)
        return found
    erasure_id = _open(connections, person, run_id, requested_by)
    for _ in range(PASSES):
        _erase(connections, offers, person, key, erasure_id)
        person = connections.run(partial(search, creator=person.user_id))
        left = {name: rows for name, rows in count(connections, offers, person).items() if rows}
        if not left:
            break
        log.info("Rows came in while they were removed (%s): once more.", left)
    else:
        raise RuntimeError(f"Rows came in while they were removed ({left}): the task goes over the tables again.")
    removed = _in_order(connections.run(partial(_close, person=person, erasure_id=erasure_id)), offers)
    _show("Removed or blanked", removed, offers)
    return removed


def count(
    connections: database.Database, offers: Sequence[Forgetting], person: Person, *, with_slow: bool = True
) -> dict[str, int]:
    """What there is about a person; rows per part, 0 for what is slow to count and was not asked for."""
    found: dict[str, int] = {}
    for rows in chain(_rows(offers), _keywords(offers)):
        found |= connections.one(rows.count, person.parameters())
    for step in _steps(offers):
        if with_slow or not step.is_slow:
            found |= step.count(connections, person)
    return _in_order(found, offers)


def _erase(
    connections: database.Database, offers: Sequence[Forgetting], person: Person, key: Secret, erasure_id: int
) -> None:
    def do(work: Work) -> None:
        """One transaction: rows removed, and the audit line that says so."""

        def counted(connection: psycopg.Connection[Any]) -> None:
            removed = {name: rows for name, rows in work(connection).items() if rows}
            parameters = {"erasure_id": erasure_id, "removed": Jsonb(removed)}
            database.rows(connection, "erasure/add_removed", parameters)

        connections.run(counted)

    used = _begin(connections, person)
    blanks = [f"(erased {erasure_id}.{used - place})" for place in reversed(range(len(person.spellings)))]
    # From here on nobody can write about them any more, so that all else can be done piece by piece.
    do(lambda connection: _remove_person(connection, offers, person, key))
    erasure = Erasure(person, erasure_id, tuple(blanks))
    for step in _steps(offers):
        for work in step.works(connections, erasure):
            do(work)
    if person.spellings:
        do(lambda connection: _blank_keywords(connection, offers, erasure))


def _open(connections: database.Database, person: Person, run_id: str, requested_by: str | None) -> int:
    # A run may have been given a name of its own, and with it theirs.
    parameters = {"run_id": person.mentions().blanked(run_id), "requested_by": requested_by}
    return int(connections.one("erasure/open_erasure", parameters)["erasure_id"])


def _begin(connections: database.Database, person: Person) -> int:
    """Note the person's names until the end; returns how many blanks were given out, those for `spellings` last."""
    parameters = {
        "user_id": person.user_id,
        "sec_user_id": person.sec_user_id,
        "handles": list(person.handles),
        "blanks": len(person.spellings),
    }
    return int(connections.one("erasure/begin_erasure", parameters)["blanks"])


def _end(connection: psycopg.Connection[Any], person: Person) -> None:
    database.rows(connection, "erasure/end_erasure", {"user_id": person.user_id})


def _close(connection: psycopg.Connection[Any], person: Person, erasure_id: int) -> Counts:
    _end(connection, person)
    closed = database.one(connection, "erasure/close_erasure", {"erasure_id": erasure_id})
    return dict(closed["removed"])


def _check_key(connections: database.Database, key: Secret) -> None:
    marks = [bytes(row["key_mark"]) for row in connections.rows("erasure/read_key_marks")]
    forgotten.check_marks(marks, key)


def _is_forgotten(connections: database.Database, key: Secret, person: Person) -> bool:
    parameters = {"user_hash": forgotten.hash_of(key, person.user_id)}
    return bool(connections.rows("erasure/read_hash", parameters))


def _remove_person(
    connection: psycopg.Connection[Any], offers: Sequence[Forgetting], person: Person, key: Secret
) -> Counts:
    # In the pipelines' own order: those who write about people first, then the person's own row.
    forgotten.shut_out_writers(connection)
    for offer in offers:
        if offer.lock is not None:
            database.rows(connection, offer.lock, person.parameters())
    if person.is_numbered:  # a handle may be somebody else's tomorrow
        parameters = {"user_hash": forgotten.hash_of(key, person.user_id), "key_mark": forgotten.mark_of(key)}
        database.rows(connection, "erasure/remember_hash", parameters)
    removed: dict[str, int] = {}
    for rows in _rows(offers):
        removed |= database.one(connection, rows.erase, {**person.parameters(), "blank": forgotten.ERASED})
    return removed


def _blank_keywords(connection: psycopg.Connection[Any], offers: Sequence[Forgetting], erasure: Erasure) -> Counts:
    # A blank for each spelling: words stay apart, so that what was found under one stays together.
    parameters = {"words": list(erasure.person.spellings), "blanks": list(erasure.blanks)}
    changed: dict[str, int] = {}
    for keywords in _keywords(offers):
        changed |= database.one(connection, keywords.erase, parameters)
    return changed


def _rows(offers: Sequence[Forgetting]) -> list[Rows]:
    return [offer.rows for offer in offers if offer.rows is not None]


def _steps(offers: Sequence[Forgetting]) -> list[Step]:
    return [step for offer in offers for step in offer.steps]


def _keywords(offers: Sequence[Forgetting]) -> list[Rows]:
    return [offer.keywords for offer in offers if offer.keywords is not None]


def _titles(offers: Sequence[Forgetting]) -> dict[str, str]:
    """Every part by its name, in the order of the work."""
    titles: dict[str, str] = {}
    for rows in _rows(offers):
        titles |= rows.titles
    for step in _steps(offers):
        titles |= step.titles
    for keywords in _keywords(offers):
        titles |= keywords.titles
    return titles


def _in_order(counts: Mapping[str, int], offers: Sequence[Forgetting]) -> dict[str, int]:
    return {name: int(counts.get(name, 0)) for name in _titles(offers)}


def _show(heading: str, counts: Counts, offers: Sequence[Forgetting]) -> None:
    log.info("%s:", heading)
    for name, title in _titles(offers).items():
        log.info("  %9s  %s", f"{counts[name]:,}", title)
