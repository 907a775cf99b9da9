"""The page "Saved searches": addresses of the pages under a name, one's own or for all, and how much is new in each."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import psycopg
from fastapi import APIRouter, Form, Query, Request, Response
from psycopg.types.json import Jsonb
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Match

from include.database import Row, one, rows
from include.erasure import forgotten as erasure
from include.ranking.saved import RANKING, first_of
from plugins.dashboard.access import Changer, Reader, Sender
from plugins.dashboard.rendering import SAID_ONCE, address_of, airflow_address, calmed, write_page
from plugins.dashboard.sections import section_at
from plugins.dashboard.store import reading, writing

LONGEST_NAME, LONGEST_ADDRESS = 80, 4000
MOST_OF_ONE, MOST_SHOWN = 50, 100
MOST_COUNTED = 200  # so many of a ranking's first are compared with those of the last look
NONE = "There is no such saved search, or it is not yours."
router = APIRouter()
SearchId = int


@dataclass(frozen=True, slots=True)
class New:
    """How many of the first `of` of a ranking were not among them at the last look."""

    count: int
    of: int


@router.get("/saved", name="saved_searches")
def list_searches(
    request: Request, user: Reader, stored: Annotated[str, Query(max_length=20, description="what was just done")] = ""
) -> Response:
    """One's own and those that others share, by name."""
    reader = user.get_name()
    with reading() as connection:
        found = rows(connection, "dashboard/saved/read_all", {"reader": reader, "most": MOST_SHOWN})
        searches = [
            {
                **row,
                "name": calmed(row["name"]),
                "address": _address(request, row),
                "said": calmed(f"{row['path']}{_query(row['parameters'])}"),
                "is_ranking": row["path"] == RANKING,
                "new": _new(connection, row, reader),
            }
            for row in found
        ]
    return write_page(
        request, "comets/saved_searches.html", searches=searches, longest_name=LONGEST_NAME, stored=stored,
        most=MOST_SHOWN, most_counted=MOST_COUNTED,
    )  # fmt: skip


@router.post("/saved", name="save_search")
def save(
    request: Request,
    user: Changer,
    name: Annotated[str, Form(max_length=4 * LONGEST_NAME)],
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)],
    shared: Annotated[bool, Form()] = False,
) -> Response:
    """Keep an address of the pages under a name; whoever saves it has looked at it."""
    called = " ".join(name.replace("\0", "").split())
    if not 1 <= len(called) <= LONGEST_NAME:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"Write a name of 1 to {LONGEST_NAME} letters.")
    path, parameters = _taken_apart(request, address.replace("\0", "").strip())
    owner = user.get_name()
    with writing() as connection:
        erasure.share(connection)
        if one(connection, "dashboard/saved/count", {"owner": owner})["searches"] >= MOST_OF_ONE:
            raise HTTPException(
                HTTPStatus.CONFLICT, f"You keep {MOST_OF_ONE} searches already: remove one that you do not need."
            )
        (saved,) = rows(
            connection,
            "dashboard/saved/save",
            {"owner": owner, "name": called, "path": path, "parameters": Jsonb(parameters), "is_shared": shared},
        )
        _note_look(connection, saved, owner)
    return _back(request, "saved")


@router.post("/saved/{search_id}/open", name="open_search")
def open_search(request: Request, user: Sender, search_id: SearchId) -> Response:
    """Note that the reader looks at it now, and lead there."""
    with writing() as connection:
        erasure.share(connection)
        found = rows(connection, "dashboard/saved/read_one", _own(search_id, reader=user.get_name()))
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, NONE)
        _note_look(connection, found[0], user.get_name())
    return RedirectResponse(_address(request, found[0]), HTTPStatus.SEE_OTHER)


@router.post("/saved/{search_id}/share", name="share_search")
def share(request: Request, user: Changer, search_id: SearchId, shared: Annotated[bool, Form()]) -> Response:
    """Show one's own to all who may see the pages, or to oneself alone."""
    with writing() as connection:
        parameters = {**_own(search_id, owner=user.get_name()), "is_shared": shared}
        if not rows(connection, "dashboard/saved/share", parameters):
            raise HTTPException(HTTPStatus.NOT_FOUND, NONE)
    return _back(request, "shared" if shared else "private")


@router.post("/saved/{search_id}/remove", name="remove_search")
def remove(request: Request, user: Changer, search_id: SearchId) -> Response:
    """Remove one's own."""
    with writing() as connection:
        if not rows(connection, "dashboard/saved/remove", _own(search_id, owner=user.get_name())):
            raise HTTPException(HTTPStatus.NOT_FOUND, NONE)
    return _back(request, "removed")


def _own(search_id: int, **whose: str) -> dict[str, Any]:
    if not 0 < search_id < 2**63:
        raise HTTPException(HTTPStatus.NOT_FOUND, NONE)
    return {"search_id": search_id, **whose}


def _taken_apart(request: Request, address: str) -> tuple[str, dict[str, str]]:
    """The path below the pages' own address, not encoded, and the parameters. 422 for what is no page of this pipeline's."""
    try:
        parts = urlsplit(address)
    except ValueError:  # half an IPv6 address
        parts = urlsplit("")
    path = parts.path
    for base in (airflow_address(""), request.scope.get("root_path", "")):
        if base and path.startswith(f"{base}/"):
            path = path.removeprefix(base)
    path = unquote(path)
    if not _is_page(request, path):
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Paste the address of one of these pages, as the browser shows it."
        )
    given = parse_qsl(parts.query.replace("%00", ""))
    return path, {name: value for name, value in given if name not in SAID_ONCE}


def _is_page(request: Request, path: str) -> bool:
    """Whether it is a page of the same pipeline: downloads and this page itself are none to come back to."""
    section = section_at(request)
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    names = [
        route.name
        for route in request.app.routes
        if route.matches(scope)[0] is Match.FULL and section is not None and section.dag in getattr(route, "tags", [])
    ]
    return bool(names) and not names[0].startswith("export_") and names[0] != "saved_searches"


def _address(request: Request, search: Row) -> str:
    path = quote(search["path"].lstrip("/"), safe="/@")
    return f"{address_of(request, 'home')}{path}{_query(search['parameters'])}"


def _query(parameters: dict[str, Any]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""


def _new(connection: psycopg.Connection[Any], search: Row, reader: str) -> New | None:
    """How much is new since the reader's last look; None for what is no ranking, or was never looked at."""
    if search["user_ids"] is None:
        return None
    now = first_of(connection, search, reader, MOST_COUNTED)
    return None if now is None else New(len(set(now) - set(search["user_ids"])), len(now))


def _note_look(connection: psycopg.Connection[Any], search: Row, reader: str) -> None:
    first = first_of(connection, search, reader, MOST_COUNTED) or ()
    parameters = {"search_id": search["search_id"], "reader": reader, "user_ids": list(first)}
    rows(connection, "dashboard/saved/note_look", parameters)


def _back(request: Request, done: str) -> Response:
    return RedirectResponse(f"{address_of(request, 'saved_searches')}?stored={done}", HTTPStatus.SEE_OTHER)
