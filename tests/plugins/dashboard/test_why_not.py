"""The pages "Why not?" and "Overrules": every verdict with its evidence, and a person's word against it."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from plugins.dashboard.comets.verdict_words import evidence
from tests.fixtures.dashboard import Browser

Browsers = Callable[[str | None], Browser]
DAY = date(2026, 11, 2)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "\u202egnirts\u202c \u2066x",
    "Z" + "\u0335\u0301\u0323" * 40 + "algo",
    "L" * 500,
]


def words(page: str) -> str:
    """The page's text, without tags, on one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def verdict(connection: psycopg.Connection, video_id: str = "7301", **columns: Any) -> str:
    """A verdict with these columns; returns the address of its page."""
    row = {
        "day": DAY,
        "keyword": "ramen",
        "video_id": video_id,
        "user_id": "7001",
        "handle": "luna.plays",
        "layer": "platform",
        "field": "bio",
        "matched_text": "Twitch",
        "rules_version": "2026-09-28",
        "run_id": "manual__1",
        **columns,
    }
    connection.execute(
        psycopg.sql.SQL("insert into verdicts ({}) values ({})").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row)),
            psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(row)),
        ),
        list(row.values()),
    )
    return f"/why-not/{row['day']}/{quote(row['keyword'], safe='')}/{row['video_id']}"


def answer(connection: psycopg.Connection, endpoint: str, subject: str, data: Any) -> None:
    """A stored answer of DAY."""
    connection.execute(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answered_at, answer)"
        " values ('comets', %s, %s, %s, 'answered', 'o', 'manual__1', 't', now(), %s)",
        [DAY, endpoint, subject, zlib.compress(json.dumps(data).encode())],
    )


def search_page(connection: psycopg.Connection, *videos: tuple[str, str, str, str]) -> None:
    """A stored page of the search for "ramen": (video id, caption, handle, name) of each video."""
    items = [
        {
            "aweme_info": {
                "aweme_id": video_id,
                "desc": caption,
                "statistics": {"play_count": 60_000},
                "author": {"uid": "7001", "unique_id": handle, "nickname": name, "follower_count": 20_000},
                "video": {"cover": {"url_list": ["https://p16.tiktokcdn.com/cover.jpeg"]}},
            }
        }
        for video_id, caption, handle, name in videos
    ]
    answer(connection, "video_search", "keyword=ramen&offset=0", {"search_item_list": items, "has_more": 0})


def profile(connection: psycopg.Connection, bio: str) -> None:
    user = {"uid": "7001", "unique_id": "luna.plays", "nickname": "Luna", "signature": bio}
    counts = {"follower_count": 20_000, "total_favorited": 5, "aweme_count": 5}
    answer(connection, "user_profile", "7001", {"user": {**user, **counts}, "status_code": 0})


def overrules(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select layer, field, subject_text, expected, reason, made_by, withdrawn_by from overrules order by overrule_id"
    ).fetchall()


PASS = {"expected": "pass", "target": "platform.bio", "reason": "It is her own channel."}


