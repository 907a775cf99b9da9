"""The page "My alerts": what a person wants to be told of creators they watch, where to, and what they were told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include import connections, settings
from include.database import Row, one, rows
from include.digest.channels import MAIL, WEBHOOK
from include.erasure import forgotten as erasure
from include.ranking import alerts
from include.ranking.alert_letters import what_happened, why_watched
from include.ranking.ranges import read_count, read_percent
from include.ranking.saved import RANKING
from plugins.dashboard.access import Changer, Reader, Sender
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.store import reading, writing

MOST_WISHES, MOST_TOLD, MOST_SEARCHES = 20, 50, 100
MOST_PERCENT, MOST_FOLLOWERS, MOST_DAYS = 100_000, 10**12, 365
PREVIEW_DAYS, MOST_PREVIEWED = 7, 200  # so many are looked at in a moment
LONGEST_ADDRESS, LONGEST_BAR = 254, 30
NONE = "There is no such alert, or it is not yours."
# One address and nothing else: what a header or a list of recipients would read otherwise is none.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_WATCH = re.compile(r"(stars)|status-(new|watching|contacted|signed)|search-([1-9]\d{0,17})", re.ASCII)
WATCHED = {
    "stars": "creators I starred",
    "status-watching": "the shortlist's watching",
    "status-new": "the shortlist's new",
    "status-contacted": "the shortlist's contacted",
    "status-signed": "the shortlist's signed",
}
Bar = Annotated[str, Form(max_length=LONGEST_BAR)]
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Field:
    """A bar of a wish: its column, what it is called, how it is read, the most it may be, and an example."""

    name: str
    title: str
    asked: str
    read: Callable[[str], Any]
    most: int
    example: str


FIELDS = (
    Field("grown_1", "Grew in a day, % at least", "a number above 0", read_percent, MOST_PERCENT, "5"),
    Field("grown_7", "Grew in 7 days, % at least", "a number above 0", read_percent, MOST_PERCENT, "20"),
    Field("followers", "Passed so many followers", "a whole number above 0", read_count, MOST_FOLLOWERS, "100k"),
    Field("silent_days", "Posted nothing for days", f"1 to {MOST_DAYS} days", read_count, MOST_DAYS, "14"),
)


def asked_for(
    grown_1: Bar = "",
    grown_7: Bar = "",
    followers: Bar = "",
    silent_days: Bar = "",
    bought: Annotated[bool, Form()] = False,
    newcomers: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """The bars of a form, read. 422 for one that means nothing, and where nothing at all is asked."""
    typed = {"grown_1": grown_1, "grown_7": grown_7, "followers": followers, "silent_days": silent_days}
    read = {field.name: _bar(field, typed[field.name].replace("\0", "").strip()) for field in FIELDS}
    if not (bought or newcomers or any(bar is not None for bar in read.values())):
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Say what you want to be told: fill in one bar, or tick one box."
        )
    return {**read, "bought": bought, "newcomers": newcomers}


Asked = Annotated[dict[str, Any], Depends(asked_for)]


@router.get("/alerts", name="alerts")
def list_alerts(
    request: Request, user: Reader, stored: Annotated[str, Query(max_length=20, description="what was just done")] = ""
) -> Response:
    """One's own wishes, each with what it would have told of the last days, and what one was told."""
    reader, today = user.get_name(), _today()
    with writing() as connection:
        # Whoever is let in here may see the DAG: so long alerts go on.
        rows(connection, "dashboard/alerts/note_seen", {"reader": reader, "day": today})
    with reading() as connection:
        where = rows(connection, "dashboard/alerts/read_reader", {"reader": reader})
        wishes = [
            {**row, "whom": _whom(row), **_preview(connection, row, reader, today)}
            for row in rows(connection, "dashboard/alerts/read_wishes", {"reader": reader})
        ]
        told = rows(connection, "dashboard/alerts/read_told", {"reader": reader, "most": MOST_TOLD})
        searches = rows(connection, "dashboard/saved/read_all", {"reader": reader, "most": MOST_SEARCHES})
    return write_page(
        request,
        "comets/alerts.html",
        where=where[0] if where else None,
        ends_on=where[0]["seen_on"] + timedelta(days=alerts.SEEN_DAYS) if where else None,
        wishes=wishes,
        told=[{**row, "what": what_happened(row), "because": why_watched(row)} for row in told],
        tried_from=today - timedelta(days=alerts.SENT_DAYS - 1),
        choices=WATCHED
        | {
            f"search-{row['search_id']}": f"saved search: {calmed(row['name'])}"
            for row in searches
            if row["path"] == RANKING
        },
        fields=FIELDS,
        stored=stored,
        has_mail=connections.find(MAIL) is not None,
        has_webhook=connections.find(WEBHOOK) is not None,
        longest_address=LONGEST_ADDRESS,
        longest_bar=LONGEST_BAR,
        most_told=MOST_TOLD,
        most_watched=alerts.MOST_WATCHED,
        most_previewed=MOST_PREVIEWED,
        seen_days=alerts.SEEN_DAYS,
        sent_days=alerts.SENT_DAYS,
        preview_days=PREVIEW_DAYS,
    )


@router.post("/alerts/where", name="say_where")
def say_where(
    request: Request,
    user: Changer,
    address: Annotated[str, Form(max_length=4 * LONGEST_ADDRESS)] = "",
    on_webhook: Annotated[bool, Form()] = False,
) -> Response:
    """Keep where one is told: an address of one's own, the digest's webhook, both, or on the page alone."""
    said = address.strip()
    if said and (len(said) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(said)):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Write one e-mail address, such as you@example.org.")
    kept = {"reader": user.get_name(), "address": said or None, "on_webhook": on_webhook, "day": _today()}
    with writing() as connection:
        rows(connection, "dashboard/alerts/save_reader", kept)
    return _back(request, "where")


