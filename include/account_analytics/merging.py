"""An account that was renamed: what was kept under the new name becomes part of it, as if that had been known from the start."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg

from include import database
from include.account_analytics import exports, outcomes, places
from include.account_analytics.accounts import Accounts, mark_stale, read_one
from include.account_analytics.outcomes import Outcome
from include.account_analytics.undoing import NothingToDo


def rename(connection: psycopg.Connection[Any], account: str, name: str, who: str) -> None:
    """The account is called `name` now; an account of that name goes into it, for good. The next run acts on it.

    Raises NothingToDo where that is its name already, or one of both is made up.
    """
    other: str | None = Accounts.read(connection).by_name.get(name)
    own = read_one(connection, account)
    if other in {None, account}:
        if own["handle"].lower() == name:
            raise NothingToDo(f"It is called @{name} already.")
        database.rows(
            connection, "account_analytics/rename_account", {"account": account, "handle": name, "other": None}
        )
        _note(connection, account, name, who)
        return
    theirs = read_one(connection, str(other))
    if own["is_made_up"] != theirs["is_made_up"]:
        raise NothingToDo("One of these accounts is made up: its numbers never meet real ones.")
    database.rows(connection, "account_analytics/rename_account", {"account": account, "handle": name, "other": other})
    database.rows(connection, "account_analytics/give_way", {"account": account, "other": other})
    moved = database.rows(connection, "account_analytics/merge_account", {"account": other, "into_account": account})
    database.rows(connection, "account_analytics/remove_account", {"account": other, "keys": places.staged(str(other))})
    exports.settle_files(connection, [row["export_sha256"] for row in moved])
    mark_stale(connection, [account])
    _note(connection, account, name, who, str(other))


def _note(connection: psycopg.Connection[Any], account: str, name: str, who: str, other: str | None = None) -> None:
    became = f"; all of @{other} came into it" if other else ""
    line = Outcome(
        step="rename",
        export_sha256=f"account:{account}",
        file_name=f"@{account}",
        result="done",
        account=account,
        reason=f"It is called @{name} now{became}, said {who}",
    )
    outcomes.save(connection, f"by_hand__{datetime.now(UTC).isoformat()}", [line])
