"""Takes one person out of every table for good, and keeps them out; or says what that would take out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.calls.ledger import PROFILE, stripped
from include.erasure import forgotten as erasure
from include.erasure import traces as people
from include.erasure.forgotten import ERASED
from include.forget_creator.person import Person, PersonUnclear, find, patterns
from include.settings import Secret

PAGES = 200  # stored answers held in memory at once
PASSES = 3  # while others go on writing, what they wrote meanwhile is looked for again
RUN_TEXTS = ("report", "stopped_because", "failed_tasks", "failed_checks")
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
    "verdict_texts": "verdicts of others that name them",
    "creator_texts": "creators whose name or bio mentions them",
    "standing_texts": "standings whose name mentions them",
    "adopted_leftovers": "adopted_leftovers",
    "leftover_texts": "adopted_leftovers of others that name them",
    "rule_versions": "versions of the rules that name them",
    "calls": "api_calls about them (blanked; the bill stays)",
    "calls_naming": "api_calls of others that name them",
    "answers": "stored answers in which they appear",
    "runs": "runs whose settings or report name them",
    "daily_trends": "daily_trends that are their handle",
    "verdict_keywords": "verdicts found under their handle",
    "overrule_keywords": "overrules of verdicts found under their handle",
    "creator_keywords": "creators found under their handle",
    "stats_keywords": "snapshots found under their handle",
    "miss_keywords": "suspect readings found under their handle",
    "standing_keywords": "standings found under their handle",
    "summary_keywords": "call_summaries of searches for their handle",
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
    # Stored answers take longest to look through: only who wants to know them all, or finds nothing else, waits for that.
    found = _count_rows(connections, person)
    if dry_run or not sum(found.values()):
        found = count(connections, person)
    if not sum(found.values()):
        if not is_known_hash:
            raise PersonUnclear(
                "There is nothing about this user id in any table or stored answer, and nobody of that id was "
                "forgotten before. Check the number."
            )
        if not dry_run:
            connections.run(lambda connection: _end(connection, person))
        log.info("This person was forgotten before, and nothing about them is left.")
        return found
    if dry_run:
        _show("Would be removed or blanked", found)
        return found
    erasure_id = connections.run(lambda connection: _open(connection, person, run_id, requested_by))
    for _ in range(PASSES):
        _erase(connections, person, key, erasure_id)
        person = connections.run(
            lambda connection, user_id=person.user_id: find(  # type: ignore[misc]
                connection, user_id, with_search_words=with_search_words
            )
        )
        left = {name: rows for name, rows in count(connections, person).items() if rows}
        if not left:
            break
        log.info("Rows came in while they were removed (%s): once more.", left)
    else:
        raise RuntimeError(f"Rows came in while they were removed ({left}): the task goes over the tables again.")
    removed = connections.run(lambda connection: _close(connection, person, erasure_id))
    _show("Removed or blanked", removed)
    return removed


def count(connections: database.Database, person: Person) -> dict[str, int]:
    """What there is about a person, written or not; rows per part."""
    answers = (len(pages) for day in _ledger_days(connections) for pages in _changed_pages(connections, person, day))
    return {**_count_rows(connections, person), "answers": sum(answers)}


def _count_rows(connections: database.Database, person: Person) -> dict[str, int]:
    """As `count`, without the stored answers."""
    about = {"user_id": person.user_id, "handles": list(person.handles), "words": list(person.words)}
    naming = {"user_id": person.user_id, **patterns(person.mentions())}
    counts: Counter[str] = Counter(
        connections.run(lambda connection: database.one(connection, "forget_creator/count_person", about))
    )
    counts.update(connections.run(lambda connection: database.one(connection, "forget_creator/count_texts", naming)))
    for name, changed in (
        ("leftover_texts", _changed_leftovers),
        ("rule_versions", _changed_rules),
        ("runs", _changed_runs),
    ):
        counts[name] = len(connections.run(lambda connection, read=changed: read(connection, person)))  # type: ignore[misc]
    for day in _ledger_days(connections):
        parameters = {**_call_marks(person), "words": list(person.words), "day": day}
        calls = connections.run(
            lambda connection, given=parameters: database.one(connection, "forget_creator/count_calls", given)  # type: ignore[misc]
        )
        counts["calls"] += calls["about"]
        counts["calls_naming"] += calls["named"]
    return _in_order(counts)


def _erase(connections: database.Database, person: Person, key: Secret, erasure_id: int) -> None:
    def step(work: Any) -> None:
        """One transaction: rows removed, and the audit line that says so."""

        def counted(connection: psycopg.Connection[Any]) -> None:
            removed = {name: rows for name, rows in work(connection).items() if rows}
            parameters = {"erasure_id": erasure_id, "removed": Jsonb(removed)}
            database.rows(connection, "forget_creator/add_removed", parameters)

        connections.run(counted)

    used = connections.run(lambda connection: _begin(connection, person))
    blanks = [f"(erased {erasure_id}.{used - place})" for place in reversed(range(len(person.spellings)))]
    # From here on nobody can write about them any more, so that all else can be done piece by piece.
    step(lambda connection: _remove_person(connection, person, key))
    naming = {"user_id": person.user_id, **patterns(person.mentions()), "blank": ERASED}
    # Table by table: whoever writes meanwhile locks rows of several, in an order of their own.
    for name, statement in (
        ("roll_call_batches", "forget_creator/blank_batches"),
        ("creator_texts", "forget_creator/blank_creators"),
        ("standing_texts", "forget_creator/blank_standings"),
        ("reasons", "forget_creator/blank_reasons"),
        ("verdict_texts", "forget_creator/blank_verdicts"),
        ("overrule_texts", "forget_creator/blank_overrules"),
    ):
        step(
            lambda connection, name=name, statement=statement: {name: len(database.rows(connection, statement, naming))}
        )
    step(lambda connection: _clean_leftovers(connection, person))
    step(lambda connection: _blank_rules(connection, person))
    for day in _ledger_days(connections):
        step(lambda connection, day=day: _blank_calls(connection, person, day, blanks))
        for changed in _changed_pages(connections, person, day):
            step(lambda connection, day=day, changed=changed: _store_pages(connection, day, changed))
    step(lambda connection: _blank_runs(connection, person, erasure_id))
    if person.spellings:
        step(lambda connection: _blank_keywords(connection, person, blanks))


def _open(connection: psycopg.Connection[Any], person: Person, run_id: str, requested_by: str | None) -> int:
    # A run may have been given a name of its own, and with it theirs.
    parameters = {"run_id": person.mentions().blanked(run_id), "requested_by": requested_by}
    return int(database.one(connection, "forget_creator/open_erasure", parameters)["erasure_id"])


def _begin(connection: psycopg.Connection[Any], person: Person) -> int:
    """Note the person's names until the end; returns how many blanks were given out, those for `spellings` last."""
    parameters = {
        "user_id": person.user_id,
        "sec_user_id": person.sec_user_id,
        "handles": list(person.handles),
        "blanks": len(person.spellings),
    }
    return int(database.one(connection, "forget_creator/begin_erasure", parameters)["blanks"])


