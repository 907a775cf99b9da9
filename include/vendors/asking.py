"""Asks a vendor, under the shared limit, until there is an answer or no point in asking again."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from include.vendors.errors import CallFailed, RateLimited, Transient
from include.vendors.models import Attempt, Reply, Request
from include.web.transport import Exchange, is_loopback

LONGEST_BACKOFF = 60.0
MOST_THROTTLED = 6  # 429s for one request; they are not counted as its retries
MOST_PAID_RETRIES = 1  # more tries after a 200 that cannot be used: each may have been billed

OUTCOMES = (
    "answered",
    "rate_limited",
    "unavailable",
    "timed_out",
    "refused_key",
    "no_balance",
    "forbidden",
    "rejected",
    "not_found",
    "unreadable",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One try, understood. `data` counts only without an `error`; `billed` None: nobody can know."""

    outcome: str
    billed: bool | None
    error: CallFailed | None = None
    data: Any = None
    request_id: str | None = None


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


class Client(Protocol):
    """One vendor's client: it asks, and says what it took."""

    def fetch(self, request: Request) -> Reply:
        """The answer; raises a CallFailed that carries all attempts."""

    def close(self) -> None:
        """Closes the connections."""


@dataclass(frozen=True, slots=True)
class Try:
    """One request that was made. `perhaps_paid`: it was answered well, and may be on the bill, though it cannot be used."""

    attempt: Attempt
    answer: Answer
    perhaps_paid: bool


def one_try(endpoint: str, request: Request, send: Callable[[], Exchange], read: Callable[[Exchange], Answer]) -> Try:
    """Sends once, and says how it went."""
    started_at, started = datetime.now(UTC), time.monotonic()
    exchange = send()
    latency_ms = round((time.monotonic() - started) * 1000)
    answer = read(exchange)
    attempt = Attempt(
        endpoint=endpoint,
        params_subject=request.subject,
        started_at=started_at,
        latency_ms=latency_ms,
        http_status=exchange.status,
        outcome=answer.outcome,
        billed=answer.billed,
        error=str(answer.error) if answer.error else None,
    )
    return Try(attempt, answer, perhaps_paid=exchange.status == 200 and answer.billed is not False)


class Asking:
    """How often and when a request is tried: `max_retries` and `backoff` (seconds, doubling, with full jitter) rule transient
    failures; `patience` is how many seconds of 429s one request puts up with.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        max_retries: int,
        backoff: float,
        patience: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gate = gate
        self._max_retries = max_retries
        self._backoff = backoff
        self._patience = patience
        self._sleep = sleep

    def until_answered(self, try_once: Callable[[], Try]) -> Reply:
        """Every try first waits for its turn at the gate. Raises a CallFailed that carries all attempts."""
        tries = _Tries(time.monotonic() + self._patience)
        while True:
            self._wait_turn(tries)
            last = try_once()
            tries.attempts.append(last.attempt)
            error = last.answer.error
            if error is None:
                return Reply(last.answer.data, tuple(tries.attempts), last.answer.request_id)
            error.attempts = tuple(tries.attempts)
            seconds = self._pause_before_next(error, last.perhaps_paid, tries)
            if seconds is None:
                raise error
            self._sleep(seconds)

    def _wait_turn(self, tries: _Tries) -> None:
        try:
            self._gate.wait_turn()
        except CallFailed as error:
            error.attempts = tuple(tries.attempts)
            raise

    def _pause_before_next(self, error: CallFailed, perhaps_paid: bool, tries: _Tries) -> float | None:
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


@dataclass(slots=True)
class _Tries:
    """How often one request was tried so far, by the kind of failure."""

    patient_until: float
    attempts: list[Attempt] = field(default_factory=list)
    failed: int = 0
    throttled: int = 0
    perhaps_paid: int = 0


def _throttle_pause(throttled: int) -> float:
    """Without a Retry-After: 1, 2, 4 ... at most 60 s, less up to a half at random."""
    return min(LONGEST_BACKOFF, 2.0**throttled) * random.uniform(0.5, 1)  # noqa: S311


def checked_key(key: str, setting: str) -> str:
    """The key, as a header takes it. Raises ValueError, naming `setting`."""
    if not re.fullmatch(r"[\x21-\x7e]+", key, re.ASCII):
        raise ValueError(f"{setting} is empty or holds spaces, line breaks or letters outside ASCII; copy it again")
    return key


def checked_base_url(base_url: str, setting: str) -> str:
    """The base URL without a slash at its end. Raises ValueError, naming `setting`, for what must not see a key.

    Plain http is for a server on this very machine; user-info would put a password into every log.
    """
    url = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{setting} must hold a valid host and a port up to 65535") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"{setting} must look like https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{setting} must not hold a user name or password")
    if parts.query or parts.fragment or not re.fullmatch(r"[\x21-\x5b\x5d-\x7e]+", url):
        raise ValueError(f"{setting} must hold neither a query, a fragment, spaces nor backslashes")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"{setting} must use https: the key would travel to {host} unencrypted")
    return url
