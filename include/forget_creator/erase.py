"""Takes one person out of every table for good, and keeps them out; or says what that would take out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database, erasure
from include.erasure import ERASED
from include.forget_creator.person import Person, PersonUnclear, find
from include.settings import Secret
from include.tikhub import people
from include.tikhub.ledger import stripped

PAGES = 100  # stored answers held in memory at once
Counts = Mapping[str, int]
# As the log and the audit line name them, in the order of the work.
PARTS = {
    "creators": "creators",
    "creator_stats": "creator_stats",
    "handle_history": "handle_history",
    "roll_call_misses": "roll_call_misses",
    "verdicts": "verdicts",
    "overrules": "overrules",
    "overrule_texts": "overrules of others that name them",
    "standings": "standings",
    "breakout_rankings": "breakout_rankings (their rank left empty)",
    "roll_call_batches": "roll_call_batches (their place left empty)",
    "reasons": "roll_call_misses of others that name them",
    "adopted_leftovers": "adopted_leftovers",
    "calls": "api_calls about them (blanked; the bill stays)",
    "calls_naming": "api_calls of others that name them",
    "answers": "stored answers in which they appear",
    "runs": "runs whose settings or report name them",
    "daily_trends": "daily_trends that are their handle",
    "verdict_keywords": "verdicts found under their handle",
    "overrule_keywords": "overrules of verdicts found under their handle",
    "creator_keywords": "creators found under their handle",
    "stats_keywords": "snapshots found under their handle",
    "standing_keywords": "standings found under their handle",
}
log = logging.getLogger(__name__)


def forget(
    connections: database.Database,
    creator: str,
    run_id: str,
    requested_by: str | None,
    *,
    dry_run: bool,
    with_search_words: bool,
) -> dict[str, int]:
    """Forget one person, or with `dry_run` count what there is to forget; rows per part of PARTS.

    Done again it finds nothing more. Raises PersonUnclear and erasure.ErasureKeyMissing before anything is written.
    """
    key = erasure.configured_key()
    connections.run(lambda connection: _check_key(connection, key))
    person = connections.run(lambda connection: find(connection, creator, with_search_words=with_search_words))
    is_known_hash = connections.run(lambda connection: _is_forgotten(connection, key, person))
    found = count(connections, person)
    if not sum(found.values()):
        if not is_known_hash:
            raise PersonUnclear(
                "There is nothing about this user id in any table or stored answer, and nobody of that id was "
                "forgotten before. Check the number."
            )
        log.info("This person was forgotten before, and nothing about them is left.")
        return found
    if dry_run:
        _show("Would be removed or blanked", found)
        return found
    removed = _erase(connections, person, key, run_id, requested_by)
    left = {name: rows for name, rows in count(connections, person).items() if rows}
    if left:
        raise RuntimeError(f"Rows came in while they were removed ({left}): the task goes over the tables again.")
    _show("Removed or blanked", removed)
    return removed


def count(connections: database.Database, person: Person) -> dict[str, int]:
    """What there is about a person, written or not; rows per part."""
    parameters = {
        "user_id": person.user_id,
        "handles": list(person.handles),
        "words": list(person.words),
    }
    counts: Counter[str] = Counter(
        connections.run(lambda connection: database.one(connection, "forget_creator/count_person", parameters))
    )
    for day in _ledger_days(connections):
        calls = connections.run(
            lambda connection, day=day: database.one(  # type: ignore[misc]
                connection, "forget_creator/count_calls", {**_call_marks(person), "day": day}
            )
        )
        counts["calls"] += calls["about"]
        counts["calls_naming"] += calls["named"]
        counts["answers"] += sum(len(changed) for changed in _changed_pages(connections, person, day))
    counts["runs"] = len(connections.run(lambda connection: _changed_runs(connection, person)))
    counts["overrule_texts"] = len(connections.run(lambda connection: _changed_overrules(connection, person)))
    return _in_order(counts)


def _erase(
    connections: database.Database, person: Person, key: Secret, run_id: str, requested_by: str | None
) -> dict[str, int]:
    number = connections.run(
        lambda connection: database.one(
            connection, "forget_creator/open_erasure", {"run_id": run_id, "requested_by": requested_by}
        )
    )["erasure_id"]

    def step(work: Any) -> None:
        """One transaction: rows removed, and the audit line that says so."""

        def counted(connection: psycopg.Connection[Any]) -> None:
            removed = {name: rows for name, rows in work(connection).items() if rows}
            database.rows(connection, "forget_creator/add_removed", {"erasure_id": number, "removed": Jsonb(removed)})

        connections.run(counted)

    # From here on nobody can write about them any more, so that all else can be done piece by piece.
    step(lambda connection: _remove_person(connection, person, key))
    step(lambda connection: _remove_elsewhere(connection, person))
    for day in _ledger_days(connections):
        step(lambda connection, day=day: _blank_calls(connection, person, day, number))
        for changed in _changed_pages(connections, person, day):
            step(lambda connection, day=day, changed=changed: _store_pages(connection, day, changed))
    step(lambda connection: _blank_runs(connection, person, number))
    if person.words:
        step(lambda connection: _blank_keywords(connection, person, number))
    closed = connections.run(
        lambda connection: database.one(connection, "forget_creator/close_erasure", {"erasure_id": number})
    )
    return _in_order(closed["removed"])


def _check_key(connection: psycopg.Connection[Any], key: Secret) -> None:
    marks = [bytes(row["key_mark"]) for row in database.rows(connection, "erasure/read_key_marks")]
    erasure.check_marks(marks, key)


def _is_forgotten(connection: psycopg.Connection[Any], key: Secret, person: Person) -> bool:
    parameters = {"user_hash": erasure.hash_of(key, person.user_id)}
    return bool(database.rows(connection, "forget_creator/read_hash", parameters))


def _remove_person(connection: psycopg.Connection[Any], person: Person, key: Secret) -> Counts:
    # In the pipeline's own order: the creator first, then those who write about people.
    database.rows(connection, "forget_creator/lock_creator", {"user_id": person.user_id})
    erasure.shut_out_writers(connection)
    parameters = {"user_hash": erasure.hash_of(key, person.user_id), "key_mark": erasure.mark_of(key)}
    database.rows(connection, "forget_creator/remember_hash", parameters)
    return database.one(connection, "forget_creator/delete_person", {"user_id": person.user_id})


def _remove_elsewhere(connection: psycopg.Connection[Any], person: Person) -> Counts:
    parameters = {"user_id": person.user_id, "handles": list(person.handles), "blank": ERASED}
    return {
        "roll_call_batches": len(database.rows(connection, "forget_creator/blank_batches", parameters)),
        "reasons": len(database.rows(connection, "forget_creator/blank_reasons", parameters)),
        "adopted_leftovers": len(database.rows(connection, "forget_creator/delete_leftovers", parameters)),
        "overrule_texts": _blank_overrules(connection, person),
    }


def _ledger_days(connections: database.Database) -> list[date]:
    rows = connections.run(lambda connection: database.rows(connection, "forget_creator/read_ledger_days"))
    return [row["day"] for row in rows]


def _call_marks(person: Person) -> dict[str, Any]:
    return {"subjects": person.subjects, "ids": person.ids, "words": list(person.words)}


def _blank_calls(connection: psycopg.Connection[Any], person: Person, day: date, number: int) -> Counts:
    parameters = {**_call_marks(person), "day": day, "blank": ERASED, "blanks": _blanks(person, number)}
    calls = database.one(connection, "forget_creator/blank_calls", parameters)
    return {"calls": calls["about"], "calls_naming": calls["named"]}


def _changed_pages(connections: database.Database, person: Person, day: date) -> Iterator[dict[int, bytes]]:
    """Stored answers of a day without the person, by call; only those that were changed by it, a block at a time."""
    traces, after = person.traces(), 0
    while True:
        parameters = {"day": day, "after": after, "most": PAGES}
        rows = connections.run(
            lambda connection, given=parameters: database.rows(connection, "forget_creator/read_pages", given)  # type: ignore[misc]
        )
        if not rows:
            return
        after = rows[-1]["call_id"]
        cleaned = {row["call_id"]: stripped(row["answer"], traces) for row in rows}
        changed = {row["call_id"]: cleaned[row["call_id"]] for row in rows if cleaned[row["call_id"]] != row["answer"]}
        if changed:
            yield changed


def _store_pages(connection: psycopg.Connection[Any], day: date, changed: Mapping[int, bytes]) -> Counts:
    parameters = {"day": day, "call_ids": list(changed), "answers": list(changed.values())}
    return {"answers": len(database.rows(connection, "forget_creator/store_pages", parameters))}


def _changed_overrules(connection: psycopg.Connection[Any], person: Person) -> list[database.Row]:
    """Overrules of others whose reason or text names the person, without the name."""
    texts = [*person.ids, *(f"@{handle}" for handle in person.handles)]
    traces, changed = person.traces(), []
    parameters = {"user_id": person.user_id, "texts": [text.lower() for text in texts]}
    for row in database.rows(connection, "forget_creator/read_overrules", parameters):
        subject = row["subject_text"]
        cleaned = {
            "overrule_id": row["overrule_id"],
            "reason": traces.blanked(row["reason"]),
            "subject_text": None if subject is None else traces.blanked(subject),
        }
        if cleaned != row:
            changed.append(cleaned)
    return changed


def _blank_overrules(connection: psycopg.Connection[Any], person: Person) -> int:
    changed = _changed_overrules(connection, person)
    for row in changed:
        database.rows(connection, "forget_creator/store_overrule", row)
    return len(changed)


def _changed_runs(connection: psycopg.Connection[Any], person: Person, blank: str = ERASED) -> list[database.Row]:
    """Runs that name the person, without the name."""
    texts = [*person.ids, *(f"@{handle}" for handle in person.handles), *person.words]
    traces, changed = person.traces(blank), []
    in_reports = people.Traces(frozenset(person.ids), frozenset([*traces.texts, *person.words]), blank=blank)
    for row in database.rows(connection, "forget_creator/read_runs", {"texts": [text.lower() for text in texts]}):
        cleaned = {
            "run_id": row["run_id"],
            "settings": people.without(row["settings"], traces),
            "counts": people.without(row["counts"], traces),
            "report": None if row["report"] is None else in_reports.blanked(row["report"]),
            "stopped_because": None if row["stopped_because"] is None else in_reports.blanked(row["stopped_because"]),
        }
        if cleaned != row:
            changed.append(cleaned)
    return changed


def _blank_runs(connection: psycopg.Connection[Any], person: Person, number: int) -> Counts:
    changed = _changed_runs(connection, person, f"(erased {number})")
    for row in changed:
        as_json = {
            "settings": Jsonb(row["settings"]),
            "counts": None if row["counts"] is None else Jsonb(row["counts"]),
        }
        database.rows(connection, "forget_creator/store_run", {**row, **as_json})
    return {"runs": len(changed)}


def _blank_keywords(connection: psycopg.Connection[Any], person: Person, number: int) -> Counts:
    parameters = {"words": list(person.words), "blanks": _blanks(person, number)}
    return database.one(connection, "forget_creator/blank_keywords", parameters)


def _blanks(person: Person, number: int) -> list[str]:
    """What stands for each of the person's words: words stay apart, so that what was found under one stays together."""
    return [f"(erased {number}.{place})" for place in range(1, len(person.words) + 1)]


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: int(counts.get(name, 0)) for name in PARTS}


def _show(heading: str, counts: Counts) -> None:
    log.info("%s:", heading)
    for name, title in PARTS.items():
        log.info("  %9s  %s", f"{counts[name]:,}", title)
