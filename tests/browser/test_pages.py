"""The pages in a real browser, inside a running Airflow with its own log-in: sixty days of a world, hostile names among them.

With PICTURES=1, pictures of every page in every look are left in `.local/screenshots`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Frame,
    FrameLocator,
    Locator,
    Page,
    Response,
    Route,
    expect,
    sync_playwright,
)
from psycopg import sql

from include.local import demo as sixty_days
from include.local.postgres import Server
from tests.browser import hostile
from tests.browser.accessibility import violations
from tests.browser.chromium import CHROMIUM, MISSING, PATIENCE, PHONE, launch, options, shoot, sign_in
from tests.fixtures.airflow import PIPELINE_DATABASE, RunningAirflow
from tests.fixtures.postgres import fresh_database

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.timeout(1800),  # the test that comes first waits for Airflow, and for sixty days to be lived through
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING),
]
expect.set_options(timeout=PATIENCE)
OURS = "/cometwatch/"
# Pages of which another one of the same colours is looked at.
VARIANTS = {"comets-by-score", "verdict-long", "run-red-day"}
# One of each form: the charts, a text, a table. The ranking is among the pages that are looked at by themselves.
SOME = {"creator", "verdict", "overrules"}
# Reported to the console, where it is looked for together with errors.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (event) => console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
FOLLOWERS_BY = {
    "percent": "percent_{} desc nulls last, growth_{} is null",
    "followers": "growth_{} desc nulls last",
    "score": "score desc nulls last",
    "acceleration": "acceleration desc nulls last",
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
}


class Visit:
    """One person's browser: their pages, and whatever went wrong on ours."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.troubles: list[str] = []
        self.base_url = base_url
        self.context = context
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        # Nothing leaves this machine: TikTok answers with an empty page.
        context.route(re.compile(r"^https?://(?!localhost)"), _answer_emptily)
        context.on("page", self._listen)
        self.page = context.new_page()

    def open(self, path: str) -> Page:
        """A page of ours, without Airflow's frame around it."""
        answer = self.page.goto(f"{self.base_url}/cometwatch{path}", wait_until="load")
        assert isinstance(answer, Response)
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page

    def shoot(self, name: str) -> None:
        shoot(self.page, name)

    def _listen(self, page: Page) -> None:
        def dialog(opened: Dialog) -> None:
            self.troubles.append(f"dialog: {opened.message}")
            opened.dismiss()

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and OURS in message.location.get("url", page.url):
                self.troubles.append(f"{page.url}: {message.text}")

        page.on("dialog", dialog)
        page.on("console", said)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}") if OURS in page.url else None)


def _answer_emptily(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body="<title>elsewhere</title>")


@pytest.fixture(scope="session")  # as the running Airflow is, before which it comes
def lived(postgres_server: Server, administrator: psycopg.Connection[Any], template_database: str) -> Iterator[str]:
    """The name of a database with sixty days in it: lived through before Airflow starts, which costs when it waits as well."""
    with fresh_database(administrator, template_database) as name:
        sixty_days.fill(postgres_server.url_for(name))
        with psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection:
            ((day,),) = connection.execute("select max(day) from standings").fetchall()
            hostile.add(connection, day)
        # Nobody may be in a database that is copied.
        administrator.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        yield name


@pytest.fixture(scope="module")
def airflow(
    lived: str, running_airflow: RunningAirflow, postgres_server: Server, template_database: str
) -> Iterator[RunningAirflow]:
    """The running Airflow with sixty days in the pipeline's database, which is as empty as before afterwards."""
    renew_database(postgres_server, lived)
    yield running_airflow
    renew_database(postgres_server, template_database)


def renew_database(server: Server, template: str) -> None:
    """Under the same name, so that whoever is configured for it finds it."""
    name = sql.Identifier(PIPELINE_DATABASE)
    with psycopg.connect(server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(name))
        connection.execute(sql.SQL("create database {} template {}").format(name, sql.Identifier(template)))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, airflow: RunningAirflow) -> Iterator[Callable[..., Visit]]:
    """`visit("admin", color_scheme="dark")`; on no page of ours may a dialog open, a script fail or the policy be violated."""
    visits: list[Visit] = []

    def begin(user: str | None = "admin", **more: Any) -> Visit:
        context = chromium.new_context(**options(**more))
        if user:
            # What Airflow's form leaves behind; that the form itself does is seen by the newcomer.
            context.add_cookies([{"name": "_token", "value": airflow.token(user), "url": home(airflow)}])
        visits.append(Visit(context, home(airflow)))
        return visits[-1]

    yield begin
    for each in visits:
        each.context.close()
    assert [trouble for each in visits for trouble in each.troubles] == []


