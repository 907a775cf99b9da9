"""Files are fetched whole or not at all, from where they may be, and gone on with where they were cut off."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from include.web.files import FetchedFile, FileFetcher, FileRefused, FileUnavailable
from include.web.transport import Exchange
from tests.fixtures.raw_server import Answer, answer

FILM = bytes(range(256)) * 40  # 10,240 bytes
TAG = 'ETag: "film-1"'


@pytest.fixture
def fetcher_of():
    fetchers = []

    def make(base_url="https://api.tikhub.io", **options):
        chosen = {"hosts": ["cdn.example"], "deadline": 5, "max_bytes": 20_000, "pause": 0.01, **options}
        fetchers.append(FileFetcher(base_url, **chosen))
        return fetchers[-1]

    yield make
    for fetcher in fetchers:
        fetcher.close()


def cut(whole: bytes, at: int, *headers: str, status: int = 200) -> Answer:
    """An answer that breaks off after so many bytes of what it said it would send."""
    return answer(status, whole[:at], *headers, length=len(whole))


def rest(start: int, *headers: str, film: bytes = FILM, end: int | None = None) -> Answer:
    """The bytes from `start` on, as a server that knows ranges sends them."""
    last = len(film) - 1 if end is None else end
    return answer(206, film[start : last + 1], f"Content-Range: bytes {start}-{last}/{len(film)}", *headers)


def stall(head: bytes, seconds: float) -> Answer:
    """So much, and then nothing for a while."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        time.sleep(seconds)

    return write


def moved(to: str, status: int = 302) -> Answer:
    return answer(status, b"", f"Location: {to}")


def asked(server) -> list[dict[str, str]]:
    """The headers of each request, by their names in small letters."""
    heads = [head.decode().split("\r\n")[1:-2] for head in server.requests]
    return [{name.lower(): text for name, _, text in (line.partition(": ") for line in head)} for head in heads]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_as_it_was_sent(serve, fetcher_of, tmp_path):
    """Every byte lies at the path, nothing beside it; the address went out as it came, without a key."""
    server = serve(answer(200, FILM, "Content-Type: video/mp4", TAG))
    path = "/v/1~x.mp4?sig=a%2Fb%2Bc%3D"
    fetched = fetcher_of(server.url).fetch(server.url + path, tmp_path / "film.mp4")
    assert fetched == FetchedFile(tmp_path / "film.mp4", 10_240, "127.0.0.1", "video/mp4")
    assert ((tmp_path / "film.mp4").read_bytes() == FILM, left(tmp_path)) == (True, ["film.mp4"])
    assert server.requests[0].decode().startswith(f"GET {path} HTTP/1.1\r\n")
    assert {"authorization", "cookie", "range"} & set(asked(server)[0]) == set()


def test_what_was_cut_off_is_gone_on_with(serve, fetcher_of, tmp_path):
    """After each cut the bytes that are missing are asked for, if the file is the same; each byte comes once."""
    server = serve(cut(FILM, 4_000, TAG), cut(FILM[4_000:], 100, TAG, "Content-Range: bytes 4000-10239/10240", status=206),
                   rest(4_100, TAG))  # fmt: skip
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == FILM
    wanted = [(each.get("range"), each.get("if-range")) for each in asked(server)]
    assert wanted == [(None, None), ("bytes=4000-", '"film-1"'), ("bytes=4100-", '"film-1"')]


def test_another_task_goes_on_with_it(serve, fetcher_of, tmp_path):
    """What one fetch left behind another one goes on with, under a new signature; of another address it is begun anew."""
    broken, gone = cut(FILM, 4_000, TAG), answer(404, b"")
    server = serve(broken, gone, rest(4_000, TAG), broken, gone, answer(200, FILM))
    with pytest.raises(FileUnavailable, match="status 404; 4,000 bytes are kept"):
        fetcher_of(server.url).fetch(f"{server.url}/film?sig=1", tmp_path / "film")
    assert left(tmp_path) == ["film.part", "film.part.json"]
    fetcher_of(server.url).fetch(f"{server.url}/film?sig=2", tmp_path / "film")
    assert (asked(server)[2]["range"], left(tmp_path)) == ("bytes=4000-", ["film"])

    with pytest.raises(FileUnavailable):
        fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == FILM
    fetcher_of(server.url).fetch(f"{server.url}/another", tmp_path / "film")
    assert "range" not in asked(server)[5]


