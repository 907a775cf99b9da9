"""Pictures are fetched from where they may be, and from nowhere else."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from include.tikhub.endpoints import PICTURE_HOSTS
from include.web.pictures import FetchedImage, ImageFetcher, ImageRefused, ImageUnavailable
from tests.fixtures.raw_server import answer

JPEG = b"\xff\xd8\xff made up"


@pytest.fixture
def fetcher_of():
    fetchers = []

    def make(base_url="https://api.tikhub.io", **options):
        fetchers.append(ImageFetcher(base_url, hosts=PICTURE_HOSTS, **options))
        return fetchers[-1]

    yield make
    for fetcher in fetchers:
        fetcher.close()


def test_a_picture_of_the_stand_in(serve, fetcher_of):
    """The API's own origin may be plain http on loopback; the address goes out as it came, without a key."""
    server = serve(answer(200, JPEG, "Content-Type: text/html"))
    path = "/covers/1~x:360.jpeg?x-signature=a%2Fb%2Bc%3D&t=%7E"
    image = fetcher_of(server.url).fetch([server.url + path])
    head = server.requests[0].decode().lower()
    assert image == FetchedImage(JPEG, "127.0.0.1")
    assert server.requests[0].decode().startswith(f"GET {path} HTTP/1.1\r\n")
    assert ("authorization" in head, "cookie" in head) == (False, False)


def test_the_next_address_when_one_fails(serve, fetcher_of):
    """Addresses are tried in order until one gives a picture."""
    server = serve(answer(404, b"no"), answer(200, b""), answer(200, JPEG))
    urls = ["https://elsewhere.example/a.jpeg"] + [f"{server.url}/{n}.jpeg" for n in range(4)]
    assert fetcher_of(server.url).fetch(urls) == FetchedImage(JPEG, "127.0.0.1")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://p16.tiktokcdn.com/a.jpeg",
        "file:///etc/passwd",
        "ftp://p16.tiktokcdn.com/a.jpeg",
        "https://evil.example/a.jpeg",
        "https://tiktokcdn.com.evil.example/a.jpeg",
        "https://eviltiktokcdn.com/a.jpeg",
        "https://user@p16.tiktokcdn.com/a.jpeg",
        "https://p16.tiktokcdn.com@evil.example/a.jpeg",
        "https://evil.example#@p16.tiktokcdn.com/a.jpeg",
        "https://evil.example\\@p16.tiktokcdn.com/a.jpeg",
        "https://evil.example/\\p16.tiktokcdn.com/a.jpeg",
        "https://p16.tiktokcdn.com:8443/a.jpeg",
        "https://p16.tiktokcdn.com./a.jpeg",
        "https://p16.tiktokcdn.com/a.jpeg\r\nX: y",
        "https://p16.tiktokcdn.com/a b",
        "https://p16.tiktokcdn。com/a.jpeg",
        "https://127.0.0.1/a.jpeg",
        "https://[::1]/a.jpeg",
        "https://2130706433/a.jpeg",
        "https://169.254.169.254/latest",
        "//p16.tiktokcdn.com/a.jpeg",
        "https://p16.tiktokcdn.com/" + "a" * 9_000,
        "",
    ],
)
def test_an_address_that_is_refused(fetcher_of, url):
    """Other schemes, hosts, ports, user-info and tricks of spelling are refused without a look-up."""
    with pytest.raises(ImageRefused):
        fetcher_of().fetch([url])


@pytest.mark.parametrize("tail", ["1/a.jpeg", "@evil.example/a.jpeg", ".evil.example/a.jpeg", "\\a.jpeg", ""])
def test_the_own_origin_is_exact(serve, fetcher_of, tail):
    """What only begins like the API's origin is another origin."""
    server = serve(answer(200, JPEG))
    with pytest.raises(ImageRefused):
        fetcher_of(server.url).fetch([server.url + tail])