def home(airflow: RunningAirflow) -> str:
    """The address that Airflow itself believes to be its own."""
    return f"http://localhost:{airflow.port}"


def rows(airflow: RunningAirflow, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(airflow.database_url) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


@contextmanager
def in_airflow(airflow: RunningAirflow, run_id: str) -> Iterator[None]:
    """For so long Airflow has a run of this id: without tasks, and over."""
    with psycopg.connect(airflow.database_url, dbname="airflow", autocommit=True) as connection:
        connection.execute(
            "insert into dag_run (dag_id, run_id, run_type, run_after, state) values ('comets', %s, 'manual', now(), 'success')",
            [run_id],
        )
        try:
            yield
        finally:
            connection.execute("delete from dag_run where dag_id = 'comets' and run_id = %s", [run_id])


# Whom a person overruled to be refused is hidden, unless asked for.
NOT_OVERRULED = "user_id not in (select user_id from overrules where expected = 'refuse' and withdrawn_at is null)"


# Whose growth looks bought stands below, in a table of their own.
APART = "Growth that looks bought"


def ranked(
    airflow: RunningAirflow,
    order: str,
    days: int,
    where: str = "status = 'active'",
    most: int = 50,
    *,
    is_apart: bool = False,
) -> list[str]:
    """The user ids that a ranking, or the one apart, begins with."""
    by = FOLLOWERS_BY[order].format(days, days)
    of = f"{where} and band = 'inside' and looks_bought = {is_apart} and {NOT_OVERRULED}"
    query = f"select user_id from standings where {of} order by {by}, user_id limit {most}"  # noqa: S608
    return [user_id for (user_id,) in rows(airflow, query)]


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the page it leads to."""
    with page.expect_navigation():
        link.click()


def shown(page: Page | Frame, table: str = "The ranking") -> list[str]:
    """The user ids of the table on the page Comets, or of the one apart, in its order."""
    people = page.get_by_role("region", name=table).locator("td.who .named > a")
    links = people.evaluate_all("all => all.map((each) => each.getAttribute('href'))")
    return [link.rpartition("/")[2] for link in links]


def some_verdict(airflow: RunningAirflow, where: str) -> tuple[Any, ...]:
    """day, keyword, video_id, user_id, handle, matched_text of a verdict whose texts are still stored."""
    columns = "day, keyword, video_id, user_id, handle, matched_text"
    query = f"select {columns} from verdicts where {where} and user_id not like '9%%' order by 1 desc, 3 limit 1"  # noqa: S608
    return rows(airflow, query)[0]


def addresses(airflow: RunningAirflow) -> dict[str, str]:
    """One address of each page and of its longer forms, by the name its picture gets."""
    ((estimated,),) = rows(airflow, "select user_id from standings order by estimated_days desc, user_id limit 1")
    ((version,),) = rows(airflow, "select version from rule_versions where state = 'draft' limit 1")
    ((last_day, red_day),) = rows(airflow, "select max(day), max(day) filter (where state = 'incomplete') from runs")
    first = hostile_video(0, last_day)
    return {
        "comets": "/comets",
        "comets-by-score": "/comets?window=30&order=score&page=2",
        "creator": f"/creators/{estimated}?window=all",
        "why-not": "/why-not",
        "verdict": first,
        "verdict-long": hostile_video(4, last_day),
        "overrules": "/overrules",
        "filters": "/filters?window=30",
        "rule-draft": "/filters/draft",
        "rule-version": f"/filters/{version}",
        "runs": "/runs",
        "run-day": f"/runs/{last_day}",
        "run-red-day": f"/runs/{red_day}",
    }


def hostile_creators() -> dict[str, str]:
    return {f"creator-{kind}": f"/creators/90000000000000000{rank:02}" for rank, kind in enumerate(hostile.NAMES)}


def hostile_video(rank: int, day: date) -> str:
    from urllib.parse import quote

    return f"/why-not/{day}/{quote(list(hostile.NAMES.values())[rank], safe='')}/8{rank}"


# --- Inside Airflow -----------------------------------------------------------------------------------------------------


def test_a_newcomer_finds_the_ranking(visit: Callable[..., Visit], airflow: RunningAirflow):
    """Signed in by Airflow's own form, one click in its navigation shows the ranking, inside Airflow's frame."""
    visitor = visit(None)
    sign_in(visitor.page, home(airflow), "admin", airflow.password())
    # Exactly: what ran in this Airflow before is on its home page as well, as asset events of the DAG "comets".
    visitor.page.get_by_role("link", name="Comets", exact=True).click()
    frame = visitor.page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Comets", exact=True)).to_be_visible()
    expect(frame.get_by_role("region", name="The ranking").locator("tbody tr")).to_have_count(50)
    (inner,) = [each for each in visitor.page.frames if each.parent_frame]
    assert shown(inner) == ranked(airflow, "score", 1, "status = 'active' and day = (select max(day) from standings)")
    visitor.shoot("inside-airflow")


def test_links_lead_out_of_the_frame(visit: Callable[..., Visit], airflow: RunningAirflow):
    """From inside Airflow's frame a TikTok link opens a tab of its own, and a run's link leads to the run in Airflow."""
    visitor = visit()
    visitor.page.goto(f"{home(airflow)}/plugin/comets")
    frame = visitor.page.frame_locator("iframe")
    link = frame.locator("table.ranking a.outside").nth(len(hostile.NAMES))
    with visitor.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert opened.value.url == link.get_attribute("href")
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
    frame.get_by_label("Cometwatch").get_by_role("link", name="Runs").click()
    expect(frame.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    ((run_id,),) = rows(airflow, "select run_id from runs order by day desc limit 1")
    with in_airflow(airflow, run_id):
        frame.locator("tbody a").first.click()
        expect(frame.get_by_role("heading", name="Funnel")).to_be_visible()
        frame.locator("details summary").first.click()
        frame.get_by_role("link", name=run_id).click()
        visitor.page.wait_for_url("**/dags/comets/runs/**")
    visitor.troubles.clear()  # a run without tasks: Airflow says so, in its own console
    page = visitor.open("/runs")
    page.locator("tbody a").first.click()
    page.locator("details summary").first.click()
    expect(page.get_by_text(f"{run_id} (not among the runs of this Airflow)")).to_be_visible()


@pytest.mark.thorough
def test_downloads_from_inside_the_frame(visit: Callable[..., Visit], airflow: RunningAirflow, tmp_path: Path):
    """CSV and Parquet come out of Airflow's frame as files, with everybody of the ranking in them."""
    import pyarrow.parquet

    visitor = visit()
    visitor.page.goto(f"{home(airflow)}/plugin/comets")
    frame = visitor.page.frame_locator("iframe")
    files = {}
    for name in ("CSV", "Parquet"):
        with visitor.page.expect_download() as downloaded:
            frame.get_by_role("link", name=name, exact=True).click()
        files[name] = tmp_path / downloaded.value.suggested_filename
        downloaded.value.save_as(files[name])
    assert [path.name for path in files.values()] == ["cometwatch-ranking.csv", "cometwatch-ranking.parquet"]
    expected = rows(
        airflow,
        "select user_id, follower_count from standings where status = 'active'"  # noqa: S608
        " and day = (select max(day) from standings)"
        f" and band = 'inside' and {NOT_OVERRULED}"
        " order by score desc nulls last, 1",
    )
    text = io.StringIO(files["CSV"].read_text(encoding="utf-8-sig"))
    assert [(row["user_id"], int(row["follower_count"])) for row in csv.DictReader(text)] == expected
    table = pyarrow.parquet.read_table(files["Parquet"], columns=["user_id", "follower_count"])
    assert [tuple(row.values()) for row in table.to_pylist()] == expected


# --- Comets and Creator -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_windows_orders_search_and_trend(visit: Callable[..., Visit], airflow: RunningAirflow):
    """Each control shows the creators that the tables say, in their order; everything is in the address."""
    page = visit().open("/comets")
    follow(page, page.get_by_role("link", name="7 days"))
    assert shown(page) == ranked(airflow, "percent", 7)
    assert shown(page, APART) == ranked(airflow, "percent", 7, most=10, is_apart=True) != []
    page.get_by_label("Order by").select_option("score")
    follow(page, page.get_by_role("button", name="Show"))
    assert shown(page) == ranked(airflow, "score", 7)
    follow(page, page.get_by_role("link", name="30 days", exact=True))
    follow(page, page.get_by_role("region", name="The ranking").get_by_role("link", name="Followers gained"))
    assert shown(page) == ranked(airflow, "followers", 30)
    page.get_by_text("More filters").click()
    page.get_by_label("fading").check()
    follow(page, page.get_by_role("button", name="Show"))
    assert shown(page) == ranked(airflow, "followers", 30, "status = 'active' and is_fading")
    assert "window=30" in page.url
    assert "fading=true" in page.url
    follow(page, page.get_by_role("link", name="Clear filters"))
    wanted = ranked(airflow, "followers", 30)[len(hostile.NAMES)]
    ((handle, trend),) = rows(airflow, "select handle, source_trend from standings where user_id = %s", wanted)
    page.get_by_label("Handle, name or bio").fill(f"@{handle}")
    follow(page, page.get_by_role("button", name="Show"))
    assert shown(page) == [wanted]
    follow(page, page.locator("table.ranking").get_by_role("link", name=trend))
    page.get_by_label("Handle, name or bio").fill("")
    follow(page, page.get_by_role("button", name="Show"))
    with psycopg.connect(airflow.database_url) as connection:
        of_trend = connection.execute(
            "select user_id from standings where source_trend = %s and status = 'active' and not looks_bought"
            " and band = 'inside' order by growth_30 desc nulls last, user_id limit 50",
            [trend],
        ).fetchall()
    assert shown(page) == [user_id for (user_id,) in of_trend]


def test_the_numbers_are_those_of_the_database(visit: Callable[..., Visit], airflow: RunningAirflow):
    """Followers, growth and score of the first ten by score are what the table holds, written for people."""
    page = visit().open("/comets?window=7&order=score")
    cells = page.locator("table.ranking tbody tr").evaluate_all(
        "all => all.slice(0, 10).map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"
    )
    # Below a number that an estimated day goes into stands which day that is.
    actual = [tuple(each[place].split("\n")[0] for place in (2, 3, 4, 8)) for each in cells]
    expected = [
        (f"{followers:,}", _signed(percent, 2, " %"), _signed(growth, 0), f"{score:.0f}")
        for followers, percent, growth, score in rows(
            airflow,
            "select follower_count, percent_7, growth_7, score from standings where status = 'active'"  # noqa: S608
            f" and band = 'inside' and not looks_bought and {NOT_OVERRULED} order by score desc nulls last, user_id limit 10",
        )
    ]
    assert actual == expected


def _signed(number: Any, digits: int, unit: str = "") -> str:
    if number is None:
        return "–"
    return f"{'+' if number > 0 else '−' if number < 0 else '±'}{abs(number):,.{digits}f}{unit}"


def test_a_creator_is_drawn(visit: Callable[..., Visit], airflow: RunningAirflow):
    """Four charts are drawn, the estimated stretch in a colour of its own, and the table holds every day."""
    ((user_id, handle),) = rows(
        airflow,
        "select user_id, handle from standings where user_id not like '9%%' order by estimated_days desc, 1 limit 1",
    )
    visitor = visit()
    page = visitor.open(f"/creators/{user_id}?window=all")
    expect(page.locator("#charts canvas")).to_have_count(4)
    inks = page.locator("#charts canvas").evaluate_all(
        """(all, names) => all.map((canvas) => {
          const ink = names.map(() => 0);
          const wanted = names.map((name) => {
            const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
            return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
          });
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          for (let at = 0; at < data.length; at += 4) {
            wanted.forEach((colour, each) => {
              const isAlike = colour.every((part, place) => Math.abs(part - data[at + place]) < 24);
              ink[each] += data[at + 3] > 120 && isAlike;
            });
          }
          return ink;
        })""",
        ["--line", "--estimated"],
    )
    assert all(observed > 100 and estimated > 10 for observed, estimated in inks), inks
    days, estimated = rows(
        airflow, "select count(*), count(*) filter (where is_estimated) from creator_stats where user_id = %s", user_id
    )[0]
    table = page.locator("h2:has-text('Day by day') + .scroll tbody")
    expect(table.locator("tr")).to_have_count(days)
    expect(table.locator("tr.estimated")).to_have_count(estimated)
    link = page.get_by_role("link", name="Open on TikTok")
    assert link.get_attribute("href") == f"https://www.tiktok.com/@{handle}"
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_a_creators_days_can_be_downloaded(visit: Callable[..., Visit], airflow: RunningAirflow):
    """The CSV of a creator has their days, each with its followers."""
    ((user_id,),) = rows(airflow, "select user_id from standings where user_id not like '9%%' order by 1 limit 1")
    page = visit().open(f"/creators/{user_id}")
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="CSV", exact=True).click()
    content = downloaded.value.path().read_text(encoding="utf-8-sig")
    expected = rows(
        airflow,
        "select recorded_date::text, follower_count::text from creator_stats where user_id = %s order by 1",
        user_id,
    )
    found = [(row["recorded_date"], row["follower_count"]) for row in csv.DictReader(io.StringIO(content))]
    assert sorted(found) == expected


