"""The page "Filters": quality and refusals in numbers, drafts, what they would change, and who may activate them."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include.comets import rejudging
from include.comets.rejudging import REFUSING, Rejudged
from include.local import postgres
from include.local.driven_sandbox import RunningSandbox
from include.local.played_days import Days
from plugins.dashboard.comets import rule_effects, rule_forms
from plugins.filters.rules import load_rules, shipped_mapping
from tests.fixtures.dashboard import Browser
from tests.fixtures.days import Beginning, PlayedOnce
from tests.fixtures.postgres import fresh_database
from tests.plugins.dashboard.creators import insert

Browsers = Callable[[str | None], Browser]
SMALL = {"max_keywords": 2, "pages_per_keyword": 2}
SHIPPED = load_rules().version
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "\u202eevil\u202c", "z̷̧̛͔̰̈́a̴l̸g̶o̷"]


def words(page: str) -> str:
    """The page's text, without tags, on one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def filled(page: str) -> dict[str, str]:
    """What stands in the fields of the page's last form with lists, as a browser would send it back."""
    form = page[page.rindex('<form class="rules"') :]
    fields = dict(re.findall(r'<input(?! type="checkbox")[^>]*\bname="([^"]+)" value="([^"]*)"', form))
    fields.update(re.findall(r'<textarea[^>]*\bname="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL))
    return {name: html.unescape(text) for name, text in fields.items()}


def draft(user: Browser, based_on: str = SHIPPED, **changes: str) -> str:
    """A saved draft: the form as it is shown, with these fields otherwise (dots as two underscores); its version."""
    address = f"/filters/draft?based_on={based_on}"
    form = {**filled(user.page(address)), **{name.replace("__", "."): text for name, text in changes.items()}}
    answer = user.post("/filters/draft", form)
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"].rpartition("/")[2]


def judged(user: Browser, address: str) -> str:
    """A version's page once all is judged: until then it is shown without the rest, after a moment."""
    begun = time.monotonic()
    while "The rest is being judged" in (page := user.page(address)):
        assert time.monotonic() < begun + 60
    return page


def activate(user: Browser, version: str, **form: str) -> Any:
    address = f"/filters/{version}"
    return user.post(f"{address}/activate", {**filled(user.page(address)), "note": "because", **form}, found_on=address)


def with_word(word: str, entry: str = "platform.words") -> str:
    section, name = entry.split(".")
    return "\n".join([*shipped_mapping()[section][name], word])


def verdict(connection: psycopg.Connection, video_id: str, layer: str, **columns: Any) -> None:
    values = {
        "day": date(2026, 11, 2),
        "keyword": "ramen",
        "video_id": video_id,
        "user_id": f"7{video_id}",
        "handle": "somebody",
        "layer": layer,
        "rules_version": SHIPPED,
        "run_id": "r",
        **columns,
    }
    names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, values))
    places = psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(values))
    connection.execute(
        psycopg.sql.SQL("insert into verdicts ({}) values ({})").format(names, places), [*values.values()]
    )


@pytest.fixture
def small_day(played_once: PlayedOnce, sandbox: RunningSandbox) -> str:
    """The name of a database in which a small day was played."""
    return played_once(Beginning(1, json.dumps(SMALL), None), sandbox)


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest,
    postgres_server: postgres.Server,
    administrator: psycopg.Connection,
    template_database: str,
) -> Iterator[str]:
    """Of an empty database, or of one with a small day in it where a test begins with that."""
    template = request.getfixturevalue("small_day") if "small_day" in request.fixturenames else template_database
    with fresh_database(administrator, template) as name:
        yield postgres_server.url_for(name)


@pytest.fixture
def after_day(small_day: str, database_url: str, sandbox: RunningSandbox) -> Days:
    """Days of which the first was played."""
    days = Days(database_url, sandbox, number=1)
    sandbox.set_clock(days.now)
    return days


