"""The one way SQL is read, sent and repeated: statements by name, transactions with bounds."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import dict_row
from psycopg.types.array import ListBinaryDumper

from include import refusals
from include.failures import NeedsPerson

FOLDER = Path(__file__).resolve().parents[1] / "sql"
Row = dict[str, Any]
Answer = Callable[[], list[Row]]
Connector = Callable[[], psycopg.Connection[Any]]
Result = TypeVar("Result")
log = logging.getLogger(__name__)

# The parameters of sessions/settle.
BOUNDS = {
    "statement_timeout": "300s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "transaction_timeout": "0",
    # Chunks are joined and sorted in memory: with the default of 4 MB, a large one goes to disk and back several times.
    "work_mem": "64MB",
}
# A process that is paused while it sends is not idle to the server, which waits for more and keeps its locks: from PostgreSQL
# 17 on, no longer than one statement may take.
PIPELINED_BOUNDS = {"transaction_timeout": "300s"}
# Whether a single statement is understood as ours without a transaction that says so.
_IS_PLAIN = (
    "select current_setting('default_transaction_isolation') = 'read committed'"
    " and current_setting('default_transaction_read_only') = 'off'"
    " and left(current_setting('datestyle'), 3) = 'ISO' and current_setting('intervalstyle') = 'postgres'"
    " and current_setting('extra_float_digits')::integer > 0 and current_setting('transform_null_equals') = 'off'"
    " and left(coalesce(current_schema(), 'pg_'), 3) <> 'pg_'"
    " and (select setting::integer = 0 or setting::integer >= 10000 from pg_settings where name = 'statement_timeout')"
)
# What a crash, a failover, a full disk or somebody's lock looks like; the same rows are worth sending again.
_PASSING = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,  # this process was paused for a while
    psycopg.errors.TransactionTimeout,  # the same
)
# The data's own fault: sent again, they are refused again. PostgreSQL files its limits (class 54: an index row too large, a
# statement too deep) under operational errors.
REFUSED = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
    psycopg.errors.TooManyColumns,
    psycopg.errors.TooManyArguments,
)


class DatabaseUnavailable(RuntimeError):
    """The database did not answer for as long as we were willing to wait; the message says what to check."""


class DatabaseRefuses(NeedsPerson, DatabaseUnavailable):
    """The database does not let us in, or not to what we need; the message says what to correct."""


@cache
def statement(name: str) -> bytes:
    """The SQL of `sql/<name>.sql`; bytes, so that it can only be whole files and never text put together.

    A line `-- part: ranking/choice` stands for `sql/parts/ranking/choice.sql` without its first comment, which several statements
    share. Raises LookupError when there is no such file.
    """
    return _PART.sub(_part, _read(name))


_PART = re.compile(rb"^ *-- part: ([a-z_/]+)$", re.MULTILINE)
_HEADER = re.compile(rb"\A(?:--.*\n)+")


def _part(line: re.Match[bytes]) -> bytes:
    return _PART.sub(_part, _HEADER.sub(b"", _read(f"parts/{line[1].decode()}"), count=1))


def _read(name: str) -> bytes:
    try:
        return (FOLDER / f"{name}.sql").read_bytes()
    except FileNotFoundError:
        raise LookupError(f"There is no statement {name!r}: sql/{name}.sql does not exist.") from None


def rows(connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
    """Run the statement `name` and return its rows as dictionaries; no rows for a statement that returns none."""
    return send(connection, name, parameters)()


def send(connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, Any] | None = None) -> Answer:
    """Run the statement `name`; what is returned gives its rows.

    In a pipelined transaction nobody waits for the server until rows are asked for: then all that was sent is answered
    in one round trip. An error of the statement is raised there, or by whatever is sent or asked for next.
    """
    pipeline = _pipelines.get(connection)
    if pipeline is not None and connection.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF:
        pipeline.enter_context(_in_one_round_trip(connection))
    cursor = connection.cursor(row_factory=dict_row)
    if pipeline is None and _needs_transaction(connection):
        with transaction(connection):
            cursor.execute(statement(name), parameters)
    else:
        cursor.execute(statement(name), parameters)

    def answer() -> list[Row]:
        if cursor.pgresult is None and pipeline is not None:
            pipeline.close()
        return cursor.fetchall() if cursor.description else []

    return answer


def _needs_transaction(connection: psycopg.Connection[Any]) -> bool:
    """Whether a statement that is sent by itself has to say what it relies on: where the session's defaults are others."""
    if not connection.autocommit or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        return False
    if connection not in _has_own_defaults:
        _has_own_defaults[connection] = not connection.execute(_IS_PLAIN).fetchall()[0][0]
    return _has_own_defaults[connection]


_has_own_defaults: WeakKeyDictionary[psycopg.Connection[Any], bool] = WeakKeyDictionary()


def one(connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, Any] | None = None) -> Row:
    """The only row of the statement `name`."""
    (row,) = rows(connection, name, parameters)
    return row