# --- Why not? and Overrules ---------------------------------------------------------------------------------------------


def test_a_verdict_is_overruled_and_the_overrule_withdrawn(visit: Callable[..., Visit], airflow: RunningAirflow):
    """Found by handle, the verdict shows its text with the mark; a reason overrules it, and it can be withdrawn."""
    *_, user_id, handle, matched = some_verdict(
        airflow, "layer = 'platform' and field = 'bio' and user_id not in (select user_id from overrules)"
    )
    visitor = visit()
    page = visitor.open("/why-not")
    page.get_by_label("Handle begins with").fill(handle)
    page.locator("select[name=layer]").select_option("platform")
    page.locator("select[name=field]").select_option("bio")
    follow(page, page.get_by_role("button", name="Show"))
    follow(page, page.locator("table.verdicts tbody tr").first.get_by_role("link", name="Refused by layer 1"))
    expect(page.locator("dl.texts mark")).to_have_text(matched)
    visitor.shoot("verdict-marked")
    page.get_by_label("Reason").fill("They only say where they used to be.")
    follow(page, page.get_by_role("button", name="Overrule"))
    expect(page.locator("article.notice .tag")).to_have_text("in force")
    said = "select made_by, reason, expected, withdrawn_by from overrules where user_id = %s"
    assert rows(airflow, said, user_id) == [("admin", "They only say where they used to be.", "pass", None)]
    page.goto(f"{home(airflow)}/cometwatch/overrules")
    row = page.locator("tbody tr").filter(has_text=handle)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("in force")
    follow(page, row.get_by_role("button", name="Withdraw"))
    expect(page.locator("article.notice .tag")).to_have_text("withdrawn")
    assert rows(airflow, said, user_id)[0][3] == "admin"


