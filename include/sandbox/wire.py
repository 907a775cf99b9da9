"""HTTP/1.1 on asyncio streams, as little as is needed by a server that breaks the protocol on purpose."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_HEAD = 64 * 1024
MAX_BODY = 8 * 1024 * 1024


class BadRequestError(Exception):
    """What came in is not an HTTP request this server reads."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names keep their case in `headers`, `header()` does not mind it."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    peer: str

    def header(self, name: str) -> str | None:
        """The first value of this header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def parameters(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last, as the vendor's framework does."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def subject(self) -> str:
        """The query as people read it: decoded."""
        return unquote(self.query.replace("+", " "))

    def keeps_alive(self) -> bool:
        """Whether the caller wants the connection kept."""
        return (self.header("connection") or "").lower() != "close"


@dataclass(slots=True)
class Response:
    """One response as it would go out without a fault."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


async def read_request(reader: asyncio.StreamReader, peer: str) -> Request | None:
    """The next request of a connection, or None at its end. Raises BadRequestError."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError("the request's head is too long") from error
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    try:
        method, target, _ = first.split(" ")
    except ValueError as error:
        raise BadRequestError("the request line is malformed") from error
    headers = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = next((value for name, value in headers if name.lower() == "content-length"), "0")
    if (
        not length.isdecimal()
        or int(length) > MAX_BODY
        or any(name.lower() == "transfer-encoding" for name, _ in headers)
    ):
        raise BadRequestError("a body needs a Content-Length of at most 8 MiB")
    try:
        body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        return None
    address = urlsplit(target)
    return Request(method, unquote(address.path), address.query, headers, body, peer)


def head_of(status: int, headers: dict[str, str]) -> bytes:
    """The response's status line and headers, with the empty line that ends them."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def whole(response: Response, *, keep_alive: bool) -> bytes:
    """A response with its length, ready to send in one piece."""
    # An answer to HEAD brings the length of what it leaves out.
    headers = {"Content-Length": str(len(response.body)), **response.headers}
    if not keep_alive:
        headers["Connection"] = "close"
    return head_of(response.status, headers) + response.body
