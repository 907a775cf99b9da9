"""Downloads: the ranking, and a creator's history, as CSV or Parquet, sent as they are read."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.exceptions import HTTPException

from include.comets.exported_tables import CONTACTS, RANKING, SNAPSHOTS, VIDEOS
from include.database import rows
from include.export.tables import MEDIA_TYPES, Format
from include.ranking.choice import MOST_TRENDS, Choice, keywords_meant
from plugins.dashboard.access import Reader, is_head
from plugins.dashboard.downloads import Download, Statement
from plugins.dashboard.store import read, reading

# What the page's own statement takes for a page of the ranking has no meaning for the whole of it.
_OF_A_PAGE = frozenset({"most", "skipped", "most_counted"})
router = APIRouter()


class Part(StrEnum):
    """What there is of a creator beside their days."""

    videos = "videos"
    contacts = "contacts"


_PARTS = {
    Part.videos: (VIDEOS, "comets/export/read_videos_of"),
    Part.contacts: (CONTACTS, "comets/export/read_contacts_of"),
}


@router.get("/export/ranking.{file_format}", name="export_ranking")
def send_ranking(request: Request, user: Reader, file_format: Format, choice: Annotated[Choice, Depends()]) -> Response:
    """Everybody the page Comets would show on all its pages, in its order, with all windows; a search is not heeded.

    Those whose growth looks bought, whom the page shows apart, stand among the others: a column says so. 422 where a range means
    nothing.
    """
    if choice.problems:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(choice.problems))
    with reading() as connection:
        found = rows(connection, "dashboard/read_freshness")
        meant = keywords_meant(connection, choice.trend, MOST_TRENDS)
    asked = choice.parameters((found[0]["day"] if found else None) or date.max, user.get_name(), meant)
    parameters = {name: value for name, value in asked.items() if name not in _OF_A_PAGE}
    parameters["bought"] = parameters["bought"] or None
    statement = Statement(RANKING, "comets/export/read_ranking", parameters)
    return _send(request, user.get_name(), statement, "cometwatch-ranking", file_format)


@router.get("/export/creators/{user_id}.{file_format}", name="export_creator")
def send_creator(
    request: Request,
    user: Reader,
    user_id: Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")],
    file_format: Format,
) -> Response:
    """All days of one creator."""
    _refuse_unknown(user_id)
    statement = Statement(SNAPSHOTS, "comets/export/read_creator", {"user_id": user_id})
    return _send(request, user.get_name(), statement, f"cometwatch-creator-{user_id}", file_format)


@router.get("/export/creators/{user_id}/{part}.{file_format}", name="export_creator_part")
def send_creator_part(
    request: Request,
    user: Reader,
    user_id: Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")],
    part: Part,
    file_format: Format,
) -> Response:
    """A creator's videos on every day they were seen, or what their latest profile says of where they are reached."""
    _refuse_unknown(user_id)
    table, name = _PARTS[part]
    statement = Statement(table, name, {"user_id": user_id})
    return _send(request, user.get_name(), statement, f"cometwatch-creator-{user_id}-{part.value}", file_format)


def _refuse_unknown(user_id: str) -> None:
    if not read("dashboard/read_creator", {"user_id": user_id}):
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no creator with this id on the roster.")


def _send(request: Request, user: str, statement: Statement, name: str, file_format: Format) -> Response:
    assert re.fullmatch(r"[\w-]+", name)  # noqa: S101 - it goes into a header
    headers = {
        "content-type": MEDIA_TYPES[file_format],
        "content-disposition": f'attachment; filename="{name}.{file_format}"',
    }
    if not is_head(request):
        return Download(user, statement, file_format, headers)
    answer = Response(headers=headers)
    del answer.headers["content-length"]  # nobody knows it before the last row
    return answer