def test_a_server_that_ignores_ranges_begins_anew(serve, fetcher_of, tmp_path):
    """It sends all of it again, and that is what lies there: nothing twice."""
    server = serve(cut(FILM, 4_000, TAG), answer(200, FILM, TAG))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == FILM


@pytest.mark.parametrize("tag", [(), ('ETag: W/"film-1"',), ("Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT",)])
def test_without_a_strong_tag_nothing_is_joined(serve, fetcher_of, tmp_path, tag):
    """Where nothing proves that it is the same file, the whole is asked for again."""
    server = serve(cut(FILM, 4_000, *tag), answer(200, FILM, *tag))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert ["range" in each for each in asked(server)] == [False, False]
    assert (tmp_path / "film").read_bytes() == FILM


OTHER = bytes(reversed(FILM))


@pytest.mark.parametrize(
    "second",
    [
        rest(4_000, 'ETag: "film-2"', film=OTHER),
        rest(4_000, film=OTHER),
        rest(4_000, TAG, film=OTHER + b"more"),
        rest(3_000, TAG, film=OTHER),
        rest(5_000, TAG, film=OTHER),
        answer(206, OTHER[4_000:], TAG),
        answer(206, OTHER[4_000:], TAG, "Content-Range: bytes 4000-10239/*"),
        answer(206, OTHER[4_000:9_000], TAG, "Content-Range: bytes 4000-10239/10240"),
        answer(416, b"", "Content-Range: bytes */10240"),
    ],
    ids=[
        "other tag",
        "no tag",
        "other length",
        "earlier start",
        "later start",
        "no range",
        "no total",
        "lies about range",
        "no such range",
    ],
)
def test_a_file_that_changed_in_between_is_not_mixed(serve, fetcher_of, tmp_path, second):
    """A range that is not certainly the rest of the same file is thrown away with what was there, and all is asked for."""
    server = serve(cut(FILM, 4_000, TAG), second, answer(200, OTHER, 'ETag: "film-2"'))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == OTHER
    assert ["range" in each for each in asked(server)] == [False, True, False]


def test_a_server_may_send_less_than_was_asked_for(serve, fetcher_of, tmp_path):
    """A range that ends early is taken, and the next one asked for."""
    server = serve(cut(FILM, 4_000, TAG), rest(4_000, TAG, end=6_999), rest(7_000, TAG))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert ((tmp_path / "film").read_bytes() == FILM, asked(server)[2]["range"]) == (True, "bytes=7000-")


def test_nothing_that_is_short_is_called_whole(serve, fetcher_of, tmp_path):
    """A server that always breaks off early is given up after three tries in vain, and what was at the path stays."""
    (tmp_path / "film").write_bytes(b"an older one")
    server = serve(cut(FILM, 4_000))
    with pytest.raises(FileUnavailable, match=r"127\.0\.0\.1: the connection broke"):
        fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert ((tmp_path / "film").read_bytes(), len(server.requests)) == (b"an older one", 4)


def test_a_length_that_nobody_tells_proves_nothing(serve, fetcher_of, tmp_path):
    """Neither a length nor chunks: the end of the connection may be the end of the file or not, so it is not taken."""

    def bare(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\n\r\n" + FILM)
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(FileUnavailable, match="its length is not told"):
        fetcher_of(url := serve(bare).url).fetch(f"{url}/film", tmp_path / "film")
    assert left(tmp_path) == []


def chunked(connection: socket.socket, *ends: bytes) -> None:
    head = b'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nETag: "film-1"\r\n\r\n'
    connection.sendall(
        head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (FILM[:5_000], FILM[5_000:], *ends))
    )


