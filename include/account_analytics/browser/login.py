"""A person logs in at TikTok: in a window that is opened once, or on another machine, of which the state is brought here.

Passwords and second factors are typed by the person into TikTok's own page; nothing here sees them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from include.account_analytics.accounts import HANDLE, Accounts, normal, open_accounts
from include.account_analytics.browser import chromium, states
from include.account_analytics.browser.states import NoState
from include.account_analytics.browser.studio import LOGIN
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.settings import Secret

PATIENCE_SECONDS = 15 * 60.0  # for a person with a second factor
LOOK_SECONDS = 0.5
STDIN = "-"


def account_of(store: Database, name: str) -> str:
    """The account of this handle, opened where it is new. Raises NoState for what is no handle."""
    handle = normal(name)
    if not HANDLE.fullmatch(handle):
        raise NoState("Say whose login it is: make accounts-login ACCOUNT=handle")
    account = store.run(Accounts.read).find(handle)
    store.run(lambda connection: open_accounts(connection, [account]))
    return account


def keep(store: Database, safe: Safe, account: str, state: Secret) -> None:
    """Keep the login, encrypted, in place of what was kept."""
    states.save_login(store, safe, account, state)


def from_file(name: str) -> Secret:
    """A state that was saved on another machine; `-`: it comes by standard input. Raises NoState."""
    if name == STDIN:
        return Secret(sys.stdin.read(states.LONGEST + 1))
    try:
        with Path(name).expanduser().open(encoding="utf-8-sig") as file:
            return Secret(file.read(states.LONGEST + 1))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise NoState(f"The state {name!r} cannot be read: {reason}.") from None


def has_screen() -> bool:
    """Whether a window can be opened here."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def without_screen(account: str, url: str) -> NoState:
    """What to do instead, in commands."""
    return NoState(
        "There is no screen here to open a window on. On a computer that has one and Python, log in once and save how you are "
        "logged in:\n"
        "  python -m pip install playwright && python -m playwright install chromium\n"
        f"  python -m playwright open --save-storage=state.json {url}\n"
        "Close the window when your analytics are shown, bring the file here, and remove it afterwards:\n"
        f"  make accounts-login ACCOUNT={account} STATE=state.json"
    )


def by_window(url: str, seconds: float = PATIENCE_SECONDS, *, window: bool = True) -> Secret:
    """Open TikTok Studio and wait until somebody is logged in; how they are. Raises NoState, ChromiumMissing."""
    return asyncio.run(_by_window(url, seconds, window=window))


async def _by_window(url: str, seconds: float, *, window: bool) -> Secret:
    from playwright.async_api import Error

    async with chromium.running(window=window) as running:
        context = await running.browser.new_context(no_viewport=window or None)
        try:
            page = await context.new_page()
            with contextlib.suppress(Error):  # slow, or on its way to the login
                await page.goto(url, wait_until="domcontentloaded")
            give_up_at = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < give_up_at:
                if page.is_closed():
                    break
                state = Secret(json.dumps(await context.storage_state()))
                with contextlib.suppress(NoState):
                    states.checked(state)
                    if urlsplit(page.url).hostname and not LOGIN.match(urlsplit(page.url).path):
                        return state
                await asyncio.sleep(LOOK_SECONDS)
        except Error:
            pass  # the window was closed
        finally:
            await chromium.closed(context)
    raise NoState(
        "The window was closed, or the time was over, before anybody was logged in. Nothing was kept: try again."
    )
