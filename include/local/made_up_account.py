"""The one made-up account that comes by the sandbox's Accounts API, as a real one comes by TikTok's: for `make run` alone.

Its owner agrees on the sandbox's own page; the tokens are stored, encrypted; the connection lives as long as the run. None of it
happens beside anything of one's own (`include/local/accounts.py`), nor with a key.
"""

from __future__ import annotations

import json
from datetime import datetime

import psycopg
import requests

from include.account_analytics.accounts import open_accounts, read_all
from include.account_analytics.official import authorizing
from include.account_analytics.official.authorizing import ConsentRefused
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.local.airflow import ACCOUNT_CONNECTIONS
from include.local.errors import LocalError
from include.local.http import get_json, post_json
from include.sandbox.official.owners import CLIENT_ID, CLIENT_SECRET
from include.tiktok_business.app import App
from include.vendors.errors import CallFailed

KIND = "sparse"  # a few dozen videos, and no download of its own says who its followers are
REDIRECT = "https://127.0.0.1/"  # nobody is sent there: the code is taken from the address
PREFIX = "/accounts_api"
PATIENCE_SECONDS = 60.0  # its accounts are drawn when somebody first asks for them on a day


def bring(
    sandbox_url: str, url: str, safe: Safe, now: datetime, outcome: list[str], *, agrees: bool = True
) -> dict[str, str]:
    """The connection of the account, for the run's environment; unless the owner is not to agree now (a dry run).

    Where an account is not made up there is none.
    """
    handle = _handle(sandbox_url)
    app = _app(handle, sandbox_url)
    if agrees:
        with Database(lambda: psycopg.connect(url)) as store:
            if not all(row["is_made_up"] for row in store.run(read_all)):
                return {}
            _agree(store, safe, app, handle, now)
    outcome.append(f"@{handle}, made up as well, comes by the sandbox's Accounts API")
    extra = {"redirect_uri": app.redirect_uri, "authorization_url": app.authorization_url}
    login = {"host": app.base_url, "login": app.client_id, "password": app.client_secret}
    connection = {"conn_type": "generic", **login, "extra": extra}
    return {f"{ACCOUNT_CONNECTIONS}{handle.upper()}": json.dumps(connection)}


def set_clock(sandbox_url: str, now_override: datetime | None) -> None:
    """Before anybody agrees: else their tokens would have ended by the clock of the run."""
    if now_override is not None:
        post_json(f"{sandbox_url}/sandbox/clock", {"now": now_override.isoformat()})


def _app(handle: str, sandbox_url: str) -> App:
    api = f"{sandbox_url}{PREFIX}"
    page = f"{api}/authorize?account={handle}"
    return App(f"tiktok_{handle}", api, CLIENT_ID, CLIENT_SECRET, authorization_url=page, redirect_uri=REDIRECT)


def _handle(sandbox_url: str) -> str:
    told = get_json(f"{sandbox_url}/sandbox/official", timeout=PATIENCE_SECONDS) or {}
    handles = [handle for handle, account in told.get("accounts", {}).items() if account["kind"] == KIND]
    if not handles:
        raise LocalError(f"{sandbox_url} has no account for the Accounts API: is Cometwatch's sandbox there?")
    return str(handles[0])


def _agree(store: Database, safe: Safe, app: App, handle: str, now: datetime) -> None:
    """As in `make accounts-authorize`: open the address as its owner, and paste the one to which they are sent."""
    store.run(lambda connection: open_accounts(connection, [handle], is_made_up=True))
    session = requests.Session()
    session.trust_env = False  # a proxy in the environment is not meant for this machine
    try:
        sent = session.get(authorizing.address(safe, app, handle), allow_redirects=False, timeout=PATIENCE_SECONDS)
        code = authorizing.code_from(safe, handle, sent.headers.get("Location", ""))
        authorizing.complete(store, safe, app, handle, code, now.date())
    except (requests.RequestException, ConsentRefused, CallFailed) as error:
        raise LocalError(f"the made-up account @{handle} could not be connected to the sandbox: {error}") from None
