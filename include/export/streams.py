"""Statements as streams of rows, through a cursor on the server: a table is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

import psycopg

from include import database
from include.export.tables import ROWS_A_PIECE, Column, Table

RANKING = Table(
    "ranking",
    (
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("nickname", "text"),
        Column("status", "text"),
        Column("day", "day"),
        Column("follower_count", "integer"),
        Column("heart_count", "integer"),
        Column("video_count", "integer"),
        Column("is_estimated", "flag"),
        Column("estimated_days", "integer"),
        Column("observed_at", "moment"),
        Column("growth_1", "integer"),
        Column("growth_7", "integer"),
        Column("growth_30", "integer"),
        Column("percent_1", "number"),
        Column("percent_7", "number"),
        Column("percent_30", "number"),
        Column("is_growth_1_estimated", "flag"),
        Column("is_growth_7_estimated", "flag"),
        Column("is_growth_30_estimated", "flag"),
        Column("acceleration", "number"),
        Column("first_seen_on", "day"),
        Column("source_trend", "text"),
        Column("band", "text"),
        Column("is_new", "flag"),
        Column("is_fading", "flag"),
        Column("score", "number"),
        Column("score_growth", "number"),
        Column("score_acceleration", "number"),
        Column("score_consistency", "number"),
        Column("score_engagement", "number"),
        Column("is_overruled", "flag"),
    ),
)
SNAPSHOTS = Table(
    "snapshots",
    (
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("recorded_date", "day"),
        Column("follower_count", "integer"),
        Column("heart_count", "integer"),
        Column("video_count", "integer"),
        Column("daily_growth_followers", "integer"),
        Column("daily_growth_percent", "number"),
        Column("compared_with", "day"),
        Column("source_trend", "text"),
        Column("observed_at", "moment"),
        Column("origin", "text"),
        Column("is_estimated", "flag"),
        Column("is_against_estimate", "flag"),
    ),
)
VERDICTS = Table(
    "verdicts",
    (
        Column("day", "day"),
        Column("keyword", "text"),
        Column("video_id", "text"),
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("layer", "text"),
        Column("field", "text"),
        Column("matched_text", "text"),
        Column("measured", "number"),
        Column("threshold", "number"),
        Column("is_uncertain", "flag"),
        Column("detector", "text"),
        Column("score", "number"),
        Column("rules_version", "text"),
        Column("screened_at", "moment"),
        Column("followers_from", "text"),
    ),
)
TRENDS = Table("trends", (Column("day", "day"), Column("keyword", "text"), Column("rank", "integer")))


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
