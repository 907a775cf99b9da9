"""The step `to_staging`: an account worked out from all its reports that count, and what became of each of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from include import database
from include.account_analytics import exports, locks, outcomes, questions
from include.account_analytics.facts import NameFacts, Question, Sighting
from include.account_analytics.outcomes import Outcome
from include.account_analytics.reading.headers import renames_of
from include.account_analytics.rows import as_jsonb
from include.account_analytics.run import ALL, Run
from include.database import Database, Row
from include.lake import Lake

if TYPE_CHECKING:
    from include.account_analytics.staged_files import MemberResult
    from include.account_analytics.staging import StagedInput

STEP = "to_staging"
ROWS_AT_ONCE, ACCOUNTS_AT_ONCE = 100_000, 50
KINDS = ("year", "other_account")  # what is asked here
STATES = {"done": "staged", "waiting": "waiting", "quarantined": "quarantined"}
log = logging.getLogger(__name__)


class _News(NamedTuple):
    """What became of a report of an account, and its row as it was before."""

    account: str
    before: Row
    result: MemberResult


class AccountsFailed(RuntimeError):
    """Some accounts of a batch could not be worked out; the message names them, the others are done."""


def to_staging(store: Database, lake: Lake, run: Run, accounts: Sequence[str]) -> int:
    """Stage these accounts; how many changed. One that fails keeps no other from being staged. Raises AccountsFailed.

    Some are staged together, which is much sooner done; where that fails, each of them by itself.
    """
    failed: list[str] = []
    changed = 0
    for some in _some_at_a_time(store, accounts):
        try:
            changed += _stage_alone(store, lake, run, some)
        except Exception as error:  # noqa: BLE001 - see the list in test_architecture
            if len(some) > 1:
                log.info("Of %s accounts one cannot be staged (%s): each by itself.", len(some), type(error).__name__)
                changed += _one_by_one(store, lake, run, some, failed)
            else:
                _fail(failed, some[0], error)
    if failed:
        raise AccountsFailed(f"{len(failed)} of {len(accounts)} accounts could not be staged: {'; '.join(failed)}")
    return changed


def _one_by_one(store: Database, lake: Lake, run: Run, accounts: Sequence[str], failed: list[str]) -> int:
    changed = 0
    for account in accounts:
        try:
            changed += _stage_alone(store, lake, run, [account])
        except Exception as error:  # noqa: BLE001 - see the list in test_architecture
            _fail(failed, account, error)
    return changed


def _fail(failed: list[str], account: str, error: Exception) -> None:
    failed.append(f"@{account}: {type(error).__name__}: {error}")
    log.error("%s", failed[-1])


def _stage_alone(store: Database, lake: Lake, run: Run, accounts: Sequence[str]) -> int:
    stage = partial(_stage, lake=lake, run=run, accounts=accounts)
    return locks.alone(store, map(locks.of_account, accounts), stage)


def _some_at_a_time(store: Database, accounts: Sequence[str]) -> Iterator[list[str]]:
    """As many accounts together as fit into memory, and keep whoever wants one of them waiting for a moment only."""
    found = store.rows("account_analytics/count_raw_rows", {"accounts": list(accounts)})
    rows = {row["account"]: row["count"] or 0 for row in found}
    some: list[str] = []
    for account in accounts:
        is_much = sum(rows.get(each, 0) for each in (*some, account)) > ROWS_AT_ONCE
        if some and (is_much or len(some) == ACCOUNTS_AT_ONCE):
            yield some
            some = []
        some.append(account)
    if some:
        yield some


def waiting(connection: psycopg.Connection[Any], run: Run) -> list[str]:
    """The accounts of which something waits to be staged, and those that the run is to work out anew."""
    rows = database.rows(
        connection, "account_analytics/list_stale", {"accounts": list(run.accounts), "reprocess": run.reprocess}
    )
    return [row["account"] for row in rows]


def inputs_of(reports: Sequence[Row], answers: Mapping[tuple[str, str], str]) -> list[StagedInput]:
    """Each report once, with every export in which it was seen: what came together witnesses for each other."""
    from include.account_analytics.staging import StagedInput

    together: dict[tuple[str | None, str], set[str]] = {}
    for row in reports:
        for key in ((None, row["export_sha256"]), (row["batch"], "")):
            together.setdefault(key, set()).add(row["member_sha256"])
    found = []
    for first in reports:
        if first["raw_key"] is None or first["state"] not in {"raw", *STATES.values()}:
            continue
        sightings = tuple(_sighting(row, together) for row in reports if row["member_sha256"] == first["member_sha256"])
        renames = _renames(first, answers)
        found.append(
            StagedInput(first["member_sha256"], first["family"], first["report"], first["raw_key"], sightings, renames)
        )
    return found


def _sighting(row: Row, together: Mapping[tuple[str | None, str], set[str]]) -> Sighting:
    others = together[None, row["export_sha256"]] | (together[row["batch"], ""] if row["batch"] else set())
    name = NameFacts(row["name_report"], row["name_start"], row["name_ends_at"], row["name_handle"])
    return Sighting(
        row["export_sha256"], row["landed_at"], name, row["written_at"], frozenset(others - {row["member_sha256"]})
    )


def _renames(row: Row, answers: Mapping[tuple[str, str], str]) -> Mapping[str, str]:
    for kind in ("unknown_header", "reach"):
        answer = answers.get((kind, row["waits_for"])) if row["waits_for"] else None
        if answer is not None:
            return renames_of(Question(kind, row["waits_for"], "", (answer,)), answer)
    return {}


def _stage(connection: psycopg.Connection[Any], lake: Lake, run: Run, accounts: Sequence[str]) -> int:
    from include.account_analytics import staging

    started = datetime.now(UTC)
    known = _known(connection, accounts)
    if not known:
        return 0
    answers = questions.answers_of(connection, list(known))
    reports: dict[str, list[Row]] = {account: [] for account in known}
    for row in database.rows(connection, "account_analytics/read_reports", {"accounts": list(known)}):
        reports[row["account"]].append(row)
    wanted = [
        staging.Wanted(
            account,
            inputs_of(reports[account], answers[account]),
            {key: answer for key, answer in answers[account].items() if key[0] in KINDS},
            known[account]["time_zone"],
            is_forced=run.reprocess in {ALL, account} or run.reprocess in {row["format"] for row in reports[account]},
        )
        for account in known
    ]
    staged = staging.stage_together(lake, wanted)
    # Of one that is gone meanwhile the files are removed when this transaction has ended.
    there = _known(connection, list(known))
    staged = [each for each in staged if each.account in there]
    news = []
    for each in staged:
        before = {row["member_sha256"]: row for row in reports[each.account] if row["raw_key"] is not None}
        results = [result for result in each.members if _is_news(before[result.sha256], result)]
        news += [_News(each.account, before[result.sha256], result) for result in results]
    _enter(connection, run, news, started)
    _ask(connection, run, {each.account: each.members for each in staged}, known)
    # A run that was killed may have left the files and nothing else: what waited counts as changed, even where they are as they
    # should be.
    marked = as_jsonb(
        {
            "account": each.account,
            "stale_since": known[each.account]["stale_since"],
            "is_changed": each.is_new or known[each.account]["stale_since"] is not None,
        }
        for each in staged
    )
    database.rows(connection, "account_analytics/mark_staged", {"accounts": marked})
    return sum(each.is_new for each in staged)


def _known(connection: psycopg.Connection[Any], accounts: Sequence[str]) -> dict[str, Row]:
    """The accounts that there are: somebody may have been forgotten with one, or it became part of another one, since this was
    planned."""
    found = database.rows(connection, "account_analytics/read_accounts", {"accounts": list(accounts)})
    if len(found) < len(accounts):
        log.info("%s accounts of this batch are gone.", len(accounts) - len(found))
    return {row["account"]: row for row in found}


def _is_news(row: Row, result: MemberResult) -> bool:
    """Whether it says more of a report than its row does."""
    told = (
        row["state"],
        row["label_shift"],
        row["shift_basis"],
        _iso(row["first_day"]),
        _iso(row["last_day"]),
        row["reason"],
    )
    now = (
        STATES[result.result],
        result.label_shift,
        result.shift_basis,
        result.first_day,
        result.last_day,
        result.reason,
    )
    return told != now


def _iso(value: Any) -> str | None:
    return value.isoformat() if value is not None else None


def _enter(connection: psycopg.Connection[Any], run: Run, news: Sequence[_News], started: datetime) -> None:
    if not news:
        return
    rows = [
        {
            **exports.EMPTY,
            "account": account,
            "member_sha256": result.sha256,
            "state": STATES[result.result],
            "reason": result.reason,
            "reason_code": result.question["kind"] if result.question else result.code,
            "first_day": result.first_day,
            "last_day": result.last_day,
            "exported_at": result.exported_at,
            "year_basis": result.year_basis,
            "label_shift": result.label_shift,
            "shift_basis": result.shift_basis,
            "warnings": list(dict.fromkeys([*_of_reading(before), *result.warnings])),
        }
        for account, before, result in news
    ]
    database.rows(connection, "account_analytics/enter_staged", {"reports": as_jsonb(rows)})
    outcomes.save(
        connection,
        run.run_id,
        [
            Outcome(
                step=STEP,
                export_sha256=before["export_sha256"],
                file_name=before["file_name"],
                member=before["member"],
                result=result.result,  # type: ignore[arg-type]
                account=account,
                taken_for=before["format"],
                reason=result.reason,
                rows_in=result.rows_in,
                rows_out=result.rows_out,
                rows_refused=result.rows_refused,
                started_at=started,
            )
            for account, before, result in news
        ],
    )
    exports.settle_files(connection, [before["export_sha256"] for _, before, _ in news])


def _of_reading(row: Row) -> list[str]:
    """The warnings that reading gave; those of dating are given anew each time."""
    return [text for text in row["warnings"] if row["state"] == "raw"]


def _ask(
    connection: psycopg.Connection[Any],
    run: Run,
    results: Mapping[str, Sequence[MemberResult]],
    known: Mapping[str, Row],
) -> None:
    """Ask what only a person knows; what a later file answered is asked no longer."""
    asked = [
        (Question(**_as_question(result.question)), account)
        for account, of_account in results.items()
        for result in of_account
        if result.question
    ]
    for is_made_up in (False, True):
        own = [(each, account) for each, account in asked if known[account]["is_made_up"] is is_made_up]
        questions.ask(connection, run.run_id, own, is_made_up=is_made_up)
    subjects = [each.subject for each, _ in asked]
    parameters = {"accounts": list(results), "kinds": list(KINDS), "subjects": subjects}
    database.rows(connection, "account_analytics/settle_others", parameters)


def _as_question(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "candidates": tuple(told["candidates"])}
