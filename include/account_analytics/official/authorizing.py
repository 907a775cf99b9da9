"""The first consent: an address that the account's owner opens, and the code that TikTok sends back, in exchange for tokens.

`state` says whose consent was asked for, when, and that it was asked for here: it is encrypted with Airflow's key, so that
nothing has to be remembered between the two.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

from include.account_analytics.accounts import HANDLE, Accounts, normal, open_accounts
from include.account_analytics.official.tokens import locked_grant
from include.account_analytics.secrets_kept import KeyChanged, Safe
from include.database import Database
from include.failures import NeedsPerson
from include.settings import Secret
from include.tiktok_business.app import App
from include.tiktok_business.client import AccountsApi, OAuth
from include.tiktok_business.endpoints import ACCOUNT, SCOPES, profile
from include.tiktok_business.errors import TokenRefused
from include.tiktok_business.parsers import Grant, parse_account
from include.vendors.asking import OpenGate
from include.vendors.errors import CallFailed

STATE_SECONDS = 3600.0
USERNAME = "user.info.username"
_UNCHANGED = "Nothing of it is kept, and nothing has changed."


class ConsentRefused(NeedsPerson):
    """Nothing is kept; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to; `missing` are permissions without which less is fetched. `unchecked`: why nobody knows who agreed."""

    account: str
    scopes: tuple[str, ...]
    missing: tuple[str, ...]
    days: int
    unchecked: str | None = None


def address(safe: Safe, app: App, account: str) -> str:
    """The page to be opened by the account's owner, who is logged in at TikTok. Raises SettingsError."""
    return app.consent_address(_state(safe, account))


def code_from(safe: Safe, account: str, pasted: str) -> str:
    """The code in what a person pasted: itself, or the whole address to which TikTok sent the owner.

    Raises ConsentRefused for an address of somebody else's consent, or of one that was asked for long ago.
    """
    text = pasted.strip()
    if "?" not in text and "://" not in text:
        if not text or len(text.split()) != 1:
            raise ConsentRefused("This is no code: paste the whole address to which TikTok sent you.")
        return text
    given = parse_qs(urlsplit(text).query)
    if "error" in given:
        raise ConsentRefused(f"TikTok says {given['error'][0][:80]!r}: the owner did not agree. Nothing has changed.")
    code, state = (given.get(name, [""])[-1] for name in ("code", "state"))
    code = code or given.get("auth_code", [""])[-1]
    if not code:
        raise ConsentRefused("There is no code in this address: paste it whole, from https:// to the end.")
    _check_state(safe, account, state)
    return code


def complete(store: Database, safe: Safe, app: App, account: str, code: str, today: date) -> Consent:
    """Exchange the code, see whose the tokens are, and keep them. No transaction is open while TikTok is asked.

    Raises ConsentRefused where another account agreed (then what was kept before stays), CallFailed, SettingsError.
    """
    with OAuth(app.base_url, app.client_id, app.client_secret, OpenGate(), route=app.route) as asked:
        grant = asked.exchange(code, app.redirect())
    if app.business_id and grant.open_id != app.business_id:
        raise ConsentRefused(
            f"Another account agreed: TikTok calls it {grant.open_id}, and the connection {app.connection!r} says "
            f"{app.business_id}. Log in at TikTok as @{account}, or correct business_id. {_UNCHANGED}"
        )
    for other in store.rows("account_analytics/official/find_same", {"account": account, "business_id": grant.open_id}):
        raise ConsentRefused(
            f"Who agreed is connected as @{other['account']} already: the same numbers would count twice. Log in at TikTok as "
            f"@{account} and begin again; or, if @{account} is what @{other['account']} is now called, say so on its page. "
            f"{_UNCHANGED}"
        )
    named, unchecked = None, None
    try:
        named = _username(app, grant, today)
    except CallFailed as error:  # the code is used up: what it was worth is kept all the same
        unchecked = str(error)
    if named and not store.run(lambda connection: _is_theirs(Accounts.read(connection), account, named)):
        raise ConsentRefused(
            f"@{named} agreed, and not @{account}: log in at TikTok as @{account} and begin again. {_UNCHANGED}"
        )
    save(store, safe, account, grant)
    missing = tuple(scope for scope in SCOPES if grant.scopes and scope not in grant.scopes)
    return Consent(account, grant.scopes, missing, grant.refresh_seconds // 86_400, unchecked)


def save(store: Database, safe: Safe, account: str, grant: Grant) -> None:
    """Keep the tokens of a consent; the account is entered if it is new."""
    parameters = {**locked_grant(safe, grant), "account": account, "business_id": grant.open_id}
    store.run(lambda connection: open_accounts(connection, [account]))
    store.rows("account_analytics/official/save_grant", parameters)


def account_meant(known: Accounts, given: str) -> str:
    """The account of this name; one that is new stands for itself. Raises ConsentRefused for what is no handle."""
    name = normal(given)
    if not HANDLE.fullmatch(name):
        raise ConsentRefused(f"{given[:40]!r} is no handle: write make accounts-authorize ACCOUNT=my.shop")
    return known.find(name)


class _Fixed:
    """The access token of a grant, which is too new to be renewed."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def token(self) -> str:
        return self._grant.access_token

    def renewed(self, refused: str) -> str:
        raise TokenRefused(f"TikTok refuses a token of {len(refused)} letters that it has just given")


def _username(app: App, grant: Grant, today: date) -> str | None:
    """Who agreed, where the app may know it."""
    if grant.scopes and USERNAME not in grant.scopes:
        return None
    yesterday = today - timedelta(days=1)
    with AccountsApi(app.base_url, _Fixed(grant), {ACCOUNT: OpenGate()}, route=app.route) as asked:
        reply = asked.fetch(profile(grant.open_id, ["username"], yesterday, yesterday))
    named = parse_account(reply.data)
    return normal(named) if named else None


def _is_theirs(known: Accounts, account: str, named: str) -> bool:
    return named == account or known.by_name.get(named) == account


def _state(safe: Safe, account: str) -> str:
    return safe.lock(Secret(json.dumps({"account": account, "at": time.time()}))).decode()


def _check_state(safe: Safe, account: str, state: str) -> None:
    try:
        said = json.loads(safe.unlock(state.encode(), "state").reveal())
        whose, age = said["account"], time.time() - said["at"]
    except (KeyChanged, ValueError, KeyError, TypeError):
        raise ConsentRefused(
            "This address does not come from a consent that was asked for here (its state is missing or is another's). "
            f"Begin again: make accounts-authorize ACCOUNT={account}"
        ) from None
    if whose != account or not 0 <= age <= STATE_SECONDS:
        why = f"of @{whose}" if whose != account else "of more than an hour ago"
        raise ConsentRefused(
            f"This is the answer to a consent {why}. Begin again: make accounts-authorize ACCOUNT={account}"
        )
