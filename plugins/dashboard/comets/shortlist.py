"""The shortlist: stars of each person, and what the whole team says of a creator, on the pages "Comets" and "Creator"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import psycopg
from fastapi import APIRouter, Form, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

from include.database import Row, rows
from include.erasure import forgotten as erasure
from include.ranking.choice import LONGEST_TAG
from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of, calmed, moment, wants_html, write_page
from plugins.dashboard.store import writing

LONGEST_NOTE = 2000
MOST_TAGS = 20
MOST_EVENTS = 50
MOST_TAGS_OFFERED = 100
NOT_LISTED = "not on the shortlist"
STATUSES = {"new": "new", "watching": "watching", "contacted": "contacted", "signed": "signed", "no": "no"}
NOBODY = "There is no such creator on the roster."
router = APIRouter()
Query = Annotated[str, Form(max_length=2000)]


class Status(StrEnum):
    """What the team has decided; `none`: nothing, or nothing any more."""

    none = ""
    new = "new"
    watching = "watching"
    contacted = "contacted"
    signed = "signed"
    no = "no"


class Place(StrEnum):
    """The page to go back to."""

    comets = "comets"
    creator = "creator"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a creator: `status` is None or one of STATUSES, `tags` are in small letters, sorted, each once."""

    status: str | None
    note: str
    tags: tuple[str, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any], prefix: str = "") -> Said:
        """From a row's columns, those of a change with the prefix `old_` or none."""
        return cls(row[f"{prefix}status"], row[f"{prefix}note"], tuple(row[f"{prefix}tags"]))


class ChangedMeanwhile(Exception):
    """Somebody else changed what is said of this creator first; `now` is how it stands."""

    def __init__(self, now: Row) -> None:
        super().__init__(
            f"Not stored: {calmed(now['changed_by'] or 'somebody')} changed the shortlist of this creator at"
            f" {moment(now['changed_at'])}, after your page was opened. Look at it, and change it again."
        )
        self.now = now


@router.post("/creators/{user_id}/star", name="star")
def star(
    request: Request,
    user: Changer,
    user_id: str,
    starred: Annotated[bool, Form()],
    place: Annotated[Place, Form()] = Place.comets,
    back: Query = "",
) -> Response:
    """Star a creator, or take the star away; asked for twice, it is as after once."""
    person = {"reader": user.get_name(), "user_id": user_id.replace("\0", "")}
    with writing() as connection:
        # Nobody is forgotten meanwhile: who is on the roster was not.
        erasure.share(connection)
        rows(connection, "dashboard/shortlist/star" if starred else "dashboard/shortlist/unstar", person)
        found = read_one(connection, person["user_id"], user.get_name())
    if not wants_html(request):
        return JSONResponse({"starred": found["is_starred"]})
    done = f"starred={quote(found['user_id'], safe='')}"
    return _back(request, place, found["user_id"], back, done, f"star-{found['user_id']}")


@router.post("/creators/{user_id}/shortlist", name="change_shortlist")
def change(
    request: Request,
    user: Changer,
    user_id: str,
    version: Annotated[int, Form(ge=0, le=2**31 - 1)],
    status: Annotated[Status, Form()] = Status.none,
    # A browser counts a line break as one letter, and sends two.
    note: Annotated[str, Form(max_length=4 * LONGEST_NOTE)] = "",
    tags: Annotated[str, Form(max_length=4 * MOST_TAGS * LONGEST_TAG)] = "",
    back: Query = "",
) -> Response:
    """Store what is said of a creator, begun at `version`; 409 where somebody else was first, with both sides to choose from."""
    said = Said(status.value or None, _clean(note), _tags(tags))
    if len(said.note) > LONGEST_NOTE:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"Write a note of at most {LONGEST_NOTE:,} letters.")
    person = user_id.replace("\0", "")
    try:
        with writing() as connection:
            store(connection, person, version, said, user.get_name())
    except ChangedMeanwhile as refused:
        if not wants_html(request):
            raise HTTPException(HTTPStatus.CONFLICT, str(refused)) from refused
        return write_page(
            request,
            "comets/shortlist_conflict.html",
            status_code=HTTPStatus.CONFLICT,
            text=str(refused),
            now=_in_words(refused.now),
            mine={"status": said.status, "note": said.note, "tags": said.tags},
            statuses=STATUSES,
            not_listed=NOT_LISTED,
            back=back,
            longest_note=LONGEST_NOTE,
        )
    return _back(request, Place.creator, person, back, "stored=shortlist", "shortlist")


