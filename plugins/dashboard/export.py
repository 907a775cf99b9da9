"""Downloads: the ranking, and a creator's history, as CSV or Parquet, sent as they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from http import HTTPStatus
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from include.export import streams
from include.export.tables import MEDIA_TYPES, Format, Table, pieces
from plugins.dashboard.comets import Choice
from plugins.dashboard.store import connected, read

router = APIRouter()


@router.get("/export/ranking.{file_format}", name="export_ranking")
def send_ranking(file_format: Format, choice: Annotated[Choice, Depends()]) -> StreamingResponse:
    """Everybody the page Comets would show on all its pages, in all windows, by score; a search is not heeded."""
    asked = choice.parameters(date.max)
    parameters = {name: asked[name] for name in ("trend", "band", "status", "only_new", "only_fading")}
    return _send(streams.RANKING, "export/read_ranking", parameters, "cometwatch-ranking", file_format)


@router.get("/export/creators/{user_id}.{file_format}", name="export_creator")
def send_creator(
    user_id: Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")], file_format: Format
) -> StreamingResponse:
    """All days of one creator."""
    if not read("dashboard/read_creator", {"user_id": user_id}):
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no creator with this id on the roster.")
    name = f"cometwatch-creator-{user_id}"
    return _send(streams.SNAPSHOTS, "export/read_creator", {"user_id": user_id}, name, file_format)


def _send(
    table: Table, statement: str, parameters: dict[str, Any], name: str, file_format: Format
) -> StreamingResponse:
    assert re.fullmatch(r"[\w-]+", name)  # noqa: S101 - it goes into a header
    rows = _rows(table, statement, parameters)
    # The first row is read before anything is sent: a database that is away is an error page, not half a file.
    first = next(rows, None)
    return StreamingResponse(
        pieces(table, rows if first is None else chain([first], rows), file_format),
        media_type=MEDIA_TYPES[file_format],
        headers={"content-disposition": f'attachment; filename="{name}.{file_format}"'},
    )


def _rows(table: Table, statement: str, parameters: dict[str, Any]) -> Iterator[Sequence[Any]]:
    # The connection is given back when the browser has all, or hangs up.
    with connected() as connection:
        yield from streams.stream(connection, table, statement, parameters)
