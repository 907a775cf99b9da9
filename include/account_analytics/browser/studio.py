"""The way through TikTok Studio: tab, range, button, format, download; each step by its words, and named when it is not found.

Written by what is known of the page. TikTok's own could not be tried: only a page that looks like it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from include.account_analytics.browser import downloads
from include.account_analytics.browser.chromium import ENDED, ChromiumFailed, Running, closed
from include.account_analytics.browser.failures import NoDownload, VisitFailed
from include.account_analytics.browser.labels import Labels, Words

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Download, Locator, Page

TABS = ("overview", "content", "viewers", "followers")
FORMAT = "csv"
LOGIN = re.compile(r"/(?:login|signup)(?:/|$)")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
LOOK_SECONDS = 0.1
TRIES = 2  # of a tab whose download did not come
# What a thing that is called so may be; where it is none of these, its bare text is looked for.
ROLES: dict[str, Sequence[Any]] = {
    "tab": ("tab", "link", "button"),
    "range": ("button", "combobox"),
    "option": ("option", "menuitem", "menuitemradio", "radio", "button"),
    "button": ("button", "link"),
    "format": ("radio", "option", "button"),
}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for which a step is looked for, and a download is waited for."""

    step: float = 20.0
    download: float = 80.0

    @classmethod
    def within(cls, seconds: float) -> Patience:
        """Shares of what a whole visit may take."""
        return cls(seconds / 12, seconds / 3)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visit is for: which tabs, the days of each up to `today`, and whether anything is downloaded."""

    url: str
    tabs: Sequence[str]
    days: int
    today: date
    downloads: bool = True


class StepMissing(VisitFailed):
    """A step was not found, in the page's language and under any of these words."""

    result = "page_changed"

    def __init__(self, step: str, words: Words, language: str | None) -> None:
        super().__init__(step)
        self.step, self.words, self.language = step, words, language


class AskedToLogIn(VisitFailed):
    """The page went to its login."""

    result = "auth_expired"


@dataclass(slots=True)
class Stopped:
    """Where a tab went no further, why, and what the page looked like."""

    tab: str
    step: str
    error: VisitFailed
    picture: bytes | None


@dataclass(slots=True)
class Seen:
    """What came of a visit. `state`: how somebody is logged in now; None after a login was asked for."""

    brought: list[str] = field(default_factory=list)
    stopped: list[Stopped] = field(default_factory=list)
    language: str | None = None
    state: str | None = None


HandOver = Callable[[str, str, bytes], Awaitable[None]]


async def visit(
    running: Running, state: dict[str, Any], wanted: Wanted, labels: Labels, patience: Patience, hand_over: HandOver
) -> Seen:
    """All tabs, one after the other; `hand_over(tab, name, content)` is called for each download, at once.

    A tab that goes no further keeps no other from coming; a login that is asked for ends the visit.
    """
    # By UTC the labels of the days are those of the numbers, which are counted by UTC days.
    context = await running.browser.new_context(
        storage_state=state,  # type: ignore[arg-type]  # as it was saved
        accept_downloads=True,
        locale="en-US",
        timezone_id="UTC",
        viewport={"width": 1440, "height": 900},
    )
    seen = Seen()
    try:
        page = await context.new_page()
        for tab in wanted.tabs:
            walk = Walk(page, labels, patience, running.downloads, wanted)
            try:
                download = await walk.tab(tab)
                if download is not None:
                    await hand_over(tab, *download)
                    seen.brought.append(tab)
            except VisitFailed as error:
                seen.stopped.append(Stopped(tab, walk.step, error, await _picture(page)))
                if isinstance(error, AskedToLogIn):
                    break
            finally:
                seen.language = walk.language or seen.language
        if not any(isinstance(each.error, AskedToLogIn) for each in seen.stopped):
            seen.state = await _state(context)
    finally:
        await closed(context)
    return seen