def _end(connection: psycopg.Connection[Any], person: Person) -> None:
    database.rows(connection, "forget_creator/end_erasure", {"user_id": person.user_id})


def _close(connection: psycopg.Connection[Any], person: Person, erasure_id: int) -> dict[str, int]:
    _end(connection, person)
    closed = database.one(connection, "forget_creator/close_erasure", {"erasure_id": erasure_id})
    return _in_order(closed["removed"])


def _check_key(connection: psycopg.Connection[Any], key: Secret) -> None:
    marks = [bytes(row["key_mark"]) for row in database.rows(connection, "erasure/read_key_marks")]
    erasure.check_marks(marks, key)


def _is_forgotten(connection: psycopg.Connection[Any], key: Secret, person: Person) -> bool:
    parameters = {"user_hash": erasure.hash_of(key, person.user_id)}
    return bool(database.rows(connection, "forget_creator/read_hash", parameters))


def _remove_person(connection: psycopg.Connection[Any], person: Person, key: Secret) -> Counts:
    # In the pipeline's own order: those who write about people first, then the creator.
    erasure.shut_out_writers(connection)
    database.rows(connection, "forget_creator/lock_creator", {"user_id": person.user_id})
    parameters = {"user_hash": erasure.hash_of(key, person.user_id), "key_mark": erasure.mark_of(key)}
    database.rows(connection, "forget_creator/remember_hash", parameters)
    return database.one(connection, "forget_creator/delete_person", {"user_id": person.user_id})


def _ledger_days(connections: database.Database) -> list[date]:
    rows = connections.run(lambda connection: database.rows(connection, "forget_creator/read_ledger_days"))
    return [row["day"] for row in rows]


def _call_marks(person: Person) -> dict[str, Any]:
    return {"subjects": person.subjects, **patterns(person.mentions())}


def _blank_calls(connection: psycopg.Connection[Any], person: Person, day: date, blanks: list[str]) -> Counts:
    spelled = {"words": list(person.spellings), "blanks": blanks}
    parameters = {**_call_marks(person), **spelled, "day": day, "blank": ERASED}
    calls = database.one(connection, "forget_creator/blank_calls", parameters)
    return {"calls": calls["about"], "calls_naming": calls["named"]}


def _changed_pages(connections: database.Database, person: Person, day: date) -> Iterator[dict[int, bytes]]:
    """Stored answers of a day without the person, by call; only those that were changed by it, a block at a time."""
    # What somebody says in their own profile is no search word.
    in_profiles, in_searches, after = person.mentions(), person.traces(), 0
    while True:
        parameters = {**_call_marks(person), "day": day, "after": after, "most": PAGES}
        rows = connections.run(
            lambda connection, given=parameters: database.rows(connection, "forget_creator/read_pages", given)  # type: ignore[misc]
        )
        if not rows:
            return
        after = rows[-1]["call_id"]
        cleaned = (
            (row, stripped(row["answer"], in_profiles if row["endpoint"] == PROFILE else in_searches)) for row in rows
        )
        changed = {row["call_id"]: answer for row, answer in cleaned if answer is not row["answer"]}
        if changed:
            yield changed


