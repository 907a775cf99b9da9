"""Where a number comes from, one gesture away from it: by mouse, by keyboard, by touch, and without scripts.

With PICTURES=1, pictures are left in `.local/screenshots`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from include.local.postgres import Server
from tests.browser.accessibility import violations
from tests.browser.alone import LOOKS, Visit, chromium_running, served, unfit, visiting
from tests.browser.chromium import CHROMIUM, MISSING, shoot
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.creators import DAY, end_run, insert, snapshot, stand

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]
# The colour of an element, and that of what is estimated.
COLOURS = """(each) =>
  [getComputedStyle(each).color, getComputedStyle(document.documentElement).getPropertyValue("--estimated")]
"""
PAGES = {
    "comets": "/comets?window=7",
    "creator": "/creators/u0",
    "compare": "/compare?ids=u0,u1",
    "filters": "/filters?window=7",
}
WEEK_BEFORE = DAY - timedelta(days=7)


@pytest.fixture(scope="module")
def database(
    postgres_server: Server, administrator: psycopg.Connection[Any], template_database: str
) -> Iterator[psycopg.Connection[Any]]:
    """Three creators with a month behind them; the week of the first begins with an estimated day. And ten days of verdicts."""
    with (
        fresh_database(administrator, template_database) as name,
        psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection,
    ):
        connection.execute("select make_partitions('2026-10-01', 2)")
        end_run(connection, "one")
        for number in range(3):
            stand(
                connection, f"u{number}", handle=f"luna.{number}", percent_1=10 - number, growth_1=200, percent_7=5 - number,
                growth_7=500, score=70 - number, score_growth=0.7, score_hearts=0.6, median_plays=1_000 * number,
                follower_count=20_000 + number,
            )  # fmt: skip
            for back in range(30):
                is_gap = number == 0 and 5 < back < 10
                snapshot(
                    connection, f"u{number}", DAY - timedelta(days=back), 20_000 + (30 - back) * 50 * (number + 1),
                    origin="interpolation" if is_gap else "roll_call",
                )  # fmt: skip
        for back in range(10):
            for number, layer in enumerate(("platform", "pronoun", "criteria", "face", "accepted")):
                insert(
                    connection, "verdicts", user_id=f"v{number}", handle="stranger", day=DAY - timedelta(days=back),
                    keyword="k", video_id=f"{back}-{number}", layer=layer, rules_version="1", run_id="r", screened_at=DAY,
                    field="caption",
                )  # fmt: skip
        yield connection


@pytest.fixture(scope="module")
def url(airflow_metadata: None, database: psycopg.Connection[Any]) -> Iterator[str]:
    with served(
        database.info.dsn, {"COMETS_NOW": f"{DAY}T20:00:00+00:00", "TIKHUB_BASE_URL": "http://127.0.0.1:9"}
    ) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser, url: str) -> Iterator[Visit]:
    with visiting(chromium, url) as begin:
        yield begin


def told(page: Page, text: str) -> Locator:
    return page.locator(".told > button", has_text=text).first


def shown(page: Page) -> list[str]:
    return page.locator(".origin:popover-open").all_inner_texts()


def test_by_mouse(visit: Visit):
    """Pointed at, a number says where it comes from, for as long; clicked, until Escape, or a click elsewhere."""
    page = visit()
    page.goto("/comets?window=7")
    growth = told(page, "+5.00 %")
    assert shown(page) == []
    growth.hover()
    (text,) = shown(page)
    assert text.startswith(f"{DAY}, counted in the daily measuring of everybody known")
    assert text.endswith(f"compared with {WEEK_BEFORE}, estimated")
    page.locator(".origin:popover-open").hover()
    assert shown(page) == [text]
    page.mouse.move(2, 2)
    assert shown(page) == []
    growth.click()
    page.mouse.move(2, 2)
    assert shown(page) == [text]
    page.keyboard.press("Escape")
    assert shown(page) == []
    growth.click()
    told(page, "20,001").click()
    assert [each[:10] for each in shown(page)] == [str(DAY)]
    page.get_by_role("heading", name="Comets", exact=True).click()
    assert shown(page) == []


def test_by_keyboard(visit: Visit):
    """A number that is reached says it; the arrows lead from number to number, Tab from row to row, Enter closes and opens."""
    page = visit()
    page.goto("/comets?window=7")
    told(page, "20,000").focus()
    assert [each[:10] for each in shown(page)] == [str(DAY)]
    page.keyboard.press("ArrowRight")
    expect(told(page, "+5.00 %")).to_be_focused()
    (text,) = shown(page)
    assert f"compared with {WEEK_BEFORE}" in text
    page.keyboard.press("ArrowDown")
    expect(told(page, "+4.00 %")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(told(page, "20,001")).to_be_focused()
    assert len(shown(page)) == 1
    page.keyboard.press("Enter")
    assert shown(page) == []
    page.keyboard.press("Enter")
    assert len(shown(page)) == 1
    page.keyboard.press("Escape")
    assert shown(page) == []
    # One stop of Tab in each row.
    stops = page.locator("table.ranking tbody tr .told > button:not([tabindex='-1'])")
    assert stops.count() == page.locator("table.ranking tbody tr").count()
    expect(told(page, "20,001")).to_have_accessible_description(
        f"{DAY}, counted in the daily measuring of everybody known"
    )


def test_by_touch(visit: Visit):
    """A tap shows it within the screen, another one, or one elsewhere, takes it away."""
    page = visit(**LOOKS["phone"])
    page.goto("/comets?window=7")
    told(page, "+5.00 %").tap()
    assert len(shown(page)) == 1
    box = page.locator(".origin:popover-open").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]
    told(page, "+5.00 %").tap()
    assert shown(page) == []
    told(page, "+5.00 %").tap()
    page.get_by_role("heading", name="Comets", exact=True).tap()
    assert shown(page) == []


def test_without_scripts(visit: Visit):
    """The browser's own way remains: a click."""
    page = visit(java_script_enabled=False)
    page.goto("/creators/u0")
    told(page, "+5.00 %").click()
    expect(page.locator(".origin", has_text=f"compared with {WEEK_BEFORE}").first).to_be_visible()


def test_what_is_estimated_is_seen_without_a_gesture(visit: Visit):
    """Its colour and the word stand there; the days do not."""
    page = visit()
    for address in ("/comets?window=7", "/creators/u0"):
        page.goto(address)
        growth = told(page, "+5.00 %")
        found, wanted = growth.evaluate(COLOURS)
        assert found == "rgb({}, {}, {})".format(*(int(wanted.strip()[at : at + 2], 16) for at in (1, 3, 5)))
        around = page.locator("td, .cards > div", has=growth).first.inner_text()
        assert "estimated" in around
        assert str(WEEK_BEFORE) not in around


@pytest.mark.parametrize("look", list(LOOKS))
def test_pages_are_well(visit: Visit, look: str):
    """Nothing for axe to find, with an origin open, and nothing wider than the window."""
    page = visit(**LOOKS[look])
    faults = []
    for name, address in PAGES.items():
        page.goto(address)
        if page.locator(".told > button:visible").count():
            page.locator(".told > button:visible").first.focus()
        faults += violations(page, name, look) + unfit(page, name)
        shoot(page, f"told-{name}-{look}")
    assert faults == []
