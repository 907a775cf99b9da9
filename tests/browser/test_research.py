"""The pages of research in a real browser: asking, searching, watching; hostile captions, phone, dark, axe.

The web application stands by itself here, with Airflow's sign-in and rights. With PICTURES=1, pictures are left in
`.local/screenshots`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
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
from tests.plugins.dashboard.research.rows import found, question, video

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]


@pytest.fixture(scope="module")
def filled(
    postgres_server: Server,
    administrator: psycopg.Connection[Any],
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path]]:
    """A database of two questions, a video of four passages, and one with every hostile text; and the store beside it."""
    folder = tmp_path_factory.mktemp("media")
    with fresh_database(administrator, template_database) as name:
        url = postgres_server.url_for(name)
        with psycopg.connect(url, autocommit=True) as connection:
            _fill(connection, folder)
        yield url, folder


@pytest.fixture(scope="module")
def site(airflow_metadata: None, filled: tuple[str, Path]) -> Iterator[str]:
    database_url, folder = filled
    with served(database_url, {"MEDIA_URI": f"file://{folder}"}) as url:
        yield url


def _fill(connection: psycopg.Connection[Any], folder: Path) -> None:
    import cv2
    import numpy as np

    question(connection, "q1", "tokyo ramen spots", 0, status="partial_success", reason="1 gone")
    question(connection, "q2", "night market", 1)
    gone = {"state": "failed", "failed_stage": "download", "failure_kind": "gone", "reason": "it was removed"}
    found(connection, "q1", "71", state="uploaded", download_state="done", size_bytes=2_000_000)
    found(connection, "q1", "72", 2, **gone, is_permanent=True)
    names = [f"frames/{number:03d}_t{3 * number:.1f}s.jpg" for number in range(4)]
    (folder / "videos" / "71" / "frames").mkdir(parents=True)
    for number, name in enumerate(names):
        picture = np.full((320, 180, 3), 40 * number + 60, dtype=np.uint8)
        (folder / "videos" / "71" / name).write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    video(
        connection,
        "71",
        ("caption", None, "Three bowls near Shinjuku #ramen"),
        ("speech", 0.4, "Welcome to Tokyo, today we visit ramen shops."),
        ("speech", 4.4, "The first shop opens at eleven."),
        ("screen", 6.0, "Bowl 900 yen"),
        sha256=dict.fromkeys([*names, "transcript.txt"], "a" * 64),
        engines={"speech": "faster-whisper base", "ocr": "rapidocr 3.10"},
        counts={"plays": 182_400},
        language="en",
        duration_s=12.0,
    )
    for number, name in enumerate(NAMES.values()):
        question(connection, f"h{number}", name, 10 + number, reason=name, status="error")
        video(
            connection,
            str(800 + number),
            ("caption", None, f"hostile {name}"),
            ("speech", 1.0, f"hostile {name}"),
            ("screen", 1.0, f"hostile {name}"),
            author=name,
            engines={"speech": name, "ocr": name},
            url=name,
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Visit]:
    with visiting(chromium, site) as begin:
        yield begin


def test_a_question_is_asked_and_paused(visit: Visit):
    """What was typed stands in the list, with what can be done with it."""
    page = visit()
    page.goto("/research")
    page.get_by_label("Question", exact=True).fill("how to fold dumplings")
    page.get_by_role("button", name="Add").click()
    row = page.get_by_role("row", name="how to fold dumplings")
    expect(row).to_contain_text("open")
    row.locator("summary").click()
    row.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("row", name="how to fold dumplings")).to_contain_text("paused")


def test_from_words_to_the_second(visit: Visit):
    """Words lead to a hit, the hit to the video at that second, by keyboard alone."""
    page = visit("viewer")
    page.goto("/library")
    page.get_by_label("Words").fill("first shop")
    page.keyboard.press("Enter")
    hit = page.locator(".answers li")
    expect(hit).to_have_count(1)
    expect(hit.locator(".passage").first.locator("mark")).to_have_text(["first", "shop"])
    link = hit.get_by_role("link", name="0:04.4")
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/library/71\?at=4\.4$"))
    expect(page.locator("table.transcript")).to_contain_text("The first shop opens at eleven.")
    assert page.locator("img.frame").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 180


def test_a_quote_is_copied(visit: Visit):
    """A quote says what, who, when and where."""
    page = visit("viewer")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/library/71")
    page.get_by_role("button", name="Copy this as a quote").first.click()
    expect(page.get_by_role("button", name="Copy this as a quote").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“Welcome to Tokyo, today we visit ramen shops.” – @anna, 0:00.4, https://www.tiktok.com/")


def test_a_viewer_is_offered_no_change(visit: Visit):
    """Who may only look can search, and say that they have looked, and nothing else."""
    page = visit("viewer")
    for address, forms in (("/research", 0), ("/library", 2), ("/library/71", 0)):
        page.goto(address)
        expect(page.locator("main form")).to_have_count(forms)


@pytest.mark.parametrize("look", EACH_LOOK)
def test_every_page_is_fit_to_be_seen(visit: Visit, look: str):
    """No page is wider than its window, no text becomes anything but text, and axe has nothing to say."""
    page, faults = visit(**LOOKS[look]), []
    pages = {
        "research": "/research",
        "library": "/library?q=ramen",
        "library-hostile": "/library?q=hostile",
        "video": "/library/71?at=4.4",
        "video-hostile": "/library/800",
    }
    for name, address in pages.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        faults += unfit(page, name, own_images=":not([src*='/media/'])")
        shoot(page, f"{name}-{look}")
        faults += violations(page, name, look)
    assert faults == []
