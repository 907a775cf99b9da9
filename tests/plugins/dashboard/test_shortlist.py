"""The shortlist on the pages: stars, what the team says of a creator, two who say it at once, and who may not."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import end_run, stand
from tests.plugins.dashboard.test_comets import HOSTILE, listed, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]
SAID = {"version": "0", "status": "watching", "note": "Cooks well.", "tags": "Cooking,  mail ,cooking"}


@pytest.fixture
def three(connection: Connection) -> Connection:
    """Creators 1, 2 and 3, in this order of the ranking."""
    end_run(connection, "one")
    for number in (1, 2, 3):
        stand(connection, str(number), handle=f"luna.{number}", percent_1=9 - number, growth_1=9 - number)
    return connection


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def test_a_star_without_a_script(browser: Browsers, three: Connection):
    """The button of a row stars, leads back to the same choice, and the page says so with a way to take it back."""
    user = browser("user")
    query = "window=7&search=luna&page=1"
    answer = user.post("/creators/2/star", {"starred": "true", "back": query}, found_on=f"/comets?{query}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/comets?{query}&starred=2#star-2"
    page = user.page(answer.headers["location"])
    assert "Starred: @luna.2 Undo" in words(page)
    assert re.findall(r'id="star-(\d)"[^>]*aria-pressed="true"', page) == ["2"]
    # No link leads on with what was just done.
    assert re.findall(r'href="[^"]*starred=', page) == []
    assert rows(three, "select reader, user_id from shortlist_stars") == [("the user", "2")]
    back = html.unescape(re.findall(r'name="back" value="([^"]*)"', page)[0])
    answer = user.post("/creators/2/star", {"starred": "false", "back": back}, found_on="/comets")
    assert answer.headers["location"] == f"/comets?{query}&starred=2#star-2"
    assert "No star any more: @luna.2 Undo" in words(user.page(answer.headers["location"]))
    assert rows(three, "select * from shortlist_stars") == []


def test_a_star_by_a_script(browser: Browsers, three: Connection):
    """Who asks for no page gets the star's state as JSON; twice is as once."""
    user = browser("user")
    for _ in range(2):
        answer = user.post(
            "/creators/1/star", {"starred": "true"}, found_on="/comets", headers={"accept": "application/json"}
        )
        assert (answer.status_code, answer.json()) == (200, {"starred": True})
    assert rows(three, "select count(*) from shortlist_stars") == [(1,)]


def test_a_star_is_ones_own(browser: Browsers, three: Connection):
    """*mine* shows whom the reader starred, and another reader nobody; also who was not measured of late."""
    three.execute("update standings set day = day - 3 where user_id = '3'")
    user = browser("user")
    for user_id in "31":
        user.post(f"/creators/{user_id}/star", {"starred": "true", "place": "creator"}, found_on="/comets")
    assert listed(user.page("/comets?mine=true")) == ["1", "3"]
    assert listed(browser("op").page("/comets?mine=true")) == []
    assert "Clear filters" in words(user.page("/comets?mine=true"))


def test_what_the_team_says_of_a_creator(browser: Browsers, three: Connection):
    """Stored for everybody, shown with author and every change; tags in small letters, each once; the ranking shows it."""
    user = browser("user")
    answer = user.post("/creators/1/shortlist", {**SAID, "back": "window=7"}, found_on="/creators/1")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/creators/1?back=window%3D7&stored=shortlist#shortlist",
    )
    assert rows(three, "select status, note, tags, version, changed_by from shortlist") == [
        ("watching", "Cooks well.", ["cooking", "mail"], 1, "the user")
    ]
    op = browser("op")
    op.post("/creators/1/shortlist", {**SAID, "version": "1", "status": "contacted"}, found_on="/creators/1")
    page = words(browser("viewer").page("/creators/1"))
    assert "Contacted cooking mail Cooks well." in page
    assert "For the whole team; last changed by the op , " in page
    assert "the op status watching contacted" in page
    assert "the user status not on the shortlist watching" in page
    ranking = browser("viewer").page("/comets")
    assert re.findall(r'<span class="tag (?:listed|quiet tagged)">([^<]+)<', ranking) == [
        "contacted",
        "cooking",
        "mail",
    ]


