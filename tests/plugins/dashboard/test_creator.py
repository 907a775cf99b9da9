"""The page "Creator": every number with how it came about, and why the creator is on the roster."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from plugins.dashboard.comets.creator import chart_data, plain
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, NOON, insert, snapshot, stand
from tests.plugins.dashboard.test_comets import HOSTILE, origins, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]


@pytest.fixture
def history(connection: Connection) -> None:
    """Creator 1: first seen, estimated, measured; a gap; and 100 days before all that."""
    connection.execute("select make_partitions('2026-08-01', 4)")
    stand(connection, "1", handle="luna.cooks")
    day = timedelta(days=1)
    snapshot(connection, "1", DAY - 100 * day, 9_000, origin="replay")
    snapshot(connection, "1", DAY - 4 * day, 10_000, origin="discovery", source_trend="ramen", video_count=7)
    snapshot(
        connection,
        "1",
        DAY - day,
        10_300,
        origin="interpolation",
        observed_at=None,
        daily_growth_followers=300,
        daily_growth_percent=3,
        compared_with=DAY - 4 * day,
    )
    snapshot(
        connection,
        "1",
        DAY,
        10_200,
        daily_growth_followers=-100,
        daily_growth_percent=Decimal("-0.97"),
        compared_with=DAY - day,
    )


def test_an_address_with_a_handle_leads_to_the_creator(browser: Browsers, connection: Connection):
    """With dots and capitals; a freed handle to who has it now, else to who had it last; nobody's is a page that says so."""
    stand(connection, "1", handle="luna.cooks")
    stand(connection, "2", handle="rio")
    for user_id, handle, back in (("1", "rio", 9), ("1", "old", 9), ("2", "old", 5)):
        insert(connection, "handle_history", user_id=user_id, handle=handle, seen_from=DAY - timedelta(days=back))
    for handle, user_id in (("luna.cooks", "1"), ("Luna.COOKS", "1"), ("rio", "2"), ("old", "2")):
        answer = browser("viewer").get(f"/creators/@{handle}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/creators/{user_id}"), handle
    answer = browser("viewer").get("/creators/@nobody.here")
    assert answer.status_code == 404
    assert "Nobody on the roster has or had the handle @nobody.here." in html.unescape(answer.text)


def test_the_way_back_keeps_what_was_chosen(browser: Browsers, connection: Connection):
    """From the ranking the link back has its filters, also after other days were chosen; from elsewhere it has none."""
    stand(connection, "1")
    chosen = "window=7&trend=%23ramen"
    page = browser("viewer").get("/creators/1", headers={"referer": f"http://localhost/comets?{chosen}"}).text
    assert f'href="/comets?{html.escape(chosen)}">Back to the ranking' in page
    (other,) = re.findall(r'href="(/creators/1\?window=30[^"]*)"', page)
    assert f'href="/comets?{html.escape(chosen)}">Back to the ranking' in browser("viewer").page(html.unescape(other))
    elsewhere = browser("viewer").get("/creators/1", headers={"referer": "http://localhost/runs?day=1"}).text
    assert '<p class="lead crumbs"><a href="/comets">Comets</a>' in elsewhere


def test_unknown_creators(browser: Browsers):
    """An id that is not on the roster is not found, whatever it looks like."""
    for user_id in ("7", "x" * 3000, "%00", "'; drop table creators", "..%2f.."):
        answer = browser("viewer").get(f"/creators/{user_id}")
        assert (answer.status_code, "<h1>404 Not Found</h1>" in answer.text) == (404, True), user_id


@pytest.mark.usefixtures("history")
def test_every_number_says_how_it_came_about(browser: Browsers):
    """A row of the table has its counts, its origin, when it was observed and what it is compared with."""
    page = words(browser("viewer").page("/creators/1"))
    assert (
        " 2026-11-21 10,200 −100 against an estimate −0.97 % 1 1 roll call 2026-11-21 12:00 UTC 2026-11-20, estimated – "
        "2026-11-20 10,300 +300 +3.00 % 1 1 estimated not observed 2026-11-17 – "
        "2026-11-17 10,000 – – 1 7 discovery 2026-11-21 12:00 UTC first sight ramen " in page
    )
    assert "replay" not in page
    assert page.count("against an estimate") == 1


@pytest.mark.usefixtures("history")
def test_growth_against_an_estimate_is_said_on_the_first_day_shown(browser: Browsers, connection: Connection):
    """The estimated day before the window is not shown, and still known."""
    connection.execute("delete from creator_stats where recorded_date > %s", [DAY])
    for back in range(1, 30):
        day = DAY + timedelta(days=back)
        snapshot(connection, "1", day, 10_200, compared_with=day - timedelta(days=1))
    page = words(browser("viewer").page("/creators/1?window=30"))
    assert page.count("against an estimate") == 1
    assert " 2026-11-21 10,200 −100 against an estimate " in page
    assert " 2026-11-20 10,300" not in page