def test_before_the_first_day_it_says_what_to_do(browser: Browsers):
    """An empty database names the DAG to trigger; a search that finds nothing leads back."""
    viewer = browser("viewer")
    assert "trigger the DAG comets" in words(viewer.page("/why-not"))
    assert "Nothing that was screened fits" in words(viewer.page("/why-not?handle=x&since=&until="))
    assert "No verdict is overruled" in words(viewer.page("/overrules"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("face", "cover", Decimal("1.7"), Decimal("2")), "face 1.7 % of the 2.0 % needed"),
        (("face", "cover", Decimal("1.96"), Decimal("2")), "face 1.96 % of the 2.00 % needed"),
        (("face", "cover", Decimal(0), Decimal("2")), "no face found; more than 2.0 % needed"),
        (
            ("face", "cover", Decimal("9.1"), Decimal("2")),
            "perhaps a face, 9.1 %; a sure one of more than 2.0 % needed",
        ),
        (("accepted", "cover", Decimal("6.91"), Decimal("2")), "face 6.9 %; more than 2.0 % needed"),
        (("criteria", "followers", Decimal(7340), Decimal(10_000)), "7,340 followers; 10,000 needed"),
        (("criteria", "followers", Decimal(140_000), Decimal(100_000)), "140,000 followers; 100,000 at most"),
        (
            ("criteria", "followers", Decimal(7340), Decimal(10_000), "stub"),
            "7,340 followers in the search answer; 10,000 needed",
        ),
        (
            ("criteria", "followers", Decimal(140_000), Decimal(100_000), "profile"),
            "140,000 followers in the profile; 100,000 at most",
        ),
        (
            ("criteria", "plays", Decimal(31_200), Decimal(50_000), "profile"),
            "31,200 plays in the search answer; 50,000 needed",
        ),
        (("criteria", "account", None, None), "the account is not open to everybody"),
        (("platform", "nickname", None, None), "in the name"),
        (("pronoun", "caption", None, None), "in the caption"),
        (("platform", "overrule", None, None), "a person overruled it"),
        (("undetermined", "cover", None, Decimal(2)), "no readable cover"),
        (("undetermined", "profile", None, None), "no profile was to be had"),
    ],
)
def test_measures_in_words(row: tuple, said: str):
    """What was measured stands beside what was needed and where it was found, in words; an old verdict does not say where."""
    names = ("layer", "field", "measured", "threshold", "followers_from")
    assert evidence(dict(zip(names, (*row, None)[:5], strict=True))) == said


def test_a_row_says_all_about_a_verdict(browser: Browsers, connection: psycopg.Connection):
    """Day, creator, video, decision, evidence, rules, detector, moment and run, with links that leave no trace."""
    connection.execute("insert into creators (user_id, handle) values ('7001', 'luna.plays')")
    verdict(
        connection, layer="face", field="cover", matched_text=None, measured=1.7, threshold=2.0, is_uncertain=True,
        detector="yunet", score=0.91, screened_at="2026-11-02 02:14+00",
    )  # fmt: skip
    page = browser("viewer").page("/why-not")
    said = words(page)
    for text in (
        "2026-11-02", "luna.plays", "Refused by layer 3: face", "face 1.7 % of the 2.0 % needed", "uncertain", "ramen",
        "rules 2026-09-28, yunet 0.91", "2026-11-02 02:14 UTC", "manual__1",
    ):  # fmt: skip
        assert text in said
    assert 'href="/creators/7001"' in page
    assert 'href="https://www.tiktok.com/@luna.plays/video/7301" target="_blank" rel="noopener noreferrer"' in page
    assert 'href="/runs?run_id=manual__1"' in page


@pytest.mark.parametrize(
    ("source", "said"),
    [("stub", "from the search answer"), ("profile", "from the profile"), (None, "not given, or not noted then")],
)
def test_a_verdict_says_where_its_number_stood(
    browser: Browsers, connection: psycopg.Connection, source: str | None, said: str
):
    """The search answer, the profile, or neither."""
    verdict(
        connection, layer="criteria", field="followers", matched_text=None, measured=7340, threshold=10_000,
        followers_from=source,
    )  # fmt: skip
    viewer = browser("viewer")
    address = re.search(r'href="(/why-not/2026[^"]+)"', viewer.page("/why-not"))
    assert address
    assert f"Number of followers {said}" in words(viewer.page(unescape(address[1])))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"1", "2", "3", "4"}),
        ("handle=LUNA", {"1", "2"}),
        ("handle=@luna.", {"1"}),
        ("handle=luna%25", set()),
        ("handle=_una", set()),
        ("video=3", {"3"}),
        ("video=https://www.tiktok.com/@x/video/7300000000000000003?lang=1", set()),
        ("keyword=SUSHI", {"2"}),
        ("keyword=sus", {"2"}),
        ("keyword=ushi", set()),
        ("user_id=7001&handle=luna.", {"1"}),
        ("user_id=700", set()),
        ("user_id=%00", {"1", "2", "3", "4"}),
        ("layer=criteria", {"3"}),
        ("field=caption", {"2"}),
        ("layer=platform&field=caption", set()),
        ("since=2026-11-02&until=2026-11-02", {"1", "2", "3"}),
        ("until=2026-11-01", {"4"}),
        ("uncertain=true", {"4"}),
        ("handle=%00luna", {"1", "2"}),
    ],
)
def test_search(browser: Browsers, connection: psycopg.Connection, query: str, found: set[str]):
    """Every way of narrowing down finds exactly what it names, without a meaning of its own for % and _."""
    connection.execute("insert into daily_trends (trend_keyword, discovered_at) values ('sushi', %s)", [DAY])
    verdict(connection, "1", handle="luna.plays")
    verdict(connection, "2", handle="lunatic", keyword="sushi", layer="pronoun", field="caption", matched_text="he")
    verdict(connection, "3", handle="other", layer="criteria", field="plays", measured=1, threshold=2)
    verdict(
        connection, "4", handle="fourth", day=DAY - timedelta(1), layer="accepted", field="cover", is_uncertain=True
    )
    page = browser("viewer").page(f"/why-not?{query}")
    assert set(re.findall(r">video (\d+)</a>", page)) == found


