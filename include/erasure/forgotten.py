"""Keeps people who asked to be forgotten away for good, by a keyed hash that names nobody."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any

import psycopg

from include import database, settings
from include.failures import NeedsPerson
from include.settings import Secret

ERASED = "(erased)"
_LOCK = 7_316_204_881_095_533  # any constant; erasure and those who write about people meet on it


class ErasureKeyMissing(NeedsPerson, RuntimeError):
    """The key under which people were forgotten is not there, or is another one; the message says what to do."""


def configured_key() -> Secret:
    """ERASURE_KEY. Raises ErasureKeyMissing when it is not set."""
    key = settings.load().erasure_key
    if key is None:
        raise ErasureKeyMissing(
            "ERASURE_KEY is not set: without it a person who was forgotten cannot be told from a new one. Put 32 "
            "random characters or more into .env as ERASURE_KEY=… (for example from `openssl rand -hex 32`), keep a "
            "copy apart from the database, and never change it."
        )
    return key


def hash_of(key: Secret, user_id: str) -> bytes:
    """HMAC-SHA256 of a user id; 32 bytes that say nothing to whoever has the database alone."""
    return hmac.digest(key.reveal().encode(), f"creator {user_id}".encode(), "sha256")


def mark_of(key: Secret) -> bytes:
    """8 bytes by which a key is known again, from which it cannot be found."""
    return hmac.digest(key.reveal().encode(), b"mark", "sha256")[:8]


def share(connection: psycopg.Connection[Any]) -> None:
    """Keep erasures out until this transaction ends; whoever writes about people takes part."""
    connection.execute("select pg_advisory_xact_lock_shared(%s)", [_LOCK])


def shut_out_writers(connection: psycopg.Connection[Any]) -> None:
    """Wait for everybody who writes about people, and keep them waiting until this transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def forgotten_among(connection: psycopg.Connection[Any], user_ids: Iterable[str]) -> frozenset[str]:
    """Those of `user_ids` about whom nothing may be stored; it stays so until this transaction ends.

    Raises ErasureKeyMissing when somebody was forgotten and the key is not at hand: then nobody can be told apart.
    """
    share(connection)
    marks = {bytes(row["key_mark"]) for row in database.rows(connection, "erasure/read_key_marks")}
    if not marks:
        return frozenset()
    key = configured_key()
    check_marks(marks, key)
    by_hash = {hash_of(key, user_id): user_id for user_id in user_ids}
    found = database.rows(connection, "erasure/read_forgotten", {"user_hashes": list(by_hash)})
    return frozenset(by_hash[bytes(row["user_hash"])] for row in found)


def check_marks(marks: Iterable[bytes], key: Secret) -> None:
    """Raise ErasureKeyMissing unless everybody was forgotten under this very key."""
    if any(mark != mark_of(key) for mark in marks):
        raise ErasureKeyMissing(
            "ERASURE_KEY is not the key under which people were forgotten in this database: they would come back. "
            "Put the former key back into .env."
        )