def test_every_card_says_what_it_is_compared_with(browser: Browsers, connection: Connection):
    """Growth names its two days and marks the estimated one; followers, hearts and videos say how they were observed: one gesture
    away, and not printed.
    """
    connection.execute("select make_partitions('2026-11-01', 1)")
    growth = {"growth_1": 0, "percent_1": 0, "growth_7": -1, "percent_7": Decimal("0.00")}
    stand(connection, "1", **growth)
    for back, origin in ((0, "roll_call"), (1, "interpolation"), (7, "replay")):
        snapshot(connection, "1", DAY - timedelta(days=back), 20_000, origin=origin)
    page = browser("viewer").page("/creators/1")
    shown = words(page)
    observed = "roll call of 2026-11-21, observed 2026-11-21 12:00 UTC"
    assert (
        "Followers 20,000 1 day ±0.00 % ±0 followers, estimated 7 days −0.00 % −1 followers 30 days – Is the growth real?"
        in shown
    )
    assert "Hearts 1 Videos 1" in shown
    assert '1 day <b class="estimated">' in page
    assert '7 days <b class="down">' in page
    assert origins(page[page.index('class="cards ahead"') :])[:6] == [
        observed,
        "2026-11-21 compared with 2026-11-20, estimated",
        "2026-11-21 compared with replay of 2026-11-14, observed 2026-11-21 12:00 UTC",
        "Not known: no number for a day, counted or estimated, 30 days before 2026-11-21",
        observed,
        observed,
    ]


@pytest.mark.usefixtures("history")
def test_windows(browser: Browsers):
    """The window counts from the creator's last day; all days show the first."""
    assert [
        len(re.findall(r'<td class="day">2026-\d\d-\d\d</td>\s*<td class="number">', browser("viewer").page(address)))
        for address in ("/creators/1?window=30", "/creators/1", "/creators/1?window=all")
    ] == [3, 3, 4]
    assert browser("viewer").get("/creators/1?window=31").status_code == 422


@pytest.mark.usefixtures("history")
def test_charts_have_every_day(browser: Browsers):
    """The charts' data has a column entry for each calendar day: gaps are empty, estimated days marked."""
    page = browser("viewer").page("/creators/1?window=30")
    found = re.search(r'data-columns="([^"]+)"', page)
    assert found is not None
    assert json.loads(html.unescape(found[1])) == {
        "days": ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21"],
        "followers": [10_000, None, None, 10_300, 10_200],
        "hearts": [1, None, None, 1, 1],
        "videos": [7, None, None, 1, 1],
        "growth": [None, None, None, 300, -100],
        "estimated": [0, 0, 0, 1, 0],
        "against": [0, 0, 0, 1, 1],
        "marked": [None] * 5,
    }
    assert "<noscript>" in page
    assert "days on which they posted" not in page


def test_no_days_no_columns():
    """Without a row the charts have nothing to draw."""
    assert chart_data([]) == {
        "days": [],
        "followers": [],
        "hearts": [],
        "videos": [],
        "growth": [],
        "estimated": [],
        "against": [],
        "marked": [],
    }


def test_posts_on_the_chart():
    """The days of UTC on which videos were posted, with the plays of the best; a post of unknown plays or day is no guess."""
    day = {"heart_count": 1, "video_count": 1, "daily_growth_followers": 0, "compared_with": None}
    day |= {"follower_count": 10, "is_estimated": False, "is_against_estimate": False}
    days = [{**day, "recorded_date": date(2026, 11, at)} for at in (21, 20, 19)]
    posts = [
        {"posted_at": datetime.fromisoformat(at), "plays": plays}
        for at, plays in (
            ("2026-11-20T01:30+02:00", 1_200),
            ("2026-11-19T08:00+00:00", 45_000),
            ("2026-11-20T00:00+00:00", None),
            ("2026-11-01T00:00+00:00", 9),
        )
    ]
    marked = chart_data(days, [*posts, {"posted_at": None, "plays": 7}])["marked"]
    assert marked == ["2 videos, the best 45,000 plays", "1 video", None]