def test_another_server_on_this_machine_is_refused(serve, fetcher_of):
    """Only the API's own port is allowed on loopback."""
    own, other = serve(answer(200, JPEG)), serve(answer(200, JPEG))
    with pytest.raises(ImageRefused):
        fetcher_of(own.url).fetch([f"{other.url}/a.jpeg"])
    assert other.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.1.2.3"], ["93.184.216.34", "127.0.0.1"], ["::1"]])
def test_a_picture_host_with_a_private_address_is_refused(fetcher_of, monkeypatch, addresses):
    """A name that resolves, even in part, to a private address is refused before anything is connected."""
    found = [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ImageRefused, match="public internet"):
        fetcher_of().fetch(["https://p16.tiktokcdn.com/a.jpeg"])


def test_a_slow_look_up_ends_at_the_deadline(fetcher_of, monkeypatch):
    """A name server that does not answer holds nobody beyond the deadline."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: threading.Event().wait(5) or [])
    started = time.monotonic()
    with pytest.raises(ImageUnavailable, match="within"):
        fetcher_of(deadline=0.3).fetch(["https://p16.tiktokcdn.com/a.jpeg"])
    assert time.monotonic() - started < 4


def test_all_addresses_of_a_picture_have_one_end(serve, fetcher_of):
    """However slow each of many addresses is, the picture is given up when its time is up."""
    server = serve(lambda connection: time.sleep(9))
    urls = [f"{server.url}/{number}.jpeg" for number in range(12)]
    started = time.monotonic()
    with pytest.raises(ImageUnavailable) as caught:
        fetcher_of(server.url, deadline=1.2, patience=1.9).fetch(urls)
    assert time.monotonic() - started < 8
    assert str(caught.value).startswith("127.0.0.1: no whole answer within 1.2 s; 127.0.0.1: no whole answer within 0.")
    assert len(server.requests) == 2


def test_few_addresses_are_asked_and_fewer_named(serve, fetcher_of):
    """Of 5,000 addresses five are tried, and three reasons are given."""
    server = serve(answer(404, b"no"))
    with pytest.raises(ImageUnavailable) as caught:
        fetcher_of(server.url).fetch(f"{server.url}/{number}.jpeg" for number in range(5_000))
    assert str(caught.value) == "; ".join(["127.0.0.1: status 404"] * 3) + "; and 2 more"
    assert len(server.requests) == 5
    with pytest.raises(ImageRefused) as refused:
        fetcher_of(server.url).fetch(["https://" + "😀" * 5_000] * 5_000)
    assert len(str(refused.value)) < 400


def test_redirects_are_not_followed(serve, fetcher_of):
    """A redirect is no picture, wherever it points."""
    other = serve(answer(200, JPEG))
    own = serve(answer(302, b"", f"Location: {other.url}/a.jpeg"))
    with pytest.raises(ImageUnavailable, match="status 302"):
        fetcher_of(own.url).fetch([f"{own.url}/a.jpeg"])
    assert other.connections == 0


def test_a_picture_beyond_the_cap(serve, fetcher_of):
    """A body larger than allowed is given up."""
    server = serve(answer(200, b"x" * 300_000))
    with pytest.raises(ImageUnavailable, match="larger than"):
        fetcher_of(server.url, max_bytes=100_000).fetch([f"{server.url}/a.jpeg"])


def test_a_picture_that_drips(serve, fetcher_of):
    """A picture that does not come in time is given up."""

    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _ in range(500):
            connection.sendall(b"x")
            time.sleep(0.02)

    server = serve(drip)
    started = time.monotonic()
    with pytest.raises(ImageUnavailable, match="within"):
        fetcher_of(server.url, deadline=0.3).fetch([f"{server.url}/a.jpeg"])
    assert time.monotonic() - started < 8


def test_no_address_at_all(fetcher_of):
    """An empty list is refused in words."""
    with pytest.raises(ImageRefused, match="no address"):
        fetcher_of().fetch([])