def test_in_chunks_the_last_one_is_the_proof(serve, fetcher_of, tmp_path):
    """A file in chunks is whole when the empty one came; cut before it, the rest is asked for."""

    def unended(connection: socket.socket) -> None:
        chunked(connection)
        connection.shutdown(socket.SHUT_RDWR)

    server = serve(unended, lambda connection: chunked(connection, b""))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == FILM
    assert asked(server)[1]["range"] == "bytes=10240-"


@pytest.mark.parametrize(
    "first",
    [
        answer(200, bytes(20_001), TAG),
        answer(200, b"", TAG, length=10**15),
        lambda connection: [chunked(connection), chunked(connection)] and chunked(connection, b""),
    ],
    ids=["told", "told and not sent", "in chunks"],
)
def test_more_bytes_than_wanted_are_refused(serve, fetcher_of, tmp_path, first):
    """A file above the cap is refused, at once where the server tells its size, and nothing of it stays."""
    with pytest.raises(FileRefused, match="the file is larger than 9,000 bytes"):
        fetcher_of(url := serve(first).url, max_bytes=9_000).fetch(f"{url}/film", tmp_path / "film")
    assert left(tmp_path) == []


def test_a_range_that_brings_more_than_it_told_is_thrown_away(serve, fetcher_of, tmp_path):
    """Bytes beyond the end that was told are not taken, and neither is what they came with."""

    def too_much(connection: socket.socket) -> None:
        head = b'HTTP/1.1 206 X\r\nContent-Range: bytes 4000-10239/10240\r\nTransfer-Encoding: chunked\r\nETag: "film-1"\r\n\r\n'
        connection.sendall(head + b"%x\r\n%s\r\n0\r\n\r\n" % (9_000, bytes(9_000)))

    server = serve(cut(FILM, 4_000, TAG), too_much, answer(200, FILM))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert ((tmp_path / "film").read_bytes() == FILM, len(server.requests)) == (True, 3)


def test_compressed_without_being_asked_is_not_taken(serve, fetcher_of, tmp_path):
    """What was sent packed has another length than the file: it proves nothing."""
    with pytest.raises(FileUnavailable, match="sent compressed"):
        fetcher_of(url := serve(answer(200, FILM, "Content-Encoding: gzip")).url).fetch(
            f"{url}/film", tmp_path / "film"
        )


def test_a_server_that_stalls_is_asked_again(serve, fetcher_of, tmp_path):
    """After a time without a byte another connection goes on, long before the deadline."""
    head = b'HTTP/1.1 200 X\r\nContent-Length: 10240\r\nETag: "film-1"\r\n\r\n' + FILM[:4_000]
    server = serve(stall(head, 3), rest(4_000, TAG))
    begun = time.monotonic()
    fetcher_of(server.url, patience=0.2, deadline=60).fetch(f"{server.url}/film", tmp_path / "film")
    assert ((tmp_path / "film").read_bytes() == FILM, time.monotonic() - begun < 2.5) == (True, True)


