"""Small copies of avatars and covers: those of the rows that a page shows, where the face is on them, and the way to each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import psycopg
from fastapi import APIRouter, Header, Response
from starlette.exceptions import HTTPException

from include.comets.pictures import AVATAR
from include.database import Row, rows
from plugins.dashboard.access import Reader
from plugins.dashboard.store import read

HEADERS = {
    # Who may not look any more, or was forgotten, is out of a browser after an hour.
    "cache-control": "private, max-age=3600",
    # Whatever the bytes are, nothing in them is run.
    "content-security-policy": "default-src 'none'; sandbox",
}
SMALL, LARGE = (54, 96), (180, 320)  # the places of covers on the pages, in pixels
router = APIRouter()


@router.get("/pictures/{picture_id}", name="picture")
def send_picture(
    user: Reader, picture_id: str, if_none_match: Annotated[str | None, Header(max_length=1000)] = None
) -> Response:
    """A small copy, always WebP. What is unknown, past its time or no id at all is not there, all in the same words."""
    found = read("dashboard/pictures/find_picture", {"picture_id": known}) if (known := _id(picture_id)) else []
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such picture.")
    headers = {**HEADERS, "etag": f'"{found[0]["sha256"]}"'}
    if if_none_match and headers["etag"] in (each.strip().removeprefix("W/") for each in if_none_match.split(",")):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(bytes(found[0]["image"]), HTTPStatus.OK, headers, "image/webp")


def read_avatars(connection: psycopg.Connection[Any], user_ids: Sequence[str]) -> dict[str, Row]:
    """The copies there are of the avatars of so many creators, by user id."""
    return {user_id: row for (user_id, _), row in _read(connection, [(each, AVATAR) for each in user_ids]).items()}


def read_covers(
    connection: psycopg.Connection[Any], videos: Iterable[tuple[str, str]], place: tuple[int, int] = SMALL
) -> dict[tuple[str, str], Row]:
    """The copies there are of covers, by user id and video id, each with the size in which it fits its place, and no box yet."""
    found = _read(connection, [each for each in videos if each[1] != AVATAR])
    return {
        key: {**row, "shown": fitting(row["width"], row["height"], place), "box": None} for key, row in found.items()
    }


def with_box(cover: Row | None, verdict: Row) -> Row | None:
    """The cover with the box of the face that this very verdict measured, as `box` in percent of width and height.

    None as `box` where it found no face, and where layer 3 measured something else on it since; `is_judged` tells which.
    """
    if cover is None:
        return None
    measured = verdict["detector"], verdict["measured"], verdict["score"]
    found = cover["detector"], cover["face_percent"], cover["face_score"]
    is_judged = verdict["detector"] is not None and measured == found
    sides = [cover[f"face_{side}"] for side in ("left", "top", "width", "height")]
    is_boxed = is_judged and None not in sides
    box = [f"{100 * side:.2f}" for side in sides] if is_boxed else None
    return {**cover, "is_judged": is_judged, "box": box}


def fitting(width: int, height: int, place: tuple[int, int]) -> tuple[int, int]:
    """As large as the place allows, in the picture's own proportions."""
    scale = min(place[0] / width, place[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _read(connection: psycopg.Connection[Any], asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    if not asked:
        return {}
    parameters = {"user_ids": [each[0] for each in asked], "video_ids": [each[1] for each in asked]}
    found = rows(connection, "dashboard/pictures/read_pictures", parameters)
    return {(row["user_id"], row["video_id"]): row for row in found}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
