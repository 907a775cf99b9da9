"""What a person takes back, puts elsewhere, or brings back: files and reports. Each leaves a line; the next run acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from include import database
from include.account_analytics import accounts, assigning, exports, outcomes
from include.account_analytics.outcomes import Outcome, Result
from include.database import Row
from include.failures import NeedsPerson


class NothingToDo(NeedsPerson, LookupError):
    """There is no such file or report, or nothing of it can be changed in this way; the message says which."""


def undo(connection: psycopg.Connection[Any], export_sha256: str, member: str | None, who: str) -> int:
    """Take a file, or one report of it, back, in all its copies: older values return. Returns how many rows."""
    return _change(connection, "undo", "undone", export_sha256, member, who)


def redo(connection: psycopg.Connection[Any], export_sha256: str, member: str | None, who: str) -> int:
    """Bring back what was taken back."""
    return _change(connection, "redo", "done", export_sha256, member, who)


def move(connection: psycopg.Connection[Any], export_sha256: str, member: str | None, account: str, who: str) -> int:
    """Put a file, or one report of it, to another account, which is opened where it is new."""
    account = accounts.Accounts.read(connection).find(account)
    wanted = _wanted(connection, export_sha256, member)
    accounts.open_accounts(connection, [account], is_made_up=wanted[0]["is_made_up"])
    if member is None:
        assigning.assign(connection, export_sha256, account, "answer")
    moved = sum(assigning.move_member(connection, row["member_sha256"], account) for row in wanted)
    _note(connection, "move", "done", wanted, f"@{account}, said {who}")
    return moved


def _change(
    connection: psycopg.Connection[Any], step: str, result: Result, export_sha256: str, member: str | None, who: str
) -> int:
    wanted = _wanted(connection, export_sha256, member)
    parameters = {"sums": [row["member_sha256"] for row in wanted], "account": wanted[0]["account"], "who": who}
    name = "account_analytics/undo_reports" if step == "undo" else "account_analytics/redo_reports"
    changed = database.rows(connection, name, parameters)
    if not changed:
        raise NothingToDo(f"Nothing of {wanted[0]['file_name']} can be changed in this way: look at its state.")
    accounts.mark_stale(connection, [row["account"] for row in changed if row["account"]])
    exports.settle_files(connection, [row["export_sha256"] for row in changed])
    _note(connection, step, result, wanted, f"said {who}")
    return len(changed)


def _wanted(connection: psycopg.Connection[Any], export_sha256: str, member: str | None) -> list[Row]:
    rows = exports.members(connection, [export_sha256])
    wanted = [row for row in rows if member is None or row["member"] == member]
    if not wanted:
        raise NothingToDo("There is no such file, or no such report in it.")
    return wanted


def _note(connection: psycopg.Connection[Any], step: str, result: Result, rows: Sequence[Row], reason: str) -> None:
    noted = [
        Outcome(
            step=step,
            export_sha256=row["export_sha256"],
            file_name=row["file_name"],
            member=row["member"],
            result=result,
            account=row["account"],
            taken_for=row["format"],
            reason=reason,
        )
        for row in rows
    ]
    outcomes.save(connection, f"by_hand__{datetime.now(UTC).isoformat()}", noted)