def test_everything_together_has_an_end(serve, fetcher_of, tmp_path):
    """A server that drips, and would for ever, is given up at the deadline; what came is kept for the next time."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 X\r\nContent-Length: 10240\r\nETag: "film-1"\r\n\r\n')
        for byte in FILM:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    url, begun = serve(drip).url, time.monotonic()
    with pytest.raises(FileUnavailable, match="no whole answer within"):
        fetcher_of(url, deadline=0.6).fetch(f"{url}/film", tmp_path / "film")
    assert time.monotonic() - begun < 2
    assert 0 < (tmp_path / "film.part").stat().st_size < 100


def test_a_busy_server_is_asked_again(serve, fetcher_of, tmp_path):
    """503 and 429 pass; 403 does not."""
    server = serve(answer(503, b""), answer(429, b""), answer(200, FILM))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    forbidden = serve(answer(403, b""))
    with pytest.raises(FileUnavailable, match="status 403"):
        fetcher_of(forbidden.url).fetch(f"{forbidden.url}/film", tmp_path / "another")
    assert (len(server.requests), len(forbidden.requests)) == (3, 1)


def test_redirects_are_followed(serve, fetcher_of, tmp_path):
    """To another path of the same host, also by a relative address; each kind of them, five at most."""
    server = serve(*[moved(f"/{status}?n=1", status) for status in (301, 302, 303, 307, 308)], answer(200, FILM))
    fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert server.requests[5].startswith(b"GET /308?n=1 ")
    circle = serve(moved("/film"))
    with pytest.raises(FileRefused, match="more than 5 redirects"):
        fetcher_of(circle.url).fetch(f"{circle.url}/film", tmp_path / "another")
    assert len(circle.requests) == 6


@pytest.mark.parametrize(
    "to",
    [
        "http://cdn.example/film",
        "https://elsewhere.example/film",
        "https://cdn.example:8443/film",
        "https://user@cdn.example/film",
        "http://169.254.169.254/latest",
        "https://127.0.0.1/film",
        "file:///etc/passwd",
        "ftp://cdn.example/film",
        "//elsewhere.example/film",
        "http://127.0.0.1:1/film",
        "",
        "https://cdn.example/a b",
    ],
)
def test_each_hop_is_an_address_like_the_first(serve, fetcher_of, tmp_path, to):
    """A redirect to another scheme, host, port or spelling than may be asked is refused, and nobody is asked there."""
    server = serve(moved(to))
    with pytest.raises(FileRefused):
        fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
    assert left(tmp_path) == []


def test_a_stranger_does_not_lead_to_our_own_origin(serve, tmp_path, monkeypatch):
    """The own origin may be plain http on this machine; a redirect of a strange host to it is refused without being asked."""
    own = serve(answer(200, FILM))
    with FileFetcher(own.url, hosts=None, deadline=5, max_bytes=20_000) as fetcher:
        monkeypatch.setattr(fetcher, "_public", _Moved(f"{own.url}/film"))
        with pytest.raises(FileRefused):
            fetcher.fetch("https://stranger.example/film", tmp_path / "film")
    assert own.requests == []


class _Moved:
    """A host on the public internet that leads elsewhere."""

    def __init__(self, to: str) -> None:
        self._to = to

    def stream(self, request, taker, seconds):
        return Exchange(302, {"location": self._to})

    def close(self) -> None:
        pass


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a00:1"])
@pytest.mark.parametrize("hosts", [["cdn.example"], None])
def test_a_host_inside_the_network_is_refused(fetcher_of, monkeypatch, tmp_path, hosts, address):
    """What a name leads to is checked where the connection is made: inside the network nobody is asked, whatever is allowed."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (address, 443))])
    with pytest.raises(FileRefused, match="outside the public internet"):
        fetcher_of(hosts=hosts).fetch("https://cdn.example/film", tmp_path / "film")


def test_a_damaged_note_begins_anew(serve, fetcher_of, tmp_path):
    """A beginning without a readable note, or with one of another kind, is not gone on with."""
    for number, note in enumerate(("", "[1]", json.dumps({"etag": "x"}))):
        (tmp_path / "film.part").write_bytes(b"what is this")
        (tmp_path / "film.part.json").write_text(note)
        server = serve(answer(200, FILM))
        fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "film")
        assert ((tmp_path / "film").read_bytes() == FILM, "range" in asked(server)[0]) == (True, False), number


def test_what_the_disk_says_is_not_taken_for_the_network(serve, fetcher_of, tmp_path):
    """A folder that is not there is an error of the disk, raised as it is, not tried again."""
    server = serve(answer(200, FILM))
    with pytest.raises(FileNotFoundError):
        fetcher_of(server.url).fetch(f"{server.url}/film", tmp_path / "nowhere" / "film")
    assert len(server.requests) == 1
