"""From a search to a decision in a real browser: star, note, status, file; by mouse, by keyboard, without scripts, two at once.

The web application stands by itself here, with Airflow's sign-in and rights. With PICTURES=1, pictures are left in
`.local/screenshots`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
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
from tests.plugins.dashboard.creators import end_run, insert, stand

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]


@pytest.fixture(scope="module")
def database(
    postgres_server: Server, administrator: psycopg.Connection[Any], template_database: str
) -> Iterator[psycopg.Connection[Any]]:
    """Twelve creators in their order, and one whom hostile notes are about."""
    with (
        fresh_database(administrator, template_database) as name,
        psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection,
    ):
        end_run(connection, "one")
        for number in range(12):
            figures = {"percent_1": 50 - number, "growth_1": 500 - number, "growth_7": 5, "percent_7": 5}
            stand(connection, f"u{number:02}", handle=f"luna.{number:02}", nickname=f"Luna {number}", **figures)
        stand(connection, "hostile", handle="hostile", percent_1=1, growth_1=1)
        hostile = "\n".join(NAMES.values())
        tags = [name[:40] for name in NAMES.values()]
        said = {"user_id": "hostile", "status": "watching", "note": hostile[:2000], "tags": tags}
        insert(connection, "shortlist", **said, changed_by="x" * 80)
        insert(
            connection, "shortlist_events", **said, version=1, made_at="2026-11-02", made_by="<b>", old_note="",
            old_tags=[],
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
def visit(chromium: Browser, url: str, database: psycopg.Connection[Any]) -> Iterator[Visit]:
    """Nothing is said of anybody but the hostile one before; a refused change is a 409, which the console tells."""
    database.execute("delete from shortlist where user_id <> 'hostile'")
    database.execute("delete from shortlist_events where user_id <> 'hostile'")
    database.execute("delete from shortlist_stars")
    database.execute("delete from saved_searches")
    database.execute("delete from alert_readers")
    with visiting(chromium, url, expected="409") as begin:
        yield begin


def starred(database: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return database.execute("select reader, user_id from shortlist_stars order by 1, 2").fetchall()


def shown(page: Page) -> list[str]:
    links = page.locator("table.ranking td.who .named > a").evaluate_all(
        "all => all.map((each) => each.getAttribute('href'))"
    )
    return [link.rpartition("/")[2] for link in links]


def test_from_a_search_to_a_file(visit: Visit, database: psycopg.Connection[Any], tmp_path: Any):
    """Search, open, star, note, status, back to those, and the download holds what was decided."""
    page = visit()
    page.goto("/comets?window=7")
    page.get_by_label("Handle, name or bio").fill("luna 7")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="@luna.07").click()
    page.get_by_role("button", name="Star @luna.07").click()
    expect(page.get_by_role("button", name="Star @luna.07")).to_have_attribute("aria-pressed", "true")
    decide = page.locator("form.decide")
    decide.get_by_label("Status").select_option("contacted")
    decide.get_by_label("Tags").fill("Cooking, mail")
    decide.get_by_label("Note").fill("Wrote to her.\nTwo lines.")
    decide.get_by_role("button", name="Store").click()
    expect(page.get_by_text("Stored.")).to_be_visible()
    expect(page.locator("#shortlist")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.get_by_text("Every change").click()
    expect(page.get_by_role("row", name="status not on the shortlist contacted")).to_be_visible()
    shoot(page, "shortlist-creator")
    # The way back is still that of the search.
    page.get_by_role("link", name="Back to the ranking as it was").click()
    assert shown(page) == ["u07"]
    page.get_by_label("Handle, name or bio").fill("")
    page.get_by_text("More filters").click()
    page.get_by_label("Shortlist").select_option("contacted")
    page.get_by_label("mine").check()
    page.get_by_role("button", name="Show").click()
    assert shown(page) == ["u07"]
    expect(page.locator("td.who .tag")).to_have_text(["contacted", "cooking", "mail"])
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="CSV", exact=True).click()
    downloaded.value.save_as(tmp_path / "ranking.csv")
    with (tmp_path / "ranking.csv").open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["user_id"], line["is_starred"]) == ("u07", "true")
    assert [line[f"shortlist_{name}"] for name in ("status", "note", "tags", "changed_by")] == [
        "contacted", "Wrote to her.\nTwo lines.", "cooking, mail", "the user",
    ]  # fmt: skip
    assert starred(database) == [("the user", "u07")]


def test_a_star_and_its_undo_leave_the_page_where_it_is(visit: Visit, database: psycopg.Connection[Any]):
    """One click stars and one takes it back, without a page being loaded anew."""
    page = visit()
    page.goto("/comets")
    page.evaluate("window.isSame = true")
    star = page.get_by_role("button", name="Star @luna.02")
    star.click()
    expect(page.locator("#done")).to_contain_text("Starred: @luna.02")
    expect(star).to_have_attribute("aria-pressed", "true")
    assert starred(database) == [("the user", "u02")]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#done")).to_contain_text("No star any more: @luna.02")
    expect(star).to_have_attribute("aria-pressed", "false")
    assert starred(database) == []
    assert page.evaluate("window.isSame")


def test_a_star_without_scripts(visit: Visit, database: psycopg.Connection[Any]):
    """Where no script runs the same buttons lead back to the page, which has the undo."""
    page = visit(java_script_enabled=False)
    page.goto("/comets?window=7&band=inside")
    page.get_by_role("button", name="Star @luna.03").click()
    expect(page.locator("#done")).to_contain_text("Starred: @luna.03")
    assert starred(database) == [("the user", "u03")]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#done")).to_contain_text("No star any more: @luna.03")
    assert starred(database) == []
    assert "window=7&band=inside" in page.url


def test_by_keyboard(visit: Visit, database: psycopg.Connection[Any]):
    """Within the table keys go from creator to creator, star and take back; elsewhere the same keys do nothing."""
    page = visit()
    page.goto("/comets?order=percent")
    page.keyboard.press("s")
    page.get_by_label("Handle, name or bio").press_sequentially("jsu")
    expect(page.get_by_label("Handle, name or bio")).to_have_value("jsu")
    assert starred(database) == []
    # From the top of the page the first link leads past the menu and the form.
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the ranking")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="The ranking")).to_be_focused()
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Star @luna.01")).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator("#done")).to_contain_text("Starred: @luna.01")
    assert starred(database) == [("the user", "u01")]
    expect(page.get_by_role("button", name="Star @luna.01")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#done")).to_contain_text("No star any more: @luna.01")
    assert starred(database) == []
    # And as any button, by Tab and Enter.
    expect(page.get_by_role("button", name="Star @luna.01")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("Starred: @luna.01")
    assert starred(database) == [("the user", "u01")]


def test_two_people_at_once(visit: Visit, database: psycopg.Connection[Any]):
    """Who stores second is told what the first one stored, still has their own words, and may store them on purpose."""
    first, second = visit("user"), visit("op")
    for page in (first, second):
        page.goto("/creators/u05")
    first.locator("form.decide").get_by_label("Status").select_option("watching")
    first.locator("form.decide").get_by_role("button", name="Store").click()
    expect(first.get_by_text("Stored.")).to_be_visible()
    second.locator("form.decide").get_by_label("Note").fill("I called them.")
    second.locator("form.decide").get_by_role("button", name="Store").click()
    expect(second.get_by_role("heading", name="Not stored")).to_be_visible()
    expect(second.get_by_role("alert")).to_contain_text("the user changed the shortlist of this creator")
    shoot(second, "shortlist-two-at-once")
    assert violations(second, "not stored") == []
    assert database.execute("select status, note from shortlist where user_id = 'u05'").fetchall() == [("watching", "")]
    mine = second.locator("form.decide")
    expect(mine.get_by_label("Note")).to_have_value("I called them.")
    mine.get_by_label("Status").select_option("watching")
    mine.get_by_role("button", name="Store this instead").click()
    expect(second.get_by_text("Stored.")).to_be_visible()
    query = "select version, made_by, status, note from shortlist_events where user_id = 'u05' order by 1"
    assert database.execute(query).fetchall() == [
        (1, "the user", "watching", ""), (2, "the op", "watching", "I called them."),
    ]  # fmt: skip
    second.get_by_role("button", name="Undo").click()
    expect(second.locator("form.decide").get_by_label("Note")).to_have_value("")


def test_a_search_is_saved_and_says_what_is_new(visit: Visit, database: psycopg.Connection[Any]):
    """Saved from the ranking, it is one click away, and counts who came since."""
    page = visit()
    page.goto("/comets?window=7&tag=mail")
    page.get_by_text("Save this search").click()
    page.get_by_label("Name", exact=True).fill("Wrote to")
    page.get_by_role("button", name="Save", exact=True).click()
    insert(database, "shortlist", user_id="u09", status="new", tags=["mail"], changed_by="op")
    page.goto("/comets")
    page.get_by_role("link", name="Saved searches").click()
    expect(page.get_by_role("row", name="Wrote to")).to_contain_text("1 among the first 1")
    shoot(page, "saved-searches")
    page.get_by_role("button", name="Open Wrote to").click()
    assert shown(page) == ["u09"]
    page.goto("/saved")
    expect(page.get_by_role("row", name="Wrote to")).to_contain_text("0 among the first 1")
    database.execute("delete from shortlist where user_id = 'u09'")


def _only(database: psycopg.Connection[Any]) -> int:
    ((search_id,),) = database.execute("select search_id from saved_searches").fetchall()
    return search_id


def test_an_alert_is_made_changed_and_removed(visit: Visit, database: psycopg.Connection[Any]):
    """From the ranking to the form, by mouse and keyboard; paused it says so, and removed it is gone."""
    page = visit()
    page.goto("/comets")
    page.get_by_role("link", name="My alerts").click()
    form = page.locator("form", has=page.get_by_role("button", name="Keep"))
    form.get_by_label("Watch").select_option("creators I starred")
    form.get_by_label("Grew in a day").fill("7.5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Kept.")
    row = page.get_by_role("region", name="My alerts").get_by_role("row", name="creators I starred")
    expect(row).to_contain_text("grew 7.5 % in a day")
    row.locator("summary").click()
    row.get_by_label("Grew in 7 days").fill("20")
    row.get_by_role("button", name="Store").click()
    expect(row).to_contain_text("grew 20 % in 7 days")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused")
    page.get_by_label("Your e-mail address").fill("me@example.org")
    page.get_by_role("button", name="Store", exact=True).last.click()
    expect(page.get_by_text("You cannot be reached yet: no mail is set up")).to_be_visible()
    shoot(page, "alerts")
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert database.execute("select count(*) from alert_wishes").fetchall() == [(0,)]


@pytest.mark.parametrize("look", EACH_LOOK)
def test_the_pages_are_fit_to_be_seen(visit: Visit, database: psycopg.Connection[Any], look: str):
    """With stars, statuses, hostile notes and tags, no page is wider than its window, and axe is content."""
    insert(database, "shortlist_stars", reader="the user", user_id="u00")
    insert(database, "shortlist", user_id="u01", status="no", tags=[], changed_by="op")
    name = next(iter(NAMES.values()))[:80]
    insert(database, "saved_searches", owner="the user", name=name, path="/comets", parameters='{"search": "luna"}')
    insert(
        database, "alert_readers", reader="the user", address="me@example.org", on_webhook=True, seen_on="2026-11-01"
    )
    about = {
        "wish_id": 1,
        "reader": "the user",
        "watched": "search",
        "grown_1": 5,
        "followers": 100_000,
        "bought": True,
    }
    insert(database, "alert_wishes", **about, newcomers=True, made_on="2026-11-01", search_id=_only(database))
    for number, user_id in enumerate(("hostile", "u00")):
        insert(database, "alerts_told", wish_id=1, user_id=user_id, kind="newcomer", day=f"2026-11-0{2 + number}")
    faults: list[str] = []
    page = visit(**LOOKS[look])
    for kind, address in (
        ("alerts", "/alerts?stored=made"),
        ("comets", "/comets?no=true&starred=u00"),
        ("creator", "/creators/hostile?stored=shortlist"),
        ("saved", "/saved?stored=saved"),
    ):
        page.goto(address)
        for summary in page.locator("main details summary").all():
            summary.click()
        faults += unfit(page, kind) + violations(page, kind, look)
        shoot(page, f"shortlist-{kind}-{look}")
    assert faults == []
