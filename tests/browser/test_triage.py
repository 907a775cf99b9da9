"""Going through refusals in a real browser, by keyboard alone: from the list to a verdict, right, next, taken back, back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from include.local.postgres import Server
from tests.browser.accessibility import violations
from tests.browser.alone import EACH_LOOK, LOOKS, Visit, chromium_running, served, unfit, visiting
from tests.browser.chromium import CHROMIUM, MISSING, shoot
from tests.browser.hostile import NAMES
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.test_why_not import search_page, verdict

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]


@pytest.fixture(scope="module")
def database(
    postgres_server: Server, administrator: psycopg.Connection[Any], template_database: str
) -> Iterator[psycopg.Connection[Any]]:
    """Three refusals with hostile captions."""
    with (
        fresh_database(administrator, template_database) as name,
        psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection,
    ):
        for number in range(3):
            verdict(connection, f"730{number}", user_id=f"700{number}", handle=f"luna.{number}")
        captions = list(NAMES.values())
        search_page(connection, *((f"730{number}", captions[number], f"luna.{number}", "Luna") for number in range(3)))
        yield connection


@pytest.fixture(scope="module")
def url(airflow_metadata: None, database: psycopg.Connection[Any]) -> Iterator[str]:
    with served(database.info.dsn, {}) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser, url: str, database: psycopg.Connection[Any]) -> Iterator[Visit]:
    database.execute("delete from verdict_agreements")
    database.execute("delete from overrules")
    with visiting(chromium, url) as begin:
        yield begin


def test_by_keyboard(visit: Visit, database: psycopg.Connection[Any]):
    """r says that the first is right, n leads on, p lets the next one pass, b leads back to the list without them."""
    page = visit()
    page.goto("/why-not?unseen=true")
    expect(page.locator("table.verdicts tbody tr")).to_have_count(3)
    page.locator("table.verdicts td:first-child a").first.press("Enter")
    expect(page.locator("h1")).to_have_text("@luna.2")
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("h1")).to_have_text("@luna.1")
    # While somebody types, letters are letters.
    page.get_by_label("Reason").fill("")
    page.get_by_label("Reason").press_sequentially("rnpb")
    expect(page.get_by_label("Reason")).to_have_value("rnpb")
    page.locator("h1").click()
    page.keyboard.press("p")
    expect(page.get_by_text("in force", exact=True)).to_be_visible()
    page.keyboard.press("b")
    expect(page.locator("table.verdicts tbody tr")).to_have_count(1)
    assert page.url.endswith("/why-not?unseen=true")
    assert database.execute("select video_id, chosen_reason from verdict_agreements").fetchall() == [("7302", "repost")]
    assert database.execute("select video_id, reason from overrules").fetchall() == [
        ("7301", "it is the creator's own account")
    ]


@pytest.mark.parametrize("look", EACH_LOOK)
def test_looks(visit: Visit, look: str):
    """List, verdict, filters and draft: nothing wider than its window, nothing made by a text, nothing that axe finds."""
    page = visit(**LOOKS[look])
    wrong = []
    for name, address in {
        "triage-list": "/why-not",
        "triage-verdict": "/why-not/2026-11-02/ramen/7301?back=unseen%3Dtrue",
        "triage-filters": "/filters",
        "triage-draft": "/filters/draft",
    }.items():
        page.goto(address)
        wrong += [*unfit(page, name, ":not([src*='/pictures/'])"), *violations(page, name, look)]
        shoot(page, f"{name}-{look}")
    assert wrong == []