@pytest.fixture
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages believe it is 2 November 2026, as the days that are played do."""
    monkeypatch.setenv("COMETS_NOW", "2026-11-02T20:00:00+00:00")
    monkeypatch.setenv("TIKHUB_BASE_URL", "http://127.0.0.1:9")  # a set clock is for sandboxes alone


def versions(connection: psycopg.Connection) -> list[tuple]:
    query = "select version, state, based_on, note, made_by, activated_by from rule_versions where not is_shipped order by 1"
    return connection.execute(query).fetchall()


# Looking


def test_an_empty_database_says_what_to_do(browser: Browsers):
    """Before the first day the page names the DAG to trigger, and the shipped rules as those in force."""
    page = words(browser("viewer").page("/filters"))
    assert "trigger the DAG comets" in page
    assert f"The rules in force are {SHIPPED} , as they came with Cometwatch" in page
    assert f"{SHIPPED} shipped, in force" in page


def test_the_quality_is_that_of_the_command(browser: Browsers):
    """Precision and recall of each layer on the shipped samples, with 95 % intervals; the same as `make filters` prints."""
    from plugins.filters import report

    viewer = browser("viewer")
    begun = time.monotonic()
    page = viewer.page("/filters")
    while "data-again" in page:
        assert time.monotonic() < begun + 120
        assert "being measured" in page
        time.sleep(0.5)
        page = viewer.page("/filters")
    shown = words(page)
    for layer, quality in report.measure(report.own_labels()).items():
        assert quality is not None
        title = {"platform": "Layer 1: platform", "pronoun": "Layer 2: pronoun", "face": "Layer 3: face"}[layer]
        assert quality.precision_interval
        low, high = quality.precision_interval
        assert f"{title} {quality.n} {quality.precision:.1%} ".replace("%", " %") in shown
        assert f"{low:.1%} to {high:.1%}".replace("%", " %") in shown


def test_overrules_are_labels(browser: Browsers, connection: psycopg.Connection):
    """What users overruled is judged by the rules in force: a withdrawn one is not counted, nor a cover nobody looked at."""
    said = [
        ("platform", "bio", "my twitch is", "refuse", None, None),
        ("platform", "nickname", "Daily Bread Bakery", "pass", None, None),
        ("platform", "bio", "youtube", "pass", "2026-11-03", None),
        ("pronoun", "caption", "he ran", "refuse", None, None),
        ("face", "cover", None, "pass", None, 3.4),
        ("face", "cover", None, "pass", None, 1.7),
        ("face", "cover", None, "refuse", None, None),
    ]
    for number, (layer, field, text, expected, withdrawn, face) in enumerate(said):
        connection.execute(
            "insert into overrules (made_at, made_by, day, keyword, video_id, user_id, layer, field, subject_text, expected,"
            " reason, withdrawn_at, withdrawn_by, face_percent)"
            " values ('2026-11-02', 'x', '2026-11-02', 'k', %s, %s, %s, %s, %s, %s, 'reason', %s, %s, %s)",
            [str(number), str(number), layer, field, text, expected, withdrawn, withdrawn and "x", face],
        )
    page = browser("viewer").page("/filters")
    shown = words(page[page.index("What users overruled") :])
    assert "Layer 1: platform 2 50.0 % 9.5 % to 90.5 % 100.0 % 20.7 % to 100.0 % 1 " in shown
    assert "Layer 2: pronoun 1 100.0 % 20.7 % to 100.0 % 100.0 % 20.7 % to 100.0 % 0 " in shown
    left_out = "1 left out: what it is about is not stored"
    assert f"Layer 3: face {left_out} 2 100.0 % 20.7 % to 100.0 % 50.0 % 9.5 % to 90.5 % 1 " in shown


def test_labels_that_nobody_can_judge_are_left_out(browser: Browsers, connection: psycopg.Connection):
    """A label whose text or cover is not stored is no right answer and no wrong one: the page says how many there are."""
    said = [
        ("platform", "bio", "my twitch is", "refuse"),
        ("platform", "bio", None, "pass"),
        ("platform", "bio", "", "pass"),
        ("pronoun", "caption", None, "pass"),
        ("face", "cover", None, "refuse"),
    ]
    for number, (layer, field, text, expected) in enumerate(said):
        connection.execute(
            "insert into overrules (made_by, day, keyword, video_id, user_id, layer, field, subject_text, expected, reason)"
            " values ('x', '2026-11-02', 'k', %s, %s, %s, %s, %s, %s, 'reason')",
            [str(number), str(number), layer, field, text, expected],
        )
    page = browser("viewer").page("/filters")
    shown = words(page[page.index("What users overruled") :])
    assert "Layer 1: platform 2 left out: what they are about is not stored 1 100.0 % " in shown
    assert "Layer 2: pronoun 1 left out: what it is about is not stored none that can be judged" in shown
    assert "Layer 3: face 1 left out: what it is about is not stored none that can be judged" in shown


@pytest.mark.usefixtures("november")
def test_refusals_are_counted(browser: Browsers, connection: psycopg.Connection):
    """Per layer with the share, and how many points more than in the days before; words by how often they refuse."""
    for number in range(6):
        verdict(connection, f"1{number}", "platform", matched_text="Twitch" if number < 4 else "yt", field="bio")
    for number in range(4):
        verdict(connection, f"2{number}", "accepted")
    for number in range(5):
        day = date(2026, 10, 24)
        verdict(connection, f"3{number}", "platform" if number == 0 else "accepted", matched_text="clips", day=day)
    shown = words(browser("viewer").page("/filters?window=7"))
    assert "Layer 1: platform 6 60.0 % +40.00" in shown
    assert "Passed 4 40.0 % −40.00" in shown
    assert "twitch Layer 1: platform 4 yt Layer 1: platform 2" in shown
    assert "clips" not in shown[: shown.index("Versions")]
    assert "Layer 1: platform 7 46.7 % –" in words(browser("viewer").page("/filters?window=30"))


@pytest.mark.usefixtures("november")
def test_refusals_are_drawn_day_by_day(browser: Browsers, connection: psycopg.Connection):
    """A picture for each layer that decided anything, all to one scale, on top of the page; a day without videos is a gap."""
    for number in range(4):
        verdict(connection, f"1{number}", "platform" if number else "accepted", field="bio")
    for number in range(5):
        verdict(connection, f"2{number}", "platform" if number < 2 else "accepted", day=date(2026, 10, 30))
    page = browser("viewer").page("/filters?window=7")
    assert page.index("Layer 1: platform of each day") < page.index("How well they judge")
    labels = re.findall(r'aria-label="(.+ of each day[^"]*)"', page)
    below = "; the table below has the numbers"
    assert [html.unescape(label) for label in labels] == [
        f"Layer 1: platform of each day: from 40.0 % to 75.0 % of a day's videos, 75.0 % on 2026-11-02{below}",
        f"Passed of each day: from 25.0 % to 60.0 % of a day's videos, 25.0 % on 2026-11-02{below}",
    ]
    assert re.findall(r"<title>(2026[^<]+)</title>", page) == [
        "2026-10-30: 2 of 5 videos, 40.0 %",
        "2026-11-02: 3 of 4 videos, 75.0 %",
        "2026-10-30: 3 of 5 videos, 60.0 %",
        "2026-11-02: 1 of 4 videos, 25.0 %",
    ]
    heights = [float(height) for height in re.findall(r'class="bar good"[^>]* height="([^"]+)"', page)]
    assert heights == pytest.approx([56 * share / 0.75 for share in (0.4, 0.75, 0.6, 0.25)], abs=0.06)
    assert "full height is 75.0 %" in page
    # Each of the seven days has a place, also the two between these.
    places = [float(place) for place in re.findall(r'class="place" x="([^"]+)"', page)]
    assert places[1] - places[0] == pytest.approx(3 * 300 / 7, abs=0.1)
    shown = words(page)
    assert "2026-11-02 4 3 0 0 0 0 1 2026-10-30 5 2 0 0 0 0 3" in shown


@pytest.mark.usefixtures("november")
def test_uncertain_faces_are_listed(browser: Browsers, connection: psycopg.Connection):
    """A face too close to the threshold, with its share, threshold, verdict, and a link to what it was judged by."""
    verdict(connection, "1", "face", measured=1.93, threshold=2, is_uncertain=True, detector="d", handle=HOSTILE[0])
    page = browser("viewer").page("/filters")
    assert "1.93 % 2.00 % Layer 3: face" in words(page)
    assert "Layer 3: face the face's share is near the threshold" in words(page)
    assert '<td><a href="/why-not/2026-11-02/ramen/1"><bdi' in page
    assert browser("viewer").get("/why-not/2026-11-02/ramen/1").status_code == 200
    assert "<script>alert" not in page


@pytest.mark.usefixtures("november")
def test_what_may_be_a_face_is_listed_with_its_score(browser: Browsers, connection: psycopg.Connection):
    """A large face that scored just short: refused, marked on every page that shows it, and nowhere called too small."""
    cover = {"field": "cover", "matched_text": None, "detector": "d", "score": 0.81}
    verdict(connection, "1", "face", measured=9.1, threshold=2, is_uncertain=True, **cover)
    doubt = "the detector is not sure that it is a face"
    assert f"9.10 % 2.00 % Layer 3: face {doubt}, score 0.81" in words(browser("viewer").page("/filters"))
    for address in ("/why-not", "/why-not/2026-11-02/ramen/1"):
        page = browser("viewer").page(address)
        assert f'title="{doubt}">uncertain' in page
        assert "perhaps a face, 9.1 %; a sure one of more than 2.0 % needed" in words(page)
    assert f"score 0.81; uncertain: {doubt}" in words(page)


@pytest.mark.parametrize("address", ["/filters?window=8", "/filters/a%00b", "/filters/x?days=31", "/filters/x?page=0"])
def test_nonsense_in_an_address_is_refused(browser: Browsers, address: str):
    """Parameters are bounded."""
    assert browser("viewer").get(address).status_code == 422


def test_an_unknown_version_is_not_found(browser: Browsers):
    """404 with the name."""
    answer = browser("viewer").get("/filters/1999.1")
    assert answer.status_code == 404
    assert "There is no version 1999.1" in answer.text


# Drafts


def test_a_draft_is_a_version_of_its_own(browser: Browsers, connection: psycopg.Connection, lasting_day: date):
    """Saved with its note and maker under the day's next number; nothing is in force that was not before."""
    user = browser("user")
    first = draft(user, note="more words", platform__words=with_word("wattpad"))
    second = draft(user, face__min_percent="2.1")
    today = f"{lasting_day:%Y.%m.%d}"
    assert (first, second) == (f"{today}-1", f"{today}-2")
    assert versions(connection) == [
        (first, "draft", SHIPPED, "more words", "the user", None),
        (second, "draft", SHIPPED, "", "the user", None),
    ]
    stored = connection.execute("select mapping from rule_versions where version = %s", [first]).fetchall()[0][0]
    shipped = shipped_mapping()
    expected = {
        **shipped,
        "version": first,
        "platform": {**shipped["platform"], "words": with_word("wattpad").split("\n")},
    }
    assert stored == expected
    page = words(user.page(f"/filters/{first}"))
    assert (
        f"What differs from {SHIPPED} Entry Added Removed Words that refuse platform. words wattpad What would" in page
    )
    assert "Share of the cover, at least face. min_ percent 2.1 2.0" in words(user.page(f"/filters/{second}"))