def test_two_at_once(browser: Browsers, three: Connection):
    """Who began before somebody else stored is told who, when and what, keeps what they wrote, and may store it on purpose."""
    user, op = browser("user"), browser("op")
    assert op.post("/creators/1/shortlist", {**SAID, "status": "signed"}, found_on="/creators/1").status_code == 303
    answer = user.post("/creators/1/shortlist", {**SAID, "note": "Mine <b>."}, found_on="/creators/1")
    assert answer.status_code == 409
    said = words(answer.text)
    assert "Not stored: the op changed the shortlist of this creator at " in said
    assert "As it stands now Signed cooking mail Cooks well." in said
    assert ">Mine &lt;b&gt;.</textarea>" in answer.text
    assert rows(three, "select status, note, version from shortlist") == [("signed", "Cooks well.", 1)]
    (version,) = re.findall(r'name="version" value="(\d+)"', answer.text)
    again = user.post(
        "/creators/1/shortlist", {**SAID, "note": "Mine <b>.", "version": version}, found_on="/creators/1"
    )
    assert again.status_code == 303
    assert rows(three, "select status, note, version, changed_by from shortlist") == [
        ("watching", "Mine <b>.", 2, "the user")
    ]


def test_two_who_say_the_same(browser: Browsers, three: Connection):
    """The same word said twice is no conflict, and no second change."""
    for role in ("user", "op"):
        assert browser(role).post("/creators/1/shortlist", SAID, found_on="/creators/1").status_code == 303
    assert rows(three, "select changed_by, version from shortlist") == [("the user", 1)]


