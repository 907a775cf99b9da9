"""The one way to the database: what is sent again, what is given up, and the limits each transaction has."""

from __future__ import annotations

import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

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
    assert 0.5 <= seconds < 20
    assert "Check its address" in message
    assert str(tmp_path) in message


@pytest.mark.server
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
        assert seconds < 20
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
    assert seconds < 20
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


def test_who_is_paused_while_sending_keeps_no_locks(table, database_url, monkeypatch):
    """The server waits for more of a pipeline, which is no idling to it; still its rows are free after a while."""
    monkeypatch.setitem(database.PIPELINED_BOUNDS, "transaction_timeout", "2s")
    with psycopg.connect(database_url) as paused, psycopg.connect(database_url, autocommit=True) as other:
        if paused.info.server_version < 170000:
            pytest.skip("needs PostgreSQL 17 or newer")
        with suppress(psycopg.Error), database.pipelined(paused):
            paused.execute("update facts set n = 1 where id = 1")
            paused.pgconn.send_flush_request()
            writes = "select 1 from pg_locks where pid = %s and locktype = 'transactionid'"
            while not other.execute(writes, [paused.info.backend_pid]).fetchall():
                assert paused.pgconn.flush() == 0  # the statement, and then nothing more is heard of it
            other.execute("set lock_timeout = '20s'")
            other.execute("update facts set n = 7 where id = 1")
    assert facts(table) == [(1, 7), (2, 0)]


def test_no_statement_is_prepared(database_url):
    """Sessions of a pooler in transaction mode are shared, so no prepared statement is left on one."""
    with opened(database_url) as db:
        for _ in range(10):
            db.run(lambda connection: connection.execute("select %s::int", [1]).fetchone())
        left = db.run(lambda connection: connection.execute("select count(*) from pg_prepared_statements").fetchone())
    assert left == (0,)


def test_columns_are_as_long_as_the_rows():
    """One list for each name, by attribute or function, and empty ones where there are no rows."""
    rows = [Path("a/1.txt"), Path("b/2.csv")]
    listed = database.columns(iter(rows), names="name", folders="parent.name", letters=lambda path: len(path.name))
    assert listed == {"names": ["1.txt", "2.csv"], "folders": ["a", "b"], "letters": [5, 5]}
    assert database.columns([], names="name") == {"names": []}


def test_an_unknown_statement_is_named():
    """A statement that does not exist is an error that names the file it would be in."""
    with pytest.raises(LookupError) as caught:
        database.statement("comets/no_such_thing")
    assert "sql/comets/no_such_thing.sql does not exist" in str(caught.value)


# Pipelined transactions


class Wire:
    """A socket before the server that counts how often the client spoke after it had listened."""

    NAME = ".s.PGSQL.5432"

    def __init__(self, url: str, folder: Path) -> None:
        self.url = make_conninfo(url, host=str(folder))
        self.round_trips = 0
        self._server = str(Path(str(conninfo_to_dict(url)["host"])) / self.NAME)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / self.NAME))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        client, server, has_listened = self._listening.accept()[0], socket.socket(socket.AF_UNIX), True
        server.connect(self._server)
        while True:
            for source in select.select([client, server], [], [])[0]:
                if not (data := source.recv(65_536)):
                    return
                self.round_trips += source is client and has_listened
                has_listened = source is server
                (server if source is client else client).sendall(data)


@pytest.fixture
def statements(tmp_path, monkeypatch) -> None:
    """Statements of these tests, in the place of the project's."""
    (tmp_path / "facts").mkdir()
    for name, text in {
        "write": "update facts set n = %(n)s::int where id = %(id)s::int",
        "read": "select n from facts where id = %(id)s::int",
        "divide": "select 1 / %(by)s::int as n",
        "measure": "select octet_length(%(text)s::text) as n",
    }.items():
        (tmp_path / "facts" / f"{name}.sql").write_text(text)
    (tmp_path / "sessions").symlink_to(database.FOLDER / "sessions")
    monkeypatch.setattr(database, "FOLDER", tmp_path)
    database.statement.cache_clear()