def test_days_that_contradict_are_said(browser: Browsers):
    """From a day after to a day: the page says so, and leads to the same days in their order."""
    page = browser("viewer").page("/why-not?since=2026-11-05&until=2026-11-02&layer=face")
    assert "From 2026-11-05 to 2026-11-02 there is no day" in page
    assert '<a href="/why-not?since=2026-11-02&amp;until=2026-11-05&amp;layer=face">Swap them</a>' in page


def test_pages_join_without_a_gap(browser: Browsers, connection: psycopg.Connection):
    """From page to page every verdict is shown once, newest day first, with the search kept."""
    for number in range(120):
        verdict(connection, f"{1000 + number}", day=DAY - timedelta(number % 3), keyword=f"#a/b {number % 2} & c")
    address, seen, pages = "/why-not?handle=luna", [], 0
    while address:
        page = browser("viewer").page(address)
        seen += re.findall(r'">(2026-11-\d\d|2026-10-\d\d)</a></td>', page)
        pages += 1
        older = re.search(r'href="([^"]+)">Older', page)
        address = unescape(older[1]) if older else ""
        assert not address or "handle=luna" in address
    assert (len(seen), pages) == (120, 3)
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("query", ["layer=nonsense", "since=yesterday", "handle=" + "x" * 101, "before_day=1"])
def test_a_search_that_makes_no_sense_is_refused(browser: Browsers, query: str):
    """Unknown layers, days and texts too long are answered with 422, not with a broken page."""
    assert browser("viewer").get(f"/why-not?{query}").status_code == 422


@pytest.mark.parametrize(
    ("columns", "bio", "caption", "marked"),
    [
        ({}, "live on 𝓽𝔀𝓲𝓽𝓬𝓱, yes", "hi", "live on <mark>𝓽𝔀𝓲𝓽𝓬𝓱</mark>, yes"),
        ({"matched_text": "kick"}, "kickboxing & kick", "hi", "kickboxing &amp; <mark>kick</mark>"),
        (
            {"layer": "pronoun", "field": "caption", "matched_text": "he"},
            "",
            "@he he <b>",
            "@he <mark>he</mark> &lt;b&gt;",
        ),
    ],
)
def test_the_match_is_marked_in_the_whole_text(
    browser: Browsers, connection: psycopg.Connection, columns: dict, bio: str, caption: str, marked: str
):
    """While the ledger holds the text, all of it is shown with the place marked that the layer saw."""
    matched = columns.get("matched_text", "𝓽𝔀𝓲𝓽𝓬𝓱")
    address = verdict(connection, **{**columns, "matched_text": matched})
    search_page(connection, ("7300", "another", "a", "A"), ("7301", caption, "luna.plays", "Luna"))
    profile(connection, bio)
    page = browser("viewer").page(address)
    assert f">{marked}</dd>" in page
    assert "retention" not in page


