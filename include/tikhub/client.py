"""Asks TikHub, under the shared limit, until there is an answer or no point in asking again.

Source of the rules: the contract's section 6 and TikHub's official settings (10 requests/s per key, a timeout
of 30 to 60 s, at most 3 retries; only an answer with code 200 is billed).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NoReturn

import requests

from include.tikhub.answers import read_answer
from include.tikhub.endpoints import ENDPOINTS, Endpoint
from include.vendors.asking import Answer, Asking, Gate, OpenGate, Try, checked_base_url, checked_key, one_try
from include.vendors.base_client import BaseClient
from include.vendors.models import Reply, Request
from include.web.transport import DIRECT, Exchange, Route, Transport

__all__ = ["OpenGate", "TikHub", "checked_base_url"]


class TikHub(BaseClient):
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
        self._base_url = checked_base_url(base_url, "TIKHUB_BASE_URL")
        self._auth = _Bearer(api_key)
        self._transport = Transport(threads=threads, deadline=deadline, max_bytes=max_bytes, route=route)
        self._asking = Asking(gate, max_retries=max_retries, backoff=backoff, patience=patience, sleep=sleep)

    def fetch(self, request: Request) -> Reply:
        """The answer to `request`, after as many tries as its failures allow.

        Every try first waits for its turn at the gate. Raises a TikHubError that carries all attempts.
        """
        endpoint = ENDPOINTS[request.endpoint]
        return self._asking.until_answered(lambda: self._try_once(endpoint, request))

    def __repr__(self) -> str:
        return f"TikHub({self._base_url!r}, api_key=***)"

    def _try_once(self, endpoint: Endpoint, request: Request) -> Try:
        prepared = requests.Request(
            endpoint.method,
            self._base_url + endpoint.path,
            **({"json": dict(request.params)} if endpoint.method == "POST" else {"params": dict(request.params)}),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "cometwatch"},
            auth=self._auth,
        ).prepare()
        return one_try(
            endpoint.name, request, lambda: self._transport.get(prepared), lambda got: self._auth.read(endpoint, got)
        )


class _Bearer(requests.auth.AuthBase):
    """The key, in the one place that knows it. It shows in no repr and in no pickle."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = checked_key(key, "TIKHUB_API_KEY")

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