def test_what_is_sent_together_is_one_round_trip(table, database_url, statements):
    """Two waits for rows and the COMMIT are three round trips, however many statements are sent in between."""

    def work(connection: psycopg.Connection[Any]) -> list[Any]:
        database.send(connection, "facts/write", {"id": 1, "n": 5})
        first = database.send(connection, "facts/read", {"id": 1})
        second = database.send(connection, "facts/read", {"id": 2})
        told = [first(), second()]
        database.send(connection, "facts/write", {"id": 2, "n": told[0][0]["n"] + 1})
        database.send(connection, "facts/write", {"id": 1, "n": 6})
        return [*told, database.rows(connection, "facts/read", {"id": 2})]

    with tempfile.TemporaryDirectory(prefix="wire-") as folder:  # a socket's path must be short
        wire = Wire(database_url, Path(folder))
        with opened(wire.url) as db:
            db.run_pipelined(lambda connection: None)
            before = wire.round_trips
            assert db.run_pipelined(work) == [[{"n": 5}], [{"n": 0}], [{"n": 6}]]
            assert wire.round_trips - before == 3
    assert facts(table) == [(1, 6), (2, 6)]


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("position", [0, 1, 2, 9])
def test_the_error_that_counts_is_raised_and_nothing_stays(table, database_url, statements, asks, position):
    """Wherever in a pipeline a statement fails, its own error is raised, the rest is undone, and the session serves on."""

    def work(connection: psycopg.Connection[Any]) -> list[Any]:
        answers = []
        for number in range(10):
            database.send(connection, "facts/write", {"id": 1, "n": number})
            answers.append(database.send(connection, "facts/divide", {"by": number - position}))
        return [answer() for answer in answers] if asks else []

    with opened(database_url) as db:
        pid = db.run(lambda connection: connection.info.backend_pid)
        with pytest.raises(psycopg.errors.DivisionByZero):
            db.run_pipelined(work)
        assert facts(table) == [(1, 0), (2, 0)]
        assert db.run_pipelined(lambda connection: connection.info.backend_pid) == pid
        assert db.rows("facts/read", {"id": 2}) == [{"n": 0}]
        assert db.one("facts/read", {"id": 2}) == {"n": 0}


def test_an_error_of_the_work_undoes_a_pipeline(table, database_url, statements):
    """What was sent before an exception of our own is taken back, whether it was answered or not."""

    def work(connection: psycopg.Connection[Any]) -> None:
        database.send(connection, "facts/write", {"id": 1, "n": 1})
        database.rows(connection, "facts/read", {"id": 1})
        database.send(connection, "facts/write", {"id": 2, "n": 1})
        raise KeyError("mine")

    with opened(database_url) as db, pytest.raises(KeyError):
        db.run_pipelined(work)
    assert facts(table) == [(1, 0), (2, 0)]


def test_a_pipeline_that_is_lost_is_sent_again(table, database_url, statements):
    """A server process ended while statements are under way: the same work is done once more, on a new connection."""
    tries = []

    def work(connection: psycopg.Connection[Any]) -> list[Any]:
        tries.append(connection.info.backend_pid)
        before = database.rows(connection, "facts/read", {"id": 1})[0]["n"]
        database.send(connection, "facts/write", {"id": 1, "n": before + 1})
        if len(tries) == 1:
            table.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        return database.rows(connection, "facts/read", {"id": 1})

    with opened(database_url) as db:
        assert db.run_pipelined(work) == [{"n": 1}]
    assert len(set(tries)) == 2
    assert facts(table) == [(1, 1), (2, 0)]


def test_megabytes_go_through_a_pipeline(database_url, statements):
    """Statements larger than any buffer on the way are sent whole, before and after an answer was asked for."""
    large = "x" * 20_000_000

    def work(connection: psycopg.Connection[Any]) -> list[Any]:
        first = database.send(connection, "facts/measure", {"text": large})
        second = database.send(connection, "facts/measure", {"text": large})
        told = [*first(), *second()]
        database.send(connection, "facts/measure", {"text": large})
        return told

    with opened(database_url) as db:
        assert db.run_pipelined(work) == [{"n": 20_000_000}] * 2


def test_a_pipelined_transaction_has_the_same_limits(database_url):
    """Statements, locks and idling are bounded, in UTC, and for the transaction alone."""
    settings = (
        "select current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('timezone')"
    )
    with opened(make_conninfo(database_url, options="-c timezone=Asia/Tokyo")) as db:
        inside = db.run_pipelined(lambda connection: connection.execute(settings).fetchone())
        outside = db.repeatedly(lambda connection: connection.execute(settings).fetchone())
    assert inside == ("5min", "10s", "UTC")
    assert outside == ("0", "0", "Asia/Tokyo")
