"""An account's owner who agrees, and tokens that are held in memory: for tests of the client alone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import requests

from include.local.driven_sandbox import RunningSandbox
from include.tiktok_business.client import OAuth
from include.tiktok_business.errors import TokenRefused
from include.tiktok_business.parsers import Grant
from include.vendors.asking import OpenGate

CLIENT_ID, CLIENT_SECRET = "sandbox-app", "sandbox-app-secret"
REDIRECT = "https://desk.example/tiktok/"


def handle_of(sandbox: RunningSandbox, kind: str = "middle") -> str:
    """The first of the sandbox's accounts of this kind."""
    accounts = sandbox.control("GET", "official")["accounts"]
    return next(handle for handle, account in accounts.items() if account["kind"] == kind)


def agree(sandbox: RunningSandbox, handle: str, state: str = "s") -> str:
    """The address to which the owner is sent when they agree."""
    asked = {"account": handle, "redirect_uri": REDIRECT, "state": state}
    answer = requests.get(f"{sandbox.url}/accounts_api/authorize", params=asked, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    return answer.headers["Location"]


def code_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


def oauth(sandbox: RunningSandbox, secret: str = CLIENT_SECRET) -> OAuth:
    return OAuth(f"{sandbox.url}/accounts_api", CLIENT_ID, secret, OpenGate(), sleep=lambda _: None)


class Held:
    """An access that renews as often as it is asked to."""

    def __init__(self, sandbox: RunningSandbox, handle: str) -> None:
        self.app = oauth(sandbox)
        self.grants = [self.app.exchange(code_of(agree(sandbox, handle)), REDIRECT)]

    @property
    def grant(self) -> Grant:
        return self.grants[-1]

    def token(self) -> str:
        return self.grant.access_token

    def renewed(self, refused: str) -> str:
        assert refused == self.grant.access_token
        self.grants.append(self.app.refresh(self.grant.refresh_token))
        return self.grant.access_token


class Ended:
    """An access that cannot be renewed."""

    def token(self) -> str:
        return "act.unknown"

    def renewed(self, refused: str) -> str:
        raise TokenRefused(f"{len(refused)} letters, and no other")
