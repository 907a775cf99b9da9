"""The page "Comets": its order, its filters, its pages, and names that mean harm."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from include.ranking.choice import beginning_with
from plugins.dashboard.comets.ranking import warning
from plugins.dashboard.rendering import FOLDER
from plugins.dashboard.static_files import FOLDER as STYLES
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, NOON, end_run, insert, snapshot, stand

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202etfel ot thgir",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357algo",
    "W" * 500,
    "{{7*7}}",
)


# Where a number comes from: not printed, but a gesture away.
ORIGIN = re.compile(r'<span class="origin"[^>]*>(.*?)</span></span>', re.DOTALL)


def words(page: str) -> str:
    """The page's text as it is printed, without tags, on one line."""
    return _plain(ORIGIN.sub(" ", page))


def origins(page: str) -> list[str]:
    """Where the page's numbers come from, in words."""
    return [_plain(found).strip() for found in ORIGIN.findall(page)]


def _plain(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def listed(page: str) -> list[str]:
    """The ids on the page, in their order."""
    return re.findall(r'href="/creators/([^"]+)"', page)


def ranking(browser: Browsers, query: str = "") -> list[str]:
    return listed(browser("viewer").page(f"/comets?{query}"))


def test_an_empty_database_says_what_to_do(browser: Browsers):
    """Before the first day the page names the DAG to trigger."""
    assert "trigger the DAG comets" in words(browser("viewer").page("/comets"))


def test_the_first_day_is_under_way(browser: Browsers, connection: Connection):
    """While the first day runs, the page says since when."""
    end_run(connection, "one", state="running", coverage=None, roster=None, started_at=NOON)
    assert "The first day is running since 2026-11-21 12:00 UTC" in words(browser("viewer").page("/comets"))


def test_a_row_says_everything(browser: Browsers, connection: Connection):
    """Rank, names, followers, growth of the window, band, acceleration, score, trend and age stand in the row."""
    end_run(connection, "one")
    stand(
        connection,
        "7",
        handle="luna.cooks",
        nickname="Luna Cooks",
        follower_count=31_623,
        growth_7=1_623,
        percent_7=Decimal("5.41"),
        acceleration=Decimal("-0.50"),
        score=Decimal("71.60"),
        score_growth=Decimal("0.9"),
        source_trend="ramen",
        first_seen_on=DAY - timedelta(days=12),
        estimated_days=2,
        median_plays=4_321,
        engagement=Decimal("0.0856"),
        last_post_on=DAY - timedelta(days=1),
    )
    page = browser("viewer").page("/comets?window=7")
    assert (
        " 1 @luna.cooks Luna Cooks TikTok 31,623 +5.41 % +1,623 2 days estimated 50 % −0.50 pp 72 4,321 8.6 % 2026-11-20"
        " ramen 12 days " in words(page)
    )
    assert (
        '<a class="outside" href="https://www.tiktok.com/@luna.cooks" rel="noopener noreferrer" target="_blank">'
        in page
    )
    assert 'href="/comets?window=7&amp;trend=ramen"' in page
    assert 'aria-label="growth 90 %, hearts –"' in page


def test_tags(browser: Browsers, connection: Connection):
    """New, graduated, fading, status and an older day are said in words; who was above the band from the first day has not
    graduated.
    """
    stand(connection, "1", is_new=True, band="above", follower_count=200_000)
    snapshot(connection, "1", DAY - timedelta(days=20), 100_000)
    stand(connection, "2", is_fading=True, day=DAY - timedelta(days=2))
    stand(connection, "3", status="banned")
    stand(connection, "4", band="above", follower_count=300_000)
    snapshot(connection, "4", DAY - timedelta(days=20), 250_000)
    rows = re.findall(r"<tr>.*?</tr>", browser("viewer").page("/comets?status=any&band=any"), re.DOTALL)[1:]
    tags = [re.findall(r'class="tag \w+">([^<]+)<', row) for row in rows]
    assert tags == [["new", "graduated"], ["fading", "as of 2026-11-19"], ["banned"], []]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["b", "a", "c", "d"]),
        ("order=percent", ["c", "b", "a", "d"]),
        ("window=7", ["b", "c", "a", "d"]),
        ("window=30", ["a", "b", "c", "d"]),
        ("order=followers", ["b", "c", "a", "d"]),
        ("order=followers&window=7", ["c", "b", "a", "d"]),
        ("order=acceleration", ["a", "b", "c", "d"]),
        ("order=score", ["b", "a", "c", "d"]),
    ],
)
def test_orders(browser: Browsers, connection: Connection, query: str, expected: list[str]):
    """Each order puts its largest first and what is not known last; the id decides between equals."""
    figures: dict[str, tuple[Any, ...]] = {
        "a": (-5, "-0.05", 1, "0.1", 900, "9.0", "3.00", "50"),
        "b": (30, "0.3", 20, "2.0", None, None, "3.00", "60"),
        "c": (20, "0.5", 21, "1.9", None, None, "-3.00", "10"),
        "d": (None,) * 8,
    }
    names = ("growth_1", "percent_1", "growth_7", "percent_7", "growth_30", "percent_30", "acceleration", "score")
    for user_id, values in figures.items():
        stand(connection, user_id, **dict(zip(names, values, strict=True)))
    assert ranking(browser, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["1", "2", "3"]),
        ("stale=true", ["1", "2", "3", "4"]),
        ("window=7", ["1", "2", "3", "4"]),
        ("window=30&measured=true", ["1", "2", "3"]),
        ("trend=ramen", ["1", "3"]),
        ("trend=RAMEN", ["1", "3"]),
        ("trend=rame", ["1", "3"]),
        ("trend=pot", ["2"]),
        ("trend=amen", []),
        ("trend=%25", []),
        ("band=above", ["2"]),
        ("band=below", ["3"]),
        ("band=inside&trend=ramen", ["1"]),
        ("status=gone", ["5"]),
        ("status=private", ["6"]),
        ("status=any", ["1", "2", "3", "4", "5", "6"]),
        ("new=true", ["2"]),
        ("fading=true", ["3"]),
        ("fading=true&stale=true", ["3", "4"]),
        ("fading=true&measured=true", ["3"]),
        ("search=", ["1", "2", "3"]),
        ("search=%40HANDLE.5", ["5"]),
        ("search=handle.&band=above", ["2"]),
        ("search=handle.&status=active", ["1", "2", "3", "4"]),
        ("search=na+4", ["4"]),
        ("search=5+name", ["5"]),
        ("search=ame", ["1", "2", "3", "4", "5", "6"]),
        ("search=4+handle", ["4"]),
        ("search=handle_4", ["4"]),
        ("search=%25", []),
        ("search=%5C", []),
        ("search=%00", ["1", "2", "3"]),
        ("search=%27+%26+%7C+%21+%3A*+%28", []),
    ],
)
def test_filters(browser: Browsers, connection: Connection, query: str, expected: list[str]):
    """Filters leave who fits; a search goes by the beginnings of words, whatever the status and the day."""
    for keyword in ("ramen", "pottery"):
        connection.execute("insert into daily_trends (trend_keyword, discovered_at) values (%s, %s)", [keyword, DAY])
    stand(connection, "1", source_trend="ramen")
    stand(connection, "2", source_trend="pottery", band="above", is_new=True)
    stand(connection, "3", source_trend="ramen", band="below", is_fading=True)
    stand(connection, "4", is_fading=True, day=DAY - timedelta(days=1))
    stand(connection, "5", status="gone")
    stand(connection, "6", status="private")
    assert ranking(browser, query if "band=" in query else f"{query}&band=any") == expected


