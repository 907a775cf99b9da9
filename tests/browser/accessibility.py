"""What axe, a checker of accessibility, finds on a page: contrast, labels, order of headings, reach by keyboard."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Frame, Page

_RUN = "async (rules) => (await axe.run(rules)).violations"
# What else axe judges by is the same in other colours. Of its rules about colours, those that it judges by unless asked for more.
_OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page: Page | Frame, name: str, look: str = "light") -> list[str]:
    """A line for each rule that is broken: the page, the rule, the first place, how many places.

    In the look `dark`, of a page that is judged in the light one as well, only colours are.
    """
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return [
        f"{name}: {each['id']} at {' '.join(each['nodes'][0]['html'].split())[:160]} ({len(each['nodes'])})"
        for each in page.evaluate(_RUN, _OF_COLOURS if look == "dark" else {})
    ]
