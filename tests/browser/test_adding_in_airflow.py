"""The page "Add files" where people meet it: inside the frame of a running Airflow, in the session they signed in to there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from include.sandbox.exports.downloads import export
from include.sandbox.exports.world import World
from tests.browser.chromium import CHROMIUM, MISSING, PATIENCE, launch, options, sign_in
from tests.fixtures.airflow import RunningAirflow

pytestmark = [pytest.mark.airflow, pytest.mark.thorough, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def page(running_airflow: RunningAirflow) -> Iterator[Page]:
    """Signed in as whoever may change things, by Airflow's own form."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(**options())
        context.set_default_timeout(PATIENCE)
        opened = context.new_page()
        sign_in(opened, f"http://localhost:{running_airflow.port}", "admin", running_airflow.password())
        yield opened
        browser.close()


def test_files_are_added_inside_the_frame(page: Page, running_airflow: RunningAirflow, tmp_path: Path):
    """Two files are sent, told what they are, and stored in the drop folder; a third is refused with why; all in the frame."""
    now = datetime.now(UTC)
    world = World(31, born=now.date() - timedelta(days=120), until=now.date())
    sent = export(world.account(3, zone="UTC"), now, reports=["overview", "viewers"])
    for each in sent:
        (tmp_path / each.name).write_bytes(each.data)
    (tmp_path / "page.csv").write_text("<!doctype html><html><body>Sign in</body></html>")
    page.goto(f"http://localhost:{running_airflow.port}/plugin/accounts")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Add files").first.click()
    frame.get_by_label("Files (up to").set_input_files(
        [tmp_path / each.name for each in sent] + [tmp_path / "page.csv"]
    )
    expect(frame.get_by_text("2 files were read, 1 not taken.")).to_be_visible()
    expect(frame.locator("#sent li").first).to_contain_text("studio_overview")
    expect(frame.locator("#sent li").last).to_contain_text("Not taken.")
    page.keyboard.press("Enter")  # the link that goes on has the focus
    expect(frame.get_by_role("heading", name="2 files: what they are taken for")).to_be_visible()
    frame.get_by_label("All of one account").fill(sent[0].handle)
    frame.get_by_role("button", name="Store all 2").click()
    expect(frame.get_by_text("2 files are in the drop folder.")).to_be_visible()
    folder = Path(running_airflow.env["ACCOUNTS_DROP"]) / sent[0].handle
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {each.name: each.data for each in sent}
    assert page.url.startswith(f"http://localhost:{running_airflow.port}/plugin/accounts")  # Airflow is still around it
