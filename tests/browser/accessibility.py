"""What axe, a checker of accessibility, finds on a page: contrast, labels, order of headings, reach by keyboard."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Frame, Page

_RUN = "async () => (await axe.run()).violations"


def violations(page: Page | Frame, name: str) -> list[str]:
    """A line for each rule that is broken: the page, the rule, the first place, how many places."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return [
        f"{name}: {each['id']} at {' '.join(each['nodes'][0]['html'].split())[:160]} ({len(each['nodes'])})"
        for each in page.evaluate(_RUN)
    ]
