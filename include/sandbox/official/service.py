"""Stands in for TikTok's Accounts API below /accounts_api, with the page on which an account's owner agrees.

| asked | answered |
|---|---|
| GET /accounts_api/authorize?redirect_uri=…&state=…&account=… | 302 there with `code` and `state`: the owner agrees at once |
| POST …/tt_user/oauth2/token/, …/refresh_token/ | tokens; a code or a refresh token that was used: 40110, 40105 |
| GET …/business/get/, …/business/video/list/ | the true numbers of the made-up accounts, as late as TikTok gives them |
| without a token, with one that ended, or is unknown | 40104, 40102, 40105 |
| fields that the tokens' permissions do not cover | 40001 |
| more than 40 a minute for an account and endpoint, 600 for all | 40100 |

Errors come in a 200, as TikTok's do. What it answers to a refresh token that is used up nobody wrote down: 40105 is a guess.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from include.sandbox.clock import Clock
from include.sandbox.dice import Dice
from include.sandbox.exports import drops
from include.sandbox.exports.world import DAY, Account, World
from include.sandbox.faults import Faults, Target, to_json, with_field_changed
from include.sandbox.journal import Journal
from include.sandbox.official import figures
from include.sandbox.official.owners import CLIENT_ID, CLIENT_SECRET, Owner, Tokens
from include.sandbox.wire import Request, Response

Answer = tuple[Response, dict[str, Any]]
PREFIX = "/accounts_api"
_ROOT = f"{PREFIX}/open_api/v1.3"
_NAMES = {
    ("POST", f"{_ROOT}/tt_user/oauth2/token/"): "official_token",
    ("POST", f"{_ROOT}/tt_user/oauth2/refresh_token/"): "official_refresh",
    ("GET", f"{_ROOT}/business/get/"): "official_account",
    ("GET", f"{_ROOT}/business/video/list/"): "official_videos",
}
ACCOUNT_PER_MINUTE, APP_PER_MINUTE = 40, 600
SMALL = 6  # the number of an account with few followers


class _Code(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class _PerMinute:
    """How many passed within a minute, by name."""

    def __init__(self) -> None:
        self._passed: dict[str, deque[float]] = {}

    def passes(self, name: str, most: int) -> bool:
        now, passed = time.monotonic(), self._passed.setdefault(name, deque())
        while passed and now - passed[0] >= 60:
            passed.popleft()
        if most and len(passed) >= most:
            return False
        passed.append(now)
        return True

    def clear(self) -> None:
        self._passed.clear()


def concerns(path: str) -> bool:
    """Whether a request is the Accounts API's."""
    return path.startswith(f"{PREFIX}/")


