"""Asks TikHub, under the shared limit, until there is an answer or no point in asking again.

Source of the rules: the contract's section 6 and TikHub's official settings (10 requests/s per key, a timeout
of 30 to 60 s, at most 3 retries; only an answer with code 200 is billed).
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import NoReturn, Protocol
from urllib.parse import urlsplit

import requests

from include.tikhub.answers import Answer, read_answer
from include.tikhub.endpoints import ENDPOINTS, Endpoint, Request
from include.tikhub.errors import RateLimited, TikHubError, Transient
from include.tikhub.models import Attempt, Reply
from include.web.transport import DIRECT, Exchange, Route, Transport, is_loopback

LONGEST_BACKOFF = 60.0
MOST_THROTTLED = 6  # 429s for one request; they are not counted as its retries
MOST_PAID_RETRIES = 1  # more tries after a 200 that cannot be used: each may have been billed


class Gate(Protocol):
    """The limiter that all workers share."""

    def wait_turn(self) -> None:
        """Blocks until one request may be sent; may raise BudgetSpent or RunStopped."""

    def pause(self, seconds: float) -> None:
        """Lets nobody through for so long."""


class OpenGate:
    """A gate of one process without a rate: it only keeps to the pauses that the server asks for."""

    def __init__(self) -> None:
        self._opens = 0.0
        self._lock = threading.Lock()

    def wait_turn(self) -> None:
        while (left := self._opens - time.monotonic()) > 0:
            time.sleep(left)

    def pause(self, seconds: float) -> None:
        with self._lock:
            self._opens = max(self._opens, time.monotonic() + seconds)


class TikHub:
    """TikHub's client. One instance serves all threads of a process, and holds the key while it lives.

    `deadline` is the longest that one try may take, in seconds, from name look-up to the last byte;
    `max_bytes` caps the decompressed body; `threads` is how many connections are kept; `max_retries` and
    `backoff` (seconds, doubling, with full jitter) rule transient failures; `patience` is how many seconds
    of 429s one request puts up with. Raises ValueError for a base URL or key that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        gate: Gate,
        deadline: float = 60,
        max_bytes: int = 8 * 2**20,
        threads: int = 16,
        max_retries: int = 3,
        backoff: float = 1.0,
        patience: float = 900,
        sleep: Callable[[float], None] = time.sleep,
        route: Route = DIRECT,
    ) -> None:
        self._base_url = checked_base_url(base_url)
        self._auth = _Bearer(api_key)
        self._gate = gate
        self._transport = Transport(threads=threads, deadline=deadline, max_bytes=max_bytes, route=route)
        self._max_retries = max_retries
        self._backoff = backoff
        self._patience = patience
        self._sleep = sleep

    def fetch(self, request: Request) -> Reply:
        """The answer to `request`, after as many tries as its failures allow.

        Every try first waits for its turn at the gate. Raises a TikHubError that carries all attempts.
        """
        endpoint = ENDPOINTS[request.endpoint]
        tries = _Tries(time.monotonic() + self._patience)
        while True:
            self._wait_turn(tries)
            last = self._try_once(endpoint, request)
            tries.attempts.append(last.attempt)
            error = last.answer.error
            if error is None:
                return Reply(last.answer.data, tuple(tries.attempts), last.answer.request_id)
            error.attempts = tuple(tries.attempts)
            seconds = self._pause_before_next(error, last.perhaps_paid, tries)
            if seconds is None:
                raise error
            self._sleep(seconds)

    def close(self) -> None:
        """Closes the connections; the client is of no use afterwards."""
        self._transport.close()

    def __enter__(self) -> TikHub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"TikHub({self._base_url!r}, api_key=***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a TikHub client holds a key and connections: make a new one instead of copying it")

    def _wait_turn(self, tries: _Tries) -> None:
        try:
            self._gate.wait_turn()
        except TikHubError as error:
            error.attempts = tuple(tries.attempts)
            raise

    def _pause_before_next(self, error: TikHubError, perhaps_paid: bool, tries: _Tries) -> float | None:
        """Seconds to sleep before one more try, or None when there is to be none."""
        if isinstance(error, RateLimited):
            seconds = error.retry_after or _throttle_pause(tries.throttled)
            self._gate.pause(seconds)
            tries.throttled += 1
            patient = time.monotonic() + seconds <= tries.patient_until
            return 0.0 if patient and tries.throttled <= MOST_THROTTLED else None
        if not (perhaps_paid or isinstance(error, Transient)):
            return None
        tries.failed += 1
        tries.perhaps_paid += perhaps_paid
        if tries.failed > self._max_retries or tries.perhaps_paid > MOST_PAID_RETRIES:
            return None
        return random.uniform(0, min(LONGEST_BACKOFF, self._backoff * 2 ** (tries.failed - 1)))  # noqa: S311

    def _try_once(self, endpoint: Endpoint, request: Request) -> _Try:
        prepared = requests.Request(
            endpoint.method,
            self._base_url + endpoint.path,
            params=dict(request.params),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "cometwatch"},
            auth=self._auth,
        ).prepare()
        started_at, started = datetime.now(UTC), time.monotonic()
        exchange = self._transport.get(prepared)
        latency_ms = round((time.monotonic() - started) * 1000)
        answer = self._auth.read(endpoint, exchange)
        attempt = Attempt(
            endpoint=endpoint.name,
            params_subject=request.subject,
            started_at=started_at,
            latency_ms=latency_ms,
            http_status=exchange.status,
            outcome=answer.outcome,
            billed=answer.billed,
            error=str(answer.error) if answer.error else None,
        )
        return _Try(attempt, answer, perhaps_paid=exchange.status == 200 and answer.billed is not False)


