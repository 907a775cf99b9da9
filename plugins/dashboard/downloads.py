"""A table on its way to somebody: on a connection of its own, which ends with the download, however that ends."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Any

import anyio
import psycopg
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from include.export import streams
from include.export.tables import AnyFormat, Table, pieces
from plugins.dashboard.store import connect

# Each holds a connection for as long as its reader takes; nobody alone takes all of them.
MOST_AT_ONCE = 3
MOST_OF_ONE_USER = 2
MOST_SECONDS = 900.0
RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Statement:
    """What is read: the statement `sql/<name>.sql`, whose rows are as `table` says."""

    table: Table
    name: str
    parameters: Mapping[str, Any]


class Places:
    """How many downloads there may be at once, and of whom they are."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, user: str) -> bool:
        """Whether there was a place for this user, which is theirs then until `give_back`."""
        with self._lock:
            if self._taken.total() >= self._most or self._taken[user] >= self._most_of_one:
                return False
            self._taken[user] += 1
            return True

    def give_back(self, user: str) -> None:
        with self._lock:
            self._taken[user] -= 1
            self._taken += Counter()  # those without any are forgotten


_places = Places(MOST_AT_ONCE, MOST_OF_ONE_USER)


class Download(StreamingResponse):
    """The rows of `statement` as a file. 503 with Retry-After when there are downloads enough already.

    Nothing is sent before the first row was read: a database that is away is an error page, not half a file. For who
    goes away, or takes longer than MOST_SECONDS, the statement ends at once and with it its connection.
    """

    def __init__(self, user: str, statement: Statement, file_format: AnyFormat, headers: Mapping[str, str]) -> None:
        self._user = user
        self._content = _content(statement, file_format)
        super().__init__(self._content, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _places.take(self._user):
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"Too many downloads at once: {MOST_OF_ONE_USER} of one person and {MOST_AT_ONCE} in all are sent at a time. "
                "Try again when one has ended.",
                {"retry-after": str(RETRY_SECONDS)},
            )
        has_begun = False
        try:
            try:
                with anyio.fail_after(MOST_SECONDS):
                    await run_in_threadpool(next, self._content)
                    has_begun = True
                    await super().__call__(scope, receive, send)
            finally:
                await self._end()
        except (TimeoutError, psycopg.Error):
            if has_begun:
                # The middleware around the pages ends a body whose maker failed as if it were whole. A message that
                # nobody knows makes it fail as well, and the reader sees that something is missing.
                await send({"type": "http.response.broken_off"})
            raise

    async def _end(self) -> None:
        try:
            # Whoever goes away cancels this task: what is open is closed all the same, not when somebody collects it.
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._content.close)
        finally:
            _places.give_back(self._user)


def _content(statement: Statement, file_format: AnyFormat) -> Generator[bytes, None, None]:
    """The file's bytes, after an empty piece once the first row is there; whatever it opened ends with it."""
    with closing(connect()) as connection:
        rows = streams.stream(connection, statement.table, statement.name, statement.parameters)
        try:
            first = next(rows, None)
            yield b""
            yield from pieces(statement.table, rows if first is None else chain([first], rows), file_format)
        finally:
            with suppress(psycopg.Error):  # of a connection that is gone nothing is left to be closed
                rows.close()
