"""Asks Serper, under the shared limit: a POST of JSON, with the key in a header of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import requests

from include.serper.answers import read_answer
from include.serper.endpoints import PATHS
from include.vendors.asking import Asking, Gate, Try, checked_base_url, checked_key, one_try
from include.vendors.base_client import BaseClient
from include.vendors.models import Reply, Request
from include.web.transport import DIRECT, Route, Transport


class Serper(BaseClient):
    """Serper's client; holds the key while it lives. As TikHub's: `deadline` bounds one try from name look-up to last byte,
    `max_bytes` the decompressed body, `max_retries` and `backoff` rule transient failures, `patience` seconds of 429s.

    Raises ValueError for a base URL or key that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        gate: Gate,
        deadline: float = 30,
        max_bytes: int = 4 * 2**20,
        max_retries: int = 3,
        backoff: float = 1.0,
        patience: float = 300,
        sleep: Callable[[float], None] = time.sleep,
        route: Route = DIRECT,
    ) -> None:
        self._key = checked_key(api_key, "SERPER_API_KEY")
        self._base_url = checked_base_url(base_url, "SERPER_BASE_URL")
        self._transport = Transport(threads=1, deadline=deadline, max_bytes=max_bytes, route=route)
        self._asking = Asking(gate, max_retries=max_retries, backoff=backoff, patience=patience, sleep=sleep)

    def fetch(self, request: Request) -> Reply:
        """The answer to `request`, its JSON whole, after as many tries as its failures allow.

        Every try first waits for its turn at the gate. Raises a CallFailed that carries all attempts.
        """
        return self._asking.until_answered(lambda: self._try_once(request))

    def __repr__(self) -> str:
        return f"Serper({self._base_url!r}, api_key=***)"

    def _try_once(self, request: Request) -> Try:
        prepared = requests.Request(
            "POST",
            self._base_url + PATHS[request.endpoint],
            data=json.dumps(dict(request.params), ensure_ascii=False).encode(),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Content-Type": "application/json",
                "User-Agent": "cometwatch",
                "X-API-KEY": self._key,
            },
        ).prepare()
        return one_try(
            request.endpoint,
            request,
            lambda: self._transport.get(prepared),
            lambda exchange: read_answer(request.endpoint, exchange, self._key),
        )
