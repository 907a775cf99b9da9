"""The pages' way to the pipeline's database: a small pool, and transactions that end soon."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import conninfo
from psycopg_pool import ConnectionPool

from include import connections, database

MOST_CONNECTIONS = 4
WAIT_SECONDS = 5.0
# A page that takes longer than this is of no use to the person who waits for it.
PATIENCE = "10s"


@contextmanager
def reading() -> Iterator[psycopg.Connection[Any]]:
    """One read-only transaction: all its statements see the same moment."""
    with _pool().connection() as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        database.settle(connection, statement_timeout=PATIENCE, lock_timeout="3s")
        yield connection


@contextmanager
def writing() -> Iterator[psycopg.Connection[Any]]:
    """One transaction that may change rows; nothing of it stays when its block raises."""
    with _pool().connection() as connection, connection.transaction():
        database.settle(connection, statement_timeout=PATIENCE, lock_timeout="3s")
        yield connection


def connect() -> psycopg.Connection[Any]:
    """A connection beside the pool, for what takes long and must not keep the pages waiting; the caller closes it."""
    connection = psycopg.connect(str(_pool().conninfo))
    database.prepare(connection)
    return connection


def read(name: str, parameters: Mapping[str, Any] | None = None) -> list[database.Row]:
    """The rows of the statement `sql/<name>.sql`, in a transaction of its own."""
    with reading() as connection:
        return database.rows(connection, name, parameters)


@lru_cache(maxsize=1)
def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    """Opened at the first page; empty while nobody looks."""
    with connections.connect()() as first:
        parameters: dict[str, Any] = {**first.info.get_parameters(), "password": first.info.password or None}
    address = conninfo.make_conninfo(**parameters)
    pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
        address,
        min_size=0,
        max_size=MOST_CONNECTIONS,
        max_idle=60.0,
        timeout=WAIT_SECONDS,
        configure=database.prepare,
        check=ConnectionPool.check_connection,
        open=True,
    )
    atexit.register(pool.close)
    return pool
