"""No server, however it behaves, holds a call much longer than its deadline or fills the memory."""

from __future__ import annotations

import gzip
import resource
import socket
import threading
import time
import tracemalloc
import zlib
from functools import cache

import pytest

from include.tikhub.client import OpenGate, TikHub
from include.tikhub.endpoints import trending_words
from include.tikhub.errors import Unavailable, UnexpectedAnswer
from include.web.transport import is_public, resolve
from tests.fixtures.raw_server import KEY, answer, envelope, good

DEADLINE = 0.4
LATEST = 2.5  # a busy machine may be late; every server here would dawdle for four seconds or more
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"


def drips_body(connection):
    connection.sendall(HEAD)
    for _ in range(200):
        connection.sendall(b" ")
        time.sleep(0.02)


def drips_chunks(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"1\r\n \r\n")
        time.sleep(0.02)


def drips_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        connection.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.02)


def drips_status_line(connection):
    for byte in b"HTTP/1.1 200 " + b"O" * 200:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def drips_interim_answers(connection):
    for _ in range(200):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


def hangs_before_headers(connection):
    connection.recv(1)


def hangs_in_body(connection):
    connection.sendall(HEAD + b'{"code": 200,')
    connection.recv(1)


@pytest.mark.parametrize(
    "behaviour",
    [
        drips_body,
        drips_chunks,
        drips_headers,
        drips_status_line,
        drips_interim_answers,
        hangs_before_headers,
        hangs_in_body,
    ],
)
def test_the_deadline_ends_a_call_wherever_the_server_dawdles(serve, client_of, behaviour):
    """A try ends at its deadline, as timed out, whether the server drips or hangs, in headers or body."""
    client = client_of(serve(behaviour).url, deadline=DEADLINE, max_retries=0)
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        client.fetch(trending_words())
    elapsed = time.monotonic() - started
    assert DEADLINE * 0.9 <= elapsed <= LATEST
    (attempt,) = caught.value.attempts
    assert (attempt.outcome, attempt.billed) == ("timed_out", None)


def test_a_connect_that_is_never_answered_ends_at_the_deadline(client_of):
    """A full backlog swallows the connection; the try ends in time and counts as not billed."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        client = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}", deadline=DEADLINE, max_retries=0)
        started = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            client.fetch(trending_words())
        elapsed = time.monotonic() - started
        for filler in fillers:
            filler.close()
    assert elapsed <= LATEST
    (attempt,) = caught.value.attempts
    assert (attempt.outcome, attempt.http_status, attempt.billed) == ("timed_out", None, False)


def test_a_handshake_that_hangs_ends_at_the_deadline(serve, client_of):
    """A server that accepts and then says nothing of TLS is given up in time."""
    client = client_of(serve().url.replace("http:", "https:"), deadline=DEADLINE, max_retries=0)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="within"):
        client.fetch(trending_words())
    assert time.monotonic() - started <= LATEST


def test_a_kept_connection_gets_a_fresh_deadline(serve):
    """Several slow but timely answers over one connection, together far beyond one deadline, all succeed."""

    def slow(connection):
        time.sleep(0.7)
        good()(connection)

    server = serve(slow)
    with TikHub(server.url, KEY, gate=OpenGate(), deadline=1.8, max_retries=0) as client:
        replies = [client.fetch(trending_words()).data for _ in range(3)]
    assert (replies, server.connections) == ([{"status_code": 0}] * 3, 1)


@cache
def gzip_bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 2**20
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_gzip_bomb_is_stopped_at_the_cap(serve, client_of, chunked):
    """256 MB of blanks in 256 kB are given up after the cap, without ever being in memory."""
    bomb = gzip_bomb(256)

    def explode(connection):
        if chunked:
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                + f"{len(bomb):x}\r\n".encode() + bomb + b"\r\n0\r\n\r\n"
            )  # fmt: skip
        else:
            answer(200, bomb, "Content-Encoding: gzip")(connection)

    client = client_of(serve(explode).url, max_bytes=2**20)
    tracemalloc.start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnexpectedAnswer, match="larger than"):
        client.fetch(trending_words())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert peak < 8 * 2**20
    assert grown < 32 * 2**10


def test_a_compressed_answer_is_read(serve, client_of):
    """gzip is what we ask for, and an answer in it is an answer."""
    server = serve(answer(200, gzip.compress(envelope({"status_code": 0})), "Content-Encoding: gzip"))
    assert client_of(server.url).fetch(trending_words()).data == {"status_code": 0}
    assert b"Accept-Encoding: gzip\r\n" in server.requests[0]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
        "fec0::1", "feff::1", "3fff::1", "5f00::1", "64:ff9b:1::1", "192.0.0.8", "192.88.99.1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_recognised(address):
    """Private, loopback, link- and site-local, reserved and disguised addresses are not public."""
    assert is_public(address) is False


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_a_public_address_is_recognised(address):
    """Addresses of the public internet are public."""
    assert is_public(address) is True


def test_a_look_up_has_an_end(monkeypatch):
    """No time left for the look-up is a time-out at once, however long the name server takes."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: threading.Event().wait(2) or [])
    with pytest.raises(TimeoutError):
        resolve("name.invalid", 443, 0)
