"""An account's exports, fetched from TikTok Studio by a browser and handed over to the step `land`.

Experimental, and off unless an account's connection says so. TikTok's own page could not be tried when this was written.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from include.account_analytics import incoming, places
from include.account_analytics.browser import chromium, labels, screenshots, states, studio, turns
from include.account_analytics.browser.chromium import ENDED, ChromiumFailed
from include.account_analytics.browser.failures import AuthExpired, NoDownload, PageChanged, TooSoon, VisitFailed
from include.account_analytics.browser.labels import Labels
from include.account_analytics.browser.settings import BrowserSettings
from include.account_analytics.browser.states import Held, how_to_log_in
from include.account_analytics.browser.studio import AskedToLogIn, Patience, Seen, StepMissing, Stopped, Wanted
from include.account_analytics.browser.turns import Purpose, Turn
from include.account_analytics.secrets_kept import Safe
from include.calls.sigterm import ToldToEnd, noticing_sigterm
from include.database import Connector, Database
from include.extras import require
from include.lake import Lake
from include.settings import Secret

LOOK_SECONDS = 0.1
TRIES = 3  # to begin a turn that came while this process was held up
Result = TypeVar("Result")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Office:
    """What a visit takes: tables, the lake, the key to logins, settings, and a clock."""

    store: Database
    lake: Lake
    safe: Safe
    configured: BrowserSettings
    clock: Callable[[], datetime]


def export_account(
    connector: Connector,
    lake: Lake,
    safe: Safe,
    configured: BrowserSettings,
    run_id: str,
    account: str,
    now: datetime,
) -> list[str]:
    """Fetch all tabs of an account that this run has not brought yet; returns the keys of what was handed over.

    Nothing where its last export was less than an hour ago and ended well. Raises AuthExpired, NoState, PageChanged and
    ExtraMissing where a person has to act, NoDownload and TooSoon where a later try may help, ToldToEnd.
    """
    require("browser")
    with Database(connector) as store:
        office = Office(store, lake, safe, configured, clock_from(now))
        held = states.read(store, safe, account)
        words = labels.load(configured.labels)
        with noticing_sigterm() as told:
            turn = take_turn(office, account, run_id, "export", told)
            if turn is None:
                return []
            visit = Visit(office, account, turn.visit_id or 0, held, words, told)
            # A task that is cleared once all has come fetches all of it again.
            tabs = [tab for tab in studio.TABS if tab not in turn.brought] or studio.TABS
            return visit.make(tabs, downloads=True)


def take_turn(office: Office, account: str, run_id: str, purpose: Purpose, told: threading.Event) -> Turn | None:
    """Wait for this account's turn and begin it; None where its last visit, less than an hour ago, ended well.

    Raises TooSoon where it is too far away to be waited for, ToldToEnd.
    """
    pace = office.configured.pace
    for _ in range(TRIES):
        turn = turns.take(office.store, account, run_id, purpose, pace, office.clock())
        if turn.visit_id is None:
            if turn.last_result == "done":
                log.info("@%s was fetched a short while ago: nothing is to be fetched before %s.", account, _at(turn))
                return None
            raise TooSoon(
                f"TikTok Studio was opened for @{account} a short while ago, and is not opened again before {_at(turn)}.",
                turn.wait_seconds,
            )
        if turn.wait_seconds > 0:
            log.info("@%s: its turn comes at %s.", account, _at(turn))
        office.store.close()  # nothing is held while it waits
        if told.wait(turn.wait_seconds):
            raise ToldToEnd
        if turns.begin(office.store, turn.visit_id, office.clock()):
            return turn
    raise TooSoon(f"The turn of @{account} came while this task was held up.", pace.any_seconds)


@dataclass
class Visit:
    """One visit that has begun, up to the line that says what came of it."""

    office: Office
    account: str
    visit_id: int
    held: Held
    labels: Labels
    told: threading.Event

    def make(self, tabs: Sequence[str], *, downloads: bool) -> list[str]:
        """Walk through the tabs; the keys of what was handed over. Raises what went wrong, once everything is kept."""
        configured, handed = self.office.configured, list[str]()
        wanted = Wanted(configured.url, tabs, configured.days, self.office.clock().date(), downloads)

        async def hand_over(tab: str, name: str, content: bytes) -> None:
            handed.append(self._hand_over(tab, name, content))

        async def walk() -> Seen:
            async with chromium.running() as running:
                from playwright.async_api import Error

                state = states.checked(self.held.state)
                patience = Patience.within(configured.seconds)
                try:
                    return await studio.visit(running, state, wanted, self.labels, patience, hand_over)
                except Error as error:
                    raise ChromiumFailed(f"{ENDED} ({chromium.first_line(error)})") from None

        result, seen, keys, worst = "failed", Seen(), list[str](), None
        try:
            seen = asyncio.run(within(walk(), configured.seconds, self.told))
            keys = self._keep(seen)
            worst = _worst(seen.stopped)
            result = worst.error.result if worst else "done"
        except ToldToEnd:
            result = "stopped"
            raise
        except NoDownload as error:
            result = error.result
            raise NoDownload(f"@{self.account}: {error}.", configured.pace.account_seconds) from None
        finally:
            turns.end(
                self.office.store,
                self.visit_id,
                result,
                tab=worst.tab if worst else None,
                step=worst.step if worst else None,
                language=seen.language,
                screenshots=keys,
                now=self.office.clock(),
            )
        if worst is not None:
            raise self._explained(worst, keys) from None
        return handed

    def _hand_over(self, tab: str, name: str, content: bytes) -> str:
        key = incoming.put(self.office.lake, self.account, self._free(name), content)
        if not turns.note(self.office.store, self.visit_id, tab):
            self.office.lake.delete(key)
            raise RuntimeError(f"@{self.account} was removed while its exports were fetched: nothing of them is kept.")
        log.info("@%s, %s: %s, %s bytes.", self.account, tab, name, f"{len(content):,}")
        return key

    def _free(self, name: str) -> str:
        """As a browser names a second file, where the first one waits to be landed: only Overview's has its days in its name."""
        stem, _, ending = name.rpartition(".")
        taken = {entry.key for entry in self.office.lake.entries(f"{places.INCOMING}/{self.account}")}
        names = (name, *(f"{stem} ({number}).{ending}" for number in range(1, 100)))
        return next((each for each in names if f"{places.INCOMING}/{self.account}/{each}" not in taken), name)

    def _keep(self, seen: Seen) -> list[str]:
        """The state as it is now, or that it is refused; and what the page looked like. Returns the screenshots' keys."""
        store, now = self.office.store, self.office.clock()
        if seen.state is not None:
            try:
                states.keep(store, self.office.safe, self.account, self.held.version, Secret(seen.state), now)
            except states.NoState:
                log.warning("@%s: after the visit nobody is logged in any more.", self.account)
        elif any(isinstance(each.error, AskedToLogIn) for each in seen.stopped):
            states.refuse(store, self.account, self.held.version, now)
        return [
            screenshots.keep(self.office.lake, self.account, each.tab, each.step, now, each.picture)
            for each in seen.stopped
            if each.picture is not None
        ]

    def _explained(self, worst: Stopped, keys: Sequence[str]) -> VisitFailed:
        """In words for whoever reads the log: where it stopped, what to do, where the screenshot is."""
        shown = "".join(f" Screenshot: {self.office.lake.uri}/{key}" for key in keys)
        kept = f"{shown} (kept for {screenshots.DAYS} days)" if keys else ""
        if isinstance(worst.error, AskedToLogIn):
            return AuthExpired(f"TikTok asks @{self.account} to log in. {how_to_log_in(self.account)}{kept}")
        if isinstance(worst.error, StepMissing):
            return PageChanged(f"{_about(self.account, worst.tab, worst.error, self.labels)}{kept}")
        return NoDownload(
            f"@{self.account}, {worst.tab}: {worst.error}.{kept}", self.office.configured.pace.account_seconds
        )