# --- Filters ------------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_draft_is_tried_and_activated(visit: Callable[..., Visit], airflow: RunningAirflow):
    """A word more in a draft: the page says whom it would refuse, and after its activation the version is in force."""
    ((word, name),) = rows(
        airflow,
        "select (regexp_match(creators.nickname, '[A-Za-z]{4,}'))[1], creators.nickname from verdicts"
        " inner join creators on creators.user_id = verdicts.user_id"
        " where layer = 'accepted' and creators.nickname ~ '^[A-Za-z]{4,}' order by verdicts.day desc, 2 limit 1",
    )
    visitor = visit()
    page = visitor.open("/filters")
    follow(page, page.get_by_role("link", name="Edit as a draft"))
    page.get_by_role("heading", name="Layer 1: platform").click()
    words = page.locator("#platform\\.words")
    words.fill(f"{words.input_value()}\n{word.lower()}")
    page.get_by_label("Note: why you change the rules").fill("a word too many")
    follow(page, page.get_by_role("button", name="Save as a draft"))
    expect(page.locator("ins.word")).to_have_text(word.lower())
    # The page looks again by itself while verdicts are judged.
    expect(page.get_by_text("were judged again")).to_be_visible()
    expect(page.get_by_text("The rest is being judged")).to_have_count(0)
    newly = page.locator(".cards > div").filter(has_text="newly refused")
    assert int(newly.locator("b").inner_text().replace(",", "")) >= 1
    follow(page, newly.get_by_role("link"))
    expect(page.locator("tbody mark").first).to_have_text(re.compile(word, re.IGNORECASE))
    visitor.shoot("rule-draft-effects")
    page.get_by_label("Note: why the rules change").fill(f"{name} is no creator we look for")
    follow(page, page.get_by_role("button", name="Activate"))
    expect(page.locator("p.lead")).to_contain_text("In force")
    ((version, words_now),) = rows(
        airflow, "select version, mapping -> 'platform' -> 'words' from rule_versions where state = 'active'"
    )
    assert word.lower() in words_now
    visitor.open("/filters")
    expect(page.locator("p.lead")).to_contain_text(f"{version}, activated by admin")