@pytest.mark.parametrize("search", ["dumplings", "tavi dumplings", "TAVI.dump", "hand pulled", "@tavi", "noodles"])
def test_words_of_handles_and_names_are_found(browser: Browsers, connection: Connection, search: str):
    """Any word of the handle and the name leads to the creator, in any order, and a new name is found at once."""
    stand(connection, "1", handle="tavi.dumplings", nickname="Hand-Pulled Rice")
    stand(connection, "2", handle="ravi.dunes", nickname="Humdrum")
    connection.execute("update creators set nickname = 'Hand-Pulled Noodles' where user_id = '1'")
    assert ranking(browser, f"search={quote(search)}") == ["1"]


@pytest.mark.parametrize(
    ("search", "expected"), [("パン", ["1"]), ("ン", ["1"]), ("きのパ", ["1"]), ("ครัว", ["2"]), ("パ屋", [])]
)
def test_scripts_without_spaces_are_found(browser: Browsers, connection: Connection, search: str, expected: list[str]):
    """Where no space parts words, what stands in the middle of a name is found."""
    stand(connection, "1", handle="yuki", nickname="ゆきのパン")
    stand(connection, "2", handle="mae", nickname="ห้องครัวของแม่")
    assert ranking(browser, f"search={quote(search)}") == expected