@pytest.mark.parametrize("is_emptied", [True, False])
def test_without_the_text_the_match_is_shown_alone(browser: Browsers, connection: psycopg.Connection, is_emptied: bool):
    """When retention has emptied the answer, or it is another text by now, the match stands alone and says why."""
    address = verdict(connection)
    profile(connection, "live on Twitch" if is_emptied else "a new bio")
    if is_emptied:
        connection.execute("update api_calls set answer = null")
    page = browser("viewer").page(address)
    assert "its retention has ended" in words(page)
    assert '<mark class="person">Twitch</mark>' in page
    assert "live on" not in page


@pytest.mark.parametrize(
    "answer_data", [{}, {"search_item_list": "7301"}, [], "7301", {"search_item_list": [{"x": "7301"}]}]
)
def test_a_stored_answer_that_makes_no_sense_is_no_text(
    browser: Browsers, connection: psycopg.Connection, answer_data: Any
):
    """A page of the ledger that cannot be read leaves the match alone; the page is there."""
    address = verdict(connection, layer="pronoun", field="caption", matched_text="he")
    answer(connection, "video_search", "keyword=ramen&offset=0", answer_data)
    answer(connection, "user_profile", "7001", answer_data)
    assert "its retention has ended" in words(browser("viewer").page(address))


def test_a_hashtag_and_a_slash_have_a_page(browser: Browsers, connection: psycopg.Connection):
    """Keywords that are hashtags, hold slashes, percent signs or question marks lead to their verdict."""
    for keyword in ("#origami", "a/b", "100%?x=1&y", "a/../b", "日本 語"):
        address = verdict(connection, "7305", keyword=keyword)
        assert "Refused by layer 1" in browser("viewer").page(address)
        connection.execute("delete from verdicts")
    assert browser("viewer").get("/why-not/2026-11-02/none/1").status_code == 404


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(browser: Browsers, connection: psycopg.Connection, text: str):
    """Whatever stands in a handle, bio, caption, keyword or reason is shown as text, and changes nothing around it."""
    address = verdict(connection, handle=text, keyword=text, matched_text=f"Twitch {text}")
    search_page(connection, ("7301", text, "x", text))
    profile(connection, f"{text} Twitch {text} end")
    user = browser("user")
    assert user.post(address, {**PASS, "reason": text[:400]}, found_on=address).status_code == 303
    for page in map(user.page, ("/why-not", address, "/overrules")):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert text != "{{7*7}}" or text in words(page)
        assert not set("\u202e\u202c\u2066") & set(page)
        assert "\u0335\u0301\u0323\u0335" not in page


@pytest.mark.parametrize(
    ("columns", "form", "stored"),
    [
        ({}, PASS, ("platform", "bio", "live on Twitch", "pass")),
        (
            {"layer": "pronoun", "field": "caption", "matched_text": "he"},
            {**PASS, "target": "pronoun.caption"},
            ("pronoun", "caption", "he wins", "pass"),
        ),
        (
            {"layer": "face", "field": "cover", "measured": 1, "matched_text": None, "cover_field": "cover"},
            {**PASS, "target": "face.cover"},
            ("face", "cover", "https://p16.tiktokcdn.com/cover.jpeg", "pass"),
        ),
        (
            {"layer": "criteria", "field": "plays", "measured": 1, "threshold": 2, "matched_text": None},
            {**PASS, "target": "criteria.plays"},
            ("criteria", "plays", None, "pass"),
        ),
        (
            {"layer": "accepted", "field": "cover", "measured": 5, "threshold": 2, "matched_text": None},
            {**PASS, "expected": "refuse", "target": "platform.nickname"},
            ("platform", "nickname", "Luna", "refuse"),
        ),
        (
            {"layer": "accepted", "field": "cover", "measured": 5, "threshold": 2, "matched_text": None},
            {**PASS, "expected": "refuse", "target": "criteria."},
            ("criteria", None, None, "refuse"),
        ),
    ],
)
def test_an_overrule_is_kept_with_the_text_it_is_about(
    browser: Browsers, connection: psycopg.Connection, columns: dict, form: dict, stored: tuple
):
    """One form overrules a refusal or an acceptance; it is stored as a label with its whole text and its author."""
    address = verdict(connection, **columns)
    search_page(connection, ("7301", "he wins", "luna.plays", "Luna"))
    profile(connection, "live on Twitch")
    user = browser("user")
    answered = user.post(address, form, found_on=address)
    assert (answered.status_code, answered.headers["location"]) == (303, address)
    assert [(*stored, "It is her own channel.", "the user", None)] == overrules(connection)
    page = words(user.page(address))
    assert "in force" in page
    assert "It is her own channel." in page
    assert "creator overruled" in words(user.page("/why-not"))


