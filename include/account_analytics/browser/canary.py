"""Whether TikTok Studio is still as the labels say, asked with one account: every step but the last, nothing is downloaded."""

from __future__ import annotations

from datetime import datetime

from include.account_analytics.browser import labels, states, studio
from include.account_analytics.browser.export import Office, Visit, clock_from, take_turn
from include.account_analytics.browser.settings import BrowserSettings
from include.account_analytics.secrets_kept import Safe
from include.calls.sigterm import noticing_sigterm
from include.database import Connector, Database
from include.extras import require
from include.lake import Lake

NOBODY = "Nothing to tell: nobody is logged in whose exports a browser is to fetch."


def is_wanted(store: Database) -> str | None:
    """The account to look with; None where there is none."""
    found = store.rows("account_analytics/browser/pick_canary")
    return str(found[0]["account"]) if found else None


def canary(
    connector: Connector, lake: Lake, safe: Safe, configured: BrowserSettings, run_id: str, account: str, now: datetime
) -> str:
    """Go through all tabs up to the last button; what came of it, in a sentence. Raises what `export_account` does."""
    require("browser")
    with Database(connector) as store:
        office = Office(store, lake, safe, configured, clock_from(now))
        held = states.read(store, safe, account)
        words = labels.load(configured.labels)
        with noticing_sigterm() as told:
            turn = take_turn(office, account, run_id, "canary", told)
            if turn is None:
                return f"@{account} was fetched within the hour: every step was found then."
            Visit(office, account, turn.visit_id or 0, held, words, told).make(studio.TABS, downloads=False)
    return f"Every step of {len(studio.TABS)} tabs was found, up to the last button, with @{account}."
