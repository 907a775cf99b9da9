"""Debian's Chromium, driven by Playwright: where it is, how it is started, and how somebody signs in to Airflow with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = Path("/usr/bin/chromium")
MISSING = "Chromium is not installed: apt-get install chromium"
PATIENCE = 60_000  # milliseconds, for a machine that does other things as well
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# Without these Chromium looks for its maker's servers at every start.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """A browser of its own profile; it ends with `playwright`."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_QUIET))


def sign_in(page: Page, base_url: str, user: str, password: str) -> None:
    """Airflow's own form; the page is Airflow's home afterwards."""
    page.goto(f"{base_url}/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.get_by_role("link", name="Dags", exact=True).first.wait_for()


def options(**more: Any) -> dict[str, Any]:
    """What a new browser context is made with: a desktop, in light colours, unless said otherwise."""
    return {"viewport": DESKTOP, "color_scheme": "light", **more}