class Walk:
    """One tab, step by step. `step` is the one it is at."""

    def __init__(self, page: Page, labels: Labels, patience: Patience, folder: Path, wanted: Wanted) -> None:
        self.step = "open"
        self.language: str | None = None
        self._page, self._labels, self._patience = page, labels, patience
        self._has_crashed = False
        page.on("crash", self._note_crash)
        self._folder, self._wanted = folder, wanted
        self._known: str | None = None

    async def tab(self, tab: str) -> tuple[str, bytes] | None:
        """Its download: name and bytes; None where nothing is to be downloaded. What did not come is pressed for twice."""
        for attempt in range(1, TRIES + 1):
            try:
                return await self._once(tab)
            except NoDownload as error:
                if attempt == TRIES:
                    raise
                log.info("%s: %s; once more.", tab, error)
        raise AssertionError("unreachable")

    async def _once(self, tab: str) -> tuple[str, bytes] | None:
        await self._open()
        self.step = tab
        await self._press(await self._find(tab, self._words(tab), "tab"))
        await self._choose_range()
        await self._press(await self._find("download_data", self._words("download_data"), "button"))
        await self._press(await self._find(FORMAT, self._words(FORMAT), "format", in_dialog=True))
        last = await self._find("confirm", self._words("confirm"), "button", in_dialog=True)
        return await self._download(last, tab) if self._wanted.downloads else None

    async def _open(self) -> None:
        from playwright.async_api import Error

        self.step = "open"
        try:
            await self._page.goto(self._wanted.url, wait_until="domcontentloaded", timeout=self._milliseconds())
        except Error as error:
            self._heed()
            raise NoDownload(f"the page does not open ({_reason(error)})") from None
        self._heed()
        code = await self._page.evaluate("document.documentElement.lang")
        self.language = code if isinstance(code, str) and LANGUAGE.fullmatch(code) else None
        self._known = self._labels.language_of(self.language)

    async def _choose_range(self) -> None:
        days, known = self._wanted.days, self._known
        menu = await self._find("range", self._labels.ranges(known), "range")
        if not self._labels.offers(days, known):
            await self._press(menu)
            await self._choose_days()
            return
        words = self._words(str(days))
        if ((await menu.text_content()) or "").strip() not in words:
            await self._press(menu)
            await self._press(await self._find(f"range {days}", words, "option"))

    async def _choose_days(self) -> None:
        """A range of one's own: up to yesterday, as TikTok has no number of today."""
        await self._press(await self._find("custom", self._words("custom"), "option"))
        last = self._wanted.today - timedelta(days=1)
        for step, day in (("from", last - timedelta(days=self._wanted.days - 1)), ("to", last)):
            given = await self._find(step, self._words(step), "field")
            await self._do(given.fill(day.isoformat(), timeout=self._milliseconds()), self._words(step))
        await self._press(await self._find("apply", self._words("apply"), "button"))

    async def _download(self, last: Locator, tab: str) -> tuple[str, bytes]:
        self.step = "download"
        loop = asyncio.get_running_loop()
        coming: asyncio.Future[Download] = loop.create_future()

        def began(download: Download) -> None:
            if not coming.done():
                coming.set_result(download)

        self._page.on("download", began)
        give_up_at = loop.time() + self._patience.download
        try:
            # Not waiting for where it leads: an export that is slow to begin is no button that cannot be pressed.
            await self._do(last.click(timeout=self._milliseconds(), no_wait_after=True), ())
            while not coming.done():
                await asyncio.wait({coming}, timeout=LOOK_SECONDS)
                self._heed()
                if not coming.done() and loop.time() > give_up_at:
                    raise NoDownload(f"no download began within {self._patience.download:.0f} s")
        finally:
            self._page.remove_listener("download", began)
        download = coming.result()
        content = await downloads.whole(download, self._folder, max(1.0, give_up_at - loop.time()))
        return downloads.name_of(download.suggested_filename, tab), content

    # -- steps -----------------------------------------------------------------------------------------

    async def _find(self, step: str, words: Words, kind: str, *, in_dialog: bool = False) -> Locator:
        """What is called so and can be seen, as soon as it can. Raises StepMissing, AskedToLogIn."""
        from playwright.async_api import Error

        self.step = step
        give_up_at = asyncio.get_running_loop().time() + self._patience.step
        while True:
            self._heed()
            with contextlib.suppress(Error):  # the page is on its way to another one
                found = await self._look(words, kind, in_dialog=in_dialog)
                if found is not None:
                    return found
            if asyncio.get_running_loop().time() > give_up_at:
                raise StepMissing(step, words, self.language)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, words: Words, kind: str, *, in_dialog: bool) -> Locator | None:
        place: Page | Locator = self._page
        if in_dialog:
            dialog = self._page.get_by_role("dialog").filter(visible=True)
            place = dialog.first if await dialog.count() else place
        if kind == "field":
            fields = [by(word) for word in words for by in (place.get_by_label, place.get_by_placeholder)]
            return await _first(fields)
        by_role = [place.get_by_role(role, name=word, exact=True) for word in words for role in ROLES[kind]]
        return await _first(by_role) or await _first([place.get_by_text(word, exact=True) for word in words])

    async def _press(self, found: Locator) -> None:
        from playwright.async_api import Error

        with contextlib.suppress(Error):
            await found.click(timeout=self._milliseconds())
            return
        self._heed()
        if not await self._decline():
            raise StepMissing(self.step, (), self.language)
        log.info("%s: what lay over the page was declined.", self.step)
        await self._do(found.click(timeout=self._milliseconds()), ())

    async def _decline(self) -> bool:
        """Say no to what the page asks first, such as cookies; False where it asks nothing that is known."""
        from playwright.async_api import Error

        with contextlib.suppress(Error):
            found = await self._look(self._words("decline"), "button", in_dialog=False)
            if found is not None:
                await found.click(timeout=self._milliseconds())
                return True
        return False

    async def _do(self, doing: Awaitable[None], words: Words) -> None:
        from playwright.async_api import Error

        try:
            await doing
        except Error:
            self._heed()
            raise StepMissing(self.step, words, self.language) from None

    def _words(self, step: str) -> Words:
        return self._labels.words(step, self._known)

    def _note_crash(self, _: Page) -> None:
        self._has_crashed = True

    def _heed(self) -> None:
        """What is wrong with all steps. Raises AskedToLogIn, ChromiumFailed."""
        if self._has_crashed or self._page.is_closed():
            raise ChromiumFailed(ENDED)
        if LOGIN.match(urlsplit(self._page.url).path):
            raise AskedToLogIn(self.step)

    def _milliseconds(self) -> float:
        return self._patience.step * 1000


async def _first(candidates: Sequence[Locator]) -> Locator | None:
    """The first of these that can be seen, in the order of the words."""
    if not candidates:
        return None
    either = candidates[0]
    for other in candidates[1:]:
        either = either.or_(other)
    if not await either.filter(visible=True).count():
        return None
    for each in candidates:
        visible = each.filter(visible=True)
        if await visible.count():
            return visible.first
    return None


async def _picture(page: Page) -> bytes | None:
    """What the page looks like; None where even that does not come."""
    from playwright.async_api import Error

    with contextlib.suppress(Error):
        return await page.screenshot(timeout=5_000)
    return None


async def _state(context: BrowserContext) -> str | None:
    from playwright.async_api import Error

    with contextlib.suppress(Error):
        return json.dumps(await context.storage_state())
    return None


def _reason(error: Exception) -> str:
    """The kind of it: the rest may hold an address with more in it than is shown."""
    found = re.search(r"net::\w+|Timeout", str(error))
    return found[0] if found else type(error).__name__
