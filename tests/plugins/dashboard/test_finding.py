"""Finding on the page "Comets": both ends of every order, ranges, parts of words, what is outside, and who was refused."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from include.ranking import ranges
from include.ranking.choice import Choice, Order
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, end_run, insert, stand
from tests.plugins.dashboard.test_comets import HOSTILE, listed, ranking, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]


def exported(browser: Browsers, query: str) -> list[str]:
    content = browser("viewer").get(f"/export/ranking.csv?{query}").content
    return [line["user_id"] for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


def test_every_order_goes_both_ways(browser: Browsers, connection: Connection):
    """From either end the known come in their order, equals by their ids, and who has no value last; the file is the same."""
    end_run(connection, "one")
    for user_id, value in (("a", 1), ("b", 3), ("c", 2), ("d", 2)):
        figures = {
            **{f"{name}_{days}": value for name in ("percent", "growth") for days in (1, 7, 30)},
            "acceleration": value, "score": value, "follower_count": 20_000 + value, "median_plays": value,
            "engagement": Decimal(value) / 10, "share_above": Decimal(value) / 10, "best_to_median": Decimal(value),
            "plays_per_follower": Decimal(value) / 7, "posts_per_week": Decimal(value),
            "last_post_on": DAY + timedelta(days=value),
            "first_seen_on": DAY - timedelta(days=value), "source_trend": "xyz"[3 - value], "handle": "xyz"[3 - value],
        }  # fmt: skip
        stand(connection, user_id, **figures)
    stand(connection, "e", follower_count=10_000, first_seen_on=None, handle=None)
    for order in Order:
        usual, other = ["b", "c", "d", "a", "e"], ["a", "d", "c", "b", "e"]
        if order is Order.size:  # everybody has followers
            other = ["e", "a", "d", "c", "b"]
        if order in {Order.known, Order.trend, Order.handle}:  # walked the other way round, and so are equals
            usual, other = ["b", "d", "c", "a", "e"], ["a", "c", "d", "b", "e"]
        for query, expected in ((f"order={order}", usual), (f"order={order}&up=true", other)):
            assert ranking(browser, query) == expected, query
            assert exported(browser, query) == expected, query
            assert ranking(browser, f"{query}&search=name") == expected, query


def test_pages_end_with_the_unknown(browser: Browsers, connection: Connection):
    """Page by page everybody comes once, wherever the last one with a number stands; the unknown are behind them."""
    for number in range(120):
        stand(connection, f"{number:03}")
    for known in (0, 30, 50, 60):
        connection.execute(
            "update standings set median_plays = case when user_id::int < %s then user_id::int end", [known]
        )
        for up in ("", "&up=true"):
            found = [user_id for page in (1, 2, 3) for user_id in ranking(browser, f"order=plays&page={page}{up}")]
            assert sorted(found) == [f"{number:03}" for number in range(120)]
            assert {int(user_id) for user_id in found[:known]} == set(range(known))


def test_a_heading_turns_the_order_round(browser: Browsers, connection: Connection):
    """Chosen once it is the order, chosen again it goes the other way, and the rest of the address stays; the form keeps it."""
    stand(connection, "1")
    page = browser("viewer").page("/comets?order=plays&followers_from=5k&page=1")
    heading = re.findall(r'<th class="number" aria-sort="descending"><a href="([^"]*)">Median plays', page)
    assert [html.unescape(each) for each in heading] == ["/comets?order=plays&followers_from=5k&up=true"]
    page = browser("viewer").page(html.unescape(heading[0]))
    assert 'aria-sort="ascending"><a href="/comets?order=plays&amp;followers_from=5k">Median plays' in page
    assert 'name="up" value="true"' in page
    assert 'aria-sort="ascending"><a href="/comets?order=handle&amp;up=true">Creator' in browser("viewer").page(
        "/comets?order=handle"
    )


GROWTH_HEADINGS = ("Followers gained", "Acceleration, a week", "Found under")
VIDEO_HEADINGS = ("Above 10,000 plays", "Best by median", "Plays by followers", "Posts a week")


@pytest.mark.parametrize(
    ("query", "shown", "other"),
    [
        ("", GROWTH_HEADINGS, ""),
        ("columns=growth", GROWTH_HEADINGS, ""),
        ("columns=videos", VIDEO_HEADINGS, ""),
        # What the rows are ordered by is always shown.
        ("order=best", VIDEO_HEADINGS, ""),
        ("order=best&columns=growth", GROWTH_HEADINGS, "Best by median"),
        ("order=trend&columns=videos", VIDEO_HEADINGS, "Found under"),
    ],
)
def test_columns(browser: Browsers, connection: Connection, query: str, shown: tuple[str, ...], other: str):
    """Either kind is shown, as many cells as headings, and the other kind is one click away with the rest of the address."""
    stand(
        connection, "1", share_above=Decimal("0.3"), best_to_median=Decimal("10.46"), plays_per_follower=Decimal("0.056"),
        posts_per_week=Decimal("3.46"),
    )  # fmt: skip
    stand(connection, "2")
    page = browser("viewer").page(f"/comets?{query}&weekly_to=9")
    table = page[page.index('<table class="ranking">') : page.index("</table>")]
    headings = re.findall(r"<th\b[^>]*>(?:<a[^>]*>)?([^<]*)", table)
    assert {each for each in GROWTH_HEADINGS + VIDEO_HEADINGS if each in headings} == {*shown, *filter(None, [other])}
    assert ("Band, 10,000 to 100,000" in headings) is (shown is GROWTH_HEADINGS)
    rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)[1:]
    assert {len(re.findall("<td", row)) for row in rows} == {len(headings)}
    if shown is VIDEO_HEADINGS:
        assert all(f">{each}<" in rows[0] for each in ("30 %", "10.5 ×", "0.06", "3.5"))
    switch = html.unescape(re.findall(r'Columns: .*?href="([^"]*)"', page)[0])
    kept = [each for each in query.split("&") if each and not each.startswith("columns=")]
    turned = "growth" if shown is VIDEO_HEADINGS else "videos"
    assert set(switch.partition("?")[2].split("&")) == {*kept, "weekly_to=9", f"columns={turned}"}
    if "columns=" in query:
        assert f'name="columns" value="{query.rpartition("=")[2]}"' in page


def test_columns_of_which_there_are_none(browser: Browsers, connection: Connection):
    """They are refused like any other parameter that means nothing."""
    stand(connection, "1")
    assert browser("viewer").get("/comets?columns=everything").status_code == 422


RANGES = [
    ("followers_from=20000", ["2", "3"]),
    ("followers_from=20,000&followers_to=20k", ["2"]),
    ("followers_to=10 000", ["1"]),
    ("growth_from=2.5", ["2", "3"]),
    ("growth_from=2.5 %&window=7", []),
    ("growth_to=-1&window=7", ["1"]),
    ("growth_from=−2&growth_to=0&window=7", ["1", "2"]),
    ("engagement_from=8.5", ["2"]),
    ("engagement_to=8.4", ["1"]),
    ("plays_from=1k&plays_to=1.5k", ["2"]),
    ("plays_from=0", ["1", "2"]),
    ("above_from=30", ["1", "2"]),
    ("above_from=30.1 %", ["2"]),
    ("above_to=99", ["1"]),
    ("best_from=10", ["1"]),
    ("best_to=10.4 ×", ["2"]),
    ("per_follower_from=0.05&per_follower_to=1.24", ["1"]),
    ("per_follower_from=1.25", ["2"]),
    ("weekly_to=0", ["1"]),
    ("weekly_from=3.5&best_to=2", ["2"]),
    ("weekly_from=99999999999999999999999", []),
    ("search=name&weekly_from=1", ["2"]),
    ("post_to=3", ["1"]),
    ("post_from=4&post_to=14", ["2"]),
    ("post_from=99999999999999999999", []),
    ("followers_from=99999999999999999999999", []),
    ("followers_from=", ["1", "2", "3"]),
    ("followers_from=%00", ["1", "2", "3"]),
    ("language=EN", ["1"]),
    ("language=e", []),
    ("hashtag=%23CHESS", ["1", "2"]),
    ("hashtag=chess&growth_from=2.5", ["2"]),
    ("hashtag=ches", []),
    ("hashtag=été", ["1"]),
    ("niche=chess", ["2"]),
    ("hashtag='; drop table creators; --", []),
    ("search=name&plays_to=999", ["1"]),
    ("contact=any", ["1", "2", "3"]),
    ("contact=known", ["1", "2"]),
    ("contact=email", ["2"]),
    ("contact=link&growth_from=2.5", ["2"]),
    ("contact=youtube", []),
    ("search=name&contact=instagram", ["1"]),
]


def test_ranges(browser: Browsers, connection: Connection):
    """Both ends belong to a range, what is not known is in none, and the file and a search obey it as the page does."""
    end_run(connection, "one")
    stand(
        connection, "1", follower_count=10_000, percent_1=1, percent_7=-2, engagement=Decimal("0.02"), median_plays=999,
        last_post_on=DAY - timedelta(days=3), language="en", contacts=["instagram"], share_above=Decimal("0.3"),
        best_to_median=Decimal("10.5"), plays_per_follower=Decimal("0.05"), posts_per_week=0,
    )  # fmt: skip
    stand(
        connection, "2", follower_count=20_000, percent_1=Decimal("2.5"), percent_7=0, engagement=Decimal("0.085"),
        median_plays=1_500, last_post_on=DAY - timedelta(days=14), language="fr", contacts=["email", "link"],
        share_above=1, best_to_median=2, plays_per_follower=Decimal("1.25"), posts_per_week=Decimal("3.5"),
    )  # fmt: skip
    stand(connection, "3", follower_count=30_000, percent_1=3)
    for user_id, video_id, tags in (("1", "1", ["Chess", "ÉTÉ"]), ("2", "1", ["chess"]), ("2", "2", ["CHESS", "fyp"])):
        insert(
            connection, "creator_videos", user_id=user_id, video_id=video_id, plays=1, hashtags=tags, seen_at=DAY,
            first_seen_on=DAY, last_seen_on=DAY,
        )  # fmt: skip
    for text, expected in RANGES:
        query = quote(text, safe="=&%+")
        assert sorted(ranking(browser, query)) == expected, text
        if "search" not in query:
            assert sorted(exported(browser, query)) == expected, text


def test_where_somebody_can_be_reached(browser: Browsers, connection: Connection):
    """A row names the way, the form keeps the choice, and the file has every address, Instagram, channel, link and category."""
    end_run(connection, "one")
    stand(connection, "1", contacts=["email", "instagram", "link", "youtube"])
    stand(connection, "2", contacts=["instagram"])
    stand(connection, "3")
    for kind, contact in (
        ("email", "b@site.example"), ("email", "a@site.example"), ("instagram", "some.one"), ("category", "Food, drinks"),
        ("youtube", "https://www.youtube.com/@some.one"), ("link", "https://site.example/a,b"), ("link", "https://a.example"),
    ):  # fmt: skip
        insert(
            connection, "creator_contacts", user_id="1", kind=kind, contact=contact, found_in="bio", seen_at=DAY
        )  # fmt: skip
    page = browser("viewer").page("/comets?contact=known")
    assert re.findall(r'title="(Can be reached [^"]*)">([^<]*)<', page) == [
        ("Can be reached by e-mail, Instagram, link, YouTube: as their profile says", "e-mail"),
        ("Can be reached by Instagram: as their profile says", "contact"),
    ]
    assert '<option value="known" selected>can be reached</option>' in page
    assert "Clear filters" in page
    content = browser("viewer").get("/export/ranking.csv?contact=known").content.decode("utf-8-sig")
    found = {line["user_id"]: line for line in csv.DictReader(io.StringIO(content, newline=""))}
    assert [found["1"][name] for name in ("emails", "instagram", "youtube", "links", "category")] == [
        "a@site.example, b@site.example", "some.one", "https://www.youtube.com/@some.one",
        "https://a.example https://site.example/a,b", "Food, drinks",
    ]  # fmt: skip
    assert [found["2"][name] for name in ("emails", "category")] == ["", ""]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("followers_from=many", "Followers: “many” is not a whole number; write, for example, 10000 or 10k."),
        ("best_from=-1", "Best video by median plays: “-1” is not a number; write, for example, 10 or 2.5."),
        ("weekly_from=two", "Posts a week: “two” is not a number; write, for example, 3.5."),
        ("plays_from=1.5", "Median plays: “1.5” is not a whole number; write, for example, 5000 or 5k."),
        ("growth_to=NaN", "Growth in percent: “NaN” is not a number; write, for example, 2.5 or -1."),
        ("post_to=-3", "Last post, days ago: “-3” is not a whole number of days; write, for example, 14."),
        (
            "engagement_from=9&engagement_to=3",
            "Engagement in percent: the least, 9, is above the most, 3; nobody can be within.",
        ),
    ],
)
def test_what_means_nothing_is_said(browser: Browsers, connection: Connection, query: str, sentence: str):
    """A sentence says what to write, nobody is shown meanwhile, and the form and the links keep everything; no file is made."""
    stand(connection, "1", handle="luna")
    viewer = browser("viewer")
    page = viewer.page(f"/comets?window=7&band=any&{query}&language=en")
    assert sentence in words(page)
    assert listed(page) == []
    for name, value in (part.split("=") for part in query.split("&")):
        assert f'name="{name}" value="{value}"' in page
    assert f'href="/comets?window=30&amp;band=any&amp;{query.replace("&", "&amp;")}&amp;language=en"' in page
    answer = viewer.get(f"/export/ranking.csv?{query}")
    assert (answer.status_code, sentence in words(answer.text)) == (422, True)


def test_several_ranges_are_corrected_at_once(browser: Browsers, connection: Connection):
    """Each range that means nothing has its sentence; a hostile one is shown harmless."""
    stand(connection, "1")
    for name in HOSTILE:
        page = browser("viewer").page(f"/comets?followers_to={quote(name[:30])}&plays_from=x")
        assert words(page).count("is not a whole number") == 2
        assert "<script>alert" not in page
        assert "<img" not in page
    assert browser("viewer").get(f"/comets?followers_to={'9' * 31}").status_code == 422


@pytest.mark.parametrize(
    ("text", "count", "percent"),
    [
        ("10000", 10_000, Decimal(10_000)), ("10,000", 10_000, None), (" 1.5M ", 1_500_000, None), ("10k", 10_000, None),
        ("1.5", None, Decimal("1.5")), ("1,00", None, None), ("-3 %", None, Decimal(-3)), ("+2", None, Decimal(2)),
        ("1e9", None, None), ("0x10", None, None), ("٣", 3, Decimal(3)), ("10 000", 10_000, None), ("k", None, None),
        ("inf", None, None), ("9" * 29, 10**15, Decimal(10**9)),
    ],
)  # fmt: skip
def test_how_bounds_are_read(text: str, count: int | None, percent: Decimal | None):
    """Counts with thousands apart and with k or m, percents with a sign; anything else is refused."""
    assert (ranges.read_count(text), ranges.read_percent(text)) == (count, percent)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10", Decimal(10)), (" 2.5 ", Decimal("2.5")), ("10 ×", Decimal(10)), ("1,000", Decimal(1_000)), ("0", Decimal(0)),
        ("1,00", None), ("-1", None), ("1e9", None), ("×", None), ("٣", None), ("inf", None), ("1.", None),
        ("9" * 29, Decimal(10**9)),
    ],
)  # fmt: skip
def test_how_numbers_are_read(text: str, number: Decimal | None):
    """From 0 on, with or without a fraction and the sign of what is so many times as much."""
    assert ranges.read_number(text) == number


def test_days_ago_are_counted_from_the_ranking_s_day():
    """At most 14 days ago is since the 14th day before; further back than the calendar is its beginning."""
    found = ranges.parameters_of(Choice(post_from="2", post_to="14"), date(2026, 11, 21))
    assert (found["posted_since"], found["posted_until"]) == (date(2026, 11, 7), date(2026, 11, 19))
    assert ranges.parameters_of(Choice(post_to="36500"), date(1, 3, 1))["posted_since"] == date.min


INSIDE = [
    ("chess", ["1", "3"]), ("CHESS", ["1", "3"]), ("meiwith", ["1"]), ("chess mei", ["1"]), ("chess teach", ["3"]),
    ("hes", ["1", "3"]), ("he", []), ("th", ["1"]), ("th chess", ["1"]), ("@chess", []), ("@the.mei", ["1"]),
    ("schachspiel", ["2"]), ("chspi", ["2"]), ("ete", ["2"]), ("шахма", ["4"]), ("хма", ["4"]), ("きのパ", ["4"]),
    ("のパ", ["4"]), ("meichess", []), ("%%%", []), ("_he", []), ("___", []), ("c%s", []), ("'''", []),
    ("\\chess", ["1", "3"]), ("a" * 100, []), ("chess\0", ["1", "3"]), ("🎀 chess", ["1", "3"]),
    ("& | ! :* chess (", ["1", "3"]),
]  # fmt: skip


def test_words_are_found_inside_words(browser: Browsers, connection: Connection):
    """Three letters and more stand anywhere in a word of handle, name or bio, in any script; fewer where a word begins."""
    stand(connection, "1", handle="the.meiwithchess", nickname="Mei")
    stand(connection, "2", handle="turm", nickname="L'Été")
    stand(connection, "3", handle="zoe", nickname="Zoë")
    stand(connection, "4", handle="yuki", nickname="ゆきのパン шахматы")
    connection.execute("update creators set signature = 'Schachspieler' where user_id = '2'")
    connection.execute("update creators set signature = 'I teach Chess-moves 😀' where user_id = '3'")
    for search, expected in INSIDE:
        assert sorted(ranking(browser, f"search={quote(search)}")) == expected, search


def test_a_short_word_is_said_to_be_short(browser: Browsers, connection: Connection):
    """What is looked for at the beginning of words alone is named, harmless; a longer word says nothing of the kind."""
    stand(connection, "1", handle="luna")
    said = "words of one or two letters are looked for only where words of handles and names begin"
    assert f"“lu”: {said}" in words(browser("viewer").page("/comets?search=lu"))
    assert said not in words(browser("viewer").page("/comets?search=luna"))
    assert said not in words(browser("viewer").page("/comets?search=%40lu"))


def test_the_band_is_what_is_looked_at(browser: Browsers, connection: Connection):
    """Without being asked the page shows who is inside, and counts by the same choice who is above and below, with links."""
    end_run(connection, "one")
    for user_id, band in (("1", "inside"), ("2", "above"), ("3", "above"), ("4", "below")):
        stand(connection, user_id, band=band, is_new=user_id != "3")
    page = browser("viewer").page("/comets?window=7")
    assert listed(page) == ["1"]
    assert "3 outside the band: 2 above , 1 below . Show all" in words(page)
    assert "<summary>About this list: 3 outside the band</summary>" in page
    assert "outside the band" not in page[page.index('class="remarks"') : page.index('<details class="left-out">')]
    assert 'href="/comets?window=7&amp;band=any">Show all' in page
    assert ranking(browser, "band=any") == ["1", "2", "3", "4"]
    assert "1 outside" not in words(browser("viewer").page("/comets?band=any"))
    assert "2 outside the band: 1 above , 1 below ." in words(browser("viewer").page("/comets?new=true"))
    assert exported(browser, "window=7") == ["1"]
    # Who is searched for, or is somebody's star, is shown wherever they stand.
    assert ranking(browser, "search=handle") == ["1", "2", "3", "4"]
    insert(connection, "shortlist_stars", reader="the viewer", user_id="4")
    assert ranking(browser, "mine=true") == ["4"]
    assert ranking(browser, "search=handle&band=inside") == ["1"]


def verdict(connection: Connection, user_id: str, handle: str, day: date, **more: Any) -> None:
    row = {
        "keyword": "a/b c",
        "video_id": f"v{user_id}",
        "layer": "platform",
        "field": "bio",
        "matched_text": "x",
        **more,
    }
    insert(
        connection, "verdicts", user_id=user_id, handle=handle, day=day, rules_version="1", run_id="r", screened_at=DAY,
        **row,
    )  # fmt: skip


def test_who_was_refused_is_told(browser: Browsers, connection: Connection):
    """A search that finds nobody names whom the filters refused under that handle, the exact one first, with their latest
    verdict; whoever is on the roster, or was accepted, is not among them.
    """
    end_run(connection, "one")
    stand(connection, "1", handle="other", nickname="Other")
    verdict(connection, "7", "LunaCooks", DAY - timedelta(days=1), layer="accepted", field=None, matched_text=None)
    verdict(connection, "7", "LunaCooks", DAY)
    verdict(connection, "8", "lunacooks.daily", DAY, layer="criteria", field="followers", matched_text=None)
    verdict(connection, "9", "lunacooks2", DAY, layer="accepted", field=None, matched_text=None)
    verdict(connection, "1", "lunacooks3", DAY)
    page = browser("viewer").page("/comets?search=%40lunacooks")
    assert (
        "Screened and not taken: @LunaCooks : Refused by layer 1: platform, 2026-11-21"
        " @lunacooks.daily : Refused by the comet criteria, 2026-11-21 begins with what you typed" in words(page)
    )
    (first, _) = re.findall(r'<a href="(/why-not/[^"]+)"', page)
    assert first == "/why-not/2026-11-21/a%2Fb%20c/v7"
    assert "Refused by layer 1" in browser("viewer").page(first)
    assert "lunacooks.daily" not in browser("viewer").page("/comets?search=other")
    nobody = words(browser("viewer").page("/comets?search=stranger"))
    assert "Nobody whose handle begins so was screened and refused either" in nobody
    assert "Screened and not taken" not in nobody


def test_a_search_that_filters_leave_empty_leads_on(browser: Browsers, connection: Connection):
    """Where other filters narrow a search too, a link searches without them."""
    end_run(connection, "one")
    stand(connection, "1", handle="luna")
    page = browser("viewer").page("/comets?search=luna&followers_from=1m&window=7")
    assert "Nobody on the roster fits this search and these filters" in words(page)
    assert 'href="/comets?window=7&amp;search=luna">Search without the other filters' in page
    assert "without the other filters" not in browser("viewer").page("/comets?search=nobody")


def test_refused_names_are_harmless(browser: Browsers, connection: Connection):
    """A refused handle is shown, never run."""
    end_run(connection, "one")
    stand(connection, "1")
    for number, name in enumerate(HOSTILE):
        verdict(connection, str(10 + number), name, DAY, keyword=name)
        page = browser("viewer").get("/comets", params={"search": f"@{name[:99]}"}).text
        assert "Screened and not taken" in page
        assert "<script>alert" not in page
        assert "<img" not in page


def test_a_saved_search_obeys_ranges(browser: Browsers, connection: Connection):
    """What is new is counted within the ranges; one that means nothing counts nobody, and still opens."""
    end_run(connection, "one")
    for number in (1, 2, 3):
        stand(connection, str(number), median_plays=1_000 * number)
    user = browser("user")
    for address in ("/comets?plays_from=2k&order=plays&up=true", "/comets?plays_from=many"):
        user.post("/saved", {"name": address[-9:], "address": address}, found_on="/saved")
    looked = "select user_ids from saved_search_looks order by search_id"
    assert connection.execute(looked).fetchall() == [(["2", "3"],), ([],)]
    assert user.get("/saved").status_code == 200


MANY = """
    with people as (
        insert into creators (user_id, handle)
        select number::text, 'h' || number from generate_series(%(first)s::int, %(last)s::int) as number
    ),

    added as (
        insert into standings (
            user_id, day, handle, status, follower_count, heart_count, video_count, is_estimated, estimated_days, band, is_new,
            is_fading, percent_1, growth_check, growth_signs
        )
        select
            number::text, %(day)s::date, 'h' || number, 'active', 20000, 1, 1, false, 0, %(band)s, false, false, number,
            %(check)s, '{}'
        from generate_series(%(first)s::int, %(last)s::int) as number
        returning user_id
    )

    insert into creator_video_facts (user_id, hashtags, niches)
    select user_id, array['chess'], array['chess'] from added
