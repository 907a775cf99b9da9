"""Faces and covers in a real browser: shown in their places, boxes where the face is, nothing that jumps, axe content.

The web application stands by itself here. With PICTURES=1, pictures are left in `.local/screenshots`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from include.comets import pictures
from include.comets.pictures import Picture, copy_of
from include.local.postgres import Server
from plugins.filters import face_judge
from plugins.filters.face_samples import astronaut_cover, encode
from tests.browser.accessibility import violations
from tests.browser.alone import EACH_LOOK, LOOKS, Visit, chromium_running, served, unfit, visiting
from tests.browser.chromium import CHROMIUM, MISSING, shoot
from tests.browser.hostile import NAMES
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.creators import DAY, NOON, end_run, insert, snapshot, stand

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]
OURS = ":not([src*='/pictures/'])"


@pytest.fixture(scope="module")
def database(
    postgres_server: Server, administrator: psycopg.Connection[Any], template_database: str
) -> Iterator[psycopg.Connection[Any]]:
    """Twelve creators, every other one with a face; the first with three videos and a verdict of each kind of cover."""
    with (
        fresh_database(administrator, template_database) as name,
        psycopg.connect(postgres_server.url_for(name), autocommit=True) as connection,
    ):
        end_run(connection, "one")
        portrait = encode(astronaut_cover(7.0))
        finding = face_judge().judge(portrait)
        for number in range(12):
            figures = {"percent_1": 50 - number, "growth_1": 500 - number}
            stand(connection, f"u{number:02}", handle=f"luna.{number:02}", nickname=f"Luna {number}", **figures)
            snapshot(connection, f"u{number:02}", DAY, 20_000)
        stand(connection, "hostile", handle="hostile", nickname=next(iter(NAMES.values())))
        avatars = [Picture(f"u{number:02}", "", copy_of(portrait)) for number in range(0, 12, 2)]
        exact = [None if value is None else Decimal(str(value)) for value in (finding.percent, finding.score)]
        judged = Picture("u00", "7000", copy_of(portrait), None, finding.detector, *exact, finding.box)
        pictures.save(connection, [*avatars, judged, Picture("u00", "7001", copy_of(portrait))], 30)
        for number in range(3):
            video = {"user_id": "u00", "video_id": f"700{number}"}
            row = {"plays": 10, "seen_at": NOON, "posted_at": NOON, "first_seen_on": DAY, "last_seen_on": DAY}
            insert(connection, "creator_videos", **video, **row, caption="A caption of some words. " * 5)
            insert(
                connection, "verdicts", **video, day=DAY, keyword="ramen", handle="luna.00", layer="accepted", field="cover",
                measured=exact[0], threshold=2, detector=finding.detector, score=exact[1], cover_field="origin_cover",
                rules_version="3", run_id="one", is_uncertain=False, screened_at=NOON,
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


def test_faces_are_shown_and_nothing_jumps(visit: Visit):
    """Each picture is decoded, and one that is not there yet, or never comes, takes the same place as one that is."""
    page = visit("viewer")
    page.goto("/comets?order=percent")
    faces = page.locator("img.face")
    expect(faces).to_have_count(6)
    for face in faces.all():
        face.scroll_into_view_if_needed()
        expect(face).to_have_js_property("complete", value=True)
        assert face.evaluate("(each) => [each.naturalWidth, each.naturalHeight]") == [90, 160]
    heights = (
        "() => [...document.querySelectorAll('td.who')].map((each) => each.getBoundingClientRect().height.toFixed(1))"
    )
    rows = page.evaluate(heights)
    assert len(set(rows[1:12])) == 1
    without = visit("viewer")
    without.route("**/pictures/**", lambda route: route.fulfill(status=200, content_type="image/webp", body=b""))
    without.goto("/comets?order=percent")
    assert without.evaluate(heights) == rows
    letters = without.locator("span.face").evaluate_all(
        "all => all.map((each) => getComputedStyle(each, '::before').content)"
    )
    assert letters == ['"L"'] * 6 + ['"H"']


def test_the_box_is_drawn_where_the_face_is(visit: Visit, database: psycopg.Connection[Any]):
    """On the page of a verdict the box lies over the cover, by the shares that were measured."""
    page = visit("viewer")
    page.goto(f"/why-not/{DAY}/ramen/7000")
    image = page.get_by_role("img", name="the box is around the face that was measured")
    expect(image).to_be_visible()
    frame, box = image.bounding_box(), page.locator(".boxed rect").last.bounding_box()
    assert frame is not None
    assert box is not None
    ((shares),) = database.execute(
        "select face_left, face_top, face_width, face_height from pictures where video_id = '7000'"
    ).fetchall()
    found = (
        (box["x"] - frame["x"]) / frame["width"],
        (box["y"] - frame["y"]) / frame["height"],
        box["width"] / frame["width"],
        box["height"] / frame["height"],
    )
    # The line itself has two pixels of 180.
    assert found == pytest.approx(shares, abs=0.02)
    assert (frame["width"], frame["height"]) == (180, 320)


@pytest.mark.parametrize("look", EACH_LOOK)
def test_the_pages_are_fit_to_be_seen(visit: Visit, look: str):
    """With pictures and without, no page is wider than its window, and axe is content."""
    faults: list[str] = []
    page = visit(**LOOKS[look])
    for kind, address in (
        ("comets", "/comets"),
        ("creator", "/creators/u00"),
        ("why-not", "/why-not"),
        ("verdict", f"/why-not/{DAY}/ramen/7000"),
    ):
        page.goto(address)
        faults += unfit(page, kind, own_images=OURS) + violations(page, kind, look)
        shoot(page, f"pictures-{kind}-{look}")
    assert faults == []