def test_an_old_spike_does_not_lead_todays_ranking(browser: Browsers, connection: Connection):
    """Over one day only who has a row of the ranking's day is ranked, measured or estimated; the others on demand."""
    stand(connection, "spike", percent_1=400, percent_7=400, growth_1=1, growth_7=1, day=DAY - timedelta(days=9))
    stand(connection, "today", percent_1=2, percent_7=3, growth_1=1, growth_7=1)
    stand(connection, "estimated", percent_1=1, percent_7=2, growth_1=1, growth_7=1, is_estimated=True)
    for order in ("percent", "followers", "acceleration", "score"):
        assert set(ranking(browser, f"order={order}")) == {"today", "estimated"}
    assert ranking(browser, "order=percent") == ["today", "estimated"]
    assert ranking(browser, "order=percent&stale=true") == ["spike", "today", "estimated"]
    assert "as of 2026-11-12" in words(browser("viewer").page("/comets?window=7"))


def test_estimated_numbers_are_marked(browser: Browsers, connection: Connection):
    """Growth from or to an estimated day is marked, and says the day; other numbers of a creator with estimated days are not."""
    connection.execute("select make_partitions('2026-11-01', 1)")
    growth = {"percent_7": Decimal("3.00"), "growth_7": 600, "estimated_days": 5}
    for user_id, is_estimated, base in (
        ("1", False, "interpolation"),
        ("2", True, "roll_call"),
        ("3", False, "roll_call"),
    ):
        stand(connection, user_id, is_estimated=is_estimated, **growth)
        snapshot(connection, user_id, DAY - timedelta(days=7), 19_400, origin=base)
    page = browser("viewer").page("/comets?window=7")
    cells = re.findall(r'<td class="number ([a-z]+)"><span class="told"><button[^>]*>\+3.00 %(.*?)</td>', page)
    assert [(tone, *origins(cell), words(cell).strip()) for tone, cell in cells] == [
        ("estimated", "2026-11-21, counted; compared with 2026-11-14, estimated", "estimated"),
        (
            "estimated",
            "Estimated for 2026-11-21, not counted: a line between the days before and after; compared with 2026-11-14",
            "estimated",
        ),
        ("up", "2026-11-21, counted; compared with 2026-11-14", ""),
    ]
    assert page.count(">5 days estimated<") == 3
    assert "compared with" not in words(page[: page.index("How to read this")])


def test_a_few_followers_lost(browser: Browsers, connection: Connection):
    """A fall that rounds to nothing has the sign and the colour of a fall."""
    stand(connection, "1", percent_1=Decimal("0.00"), growth_1=-1)
    page = browser("viewer").page("/comets")
    assert re.search('<td class="number down"><span class="told"><button[^>]*>−0.00 %', page)
    assert "2026-11-21, counted; compared with 2026-11-20" in origins(page)


@pytest.mark.parametrize(("order", "expected"), [("acceleration", "number"), ("score", "number wide")])
def test_a_phone_shows_what_the_rows_are_ordered_by(
    browser: Browsers, connection: Connection, order: str, expected: str
):
    """The column of the order is never left out."""
    stand(connection, "1", acceleration=Decimal("1.25"))
    page = browser("viewer").page(f"/comets?order={order}")
    assert re.findall(r'<td class="([a-z ]+)"><span class="told"><button[^>]*>\+1\.25 pp<', page) == [expected]
    assert ("Acceleration is that of a week whatever the window" in words(page)) == (order == "acceleration")


@pytest.mark.parametrize(
    "query",
    ["window=2", "order=name", "band=10", "status=sleeping", "page=0", "page=20001", "page=x", "search=" + "a" * 101],
)
def test_nonsense_addresses(browser: Browsers, query: str):
    """What no page means is refused with words, not with a crash."""
    answer = browser("viewer").get(f"/comets?{query}")
    assert (answer.status_code, "does not fit" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/comets?page=x", "page is 'x': write a whole number"),
        ("/comets?page=0", "page is '0': input should be greater than or equal to 1"),
        (
            "/comets?order=name",
            "order is 'name': write one of 'default', 'percent', 'followers', 'size', 'month', '",
        ),
        ("/comets?new=perhaps", "new is 'perhaps': write true or false"),
        ("/comets?search=" + "a" * 101, "search is longer than 100 letters: shorten it"),
        ("/why-not?since=2026-02-30", "since is '2026-02-30': write a day as 2026-11-05"),
        ("/creators", "handle is missing"),
    ],
)
def test_a_page_says_what_to_correct(browser: Browsers, address: str, said: str):
    """A person gets a page that names the value and what it should be."""
    answer = browser("viewer").get(address)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert said in html.unescape(answer.text)


