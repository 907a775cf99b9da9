"""How somebody is logged in at TikTok, between visits: encrypted in a table, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.account_analytics.browser.failures import AuthExpired
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.failures import NeedsPerson
from include.settings import Secret

SESSION = ("sessionid", "sessionid_ss")  # the cookies by which TikTok knows who is logged in
LONGEST = 2_000_000  # letters
LAST_MOMENT = 253_402_300_799  # the end of the year 9999, in Unix seconds


class NoState(NeedsPerson, ValueError):
    """Nobody is logged in, or what was given is no state of a browser; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Held:
    """A state, and which one it is of all there were."""

    state: Secret
    version: int


def read(store: Database, safe: Safe, account: str) -> Held:
    """The account's. Raises NoState when there is none, AuthExpired when TikTok refused it already, KeyChanged."""
    found = store.rows("account_analytics/browser/read_state", {"account": account})
    if not found:
        raise NoState(f"Nobody is logged in for @{account} yet. {how_to_log_in(account)}")
    if found[0]["refused_at"] is not None:
        since = f"{found[0]['refused_at'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise AuthExpired(
            f"TikTok has asked @{account} to log in since {since}, so its page was not opened. {how_to_log_in(account)}"
        )
    return Held(safe.unlock(found[0]["state"], f"How @{account} is logged in"), found[0]["version"])


def save_login(store: Database, safe: Safe, account: str, state: Secret, now: datetime | None = None) -> None:
    """A person has logged in: what was kept before is replaced. Raises NoState when `state` is none."""
    content = checked(state)
    parameters = {"account": account, "state": safe.lock(state), "ends_at": ends_at(content), "now": now}
    store.rows("account_analytics/browser/save_login", parameters)


def keep(store: Database, safe: Safe, account: str, version: int, state: Secret, now: datetime | None = None) -> bool:
    """The state as a visit left it; False where somebody logged in meanwhile, whose login stays."""
    parameters = {
        "account": account,
        "version": version,
        "state": safe.lock(state),
        "ends_at": ends_at(checked(state)),
        "now": now,
    }
    return bool(store.rows("account_analytics/browser/keep_state", parameters))


def refuse(store: Database, account: str, version: int, now: datetime | None = None) -> None:
    """TikTok asks to log in: the page is not opened again before somebody has."""
    store.rows("account_analytics/browser/refuse_state", {"account": account, "version": version, "now": now})


def checked(state: Secret) -> dict[str, Any]:
    """The state as Playwright takes it. Raises NoState, showing nothing of it, when it is none or nobody is logged in."""
    text = state.reveal()
    try:
        content = json.loads(text) if len(text) <= LONGEST else None
    except ValueError:
        content = None
    cookies = content.get("cookies") if isinstance(content, dict) else None
    origins = content.get("origins", []) if isinstance(content, dict) else None
    is_list = isinstance(cookies, list) and all(isinstance(each, dict) for each in cookies)
    if content is None or not is_list or not isinstance(origins, list):
        raise NoState(
            "This is no state of a browser: it has to be the file that Playwright's --save-storage writes, a JSON object with "
            "`cookies` and `origins`."
        )
    if not any(cookie.get("name") in SESSION and cookie.get("value") for cookie in content["cookies"]):
        raise NoState("In this state nobody is logged in at TikTok: log in before the window is closed.")
    return content


def ends_at(content: Mapping[str, Any]) -> datetime | None:
    """When the session ends, as its cookie says."""
    ends = [
        cookie["expires"]
        for cookie in content["cookies"]
        if cookie.get("name") in SESSION and isinstance(cookie.get("expires"), int | float)
    ]
    last = max(ends, default=-1)
    return datetime.fromtimestamp(last, UTC) if 0 < last < LAST_MOMENT else None


def how_to_log_in(account: str) -> str:
    return (
        f"Log in once: make accounts-login ACCOUNT={account} (without a screen here: with STATE=file.json of a machine that has "
        "one; docs/account_analytics.md says how)."
    )
