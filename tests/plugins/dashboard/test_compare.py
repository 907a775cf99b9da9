"""The page "Compare": growth laid side by side from a common day on, one table, and who cannot be compared."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from plugins.dashboard.comets.compare import Indexed, index
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, end_run, insert, snapshot, stand
from tests.plugins.dashboard.test_comets import HOSTILE, origins, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def chart(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'data-columns="([^"]*)"', page)
    return json.loads(html.unescape(found))


def row(page: str, title: str) -> list[str]:
    """The cells of the table's row with this title."""
    (found,) = re.findall(rf'<th scope="row">{title}.*?</tr>', page, re.DOTALL)
    return [words(cell).strip() for cell in re.findall(r"<td.*?</td>", found, re.DOTALL)]


def test_growth_begins_at_the_first_day_that_all_have():
    """That day is 100 for each; a day without a row stays empty, and days before it are left out."""
    found = index(
        [
            {ago(4): (900, False), ago(3): (1_000, False), ago(1): (1_500, True), ago(0): (2_000, False)},
            {ago(3): (300, False), ago(2): (303, False), ago(1): (150, False)},
        ]
    )
    assert found == Indexed(
        [ago(3), ago(2), ago(1), ago(0)],
        [[100.0, None, 150.0, 200.0], [100.0, 101.0, 50.0, None]],
        [[False, False, True, False], [False, False, False, False]],
    )


def test_an_estimated_beginning_makes_all_of_it_estimated():
    """What is counted from an estimate is one itself; a day with no follower is none to count from."""
    found = index([{ago(2): (0, False), ago(1): (100, True), ago(0): (110, False)}])
    assert found == Indexed([ago(1), ago(0)], [[100.0, 110.0]], [[True, True]])


def test_without_a_common_day_there_is_nothing_to_draw():
    """Days that never meet, or nobody at all, have no index."""
    assert index([{ago(2): (1, False)}, {ago(1): (1, False)}]) == Indexed([], [], [])
    assert index([]) == Indexed([], [], [])


def test_two_side_by_side(browser: Browsers, connection: Connection):
    """In the order of the address, each with its letter, its line and its numbers, the estimated ones said to be."""
    connection.execute("select make_partitions('2026-10-01', 2)")
    end_run(connection, "one")
    stand(
        connection, "1", handle="luna", follower_count=2_000, growth_7=1_000, percent_7=100, median_plays=5_000,
        engagement=Decimal("0.0856"), last_post_on=ago(1), language="en", score=Decimal("61.2"), is_estimated=True,
    )  # fmt: skip
    stand(connection, "2", handle="milo", follower_count=330, growth_7=30, percent_7=10)
    for back, followers, origin in ((7, 1_000, "roll_call"), (1, 1_500, "roll_call"), (0, 2_000, "interpolation")):
        snapshot(connection, "1", ago(back), followers, origin=origin)
    for back, followers in ((9, 250), (7, 300), (0, 330)):
        snapshot(connection, "2", ago(back), followers)
    insert(connection, "shortlist", user_id="2", status="watching", changed_by="op")
    for number in (1, 2):
        insert(
            connection, "creator_videos", user_id="2", video_id=str(number), plays=1, hashtags=["Chess", "<b>"],
            seen_at=DAY, first_seen_on=DAY, last_seen_on=DAY,
        )  # fmt: skip
    page = browser("viewer").page("/compare?ids=2,1")
    drawn = chart(page)
    assert (drawn["days"][0], drawn["days"][-1]) == (ago(7).isoformat(), DAY.isoformat())
    assert [(line["letter"], line["values"][0], line["values"][-1]) for line in drawn["lines"]] == [
        ("A", 100.0, 110.0), ("B", 100.0, 200.0),
    ]  # fmt: skip
    assert [line["estimated"][-1] for line in drawn["lines"]] == [False, True]
    assert row(page, "Index") == ["110.00", "200.00 estimated"]
    assert row(page, "Followers") == ["330", "2,000 estimated"]
    assert row(page, "Growth, 7 days") == ["+10.00 % +30", "+100.00 % +1,000, estimated"]
    assert row(page, "Growth, 30 days") == ["– –", "– –"]
    assert row(page, "Median plays") == ["– 2 videos: too few to tell", "5,000"]
    assert origins(page)[:6] == [
        "2026-11-21, compared with 2026-11-14", "2026-11-21, estimated, compared with 2026-11-14",
        "2026-11-21", "2026-11-21, estimated",
        "2026-11-21, compared with 7 days before", "2026-11-21, estimated, compared with 7 days before",
    ]  # fmt: skip
    assert row(page, "Engagement") == ["–", "8.6 %"]
    assert row(page, "Breakout score") == ["–", "61"]
    assert row(page, "Niche") == ["<b> chess", "–"]
    assert row(page, "Shortlist") == ["watching", "–"]
    assert "<b> chess" not in page
    assert 'href="/compare?ids=1">without' in page
    assert 'href="/creators/2">' in page