"""


def fill(connection: Connection, first: int, last: int, band: str = "inside", check: str = "no sign") -> None:
    connection.execute(MANY, {"day": DAY, "first": first, "last": last, "band": band, "check": check})


def test_the_places_that_are_paged_end(browser: Browsers, connection: Connection, monkeypatch: pytest.MonkeyPatch):
    """The last page says so and leads to the other end; one behind it shows nobody, and says why; the file has everybody."""
    monkeypatch.setattr("include.ranking.choice.MOST_PLACES", 100)
    monkeypatch.setattr("include.ranking.choice.MOST_PLACES_TAGGED", 50)
    end_run(connection, "one")
    fill(connection, 1, 130)
    first = browser("viewer").page("/comets?order=percent")
    assert 'rel="next"' in first
    assert "To the other end" in words(first)
    last = browser("viewer").page("/comets?order=percent&page=2")
    assert listed(last) == [str(number) for number in range(80, 30, -1)]
    assert "Pages end here, at place 100." in words(last)
    assert 'rel="next"' not in last
    turned = re.search(r'href="([^"]*)">other end<', last)
    assert turned is not None
    assert listed(browser("viewer").page(html.unescape(turned[1])))[:2] == ["1", "2"]
    behind = browser("viewer").page("/comets?page=3")
    assert listed(behind) == []
    assert "The first 100 places are paged, and page 3 lies behind them." in words(behind)
    for tag in ("hashtag", "niche"):
        assert "Pages end here, at place 50." in words(browser("viewer").page(f"/comets?{tag}=chess"))
        assert len(exported(browser, f"{tag}=chess")) == 130


def test_under_a_hashtag_many_are_counted_to_a_bound(browser: Browsers, connection: Connection):
    """Up to 1,000 the number is exact, above it is said to be more; without a hashtag it is always exact."""
    end_run(connection, "one")
    stand(connection, "x", percent_1=1)
    connection.execute("insert into creator_video_facts (user_id, hashtags) values ('x', array['chess'])")
    fill(connection, 1, 1_000, "above")
    fill(connection, 2_001, 3_000, check="looks bought")
    page = words(browser("viewer").page("/comets?hashtag=chess"))
    assert "1,000 outside the band: 1,000 above . Show all" in page
    assert "1,000 apart" in page
    fill(connection, 1_001, 1_001, "above")
    fill(connection, 3_001, 3_001, check="looks bought")
    page = words(browser("viewer").page("/comets?hashtag=chess"))
    assert "Outside the band, under a hashtag counted to 1,000: more than 1,000 above . Show all" in page
    assert "more than 1,000 apart" in page
    assert "Growth that looks bought: more than 1,000" in page
    plain = words(browser("viewer").page("/comets"))
    assert "1,001 outside the band: 1,001 above . Show all" in plain
    assert "1,001 apart" in plain


def test_nobody_under_a_hashtag_is_known_by_the_index(connection: Connection):
    """However often a session asks: everybody is read once for none of them."""
    fill(connection, 1, 3_000)
    connection.execute("analyze creator_video_facts")
    looks = "select seq_scan from pg_stat_xact_user_tables where relname = 'creator_video_facts'"
    with connection.transaction():
        before = connection.execute(looks).fetchall()
        for number in range(9):
            asked = (("none", None), (None, f"none{number}"), ("chess", "none"))[number % 3]
            assert connection.execute("select is_under(%s, %s)", asked).fetchall() == [(False,)]
            for there in (("Chess", None), (None, "chess"), ("chess", "CHESS")):
                assert connection.execute("select is_under(%s, %s)", there).fetchall() == [(True,)]
        assert connection.execute(looks).fetchall() == before


def test_hashtag_and_niche_offer_what_is_there(browser: Browsers, connection: Connection):
    """Both fields offer the commonest niches of the roster, those of most creators first and no hashtag of one video alone."""
    end_run(connection, "one")
    stand(connection, "1")
    for user_id, niches in (("1", ["baking", "uk"]), ("2", ["baking"]), ("3", ['"><b>'])):
        facts = {"niches": niches, "hashtags": [*niches, "once"]}
        insert(connection, "creator_video_facts", user_id=user_id, **facts)
    page = browser("viewer").page("/comets")
    offered = re.search(r'<datalist id="niches">(.*?)</datalist>', page)
    assert offered is not None
    assert re.findall(r'<option value="([^"]*)">', offered[1]) == ["baking", "&#34;&gt;&lt;b&gt;", "uk"]
    assert re.findall(r'name="(\w+)"[^>]* list="niches"', page) == ["hashtag", "niche"]
