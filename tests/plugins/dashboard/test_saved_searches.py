"""The page "Saved searches": addresses under a name, whose they are, and how much is new in each."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, end_run, stand
from tests.plugins.dashboard.test_comets import HOSTILE, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]


def save(browser: Browser, address: str, name: str = "Fading", **more: str) -> Any:
    return browser.post("/saved", {"name": name, "address": address, **more}, found_on="/saved")


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def only(connection: Connection) -> int:
    """The number of the only saved search."""
    ((search_id,),) = rows(connection, "select search_id from saved_searches")
    return search_id


def new(browser: Browser) -> list[str]:
    """What the page says of each search, in its order."""
    cells = re.findall(r"</form></td>\s*<td>(.*?)</td>", browser.page("/saved"), re.DOTALL)
    return [re.sub(r" looked .*", "", words(cell)).strip() for cell in cells]


@pytest.fixture
def ranked(connection: Connection) -> Connection:
    """Creators 1, 2 and 3; 1 and 2 fade."""
    end_run(connection, "one")
    for number in (1, 2, 3):
        stand(connection, str(number), handle=f"luna.{number}", percent_1=9 - number, is_fading=number < 3)
    return connection


def test_a_search_is_saved_from_the_page_and_opened_again(browser: Browsers, ranked: Connection):
    """The form on *Comets* keeps what is chosen, without the page's number; opening it leads there."""
    user = browser("user")
    page = user.page("/comets?fading=true&window=7&page=1&starred=1")
    address = html.unescape(re.findall(r'name="address" value="([^"]*)"', page)[0])
    answer = user.post("/saved", {"name": " My  fading ", "address": address}, found_on="/comets")
    assert (answer.status_code, answer.headers["location"]) == (303, "/saved?stored=saved")
    assert rows(ranked, "select owner, name, path, parameters, is_shared from saved_searches") == [
        ("the user", "My fading", "/comets", {"fading": "true", "window": "7"}, False)
    ]
    search_id = only(ranked)
    answer = user.post(f"/saved/{search_id}/open", found_on="/saved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/comets?fading=true&window=7")


def test_what_is_new_is_counted_from_the_last_look(browser: Browsers, ranked: Connection):
    """Who was not among the first when it was saved or last opened is new; opened again, nobody is."""
    user = browser("user")
    save(user, "/comets?fading=true&window=7")
    assert new(user) == ["0 among the first 2"]
    ranked.execute("update standings set is_fading = user_id <> '1'")
    stand(ranked, "4", is_fading=True)
    assert new(user) == ["2 among the first 3"]
    user.post(f"/saved/{only(ranked)}/open", found_on="/saved")
    assert new(user) == ["0 among the first 3"]


def test_what_is_counted_follows_the_shortlist(browser: Browsers, ranked: Connection):
    """A search for one's own stars counts them, for each reader theirs; a word of the shortlist narrows it too."""
    user, op = browser("user"), browser("op")
    save(user, "/comets?mine=true", shared="true")
    user.post("/creators/3/star", {"starred": "true"}, found_on="/comets")
    assert (new(user), new(op)) == (["1 among the first 1"], ["not opened yet"])
    op.post(f"/saved/{only(ranked)}/open", found_on="/saved")
    assert (new(user), new(op)) == (["1 among the first 1"], ["0 among the first 0"])


def test_private_and_shared(browser: Browsers, ranked: Connection):
    """Others see, open and look at what is shared, and nothing else; only its owner shares it, takes it back and removes it."""
    user, viewer, op = browser("user"), browser("viewer"), browser("op")
    save(user, "/comets?fading=true")
    search_id = only(ranked)
    assert "Fading" not in viewer.page("/saved")
    assert viewer.post(f"/saved/{search_id}/open", found_on="/filters").status_code in {403, 404}
    assert op.post(f"/saved/{search_id}/open", found_on="/saved").status_code == 404
    assert op.post(f"/saved/{search_id}/share", {"shared": "true"}, found_on="/saved").status_code == 404
    assert user.post(f"/saved/{search_id}/share", {"shared": "true"}, found_on="/saved").status_code == 303
    assert new(viewer) == ["not opened yet"]
    assert viewer.post(f"/saved/{search_id}/open", found_on="/saved").status_code == 303
    assert new(viewer) == ["0 among the first 2"]
    assert op.post(f"/saved/{search_id}/remove", found_on="/saved").status_code == 404
    assert user.post(f"/saved/{search_id}/share", {"shared": "false"}, found_on="/saved").status_code == 303
    assert new(op) == []
    assert user.post(f"/saved/{search_id}/remove", found_on="/saved").status_code == 303
    assert rows(ranked, "select (select count(*) from saved_searches), (select count(*) from saved_search_looks)") == [
        (0, 0)
    ]


