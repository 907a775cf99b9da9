"""`make screenshots`: takes the documents' pictures of the running Airflow (`make demo`), in Debian's Chromium."""

from __future__ import annotations

import io
import sys
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import psycopg
import requests
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from include import settings
from include.local import postgres
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.keys import passwords
from include.local.stack import database_url, noted_port
from include.local.steps import say
from include.sandbox.research import catalogue
from tests.browser.chromium import CHROMIUM, MISSING, PATIENCE, PHONE, launch, options, sign_in

IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1440, "height": 1000}
RESEARCH_SIZE = {"width": 1280, "height": 900}
MOST_BYTES = 300_000
RUN_SECONDS = 900
# Small enough a day to be over soon, large enough to show mapped instances.
PARAMS = {"max_keywords": 6, "pages_per_keyword": 1}
# Somebody with a story: an ascent, and a stretch estimated in it.
HERO = """
select user_id from standings
where status = 'active' and percent_30 > 0 and estimated_days > 0 and not looks_bought
order by score desc nulls last, user_id limit 1
"""
# The account with most to be seen; nobody's own may be in a picture.
BUSIEST = """
select account from social_media_stats group by account
having bool_and(is_made_up) order by count(followers) desc, count(*) desc, account limit 1
"""
REAL = """
select
    (select count(*) from accounts where not is_made_up)
    + (select count(*) from videos where not is_made_up)
    + (select count(*) from research_queries where not is_made_up)
"""
LIBRARY = "select count(*) from videos where video_id = %s"
SHOWN = catalogue.named("ramen-three").video_id
SOUGHT = "shop"


def main() -> int:
    """Run a day, and take the pictures; nobody but made-up creators may be in them."""
    if not CHROMIUM.is_file():
        raise LocalError(MISSING)
    folders, configured = Folders.here(), settings.load()
    port = noted_port(folders)
    if port is None:
        raise LocalError("Airflow is not running: make demo")
    if not configured.uses_sandbox:
        raise LocalError("Pictures are taken of the sandbox's made-up creators alone: unset TIKHUB_API_KEY.")
    base_url, password = f"http://localhost:{port}", passwords(folders)["admin"]
    run_id = run_a_day(base_url, password)
    with psycopg.connect(database_url(configured, postgres.find(folders.postgres))) as connection:
        found, busiest = connection.execute(HERO).fetchone(), connection.execute(BUSIEST).fetchone()
        real, shown = connection.execute(REAL).fetchone(), connection.execute(LIBRARY, [SHOWN]).fetchone()
    if found is None or busiest is None or shown != (1,):
        raise LocalError("There is too little to be seen: make demo")
    if real != (0,):
        raise LocalError(
            "Pictures are taken of made-up accounts and videos alone, and there are others in this database."
        )
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        state = _signed_in(browser, base_url, password)
        page = _open(browser, state)
        take(page, f"{base_url}/dags/comets", "grid", shown="report")
        page.get_by_role("button", name="Trigger").first.click()
        page.get_by_role("button", name="What to search").click()
        page.locator("[name='element_keywords']").wait_for()
        keep(page, "trigger")
        take(page, f"{base_url}/dags/comets/runs/{run_id}", "run", shown="roll_call")
        pages = f"{base_url}/cometwatch"
        take(page, f"{pages}/comets?window=7", "comets")
        take(page, f"{pages}/creators/{found[0]}", "creator")
        # Covers are photographs of somebody: these pictures show none.
        take(page, f"{pages}/why-not?layer=pronoun", "why_not")
        take(page, f"{pages}/filters?window=30", "filters")
        take(page, f"{pages}/runs", "runs")
        take_accounts(page, pages, busiest[0])
        take_research(_open(browser, state, viewport=RESEARCH_SIZE), pages)
        take(_open(browser, state, color_scheme="dark"), f"{pages}/comets?window=7", "comets_dark")
        phone = _open(browser, state, viewport=PHONE, is_mobile=True, device_scale_factor=1)
        take(phone, f"{pages}/comets?window=7", "comets_phone")
    return 0


