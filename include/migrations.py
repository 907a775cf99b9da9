"""Brings a database to the schema this code was written for: numbered SQL files, each applied once."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from include.failures import NeedsPerson

FOLDER = Path(__file__).resolve().parents[1] / "sql" / "migrations"
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK = 5_221_907_113_460_421  # any constant; two runners meet on it
# Days are days in UTC; a large history may take longer than a role's usual limit; a lock of somebody's may not.
_BOUNDS = (
    "select set_config('timezone', 'UTC', true), set_config('statement_timeout', '0', true),"
    " set_config('lock_timeout', '60s', true)"
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
    """Apply what is missing, each migration in its own transaction; returns the names of those applied.

    Safe to call from several processes at once and any number of times. Raises SchemaError when the database
    is newer than the code, when an applied file was edited, or when a migration cannot be applied (nothing of
    that migration stays then).
    """
    applied = []
    migrations = read_migrations(folder)
    connection.prepare_threshold = None  # named statements do not survive a pooler in transaction mode
    for migration in migrations:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            connection.execute(_BOUNDS)
            _create_version_table(connection)
            known = _known_checksums(connection)
            _refuse_misfit(known, migrations)
            if migration.version in known:
                continue
            try:
                connection.execute(migration.sql.encode())
            except psycopg.Error as error:
                raise SchemaError(_explain(migration, error)) from error
            connection.execute(
                "insert into schema_migrations (version, name, checksum) values (%s, %s, %s)",
                [migration.version, migration.name, migration.checksum],
            )
        applied.append(migration.name)
    return applied


def check(connection: psycopg.Connection, folder: Path = FOLDER) -> None:
    """Raise SchemaError unless the database has exactly the schema of this code."""
    migrations = read_migrations(folder)
    row = connection.execute("select to_regclass('schema_migrations')").fetchone()
    known = _known_checksums(connection) if row and row[0] is not None else {}
    _refuse_misfit(known, migrations)
    missing = [migration.name for migration in migrations if migration.version not in known]
    if missing:
        raise SchemaError(f"The database lacks {len(missing)} migration(s), the first is {missing[0]}. Run: make setup")


def _create_version_table(connection: psycopg.Connection) -> None:
    # "if not exists" alone asks for the right to create tables even where there is nothing to create.
    found = connection.execute("select to_regclass('schema_migrations')").fetchone()
    if found and found[0] is not None:
        return
    try:
        connection.execute(
            "create table if not exists schema_migrations ("
            " version integer primary key, name text not null, checksum text not null,"
            " applied_at timestamptz not null default now())"
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise SchemaError(f"No right to create tables: {error.diag.message_primary}. {_AS_OWNER}") from error


def _known_checksums(connection: psycopg.Connection) -> dict[int, str]:
    return dict(connection.execute("select version, checksum from schema_migrations").fetchall())


def _refuse_misfit(known: dict[int, str], migrations: list[Migration]) -> None:
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


def _explain(migration: Migration, error: psycopg.Error) -> str:
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
    return f"Migration {migration.name} failed: {text}. {advice}"
