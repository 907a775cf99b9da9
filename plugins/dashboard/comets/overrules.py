"""The page "Overrules": what people said against verdicts, and making and withdrawing it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import psycopg
from fastapi import APIRouter, Form, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.comets.evidence import read_texts
from include.database import Row, rows
from include.erasure import forgotten as erasure
from plugins.dashboard.access import Changer
from plugins.dashboard.comets.verdict_words import FIELDS, MISSED, PASSES, can_be_overruled, overrule_key
from plugins.dashboard.rendering import address_of, calmed, moment, write_page
from plugins.dashboard.store import reading, writing

OVERRULES_A_PAGE = 50
SHORTEST, LONGEST = 3, 500  # letters of a reason
router = APIRouter()


class Standing(StrEnum):
    """Which overrules are listed."""

    in_force = "in force"
    withdrawn = "withdrawn"
    all = "all"


class Expected(StrEnum):
    """What the layer should have said."""

    passes = "pass"
    refuses = "refuse"


@router.get("/overrules", name="overrules")
def list_overrules(
    request: Request,
    standing: Annotated[Standing, Query()] = Standing.in_force,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="overrules before this one")] = None,
) -> Response:
    """Overrules, the latest first."""
    parameters = {
        "in_force": None if standing is Standing.all else standing is Standing.in_force,
        "before": before,
        # One more than is shown tells whether there is another page.
        "most": OVERRULES_A_PAGE + 1,
    }
    with reading() as connection:
        found = rows(connection, "dashboard/read_overrules", parameters)
    shown = found[:OVERRULES_A_PAGE]
    return write_page(
        request,
        "comets/overrules.html",
        overrules=[
            {**in_words(row), "address": verdict_address(request, row["day"], row["keyword"], row["video_id"])}
            for row in shown
        ],
        standing=standing.value,
        standings=[each.value for each in Standing],
        older=shown[-1]["overrule_id"] if len(found) > OVERRULES_A_PAGE else None,
        newer=before is not None,
    )


@router.post("/why-not/{day}/{keyword:path}/{video_id}", name="overrule")
def overrule(
    request: Request,
    user: Changer,
    day: date,
    keyword: str,
    video_id: str,
    expected: Annotated[Expected, Form()],
    target: Annotated[str, Form(max_length=40)],
    # A browser counts a line break as one letter, and sends two.
    reason: Annotated[str, Form(max_length=4 * LONGEST)],
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Overrule the verdict as the form showed it; 409 when it is another one by now, or is overruled already."""
    layer, _, field = target.partition(".")
    verdict: dict[str, Any] = {
        "day": day,
        "keyword": keyword.replace("\0", ""),
        "video_id": video_id.replace("\0", ""),
    }
    said = reason.replace("\0", "").replace("\r\n", "\n").strip()
    if not SHORTEST <= len(said) <= LONGEST:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"Write a reason of {SHORTEST} to {LONGEST} letters.")
    if layer not in {"platform", "pronoun", "face", "consistency", "criteria"} or (
        expected is Expected.refuses and target not in MISSED
    ):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Say what the overrule is about.")
    parameters = {**verdict, "layer": layer, "field": field or None, "expected": expected.value, "reason": said}
    with writing() as connection:
        # Nobody is forgotten meanwhile: while the verdict is there, its creator was not.
        erasure.share(connection)
        judged = _judged(connection, verdict)
        if expected is Expected.passes and overrule_key(judged["layer"], judged["field"]) != target:
            raise HTTPException(HTTPStatus.CONFLICT, "The verdict is another one by now: open it again.")
        if not can_be_overruled(judged):
            raise HTTPException(HTTPStatus.CONFLICT, "This verdict cannot be overruled.")
        parameters["subject_text"] = _subject(connection, judged, field)
        made = rows(connection, "dashboard/make_overrule", {**parameters, "made_by": user.get_name()})
        if not made:
            raise HTTPException(HTTPStatus.CONFLICT, _why_not_made(connection, judged, layer, field))
    return RedirectResponse(verdict_address(request, day, keyword, video_id, back), HTTPStatus.SEE_OTHER)


@router.post("/overrules/{overrule_id}/withdraw", name="withdraw_overrule")
def withdraw(
    request: Request, user: Changer, overrule_id: int, back: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Withdraw an overrule; one that is withdrawn already stays as it is."""
    if not 0 < overrule_id < 2**63:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such overrule.")
    with writing() as connection:
        found = rows(connection, "dashboard/read_overrule", {"overrule_id": overrule_id})
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such overrule.")
        rows(
            connection,
            "dashboard/withdraw_overrule",
            {"overrule_id": overrule_id, "withdrawn_by": user.get_name()},
        )
    verdict = {name: found[0][name] for name in ("day", "keyword", "video_id")}
    return RedirectResponse(verdict_address(request, **verdict, back=back), HTTPStatus.SEE_OTHER)


def verdict_address(request: Request, day: date, keyword: str, video_id: str, back: str = "") -> str:
    """The address of a verdict's own page: keywords are whatever people search for, hashtags and slashes included.

    `back` is the query of the list that leads there, which its links back and on keep.
    """
    address = address_about(request, "verdict", day, keyword, video_id)
    return f"{address}?back={quote(back, safe='')}" if back else address


def address_about(request: Request, route: str, day: date, keyword: str, video_id: str) -> str:
    """The path of a route that is about one verdict."""
    parts = {"day": day.isoformat(), "keyword": quote(keyword, safe=""), "video_id": quote(video_id, safe="")}
    return address_of(request, route, **parts)


def in_words(overrule: Row) -> Row:
    """An overrule as the pages show it."""
    return {**overrule, "meaning": meaning(overrule), "reason": calmed(overrule["reason"])}


def meaning(overrule: Row) -> str:
    """What an overrule changes for the creator."""
    layer, field = overrule["layer"], overrule["field"]
    if overrule["expected"] == "pass":
        return PASSES[field if layer == "criteria" else layer]
    where = f" ({FIELDS.get(field, field)})" if field else ""
    name = {
        "platform": "layer 1: platform",
        "pronoun": "layer 2: pronoun",
        "face": "layer 3: face",
        "consistency": "the consistency check",
        "criteria": "the comet criteria",
    }[layer]
    return f"Refused at once by {name}{where}"


def _judged(connection: psycopg.Connection[Any], verdict: dict[str, Any]) -> Row:
    found = rows(connection, "dashboard/read_verdict", verdict)
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such verdict.")
    return found[0]


def _subject(connection: psycopg.Connection[Any], judged: Row, field: str) -> str | None:
    """The whole text (or the cover's address) the overrule is about; of one that is not stored any more what matched."""
    texts = read_texts(connection, *(judged[name] for name in ("day", "keyword", "video_id", "user_id")))
    if field == "cover":
        return texts.cover(judged["cover_field"])
    matched = judged["matched_text"] if judged["field"] == field else None
    return texts.read(field, matched) or (judged["handle"] if field == "handle" else matched)


def _why_not_made(connection: psycopg.Connection[Any], judged: Row, layer: str, field: str) -> str:
    for other in rows(connection, "dashboard/read_overrules_of", {"user_id": judged["user_id"]}):
        if other["withdrawn_at"] is None and other["layer"] == layer:
            return (
                f"This creator is overruled here already, by {other['made_by']} on {moment(other['made_at'])}: "
                f"“{meaning(other)}”. Withdraw that first if it is wrong."
            )
    return "The verdict is another one by now: open it again."
