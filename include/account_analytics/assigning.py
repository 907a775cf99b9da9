"""Which account each file is of, once more, when something was learnt: an answer, a better name, the same report elsewhere."""

from __future__ import annotations

import logging
from typing import Any

import psycopg

from include import database
from include.account_analytics import accounts, exports, outcomes, questions
from include.account_analytics.accounts import Accounts, Claims
from include.account_analytics.facts import Question
from include.account_analytics.outcomes import Outcome

log = logging.getLogger(__name__)


def heed_answers(connection: psycopg.Connection[Any], run_id: str) -> None:
    """What waited for an answer that is there now goes on."""
    known, answered = Accounts.read(connection), questions.answers(connection)
    for row in database.rows(connection, "account_analytics/read_unassigned"):
        claims = Claims(row["folder"], row["name_handle"], row["handles"])
        owner = accounts.whose(row["export_sha256"], row["file_name"], claims, known, answered)
        if owner.account is not None:
            accounts.open_accounts(connection, [owner.account], is_made_up=row["is_made_up"])
            assign(connection, row["export_sha256"], owner.account, owner.basis or "answer")
            questions.settle(connection, [row["reason_code"]], [row["waits_for"]])
            log.info("%s is of @%s.", row["file_name"], owner.account)
        elif owner.question is not None and owner.question.subject != row["waits_for"]:
            _ask_anew(connection, run_id, row, owner.question)
    _heed_claims(connection, known, answered)
    woken = database.rows(connection, "account_analytics/wake_answered")
    exports.settle_files(connection, [row["export_sha256"] for row in woken])
    settle_copies(connection, run_id)


def assign(connection: psycopg.Connection[Any], export_sha256: str, account: str, basis: str) -> None:
    """The file is of this account from now on: its reports are read and staged there, and nowhere else."""
    parameters = {"export_sha256": export_sha256, "account": account, "basis": basis}
    changed = database.rows(connection, "account_analytics/assign_export", parameters)
    accounts.mark_stale(connection, [row["former"] for row in changed if row["former"]] + [account])
    exports.settle_files(connection, [export_sha256])


def settle_copies(connection: psycopg.Connection[Any], run_id: str) -> None:
    """The same report in several files: it counts once, and all of them are its witnesses."""
    for row in database.rows(connection, "account_analytics/find_adopted"):
        assign(connection, row["export_sha256"], row["account"], "copy")
        questions.settle(connection, [row["reason_code"]], [row["waits_for"]])
        log.info("%s is of @%s: so is a copy of what is in it.", row["file_name"], row["account"])
    for row in database.rows(connection, "account_analytics/find_claimed_twice"):
        _ask_whose(connection, run_id, row)
    copies = database.rows(connection, "account_analytics/mark_duplicates")
    accounts.mark_stale(connection, [row["account"] for row in copies if row["account"]])
    outcomes.save(
        connection,
        run_id,
        [
            Outcome(
                step="land",
                export_sha256=row["export_sha256"],
                file_name=row["file_name"],
                member=row["member"],
                result="duplicate",
                account=row["account"],
                taken_for=row["format"],
                reason=row["reason"],
                rows_in=row["rows_in"],
            )
            for row in copies
        ],
    )
    exports.settle_files(connection, [row["export_sha256"] for row in copies])
    database.rows(connection, "account_analytics/settle_outcomes", {"run_id": run_id})


def _ask_anew(connection: psycopg.Connection[Any], run_id: str, row: database.Row, asked: Question) -> None:
    """What was learnt since made another question of it; nothing may wait for one that nobody sees."""
    questions.settle(connection, [row["reason_code"]], [row["waits_for"]])
    questions.ask(connection, run_id, [(asked, None)], is_made_up=row["is_made_up"])
    parameters = {
        "export_sha256": row["export_sha256"],
        "member": "",
        "reason": asked.text,
        "reason_code": asked.kind,
        "waits_for": asked.subject,
    }
    database.rows(connection, "account_analytics/let_wait", parameters)


def _ask_whose(connection: psycopg.Connection[Any], run_id: str, row: database.Row) -> None:
    """One report cannot be two accounts': the newcomer waits."""
    asked = Question(
        "two_handles",
        f"member:{row['member_sha256']}",
        f"{row['member']} in {row['file_name']} was put to @{row['account']}, and the very same report is @{row['other']}'s "
        "already. Whose is it?",
        tuple(sorted({row["account"], row["other"]})),
        {"file": row["file_name"], "member": row["member"]},
    )
    questions.ask(connection, run_id, [(asked, row["account"])], is_made_up=row["is_made_up"])
    parameters = {
        "export_sha256": row["export_sha256"],
        "member": row["member"],
        "reason": asked.text,
        "reason_code": asked.kind,
        "waits_for": asked.subject,
    }
    database.rows(connection, "account_analytics/let_wait", parameters)
    exports.settle_files(connection, [row["export_sha256"]])


def _heed_claims(connection: psycopg.Connection[Any], known: Accounts, answered: accounts.Answers) -> None:
    """Whose a report is that two accounts claimed: all its copies go there."""
    for (kind, subject), account in answered.items():
        if kind == "two_handles" and subject.startswith("member:"):
            move_member(connection, subject.removeprefix("member:"), known.find(account))


def move_member(connection: psycopg.Connection[Any], member_sha256: str, account: str) -> int:
    """A report, in every file that holds it, goes to another account; how many copies did."""
    parameters = {"member_sha256": member_sha256, "account": account}
    moved = database.rows(connection, "account_analytics/move_member", parameters)
    accounts.mark_stale(connection, [row["former"] for row in moved if row["former"]] + ([account] if moved else []))
    exports.settle_files(connection, [row["export_sha256"] for row in moved])
    return len(moved)
