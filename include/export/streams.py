"""Statements as streams of rows, through a cursor on the server: a table is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

import psycopg

from include import database
from include.export.tables import ROWS_A_PIECE, Table


def stream(
    connection: psycopg.Connection[Any], table: Table, statement: str, parameters: Mapping[str, Any]
) -> Generator[Sequence[Any], None, None]:
    """The rows of `sql/<statement>.sql` as `table` orders them; inside one read-only transaction of `connection`."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        # An export takes as long as its reader: the page's limits would cut a slow one short.
        database.settle(connection, idle_in_transaction_session_timeout="600s")
        connection.execute("select set_config('cursor_tuple_fraction', '1', true)")
        with connection.cursor("export") as cursor:
            cursor.itersize = ROWS_A_PIECE
            cursor.execute(database.statement(statement), parameters)
            assert [column.name for column in cursor.description or ()] == [  # noqa: S101 - file and table are ours
                column.name for column in table.columns
            ], f"sql/{statement}.sql does not give the columns of {table.name}"
            yield from cursor