def _store_pages(connection: psycopg.Connection[Any], day: date, changed: Mapping[int, bytes]) -> Counts:
    parameters = {"day": day, "call_ids": list(changed), "answers": list(changed.values())}
    return {"answers": len(database.rows(connection, "forget_creator/store_pages", parameters))}


def _needles(person: Person) -> list[str]:
    """For texts in which search words stand too."""
    spelled = people.Traces((), [*person.mentions().needles, *person.words])
    return list(patterns(spelled)["needles"])


def _changed_leftovers(connection: psycopg.Connection[Any], person: Person) -> list[database.Row]:
    """Rows set aside that are about others and name the person, without the name."""
    parameters = {"user_id": person.user_id, "handles": list(person.handles), "needles": _needles(person)}
    found = database.rows(connection, "forget_creator/read_leftovers", parameters)
    traces = person.traces()
    cleaned = [
        {
            "place": row["place"],
            "row_data": people.without(row["row_data"], traces),
            "reason": traces.blanked(row["reason"]),
        }
        for row in found
    ]
    return [row for row, before in zip(cleaned, found, strict=True) if row != before]


def _clean_leftovers(connection: psycopg.Connection[Any], person: Person) -> Counts:
    changed = _changed_leftovers(connection, person)
    for row in changed:
        database.rows(connection, "forget_creator/store_leftover", {**row, "row_data": Jsonb(row["row_data"])})
    parameters = {"user_id": person.user_id, "handles": list(person.handles)}
    removed = database.rows(connection, "forget_creator/delete_leftovers", parameters)
    return {"leftover_texts": len(changed), "adopted_leftovers": len(removed)}


def _changed_rules(connection: psycopg.Connection[Any], person: Person) -> list[database.Row]:
    """Versions of the rules that name the person, without the name: an entry of a list that is nothing else goes."""
    traces = person.mentions()
    found = database.rows(connection, "forget_creator/read_rule_versions", {"needles": patterns(traces)["needles"]})
    cleaned = [
        {
            "version": row["version"],
            "mapping": _without_entries(people.without(row["mapping"], traces), traces.blank),
            "note": traces.blanked(row["note"]),
        }
        for row in found
    ]
    return [row for row, before in zip(cleaned, found, strict=True) if row != before]


def _without_entries(value: Any, entry: str) -> Any:
    if isinstance(value, list):
        return [_without_entries(inner, entry) for inner in value if inner != entry]
    if isinstance(value, dict):
        return {name: _without_entries(inner, entry) for name, inner in value.items()}
    return value


def _blank_rules(connection: psycopg.Connection[Any], person: Person) -> Counts:
    changed = _changed_rules(connection, person)
    for row in changed:
        database.rows(connection, "forget_creator/store_rule_version", {**row, "mapping": Jsonb(row["mapping"])})
    return {"rule_versions": len(changed)}


def _changed_runs(connection: psycopg.Connection[Any], person: Person, blank: str = ERASED) -> list[database.Row]:
    """Runs that name the person, without the name."""
    traces = person.traces(blank)
    in_texts = people.Traces(traces.user_ids, [*traces.texts, *person.words], blank=blank)
    found = database.rows(connection, "forget_creator/read_runs", {"needles": _needles(person)})
    cleaned = [
        {
            "pipeline": row["pipeline"],
            "run_id": row["run_id"],
            "settings": people.without(row["settings"], traces),
            "counts": people.without(row["counts"], traces),
            **{name: people.without(row[name], in_texts) for name in RUN_TEXTS},
        }
        for row in found
    ]
    return [row for row, before in zip(cleaned, found, strict=True) if row != before]


def _blank_runs(connection: psycopg.Connection[Any], person: Person, erasure_id: int) -> Counts:
    changed = _changed_runs(connection, person, f"(erased {erasure_id})")
    for row in changed:
        as_json = {
            "settings": Jsonb(row["settings"]),
            "counts": None if row["counts"] is None else Jsonb(row["counts"]),
        }
        database.rows(connection, "forget_creator/store_run", {**row, **as_json})
    return {"runs": len(changed)}


def _blank_keywords(connection: psycopg.Connection[Any], person: Person, blanks: list[str]) -> Counts:
    # A blank for each spelling: words stay apart, so that what was found under one stays together.
    parameters = {"words": list(person.spellings), "blanks": blanks}
    return database.one(connection, "forget_creator/blank_keywords", parameters)


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: int(counts.get(name, 0)) for name in PARTS}


def _show(heading: str, counts: Counts) -> None:
    log.info("%s:", heading)
    for name, title in PARTS.items():
        log.info("  %9s  %s", f"{counts[name]:,}", title)
