"""Asks the Accounts API, under the shared limits: with a token that may end in the middle; and gets tokens by OAuth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import requests

from include.tiktok_business.answers import read_answer
from include.tiktok_business.endpoints import OAUTH_PATHS, PATHS, REFRESH, ROOT, TOKEN
from include.tiktok_business.errors import TokenRefused
from include.tiktok_business.parsers import Grant, parse_grant
from include.vendors.asking import Asking, Gate, Try, checked_base_url, checked_key, one_try
from include.vendors.base_client import BaseClient
from include.vendors.errors import CallFailed
from include.vendors.models import Reply, Request
from include.web.transport import DIRECT, Route, Transport

_HOST, _SECRET = "The host of the account's connection", "The password of the account's connection"
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "cometwatch"}


class Access(Protocol):
    """Where the access token comes from."""

    def token(self) -> str:
        """One that has not ended, as far as is known."""

    def renewed(self, refused: str) -> str:
        """Another one than `refused`, which TikTok takes no more. Raises CallFailed where there is none."""


class BothGates:
    """A call passes when its turn has come at both. A pause holds at both: nobody knows at which limit it was too many."""

    def __init__(self, own: Gate, shared: Gate) -> None:
        self._own, self._shared = own, shared

    def wait_turn(self) -> None:
        self._own.wait_turn()
        self._shared.wait_turn()

    def pause(self, seconds: float) -> None:
        self._own.pause(seconds)
        self._shared.pause(seconds)


class AccountsApi(BaseClient):
    """The client for one account; `gates` are those of its endpoints. `deadline` bounds one try, `max_bytes` the decompressed
    body, `max_retries` and `backoff` rule transient failures, `patience` seconds of throttling.

    Raises ValueError for a base URL that must not see a token.
    """

    _holds = "tokens"

    def __init__(
        self,
        base_url: str,
        access: Access,
        gates: Mapping[str, Gate],
        *,
        deadline: float = 30,
        max_bytes: int = 8 * 2**20,
        max_retries: int = 3,
        backoff: float = 1.0,
        patience: float = 300,
        sleep: Callable[[float], None] = time.sleep,
        route: Route = DIRECT,
    ) -> None:
        self._base_url = checked_base_url(base_url, _HOST)
        self._access = access
        self._transport = Transport(threads=1, deadline=deadline, max_bytes=max_bytes, route=route)
        self._asking = {
            endpoint: Asking(gate, max_retries=max_retries, backoff=backoff, patience=patience, sleep=sleep)
            for endpoint, gate in gates.items()
        }

    def fetch(self, request: Request) -> Reply:
        """The envelope's `data`, after as many tries as its failures allow; a token that ended is renewed, once.

        Raises a CallFailed that carries all attempts.
        """
        asking, token = self._asking[request.endpoint], self._access.token()
        try:
            return asking.until_answered(lambda: self._try_once(request, token))
        except TokenRefused as refused:
            before = refused.attempts
        try:
            fresh = self._access.renewed(token)
            reply = asking.until_answered(lambda: self._try_once(request, fresh))
        except CallFailed as error:
            error.attempts = before + error.attempts
            raise
        return Reply(reply.data, before + reply.attempts, reply.request_id)

    def __repr__(self) -> str:
        return f"AccountsApi({self._base_url!r}, access=***)"

    def _try_once(self, request: Request, token: str) -> Try:
        prepared = requests.Request(
            "GET",
            self._base_url + ROOT + PATHS[request.endpoint],
            params=dict(request.params),
            headers={**_HEADERS, "Access-Token": checked_key(token, "The access token")},
        ).prepare()
        return one_try(
            request.endpoint,
            request,
            lambda: self._transport.get(prepared),
            lambda exchange: read_answer(request.endpoint, exchange, token, echo=token),
        )


class OAuth(BaseClient):
    """Gets and renews tokens, for one app: everything that is secret travels in the body of a POST.

    A renewal is tried again only a little: whoever waits for it holds a lease. `longest` bounds it, in seconds.
    """

    _holds = "a secret"

    deadline = 20.0
    max_retries = 1
    patience = 20.0
    longest = 2 * deadline + patience + 60.0  # tries, throttling, and the pause before the last try

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        gate: Gate,
        *,
        sleep: Callable[[float], None] = time.sleep,
        route: Route = DIRECT,
    ) -> None:
        self._base_url = checked_base_url(base_url, _HOST)
        self._client_id = checked_key(client_id, "The login of the account's connection")
        self._client_secret = checked_key(client_secret, _SECRET)
        self._transport = Transport(threads=1, deadline=self.deadline, max_bytes=2**20, route=route)
        self._asking = Asking(gate, max_retries=self.max_retries, backoff=1.0, patience=self.patience, sleep=sleep)

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """The first tokens, for the code of a consent: it counts once, for ten minutes. Raises CallFailed."""
        return self._grant(
            TOKEN, {"grant_type": "authorization_code", "auth_code": code, "redirect_uri": redirect_uri}, code
        )

    def refresh(self, refresh_token: str) -> Grant:
        """New tokens for old; from then on the refresh token of the answer counts. Raises CallFailed."""
        return self._grant(REFRESH, {"grant_type": "refresh_token", "refresh_token": refresh_token}, refresh_token)

    def __repr__(self) -> str:
        return f"OAuth({self._base_url!r}, {self._client_id!r}, client_secret=***)"

    def _grant(self, endpoint: str, asked: Mapping[str, str], secret: str) -> Grant:
        body: dict[str, Any] = {"client_id": self._client_id, "client_secret": self._client_secret, **asked}
        prepared = requests.Request(
            "POST",
            self._base_url + ROOT + OAUTH_PATHS[endpoint],
            data=json.dumps(body).encode(),
            headers={**_HEADERS, "Content-Type": "application/json"},
        ).prepare()
        request = Request(endpoint, {}, endpoint)
        reply = self._asking.until_answered(
            lambda: one_try(
                endpoint,
                request,
                lambda: self._transport.get(prepared),
                # Nothing is masked in the data: they may hold the same refresh token again, which is to be kept.
                lambda exchange: read_answer(endpoint, exchange, self._client_secret, secret),
            )
        )
        return parse_grant(reply.data, endpoint)
