"""Pictures, sound and video of the library: to signed-in users who may read, by ranges, each with the type that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from include import connections
from include.database import rows
from include.lake import Lake
from include.lake_errors import LakeError, NotInLake
from plugins.dashboard.access import Reader, is_head
from plugins.dashboard.store import reading

BLOCK = 1 << 20
# What is shown in a page; whatever else a name may end in is not served.
TYPES = {".mp4": "video/mp4", ".mp3": "audio/mpeg", ".jpg": "image/jpeg"}
# One range; several at once are answered with the whole, as the protocol allows.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "private, max-age=3600",
    # Whatever the bytes are, nothing in them is run.
    "content-security-policy": "default-src 'none'; sandbox",
}
router = APIRouter()


@router.get("/library/{video_id}/media/{name:path}", name="library_media")
def send(
    request: Request,
    user: Reader,
    video_id: str,
    name: str,
    range: Annotated[str | None, Header(max_length=200)] = None,
    if_range: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """An artefact of a video: only one that its row names."""
    kind = TYPES.get(PurePosixPath(name).suffix)
    with reading() as connection:
        found = rows(
            connection, "dashboard/research/find_artefact", {"video_id": _plain(video_id), "name": _plain(name)}
        )
    if not found or kind is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file in the library.")
    try:
        lake = connections.open_media()
        key = f"videos/{found[0]['video_id']}/{name}"
        entry = lake.find(key)
    except LakeError as error:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "The store of the files does not answer.") from error
    if entry is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "The file is not in the store any more.")
    etag = f'"{found[0]["sha256"]}"'
    # Who has the beginning of another file than this one gets the whole, not the rest of it.
    asked = range if if_range is None or if_range == etag else None
    start, end = part(asked, entry.size)
    headers = {**HEADERS, "content-length": str(end - start), "etag": etag}
    status = HTTPStatus.OK
    if asked is not None and is_range(asked):
        status = HTTPStatus.PARTIAL_CONTENT
        headers["content-range"] = f"bytes {start}-{end - 1}/{entry.size}"
    if is_head(request):
        return Response(headers=headers, status_code=status, media_type=kind)
    return StreamingResponse(_blocks(lake, key, start, end), status, headers, kind)


def part(asked: str | None, size: int) -> tuple[int, int]:
    """From where to where, the end not among it, a range leads in a file of `size` bytes; 416 where it leads past it."""
    found = _RANGE.fullmatch(asked.strip()) if asked and is_range(asked) else None
    if found is None:
        return 0, size
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"The file has {size} bytes.",
            {"content-range": f"bytes */{size}"},
        )
    return start, end


def is_range(asked: str) -> bool:
    """Whether it is one range that makes sense: all else is answered with the whole."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None:
        return False
    first, last = found.groups()
    return bool(first or last) and not (first and last and int(last) < int(first))


def _blocks(lake: Lake, key: str, start: int, end: int) -> Iterator[bytes]:
    at = start
    while at < end:
        try:
            block = lake.read_part(key, at, min(at + BLOCK, end))
        except NotInLake:
            return
        if not block:
            return
        at += len(block)
        yield block


def _plain(text: str) -> str:
    return text.replace("\0", "")
