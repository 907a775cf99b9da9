"""Two runs at once do each piece of work one after the other: whoever comes second finds it done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import psycopg

from include import database
from include.database import Database

Result = TypeVar("Result")
# The names of the pieces of work that one run does at a time; an account's are made by `of_account`.
LANDING, CURATED = "landing", "curated"
_LOCK = 4_178_225_016_930_771  # any constant; with the name of the work it makes the number of the lock


def alone(store: Database, work: str | Iterable[str], do: Callable[[psycopg.Connection[Any]], Result]) -> Result:
    """Do it in one transaction that nobody else of the same `work`, or any of these, is in; what it writes counts once it has
    ended.

    A process that is killed leaves nothing of it behind. The transaction may take long and may idle, while files are written.
    """

    def in_turn(connection: psycopg.Connection[Any]) -> Result:
        with connection.transaction():
            hold(connection, *([work] if isinstance(work, str) else sorted(work)))
            return do(connection)

    return store.repeatedly(in_turn)


def of_account(account: str) -> str:
    return f"account {account}"


def hold(connection: psycopg.Connection[Any], *works: str) -> None:
    """Nobody else does these works until the transaction ends. Whoever takes several takes them in the order of their names."""
    database.settle(connection, statement_timeout="0", lock_timeout="300s", idle_in_transaction_session_timeout="0")
    for work in works:
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", [work, _LOCK])