def test_who_is_not_there_is_named(browser: Browsers, connection: Connection):
    """Unknown and erased ids, and who is one too many; the others are compared all the same."""
    end_run(connection, "one")
    for number in range(6):
        stand(connection, str(number), handle=f"luna.{number}")
    viewer = browser("viewer")
    page = words(viewer.page("/compare?ids=0,77,1,2,3,4,5,77,0"))
    assert "77 : no creator of the roster has this id. It was never here, or was erased since." in page
    assert "At most 5 are compared; left out: luna.5 ." in page
    assert "There is no day in these 90 days" in page
    for query in ("", "?ids=", "?ids=%00,,"):
        assert "Nobody to compare" in words(viewer.page(f"/compare{query}"))
    for name in HOSTILE:
        answer = viewer.get("/compare", params={"ids": name[:50]})
        assert (answer.status_code, "<script>alert" in answer.text, "<img" in answer.text) == (200, False, False)
    assert viewer.get(f"/compare?ids={','.join(map(str, range(1_000)))}{'9' * 400}").status_code == 200
    assert browser(None).get("/compare?ids=1").status_code == 401


def test_boxes_lead_to_one_address(browser: Browsers, connection: Connection):
    """What the form of the ranking sends becomes ids parted by commas, which is the address that is kept."""
    end_run(connection, "one")
    for number in range(2):
        stand(connection, str(number), handle=f"luna.{number}")
    page = browser("viewer").page("/comets?window=7")
    assert re.findall(r'form="compare" name="ids" value="(\d)" aria-label="Compare (@luna.\d)"', page) == [
        ("0", "@luna.0"), ("1", "@luna.1"),
    ]  # fmt: skip
    answer = browser("viewer").get("/compare?ids=1&ids=0")
    assert (answer.status_code, answer.headers["location"]) == (303, "/compare?ids=1,0")
    user = browser("user")
    assert user.post("/saved", {"name": "Two", "address": "/compare?ids=1,0"}, found_on="/saved").status_code == 303
    assert connection.execute("select path, parameters from saved_searches").fetchall() == [
        ("/compare", {"ids": "1,0"})
    ]


def test_who_has_no_number_is_in_the_table_alone(browser: Browsers, connection: Connection):
    """A creator without a row in these days is named beside the chart of the others."""
    end_run(connection, "one")
    for user_id in "12":
        stand(connection, user_id, handle=f"luna.{user_id}")
    snapshot(connection, "1", ago(1), 100)
    snapshot(connection, "1", DAY, 110)
    page = browser("viewer").page("/compare?ids=1,2&window=30")
    assert "Not in the chart, without a number in these days: luna.2 ." in words(page)
    assert [line["letter"] for line in chart(page)["lines"]] == ["A"]
    assert row(page, "Index") == ["110.00", "–"]
