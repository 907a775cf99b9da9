"""The one way to the database: what is sent again, what is given up, and the limits each transaction has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from include import database
from include.database import Database, DatabaseUnavailable


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("create table facts (id integer primary key, n integer not null)")
    connection.execute("insert into facts values (1, 0), (2, 0)")
    return connection


def opened(url: str, patience: float = 10.0) -> Database:
    return Database(lambda: psycopg.connect(url), patience)


def facts(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute("select id, n from facts order by id").fetchall()


def test_a_lost_connection_is_opened_again_and_the_work_repeated(table, database_url):
    """A server process ended in the middle costs a repetition, and the work is done once."""
    tries = []

    def work(connection: psycopg.Connection[Any]) -> str:
        tries.append(connection.info.backend_pid)
        connection.execute("update facts set n = n + 1 where id = 1")
        if len(tries) == 1:
            table.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
            connection.execute("select 1")
        return "done"

    with opened(database_url) as db:
        assert db.run(work) == "done"
    assert len(set(tries)) == 2
    assert facts(table) == [(1, 1), (2, 0)]


def test_a_lock_that_times_out_is_waited_for_again(table, database_url):
    """Somebody's lock is a passing thing: the same work is sent again until the lock is gone."""
    tries = []
    with psycopg.connect(database_url) as other:
        other.execute("update facts set n = 10 where id = 1")

        def work(connection: psycopg.Connection[Any]) -> None:
            tries.append(1)
            if len(tries) == 2:
                other.commit()
            connection.execute("set local lock_timeout = '50ms'")
            connection.execute("update facts set n = n + 1 where id = 1")

        with opened(database_url) as db:
            db.run(work)
    assert len(tries) == 2
    assert facts(table) == [(1, 11), (2, 0)]


def test_of_two_in_a_deadlock_both_get_through(table, database_url):
    """The one that the server throws out of a deadlock does its work again."""
    barrier = threading.Barrier(2)
    tries = []

    def crossing(first: int, second: int) -> None:
        waited: list[bool] = []

        def work(connection: psycopg.Connection[Any]) -> None:
            tries.append(first)
            connection.execute("update facts set n = n + 1 where id = %s", [first])
            if not waited:
                waited.append(True)
                barrier.wait(timeout=10)
            connection.execute("update facts set n = n + 1 where id = %s", [second])

        with opened(database_url) as db:
            db.run(work)

    threads = [threading.Thread(target=crossing, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(tries) == 3
    assert facts(table) == [(1, 2), (2, 2)]


def seconds_and_error(work: Callable[[], Any]) -> tuple[float, str]:
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable) as caught:
        work()
    return time.monotonic() - began, str(caught.value)


def test_patience_ends(database_url, tmp_path):
    """Where nobody answers, the work is given up after its patience, with what to check."""
    url = make_conninfo(database_url, host=str(tmp_path))
    seconds, message = seconds_and_error(lambda: opened(url, patience=0.5).run(lambda connection: None))
    assert 0.5 <= seconds < 3
    assert "Check its address" in message
    assert str(tmp_path) in message


def test_a_wrong_password_is_not_tried_again(tmp_path):
    """A server that asks for a password and refuses the one given is asked once."""
    from include.local import postgres

    server = postgres.start(tmp_path / "data", settings={"fsync": "off"})
    try:
        with psycopg.connect(server.url_for("postgres"), autocommit=True) as admin:
            admin.execute("create role secured login password 'right'")
            ((rules,),) = admin.execute("show hba_file").fetchall()
            with open(rules, "r+") as file:
                kept = file.read()
                file.seek(0)
                file.write(f"local all secured scram-sha-256\n{kept}")
            admin.execute("select pg_reload_conf()")
            time.sleep(0.3)
        url = make_conninfo(server.url_for("postgres"), user="secured", password="wrong-secret")
        seconds, message = seconds_and_error(lambda: opened(url, patience=30).run(lambda connection: None))
        assert seconds < 3
        assert 'password authentication failed for user "secured"' in message
        assert "wrong-secret" not in message
    finally:
        postgres.stop(tmp_path / "data")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"user": "nobody_here"}, 'role "nobody_here" does not exist'),
        ({"dbname": "nothing_here"}, 'database "nothing_here" does not exist'),
    ],
)
def test_an_unknown_role_or_database_is_not_waited_for(database_url, change, words):
    """What a person has to mend is said at once, with the server's words."""
    url = make_conninfo(database_url, **change)
    seconds, message = seconds_and_error(lambda: opened(url, patience=30).run(lambda connection: None))
    assert seconds < 3
    assert words in message


def test_our_own_mistakes_are_not_repeated(table, database_url):
    """A violated key is an error of the work, raised as it is after one try."""
    tries = []

    def work(connection: psycopg.Connection[Any]) -> None:
        tries.append(1)
        connection.execute("insert into facts values (1, 1)")

    with opened(database_url) as db, pytest.raises(psycopg.errors.UniqueViolation):
        db.run(work)
    assert len(tries) == 1


def test_work_that_fails_leaves_nothing(table, database_url):
    """An exception of the work undoes all of it."""

    def work(connection: psycopg.Connection[Any]) -> None:
        connection.execute("update facts set n = 99")
        raise KeyError("mine")

    with opened(database_url) as db, pytest.raises(KeyError):
        db.run(work)
    assert facts(table) == [(1, 0), (2, 0)]


def test_transactions_have_limits_and_live_in_utc(database_url):
    """Statements, locks and idling are bounded for the transaction, whatever the session was set to, and not longer."""
    settings = (
        "select current_setting('statement_timeout'), current_setting('lock_timeout'),"
        " current_setting('idle_in_transaction_session_timeout'), current_setting('timezone')"
    )
    with opened(make_conninfo(database_url, options="-c timezone=Asia/Tokyo")) as db:
        inside = db.run(lambda connection: connection.execute(settings).fetchone())
        outside = db.repeatedly(lambda connection: connection.execute(settings).fetchone())
    assert inside == ("5min", "10s", "1min", "UTC")
    assert outside == ("0", "0", "0", "Asia/Tokyo")


def test_no_statement_is_prepared(database_url):
    """Sessions of a pooler in transaction mode are shared, so no prepared statement is left on one."""
    with opened(database_url) as db:
        for _ in range(10):
            db.run(lambda connection: connection.execute("select %s::int", [1]).fetchone())
        left = db.run(lambda connection: connection.execute("select count(*) from pg_prepared_statements").fetchone())
    assert left == (0,)


def test_an_unknown_statement_is_named():
    """A statement that does not exist is an error that names the file it would be in."""
    with pytest.raises(LookupError) as caught:
        database.statement("comets/no_such_thing")
    assert "sql/comets/no_such_thing.sql does not exist" in str(caught.value)