@pytest.mark.usefixtures("november")
def test_the_consistency_check_is_tried_on_stored_videos(browser: Browsers, connection: psycopg.Connection):
    """A draft that switches it on says what it would have done to who joined lately, by what is stored; off it says nothing.

    Of five, one is hardly played, one has been silent for 41 days, one passes, of two fewer than 5 videos are stored.
    """
    day = date(2026, 11, 2)
    known = {
        "unplayed": [(plays, 1) for plays in (100, 100, 100, 900_000, 900_000)],
        "silent": [(20_000, 41)] * 5,
        "steady": [(20_000, 1)] * 5,
        "few": [(1, 1)] * 4,
        "unseen": [],
        "earlier": [(1, 1)] * 5,
    }
    for user_id, videos in known.items():
        joined = day if user_id != "earlier" else date(2026, 10, 1)
        insert(connection, "creators", user_id=user_id, first_seen_on=joined)
        for number, (plays, days_ago) in enumerate(videos):
            posted_at = datetime(2026, 11, 2, 12, tzinfo=UTC) - timedelta(days=days_ago)
            insert(
                connection,
                "creator_videos",
                user_id=user_id,
                video_id=f"{user_id}{number}",
                plays=plays,
                posted_at=posted_at,
                seen_at=posted_at,
                first_seen_on=day,
                last_seen_on=day,
            )
    user = browser("user")
    on, off = draft(user, consistency__is_on="on"), draft(user, consistency__min_videos="6")
    page = words(user.page(f"/filters/{on}"))
    assert "The check is made consistency. is_ on on off What would change" in page
    assert "Of 5 creators who joined the roster from 2026-10-27 to 2026-11-02" in page
    assert "2 would have been refused 1 would have passed 2 too few videos stored to tell" in page
    assert "Refused by median of plays (1), last post (1). Too few is fewer than 5." in page
    assert "5 paid calls for them" in page
    page = words(user.page(f"/filters/{off}"))
    assert "Fewest videos to tell by consistency. min_ videos 6 5" in page
    assert "would have been refused" not in page
    form = {**filled(user.page("/filters/draft")), "consistency.is_on": "perhaps"}
    answer = user.post("/filters/draft", form)
    assert (answer.status_code, "consistency.is_on: 'perhaps' is neither on nor off." in words(answer.text)) == (
        422,
        True,
    )