def test_a_viewer_saves_nothing(browser: Browsers, ranked: Connection):
    """Without the right to change, no form to save is offered, and saving is 403."""
    viewer = browser("viewer")
    assert "Save this search" not in viewer.page("/comets")
    assert "Save another page" not in viewer.page("/saved")
    assert viewer.post("/saved", {"name": "x", "address": "/comets"}).status_code == 403
    assert rows(ranked, "select count(*) from saved_searches") == [(0,)]


@pytest.mark.parametrize(
    ("address", "path", "parameters"),
    [
        ("/comets", "/comets", {}),
        ("https://airflow.example/runs?x=1", "/runs", {"x": "1"}),
        ("/creators/1?window=all&stored=shortlist", "/creators/1", {"window": "all"}),
        ("/why-not?handle=%40luna&layer=face", "/why-not", {"handle": "@luna", "layer": "face"}),
        (f"/why-not/{DAY}/%23a%2Fb%20%25/7", f"/why-not/{DAY}/#a/b %/7", {}),
    ],
)
def test_any_page_can_be_saved(
    browser: Browsers, ranked: Connection, address: str, path: str, parameters: dict[str, str]
):
    """Kept is what the address means; the link means the same."""
    user = browser("user")
    assert save(user, address).status_code == 303
    assert rows(ranked, "select path, parameters from saved_searches") == [(path, parameters)]
    search_id = only(ranked)
    location = user.post(f"/saved/{search_id}/open", found_on="/saved").headers["location"]
    assert save(user, location).status_code == 303
    assert rows(ranked, "select count(distinct (path, parameters)), count(*) from saved_searches") == [(1, 2)]
    assert new(user)[0] == ("0 among the first 3" if path == "/comets" else "not counted")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 422),
        ("https://elsewhere.example/", 422),
        ("javascript:alert(1)", 422),
        ("//[", 422),
        ("/export/ranking.csv", 422),
        ("/saved", 422),
        ("/static/comet.svg", 422),
        ("/accounts", 422),
        ("/comets?search=" + "a" * 4000, 422),
        ("", 422),
    ],
)
def test_what_is_no_page_is_refused(browser: Browsers, ranked: Connection, address: str, status: int):
    """Downloads, files, other pipelines' pages and other sites cannot be saved."""
    assert save(browser("user"), address).status_code == status
    assert rows(ranked, "select count(*) from saved_searches") == [(0,)]


def test_an_address_that_no_page_understands(browser: Browsers, ranked: Connection):
    """It is kept, said to be so, and leads to the page that says what to correct."""
    user = browser("user")
    assert save(user, "/comets?window=5").status_code == 303
    assert new(user) == ["its address is not understood any more"]


def test_there_is_an_end(browser: Browsers, ranked: Connection):
    """Nobody keeps more than fifty, and a name has 1 to 80 letters."""
    user = browser("user")
    assert [save(user, "/runs", name).status_code for name in ("", "   ", "n" * 81, "n" * 80)] == [422, 422, 422, 303]
    ranked.execute(
        "insert into saved_searches (owner, name, path) select 'the user', 'n', '/runs' from generate_series(2, 50)"
    )
    assert save(user, "/runs").status_code == 409
    assert save(browser("op"), "/runs").status_code == 303


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names(browser: Browsers, ranked: Connection, text: str):
    """A name and what is searched for are shown, never run."""
    user = browser("user")
    assert save(user, f"/comets?search={text[:80]}", text[:80], shared="true").status_code == 303
    for role in ("user", "viewer"):
        page = browser(role).page("/saved")
        assert "<script>alert" not in page
        assert "<img" not in page
        assert ">49<" not in page
