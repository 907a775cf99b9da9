"""One HTTP GET with an end: a total deadline, a cap on the decompressed body, no redirects, no cookies.

The timeout of `requests` restarts with every byte that arrives, so a server that drips holds a thread for as
long as it likes, and while it drips headers no code of ours even runs. Here every single read from the socket
gets what is left of the deadline, name look-up, connecting, handshake and headers included.

Nothing is taken from the environment: by which proxy and under whose certificates we go is the caller's `Route`.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

CHUNK_BYTES = 65_536
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # a public-looking way to write any IPv4 address
# Not part of the public internet, though some releases of Python take them for it: protocol assignments, relays of 6to4,
# site-local, documentation, segment routing, and NAT64 inside a network.
SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20", "5f00::/16", "64:ff9b:1::/48"),
    )
)

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")  # how http.client says that a proxy did not let us through

AddressInfo = tuple[Any, ...]
# What takes the pieces of a body with this status and these headers; None when nobody wants it.
Taker = Callable[[int, Mapping[str, str]], Callable[[bytes], object] | None]


class _AddressRefused(NewConnectionError):
    pass


@dataclass(frozen=True, slots=True)
class Route:
    """How the network is left: `ca_bundle`, a file of certificates to trust instead of the usual ones, and `proxy`, as
    http://user:password@host:port. The proxy passes bytes on: encryption is between us and the host."""

    ca_bundle: str | None = None
    proxy: str | None = field(default=None, repr=False)


DIRECT = Route()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no whole answer. `sent` is False when the request certainly never reached the server."""

    kind: Literal["timed_out", "broken", "too_large", "address_refused"]
    text: str
    sent: bool = True


HOST_NOT_FOUND = Failure("broken", "the host's name could not be resolved", sent=False)
_FAILURES = (
    (_AddressRefused, Failure("address_refused", "the host is outside the public internet", sent=False)),
    (NameResolutionError, HOST_NOT_FOUND),
    (NewConnectionError, Failure("broken", "no connection to the host", sent=False)),
    (ssl.SSLCertVerificationError, Failure("broken", "the host's certificate is not trusted", sent=False)),
    (urllib3.exceptions.DecodeError, Failure("broken", "the body's compression is damaged")),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back. `status` is None when no status line arrived; with a `failure`, `body` is not whole."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: Failure | None = None


class Transport:
    """Connections that are kept alive, at most `threads` of them; safe to share between threads.

    With `public_only`, a host is refused when any of its addresses is not on the public internet, and the
    connection goes to the very addresses that were checked: a second look-up cannot change them. A proxy looks
    the name up once more, by itself: what it finds still has to prove, by its certificate, that it is the host.

    A server that sends nothing for `patience` seconds is given up before the deadline.
    """

    def __init__(
        self,
        *,
        threads: int,
        deadline: float,
        max_bytes: int,
        public_only: bool = False,
        route: Route = DIRECT,
        patience: float = float("inf"),
    ) -> None:
        self.deadline = deadline
        self._route = route
        self.max_bytes = max_bytes
        self.patience = patience
        self._adapter = _Adapter(threads, public_only, patience)

    def get(self, request: requests.PreparedRequest, seconds: float = float("inf")) -> Exchange:
        """Never raises for what a server or network does; the exchange says it. `seconds` may only shorten the deadline."""
        body = bytearray()
        exchange = self.stream(request, lambda status, headers: body.extend, seconds, decoded=True)
        return exchange if exchange.failure else replace(exchange, body=bytes(body))

    def stream(
        self, request: requests.PreparedRequest, taker: Taker, seconds: float = float("inf"), *, decoded: bool = False
    ) -> Exchange:
        """As `get`, and the body goes piece by piece to what `taker` returns once status and headers are known.

        The pieces are as they were sent unless `decoded`. What the taker itself raises is raised here.
        """
        started = time.monotonic()
        deadline = min(self.deadline, seconds)
        limit: Any = urllib3.Timeout(total=deadline)  # accepted by requests, unknown to its type stubs
        try:
            response = self._adapter.send(
                request,
                stream=True,
                timeout=limit,
                verify=self._route.ca_bundle or True,
                proxies=self._proxies(request),
            )
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            http.client.HTTPException,
        ) as e:
            return Exchange(None, failure=self._failure(e, started, deadline))
        try:
            return self._read(response, taker, started, deadline, decoded)
        finally:
            response.close()

    def close(self) -> None:
        self._adapter.close()

    def _proxies(self, request: requests.PreparedRequest) -> dict[str, str]:
        """A proxy only for what is encrypted and goes elsewhere: plain requests go to this machine alone."""
        target = urlsplit(request.url or "")
        if self._route.proxy is None or target.scheme != "https" or is_loopback(target.hostname or ""):
            return {}
        return {"https": self._route.proxy}

    def _read(
        self, response: requests.Response, taker: Taker, started: float, deadline: float, decoded: bool
    ) -> Exchange:
        headers = dict(response.headers.lower_items())
        take, size, failure = taker(response.status_code, headers), 0, None
        pieces = response.raw.stream(CHUNK_BYTES, decode_content=decoded)
        if not decoded and not response.raw.chunked:
            # Handed on as soon as they are there: what a full chunk still waits for may never come.
            pieces = iter(lambda: response.raw.read1(CHUNK_BYTES, decode_content=False), b"")
        while take and not failure:
            try:
                piece = next(pieces, None)
            except (urllib3.exceptions.HTTPError, OSError, http.client.HTTPException, ValueError) as error:
                failure = self._failure(error, started, deadline)
                break
            if piece is None:
                break
            size += len(piece)
            if size > self.max_bytes:
                failure = Failure("too_large", f"the body is larger than {self.max_bytes:,} bytes")
            else:
                take(piece)
        return Exchange(response.status_code, headers, failure=failure)

    def _failure(self, error: BaseException, started: float, deadline: float) -> Failure:
        failure = _failure(error, started, deadline)
        if failure.kind == "timed_out" and failure.sent and time.monotonic() - started < deadline * 0.99:
            return replace(failure, text=f"nothing came for {self.patience:g} s")
        return failure


def _failure(error: BaseException, started: float, deadline: float) -> Failure:
    cause = _root(error)
    refused = _TUNNEL.match(str(cause)) if isinstance(cause, OSError) else None
    if refused:
        return Failure("broken", f"the proxy refused to connect ({refused[1]}): check TIKHUB_PROXY", sent=False)
    known = next((failure for kind, failure in _FAILURES if isinstance(cause, kind)), None)
    if known:
        by_proxy = (
            isinstance(cause, NewConnectionError) and not isinstance(cause, _AddressRefused) and _is_of_proxy(error)
        )
        return replace(known, text="no connection to the proxy: check TIKHUB_PROXY") if by_proxy else known
    late = time.monotonic() - started >= deadline * 0.99
    if late or isinstance(cause, (urllib3.exceptions.TimeoutError, TimeoutError)):
        text = f"no whole answer within {round(deadline, 2):g} s"
        return Failure("timed_out", text, sent=not isinstance(cause, ConnectTimeoutError))
    return Failure("broken", f"the connection broke ({type(cause).__name__})")


def is_loopback(host: str) -> bool:
    """Whether a host, as an address or as `localhost`, is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_public(address: str) -> bool:
    """False for private, loopback, link- and site-local, multicast and reserved addresses, and disguises of them."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip in NAT64:
            return False
    is_special = any(ip in network for network in SPECIAL)  # False for one of the other version
    return ip.is_global and not (is_special or ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def resolve(host: str, port: int, timeout: float) -> list[AddressInfo]:
    """`getaddrinfo` with an end: the look-up itself knows no timeout, so it runs beside the caller."""
    answers: queue.SimpleQueue[list[AddressInfo] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look_up, name="name look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout, 0))
    except queue.Empty:
        raise TimeoutError("the look-up of the host's name took too long") from None
    if isinstance(answer, UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, "not a host name")
    if isinstance(answer, OSError):
        raise answer
    return answer


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket, each time with what is left until the deadline, and never more than `patience`."""

    def __init__(self, sock: socket.socket, patience: float) -> None:
        self._patience = patience
        seconds = sock.gettimeout()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the deadline has passed")
            self._sock.settimeout(min(left, self._patience))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """urllib3 sets the socket's timeout to what the total leaves, and makes this just before the headers."""

    patience = float("inf")

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.patience))


