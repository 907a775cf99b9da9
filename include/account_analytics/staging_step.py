"""The step `to_staging`: an account worked out from all its reports that count, and what became of each of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

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
KINDS = ("year", "other_account")  # what is asked here
STATES = {"done": "staged", "waiting": "waiting", "quarantined": "quarantined"}
log = logging.getLogger(__name__)


class AccountsFailed(RuntimeError):
    """Some accounts of a batch could not be worked out; the message names them, the others are done."""


def to_staging(store: Database, lake: Lake, run: Run, accounts: Sequence[str]) -> int:
    """Stage these accounts; how many changed. One that fails keeps no other from being staged. Raises AccountsFailed."""
    failed, changed = [], 0
    for account in accounts:
        try:
            stage = partial(_stage, lake=lake, run=run, account=account)
            changed += locks.alone(store, locks.of_account(account), stage)
        except Exception as error:  # noqa: BLE001 - see the list in test_architecture
            failed.append(f"@{account}: {type(error).__name__}: {error}")
            log.error("%s", failed[-1])
    if failed:
        raise AccountsFailed(f"{len(failed)} of {len(accounts)} accounts could not be staged: {'; '.join(failed)}")
    return changed


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


def _stage(connection: psycopg.Connection[Any], lake: Lake, run: Run, account: str) -> int:
    from include.account_analytics import staging

    started = datetime.now(UTC)
    known = _known(connection, account)
    if known is None:
        return 0
    reports = database.rows(connection, "account_analytics/read_reports", {"account": account})
    answers = questions.answers(connection, account)
    here = {key: answer for key, answer in answers.items() if key[0] in KINDS}
    staged = staging.stage(
        lake,
        account,
        inputs_of(reports, answers),
        here,
        time_zone=known["time_zone"],
        is_forced=run.reprocess in {ALL, account} or run.reprocess in {row["format"] for row in reports},
    )
    if _known(connection, account) is None:  # meanwhile; its files are removed when this transaction has ended
        return 0
    before = {row["member_sha256"]: row for row in reports if row["raw_key"] is not None}
    results = [result for result in staged.members if _is_news(before[result.sha256], result)]
    _enter(connection, run, account, results, before, started)
    _ask(connection, run, account, staged.members, known)
    # A run that was killed may have left the files and nothing else: what waited counts as changed, even where they are as they
    # should be.
    parameters = {
        "account": account,
        "stale_since": known["stale_since"],
        "is_changed": staged.is_new or known["stale_since"] is not None,
    }
    database.rows(connection, "account_analytics/mark_staged", parameters)
    return int(staged.is_new)


def _known(connection: psycopg.Connection[Any], account: str) -> Row | None:
    """The account; None when somebody was forgotten with it, or it became part of another one, since this was planned."""
    found = database.rows(connection, "account_analytics/read_accounts", {"account": account})
    if not found:
        log.info("An account of this batch is gone.")
    return found[0] if found else None


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


def _enter(
    connection: psycopg.Connection[Any],
    run: Run,
    account: str,
    results: Sequence[MemberResult],
    before: Mapping[str, Row],
    started: datetime,
) -> None:
    if not results:
        return
    rows = [
        {
            **exports.EMPTY,
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
            "warnings": list(dict.fromkeys([*_of_reading(before[result.sha256]), *result.warnings])),
        }
        for result in results
    ]
    database.rows(connection, "account_analytics/enter_staged", {"account": account, "reports": as_jsonb(rows)})
    outcomes.save(
        connection,
        run.run_id,
        [
            Outcome(
                step=STEP,
                export_sha256=before[result.sha256]["export_sha256"],
                file_name=before[result.sha256]["file_name"],
                member=before[result.sha256]["member"],
                result=result.result,  # type: ignore[arg-type]
                account=account,
                taken_for=before[result.sha256]["format"],
                reason=result.reason,
                rows_in=result.rows_in,
                rows_out=result.rows_out,
                rows_refused=result.rows_refused,
                started_at=started,
            )
            for result in results
        ],
    )
    exports.settle_files(connection, [before[result.sha256]["export_sha256"] for result in results])


def _of_reading(row: Row) -> list[str]:
    """The warnings that reading gave; those of dating are given anew each time."""
    return [text for text in row["warnings"] if row["state"] == "raw"]


def _ask(
    connection: psycopg.Connection[Any], run: Run, account: str, results: Sequence[MemberResult], known: Row
) -> None:
    """Ask what only a person knows; what a later file answered is asked no longer."""
    asked = [Question(**_as_question(result.question)) for result in results if result.question]
    questions.ask(connection, run.run_id, [(each, account) for each in asked], is_made_up=known["is_made_up"])
    parameters = {"account": account, "kinds": list(KINDS), "subjects": [each.subject for each in asked]}
    database.rows(connection, "account_analytics/settle_others", parameters)


def _as_question(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "candidates": tuple(told["candidates"])}
