"""Scripts, styles and pictures of the pages: a list fixed at the start, so that no path can lead elsewhere."""

from __future__ import annotations

from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

FOLDER = Path(__file__).with_name("static")
FILES = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*") if path.is_file()}
router = APIRouter()


@router.get("/static/{name:path}", name="static")
def send_file(name: str) -> FileResponse:
    """A file of `static/`."""
    if name not in FILES:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file.")
    kind = guess_type(name)[0] or "text/plain"
    return FileResponse(FILES[name], media_type=kind, headers={"cache-control": "private, max-age=300"})