@router.post("/creators/{user_id}/shortlist/undo", name="undo_shortlist")
def undo(
    request: Request,
    user: Changer,
    user_id: str,
    version: Annotated[int, Form(ge=1, le=2**31 - 1)],
    back: Query = "",
) -> Response:
    """Say again what was said before the change that made `version`; 409 where it is not the last one any more."""
    person = user_id.replace("\0", "")
    try:
        with writing() as connection:
            events = rows(connection, "dashboard/shortlist/read_events", {"user_id": person, "most": 1})
            now = read_one(connection, person, user.get_name())
            if not events or not events[0]["version"] == version == now["version"]:
                raise ChangedMeanwhile(now)
            store(connection, person, version, Said.of(events[0], "old_"), user.get_name())
    except ChangedMeanwhile as refused:
        raise HTTPException(HTTPStatus.CONFLICT, str(refused)) from refused
    return _back(request, Place.creator, person, back, "stored=shortlist", "shortlist")


def store(connection: psycopg.Connection[Any], user_id: str, version: int, said: Said, by: str) -> None:
    """Store it as the next version. Raises ChangedMeanwhile where `version` is not the last one; the same twice is once."""
    erasure.share(connection)
    parameters = {
        "user_id": user_id,
        "version": version,
        "status": said.status,
        "note": said.note,
        "tags": list(said.tags),
        "changed_by": by,
    }
    if rows(connection, "dashboard/shortlist/change", parameters):
        return
    now = read_one(connection, user_id, by)
    if Said.of(now) != said:
        raise ChangedMeanwhile(now)


def read_one(connection: psycopg.Connection[Any], user_id: str, reader: str) -> Row:
    """What is said of a creator; 404 for who is not on the roster."""
    found = read_among(connection, [user_id], reader)
    if user_id not in found:
        raise HTTPException(HTTPStatus.NOT_FOUND, NOBODY)
    return found[user_id]


def read_among(connection: psycopg.Connection[Any], user_ids: Sequence[str], reader: str) -> dict[str, Row]:
    """What is said of each of these creators who is on the roster, and whether this person starred them."""
    parameters = {"user_ids": list(user_ids), "reader": reader}
    return {row["user_id"]: row for row in rows(connection, "dashboard/shortlist/read_among", parameters)}


def read_tags(connection: psycopg.Connection[Any]) -> list[str]:
    """The tags in use, the commonest first."""
    return [row["tag"] for row in rows(connection, "dashboard/shortlist/read_tags", {"most": MOST_TAGS_OFFERED})]


def for_creator(connection: psycopg.Connection[Any], user_id: str, reader: str, stored: str) -> dict[str, Any]:
    """What the page "Creator" shows of it: as it stands, every change, and the version that the reader may take back."""
    now = read_one(connection, user_id, reader)
    events = rows(connection, "dashboard/shortlist/read_events", {"user_id": user_id, "most": MOST_EVENTS})
    offered = read_tags(connection)
    is_last = bool(events) and events[0]["version"] == now["version"]
    return {
        "now": _in_words(now),
        "events": [_event_in_words(event) for event in events],
        "most_events": MOST_EVENTS,
        "undo": now["version"] if is_last and events[0]["made_by"] == reader else None,
        "was_stored": stored == "shortlist",
        "offered": offered,
        "statuses": STATUSES,
        "not_listed": NOT_LISTED,
        "longest_note": LONGEST_NOTE,
    }


def _event_in_words(event: Row) -> Row:
    """A change with what it changed alone: (what, from, to)."""
    old, new = Said.of(event, "old_"), Said.of(event)
    parts = (
        ("status", old.status or NOT_LISTED, new.status or NOT_LISTED),
        ("note", calmed(old.note), calmed(new.note)),
        ("tags", calmed(", ".join(old.tags)), calmed(", ".join(new.tags))),
    )
    return {**event, "parts": [part for part in parts if part[1] != part[2]]}


def _in_words(now: Row) -> Row:
    return {**now, "status_words": now["status"] or NOT_LISTED, "note_words": calmed(now["note"])}


def _tags(text: str) -> tuple[str, ...]:
    """Tags as they were typed, parted by commas. 422 where one is too long, or there are too many."""
    tags = sorted({" ".join(calmed(part).lower().split()) for part in text.replace("\0", "").split(",")} - {""})
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"Write at most {MOST_TAGS} tags, parted by commas, each of at most {LONGEST_TAG} letters.",
        )
    return tuple(tags)


def _clean(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _back(request: Request, place: Place, user_id: str, back: str, done: str, mark: str) -> Response:
    """To the page that the form stood on, as it was, with what was done; `back` is the query of the ranking."""
    if place is Place.comets:
        kept = "&".join(part for part in back.split("&") if part and not part.startswith("starred="))
        address = f"{address_of(request, 'comets')}?{kept}{'&' if kept else ''}{done}"
    else:
        kept = f"back={quote(back, safe='')}&" if back else ""
        address = f"{address_of(request, 'creator', user_id=user_id)}?{kept}{done}"
    return RedirectResponse(f"{address}#{mark}", HTTPStatus.SEE_OTHER)