async def within(work: Coroutine[Any, Any, Result], seconds: float, told: threading.Event) -> Result:
    """What `work` gives, unless it takes longer, or the task is told to end: then it is cancelled, and has closed everything."""
    task = asyncio.ensure_future(work)
    give_up_at = time.monotonic() + seconds
    reason: Exception | None = None
    while not task.done():
        await asyncio.wait({task}, timeout=LOOK_SECONDS)
        if reason is None and told.is_set():
            reason = ToldToEnd()
        elif reason is None and time.monotonic() > give_up_at:
            reason = NoDownload(f"the visit was not over after {seconds:.0f} s")
        if reason is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=chromium.STARTING_SECONDS + chromium.CLOSING_SECONDS * 2)
            break
    if reason is not None:
        raise reason
    return task.result()


def _about(account: str, tab: str, missing: StepMissing, words: Labels) -> str:
    """The step, its words, and what they are corrected in."""
    tried = " / ".join(missing.words) or "what was found could not be pressed"
    language = missing.language or "no language that it names"
    unknown = (
        f" There are no labels for that language: add [{language.partition('-')[0].lower()}] to a file of labels."
        if missing.language and words.language_of(missing.language) is None
        else ""
    )
    where = f"TikTok Studio of @{account}, {tab}: the step {missing.step!r} was not found"
    return (
        f"{where} ({tried}; the page is in {language}).{unknown} If the screenshot shows the same thing under another name, put "
        "that into a file of labels (ACCOUNTS_BROWSER_LABELS); if it shows a puzzle or asks for a code, that is for a person: "
        f"{how_to_log_in(account)}"
    )


def _worst(stopped: Sequence[Stopped]) -> Stopped | None:
    """What a person has to act on comes first."""
    order = (AskedToLogIn, StepMissing, VisitFailed)
    return min(
        stopped, key=lambda each: next(n for n, kind in enumerate(order) if isinstance(each.error, kind)), default=None
    )


def clock_from(now: datetime) -> Callable[[], datetime]:
    """`now`, going on from here."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _at(turn: Turn) -> str:
    return f"{turn.starts_at:%H:%M} UTC"