def test_the_form_sends_what_the_page_shows(browser: Browsers, connection: psycopg.Connection):
    """The hidden fields of the page, sent as they are with a reason, make the overrule."""
    address = verdict(connection)
    user = browser("user")
    page = user.page(address).partition('class="overrule"')[2]
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert {"csrf_token", "back", "expected", "target"} == form.keys()
    assert user.post(address, {**form, "reason": "She is herself."}).status_code == 303
    assert overrules(connection) == [("platform", "bio", "Twitch", "pass", "She is herself.", "the user", None)]


@pytest.mark.parametrize(
    ("columns", "form", "status"),
    [
        ({}, {**PASS, "reason": "  no  "}, 422),
        ({}, {**PASS, "reason": "x" * 501}, 422),
        ({}, {**PASS, "reason": ""}, 422),
        ({}, {**PASS, "expected": "perhaps"}, 422),
        ({}, {**PASS, "target": "platform.handle"}, 409),
        ({}, {**PASS, "target": "pronoun.caption"}, 409),
        ({}, {**PASS, "target": "nonsense"}, 422),
        ({}, {**PASS, "expected": "refuse", "target": "platform.bio"}, 409),
        ({"layer": "accepted"}, PASS, 409),
        ({"layer": "accepted"}, {**PASS, "expected": "refuse", "target": "criteria.plays"}, 422),
        ({"layer": "undetermined", "field": "cover"}, {**PASS, "target": "undetermined.cover"}, 422),
        ({"layer": "criteria", "field": "account"}, {**PASS, "target": "criteria.account"}, 409),
        ({"layer": "platform", "field": "overrule"}, {**PASS, "target": "platform.overrule"}, 409),
    ],
)
def test_what_makes_no_sense_is_not_stored(
    browser: Browsers, connection: psycopg.Connection, columns: dict, form: dict, status: int
):
    """A reason too short or long, another layer than the verdict's, or nothing to overrule: refused in words."""
    address = verdict(connection, **columns)
    user = browser("user")
    verdict(connection, "7399", user_id="7009")
    other = f"/why-not/{DAY}/ramen/7399"
    answered = user.post(address, form, found_on=other)
    assert (answered.status_code, overrules(connection)) == (status, [])


def test_a_reason_of_500_letters_and_lines_is_kept(browser: Browsers, connection: psycopg.Connection):
    """A line break counts as one letter, as in the browser's own count."""
    address = verdict(connection)
    reason = "line\r\n" * 100
    assert browser("user").post(address, {**PASS, "reason": reason}, found_on=address).status_code == 303
    assert [row[4] for row in overrules(connection)] == ["\n".join(["line"] * 100)]


def test_twice_leaves_one_in_force(browser: Browsers, connection: psycopg.Connection):
    """The second overrule of a creator at the same layer is refused, and names who made the first."""
    address, other = verdict(connection), verdict(connection, "7302", keyword="sushi")
    assert browser("user").post(address, PASS, found_on=address).status_code == 303
    answered = browser("op").post(other, PASS, found_on=other)
    assert answered.status_code == 409
    assert "overruled here already, by the user" in words(answered.text)
    assert len(overrules(connection)) == 1