def columns(rows: Iterable[Any], **values: str | Callable[[Any], Any]) -> dict[str, list[Any]]:
    """Parallel lists for a statement that unnests them: for each name, what is read of every row.

    A value is the (dotted) name of an attribute, or a function of the row.
    """
    listed = list(rows)
    readers = {name: attrgetter(value) if isinstance(value, str) else value for name, value in values.items()}
    return {name: [read(row) for row in listed] for name, read in readers.items()}


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Make a newly opened connection ours: each transaction says how it is isolated and that it may write."""
    connection.autocommit = True
    connection.prepare_threshold = None  # named statements do not survive a pooler in transaction mode
    _say_modes(connection)
    # Of all settings, poolers keep this one apart for each of their clients.
    if connection.info.parameter_status("client_encoding") != "UTF8":
        connection.execute("set client_encoding to 'UTF8'")
    # Arrays travel in binary: as text, those of stored answers take twenty times as long to write and to read.
    connection.adapters.register_dumper(list, ListBinaryDumper)


def settle(connection: psycopg.Connection[Any], **other_bounds: str) -> None:
    """For this transaction alone, its bounds and what our statements rely on, whatever somebody made the default."""
    connection.execute(statement("sessions/settle"), {**BOUNDS, **other_bounds})


def _say_modes(connection: psycopg.Connection[Any]) -> None:
    """Said with each BEGIN: what somebody made the default of the database or the role does not hold for us."""
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    connection.read_only = False
    connection.deferrable = False


@contextmanager
def transaction(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """One transaction with time limits on statements, locks and idling; with what we rely on, and memory for whole chunks."""
    if connection.isolation_level is None and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        _say_modes(connection)
    with connection.transaction():
        settle(connection)
        yield


@contextmanager
def pipelined(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """As `transaction`, and what is sent together is answered together: for a database that is far away.

    Only for work that asks for the rows of whatever it builds on (see `send`). The server takes the statements in the
    order they are sent in; COMMIT is sent once all before it have succeeded.
    """
    if not psycopg.Pipeline.is_supported():
        with transaction(connection):
            yield
        return
    with ExitStack() as pipeline:
        _pipelines[connection] = pipeline
        try:
            pipeline.enter_context(_in_one_round_trip(connection))
            # Its own `transaction()` would wait for BEGIN, and send COMMIT with what is not known to have succeeded yet.
            with psycopg.Transaction(connection), pipeline:
                settle(connection, **PIPELINED_BOUNDS)
                yield
        finally:
            del _pipelines[connection]


# What a connection in a pipelined transaction has entered, if anything: closing it waits for all that was sent.
_pipelines: dict[psycopg.Connection[Any], ExitStack] = {}


@contextmanager
def _in_one_round_trip(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Send without waiting; at the end one Sync, which poolers know from every driver, and all answers."""
    try:
        with connection.pipeline():
            yield
    except psycopg.errors.PipelineAborted as aborted:
        # Said of what followed the statement that failed; that one's error is what counts.
        raise aborted.__context__ or aborted from None


class Database:
    """A connection that is opened when first used and opened again when it was lost. Not for several threads."""

    def __init__(self, connector: Connector, patience_seconds: float = 300.0) -> None:
        self._connector = connector
        self._patience_seconds = patience_seconds
        self._connection: psycopg.Connection[Any] | None = None

    def run(self, work: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """Do `work` in one transaction; when the database fails in passing, do the same work again.

        `work` must give the same end when done twice: the connection may be lost while the commit is under way,
        and then nobody knows whether it took place. Raises DatabaseUnavailable when patience ends.
        """

        def in_transaction(connection: psycopg.Connection[Any]) -> Result:
            with transaction(connection):
                return work(connection)

        return self.repeatedly(in_transaction)

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of the statement `name`, in a transaction of its own (see `run`)."""
        return self.run(lambda connection: rows(connection, name, parameters))

    def one(self, name: str, parameters: Mapping[str, Any] | None = None) -> Row:
        """The only row of the statement `name`, in a transaction of its own (see `run`)."""
        return self.run(lambda connection: one(connection, name, parameters))

    def run_pipelined(self, work: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """As `run`, in a pipelined transaction: for work that sends much and asks for little."""

        def in_transaction(connection: psycopg.Connection[Any]) -> Result:
            with pipelined(connection):
                return work(connection)

        return self.repeatedly(in_transaction)

    def repeatedly(self, work: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """As `run`, each statement of `work` being its own transaction. What the database refuses is raised (REFUSED)."""
        give_up_at = time.monotonic() + self._patience_seconds
        for attempt in range(1_000_000):
            try:
                return work(self._open())
            except REFUSED:
                raise
            except psycopg.Error as error:
                self.close()
                refused = refusals.explain(error)
                if refused is not None:
                    raise DatabaseRefuses(refused) from error
                if not isinstance(error, _PASSING):
                    raise
                if time.monotonic() >= give_up_at:
                    raise DatabaseUnavailable(
                        f"The database does not answer, or does not take the data ({_first_line(error)}). Check its "
                        "address, that it runs, has disk space and no long locks; then retry the task: nothing paid "
                        "for is lost."
                    ) from error
                log.warning("Database not ready (%s); the same rows are sent again.", _first_line(error))
                time.sleep(min(5.0, 0.2 * 2 ** min(attempt, 5)) * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            connection = self._connector()
            prepare(connection)
            self._connection = connection
        return self._connection


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