def test_evidence(browser: Browsers, connection: Connection):
    """Verdicts, handles, misses and the parts of the score are on the page, the first verdict on top."""
    stand(
        connection,
        "1",
        score=Decimal("61.40"),
        score_growth=Decimal("0.82"),
        acceleration=Decimal("1.25"),
    )
    verdict = {"user_id": "1", "handle": "luna", "run_id": "r", "rules_version": "2026.11.2", "keyword": "ramen"}
    accepted = {
        "layer": "accepted",
        "field": "cover",
        "measured": Decimal("7.2500"),
        "threshold": Decimal("2.0"),
        "detector": "yunet",
        "score": Decimal("0.9312"),
        "cover_field": "origin_cover",
        "is_uncertain": True,
    }
    insert(connection, "verdicts", **verdict, **accepted, day=DAY, video_id="b", screened_at=NOON)
    refused = {"layer": "pronoun", "field": "caption", "matched_text": "He's"}
    insert(connection, "verdicts", **verdict, **refused, day=DAY - timedelta(days=1), video_id="a", screened_at=NOON)
    insert(connection, "handle_history", user_id="1", handle="luna.before", seen_from=DAY - timedelta(days=9))
    insert(
        connection, "roll_call_misses", user_id="1", day=DAY, outcome="suspect", reason="fell by half", follower_count=7
    )
    page = words(browser("viewer").page("/creators/1"))
    assert (
        "2026-11-20 ramen refused by layer 2: pronoun caption: He's – – 2026.11.2 – 2026-11-21 12:00 UTC "
        "2026-11-21 ramen accepted uncertain cover origin_cover 7.25 2 2026.11.2 yunet score 0.9312 2026-11-21 12:00 UTC"
        in page
    )
    assert "@luna.before 2026-11-12" in page
    links = browser("viewer").page("/creators/1")
    assert links.count('href="/why-not/2026-11-20/ramen/a"') == 2
    assert '<a href="/why-not?user_id=1">All their verdicts</a>' in links
    assert "2026-11-21 suspect fell by half 7 followers were answered" in page
    assert "Breakout score 61 of 100" in page
    assert "50 % is usual 82 % " in page
    assert "three times as many or more unknown " in page
    assert "No snapshot yet" in page


@pytest.mark.parametrize(
    ("percent", "lift", "said"),
    [
        (0.3, (1.15, 1.02, 1.3), "the score was ahead of the growth of the day before in percent."),
        (0.3, (1.15, 0.9, 1.4), "the score was ahead of the growth of the day before in percent, which may be chance."),
        (0.4, (0.86, 0.8, 0.9), "the growth of the day before in percent was ahead of the score."),
        (0.4, None, "the growth of the day before in percent was ahead of the score, which may be chance."),
        (0.345, (1.0, 0.9, 1.1), "the score and the growth of the day before in percent were even."),
    ],
)
def test_the_last_backtest(browser: Browsers, connection: Connection, percent: float, lift: tuple | None, said: str):
    """It is a table on a page of its own, which says who was ahead, and to which both pages with the score lead; before the
    first they say how to make one.
    """
    stand(connection, "1")
    for address in ("/comets", "/creators/1"):
        assert "No backtest yet: make backtest" in words(browser("viewer").page(address))
    assert "No backtest yet: make backtest makes one" in words(browser("viewer").page("/backtest"))
    spread = {"low": 0.2, "high": 0.5}
    names = {"score": 0.345, "percent": percent, "growth": 0.25, "chance": 0.01}
    over = None if lift is None else dict(zip(("value", "low", "high"), lift, strict=True))
    shares = {name: {"value": value, **spread} for name, value in names.items()}
    # The second as results of an earlier release have it.
    of_before = {name: share for name, share in shares.items() if name != "percent"}
    results = [{"first": 10, **shares, "lift_over_percent": over}, {"first": 50, **of_before}]
    days = {"first_day": DAY - timedelta(days=30), "last_day": DAY - timedelta(days=7), "made_at": NOON}
    insert(connection, "backtests", days_ahead=7, judged_days=24, frozen_days=3, results=json.dumps(results), **days)
    for address in ("/comets", "/creators/1"):
        page = browser("viewer").page(address)
        assert (
            f"Of the first 10 by score 34.5 % were hits, by the day before's growth in percent {percent * 100:.1f} %: Backtest ."
            in words(page)
        )
        assert 'href="/backtest"' in page
    page = words(browser("viewer").page("/backtest"))
    assert (
        f"10 34.5 % 20.0 % to 50.0 % {percent * 100:.1f} % 20.0 % to 50.0 % 25.0 % 20.0 % to 50.0 % 1.0 % "
        "50 34.5 % 20.0 % to 50.0 % – 25.0 % 20.0 % to 50.0 % 1.0 %" in page
    )
    assert f"Among the first 10 {said}" in page
    assert "A hit is one of the 1 % (10 at least) that grew most in the 7 days after" in page
    assert (
        "24 days from 2026-10-22 to 2026-11-14, 3 of them with a ranking frozen on that day; made 2026-11-21 12:00 UTC."
        in page
    )


