"""What is a refusal and what may pass: by SQLSTATE, by the words of poolers, and in the languages of PostgreSQL."""

from __future__ import annotations

import gettext
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from include import refusals
from include.database import Database, DatabaseRefuses
from include.defaults import RetryByError
from include.failures import NeedsPerson

# As PostgreSQL's own catalogues name them.
REFUSED = (
    'password authentication failed for user "%s"',
    'Peer authentication failed for user "%s"',
    'LDAP authentication failed for user "%s"',
    'certificate authentication failed for user "%s"',
    'authentication failed for user "%s": host rejected',
    'no pg_hba.conf entry for host "%s", user "%s", database "%s", %s',
    'pg_hba.conf rejects connection for host "%s", user "%s", database "%s", %s',
    'role "%s" does not exist',
    'role "%s" is not permitted to log in',
    'database "%s" does not exist',
    'database "%s" is not currently accepting connections',
    'permission denied for database "%s"',
    "permission denied for database %s",
)
PASSING = (
    "sorry, too many clients already",
    'too many connections for role "%s"',
    'too many connections for database "%s"',
    "remaining connection slots are reserved for non-replication superuser connections",
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "the database system is not accepting connections",
    "the database system is not yet accepting connections",
    "terminating connection due to administrator command",
    "canceling authentication due to timeout",
    "out of memory",
)
POOLERS = {
    "FATAL:  Tenant or user not found": refusals.USER,
    "FATAL:  (ENOTFOUND) tenant/user postgres.abc not found": refusals.USER,
    "FATAL:  no such user: mine": refusals.USER,
    "FATAL:  no such database: mine": refusals.DATABASE,
    "FATAL:  SASL authentication failed": refusals.LOGIN,
    "FATAL:  password authentication failed": refusals.LOGIN,
    "FATAL:  server login failed: FATAL password authentication failed for user mine": refusals.LOGIN,
    "FATAL:  unsupported startup parameter: options": refusals.STARTUP,
    "FATAL:  unsupported startup parameter in options: search_path": refusals.STARTUP,
    "ERROR:  Endpoint ID is not specified. Either please upgrade the postgres client library": refusals.USER,
    "ERROR:  The requested endpoint could not be found, or you don't have access to it.": refusals.USER,
    "ERROR:  connection is insecure (try using `sslmode=require`)": refusals.TLS,
    'FATAL:  Invalid password for user "mine"': refusals.LOGIN,
    'FATAL:  No pool configured for database: "mine", user: "me"': refusals.USER,
    "FATAL:  This RDS proxy has no credentials for the role mine. Check the credentials": refusals.LOGIN,
    "FATAL:  The password that was provided for the role mine is wrong.": refusals.LOGIN,
    "FATAL:  This RDS Proxy requires TLS connections": refusals.TLS,
    "FATAL:  SSL connection is required. Please specify SSL options and retry.": refusals.TLS,
    "server does not support SSL, but SSL was required": refusals.TLS,
    "SSL error: certificate verify failed": refusals.TLS,
    'root certificate file "/nowhere/root.crt" does not exist': refusals.TLS,
    "fe_sendauth: no password supplied": refusals.LOGIN,
    "FATAL:  address not in tenant allow_list: 192.0.2.1": refusals.ACCESS,
    "FATAL:  MaxClientsInSessionMode: max clients reached": None,
    "FATAL:  no more connections allowed (max_client_conn)": None,
    "FATAL:  server login has been failing, try again later (server_login_retry)": None,
    "FATAL:  query_wait_timeout": None,
    "FATAL:  pgbouncer cannot connect to server": None,
    "connection refused\n\tIs the server running on that host and accepting TCP/IP connections?": None,
    'could not translate host name "db" to address: Temporary failure in name resolution': None,
    "server closed the connection unexpectedly": None,
    "timeout expired": None,
}
CATALOGUES = sorted(Path("/usr/share/locale").glob("*/LC_MESSAGES/postgres-*.mo"))


def failed(text: str) -> psycopg.OperationalError:
    return psycopg.OperationalError(f'connection to server at "192.0.2.1", port 5432 failed: {text}')


@pytest.mark.parametrize("text", POOLERS)
def test_words_of_poolers_and_libpq(text):
    """Each says what to correct; those that pass by themselves say nothing."""
    assert refusals.what_to_correct(failed(text)) == POOLERS[text]


@pytest.mark.parametrize("language", ["", *(f"{path.parts[-3]} {path.stem}" for path in CATALOGUES)])
def test_every_language_of_postgresql(language):
    """In each translation that this system has, refusals are known, and nothing that passes is taken for one."""
    translated = gettext.NullTranslations()
    if language:
        code, stem = language.split()
        with (Path("/usr/share/locale") / code / "LC_MESSAGES" / f"{stem}.mo").open("rb") as catalogue:
            translated = gettext.GNUTranslations(catalogue)
    assert [text for text in REFUSED if not refusals.what_to_correct(failed(translated.gettext(text)))] == []
    assert [text for text in PASSING if refusals.what_to_correct(failed(translated.gettext(text)))] == []


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (psycopg.errors.InvalidPassword("неверно"), refusals.LOGIN),
        (psycopg.errors.InvalidAuthorizationSpecification("верно"), refusals.ACCESS),
        (psycopg.errors.InvalidCatalogName("x"), refusals.DATABASE),
        (psycopg.errors.InsufficientPrivilege("x"), refusals.RIGHT),
        (psycopg.errors.ProtocolViolation("password authentication failed"), refusals.LOGIN),
        (psycopg.errors.ProtocolViolation("query_wait_timeout"), None),
        (psycopg.errors.TooManyConnections("authentication failed"), None),
        (psycopg.errors.CannotConnectNow("authentication failed"), None),
        (psycopg.errors.UniqueViolation('database "x" does not exist'), None),
    ],
)
def test_a_known_sqlstate_decides(error, what):
    """Where the server's code is known, its words do not matter."""
    assert refusals.what_to_correct(error) == what


def test_a_missing_right_ends_at_once_and_is_not_retried(connection, database_url):
    """A role that may not read a table is told so within a second, in a way that no task tries again."""
    connection.execute("create role poor login")
    try:
        began = time.monotonic()
        with (
            Database(lambda: psycopg.connect(make_conninfo(database_url, user="poor")), 30) as opened,
            pytest.raises(
                DatabaseRefuses, match=r"permission denied for table creators\. Correct the rights of the user"
            ) as caught,
        ):
            opened.run(lambda poor: poor.execute("select from creators").fetchall())
        assert time.monotonic() - began < 5
        assert isinstance(caught.value, NeedsPerson)
        assert RetryByError().evaluate(caught.value, 1, 5).action.name == "FAIL"
    finally:
        connection.execute("drop role poor")


def test_no_password_is_told():
    """Should a server repeat the password, or a broken address contain it, it is blotted out."""
    error = failed('FATAL:  password authentication failed for user "me:hunter2-secret"')
    assert "hunter2-secret" not in (refusals.explain(error, "hunter2-secret") or "hunter2-secret")