@pytest.mark.usefixtures("november")
def test_a_refusal_by_the_latest_videos_is_a_verdict_like_any(browser: Browsers, connection: psycopg.Connection):
    """Counted on Filters, found and told on Why not?, held for right or let pass, and listed among the overrules."""
    for number, (field, measured, threshold) in enumerate(
        [("median_plays", "950.5", 10_000), ("share", "29.9999", 30), ("last_post", 41, 30)]
    ):
        verdict = {"day": date(2026, 11, 2), "keyword": "k", "video_id": str(number), "user_id": str(number)}
        found = {"detector": "d", "score": "0.9", "cover_field": "cover", "face_percent": "7.5"}
        insert(
            connection,
            "verdicts",
            **verdict,
            **found,
            handle="h",
            layer="consistency",
            field=field,
            measured=measured,
            threshold=threshold,
            rules_version=SHIPPED,
            run_id="r",
        )
    user = browser("user")
    assert "Consistency check 3 100" in words(user.page("/filters"))
    page = words(user.page("/why-not?layer=consistency"))
    assert "median of their latest videos 950 plays; 10,000 needed" in page
    assert "29.9 % of their latest videos reach the bar; 30 % needed" in page
    assert "last post 41 days before they were asked for; at most 30" in page
    one = words(user.page("/why-not?layer=consistency&field=share"))
    assert ("29.9 %" in one, "950 plays" in one) == (True, False)
    address = "/why-not/2026-11-02/k/1"
    agreed = {"layer": "consistency", "field": "share", "reason": "one hit"}
    answer = user.post(address.replace("why-not", "agreements"), agreed, found_on=address)
    assert answer.status_code == 303
    assert "one hit, hardly watched otherwise" in words(user.page(address))
    said = {"expected": "pass", "target": "consistency.share", "reason": "worth following all the same"}
    assert user.post(address, said, found_on=address).status_code == 303
    assert "The consistency check refuses this creator no more" in words(user.page("/overrules"))
    kept = connection.execute("select layer, field, expected, face_percent, face_score from overrules").fetchall()
    assert kept == [("consistency", "share", "pass", 7.5, 0.9)]
    # It is no label of the layers: nothing of theirs was misjudged.
    assert "Layer 3: face no labels yet" in words(user.page("/filters"))