def test_the_first_screen_is_in_the_order_of_a_decision(browser: Browsers, connection: Connection):
    """Followers, growth, whether it is real, median plays and contact come before all other numbers, also of who has no day."""
    stand(connection, "1", growth_check="looks bought")
    for number in range(5):
        insert(
            connection, "creator_videos", user_id="1", video_id=str(number), plays=1_000 * number, seen_at=DAY,
            first_seen_on=DAY, last_seen_on=DAY,
        )  # fmt: skip
    page = words(browser("viewer").page("/creators/1"))
    assert "Median plays 2,000 of 5 known videos Contact – none stated Hearts" in page
    for kind, contact in (("link", "https://a.example"), ("email", "a@a.example"), ("category", "Food")):
        insert(
            connection, "creator_contacts", user_id="1", kind=kind, contact=contact, found_in="bio", seen_at=DAY
        )  # fmt: skip
    snapshot(connection, "1", DAY, 20_000)
    page = browser("viewer").page("/creators/1")
    places = [page.index(text) for text in (
        'data-chart="followers"', "<div>Followers <b", "1 day <b", "30 days <b", "Is the growth real? <b",
        "Median plays <b>2,000", 'data-copy="a@a.example"', 'data-chart="growth"', "<div>Hearts <b>",
        'id="growth-check"', 'id="shortlist"',
    )]  # fmt: skip
    assert places == sorted(places)
    assert "Contact a@a.example Copy all 3" in words(page)
    connection.execute("delete from creator_contacts where kind <> 'category'")
    assert "Contact – none stated" in words(browser("viewer").page("/creators/1"))


def test_a_creator_without_anything(browser: Browsers, connection: Connection):
    """A creator with an id alone has a page that says what is not known."""
    insert(connection, "creators", user_id="1")
    page = words(browser("viewer").page("/creators/1"))
    for text in ("No score yet", "No bio.", "No snapshot yet", "No verdict is kept", "Never missed."):
        assert text in page


def test_missed_looks(browser: Browsers, connection: Connection):
    """Who was not found lately is marked, with the day of the next look."""
    insert(
        connection,
        "creators",
        user_id="1",
        status="gone",
        misses_in_row=4,
        last_missed_on=DAY,
        next_due_on=DAY + timedelta(days=2),
    )
    page = words(browser("viewer").page("/creators/1"))
    assert "Not measured on the last 4 looks, last on 2026-11-21; looked for again on 2026-11-23." in page


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts(browser: Browsers, connection: Connection, text: str):
    """Bios, matched words, reasons and old handles are shown, never run; a bio's accents and directions are calmed."""
    stand(connection, "1")
    connection.execute("update creators set signature = %s", [text])
    insert(
        connection,
        "verdicts",
        day=DAY,
        keyword=text,
        video_id="a",
        user_id="1",
        handle=text,
        layer="platform",
        field="bio",
        matched_text=text,
        rules_version=text,
        run_id="r",
    )
    insert(connection, "handle_history", user_id="1", handle=text, seen_from=DAY)
    insert(connection, "roll_call_misses", user_id="1", day=DAY, outcome="failed", reason=text)
    page = browser("viewer").page("/creators/1")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert ">49<" not in page
    bio = re.search(r'<p class="text bio" tabindex="0"><bdi>(.*?)</bdi>', page, re.DOTALL)
    assert bio is not None
    assert "\u202e" not in bio[1]
    assert "\u0353" not in bio[1]


def test_a_handle_leads_to_its_creator(browser: Browsers, connection: Connection):
    """Today's owner of a handle goes before those who had it; the sign before it and capitals do not matter."""
    stand(connection, "1", handle="luna")
    stand(connection, "2", handle="milo")
    for user_id, handle, back in (("2", "luna", 5), ("1", "early", 9), ("2", "early", 3)):
        insert(connection, "handle_history", user_id=user_id, handle=handle, seen_from=DAY - timedelta(days=back))
    viewer = browser("viewer")
    found = {
        handle: (answer.status_code, answer.headers.get("location"))
        for handle in ("luna", "%40Luna", "milo", "early", "nobody", "%00")
        for answer in [viewer.get(f"/creators?handle={handle}")]
    }
    assert found == {
        "luna": (303, "/creators/1"),
        "%40Luna": (303, "/creators/1"),
        "milo": (303, "/creators/2"),
        "early": (303, "/creators/2"),
        "nobody": (404, None),
        "%00": (404, None),
    }


def test_plain():
    """Measured values have the digits they have, no more."""
    values = (None, Decimal("84200"), Decimal("2.1340"), Decimal("100"), Decimal("0.000100"), Decimal("1E+3"))
    assert [plain(value) for value in values] == ["–", "84,200", "2.134", "100", "0.0001", "1,000"]
