"""Finding in a real browser: ranges, both ends of an order, and comparing, by mouse, by keyboard, on a phone and without scripts.

With PICTURES=1, pictures are left in `.local/screenshots`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from include.local.postgres import Server
from tests.browser.accessibility import violations
from tests.browser.alone import EACH_LOOK, LOOKS, Visit, chromium_running, served, unfit, visiting
from tests.browser.chromium import CHROMIUM, MISSING, shoot
from tests.browser.hostile import NAMES
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.creators import DAY, end_run, insert, snapshot, stand

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]


@pytest.fixture(scope="module")
def database(
    postgres_server: Server, administrator: psycopg.Connection[Any], template_database: str
) -> Iterator[psycopg.Connection[Any]]:
    """Seven creators with a month behind them, of whom the first has a gap and the last a hostile name."""
    with (
        fresh_database(administrator, template_database) as name,
        psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection,
    ):
        connection.execute("select make_partitions('2026-10-01', 2)")
        end_run(connection, "one")
        for number in range(7):
            handle = f"luna.{number}" if number < 6 else NAMES["script"]
            stand(
                connection, f"u{number}", handle=handle, nickname=f"Luna {number}", percent_1=10 - number, percent_7=5,
                growth_1=200, growth_7=500, median_plays=1_000 * number, engagement=number / 100,
                last_post_on=DAY - timedelta(days=number), language="en", follower_count=20_000 + number,
            )  # fmt: skip
            for back in range(30):
                is_gap = number == 0 and 5 < back < 10
                snapshot(
                    connection, f"u{number}", DAY - timedelta(days=back), 20_000 + (30 - back) * 50 * (number + 1),
                    origin="interpolation" if is_gap else "roll_call",
                )  # fmt: skip
        insert(
            connection, "verdicts", user_id="gone", handle="stranger", day=DAY, keyword="k", video_id="v",
            layer="platform", field="bio", matched_text="x", rules_version="1", run_id="r", screened_at=DAY,
        )  # fmt: skip
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
def visit(chromium: Browser, url: str) -> Iterator[Visit]:
    with visiting(chromium, url) as begin:
        yield begin


def shown(page: Page) -> list[str]:
    links = page.locator("table.ranking td.who .named > a").evaluate_all(
        "all => all.map((each) => each.getAttribute('href'))"
    )
    return [link.rpartition("/")[2] for link in links]


def test_a_long_handle_leaves_the_others_their_places(visit: Visit, database: psycopg.Connection[Any]):
    """However long one is, the columns beside it stay on the first screen."""
    database.execute("update standings set handle = %s where user_id = 'u6'", [NAMES["long"]])
    page = visit()
    page.goto("/comets?window=7&band=any")
    score = page.locator("table.ranking").first.get_by_role("columnheader", name="Score").bounding_box()
    database.execute("update standings set handle = %s where user_id = 'u6'", [NAMES["script"]])
    assert score is not None
    assert score["x"] + score["width"] < 1440


def test_either_kind_of_columns_fits(visit: Visit, database: psycopg.Connection[Any]):
    """The table is as wide as its place at the most, and the way to the other kind is a link, there and back."""
    database.execute(
        "update standings set share_above = 0.3333, best_to_median = 123.456, plays_per_follower = 12.3456,"
        " posts_per_week = 12.3456"
    )
    page = visit()
    page.goto("/comets?window=7&band=any")
    widths = "(place) => [place.scrollWidth, place.clientWidth]"
    for link, heading in (("videos", "Best by median"), ("growth", "Acceleration, a week")):
        page.get_by_role("link", name=link, exact=True).click()
        expect(page.locator("table.ranking").first.get_by_role("columnheader", name=heading)).to_be_visible()
        wide, place = page.locator("#ranking").evaluate(widths)
        assert wide <= place, link
    database.execute(
        "update standings set share_above = null, best_to_median = null, plays_per_follower = null,"
        " posts_per_week = null"
    )


def test_from_a_range_to_the_other_end(visit: Visit):
    """A range is typed, misread, corrected; a heading is chosen and turned round; all of it stays in the address."""
    page = visit()
    page.goto("/comets?window=7")
    page.get_by_text("More filters").click()
    plays = page.get_by_role("group", name="Median plays", exact=True)
    plays.get_by_label("from").fill("lots")
    page.get_by_label("Language").fill("EN")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("“lots” is not a whole number")
    plays.get_by_label("from").fill("4k")
    page.get_by_role("button", name="Show").click()
    assert shown(page) == ["u4", "u5", "u6"]
    page.get_by_role("link", name="Median plays").click()
    assert shown(page) == ["u6", "u5", "u4"]
    page.get_by_role("link", name="Median plays").click()
    assert shown(page) == ["u4", "u5", "u6"]
    assert "plays_from=4k" in page.url
    assert "language=EN" in page.url
    expect(page.get_by_role("columnheader", name="Median plays")).to_have_attribute("aria-sort", "ascending")


def test_boxes_lead_to_the_comparison(visit: Visit):
    """Five can be ticked and no sixth; the button leads to their lines and numbers, in the order of the ranking."""
    page = visit()
    page.goto("/comets")
    for number in range(5):
        page.get_by_role("checkbox", name=f"Compare @luna.{number}").check()
    expect(page.get_by_role("checkbox", name="Compare @luna.5")).to_be_disabled()
    expect(page.locator("#chosen")).to_have_text("5 of 5 ticked")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("table.side thead th")).to_have_count(5)
    assert page.url.endswith("/compare?ids=u0,u1,u2,u3,u4")
    expect(page.locator("#compared canvas")).to_be_visible()
    # The index of the first and of the second: 21,500 and 23,000 of 20,050 and 20,100.
    expect(page.get_by_role("row", name="Index").get_by_role("cell")).to_contain_text(["107.23", "114.43", "", "", ""])
    page.get_by_role("link", name="without").first.click()
    expect(page.locator("table.side thead th")).to_have_count(4)


def test_the_keyboard_compares(visit: Visit):
    """From creator to creator with j, chosen with c, compared with Shift and c."""
    page = visit()
    page.goto("/comets")
    page.get_by_role("button", name="Star @luna.0").focus()
    for key in ("c", "j", "j", "c", "Shift+C"):
        page.keyboard.press(key)
    expect(page.locator("table.side thead th")).to_have_count(2)
    assert page.url.endswith("/compare?ids=u0,u2")


def test_a_comparison_without_scripts(visit: Visit):
    """Boxes and button are a form; the table has where each line ends."""
    page = visit(java_script_enabled=False)
    page.goto("/comets")
    page.get_by_role("checkbox", name="Compare @luna.1").check()
    page.get_by_role("checkbox", name="Compare @luna.3").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row", name="Index").get_by_role("cell").first).to_contain_text("114.43")


@pytest.mark.parametrize("look", EACH_LOOK)
def test_pages_are_fit_for_everybody(visit: Visit, look: str):
    """In both themes and on a phone: no violation, nothing wider than the window, nothing that a name made."""
    page = visit(**LOOKS[look])
    faults: list[str] = []
    addresses = {
        "finding": "/comets?followers_from=x&plays_from=1&window=7",
        "finding-band": "/comets?order=engagement&up=true&language=en",
        "finding-nobody": "/comets?search=stranger",
        "compare": "/compare?ids=u0,u1,u2,u3,u6",
        "compare-unknown": "/compare?ids=nobody",
    }
    for name, address in addresses.items():
        page.goto(address)
        shoot(page, f"{name}-{look}")
        faults += unfit(page, name) + violations(page, name, look)
    assert faults == []
