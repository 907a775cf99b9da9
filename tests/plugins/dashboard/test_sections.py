"""Pages of several pipelines in one frame: each asks for the right to its own DAG, the menu shows what one may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus

import pytest
from fastapi import APIRouter, Request, Response

from plugins.dashboard import pages
from plugins.dashboard.access import Changer
from plugins.dashboard.app import assemble
from plugins.dashboard.rendering import write_page
from plugins.dashboard.sections import Section
from tests.fixtures.dashboard import Browser, session_token

OURS, THEIRS = "people of comets", "people of boats"
ALL = ["Comets", "Why not?", "Filters", "Runs", "Boats"]  # the menu
COMETS = ("/comets", "/why-not", "/filters", "/runs", "/overrules", "/creators", "/export/ranking.csv")
SHARED = ("/static/dashboard.css", "/static/comet.svg", "/")
People = Callable[..., Browser]
router = APIRouter()


@router.get("/boats", name="boats")
def show(request: Request) -> Response:
    """A page in the frame."""
    return write_page(request, "error.html", status=HTTPStatus.OK, text="These are boats.")


@router.post("/boats/{name}/sink", name="sink")
def sink(user: Changer, name: str) -> dict[str, str]:
    """Something that only those who may edit the DAG may do."""
    return {"sunk": name}


@pytest.fixture
def people(browser: People) -> Iterator[People]:
    """`people("user", teams=[OURS])` looks at pages of `comets`, which belong to one team, and of `boats`, which to another."""
    from airflow.models.dag import DagModel, clear_team_name_cache
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.team import Team
    from airflow.utils.session import create_session

    dags = {"comets": OURS, "account_analytics": "nobody here", "video_research": "nobody there", "boats": THEIRS}
    with create_session() as session:
        for dag_id, team in dags.items():
            bundle = DagBundleModel(name=dag_id)
            bundle.teams.append(Team(name=team))
            session.add(bundle)
            session.flush()
            session.add(DagModel(dag_id=dag_id, bundle_name=dag_id))
    clear_team_name_cache()
    app = assemble((*pages.SECTIONS, Section("boats", menu=(("boats", "Boats"),), routers=(router,))))
    yield partial(Browser, app=app)
    with create_session() as session:
        for dag_id, team in dags.items():
            session.delete(session.get(DagModel, dag_id))
            session.delete(session.get(DagBundleModel, dag_id))
            session.delete(session.get(Team, team))
    clear_team_name_cache()


def menu(page: str) -> list[str]:
    """What the menu of a page offers."""
    (tabs,) = re.findall(r'<ul class="tabs">(.*?)</ul>', page, re.DOTALL)
    return re.findall(r">([^<]+)</a>", tabs)


@pytest.mark.parametrize("address", [*COMETS, "/filters/draft", "/comets?window=7"])
def test_a_page_asks_for_its_own_dag(people: People, address: str):
    """Who may see another pipeline's DAG alone gets 403 at a page of `comets`, which names that DAG and no other."""
    answer = people("op", teams=[THEIRS]).get(address)
    assert (answer.status_code, "may not see the DAG comets." in answer.text) == (403, True)
    assert people("op", teams=[OURS]).get(address).status_code != 403


def test_no_other_right_is_asked_for(people: People):
    """Who may see `boats` alone sees its page, and who may see `comets` alone does not."""
    assert "These are boats." in people("viewer", teams=[THEIRS]).page("/boats")
    answer = people("op", teams=[OURS]).get("/boats")
    assert (answer.status_code, "may not see the DAG boats." in answer.text) == (403, True)


@pytest.mark.parametrize("teams", [[OURS], [THEIRS], [OURS, THEIRS]])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_frame_is_for_all_who_may_see_a_page(people: People, teams: list[str], method: str):
    """Style sheets and the first page need the right to one of the DAGs, whichever; what nobody serves is 404 then."""
    someone = people("viewer", teams=teams)
    answers = [someone.request(method, address).status_code for address in (*SHARED, "/nowhere")]
    assert answers == [200, 200, 303, 404]


def test_who_may_see_nothing_gets_nothing(people: People):
    """Without the right to any DAG with pages everything is 403, files and unknown addresses too, and no link leads on."""
    nobody = people("viewer", teams=[])
    for address in (*SHARED, *COMETS, "/boats", "/nowhere"):
        answer = nobody.get(address)
        assert (answer.status_code, 'href="/"' in answer.text) == (403, False), address
    assert "may not see the DAG comets or account_analytics or video_research or boats." in nobody.get("/").text


@pytest.mark.parametrize(
    ("teams", "first", "shown"),
    [([OURS], "/comets", ALL[:4]), ([THEIRS], "/boats", ALL[4:]), ([THEIRS, OURS], "/comets", ALL)],
)
def test_the_menu_shows_what_one_may_see(people: People, teams: list[str], first: str, shown: list[str]):
    """The first page leads to the first that the reader may see, whose menu has those pages and no other."""
    reader = people("viewer", teams=teams)
    assert reader.get("/").headers["location"] == first
    assert menu(reader.page(first)) == shown
    assert menu(reader.get("/nowhere").text) == shown


def test_who_is_refused_is_led_to_their_own_pages(people: People):
    """The page that refuses somebody who may see others leads to the first page."""
    assert '<a href="/">The pages that you may see</a>' in people("viewer", teams=[OURS]).get("/boats").text


@pytest.mark.parametrize(
    ("role", "teams", "boats", "comets"),
    [("user", [THEIRS], 200, 403), ("user", [OURS], 403, 404), ("viewer", [OURS, THEIRS], 403, 403)],
)
def test_changing_needs_the_right_to_edit_that_dag(
    people: People, role: str, teams: list[str], boats: int, comets: int
):
    """Who may edit one DAG changes what its own pages offer, and nothing of another's."""
    bearer = {"authorization": f"Bearer {session_token(role, teams)}"}
    asked = ("/boats/a/sink", "/filters/1999.1/discard")
    assert [people(None).request("POST", address, headers=bearer).status_code for address in asked] == [boats, comets]
