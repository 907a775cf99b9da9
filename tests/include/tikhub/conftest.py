"""A server that answers byte by byte as a test tells it, and made-up answers in TikHub's shapes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from include.tikhub.client import OpenGate, TikHub

KEY = "made-up-key-0123456789/abc=="
Answer = Callable[[socket.socket], None]


class RawServer:
    """Answers request after request with the next of `answers`; the last one is repeated.

    An answer writes to the socket whatever it likes; it may also hang until the server is closed.
    """

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self._answers = answers
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # closing alone would leave a thread accepting
        self._socket.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while request := self._read_head(connection):
                    with self._lock:
                        self.requests.append(request)
                        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
                    answer(connection)
            except OSError:
                return

    @staticmethod
    def _read_head(connection: socket.socket) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            received = connection.recv(65_536)
            if not received:
                return b""
            head += received
        return head


def answer(status: int, body: bytes, *headers: str, length: int | None = None) -> Answer:
    """A whole answer; `length` lies about the length of the body and ends the connection."""
    fields = [f"Content-Length: {len(body) if length is None else length}", *headers]
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{line}\r\n" for line in fields) + "\r\n"

    def write(connection: socket.socket) -> None:
        connection.sendall(head.encode() + body)
        if length is not None:
            connection.shutdown(socket.SHUT_RDWR)

    return write


def envelope(data: Any, code: int = 200) -> bytes:
    return json.dumps({"code": code, "request_id": "made-up", "message": "ok", "data": data}).encode()


def good(data: Any = None) -> Answer:
    return answer(200, envelope({"status_code": 0} if data is None else data))


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """`serve(answer, ...)` is a running RawServer; all are closed after the test."""
    servers: list[RawServer] = []

    def start(*answers: Answer) -> RawServer:
        servers.append(RawServer(answers))
        return servers[-1]

    yield start
    for server in servers:
        if not server.closing.is_set():
            server.close()


@pytest.fixture
def client_of() -> Iterator[Callable[..., TikHub]]:
    """`client_of(url, ...)` is a client in a hurry: tiny backoff, short deadline."""
    clients: list[TikHub] = []

    def make(url: str, **options: Any) -> TikHub:
        chosen = {"gate": OpenGate(), "deadline": 5, "backoff": 0.001, **options}
        clients.append(TikHub(url, KEY, **chosen))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def made_up_user(**changes: Any) -> dict[str, Any]:
    user = {
        "uid": "7000000000000000001",
        "sec_uid": "MS4wLjABAAAA" + "x" * 64,
        "unique_id": "noodle.nook",
        "nickname": "Noodle Nook",
        "signature": "bowls\nand broth",
        "follower_count": 48_234,
        "total_favorited": 912_345,
        "aweme_count": 120,
        "favoriting_count": 7,
        "mplatform_followers_count": 0,
        "secret": 0,
        "is_block": False,
        "avatar_larger": {"url_list": ["https://p16.tiktokcdn.com/a.heic?x=1", "https://p16.tiktokcdn.com/a.jpeg"]},
    }
    return {**user, **changes}


def made_up_profile(**changes: Any) -> dict[str, Any]:
    return {"status_code": 0, "status_msg": "", "user": made_up_user(**changes)}


def made_up_video(number: int = 1, **changes: Any) -> dict[str, Any]:
    video = {
        "aweme_id": str(7_100_000_000_000_000_000 + number),
        "desc": "slurping #ramen",
        "create_time": 1_790_000_000,
        "statistics": {"play_count": 60_000 + number, "digg_count": 5},
        "video": {
            "duration": 15_000,
            "cover": {"url_list": ["https://p16.tiktokcdn.com/c.webp?s=1", "https://p16.tiktokcdn.com/c.jpeg?s=%2B"]},
            "origin_cover": {"url_list": ["https://p16.tiktokcdn.com/o.heic", "https://p16.tiktokcdn.com/o.jpg"]},
            "dynamic_cover": {"url_list": ["https://p16.tiktokcdn.com/d.jpeg"]},
        },
        "author_user_id": 7_000_000_000_000_000_001,
        "author": {
            "uid": "7000000000000000001",
            "sec_uid": "MS4wLjABAAAA" + "x" * 64,
            "unique_id": "noodle.nook",
            "nickname": "Noodle Nook",
            "follower_count": 48_234,
            "aweme_count": 0,
            "total_favorited": 0,
            "secret": 0,
            "is_block": False,
            "user_canceled": False,
        },
    }
    return {**video, **changes}


def made_up_page(*videos: Any, **changes: Any) -> dict[str, Any]:
    page = {
        "status_code": 0,
        "aweme_list": [],
        "search_item_list": [{"aweme_info": video} for video in videos],
        "has_more": 1,
        "cursor": 20,
    }
    return {**page, **changes}