class _Connecting:
    """Name look-up and connecting under one deadline, however many addresses a host has."""

    response_class: Any = _DeadlineResponse
    public_only = False

    def _new_conn(self: Any) -> socket.socket:
        ends = time.monotonic() + self.timeout if isinstance(self.timeout, (int, float)) else float("inf")
        try:
            found = resolve(self._dns_host.strip("[]"), self.port, min(ends - time.monotonic(), 3600))
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from None
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from None
        if self.public_only:
            target = self._behind_the_proxy(ends) if self.proxy else found
            if not all(is_public(info[4][0]) for info in target):
                raise _AddressRefused(self, "an address outside the public internet")
        return _connect(self, found, ends)

    def _behind_the_proxy(self: Any, ends: float) -> list[AddressInfo]:
        """The host's addresses as far as they are known here: in many networks the proxy alone can look names up."""
        try:
            return resolve(self._tunnel_host.strip("[]"), self._tunnel_port, min(ends - time.monotonic(), 5.0))
        except (socket.gaierror, TimeoutError):
            return []


def _connect(connection: Any, found: list[AddressInfo], ends: float) -> socket.socket:
    problem: OSError | None = None
    for family, kind, protocol, _, address in found:
        left = min(ends - time.monotonic(), 3600)
        if left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(left)
            sock.connect(address)
            sock.settimeout(max(ends - time.monotonic(), 0.001))  # the TLS handshake gets the rest
        except OSError as error:
            problem = error
            sock.close()
        else:
            return sock
    if problem is None or isinstance(problem, TimeoutError):
        raise ConnectTimeoutError(connection, "connecting took too long")
    raise NewConnectionError(connection, type(problem).__name__)


def _pools(public_only: bool, patience: float) -> dict[str, Any]:
    """urllib3's pools by scheme, with connections that keep to what a Transport promises."""
    response = type("Response", (_DeadlineResponse,), {"patience": patience})
    promises = {"public_only": public_only, "response_class": response}

    def pool(kind: type, connection: type) -> type:
        return type("Pool", (kind,), {"ConnectionCls": type("Connection", (_Connecting, connection), promises)})

    return {
        "http": pool(urllib3.HTTPConnectionPool, HTTPConnection),
        "https": pool(urllib3.HTTPSConnectionPool, HTTPSConnection),
    }


class _Adapter(HTTPAdapter):
    """Used without a Session, which would follow redirects, keep cookies and read the environment."""

    def __init__(self, threads: int, public_only: bool, patience: float) -> None:
        super().__init__(pool_maxsize=threads, max_retries=0)
        self._pools = _pools(public_only, patience)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _is_of_proxy(error: BaseException) -> bool:
    """Whether a proxy stood between us and the host when it failed."""
    return isinstance(error, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError))


def _root(error: BaseException) -> BaseException:
    """The cause inside the layers that requests and urllib3 wrap around it."""
    while True:
        inner = getattr(error, "reason", None) or getattr(error, "original_error", None) or next(iter(error.args), None)
        if not isinstance(inner, BaseException) or inner is error:
            return error
        error = inner