def take_accounts(page: Page, pages: str, busiest: str) -> None:
    """The page of all accounts, and of the one with most to be seen, with its charts."""
    take(page, f"{pages}/accounts", "accounts")
    page.goto(f"{pages}/accounts/@{busiest}")
    page.locator("[data-chart=views] canvas").wait_for()
    page.locator("#charts").evaluate("element => element.scrollIntoView()")
    keep(page, "account")


def take_research(page: Page, pages: str) -> None:
    """The questions, a search, and a video with its words beside its pictures."""
    take(page, f"{pages}/research", "research")
    take(page, f"{pages}/library?q={SOUGHT}", "library")
    take(page, f"{pages}/library/{SHOWN}?at=4.4", "video")


def run_a_day(base_url: str, password: str) -> str:
    """Trigger the DAG and wait until the run is green; the DAG is paused afterwards if it was before. Returns its run id."""
    session = requests.Session()
    session.trust_env = False  # a proxy in the environment is not meant for loopback

    def ask(method: str, path: str, json: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = session.request(method, f"{base_url}{path}", json=json, timeout=60)
        answer.raise_for_status()
        return answer.json()

    token = ask("POST", "/auth/token", {"username": "admin", "password": password})["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    now = datetime.now(UTC)
    last_tick = datetime.combine(now.date() - timedelta(days=now.hour < 2), clock(2), UTC)
    was_paused = ask("GET", "/api/v2/dags/comets")["is_paused"]
    say("Running a day …")
    # A run of the last tick is the one that switching the DAG on would start; where there is one, it is another one.
    asked: dict[str, Any] = {"logical_date": last_tick.isoformat(), "conf": PARAMS}
    if ask("GET", f"/api/v2/dags/comets/dagRuns?logical_date_gte={last_tick:%Y-%m-%dT%H:%M:%SZ}")["total_entries"]:
        asked["logical_date"] = None
    run_id = ask("POST", "/api/v2/dags/comets/dagRuns", asked)["dag_run_id"]
    ask("PATCH", "/api/v2/dags/comets", {"is_paused": False})
    state, give_up_at = "queued", time.monotonic() + RUN_SECONDS
    while state in {"queued", "running"} and time.monotonic() < give_up_at:
        time.sleep(1)
        state = ask("GET", f"/api/v2/dags/comets/dagRuns/{run_id}")["state"]
    ask("PATCH", "/api/v2/dags/comets", {"is_paused": was_paused})
    if state != "success":
        raise LocalError(f"{run_id} is {state}: see {base_url}/dags/comets/runs/{run_id}")
    return str(run_id)


def take(page: Page, address: str, name: str, *, shown: str | None = None) -> None:
    """Open a page, wait for its parts (and for the text `shown`), and keep the picture."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if shown:
        page.get_by_text(shown, exact=True).first.wait_for()
    # Pages that wait for something in the background load themselves anew until it is there.
    page.locator("meta[http-equiv=refresh]").wait_for(state="detached")
    keep(page, name)


def keep(page: Page, name: str) -> None:
    """What is seen of the page, in as few bytes as look the same."""
    page.wait_for_timeout(1_000)  # transitions
    path = IMAGES / f"{name}.png"
    _write(page.screenshot(), path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise LocalError(f"{path} has {size:,} bytes: more than {MOST_BYTES:,}.")
    say(f"{name}.png  {size:,} bytes")


def _write(picture: bytes, path: Path) -> None:
    for colours in (256, 128, 64):
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return


def _signed_in(browser: Browser, base_url: str, password: str) -> Any:
    context = browser.new_context(**options())
    context.set_default_timeout(PATIENCE)
    sign_in(context.new_page(), base_url, "admin", password)
    return context.storage_state()


def _open(browser: Browser, state: Any, **more: Any) -> Page:
    context = browser.new_context(**{**options(storage_state=state), "viewport": SIZE, **more})
    context.set_default_timeout(PATIENCE)
    return context.new_page()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(str(error))
