"""`make screenshots`: takes the README's pictures of the running Airflow (`make up`), in Debian's Chromium."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.keys import passwords
from include.local.stack import noted_port
from include.local.steps import say

CHROMIUM = Path("/usr/bin/chromium")
# Without these Chromium looks for its maker's servers at every start.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1440, "height": 860}


def main() -> int:
    """Log in, trigger a day, wait for it, and take the pictures."""
    if not CHROMIUM.is_file():
        raise LocalError("Chromium is not installed: apt-get install chromium")
    folders = Folders.here()
    port = noted_port(folders)
    if port is None:
        raise LocalError("Airflow is not running: make up")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=str(CHROMIUM),
            args=list(QUIET),
            viewport=SIZE,
            color_scheme="light",  # type: ignore[arg-type]
        )
        page = browser.pages[0]
        page.goto(f"http://localhost:{port}/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", passwords(folders)["admin"])
        page.click("button[type=submit]")
        page.wait_for_url("**/")
        take(page, f"http://localhost:{port}/dags/comets", "grid")
        page.get_by_role("button", name="Trigger").first.click()
        page.wait_for_timeout(3000)
        page.screenshot(path=str(IMAGES / "trigger.png"))
        browser.close()
    return 0


def take(page: Page, address: str, name: str) -> None:
    """Open a page, give its parts a moment to arrive, and keep the picture."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    time.sleep(3)
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    say(f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