def test_lists_are_added_and_taken_away(browser: Browsers, connection: psycopg.Connection):
    """A new platform's addresses, a new token, an emptied list, a token without a length."""
    form = {
        "new.platform.addresses.name": "ok",
        "new.platform.addresses.words": "ok.com\r\nok.ru\r\n\r\nok.com",
        "new.platform.edge_tokens.name": "ig",
        "platform.same_words.patreon": " \n",
        "platform.edge_tokens.yt.shortest_rest": "",
    }
    user = browser("user")
    version = draft(user, **{name.replace(".", "__"): text for name, text in form.items()})
    platform = connection.execute(
        "select mapping -> 'platform' from rule_versions where version = %s", [version]
    ).fetchall()[0][0]
    assert platform["addresses"]["ok"] == ["ok.com", "ok.ru"]
    assert platform["edge_tokens"]["ig"] == {"shortest_rest": 3, "innocent_beginnings": [], "innocent_endings": []}
    assert set(platform["edge_tokens"]) == {"ig", "ttv"}
    assert set(shipped_mapping()["platform"]["same_words"]) - set(platform["same_words"]) == {"patreon"}
    assert draft(user, version, note="the same again") != version


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"face.min_percent": "two"}, "face.min_percent: 'two' is no number. Write it as 12.5."),
        ({"face.long_side": "640.5"}, "face.long_side: '640.5' is no whole number. Write it as 12."),
        ({"face.long_side": "0"}, "face.long_side: expected a number from 64 to 4,096, not 0"),
        ({"face.min_percent": "nan"}, "face.min_percent: expected a number of at least 0, not nan"),
        ({"face.min_percent": "3"}, "face.min_percent: 3 must lie between uncertain_from_percent and"),
        ({"platform.words": "🔥"}, "platform.words: '🔥' is not a word: it has no letter and no digit"),
        ({"pronoun.words": "w" * 101}, "pronoun.words: expected words of at most 100 letters"),
        ({"new.platform.addresses.words": "vk.com"}, "platform.addresses: '' is no name."),
        ({"new.platform.edge_tokens.name": "yt"}, "platform.edge_tokens: there is a 'yt' already."),
        ({"note": "n" * 2_001}, "note: 2,001 letters are too many."),
    ],
)
def test_what_makes_no_rules_comes_back(
    browser: Browsers, connection: psycopg.Connection, changes: dict[str, str], told: str
):
    """422, the reason beside the form, every other field as it was written, and nothing saved."""
    user = browser("user")
    form = {**filled(user.page("/filters/draft")), "pronoun.without_apostrophe": "hes\nmine", "note": "kept", **changes}
    answer = user.post("/filters/draft", form)
    assert answer.status_code == 422
    assert told in html.unescape(answer.text)
    again = filled(answer.text)
    assert {**form, "csrf_token": "", "note": form["note"].strip()} == {**again, "csrf_token": ""}
    assert versions(connection) == []


def test_hostile_words_stay_words(browser: Browsers, connection: psycopg.Connection):
    """Markup, templates, overrides and zalgo in lists, notes and names are shown as texts, NUL is left out."""
    user = browser("user")
    listed = "\n".join([*shipped_mapping()["platform"]["words"], *HOSTILE, "w" * 100, "a\0b"])
    version = draft(user, platform__words=listed, note=HOSTILE[1])
    assert activate(user, version, note=HOSTILE[0]).status_code == 303
    stored = connection.execute("select mapping -> 'platform' -> 'words' from rule_versions where state = 'active'")
    assert stored.fetchall()[0][0][-7:] == [*HOSTILE, "w" * 100, "ab"]
    for address in (f"/filters/{version}", "/filters", f"/filters/draft?based_on={version}"):
        page = user.page(address)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "49" not in words(page)[words(page).index("alert") :][:200]
        assert re.search(r"\sstyle=|\son[a-z]+=\w", re.sub(r">[^<]*<", "><", page)) is None


# Activating


def test_activating_retires_what_was_active(browser: Browsers, connection: psycopg.Connection):
    """The draft is in force, the former is retired, and the page names who did it and why."""
    user = browser("user")
    first = draft(user, platform__words=with_word("wattpad"))
    assert activate(user, first, note="wattpad people").status_code == 303
    second = draft(user, first, pronoun__words=with_word("sis", "pronoun.words"))
    assert activate(user, second).status_code == 303
    assert versions(connection) == [
        (first, "retired", SHIPPED, "wattpad people", "the user", "the user"),
        (second, "active", first, "because", "the user", "the user"),
    ]
    assert f"The rules in force are {second} , activated by the user on" in words(user.page("/filters"))


def test_a_note_is_needed(browser: Browsers, connection: psycopg.Connection):
    """Without one nothing is activated."""
    user = browser("user")
    version = draft(user, face__min_percent="2.1")
    answer = activate(user, version, note="  ")
    assert (answer.status_code, "The note is missing" in answer.text) == (409, True)
    assert versions(connection)[0][1] == "draft"


def test_of_two_at_once_one_wins(browser: Browsers, connection: psycopg.Connection):
    """Both forms were filled before either was sent: one draft is active, the other person is told by whom."""
    user, admin = browser("user"), browser("admin")
    mine, theirs = draft(user, platform__words=with_word("wattpad")), draft(admin, pronoun__words="he")
    forms = {
        each: {**filled(each.page(f"/filters/{version}")), "note": "because"}
        for each, version in ((user, mine), (admin, theirs))
    }
    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(each.post, f"/filters/{version}/activate", forms[each])
            for each, version in ((user, mine), (admin, theirs))
        ]
        answers = [each.result() for each in sent]
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert re.search(r"Meanwhile the (user|admin) has activated 20\d\d\.", lost.text)
    assert sorted(row[1] for row in versions(connection)) == ["active", "draft"]


