"""`python -m include.local.authorize`: the first consent of an account's owner. ACCOUNT=handle; CODE=… where nobody can type.

It runs where Airflow's connections and key are: `make accounts-authorize` brings both, and a container of Airflow has them.
No token is shown, whatever happens.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from include import connections
from include.account_analytics.accounts import Accounts
from include.account_analytics.official import authorizing
from include.account_analytics.official.authorizing import Consent, ConsentRefused
from include.account_analytics.secrets_kept import Safe
from include.database import Database, DatabaseUnavailable
from include.failures import NeedsPerson
from include.local.steps import say
from include.settings import SettingsError
from include.tiktok_business.app import API, App
from include.tiktok_business.endpoints import NEEDED
from include.vendors.errors import CallFailed

WHERE = (
    "In Airflow: Admin, Connections, + (or in .env as AIRFLOW_CONN_TIKTOK_…): type generic, login = client id (App ID), "
    'password = client secret, extra = {"redirect_uri": "https://…/"} as it is registered for the app at TikTok.'
)


def main() -> int:
    """Exit status 0 when the owner has agreed. Every expected failure is one message on standard error, and 1."""
    os.environ.setdefault(
        "_AIRFLOW_PROCESS_CONTEXT", "server"
    )  # else Airflow looks for connections in the environment alone
    try:
        with connections.open_database() as store:
            consent = authorize(store, os.environ.get("ACCOUNT", ""), os.environ.get("CODE", ""))
    except (ConsentRefused, SettingsError, NeedsPerson, CallFailed, DatabaseUnavailable, ValueError) as error:
        sys.stderr.write(f"\naccounts-authorize: {error}\n")
        return 1
    say(f"@{consent.account} is connected. Its numbers come with the next run; the consent counts {consent.days} days.")
    if consent.unchecked:
        say(f"Who agreed could not be checked: {consent.unchecked} If it was not @{consent.account}, do it again.")
    for line in _less(consent):
        say(line)
    return 0


def authorize(store: Database, given: str, code: str) -> Consent:
    """Show the address, take the code, keep the tokens."""
    account = authorizing.account_meant(store.run(Accounts.read), given)
    app = _app(store, account)
    safe = Safe(connections.fernet_keys())
    if not code:
        code = _asked(authorizing.address(safe, app, account), account)
    return authorizing.complete(
        store, safe, app, account, authorizing.code_from(safe, account, code), datetime.now(UTC).date()
    )


def _app(store: Database, account: str) -> App:
    known = store.run(Accounts.read)
    names = [account, *sorted(name for name, owner in known.by_name.items() if owner == account and name != account)]
    defined = connections.account(names)
    if defined is None:
        raise ConsentRefused(f"There is no Airflow connection {connections.ACCOUNT}{account}. {WHERE}")
    if connections.way_of(defined) != API:
        raise ConsentRefused(
            f"The connection {defined.conn_id!r} says that a browser fetches this account; it needs make accounts-login."
        )
    return connections.tiktok_app(defined)


def _asked(address: str, account: str) -> str:
    say(f"Open this address in a browser in which TikTok knows you as @{account}, and agree:\n\n{address}\n")
    if not sys.stdin.isatty():
        raise ConsentRefused(
            "Nobody can type here. Open the address, agree, and within ten minutes: make accounts-authorize "
            f"ACCOUNT={account} CODE='the whole address to which TikTok sent you'"
        )
    say("TikTok then sends you to an address that may show nothing: that is all right, and it counts for ten minutes.")
    return input("Paste that whole address here: ")


def _less(consent: Consent) -> list[str]:
    if not consent.missing:
        return []
    without = [scope for scope in consent.missing if scope in NEEDED.values()]
    said = f"Not permitted, so that less is fetched: {', '.join(consent.missing)}."
    return [
        said,
        *([f"Without {' and '.join(without)} much is missing: give the app these permissions."] if without else []),
    ]


if __name__ == "__main__":
    sys.exit(main())