def test_a_program_is_refused_in_words(browser: Browsers, three: Connection):
    """Without a page the refusal of a lost update is JSON."""
    user = browser("user")
    user.post("/creators/1/shortlist", SAID, found_on="/creators/1")
    answer = user.post(
        "/creators/1/shortlist",
        {**SAID, "status": "no"},
        found_on="/creators/1",
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Not stored: the user changed the shortlist of this creator at ")


def test_the_last_change_can_be_taken_back(browser: Browsers, three: Connection):
    """Undo says again what was said before, as a change of its own; after somebody else's change it is refused."""
    user = browser("user")
    user.post("/creators/1/shortlist", SAID, found_on="/creators/1")
    page = user.page("/creators/1?stored=shortlist")
    assert 'action="/creators/1/shortlist/undo"' in page
    assert 'action="/creators/1/shortlist/undo"' not in browser("op").page("/creators/1?stored=shortlist")
    assert user.post("/creators/1/shortlist/undo", {"version": "1"}, found_on="/creators/1").status_code == 303
    assert rows(three, "select status, note, tags, version from shortlist") == [(None, "", [], 2)]
    browser("op").post("/creators/1/shortlist", {**SAID, "version": "2"}, found_on="/creators/1")
    answer = user.post("/creators/1/shortlist/undo", {"version": "2"}, found_on="/creators/1")
    assert (answer.status_code, "the op changed the shortlist" in words(answer.text)) == (409, True)
    assert rows(three, "select status, version from shortlist") == [("watching", 3)]


def test_who_is_said_no_to_is_hidden_and_counted(browser: Browsers, three: Connection):
    """Left out of the ranking, a search and the export unless asked for; the page says how many, and one click shows them."""
    user = browser("user")
    user.post("/creators/2/shortlist", {**SAID, "status": "no"}, found_on="/creators/2")
    page = user.page("/comets?window=7")
    assert listed(page) == ["1", "3"]
    assert "1 hidden: said no to. Show it" in words(page)
    assert "<summary>About this list: 1 hidden</summary>" in page
    assert 'href="/comets?window=7&amp;no=true"' in page
    shown = user.page("/comets?window=7&no=true")
    assert listed(shown) == ["1", "2", "3"]
    assert "hidden: said no to" not in words(shown)
    assert re.findall(r'class="tag down">([^<]+)<', shown) == ["no"]
    assert listed(user.page("/comets?shortlist=no")) == ["2"]
    assert listed(user.page("/comets?search=luna.2")) == []
    assert "1 hidden: said no to. Show it" in words(user.page("/comets?search=luna.2"))
    for query, expected in (("", ["1", "3"]), ("?no=true", ["1", "2", "3"]), ("?shortlist=no", ["2"])):
        text = user.get(f"/export/ranking.csv{query}").content.decode("utf-8-sig")
        assert [row["user_id"] for row in csv.DictReader(io.StringIO(text))] == expected


def test_filters_and_their_export(browser: Browsers, three: Connection):
    """Status and tag narrow the page and its download alike, and the form shows what is chosen."""
    user = browser("user")
    user.post("/creators/2/shortlist", SAID, found_on="/creators/2")
    user.post("/creators/3/shortlist", {**SAID, "status": "new", "tags": "mail"}, found_on="/creators/3")
    for query, expected in (
        ("shortlist=watching", ["2"]),
        ("shortlist=listed", ["2", "3"]),
        ("tag=Cooking", ["2"]),
        ("tag=mail&shortlist=new", ["3"]),
        ("tag=nothing", []),
    ):
        page = user.page(f"/comets?{query}")
        assert listed(page) == expected
        text = user.get(f"/export/ranking.csv?{query}").content.decode("utf-8-sig")
        assert [row["user_id"] for row in csv.DictReader(io.StringIO(text))] == expected
    page = user.page("/comets?shortlist=watching&tag=mail&mine=true")
    assert '<option value="watching" selected>' in page
    assert 'name="tag" value="mail"' in page
    assert 'name="mine" value="true" checked' in page
    assert '<option value="cooking"></option>' in page


def test_a_viewer_reads_and_writes_nothing(browser: Browsers, three: Connection):
    """No star and no form is offered, every way of writing is 403, and nothing is stored."""
    viewer = browser("viewer")
    browser("user").post("/creators/1/shortlist", SAID, found_on="/creators/1")
    for address in ("/comets", "/creators/1"):
        page = viewer.page(address)
        assert 'method="post"' not in page
        assert '<button type="submit" class="star"' not in page
    before = rows(three, "select * from shortlist")
    for address, form in (
        ("/creators/1/star", {"starred": "true"}),
        ("/creators/1/shortlist", {**SAID, "version": "1", "status": "no"}),
        ("/creators/1/shortlist/undo", {"version": "1"}),
    ):
        assert viewer.post(address, form).status_code == 403
    assert rows(three, "select * from shortlist") == before
    assert rows(three, "select * from shortlist_stars") == []


@pytest.mark.parametrize(
    ("address", "form", "status"),
    [
        ("/creators/nobody/star", {"starred": "true"}, 404),
        ("/creators/nobody/shortlist", SAID, 404),
        ("/creators/nobody/shortlist/undo", {"version": "1"}, 404),
        ("/creators/1/shortlist/undo", {"version": "1"}, 409),
        ("/creators/1/star", {"starred": "perhaps"}, 422),
        ("/creators/1/shortlist", {**SAID, "status": "great"}, 422),
        ("/creators/1/shortlist", {"status": "new"}, 422),
        ("/creators/1/shortlist", {**SAID, "version": "-1"}, 422),
        ("/creators/1/shortlist", {**SAID, "version": "4"}, 409),
        ("/creators/1/shortlist", {**SAID, "note": "n" * 2001}, 422),
        ("/creators/1/shortlist", {**SAID, "tags": "t" * 41}, 422),
        ("/creators/1/shortlist", {**SAID, "tags": ",".join(map(str, range(21)))}, 422),
    ],
)
def test_nonsense_is_refused(browser: Browsers, three: Connection, address: str, form: dict[str, str], status: int):
    """What cannot be stored is refused in words, and nothing of it is."""
    assert browser("user").post(address, form, found_on="/comets").status_code == status
    assert rows(three, "select (select count(*) from shortlist) + (select count(*) from shortlist_stars)") == [(0,)]


def test_what_just_fits(browser: Browsers, three: Connection):
    """A note of 2,000 letters, a line break counting as one, and twenty tags of forty letters are stored."""
    note, tags = "n\r\n" * 999 + "nn", ",".join(f"{number:02}" + "t" * 38 for number in range(20))
    form = {**SAID, "note": note, "tags": tags}
    assert browser("user").post("/creators/1/shortlist", form, found_on="/creators/1").status_code == 303
    assert rows(three, "select length(note), cardinality(tags) from shortlist") == [(2000, 20)]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_notes(browser: Browsers, three: Connection, text: str):
    """Notes and tags are shown, never run, to whoever may write them and to whoever reads."""
    user = browser("user")
    form = {**SAID, "note": text, "tags": text[:40]}
    assert user.post("/creators/1/shortlist", form, found_on="/creators/1").status_code == 303
    form = {**form, "status": "no", "note": f"{text}!"}
    answers = [user.post("/creators/1/shortlist", form, found_on="/creators/1").text]
    answers += [browser(role).page(address) for role in ("user", "viewer") for address in ("/creators/1", "/comets")]
    for page in answers:
        assert "<script>alert" not in page
        assert "<img" not in page
        assert ">49<" not in page
        assert "\u202e" not in words(page).replace(text, "")


def test_a_way_back_leads_nowhere_else(browser: Browsers, three: Connection):
    """Whatever a form says of the page it came from, the answer leads to a page of ours."""
    user = browser("user")
    for back in ("//elsewhere.example", "x\r\nlocation: //elsewhere.example", "https://elsewhere.example/?a=b"):
        answer = user.post("/creators/1/star", {"starred": "true", "back": back}, found_on="/comets")
        assert (answer.status_code, answer.headers["location"].startswith("/comets?")) == (303, True)
        assert "\r" not in answer.headers["location"]