def test_two_users_at_once_make_one(browser: Browsers, connection: psycopg.Connection):
    """Eight forms sent at the same moment: one is stored, the others are told."""
    address = verdict(connection)
    senders = [browser("user") for _ in range(4)] + [browser("op") for _ in range(4)]
    page = {id(sender): sender.page(address) for sender in senders}
    tokens = {key: re.search(r'name="csrf_token" value="([^"]+)"', text)[1] for key, text in page.items()}  # type: ignore[index]
    barrier, statuses = threading.Barrier(len(senders)), []

    def send(sender: Browser) -> None:
        barrier.wait()
        statuses.append(sender.post(address, {**PASS, "csrf_token": tokens[id(sender)]}).status_code)

    threads = [threading.Thread(target=send, args=[sender]) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [303] + [409] * 7
    assert len(overrules(connection)) == 1


def test_each_criterion_is_passed_by_itself_and_not_against_a_refusal(
    browser: Browsers, connection: psycopg.Connection
):
    """Followers and plays may both be passed; who is passed at one cannot be refused by the criteria at the same time."""
    user = browser("user")
    for number, field in enumerate(("followers", "plays")):
        address = verdict(connection, f"{number}", layer="criteria", field=field, measured=1, threshold=2)
        form = {**PASS, "target": f"criteria.{field}"}
        assert user.post(address, form, found_on=address).status_code == 303
    accepted = verdict(connection, "9", layer="accepted", field="cover", measured=5, threshold=2)
    form = {**PASS, "expected": "refuse", "target": "criteria."}
    assert user.post(accepted, form, found_on=accepted).status_code == 409
    assert [row[1] for row in overrules(connection)] == ["followers", "plays"]


def test_withdrawing(browser: Browsers, connection: psycopg.Connection):
    """A withdrawn overrule stays on record with who withdrew it, cannot be withdrawn anew, and makes room for another."""
    address = verdict(connection)
    user = browser("user")
    user.post(address, PASS, found_on=address)
    ((number,),) = connection.execute("select overrule_id from overrules").fetchall()
    for _ in range(2):
        answered = user.post(f"/overrules/{number}/withdraw", found_on=address)
        assert (answered.status_code, answered.headers["location"]) == (303, address)
        withdrawn = connection.execute("select withdrawn_at, withdrawn_by from overrules").fetchall()
    assert withdrawn[0][1] == "the user"
    assert "No verdict is overruled" in words(user.page("/overrules"))
    assert "withdrawn" in words(user.page("/overrules?standing=withdrawn"))
    assert user.post(address, PASS, found_on=address).status_code == 303
    assert [row[6] for row in overrules(connection)] == ["the user", None]
    for wrong in ("0", "999999", "99999999999999999999"):
        assert user.post(f"/overrules/{wrong}/withdraw", found_on=address).status_code == 404


def test_a_viewer_reads_and_changes_nothing(browser: Browsers, connection: psycopg.Connection):
    """A Viewer sees overrules without their forms, and is refused when sending one; so is a form without the token."""
    address = verdict(connection)
    user, viewer = browser("user"), browser("viewer")
    user.post(address, PASS, found_on=address)
    ((number,),) = connection.execute("select overrule_id from overrules").fetchall()
    for page in (address, "/overrules"):
        assert "in force" in words(viewer.page(page))
        assert '<form method="post"' not in viewer.page(page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', user.page(address))[1]  # type: ignore[index]
    for sender, form in ((viewer, {"csrf_token": token}), (viewer, {}), (user, {})):
        assert sender.post(f"/overrules/{number}/withdraw", form).status_code == 403
        assert sender.post(address, {**PASS, **form}).status_code == 403
    assert len(overrules(connection)) == 1
    assert overrules(connection)[0][6] is None


def test_overrules_are_listed_page_by_page(browser: Browsers, connection: psycopg.Connection):
    """The list shows the latest first and leads to all of them."""
    connection.execute(
        "insert into overrules (made_by, day, keyword, video_id, user_id, layer, expected, reason)"
        " select 'op', '2026-11-02', 'k', 'v', n::text, 'face', 'pass', 'reason ' || n from generate_series(1, 70) as n"
    )
    first = browser("viewer").page("/overrules")
    older = unescape(re.search(r'href="([^"]+)">Earlier', first)[1])  # type: ignore[index]
    numbers = [re.findall(r"reason (\d+)", words(page)) for page in (first, browser("viewer").page(older))]
    assert [int(number) for number in [*numbers[0], *numbers[1]]] == list(range(70, 0, -1))
