"""Debian's Chromium, driven by Playwright: where it is, and that it ends whatever happens.

It is driven over a pipe: when this process is killed, the pipe closes, and driver and browser end by themselves. A login is
handed over that pipe, lives in the browser's memory, and is in no profile on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from include.account_analytics.browser.failures import NoDownload
from include.drive_clock import drive_time
from include.extras import require
from include.failures import NeedsPerson

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext

# The same browser without windows takes less; Debian has both.
WITHOUT_WINDOWS = Path("/usr/lib/chromium/chromium-headless-shell")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Without these Chromium looks for its maker's servers at every start.
QUIET = (
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
)
FOLDER = "cometwatch-browser-"
FORGOTTEN_AFTER = 24 * 60 * 60  # seconds after which what a killed process left there is removed
STARTING_SECONDS = 30.0
CLOSING_SECONDS = 5.0
ENDED = "the browser ended by itself; a machine that has too little memory ends it"


class ChromiumMissing(NeedsPerson):
    """There is no browser to drive; the message says what to install."""


class ChromiumFailed(NoDownload):
    """The browser does not start, or has ended by itself: nothing is wrong with the page."""


@dataclass(frozen=True, slots=True)
class Running:
    """A browser and the folder its downloads come into, gone with it."""

    browser: Browser
    downloads: Path


def find(*, window: bool = False) -> Path:
    """The program. Raises ChromiumMissing."""
    if not window and WITHOUT_WINDOWS.is_file():
        return WITHOUT_WINDOWS
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        name = "chromium" if window else "chromium-headless-shell"
        raise ChromiumMissing(f"Chromium is not installed here. On Debian or Ubuntu: apt-get install {name}")
    return Path(found)


@asynccontextmanager
async def running(*, window: bool = False) -> AsyncIterator[Running]:
    """A browser of its own for as long as the block runs. Raises ExtraMissing, ChromiumMissing, ChromiumFailed."""
    require("browser")
    program = find(window=window)
    from playwright.async_api import Error

    _sweep()
    with tempfile.TemporaryDirectory(prefix=FOLDER, ignore_cleanup_errors=True) as folder:
        async with AsyncExitStack() as held:
            starting = asyncio.ensure_future(_started(held, program, folder, window=window))
            try:
                # A driver that is given up while it starts never ends: that is waited for, and closed.
                browser = await asyncio.shield(starting)
            except asyncio.CancelledError:
                with contextlib.suppress(Error):
                    await closed(await starting)
                raise
            except Error as error:
                raise ChromiumFailed(f"Chromium does not start here: {program} ({first_line(error)})") from None
            try:
                yield Running(browser, Path(folder))
            finally:
                await closed(browser)


async def _started(held: AsyncExitStack, program: Path, folder: str, *, window: bool) -> Browser:
    from playwright.async_api import async_playwright

    playwright = await held.enter_async_context(async_playwright())
    return await playwright.chromium.launch(
        executable_path=str(program),
        headless=not window,
        args=list(QUIET),
        downloads_path=folder,
        timeout=STARTING_SECONDS * 1000,
    )


async def closed(thing: Browser | BrowserContext) -> None:
    """Close a browser, or a part of it; one that does not answer ends with its driver."""
    from playwright.async_api import Error

    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(thing.close(), CLOSING_SECONDS)


def first_line(error: Exception) -> str:
    """What it is, without the log of the browser that comes after it."""
    return next(iter(str(error).splitlines()), "")[:100]


def _sweep() -> None:
    """Downloads that a killed process left."""
    folder = Path(tempfile.gettempdir())
    limit = drive_time(folder) - FORGOTTEN_AFTER
    for left in folder.glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < limit:
                shutil.rmtree(left, ignore_errors=True)