# --- Runs ---------------------------------------------------------------------------------------------------------------


def test_a_red_day_says_why(visit: Callable[..., Visit], airflow: RunningAirflow):
    """The list of days holds every day, a red one with its reason; its page shows funnel, money and the report."""
    ((day, videos, checks),) = rows(
        airflow,
        "select day, (counts -> 'verdicts' ->> 'videos')::int, failed_checks from runs where state = 'incomplete'"
        " order by day desc limit 1",
    )
    visitor = visit()
    page = visitor.open("/runs")
    days = page.locator("[aria-label=Runs] tbody tr")
    expect(days).to_have_count(30)
    row = days.filter(has_text=str(day))
    expect(row).to_contain_text("incomplete")
    expect(row).to_contain_text(checks[0])
    follow(page, row.get_by_role("link", name=str(day)))
    expect(page.locator("h1")).to_contain_text("incomplete")
    funnel = page.locator("h2:has-text('Funnel') + .scroll tbody tr").first
    assert funnel.locator("td").nth(1).inner_text() == f"{videos:,}"
    page.locator("details summary").click()
    expect(page.locator("pre")).to_contain_text("TikTok Comet Discovery ETL Pipeline")
    follow(page, page.get_by_role("link", name="See each of them, and why not"))
    assert set(page.locator("table.verdicts tbody tr td:first-child").all_inner_texts()) == {str(day)}


