"""The charts of a creator in a real browser: which days leave ink on the canvas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from html import escape

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from plugins.dashboard.static_files import FOLDER
from tests.browser.chromium import CHROMIUM, MISSING, launch, options

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM.is_file(), reason=MISSING)]
DAYS = 90
# How many columns of the canvas hold the colour of observed days.
INKED_COLUMNS = """() => {
  const canvas = document.querySelector("[data-chart=followers] canvas");
  const text = getComputedStyle(document.documentElement).getPropertyValue("--line").trim();
  const wanted = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const columns = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200 && wanted.every((part, place) => Math.abs(part - data[at + place]) < 16)) {
      columns.add((at / 4) % width);
    }
  }
  let groups = 0;
  for (const column of columns) groups += !columns.has(column - 1);
  return groups;
}"""


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser.new_context(**options()).new_page()
        browser.close()


def draw(page: Page, estimated: list[int], followers: list[int | None], **more: list[str | None]) -> int:
    """Draws a chart of so many followers, day by day; returns how many separate places show observed ones."""
    days = [(date(2026, 9, 1) + timedelta(number)).isoformat() for number in range(len(followers))]
    columns = {"days": days, "followers": followers, "hearts": followers, "estimated": estimated, **more}
    hearts = '<div class="chart" data-chart="hearts"></div>' if "marked" in more else ""
    marks = 'data-marked="posted" data-marks-on="followers" data-mark-ink="--chart-text"' if "marked" in more else ""
    page.set_content(
        f'<div id="charts" data-columns="{escape(json.dumps(columns))}" {marks} style="width: 1400px">'
        f'<div class="chart" data-chart="followers"></div>{hearts}</div>'
    )
    for style in ("vendor/uplot/uPlot.min.css", "dashboard.css"):
        page.add_style_tag(content=(FOLDER / style).read_text())
    page.add_script_tag(content=(FOLDER / "vendor/uplot/uPlot.iife.min.js").read_text())
    page.add_script_tag(content=(FOLDER / "charts.js").read_text())
    page.wait_for_function("document.querySelector('[data-chart=followers] canvas') !== null")
    page.wait_for_timeout(200)
    return page.evaluate(INKED_COLUMNS)


def note_texts(page: Page) -> None:
    """From now on `window.texts` is what was written on any canvas."""
    page.evaluate(
        "() => { window.texts = []; const draw = CanvasRenderingContext2D.prototype.fillText;"
        " CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {"
        " window.texts.push(text); return draw.call(this, text, ...rest); }; }"
    )


@pytest.mark.parametrize("days", [1, 2, 3])
def test_the_axis_names_the_days_there_are(page: Page, days: int):
    """Somebody who was found today has one day: it is in the middle, and each day is named once."""
    note_texts(page)
    draw(page, [0] * days, [20_000] * days)
    labels = [text for text in page.evaluate("window.texts") if text[2:3] == "-"]
    assert labels == [f"09-0{number + 1}" for number in range(days)]


def test_no_two_labels_of_an_axis_are_equal(page: Page):
    """Millions that differ by a hundred get as many digits as keep them apart."""
    note_texts(page)
    draw(page, [0] * DAYS, [12_345_000 + 4 * number for number in range(DAYS)])
    labels = [text for text in page.evaluate("window.texts") if text.endswith("M")]
    assert len(labels) >= 2
    assert len(set(labels)) == len(labels)


def test_every_third_day_observed(page: Page):
    """Observed days between estimated ones are points on the dashed line, however long the stretch."""
    estimated = [int(number % 3 != 0) for number in range(DAYS)]
    assert draw(page, estimated, [20_000 + 10 * number for number in range(DAYS)]) == DAYS / 3


def test_days_alone_between_gaps(page: Page):
    """A day whose neighbours have no row is a point."""
    followers = [20_000 + number if number % 10 == 0 else None for number in range(DAYS)]
    assert draw(page, [0] * DAYS, followers) == DAYS / 10


def test_an_unbroken_line_has_no_points(page: Page):
    """Where every day is observed there is one line."""
    assert draw(page, [0] * DAYS, [20_000] * DAYS) == 1


def test_posts_are_on_the_line_of_followers(page: Page):
    """What was posted is told by the day that is pointed at, beside its followers, and on that chart alone."""
    posts = ["2 videos, the best 45,000 plays" if number == DAYS // 2 else None for number in range(DAYS)]
    draw(page, [0] * DAYS, [20_000] * DAYS, marked=posts)
    followers = page.locator("[data-chart=followers]")
    area = followers.locator(".u-over").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] * (DAYS // 2 + 0.5) / DAYS, area["y"] + area["height"] / 2)
    expect(followers.locator(".u-legend")).to_contain_text("2 videos, the best 45,000 plays")
    expect(followers.locator(".u-legend")).to_contain_text("20,000")
    expect(page.locator("[data-chart=hearts] .u-legend")).not_to_contain_text("posted")


def test_numbers_take_no_room_until_a_day_is_pointed_at(page: Page):
    """A chart is as high as its drawing; its line of numbers lies over it while a day is pointed at, and is gone afterwards."""
    draw(page, [0] * DAYS, [20_000] * DAYS)
    place, legend = page.locator("[data-chart=followers]"), page.locator("[data-chart=followers] .u-legend")
    expect(legend).to_be_hidden()
    area, whole = place.locator(".u-over").bounding_box(), place.bounding_box()
    assert area is not None
    assert whole is not None
    assert whole["height"] == 200
    assert whole["y"] + whole["height"] - (area["y"] + area["height"]) < 30
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    expect(legend).to_be_visible()
    expect(legend).to_contain_text("20,000")
    assert place.bounding_box() == whole
    page.mouse.move(area["x"] + area["width"] / 2, whole["y"] + whole["height"] + 100)
    expect(legend).to_be_hidden()