class AccountsApi:
    """All accounts that may let the app in; `is_limited` whether calls are counted by the minute."""

    def __init__(self, seed: int, clock: Clock, faults: Faults, journal: Journal) -> None:
        self.seed = seed
        self.is_limited = True
        self._clock, self._faults, self._journal = clock, faults, journal
        self._tokens = Tokens(seed)
        self._minute = _PerMinute()
        self._worlds: dict[date, dict[str, Account]] = {}
        self.owners: dict[str, Owner] = {}

    # -- what the control API asks and sets ------------------------------------------------------------

    def accounts(self) -> dict[str, Account]:
        """Today's accounts by handle: those of the made-up exports, and one with too few followers."""
        today = self._clock.now().date()
        if today not in self._worlds:
            small = World(self.seed, born=today - 12 * DAY, until=today).account(SMALL, "private", zone="UTC")
            self._worlds = {today: {each.handle: each for each in (*drops.people(self.seed, today), small)}}
        return self._worlds[today]

    def owner(self, handle: str) -> Owner:
        """The account's side of the consent. Raises KeyError for nobody."""
        if handle not in self.accounts():
            raise KeyError(f"no account {handle!r}; known: {', '.join(self.accounts())}")
        return self.owners.setdefault(handle, Owner(f"{Dice(self.seed, 'open id', handle).bits():016x}"))

    def told(self) -> dict[str, Any]:
        """How often each account's endpoints were asked, and what is switched."""
        return {
            "client_id": CLIENT_ID,
            "is_limited": self.is_limited,
            "accounts": {
                handle: {
                    "kind": account.kind,
                    "asked": dict(self.owner(handle).asked),
                    "scopes": list(self.owner(handle).scopes),
                    "refresh_tokens": len(self.owner(handle).refresh),
                    "is_revoked": self.owner(handle).is_revoked,
                }
                for handle, account in self.accounts().items()
            },
        }

    def switch(self, given: dict[str, Any]) -> dict[str, Any]:
        """Change what is named: `is_limited`, or of an `account` its scopes, expires_after, keeps_old, end_access, revoke."""
        self.is_limited = bool(given.get("is_limited", self.is_limited))
        if "account" in given:
            owner = self.owner(str(given["account"]))
            owner.scopes = tuple(map(str, given.get("scopes", owner.scopes)))
            owner.expires_after = given.get("expires_after", owner.expires_after)
            owner.keeps_old = bool(given.get("keeps_old", owner.keeps_old))
            if given.get("end_access"):
                owner.end_access()
            if given.get("revoke"):
                owner.revoke()
        return self.told()

    def forget(self) -> dict[str, Any]:
        """Nobody has agreed to anything, and nothing was asked."""
        self.owners.clear()
        self._minute.clear()
        self.is_limited = True
        return self.told()

    # -- requests --------------------------------------------------------------------------------------

    async def respond(self, request: Request) -> Answer:
        """The answer, and how it is to be broken on its way ({} for whole)."""
        if request.path.rstrip("/") == f"{PREFIX}/authorize":
            return self._consent(request), {}
        name = _NAMES.get((request.method, request.path))
        if name is None:
            return self._said(_Code(40006, "no schema found")), {}
        entry = self._journal.open_entry(
            endpoint=name,
            path=request.path,
            params={key: value for key, value in request.parameters().items() if key != "fields"},
            subject=request.subject(),
            agent=request.header("user-agent"),
            day=self._clock.now().date().isoformat(),
        )
        struck: dict[str, Any] = {}
        try:
            struck = self._faults.strike(Target(name, request.subject(), None)) or {}
            if struck.get("kind") == "slow":
                await asyncio.sleep(float(struck.get("seconds", 1.0)))
            response = self._scripted(struck) if struck.get("kind") == "status" else self._answer(name, request)
            if struck.get("kind") == "field":
                response.body = with_field_changed(json.loads(response.body), struck)
            entry.update(status=response.status, fault=struck.get("kind"))
        finally:
            self._journal.close_entry(entry)
        return response, struck

    def _answer(self, name: str, request: Request) -> Response:
        answers = {
            "official_token": self._exchange,
            "official_refresh": self._refresh,
            "official_account": self._profile,
            "official_videos": self._videos,
        }
        try:
            return self._enveloped(0, "OK", answers[name](request))
        except figures.Refused as refused:
            return self._said(_Code(40002, str(refused)))
        except _Code as refused:
            return self._said(refused)

    def _consent(self, request: Request) -> Response:
        """The page on which an account's owner agrees; here they do so at once."""
        given = request.parameters()
        handle, redirect_uri = given.get("account", ""), given.get("redirect_uri", "")
        address = urlsplit(redirect_uri)
        if handle not in self.accounts() or address.scheme != "https" or not address.path.endswith("/"):
            return Response(400, to_json({"detail": "account, or redirect_uri as https://…/, is missing"}))
        code = self._tokens.consent(self.owner(handle), redirect_uri, self._clock.timestamp())
        sent = urlencode({"code": code, **({"state": given["state"]} if "state" in given else {})}, quote_via=quote)
        return Response(302, b"", {"Location": f"{redirect_uri}?{sent}"})

    def _exchange(self, request: Request) -> dict[str, object]:
        body, now = self._app(request, "authorization_code"), self._clock.timestamp()
        code = str(body.get("auth_code", ""))
        for owner in self.owners.values():
            if code in owner.codes:
                until, redirect_uri = owner.codes.pop(code)
                if now > until:
                    break
                if body.get("redirect_uri") != redirect_uri:
                    raise _Code(40002, "redirect_uri does not match the registered one.")
                owner.count("official_token")
                return self._tokens.grant(owner, now)
        raise _Code(40110, "Auth code is invalid or has expired.")

    def _refresh(self, request: Request) -> dict[str, object]:
        body, now = self._app(request, "refresh_token"), self._clock.timestamp()
        used = str(body.get("refresh_token", ""))
        for owner in self.owners.values():
            if owner.refresh.get(used, 0) > now:
                owner.count("official_refresh")
                return self._tokens.grant(owner, now, used)
        raise _Code(40105, "Refresh token is incorrect or has been revoked.")

    def _app(self, request: Request, kind: str) -> dict[str, Any]:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or body.get("grant_type") != kind:
            raise _Code(40002, f"grant_type: must be {kind}.")
        if (body.get("client_id"), body.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise _Code(40101, "Invalid App ID or secret")
        return body

    def _profile(self, request: Request) -> dict[str, Any]:
        handle, scopes, given = self._caller(request, "official_account")
        fields = figures.fields_of(given.get("fields"), ("display_name", "profile_image"), figures.ACCOUNT_SCOPES)
        self._permit(fields, figures.ACCOUNT_SCOPES, scopes)
        first, last = figures.default_window(self._clock.now())
        start, end = _date(given, "start_date", first), _date(given, "end_date", last)
        return figures.profile(self.accounts()[handle], handle, fields, start, end, self._clock.now())

    def _videos(self, request: Request) -> dict[str, Any]:
        handle, scopes, given = self._caller(request, "official_videos")
        fields = figures.fields_of(given.get("fields"), ("item_id",), figures.VIDEO_SCOPES)
        if "item_id" not in fields:
            raise figures.Refused("fields: item_id is required.")
        self._permit(fields, figures.VIDEO_SCOPES, scopes)
        most = _whole(given, "max_count", 10, 1, figures.PAGE)
        now = self._clock.now()
        cursor = _whole(given, "cursor", int(now.timestamp() * 1000), 0, 2**53)
        return figures.page_of(self.accounts()[handle], handle, fields, cursor, most, now)

    def _caller(self, request: Request, name: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
        """Whose numbers may be read, by the token; and for which permissions."""
        given, token = request.parameters(), request.header("access-token")
        if not token:
            raise _Code(40104, "Access token is empty")
        for handle, owner in self.owners.items():
            if token not in owner.access:
                continue
            until, scopes = owner.access[token]
            if until <= self._clock.timestamp():
                raise _Code(40102, "Access token has expired")
            if given.get("business_id") != owner.open_id:
                raise _Code(40001, "Permission error: this token is another account's")
            owner.count(name)
            if owner.expires_after is not None:
                owner.expires_after -= 1
                if owner.expires_after < 0:
                    owner.expires_after = None
                    owner.end_access()
                    raise _Code(40102, "Access token has expired")
            is_through = self._minute.passes("app", APP_PER_MINUTE if self.is_limited else 0)
            if not is_through or not self._minute.passes(
                f"{name} {handle}", ACCOUNT_PER_MINUTE if self.is_limited else 0
            ):
                raise _Code(40100, "Too many requests. Please retry in some time.")
            return handle, scopes, given
        raise _Code(40105, "Access token is incorrect or has been revoked.")

    @staticmethod
    def _permit(fields: list[str], needed: dict[str, str], scopes: tuple[str, ...]) -> None:
        missing = sorted({needed[field] for field in fields} - set(scopes))
        if missing:
            raise _Code(40001, f"Permission error: the access token lacks the required scope {', '.join(missing)}.")

    # -- small parts -----------------------------------------------------------------------------------

    def _scripted(self, action: dict[str, Any]) -> Response:
        """A status fault: its own body, or an envelope with the status as code."""
        status = int(action["status"])
        body = action.get("body")
        response = self._enveloped(status, "Scripted", {}, status)
        if body is not None:
            response.body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else to_json(body)
        response.headers = {
            **response.headers, **{str(name): str(value) for name, value in action.get("headers", {}).items()}
        }  # fmt: skip
        return response

    def _said(self, refused: _Code) -> Response:
        return self._enveloped(refused.code, refused.message, {})

    def _enveloped(self, code: int, message: str, data: object, status: int = 200) -> Response:
        request_id = f"{Dice('official', self._clock.timestamp(), message).bits():032x}".upper()
        return Response(status, to_json({"code": code, "message": message, "request_id": request_id, "data": data}))


def _date(given: dict[str, str], name: str, default: date) -> date:
    try:
        return date.fromisoformat(given[name]) if name in given else default
    except ValueError:
        raise figures.Refused(f"{name}: Not a valid date.") from None


def _whole(given: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise figures.Refused(f"{name}: must be a whole number from {least} to {most}.")
    return int(text)