def test_a_draft_of_something_older_is_confirmed_or_moved(browser: Browsers, connection: psycopg.Connection):
    """It would undo what was activated meanwhile: refused until confirmed; moved, it keeps both changes."""
    user = browser("user")
    old = draft(user, pronoun__words=with_word("sis", "pronoun.words"), note="sisters")
    newer = draft(user, platform__words=with_word("wattpad"))
    activate(user, newer)
    assert "undoes what was changed there" in words(user.page(f"/filters/{old}"))
    answer = activate(user, old)
    assert (answer.status_code, "would be lost" in words(answer.text)) == (409, True)
    form = filled(user.page(f"/filters/draft?based_on={newer}&moved={old}"))
    assert (form["based_on"], form["note"]) == (newer, "sisters")
    moved = user.post("/filters/draft", form).headers["location"].rpartition("/")[2]
    mapping = connection.execute("select mapping from rule_versions where version = %s", [moved]).fetchall()[0][0]
    assert mapping["platform"]["words"][-1] == "wattpad"
    assert mapping["pronoun"]["words"][-1] == "sis"
    assert activate(user, old, confirmed="yes").status_code == 303


def test_going_back_activates_a_copy(browser: Browsers, connection: psycopg.Connection):
    """The earlier version stays as it is; its copy has a name of its own, and the same words."""
    user = browser("user")
    version = draft(user, platform__words=with_word("wattpad"))
    activate(user, version)
    page = f"/filters/{SHIPPED}"
    answer = user.post(f"{page}/restore", {**filled(user.page(page)), "note": "too many"}, found_on=page)
    copy = answer.headers["location"].rpartition("/")[2]
    assert [row[:4] for row in versions(connection)] == [
        (version, "retired", SHIPPED, "because"),
        (copy, "active", version, "too many"),
    ]
    assert "Words that refuse platform. words wattpad" in words(user.page(f"/filters/{copy}"))
    mapping = connection.execute("select mapping from rule_versions where state = 'active'").fetchall()[0][0]
    assert mapping == {**shipped_mapping(), "version": copy}


def test_only_drafts_are_discarded(browser: Browsers, connection: psycopg.Connection):
    """A draft is deleted; a version that was used is not."""
    user = browser("user")
    first, second = draft(user, face__min_percent="2.1"), draft(user, face__min_percent="2.2")
    activate(user, first)
    assert user.post(f"/filters/{second}/discard", found_on=f"/filters/{second}").status_code == 303
    answer = user.post(f"/filters/{first}/discard", found_on="/filters/draft")
    assert (answer.status_code, f"{first} is active: only a draft" in answer.text) == (409, True)
    assert [row[0] for row in versions(connection)] == [first]


def test_a_viewer_only_looks(browser: Browsers, connection: psycopg.Connection):
    """No form, no button, and 403 for every change, with any token."""
    version = draft(browser("user"), platform__words=with_word("wattpad"))
    viewer = browser("viewer")
    for address in ("/filters", f"/filters/{version}"):
        page = viewer.page(address)
        assert "<form" not in page
        assert "Edit as a draft" not in page
    assert viewer.get("/filters/draft").status_code == 403
    for action in ("activate", "restore", "discard"):
        assert viewer.post(f"/filters/{version}/{action}", {"note": "n"}).status_code == 403
    assert viewer.post("/filters/draft", {"based_on": SHIPPED}).status_code == 403
    assert versions(connection)[0][1] == "draft"


def test_a_form_from_elsewhere_is_refused(browser: Browsers, connection: psycopg.Connection):
    """A forged form without our token changes nothing, whoever's browser sends it."""
    admin = browser("admin")
    version = draft(admin, platform__words=with_word("wattpad"))
    for action in ("activate", "restore", "discard"):
        answer = admin.post(f"/filters/{version}/{action}", {"note": "n", "in_force": SHIPPED})
        assert answer.status_code == 403
    assert versions(connection)[0][1] == "draft"


# What would change


def predicted(days: Days, mapping: Mapping[str, Any], day: date) -> dict[tuple[str, str], Rejudged]:
    """The preview's word on each verdict of a day, by keyword and video."""
    rules = rule_effects._rules(mapping)
    with days.connect() as connection:
        keywords = connection.execute("select distinct keyword from verdicts where day = %s", [day]).fetchall()
        found = [one for (keyword,) in keywords for one in rejudging.rejudge(connection, day, keyword, rules)]
    return {(one.keyword, one.video_id): one for one in found}


def verdicts(days: Days) -> dict[tuple[str, str], tuple]:
    query = "select keyword, video_id, layer, field, matched_text, rules_version from verdicts"
    return {(keyword, video_id): tuple(rest) for keyword, video_id, *rest in days.rows(query)}


