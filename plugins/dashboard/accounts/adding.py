"""The page "Add files": sent one by one, told what each is before anything is stored, then put into the drop folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse

from include import settings
from include.account_analytics import uploads
from include.account_analytics.accounts import HANDLE, normal
from include.account_analytics.check_file import Told
from include.account_analytics.facts import Refused
from include.account_analytics.uploads import LARGEST_UPLOAD, Incoming, NoPlace, Room
from plugins.dashboard.access import Changer, Reader
from plugins.dashboard.downloads import Places
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.store import read

MOST_AT_ONCE, MOST_OF_ONE_USER = 6, 2
NOT_SET = "No drop folder is set: name one in .env as ACCOUNTS_DROP, and start the web server again."
Batch = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$")]
_places = Places(MOST_AT_ONCE, MOST_OF_ONE_USER)
router = APIRouter()


@router.get("/accounts/add", name="add_files")
def choose(request: Request, stored: Annotated[int, Query(ge=0, le=uploads.MOST_FILES)] = 0) -> Response:
    """The form that files are chosen in."""
    folder = settings.load().accounts_drop
    return write_page(
        request,
        "accounts/add.html",
        batch=secrets.token_hex(16),
        folder=folder,
        not_set=NOT_SET,
        stored=stored,
        most_files=uploads.MOST_FILES,
        largest=LARGEST_UPLOAD,
    )


@router.post("/accounts/add/{batch}", name="send_file")
async def send(
    request: Request, user: Changer, batch: Batch, name: Annotated[str, Query(min_length=1, max_length=1000)]
) -> Response:
    """Take in one file, the body of the request as it is, to the disk; what it is taken for, or 422 with why it is not taken."""
    room = await run_in_threadpool(_room, user.get_name(), batch)
    if int(request.headers.get("content-length") or 0) > LARGEST_UPLOAD:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(uploads.too_large(LARGEST_UPLOAD)))
    if not _places.take(user.get_name()):
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE, "Too many files are sent at once: try again when one is done."
        )
    try:
        return JSONResponse(await _received(request, room, name))
    except Refused as refusal:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal)) from refusal
    except NoPlace as error:
        raise HTTPException(HTTPStatus.INSUFFICIENT_STORAGE, str(error)) from error
    finally:
        _places.give_back(user.get_name())


async def _received(request: Request, room: Room, name: str) -> dict[str, object]:
    incoming: Incoming = await run_in_threadpool(room.receive, name)
    is_whole = False
    try:
        async for piece in request.stream():
            if piece:
                await run_in_threadpool(incoming.take, piece)
        told = await run_in_threadpool(incoming.end)
        is_whole = True
    except ClientDisconnect as gone:
        raise Refused("broken_off", "The file did not come to its end.") from gone
    finally:
        if not is_whole:
            incoming.give_up()
    lines = [line.text.strip().removeprefix(f"{incoming.path.name}: ") for line in told.lines]
    return {"name": incoming.path.name, "taken_for": [calmed(line) for line in lines]}


@router.get("/accounts/add/{batch}", name="review_files")
def review(request: Request, user: Reader, batch: Batch) -> Response:
    """What each file that was sent is taken for; nothing is stored yet."""
    told = _room(user.get_name(), batch).tell()
    if not told:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, "There are no files here: they were stored, or thrown away after a day."
        )
    return write_page(
        request,
        "accounts/review.html",
        batch=batch,
        files=[in_words(each) for each in told],
        accounts=[row["account"] for row in read("account_analytics/read_accounts", {"accounts": None})],
    )


def in_words(told: Told) -> dict[str, object]:
    """A file as the page shows it: what it is as a whole, and each report of it."""
    whole, *reports = told.lines
    return {
        "name": told.file.file_name,
        "size": told.file.size,
        "whole": whole.text.removeprefix(f"{told.file.name}: "),
        "reports": [
            {"lines": [part.strip() for part in line.text.splitlines()], "is_taken": line.is_taken} for line in reports
        ],
    }


@router.post("/accounts/add/{batch}/store", name="store_files")
def store(
    request: Request, user: Changer, batch: Batch, account: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Put the files into the drop folder; with an account, into its own folder there."""
    owner = normal(account.replace("\0", ""))
    if owner and not HANDLE.fullmatch(owner):
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"{calmed(account)!r} is no handle: letters, digits, . and _."
        )
    room = _room(user.get_name(), batch)
    stored = _heeding(lambda: room.store(owner or None))
    if not stored:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There are no files here: they were stored already, or thrown away.")
    return RedirectResponse(f"{address_of(request, 'add_files')}?stored={len(stored)}", HTTPStatus.SEE_OTHER)


@router.post("/accounts/add/{batch}/discard", name="discard_files")
def discard(request: Request, user: Changer, batch: Batch) -> Response:
    """Throw the files away."""
    _room(user.get_name(), batch).discard()
    return RedirectResponse(address_of(request, "add_files"), HTTPStatus.SEE_OTHER)


def _room(user: str, batch: str) -> Room:
    folder: Path | None = settings.load().accounts_drop
    if folder is None:
        raise HTTPException(HTTPStatus.CONFLICT, NOT_SET)
    with suppress(OSError):
        uploads.sweep(folder)
    return Room(folder, user, batch)


def _heeding(do: Callable[[], list[str]]) -> list[str]:
    try:
        return do()
    except NoPlace as error:
        raise HTTPException(HTTPStatus.INSUFFICIENT_STORAGE, str(error)) from error
