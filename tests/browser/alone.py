"""The pages' web application by itself, with Airflow's sign-in and rights, and a browser that looks at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from include.local import ports
from tests.browser.chromium import PATIENCE, PHONE, launch, options
from tests.browser.test_pages import REPORT_VIOLATIONS
from tests.fixtures.dashboard import _as_airflow_writes, session_token

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
}
# `make test` looks at every page in one look; that the others are fit is asked of some pages in `test_pages.py`.
EACH_LOOK = ["light", *(pytest.param(look, marks=pytest.mark.thorough) for look in LOOKS if look != "light")]
Visit = Callable[..., Page]


@contextmanager
def served(database_url: str, settings: Mapping[str, str]) -> Iterator[str]:
    """The address of all pages over this database, with these settings, in a thread for as long as the block runs."""
    from plugins.dashboard import store
    from plugins.dashboard.app import assemble
    from plugins.dashboard.pages import SECTIONS

    port = ports.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_COMETS_DB", _as_airflow_writes(database_url))
        for name, value in settings.items():
            patch.setenv(name, value)
        store._pool.cache_clear()
        server = uvicorn.Server(
            uvicorn.Config(assemble(SECTIONS), host="127.0.0.1", port=port, log_level="warning", lifespan="off")
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://localhost:{port}"
        server.should_exit = True
        thread.join(timeout=30)
        store._pool().close()
        store._pool.cache_clear()


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """Chromium, for all visits of a file."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@contextmanager
def visiting(chromium: Browser, url: str, expected: str | None = None) -> Iterator[Visit]:
    """`visit("user", color_scheme="dark")` gives a page at `url`.

    No dialog may open, no script fail, and no policy be violated; of what the console says, `expected` may be in it.
    """
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def note(text: str) -> None:
        if expected is None or expected not in text:
            troubles.append(text)

    def begin(role: str = "user", **more: Any) -> Page:
        context = chromium.new_context(base_url=url, **options(**more))
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        context.add_cookies([{"name": "_token", "value": session_token(role), "url": url}])
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}") or dialog.dismiss())
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert troubles == []


def unfit(page: Page, name: str, own_images: str = "") -> list[str]:
    """What is wrong with how a page stands: wider than its window, or with elements that a text made."""
    wide, inner, foreign = page.evaluate(
        f"""() => [document.scrollingElement.scrollWidth, document.documentElement.clientWidth,
          document.querySelectorAll("main script, main img{own_images}, main [onerror], main [onclick]").length]"""
    )
    faults = [f"{name} is {wide} px wide"] if wide > inner else []
    return [*faults, *([f"{name} holds {foreign} foreign elements"] if foreign else [])]
