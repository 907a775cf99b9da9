"""The step that fetches: which accounts have a connection, what is asked for them on a day, and what is handed over.

Only a day that goes on is asked for: what TikTok says today is not what it said then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from include import database
from include.account_analytics import accounts, incoming
from include.account_analytics.batches import Batch
from include.account_analytics.fetching import MOST_VISITS, Fetched, in_batches
from include.account_analytics.official.asking import Pace, Window, open_asker
from include.account_analytics.official.documents import Document
from include.account_analytics.rows import as_jsonb
from include.account_analytics.run import Run
from include.account_analytics.secrets_kept import Safe
from include.database import Connector, Database
from include.failures import NeedsPerson
from include.lake import Lake
from include.runs import mode_on
from include.tiktok_business.app import BROWSER, App
from include.tiktok_business.endpoints import LATE_DAYS, LOOK_BACK_DAYS
from include.vendors.errors import CallFailed

if TYPE_CHECKING:
    from include.account_analytics.browser.settings import BrowserSettings

OVERLAP_DAYS = LATE_DAYS + 1  # asked for again: what TikTok had not given yet, or may not have finished counting
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How an account is fetched, by its connection of this name; `stands_in`: it leads to the sandbox of `make run`."""

    connection: str
    via: str
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What it takes to ask for an account. `now_override`: the clock of a sandbox, where one is set."""

    app: App
    safe: Safe
    now_override: datetime | None = None


def plan(connector: Connector, run: Run, now: datetime, find: Callable[[Sequence[str]], Way | None]) -> list[Batch]:
    """The accounts to fetch, in batches; `find` looks for a connection under an account's names.

    All connections that were found are noted, for the page.
    """
    if run.dry_run or mode_on(run.day, now) != "live":
        return []
    with Database(connector) as store:
        listed = store.run(lambda connection: _found(connection, find))
        store.run(lambda connection: _note(connection, listed))
    wanted = [each for each in listed if run.concerns(each["account"])]
    log.info("%s accounts with a connection, %s to be asked for", len(listed), len(wanted))
    asked = [each for each in wanted if each["via"] != BROWSER]
    return [*in_batches(asked), *in_batches([each for each in wanted if each["via"] == BROWSER], MOST_VISITS)]


def _found(connection: psycopg.Connection[Any], find: Callable[[Sequence[str]], Way | None]) -> list[Fetched]:
    """Accounts with a connection. Made-up ones have none but to the sandbox, and only where all accounts are made up."""
    known = accounts.read_all(connection)
    is_shown = all(row["is_made_up"] for row in known)
    found = [(row, way) for row in known if (way := find(_names(row))) is not None]
    return [
        Fetched(account=row["account"], via=way.via, connection=way.connection)
        for row, way in found
        if not row["is_made_up"] or (is_shown and way.stands_in)
    ]


def rehearse(
    connector: Connector, run: Run, now: datetime, browser_days: int, find: Callable[[Sequence[str]], Way | None]
) -> list[str]:
    """What would be asked for on this day, a line for each account, without a call and without a row."""
    if mode_on(run.day, now) != "live":
        return [f"nothing: {run.day} is past, and what is said today is not what was said then"]

    def looked(connection: psycopg.Connection[Any]) -> None:
        listed = _found(connection, find)
        _note(connection, listed)
        wanted = [each for each in listed if run.concerns(each["account"])]
        raise _Rehearsed([_would(connection, run, each, browser_days) for each in wanted])

    with Database(connector) as store:
        try:
            store.run(looked)
        except _Rehearsed as rehearsed:
            return rehearsed.lines
    return []


class _Rehearsed(Exception):
    """Takes the transaction back, and the lines along."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines


def _would(connection: psycopg.Connection[Any], run: Run, item: Fetched, browser_days: int) -> str:
    account = item["account"]
    about = {"account": account}
    if item["via"] == BROWSER:
        found = database.rows(connection, "account_analytics/browser/read_state", about)
        first = f"once somebody logs in: make accounts-login ACCOUNT={account}"
        would = f"@{account} by a browser: exports of {browser_days} days"
    else:
        found = database.rows(connection, "account_analytics/official/read_tokens", about)
        first = f"once its owner agrees: make accounts-authorize ACCOUNT={account}"
        window = _opened(partial(database.one, connection), run, account)
        would = f"@{account} by TikTok's Accounts API: days {window.first} to {window.last}, and all videos"
    return would if found and found[0]["refused_at"] is None else f"{would}, {first}"


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
    return _opened(store.one, run, account)


def _opened(one: Callable[[str, dict[str, Any]], database.Row], run: Run, account: str) -> Window:
    parameters = {
        "account": account,
        "day": run.day,
        # The day may end while it is asked for: then it looks back one day more.
        "earliest": run.day - timedelta(days=LOOK_BACK_DAYS - 1),
        "overlap": OVERLAP_DAYS,
    }
    row = one("account_analytics/official/open_window", parameters)
    return Window(row["asked_from"], row["asked_to"])