@router.post("/alerts", name="make_alert")
def make(request: Request, user: Changer, watch: Annotated[str, Form(max_length=40)], asked: Asked) -> Response:
    """Keep a wish. Who is in a saved search now is no newcomer to it."""
    chosen = _WATCH.fullmatch(watch)
    if chosen is None:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose whom to watch.")
    stars, status, search = chosen.groups()
    watched = "stars" if stars else "status" if status else "search"
    if asked["newcomers"] and not search:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Newcomers are those of a saved search: choose one.")
    reader, today = user.get_name(), _today()
    with writing() as connection:
        erasure.share(connection)
        known = rows(connection, "dashboard/alerts/read_reader", {"reader": reader})
        if not known:
            nowhere = {"reader": reader, "address": None, "on_webhook": False, "day": today}
            rows(connection, "dashboard/alerts/save_reader", nowhere)
        if len(rows(connection, "dashboard/alerts/read_wishes", {"reader": reader})) >= MOST_WISHES:
            raise HTTPException(
                HTTPStatus.CONFLICT, f"You have {MOST_WISHES} alerts already: remove one that you do not need."
            )
        kept = {
            **asked,
            "reader": reader,
            "watched": watched,
            "status": status,
            "search_id": int(search) if search else None,
            "day": today,
        }
        if not rows(connection, "dashboard/alerts/save_wish", kept):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such saved search, or it is not yours to see.")
        newest = rows(connection, "dashboard/alerts/read_wishes", {"reader": reader})[-1]
        if search and newest["path"] != RANKING:
            raise HTTPException(
                HTTPStatus.UNPROCESSABLE_ENTITY, "Only a saved search of the page Comets can be watched."
            )
        alerts.know_all(connection, newest, reader, today)
    return _back(request, "made")


@router.post("/alerts/{wish_id}/change", name="change_alert")
def change(request: Request, user: Changer, wish_id: int, asked: Asked) -> Response:
    """Change the bars of one's own wish."""
    reader = user.get_name()
    with writing() as connection:
        erasure.share(connection)
        wish = _own(connection, wish_id, reader)
        if asked["newcomers"] and wish["watched"] != "search":
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Newcomers are those of a saved search.")
        rows(connection, "dashboard/alerts/change_wish", {**asked, "wish_id": wish_id, "reader": reader})
        if asked["newcomers"] and not wish["newcomers"]:
            alerts.know_all(connection, {**wish, **asked}, reader, _today())
    return _back(request, "changed")


# Whoever lost the right to change things can still have an end of what concerns themselves alone.
@router.post("/alerts/{wish_id}/pause", name="pause_alert")
def pause(request: Request, user: Sender, wish_id: int, paused: Annotated[bool, Form()]) -> Response:
    """Pause one's own wish, or let it go on; who came into its saved search meanwhile is no newcomer."""
    reader = user.get_name()
    with writing() as connection:
        erasure.share(connection)
        wish = _own(connection, wish_id, reader)
        rows(connection, "dashboard/alerts/pause_wish", {"wish_id": wish_id, "reader": reader, "is_paused": paused})
        if wish["is_paused"] and not paused:
            alerts.know_all(connection, wish, reader, _today())
    return _back(request, "paused" if paused else "resumed")


@router.post("/alerts/{wish_id}/remove", name="remove_alert")
def remove(request: Request, user: Sender, wish_id: int) -> Response:
    """Remove one's own wish, with what it told."""
    reader = user.get_name()
    with writing() as connection:
        _own(connection, wish_id, reader)
        rows(connection, "dashboard/alerts/remove_wish", {"wish_id": wish_id, "reader": reader})
    return _back(request, "removed")


def _own(connection: psycopg.Connection[Any], wish_id: int, reader: str) -> Row:
    mine = rows(connection, "dashboard/alerts/read_wishes", {"reader": reader})
    found = next((wish for wish in mine if wish["wish_id"] == wish_id), None)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, NONE)
    return found


def _bar(field: Field, text: str) -> Any:
    if not text:
        return None
    bar = field.read(text)
    if bar is None or not 0 < bar <= field.most or (isinstance(bar, Decimal) and round(bar, 4) != bar):
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{field.title}: “{calmed(text)}” is not {field.asked}; write, for example, {field.example}.",
        )
    return bar


def _whom(wish: Row) -> str:
    if wish["watched"] != "search":
        return WATCHED["stars" if wish["watched"] == "stars" else f"status-{wish['status']}"]
    return (
        f"saved search: {calmed(wish['search_name'])}"
        if wish["is_seen"]
        else "a saved search that is gone, or not shared any more"
    )


def _preview(connection: psycopg.Connection[Any], wish: Row, reader: str, today: date) -> dict[str, Any]:
    """How many creators a wish watches now, and how much it would have told of the first of them on how many `days`."""
    watched = list(alerts.watched_by(connection, wish, reader))
    asked = {
        "wish_id": wish["wish_id"],
        "user_ids": watched[:MOST_PREVIEWED],
        "first_day": today - timedelta(days=PREVIEW_DAYS - 1),
        "last_day": today,
    }
    return {"creators": len(watched), **one(connection, "dashboard/alerts/preview", asked)}


def _today() -> date:
    return settings.load().now().date()


def _back(request: Request, done: str) -> Response:
    return RedirectResponse(f"{address_of(request, 'alerts')}?stored={done}", HTTPStatus.SEE_OTHER)
