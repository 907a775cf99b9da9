"""Debian's Chromium, driven by Playwright: how it is started, how somebody signs in to Airflow with it, and its pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from include.local.folders import ROOT

# The same browser without windows opens a page for a quarter of the work; Debian has both.
_WITHOUT_WINDOWS, _WHOLE = Path("/usr/lib/chromium/chromium-headless-shell"), Path("/usr/bin/chromium")
CHROMIUM = _WITHOUT_WINDOWS if _WITHOUT_WINDOWS.is_file() else _WHOLE
MISSING = "Chromium is not installed: apt-get install chromium-headless-shell"
PATIENCE = 60_000  # milliseconds, for a machine that does other things as well
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SHOTS = ROOT / ".local" / "screenshots"
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


def shoot(page: Page, name: str) -> None:
    """A picture of the whole page for who wants to look: with PICTURES=1 alone, since it takes as long as the page does."""
    if os.environ.get("PICTURES", "0") != "0":
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