@pytest.mark.usefixtures("november")
def test_nothing_would_change_under_the_same_rules(browser: Browsers, after_day: Days):
    """Judged again by a copy of the rules that judged them, all verdicts of a day stay as they are."""
    again = predicted(after_day, shipped_mapping(), date(2026, 11, 2))
    assert len(again) == len(verdicts(after_day)) > 50
    assert [one for one in again.values() if one.effect != "unchanged"] == []


@pytest.mark.usefixtures("november")
def test_what_may_be_a_face_stays_refused_under_another_threshold(
    browser: Browsers, after_day: Days, connection: psycopg.Connection
):
    """Judged again by a lower share: a large face that scored just short is refused still, a sure small one passes."""
    accepted = after_day.rows("select keyword, video_id from verdicts where layer = 'accepted' order by 1, 2 limit 2")
    update = "update verdicts set layer = 'face', measured = %s, score = %s where (keyword, video_id) = (%s, %s)"
    for (percent, score), key in zip(((9.1, 0.8), (1.8, 0.92)), accepted, strict=True):
        connection.execute(update, [percent, score, *key])
    again = predicted(after_day, {"version": "d", "face": {"min_percent": 1.75}}, date(2026, 11, 2))
    assert [again[key].effect for key in accepted] == ["unchanged", "newly_passed"]


@pytest.mark.usefixtures("november")
def test_what_was_foretold_is_what_happens(browser: Browsers, after_day: Days, connection: psycopg.Connection):
    """A draft that drops words, adds words and moves the face threshold; then it is activated and the day judged again.

    Every verdict names the new version and is what the preview said; what "would go on" was refused by none of the
    steps that the preview had taken.
    """
    user = browser("user")
    shipped = shipped_mapping()
    captions = after_day.rows(
        "select lower(matched_text) from verdicts where layer = 'platform' group by 1 order by count(*) desc"
    )
    dropped = {captions[0][0]} & set(shipped["platform"]["words"]) or {"twitch", "daily"}
    kept = [word for word in shipped["platform"]["words"] if word not in dropped]
    before = verdicts(after_day)
    version = draft(
        user,
        platform__words="\n".join([*kept, "and", "love"]),
        pronoun__words="the\nmy\nshe",
        pronoun__without_apostrophe="",
        face__min_percent="6",
        face__uncertain_to_percent="7",
    )
    mapping = connection.execute("select mapping from rule_versions where version = %s", [version]).fetchall()[0][0]
    foretold = predicted(after_day, mapping, date(2026, 11, 2))
    counts = rejudging.count(foretold.values())
    page = words(judged(user, f"/filters/{version}?days=1"))
    assert f"{len(before)} of {len(before)} verdicts" in page
    assert (
        f"{counts['newly_refused']} newly refused {counts['newly_passed']} newly passed on "
        f"{counts['refused_otherwise']} refused for another reason {counts['unchanged']} unchanged"
    ) in page
    assert min(counts[effect] for effect in ("newly_refused", "newly_passed", "refused_otherwise", "unchanged")) > 0, (
        counts
    )
    assert activate(user, version).status_code == 303
    run, failed, _ = after_day.play(**SMALL)
    assert (failed, run.rules_version, run.min_face_percent) == ([], version, 6)
    after = verdicts(after_day)
    assert {rest[3] for rest in after.values()} == {version}
    wrong, went_on = [], 0
    for key, one in foretold.items():
        layer, field, matched, _ = after[key]
        assert one.after is not None, one
        if one.after.layer in {"profile", "cover"}:
            went_on += 1
            if layer in {"pronoun"} or (one.after.layer == "cover" and layer == "platform") or field == "handle":
                wrong.append((one, after[key]))
        elif (one.after.layer, one.after.field, one.after.matched_text) != (layer, field, matched):
            wrong.append((one, after[key]))
    assert wrong == []
    assert went_on > 0
    changed = {key for key, one in foretold.items() if one.effect != "unchanged"}
    assert {key for key in before if before[key][:3] != after[key][:3]} <= changed


@pytest.mark.usefixtures("november")
def test_another_detector_is_unknown(after_day: Days, browser: Browsers):
    """Without the covers nobody can say what another score would find: those verdicts are counted as unknown."""
    shipped = shipped_mapping()
    mapping = {**shipped, "face": {**shipped["face"], "min_score": 0.5}, "version": "x"}
    found = predicted(after_day, mapping, date(2026, 11, 2)).values()
    covers = [one for one in found if one.before.field == "cover"]
    assert {one.effect for one in covers} == {"unknown"}
    assert {one.effect for one in found if one.before.field != "cover"} == {"unchanged"}


@pytest.mark.usefixtures("november")
def test_answers_that_are_gone_are_unknown(after_day: Days, browser: Browsers):
    """After their retention the stored answers are empty: counted as unknown, with the reason."""
    with after_day.connect() as connection:
        connection.execute("update api_calls set answer = null")
    version = draft(browser("user"), platform__words=with_word("and"))
    page = words(judged(browser("viewer"), f"/filters/{version}"))
    total = len(verdicts(after_day))
    assert f"{total} unknown" in page
    assert f"the answer it was found in is not stored any more ({total})" in page
    assert REFUSING


