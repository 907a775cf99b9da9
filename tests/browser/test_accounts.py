"""The pages of one's own accounts in a real browser: made-up exports, read by the pipeline's own steps.

The web application stands by itself here, with Airflow's sign-in and rights. With PICTURES=1, pictures are left in
`.local/screenshots`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from include.local.postgres import Server
from include.sandbox.exports import drops
from include.sandbox.exports.downloads import export
from include.sandbox.exports.truth import File
from include.sandbox.exports.world import World
from tests.browser.accessibility import violations
from tests.browser.alone import EACH_LOOK, LOOKS, Visit, chromium_running, served, unfit, visiting
from tests.browser.chromium import CHROMIUM, MISSING, shoot
from tests.browser.hostile import NAMES
from tests.fixtures.accounts import Accounts
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.accounts.rows import account, anomaly, audience, file, stat, video

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]


@dataclass(frozen=True)
class Site:
    """The pages at `url`, and what is behind them."""

    url: str
    accounts: Accounts

    @property
    def busiest(self) -> str:
        """The account with the most days."""
        query = "select account from social_media_stats group by 1 order by count(followers) desc, count(*) desc, 1"
        return str(self.accounts.rows(query)[0][0])


@pytest.fixture(scope="module")
def accounts_of_today(
    postgres_server: Server,
    administrator: psycopg.Connection[Any],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Accounts]:
    """A drop of five accounts of today, run once; a hostile account beside them."""
    with fresh_database(administrator, template_database) as name:
        accounts = Accounts(postgres_server.url_for(name), tmp_path_factory.mktemp("accounts"))
        accounts.drop_folder.mkdir()
        accounts.drop(drops.shown(7, datetime.now(UTC) - timedelta(minutes=1)).files)
        accounts.run()
        with psycopg.connect(accounts.database_url) as connection:
            _add_hostile(connection)
            known = Site("", accounts).busiest
            for at, kind in enumerate(("views_high", "follower_drop")):
                day = (datetime.now(UTC) - timedelta(days=20 + at)).date()
                anomaly(connection, known, day, f"{kind}", subject="", value=900, expected_low=10, expected_high=80)
        yield accounts


@pytest.fixture(scope="module")
def site(airflow_metadata: None, accounts_of_today: Accounts) -> Iterator[Site]:
    with served(accounts_of_today.database_url, {"ACCOUNTS_DROP": str(accounts_of_today.drop_folder)}) as url:
        yield Site(url, accounts_of_today)


def _add_hostile(connection: psycopg.Connection[Any]) -> None:
    """One account with every name of the hostile ones, wherever a page shows a name."""
    day = datetime.now(UTC).date() - timedelta(days=3)
    account(connection, "hostile", aliases=list(NAMES.values()))
    stat(connection, "hostile", day, video_views=5, likes=1, comments=0, shares=0)
    for at, name in enumerate(NAMES.values()):
        sha = f"{at:064d}"
        video(connection, "hostile", str(at), day, title=name, hashtags=[name], link=name, member=sha)
        audience(connection, "hostile", day, "territory", name, share=0.1, member=sha)
        anomaly(connection, "hostile", day, name[:100], subject=name)
        file(
            connection,
            sha,
            name,
            "hostile",
            member=name,
            member_sha256=sha,
            warnings=[name],
            state="waiting",
            reason=name,
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    # A refused file is a 422, which the console tells.
    with visiting(chromium, site.url, expected="422") as begin:
        yield begin


def test_files_are_sent_with_progress_and_refusal(visit: Visit, site: Site, tmp_path: Path):
    """Several at once: each says what it was taken for, or why not; those that are taken are stored when one says so."""
    now = datetime.now(UTC)
    world = World(23, born=now.date() - timedelta(days=300), until=now.date())
    sent: list[File] = export(world.account(8, zone="UTC"), now, reports=["overview", "viewers"])
    paths = [tmp_path / each.name for each in sent]
    for path, each in zip(paths, sent, strict=True):
        path.write_bytes(each.data)
    (tmp_path / "page.csv").write_text("<!doctype html><html><body>Sign in</body></html>")
    page = visit()
    page.goto("/accounts/add")
    page.get_by_label("Files (up to").set_input_files([*paths, tmp_path / "page.csv"])
    expect(page.get_by_text(f"{len(sent)} files were read, 1 not taken.")).to_be_visible()
    expect(page.locator("#sent li")).to_have_count(len(sent) + 1)
    expect(page.locator("#sent li").last).to_contain_text("Not taken.")
    expect(page.locator("#sent li").first).to_contain_text("studio_overview")
    shoot(page, "accounts-sending")
    assert not list(site.accounts.drop_folder.glob("Overview*"))
    # The link has the focus: Enter goes on.
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{len(sent)} files: what they are taken for")).to_be_visible()
    shoot(page, "accounts-review")
    page.get_by_label("All of one account").fill(sent[0].handle)
    page.get_by_role("button", name=f"Store all {len(sent)}").click()
    expect(page.get_by_text(f"{len(sent)} files are in the drop folder.")).to_be_visible()
    stored = sorted(path.name for path in (site.accounts.drop_folder / sent[0].handle).iterdir())
    assert stored == sorted(each.name for each in sent)


def test_a_question_is_answered_by_keyboard(visit: Visit, site: Site):
    """Space or an arrow chooses, Tab and Enter send it: the answer is stored, and the question gone."""
    page = visit()
    page.goto("/accounts")
    asked = page.locator("article.question")
    number = asked.count()
    assert number
    first = asked.first.locator("input:not([type=hidden]), select").first
    first.focus()
    page.keyboard.press("Space" if first.get_attribute("type") == "radio" else "ArrowDown")
    answer = first.input_value()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The answer is stored")).to_be_visible()
    expect(page.locator("article.question")).to_have_count(number - 1)
    stored = site.accounts.rows("select answer, answered_by from account_questions where answered_by is not null")
    assert stored == [(answer, "the user")]


def test_an_anomaly_is_acknowledged(visit: Visit, site: Site):
    """With a note, which stands there afterwards with who wrote it."""
    page = visit()
    page.goto(f"/accounts/@{site.busiest}")
    form = page.locator("form.acknowledge").first
    form.get_by_role("textbox").fill("A concert <b>")
    form.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("section[aria-labelledby=anomalies]")).to_contain_text("A concert <b>")
    expect(page.locator("section[aria-labelledby=anomalies]")).to_contain_text("the user")


@pytest.mark.parametrize("file_format", ["CSV", "Parquet", "XLSX"])
def test_what_is_shown_is_downloaded(visit: Visit, site: Site, file_format: str):
    """Each link hands out a file of that kind, with the rows of the page."""
    page = visit("viewer")
    page.goto("/accounts")
    with page.expect_download() as waiting:
        page.get_by_role("link", name=file_format, exact=True).click()
    content = Path(waiting.value.path()).read_bytes()
    assert waiting.value.suggested_filename == f"cometwatch-accounts.{file_format.lower()}"
    beginnings = {"CSV": b"\xef\xbb\xbfaccount,", "Parquet": b"PAR1", "XLSX": b"PK"}
    assert content.startswith(beginnings[file_format])


def test_a_number_leads_to_its_report(visit: Visit, site: Site):
    """The link beside a day leads to the file it was read from, on the same page."""
    page = visit("viewer")
    page.goto(f"/accounts/@{site.busiest}")
    link = page.locator("td.from a").first
    place = (link.get_attribute("href") or "")[1:]
    link.click()
    expect(page.locator(f"[id='{place}']")).to_be_in_viewport()
    expect(page.locator("[data-chart=views] canvas")).to_be_visible()


def test_a_viewer_is_offered_no_change(visit: Visit, site: Site):
    """No page has a form or a field for who may only look."""
    page = visit("viewer")
    for address in ("/accounts", f"/accounts/@{site.busiest}", "/accounts/add"):
        page.goto(address)
        expect(page.locator("form")).to_have_count(0)


@pytest.mark.parametrize("look", EACH_LOOK)
def test_every_page_is_fit_to_be_seen(visit: Visit, site: Site, look: str):
    """No page is wider than its window, no name becomes anything but text, and axe has nothing to say."""
    page, faults = visit(**LOOKS[look]), []
    pages = {
        "accounts": "/accounts",
        "accounts-7": "/accounts?window=7&order=views",
        "account": f"/accounts/@{site.busiest}",
        "account-hostile": "/accounts/@hostile?video=0",
        "accounts-add": "/accounts/add",
    }
    for name, address in pages.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        faults += unfit(page, name)
        shoot(page, f"{name}-{look}")
        faults += violations(page, name, look)
    assert faults == []


def test_the_checker_sees_what_is_wrong(visit: Visit):
    """A picture without words for those who do not see it is told; in the dark, letters that do not stand out."""
    page = visit()
    page.set_content("<main><h1>One</h1><img src='one.png'><p style='color: #777; background: #888'>Two</p></main>")
    rules = [fault.split()[1] for fault in violations(page, "page")]
    assert {"image-alt", "color-contrast"} <= set(rules)
    assert [fault.split()[1] for fault in violations(page, "page", "dark")] == ["color-contrast"]