def test_a_window_without_history_is_said(browser: Browsers, connection: Connection):
    """Where nobody has a number of 30 days before, the page says that nothing is ranked by it; else it does not."""
    stand(connection, "1", growth_30=None, percent_30=None, growth_1=5, percent_1=1)
    said = "Nobody here has a number of 30 days before"
    assert said in browser("viewer").page("/comets?window=30")
    assert said not in browser("viewer").page("/comets?window=1")
    stand(connection, "2", growth_30=5, percent_30=1)
    assert said not in browser("viewer").page("/comets?window=30")


def test_scrolled_tables_are_reached_by_keyboard():
    """Whatever scrolls takes the focus, and has a name."""
    for template in FOLDER.glob("*.html"):
        for tag in re.findall(r"<div class=\"scroll[^>]*>", template.read_text(encoding="utf-8")):
            assert re.search(r' role="region" tabindex="0" aria-label="[^"]+"', tag), (template.name, tag)


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#13171f")])
def test_colours_of_texts_stand_out(theme: str, ground: str):
    """Estimated, better, worse, lines and the charts' labels have a contrast of 4.5 to 1 at the least."""
    style = (STYLES / "dashboard.css").read_text(encoding="utf-8")
    for name in ("estimated", "good", "bad", "line", "chart-text"):
        light, *dark = re.findall(rf"--{name}: (#[0-9a-f]{{6}});", style)
        assert dark
        for colour in [light] if theme == "light" else dark:
            assert contrast(colour, ground) >= 4.5, (name, colour)


def contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines 2 define it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("query", ["order=percent", "order=followers", "order=score&status=any", "search=handle"])
def test_pages_are_complete(browser: Browsers, connection: Connection, query: str):
    """Page by page everybody comes once, equals and unknown growth included, with the rank going on."""
    for number in range(120):
        growth = None if number % 5 == 0 else number % 7
        stand(connection, f"{number:03}", growth_1=growth, percent_1=growth)
    found: list[str] = []
    address: str | None = f"/comets?{query}"
    while address:
        page = browser("viewer").page(address)
        assert f"{len(found) + 1} to {len(found) + len(listed(page))}" in words(page)
        found += listed(page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        address = html.unescape(link[1]) if link else None
    assert sorted(found) == [f"{number:03}" for number in range(120)]


def test_a_page_too_far(browser: Browsers, connection: Connection):
    """A page behind the last one leads back to the beginning."""
    stand(connection, "1")
    assert "ends before page 9" in words(browser("viewer").page("/comets?page=9"))


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names(browser: Browsers, connection: Connection, name: str):
    """Handles, names and trends are shown, never run, and never turn or cover the rest of the page."""
    end_run(connection, "one")
    stand(connection, "1", handle=name, nickname=name, source_trend=name)
    connection.execute("insert into daily_trends (trend_keyword, discovered_at, rank) values (%s, %s, 1)", [name, DAY])
    for address in ("/comets", "/creators/1"):
        page = browser("viewer").page(address)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert ">49<" not in page
        assert "javascript:" not in page
        shown = " ".join(re.findall(r'<bdi class="person">(.*?)</bdi>', page, re.DOTALL))
        assert "\u202e" not in shown
        assert "\u0353" not in shown
        assert re.findall(r'href="https://www\.tiktok\.com/@[^"<>]*"', page) != []
    search = browser("viewer").get("/comets", params={"search": name[:100], "trend": name})
    assert (search.status_code, "<script>alert" in search.text, "<img" in search.text) == (200, False, False)


def test_the_search_and_filters_stay_in_the_form(browser: Browsers, connection: Connection):
    """The form shows what the address asks for, and the links keep it."""
    stand(connection, "1", nickname="Luna")
    page = browser("viewer").page("/comets?window=7&search=luna&order=score&band=inside&new=false")
    assert 'name="search" value="luna"' in page
    assert '<option value="score" selected>' in page
    assert '<option value="inside" selected>' in page
    assert 'href="/comets?window=30&amp;search=luna&amp;order=score&amp;band=inside&amp;new=false"' in page


def test_lines_of_the_last_thirty_days(browser: Browsers, connection: Connection):
    """The days up to the ranking's are drawn, the estimated ones apart; those of others and older ones are not."""
    connection.execute("select make_partitions('2026-10-01', 2)")
    stand(connection, "1")
    for back, followers, origin in (
        (40, 1, "roll_call"),
        (2, 10, "roll_call"),
        (1, 20, "interpolation"),
        (0, 30, "roll_call"),
    ):
        snapshot(connection, "1", DAY - timedelta(days=back), followers, origin=origin)
    snapshot(connection, "2", DAY, 99)
    page = browser("viewer").page("/comets")
    assert re.findall(r"<polyline[^>]*>", page) == [
        '<polyline class="estimated" points="99.8,25.0 103.4,14.0 107.0,3.0"/>',
        '<polyline points="99.8,25.0 99.8,25.0"/>',
        '<polyline points="107.0,3.0 107.0,3.0"/>',
    ]


def test_an_incomplete_day_is_red(browser: Browsers, connection: Connection):
    """When the last day is incomplete the page says so and leads to the runs."""
    stand(connection, "1")
    end_run(connection, "one", state="incomplete", coverage=0.42, measured=21, due=50, roster=60)
    page = browser("viewer").page("/comets")
    assert '<p class="warning" role="status">The last day, 2026-11-21, is incomplete. <a href="/runs">' in page
    assert "coverage 42.0 %: 21 measured of 50 due, 60 creators on the roster." in words(page)


def test_an_overruled_creator_is_hidden_marked_and_exported_alike(browser: Browsers, connection: Connection):
    """Accepted and then overruled to be refused: counted with a link, marked once shown, in a search as well; the creator's page
    says who, why and what it means; the download follows the page. Withdrawn, all is as before.
    """
    for user_id in "123":
        stand(connection, user_id, score=Decimal(user_id))
    insert(
        connection, "overrules", made_by="the op", day=DAY, keyword="k", video_id="v", user_id="2", layer="face",
        field="cover", expected="refuse", reason="The face is that of a <b>poster</b>.",
    )  # fmt: skip
    page = browser("viewer").page("/comets?window=7")
    assert listed(page) == ["1", "3"]
    assert "1 hidden: overruled. Show it" in words(page)
    assert 'href="/comets?window=7&amp;overruled=true"' in page
    shown = browser("viewer").page("/comets?overruled=true")
    assert listed(shown) == ["3", "2", "1"]
    assert re.findall(r'class="tag down">([^<]+)<', shown) == ["overruled"]
    assert "hidden: overruled" not in words(shown)
    assert ranking(browser, "search=handle.2") == []
    assert "1 hidden: overruled. Show it" in words(browser("viewer").page("/comets?search=handle.2"))
    assert ranking(browser, "search=handle.2&overruled=true") == ["2"]
    exports = {
        query: browser("viewer").get(f"/export/ranking.csv?{query}").text.splitlines()
        for query in ("window=7", "window=7&overruled=true")
    }
    assert [[line.split(",")[0] for line in lines[1:]] for lines in exports.values()] == [["1", "3"], ["1", "2", "3"]]
    assert [line.split(",")[-1] for line in exports["window=7&overruled=true"]] == [
        "is_overruled", "false", "true", "false",
    ]  # fmt: skip
    creator = browser("viewer").page("/creators/2")
    assert '<span class="tag down">overruled</span>' in creator
    assert "Overruled by the op on " in words(creator)
    assert "The face is that of a &lt;b&gt;poster&lt;/b&gt;." in creator
    assert 'class="tag down">overruled' not in browser("viewer").page("/creators/1")
    connection.execute("update overrules set withdrawn_at = clock_timestamp(), withdrawn_by = 'op'")
    assert ranking(browser) == ["3", "2", "1"]
    assert "overruled</span>" not in browser("viewer").page("/creators/2")


@pytest.mark.parametrize(
    ("run", "today", "expected"),
    [
        ({}, DAY, None),
        ({}, DAY + timedelta(days=1), None),
        ({}, DAY + timedelta(days=3), "The numbers are 3 days old"),
        ({"state": "incomplete"}, DAY, "The last day, 2026-11-21, is incomplete"),
        (
            {"run_day": DAY + timedelta(days=1), "state": "running"},
            DAY,
            "The run of 2026-11-22 has not brought the ranking up to date yet",
        ),
        ({"run_day": None, "state": None}, DAY, None),
    ],
)
def test_warnings(run: dict[str, Any], today: date, expected: str | None):
    """Old, incomplete and outrun numbers are named; yesterday's are usual until today's run."""
    assert warning({"day": DAY, "run_day": DAY, "state": "complete", **run}, today) == expected


def test_what_is_searched_for():
    """Signs that mean something to LIKE mean themselves."""
    assert beginning_with(r"50%_\x") == r"50\%\_\\x%"
