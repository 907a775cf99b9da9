"""Brings a database to the schema this code was written for: numbered SQL files, each applied once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from include import adoption, database
from include.failures import NeedsPerson

FOLDER = Path(__file__).resolve().parents[1] / "sql" / "migrations"
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK = 5_221_907_113_460_421  # any constant; two runners meet on it
_USUAL_TABLES = (
    "select set_config('default_tablespace', '', true), set_config('default_table_access_method', 'heap', true)"
)
_AS_OWNER = "Run setup as the owner of the database's tables, with the right to create tables."


class SchemaError(NeedsPerson, RuntimeError):
    """The database's schema and this code do not fit; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of `folder`, in order. Raises SchemaError on a stray name or a doubled number."""
    migrations = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise SchemaError(f"{path.name}: a migration's name is NNNN_what_it_does.sql. Rename it.")
        migrations.append(Migration(int(match[1]), path.stem, path.read_text(encoding="utf-8")))
    numbers = [migration.version for migration in migrations]
    if len(set(numbers)) != len(numbers):
        raise SchemaError("Two migrations have the same number. Give the newer one the next free number.")
    return migrations


def migrate(connection: psycopg.Connection, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing; returns the names of the migrations applied.

    The first time all of them are one transaction, so that a database that is not ours to change, or not yet, is left as
    it was. Later each has its own. Safe to call from several processes at once and any number of times. Raises SchemaError
    when the database is newer than the code, when an applied file was edited, when something is in the way (before the
    first change), or when a migration cannot be applied (nothing of that migration stays then).
    """
    migrations = read_migrations(folder)
    database.prepare(connection)
    _refuse_encoding(connection)
    with _locked(connection):
        known = _known_checksums(connection)
        _refuse_misfit(known, migrations)
        missing = [migration for migration in migrations if migration.version not in known]
        if not missing:
            return []
        plan = _plan(connection, migrations, missing)
        if not known:
            _create_version_table(connection)
            _adopt(connection, plan, missing)
            return [migration.name for migration in missing]
    return [migration.name for migration in missing if _apply_if_missing(connection, migration, migrations)]


def check(connection: psycopg.Connection, folder: Path = FOLDER) -> None:
    """Raise SchemaError unless the database has exactly the schema of this code."""
    migrations = read_migrations(folder)
    _refuse_encoding(connection)
    with database.transaction(connection):
        known = _known_checksums(connection)
    _refuse_misfit(known, migrations)
    missing = [migration.name for migration in migrations if migration.version not in known]
    if missing:
        raise SchemaError(f"The database lacks {len(missing)} migration(s), the first is {missing[0]}. Run: make setup")


@contextmanager
def _locked(connection: psycopg.Connection) -> Iterator[None]:
    """A transaction in which nobody else migrates."""
    with connection.transaction():
        # A large history may take longer than a role's usual limit; a lock of somebody's may not.
        database.settle(connection, statement_timeout="0", lock_timeout="60s", idle_in_transaction_session_timeout="0")
        connection.execute(_USUAL_TABLES)
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def _plan(
    connection: psycopg.Connection, migrations: Sequence[Migration], missing: Sequence[Migration]
) -> adoption.Plan:
    """What is to be done beside the migrations; SchemaError names all that is in their way, before anything is changed."""
    made = [migration.sql for migration in migrations if migration not in missing]
    try:
        return adoption.plan(connection, made, [migration.sql for migration in missing])
    except adoption.InTheWay as found:
        raise SchemaError(str(found)) from None


def _adopt(connection: psycopg.Connection, plan: adoption.Plan, missing: Sequence[Migration]) -> None:
    """All migrations at once, between what makes the original tables fit for them and what is given to the new ones."""
    try:
        plan.convert(connection)
    except psycopg.Error as error:
        raise SchemaError(_explain("Adopting the tables", error)) from error
    for migration in missing:
        _apply(connection, migration)
    try:
        plan.carry_over(connection)
    except adoption.InTheWay as found:
        raise SchemaError(str(found)) from found


def _apply_if_missing(connection: psycopg.Connection, migration: Migration, migrations: Sequence[Migration]) -> bool:
    with _locked(connection):
        known = _known_checksums(connection)
        _refuse_misfit(known, migrations)
        if migration.version in known:
            return False
        _apply(connection, migration)
    return True


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    try:
        # Keys of somebody's that are checked at the end would still be waiting when the next migration alters their table.
        connection.execute("set constraints all immediate")
        connection.execute(migration.sql.encode())
    except psycopg.Error as error:
        raise SchemaError(_explain(f"Migration {migration.name}", error)) from error
    connection.execute(
        "insert into schema_migrations (version, name, checksum) values (%s, %s, %s)",
        [migration.version, migration.name, migration.checksum],
    )


def _refuse_encoding(connection: psycopg.Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SchemaError(
            f"The database is encoded in {encoding}, which cannot hold the names and texts of all scripts. "
            "Make one with: create database cometwatch encoding 'UTF8' template template0; and name that one."
        )


def _create_version_table(connection: psycopg.Connection) -> None:
    try:
        connection.execute(
            "create table if not exists schema_migrations ("
            " version integer primary key, name text not null, checksum text not null,"
            " applied_at timestamptz not null default now())"
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise SchemaError(f"No right to create tables: {error.diag.message_primary}. {_AS_OWNER}") from error


def _known_checksums(connection: psycopg.Connection) -> dict[int, str]:
    """The checksums of what was applied; none in a database without our table."""
    row = connection.execute(
        "select to_regclass('schema_migrations'), to_regclass('public.verdicts'), to_regclass('public.schema_migrations'),"
        " current_schema()"
    ).fetchone()
    ours, *known_in_public, schema = row or (None, None, None, None)
    if ours is None and all(known_in_public):
        raise SchemaError(
            f"Cometwatch's tables are in the schema public, and this session looks for them in {schema}. "
            "Name it in the address or for the role: alter role … set search_path = public."
        )
    if ours is None:
        return {}
    try:
        with connection.transaction():
            return dict(connection.execute("select version::integer, checksum from schema_migrations").fetchall())
    except (psycopg.errors.UndefinedColumn, psycopg.DataError):
        raise SchemaError(
            'The database has a table "schema_migrations" of another program, and Cometwatch needs that name. Use another '
            "database, or another schema (alter role … set search_path = …)."
        ) from None


def _refuse_misfit(known: dict[int, str], migrations: Sequence[Migration]) -> None:
    unknown = sorted(set(known) - {migration.version for migration in migrations})
    if unknown:
        newest = migrations[-1].version if migrations else 0
        raise SchemaError(
            f"The database has schema version {unknown[-1]}, this code knows versions up to {newest}, not that one. "
            "Update the project to the version that made the database (git pull)."
        )
    for migration in migrations:
        if known.get(migration.version, migration.checksum) != migration.checksum:
            raise SchemaError(
                f"{migration.name}.sql was edited after it was applied to this database. "
                "Restore the file, and put the change into a new migration."
            )


def _explain(what: str, error: psycopg.Error) -> str:
    text = (error.diag.message_primary or str(error).splitlines()[0]).rstrip(".")
    advice = "Nothing of it was kept."
    if isinstance(error, psycopg.errors.FeatureNotSupported | psycopg.errors.DependentObjectsStillExist):
        detail = (error.diag.message_detail or "").rstrip(".")
        advice += f" {detail}. Drop what is named here (a view, rule, policy or key of your own), run setup again, "
        advice += "then create it anew."
    elif isinstance(error, psycopg.errors.LockNotAvailable):
        advice += " Somebody else is using these tables: end that session, then run setup again."
    elif isinstance(error, psycopg.errors.InsufficientPrivilege):
        advice += f" {_AS_OWNER}"
    return f"{what} failed: {text}. {advice}"
