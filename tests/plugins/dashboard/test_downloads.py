"""Downloads over real HTTP, by readers who are slow or go away: the pages answer, and nothing of them stays behind."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
import requests
import uvicorn
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware

from include.export import streams, tables
from include.local import ports, postgres
from plugins.dashboard import downloads
from tests.fixtures.dashboard import Browser, session_token
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.creators import DAY, end_run

# A dozen pieces of together several megabytes: more than any buffer on the way takes.
ROWS_A_PIECE = 1_000
CREATORS = 12_000
NICKNAME_LETTERS = 600
PATIENCE = 10.0
END_OF_CHUNKS = b"0\r\n\r\n"  # what a whole answer of unknown length ends with
FILE = "/cometwatch/export/ranking.csv"


@pytest.fixture(scope="module")
def many(postgres_server: postgres.Server, administrator: psycopg.Connection, template_database: str) -> Iterator[str]:
    """The name of a database with a long ranking, which each test has a copy of."""
    with fresh_database(administrator, template_database) as name:
        with psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection:
            connection.execute(
                "insert into creators (user_id, handle, status) select i::text, 'h' || i, 'active'"
                " from generate_series(1, %s) as i",
                [CREATORS],
            )
            connection.execute(
                "insert into standings (user_id, day, handle, nickname, status, follower_count, heart_count, video_count,"
                " is_estimated, estimated_days, band, is_new, is_fading, refreshed_at, percent_1) select user_id, %s, handle,"
                " repeat('n', %s), status, 20000, 1, 1, false, 0, 'inside', false, false, now(), user_id::int from creators",
                [DAY, NICKNAME_LETTERS],
            )
            end_run(connection, "r1")
        yield name


@pytest.fixture
def database_url(postgres_server: postgres.Server, administrator: psycopg.Connection, many: str) -> Iterator[str]:
    with fresh_database(administrator, many) as name:
        yield postgres_server.url_for(name)


@pytest.fixture
def server(browser: Callable[[str | None], Browser], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages behind a real web server, mounted below the kinds of middleware that Airflow puts around them."""
    from plugins.dashboard.app import application

    for module in (streams, tables):
        monkeypatch.setattr(module, "ROWS_A_PIECE", ROWS_A_PIECE)
    around = FastAPI()
    around.mount("/cometwatch", application())
    around.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))
    around.add_middleware(GZipMiddleware, minimum_size=1024)
    port = ports.free_port()
    running = uvicorn.Server(uvicorn.Config(around, host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        until(lambda: running.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(PATIENCE)


def until(is_so: Callable[[], bool]) -> None:
    """Raises AssertionError when it is not so within PATIENCE."""
    give_up_at = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def get(server: str, path: str, role: str = "viewer") -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    headers = {"cookie": f"_token={session_token(role)}", "accept": "text/html", "accept-encoding": "identity"}
    return session.get(f"{server}{path}", headers=headers, timeout=30)


@contextlib.contextmanager
def slow_reader(server: str, role: str) -> Iterator[socket.socket]:
    """Somebody who asks for the ranking, and has read its beginning and no more."""
    host, _, port = server.removeprefix("http://").partition(":")
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        reader.settimeout(30)
        reader.connect((host, int(port)))
        lines = (f"GET {FILE} HTTP/1.1", f"Host: {host}", f"Cookie: _token={session_token(role)}", "", "")
        reader.sendall("\r\n".join(lines).encode())
        assert reader.recv(12) == b"HTTP/1.1 200"
        yield reader


def sessions_reading(connection: psycopg.Connection) -> int:
    query = (
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        " and backend_type = 'client backend' and (state like 'idle in transaction%%' or state = 'active')"
    )
    return connection.execute(query).fetchall()[0][0]


def test_slow_readers_keep_nobody_from_the_pages(server: str, connection: psycopg.Connection):
    """With every place for downloads taken the pages answer at once; the next download is told when to come back."""
    with contextlib.ExitStack() as readers:
        for role in ("viewer", "viewer", "user"):
            readers.enter_context(slow_reader(server, role))
        assert downloads.MOST_AT_ONCE == 3
        until(lambda: sessions_reading(connection) == 3)
        begun = time.monotonic()
        pages = {path: get(server, f"/cometwatch{path}").status_code for path in ("/comets", "/runs", "/filters")}
        assert pages == dict.fromkeys(pages, 200)
        assert time.monotonic() - begun < PATIENCE
        answer = get(server, FILE, "admin")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, str(downloads.RETRY_SECONDS))
        assert "Too many downloads at once" in answer.text


def test_nobody_takes_every_place(server: str):
    """One person's downloads leave a place for somebody else's."""
    with slow_reader(server, "viewer"), slow_reader(server, "viewer"):
        assert get(server, FILE, "viewer").status_code == 503
        assert get(server, FILE, "user").status_code == 200


def test_who_goes_away_leaves_nothing_behind(server: str, connection: psycopg.Connection):
    """When its reader hangs up, a download's session ends, and its place is free for a whole file."""
    for _ in range(3):
        with slow_reader(server, "viewer"), slow_reader(server, "viewer"), slow_reader(server, "user"):
            until(lambda: sessions_reading(connection) == 3)
        until(lambda: sessions_reading(connection) == 0)
    answer = get(server, FILE)
    assert (answer.status_code, len(answer.content.splitlines())) == (200, CREATORS + 1)
    until(lambda: sessions_reading(connection) == 0)


def rest_of(reader: socket.socket) -> bytes:
    """What comes until the server ends the connection."""
    content = b""
    with contextlib.suppress(ConnectionError):
        while piece := reader.recv(100_000):
            content += piece
    return content


def test_who_is_too_slow_is_cut_off(server: str, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch):
    """After MOST_SECONDS the session ends, and the reader sees that the file is not whole."""
    monkeypatch.setattr(downloads, "MOST_SECONDS", 2.0)
    with slow_reader(server, "viewer") as reader:
        until(lambda: sessions_reading(connection) == 0)
        content = rest_of(reader)
        assert 0 < content.count(b"\n") < CREATORS
        assert not content.endswith(END_OF_CHUNKS)


def test_half_a_file_does_not_pass_for_a_whole(server: str, connection: psycopg.Connection):
    """A database that goes away in the middle of a download breaks it off, so that the reader notices."""
    with slow_reader(server, "viewer") as reader:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and state = 'idle in transaction'"
        )
        content = rest_of(reader)
        assert 0 < content.count(b"\n") < CREATORS
        assert not content.endswith(END_OF_CHUNKS)


def test_a_failed_download_gives_its_place_back(server: str, connection: psycopg.Connection):
    """An error page is no download: the next one finds a place."""
    connection.execute("alter table standings rename column score to renamed")
    assert {get(server, FILE).status_code for _ in range(5)} == {503}
    assert "make setup" in get(server, FILE).text
    connection.execute("alter table standings rename column renamed to score")
    assert get(server, FILE).status_code == 200