def checked_base_url(base_url: str) -> str:
    """The base URL without a slash at its end. Raises ValueError for what must not see a key.

    Plain http is for a server on this very machine; user-info would put a password into every log.
    """
    url = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("TIKHUB_BASE_URL must hold a valid host and a port up to 65535") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("TIKHUB_BASE_URL must look like https://api.tikhub.io")
    if parts.username is not None or parts.password is not None:
        raise ValueError("TIKHUB_BASE_URL must not hold a user name or password")
    if parts.query or parts.fragment or not re.fullmatch(r"[\x21-\x5b\x5d-\x7e]+", url):
        raise ValueError("TIKHUB_BASE_URL must hold neither a query, a fragment, spaces nor backslashes")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"TIKHUB_BASE_URL must use https: the key would travel to {host} unencrypted")
    return url


class _Bearer(requests.auth.AuthBase):
    """The key, in the one place that knows it. It shows in no repr and in no pickle."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", key, re.ASCII):
            raise ValueError(
                "TIKHUB_API_KEY is empty or holds spaces, line breaks or letters outside ASCII; copy it again"
            )
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def read(self, endpoint: Endpoint, exchange: Exchange) -> Answer:
        """What was answered, without the key: also a success must not carry an echo of it into the ledger."""
        return read_answer(endpoint, exchange, self._key)

    def __repr__(self) -> str:
        return "Bearer ***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not pickled")


@dataclass(slots=True)
class _Tries:
    """How often one request was tried so far, by the kind of failure."""

    patient_until: float
    attempts: list[Attempt] = field(default_factory=list)
    failed: int = 0
    throttled: int = 0
    perhaps_paid: int = 0


@dataclass(frozen=True, slots=True)
class _Try:
    attempt: Attempt
    answer: Answer
    perhaps_paid: bool


def _throttle_pause(throttled: int) -> float:
    """Without a Retry-After: 1, 2, 4 ... at most 60 s, less up to a half at random."""
    return min(LONGEST_BACKOFF, 2.0**throttled) * random.uniform(0.5, 1)  # noqa: S311