@pytest.mark.usefixtures("november")
def test_a_page_of_changes_shows_the_match(browser: Browsers, after_day: Days):
    """Each change has handle, old and new verdict, and its text with the match marked; the lists can be narrowed."""
    version = draft(browser("user"), pronoun__words="the\na\nmy\nI\nthis\nwhen\nhe\nshe\nbro\nthey")
    viewer = browser("viewer")
    page = judged(viewer, f"/filters/{version}?days=1&effect=refused_otherwise")
    assert re.search(
        r"<td>refused: criteria, \w+</td><td class=\"wide\">refused: criteria, \w+</td><td>refused: pronoun, caption</td>"
        r"\s*<td><bdi class=\"text\">[^<]*<mark>",
        page,
    )
    link = re.search(r'<td><a href="(/why-not/[^"]+)"><bdi class="person">', page)
    assert link
    assert "What it was judged by" in viewer.page(html.unescape(link[1]))
    assert viewer.get(f"/filters/{version}?effect=unchanged").status_code == 422


@pytest.mark.usefixtures("november")
def test_what_is_in_force_already_is_no_effect_of_a_draft(browser: Browsers, after_day: Days):
    """Verdicts older than the rules in force: what these would change is told apart from what the draft would change."""
    user = browser("user")
    active = draft(user, pronoun__words="the\nmy\nshe", pronoun__without_apostrophe="")
    assert activate(user, active).status_code == 303
    same, other = draft(user, active, note="nothing else"), draft(user, active, pronoun__words="she")
    found = {version: settled(user, version) for version in (same, other)}
    changed = {version: [each for each in numbers if each not in STAYING] for version, numbers in found.items()}
    assert {name: found[same][name] for name in changed[same]} == dict.fromkeys(changed[same], 0)
    assert found[same]["already so by the rules in force"] > 0
    assert sum(found[other][name] for name in changed[other]) > 0
    assert 0 < found[other]["already so by the rules in force"] < found[same]["already so by the rules in force"]
    assert sum(found[same].values()) == sum(found[other].values()) == len(verdicts(after_day))
    page = words(judged(user, f"/filters/{same}?days=1"))
    assert "No verdict would be another because of these rules." in page
    already = judged(user, f"/filters/{same}?days=1&effect=already")
    assert already.count("<td><a href=") == min(50, found[same]["already so by the rules in force"])


STAYING = {"unchanged", "unknown", "already so by the rules in force"}


def settled(user: Browser, version: str) -> dict[str, int]:
    """The counts of a version's page when all is judged, by their names."""
    cards = re.findall(r"<div><b>([\d,]+)</b>(?:<a [^>]*>)?([^<]+)<", judged(user, f"/filters/{version}?days=1"))
    return {name: int(number.replace(",", "")) for number, name in cards}


@pytest.mark.usefixtures("november")
def test_the_form_to_activate_is_left_alone(browser: Browsers, after_day: Days):
    """While verdicts are judged, no page with a form loads itself anew: a script renews the section with the counts."""
    user = browser("user")
    version = draft(user, platform__words=with_word("and"))
    address = f"/filters/{version}?days=1"
    pages = [user.page(address)]
    begun = time.monotonic()
    while "The rest is being judged" in pages[-1]:
        assert time.monotonic() < begun + 60
        pages.append(user.page(address))
    refused = user.post(f"/filters/{version}/activate", {**filled(pages[-1]), "note": " "})
    assert refused.status_code == 409
    for page in (*pages, refused.text):
        assert "http-equiv" not in page
        assert '<script defer src="/static/effects.js">' in page
        section = page[page.index('<section id="effects"') : page.index("</section>")]
        assert "<form" not in section
        assert (f'data-again="{address}"' in section) == ("The rest is being judged" in section)
        # Of a refused form as well: its own address takes no GET.
        assert {link.partition("?")[0] for link in re.findall(r'href="(/filters/[^"]*)"', section)} == {
            f"/filters/{version}"
        }
    assert user.get("/static/effects.js").status_code == 200


def test_entries_have_names_for_people(browser: Browsers):
    """Every field of the form, and every entry that differs, is called in words; the key stands behind."""
    page = browser("user").page(f"/filters/draft?based_on={SHIPPED}")
    assert "min_<wbr>median_<wbr>plays" in page
    labels = [words(each).strip() for each in re.findall(r"<label for=[^>]+>(.*?)</label>", page, re.DOTALL)]
    assert "Median plays, at least consistency. min_ median_ plays" in labels
    assert "“ttv” at a handle's edge: endings let pass platform. edge_ tokens. ttv. innocent_ endings" in labels
    assert "Spellings of youtube found anywhere in a text platform. same_ words_ written_ together. youtube" in labels
    assert [label for label in labels if re.match(r"[a-z]+[._]", label)] == []
    named = rule_forms.read_entries(shipped_mapping())
    plain = {name: name.replace(".", " ").replace("_", " ") for name in named}
    assert {name for name in named if rule_forms.called(name) == plain[name]} == set()
    assert len({rule_forms.called(name) for name in named}) == len(named)