# --- Every page, in every look -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("chosen", [SOME, pytest.param(None, marks=pytest.mark.thorough)], ids=["some", "all"])
def test_every_page_is_fit_to_be_seen(
    visit: Callable[..., Visit], airflow: RunningAirflow, look: str, chosen: set[str] | None
):
    """No page is wider than its window, dark is dark, no name becomes anything but text, axe is content."""
    visitor = visit(**LOOKS[look])
    faults = []
    pages = addresses(airflow)
    if look == "dark":
        pages = {name: path for name, path in pages.items() if name not in VARIANTS}
    else:
        pages |= hostile_creators()
    if chosen:
        assert chosen <= pages.keys()
        pages = {name: path for name, path in pages.items() if name in chosen}
    for name, path in pages.items():
        page = visitor.open(path)
        wide, inner, luminance, foreign = page.evaluate(
            """() => [document.scrollingElement.scrollWidth, document.documentElement.clientWidth,
              getComputedStyle(document.body).backgroundColor + " " +
                getComputedStyle(document.documentElement).backgroundColor,
              document.querySelectorAll(
                "main script, main img:not([src*='/pictures/']), main [onerror], main [onclick]").length]"""
        )
        if wide > inner:
            faults.append(f"{name} is {wide} px wide")
        if _is_dark(luminance) != (look == "dark"):
            faults.append(f"{name} has the background {luminance}")
        if foreign:
            faults.append(f"{name} holds {foreign} foreign elements")
        if look != "phone" or name not in hostile_creators():  # judged as wide ones, and another creator's as a phone's
            faults += violations(page, name, look)
        visitor.shoot(f"{name}-{look}")
    assert faults == []


