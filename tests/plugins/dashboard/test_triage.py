"""Going through verdicts: what stands in the list, right or wrong by a click, on to the next one, back to the same place."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import quote

import psycopg
import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.test_why_not import DAY, search_page, verdict, words

Browsers = Callable[[str | None], Browser]


def agree(user: Browser, address: str, reason: str, layer: str = "platform", field: str = "bio", back: str = ""):
    form = {"layer": layer, "field": field, "reason": reason, "back": back}
    return user.post(address.replace("/why-not", "/agreements"), form, found_on=address)


def links(page: str, rel: str) -> list[str]:
    return [unescape(href) for href in re.findall(rf'<a href="([^"]*)" {rel}', page)]


def test_caption_and_plays_stand_in_the_list(browser: Browsers, connection: psycopg.Connection):
    """As the stored answer has them; of a video whose answer is gone they are not made up."""
    verdict(connection, "7301")
    verdict(connection, "7302", user_id="7002", handle="gone.one")
    search_page(connection, ("7301", "my <b>first</b> ramen", "luna.plays", "Luna"))
    page = browser("viewer").page("/why-not")
    assert page.count('class="caption text"') == 1
    assert "my &lt;b&gt;first&lt;/b&gt; ramen" in page
    assert "60,000 plays" in words(page)
    assert words(page).count("plays") == 2 + words(page).count("luna.plays")  # that one, and the choice of the form


def test_on_to_the_next_and_back(browser: Browsers, connection: psycopg.Connection):
    """From the list every verdict leads to the next of the same search, the last one to none, and all of them back."""
    for number in range(4):
        verdict(connection, f"730{number}", user_id=f"700{number}", layer="pronoun" if number == 1 else "platform")
    user = browser("user")
    query = "layer=platform&unseen=true"
    (first, *_) = re.findall(r'href="(/why-not/[^"]*/7303\?back=[^"]*)"', user.page(f"/why-not?{query}"))
    assert unescape(first) == f"/why-not/{DAY}/ramen/7303?back={quote(query, safe='')}"
    seen, address = [], unescape(first)
    while address:
        page = user.page(address)
        seen.append(re.search(r"/(\d+)\?", address)[1])
        assert f'href="/why-not?{query.replace("&", "&amp;")}" data-key="b"' in page
        (address,) = links(page, 'rel="next"') or [""]
    assert seen == ["7303", "7302", "7300"]
    assert "The last one of this search" in page
    # What is no search of ours leads through all verdicts.
    assert links(user.page(f"/why-not/{DAY}/ramen/7302?back=since%3Dnever"), 'rel="next"')[0].startswith(
        f"/why-not/{DAY}/ramen/7301"
    )


def test_rightly_refused(browser: Browsers, connection: psycopg.Connection):
    """One click keeps it with author and reason, a second one of the same person replaces it, and it can be taken back."""
    address = verdict(connection)
    verdict(connection, "7302", user_id="7002")
    user = browser("user")
    answer = agree(user, address, "repost", back="layer=platform")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?back=layer%3Dplatform")
    agree(user, address, "seller")
    agree(browser("admin"), address, "repost")
    stored = "select made_by, chosen_reason, user_id, video_id, day from verdict_agreements order by 1"
    assert connection.execute(stored).fetchall() == [
        ("the admin", "repost", "7001", "7301", DAY),
        ("the user", "seller", "7001", "7301", DAY),
    ]
    page = words(user.page(address))
    assert re.search(r"rightly refused sells, is a shop the user ?,", page)
    assert "Take back" in page
    assert "rightly refused" in words(user.page("/why-not"))
    # "nobody looked yet" leaves it out.
    assert re.findall(r"video (\d+)", user.page("/why-not?unseen=true")) == ["7302"]
    assert re.findall(r"video (\d+)", user.page("/why-not?unseen=true&keyword=ramen")) == ["7302"]
    agree(user, address, "")
    assert [row[0] for row in connection.execute(stored).fetchall()] == ["the admin"]


@pytest.mark.parametrize(
    ("layer", "field", "reason", "status"),
    [
        ("platform", "bio", "because", 422),
        ("platform", "bio", "no face", 422),
        ("accepted", "bio", "repost", 422),
        ("pronoun", "caption", "repost", 409),  # the verdict is another one
        ("platform", "handle", "repost", 409),
    ],
)
def test_what_is_not_kept(
    browser: Browsers, connection: psycopg.Connection, layer: str, field: str, reason: str, status: int
):
    """Neither a reason that is no choice, nor a verdict that is not the one that was shown."""
    address = verdict(connection)
    assert agree(browser("user"), address, reason, layer, field).status_code == status
    assert connection.execute("select count(*) from verdict_agreements").fetchone() == (0,)


def test_who_is_let_pass_is_not_rightly_refused(browser: Browsers, connection: psycopg.Connection):
    """One click lets pass, with its reason; after that the refusal counts as wrong, whatever others said before."""
    address = verdict(connection)
    verdict(connection, "7302", user_id="7002")
    verdict(connection, "7303", user_id="7003", layer="criteria", field="plays", matched_text=None)
    user = browser("user")
    agree(browser("admin"), address, "repost")
    agree(user, f"/why-not/{DAY}/ramen/7302", "repost")
    agree(browser("admin"), f"/why-not/{DAY}/ramen/7302", "elsewhere")
    form = {
        "expected": "pass",
        "target": "platform.bio",
        "reason": "it is the creator's own account",
        "back": "unseen=true",
    }
    assert form["reason"] in unescape(user.page(address))
    answer = user.post(address, form, found_on=address)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?back=unseen%3Dtrue")
    assert "Rightly refused:" not in user.page(address)
    assert agree(user, address, "repost").status_code == 409
    page = words(user.page("/filters"))
    # Two were looked at, one of them rightly refused: Wilson's interval of 1 of 2 is 9.5 to 90.5 %.
    assert "Layer 1: platform 2 1 50.0 % 9.5 % to 90.5 %" in page


def test_viewers_only_look(browser: Browsers, connection: psycopg.Connection):
    """No buttons, and what is sent all the same is refused."""
    address = verdict(connection)
    assert "Was it right?" not in browser("viewer").page(address)
    assert (
        browser("viewer")
        .post(address.replace("/why-not", "/agreements"), {"layer": "platform", "reason": "repost"})
        .status_code
        == 403
    )
    assert (
        browser("user")
        .post(address.replace("/why-not", "/agreements"), {"layer": "platform", "reason": "repost"})
        .status_code
        == 403
    )


def test_keyword_with_slashes(browser: Browsers, connection: psycopg.Connection):
    """A keyword may hold anything that is typed, the word "agree" and question marks included."""
    address = verdict(connection, keyword="#a/b?c/7301/agree")
    assert agree(browser("user"), address, "other").status_code == 303


def test_judged_by_in_words(browser: Browsers, connection: psycopg.Connection):
    """The technical line is one gesture away."""
    verdict(connection)
    verdict(connection, "7302", layer="face", field="cover", detector="yunet", score=0.5, measured=3, threshold=5)
    page = browser("viewer").page("/why-not")
    assert re.findall(r"<details><summary>([^<]*)</summary>", page) == ["the face detector", "the lists of words"]


def test_one_word_more(browser: Browsers, connection: psycopg.Connection):
    """A word becomes a draft of the rules in force, whose page shows what it would change; nothing is judged by it yet."""
    user = browser("user")
    answer = user.post("/filter-words", {"word": " Kick  Live ", "where": "platform.words"}, found_on="/filters")
    assert answer.status_code == 303
    page = words(user.page(answer.headers["location"]))
    assert "Kick Live" in page
    ((mapping,),) = connection.execute("select mapping from rule_versions where state = 'draft'").fetchall()
    assert mapping["platform"]["words"][-1] == "Kick Live"
    for form, said in (
        ({"word": "kick live", "where": "platform.words"}, None),
        ({"word": "Twitch", "where": "platform.words"}, "has “Twitch” already"),
        ({"word": "  ", "where": "platform.words"}, "Write a word"),
        ({"word": "x" * 101, "where": "platform.words"}, "Write a word of 1 to 100 letters"),
        ({"word": "x", "where": "face.min_percent"}, "Choose one of the lists"),
    ):
        answer = user.post("/filter-words", form, found_on="/filters")
        # Drafts do not add up: the first is still none of the rules in force.
        assert answer.status_code == (422 if said else 303), answer.text
        assert not said or said in unescape(answer.text)
    assert browser("viewer").post("/filter-words", {"word": "x", "where": "platform.words"}).status_code == 403


def test_thresholds_that_hang_together_stand_together(browser: Browsers, connection: psycopg.Connection):
    """Three numbers of the face's share in one group; a section opens by itself where something in it is wrong."""
    page = browser("user").page("/filters/draft")
    share = page.split('<div class="together')[1:]
    share = next(part for part in share if part.startswith(" many"))
    names = ["face.uncertain_from_percent", "face.min_percent", "face.uncertain_to_percent"]
    assert re.findall(r'<input id="([\w.]+)"', share) == names
    assert page.count('<details class="rules">') == 3
    form = dict(re.findall(r'<input id="([\w.]+)" name="[\w.]+" value="([^"]*)"', page))
    based_on = re.search(r'name="based_on" value="([^"]*)"', page)[1]
    wrong = {**form, "based_on": based_on, "new.platform.same_words.name": "!"}
    answer = browser("user").post("/filters/draft", wrong, found_on="/filters/draft")
    assert answer.status_code == 422
    assert answer.text.count('<details class="rules">') == 2
