"""The step that fetches: which accounts have a connection, what is asked for them on a day, and what is handed over.

Only a day that goes on is asked for: what TikTok says today is not what it said then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

import psycopg

from include import database
from include.account_analytics import accounts, incoming
from include.account_analytics.official.asking import Pace, Window, open_asker
from include.account_analytics.official.documents import Document
from include.account_analytics.rows import as_jsonb
from include.account_analytics.run import Run
from include.account_analytics.secrets_kept import Safe
from include.database import Connector, Database
from include.failures import NeedsPerson
from include.lake import Lake
from include.runs import mode_on
from include.tiktok_business.app import App
from include.tiktok_business.endpoints import LATE_DAYS, LOOK_BACK_DAYS
from include.vendors.errors import CallFailed

if TYPE_CHECKING:
    from include.account_analytics.browser.settings import BrowserSettings

OVERLAP_DAYS = LATE_DAYS + 1  # asked for again: what TikTok had not given yet, or may not have finished counting
log = logging.getLogger(__name__)


class Fetched(TypedDict):
    """An account to fetch, as tasks pass it on: no credential, but the name of the connection that holds them."""

    account: str
    via: str
    connection: str


@dataclass(frozen=True, slots=True)
class Way:
    """How an account is fetched, by its connection of this name."""

    connection: str
    via: str


@dataclass(frozen=True, slots=True)
class Login:
    """What it takes to ask for an account. `now_override`: the clock of a sandbox, where one is set."""

    app: App
    safe: Safe
    now_override: datetime | None = None


def plan(connector: Connector, run: Run, now: datetime, find: Callable[[Sequence[str]], Way | None]) -> list[Fetched]:
    """The accounts to fetch; `find` looks for a connection under an account's names.

    Made-up accounts have none. All connections that were found are noted, for the page.
    """
    if run.dry_run or mode_on(run.day, now) != "live":
        return []
    with Database(connector) as store:
        own = [row for row in store.run(accounts.read_all) if not row["is_made_up"]]
        found = [(row["account"], way) for row in own if (way := find(_names(row))) is not None]
        listed = [Fetched(account=account, via=way.via, connection=way.connection) for account, way in found]
        store.run(lambda connection: _note(connection, listed))
    wanted = [each for each in listed if run.concerns(each["account"])]
    log.info("%s accounts with a connection, %s to be asked for", len(listed), len(wanted))
    return wanted


def extract(
    connector: Connector,
    lake: Lake,
    run: Run,
    account: str,
    login: Callable[[], Login],
    now: datetime,
    map_index: int = -1,
    *,
    pace: Pace | None = None,
) -> list[str]:
    """Ask for one account's days and videos, and hand them over; the keys. Asked again on the same day, the same.

    Raises what keeps its numbers away, after it was noted for the page: CallFailed, or what needs a person. An answer that
    cannot be read is handed over, and is Refused here: the window stays open, so that the next run asks for its days again.
    """
    if _is_past(run, account, now):
        return []
    with Database(connector) as store:
        keys, documents = list[str](), list[Document]()
        try:
            window = _window(store, run, account)
            given = login()
            with open_asker(
                connector, run, account, given.app, given.safe, map_index, pace=pace, now_override=given.now_override
            ) as asker:
                for each in asker.documents(window):
                    if not each.is_empty:
                        keys.append(incoming.put(lake, account, each.name, each.content))
                        documents.append(each)
            for each in documents:
                if each.refused is not None:
                    raise each.refused
        except (CallFailed, NeedsPerson) as error:
            store.rows("account_analytics/official/note_failure", {"account": account, "failure": str(error)})
            raise
        finally:
            _discard_of_nobody(store, lake, account, keys)
        store.rows(
            "account_analytics/official/note_came",
            {"account": account, "day": run.day, "came_to": _came_to(window, documents)},
        )
    return keys


def by_browser(
    connector: Connector,
    lake: Lake,
    run: Run,
    account: str,
    equipment: Callable[[], tuple[Safe, BrowserSettings]],
    now: datetime,
) -> list[str]:
    """Have a browser fetch one account's exports; the keys of what was handed over. Experimental.

    Raises what keeps them away, after it was noted for the page: VisitFailed, or what needs a person.
    """
    if _is_past(run, account, now):
        return []
    from include.account_analytics.browser.export import export_account
    from include.account_analytics.browser.failures import VisitFailed

    with Database(connector) as store:
        try:
            safe, configured = equipment()
            store.rows(
                "account_analytics/official/open_window",
                {
                    "account": account,
                    "day": run.day,
                    "earliest": run.day - timedelta(days=configured.days),
                    "overlap": configured.days + 1,  # all of them again, each time
                },
            )
            store.close()  # a browser takes its time
            keys = export_account(connector, lake, safe, configured, run.run_id, account, now)
        except (VisitFailed, NeedsPerson) as error:
            store.rows("account_analytics/official/note_failure", {"account": account, "failure": str(error)})
            raise
        if keys:
            yesterday = run.day - timedelta(days=1)
            store.rows(
                "account_analytics/official/note_came", {"account": account, "day": run.day, "came_to": yesterday}
            )
    return keys


def _is_past(run: Run, account: str, now: datetime) -> bool:
    """Whether the run's day is over, so that nothing is asked for: a task of it that is cleared later has nothing to do."""
    if mode_on(run.day, now) == "live":
        return False
    log.warning("@%s: %s is past, and only the present day is asked for. The next run brings it.", account, run.day)
    return True


def _discard_of_nobody(store: Database, lake: Lake, account: str, keys: Sequence[str]) -> None:
    """What was handed over for an account that is gone, as its owner was forgotten meanwhile, is not left to be landed."""
    if keys and not store.rows("account_analytics/read_accounts", {"accounts": [account]}):
        for key in keys:
            lake.delete(key)
        raise RuntimeError(f"@{account} was removed while it was asked for: nothing of it is kept.")


def _came_to(window: Window, documents: Sequence[Document]) -> date | None:
    """The last day that need not be asked for again: where TikTok is later than it says, those that are missing still do."""
    given = max((each.last_day for each in documents if each.last_day is not None), default=None)
    return min(window.last, given + timedelta(days=LATE_DAYS)) if given else None


def _names(row: database.Row) -> list[str]:
    """Under which a connection of the account may be: its own name first, then today's handle, then former ones."""
    return list(dict.fromkeys([row["account"], row["handle"].lower(), *row["aliases"]]))


def _note(connection: psycopg.Connection[Any], listed: Sequence[Fetched]) -> None:
    database.rows(connection, "account_analytics/official/note_sources", {"sources": as_jsonb(listed)})


def _window(store: Database, run: Run, account: str) -> Window:
    parameters = {
        "account": account,
        "day": run.day,
        # The day may end while it is asked for: then it looks back one day more.
        "earliest": run.day - timedelta(days=LOOK_BACK_DAYS - 1),
        "overlap": OVERLAP_DAYS,
    }
    row = store.one("account_analytics/official/open_window", parameters)
    return Window(row["asked_from"], row["asked_to"])