def test_airflows_own_switch_decides(visit: Callable[..., Visit]):
    """What Airflow's switch keeps as the theme wins over the system's, both ways."""
    seen = {}
    for system in ("light", "dark"):
        page = visit(color_scheme=system).open("/runs")
        for chosen in ("light", "dark"):
            page.evaluate("(chosen) => localStorage.setItem('theme', chosen)", chosen)
            page.reload()
            seen[system, chosen] = _is_dark(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert seen == {(system, chosen): chosen == "dark" for system in ("light", "dark") for chosen in ("light", "dark")}


def _is_dark(colours: str) -> bool:
    """Whether the first colour that is not see-through is dark; the window's own white where none is."""
    for parts in re.findall(r"rgba?\(([^)]*)\)", colours):
        red, green, blue, *alpha = (float(part) for part in parts.split(","))
        if alpha != [0.0]:
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 64
    return False


# --- Who may only look --------------------------------------------------------------------------------------------------


def test_a_viewer_looks_and_changes_nothing(visit: Callable[..., Visit], airflow: RunningAirflow):
    """A viewer finds no form that changes anything on any page, and whoever posts by hand gets 403."""
    pages = addresses(airflow)
    controls = {user: _controls(visit(user), pages) for user in ("admin", "viewer")}
    of_the_shortlist = {"comets", "comets-by-score", "creator"}
    of_verdicts = {"verdict", "verdict-long", "overrules", "filters", "rule-draft", "rule-version"}
    assert controls["admin"] == of_the_shortlist | of_verdicts
    assert controls["viewer"] == set()
    visitor = visit("viewer")
    ((overrule_id,),) = rows(airflow, "select min(overrule_id) from overrules where withdrawn_at is null")
    version = pages["rule-version"]
    forms: dict[str, dict[str, Any]] = {
        pages["verdict"]: {"expected": "pass", "target": "platform.nickname", "reason": "because"},
        f"/overrules/{overrule_id}/withdraw": {},
        "/filters/draft": {"based_on": version.rpartition("/")[2]},
        f"{version}/activate": {"note": "mine"},
        f"{version}/restore": {"note": "mine"},
        f"{version}/discard": {},
    }
    before = (
        rows(airflow, "select * from overrules order by 1"),
        rows(airflow, "select * from rule_versions order by 1"),
    )
    answers = {
        path: visitor.page.request.post(f"{home(airflow)}/cometwatch{path}", form=form, max_redirects=0).status
        for path, form in forms.items()
    }
    assert answers == dict.fromkeys(forms, 403)
    assert before == (
        rows(airflow, "select * from overrules order by 1"),
        rows(airflow, "select * from rule_versions order by 1"),
    )


def _controls(visitor: Visit, pages: dict[str, str]) -> set[str]:
    """The pages on which this user is offered a change."""
    texts = {
        name: visitor.page.request.get(f"{visitor.base_url}/cometwatch{path}").text() for name, path in pages.items()
    }
    return {name for name, text in texts.items() if 'method="post"' in text or "Edit as a draft" in text}


# --- Who is not signed in -----------------------------------------------------------------------------------------------


def test_a_stranger_signs_in_and_comes_back(chromium: Browser, running_airflow: RunningAirflow):
    """The page for strangers is readable, asks for no file, and leads to Airflow's log-in and back to path and query."""
    for look in LOOKS.values():
        context = chromium.new_context(**options(**look))
        context.set_default_timeout(PATIENCE)
        page, asked, troubles = (
            context.new_page(),
            f"{home(running_airflow)}/cometwatch/comets?window=7&search=a%26b",
            [],
        )
        page.on("requestfailed", lambda request, troubles=troubles: troubles.append(request.url))
        page.on("console", lambda message, troubles=troubles: troubles.append(message.text))
        answer = page.goto(asked)
        assert answer
        assert answer.status == 401
        expect(page.get_by_text("Sign in, and you come back here.")).to_be_visible()
        assert _is_dark(page.evaluate("getComputedStyle(document.body).backgroundColor")) == ("color_scheme" in look)
        assert page.evaluate("document.scrollingElement.scrollWidth <= document.documentElement.clientWidth")
        assert [each for each in troubles if "401" not in each] == []
        assert len(troubles) <= 1  # the page's own status
        context.close()
    context = chromium.new_context(**options())
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(asked)
    page.get_by_role("link", name="Sign in to Airflow").click()
    _fill_in(page, running_airflow)
    page.wait_for_url(asked)
    expect(page.get_by_role("heading", name="Comets", exact=True)).to_be_visible()
    context.close()


@pytest.mark.thorough
def test_a_session_that_ends_inside_airflows_frame_begins_again_there(
    chromium: Browser, running_airflow: RunningAirflow
):
    """Airflow's frame lets no link leave it: the log-in opens in it, and our page comes back in it."""
    context = chromium.new_context(**options())
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    sign_in(page, home(running_airflow), "admin", running_airflow.password())
    page.get_by_role("link", name="Comets", exact=True).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Comets", exact=True)).to_be_visible()
    context.clear_cookies()
    frame.get_by_label("Cometwatch").get_by_role("link", name="Runs").click()
    frame.get_by_role("link", name="Sign in to Airflow").click()
    _fill_in(frame, running_airflow)
    expect(frame.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    context.close()


def _fill_in(where: Page | FrameLocator, airflow: RunningAirflow) -> None:
    where.locator("input[name=username]").fill("admin")
    where.locator("input[name=password]").fill(airflow.password())
    where.locator("button[type=submit]").click()
