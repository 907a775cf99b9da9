"""What a person may change on the page "Account": acknowledge an anomaly, set the zone, take files back or put them elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Form, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.account_analytics import merging, saying, undoing
from include.account_analytics.accounts import HANDLE, normal
from plugins.dashboard.access import Changer
from plugins.dashboard.accounts.account import address, find
from plugins.dashboard.store import writing

LONGEST_NOTE = 500
Text = Annotated[str, Form(max_length=300)]
router = APIRouter()


class Doing(StrEnum):
    """What is done with a report."""

    undo = "undo"
    redo = "redo"
    move = "move"


@router.post("/accounts/{account}/anomalies", name="acknowledge")
def acknowledge(
    request: Request,
    user: Changer,
    account: str,
    day: Annotated[date, Form()],
    kind: Text,
    subject: Text = "",
    note: Annotated[str, Form(max_length=4 * LONGEST_NOTE)] = "",
) -> Response:
    """Note who has seen an anomaly, and what they say of it."""
    said = _clean(note)
    if len(said) > LONGEST_NOTE:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"Write at most {LONGEST_NOTE} letters.")

    def do(connection: psycopg.Connection[Any], owner: str) -> None:
        saying.acknowledge(connection, owner, day, _clean(kind), _clean(subject), said, user.get_name())

    return _done(request, account, do, "anomalies")


@router.post("/accounts/{account}/zone", name="set_zone")
def set_zone(request: Request, user: Changer, account: str, zone: Text = "") -> Response:
    """Set the account's time zone, or with an empty text none."""
    return _done(
        request, account, lambda connection, owner: saying.set_time_zone(connection, owner, _clean(zone)), "heading"
    )


@router.post("/accounts/{account}/name", name="rename_account")
def rename(request: Request, user: Changer, account: str, name: Text) -> Response:
    """The account is called otherwise now; what is kept under that name becomes part of it."""
    wanted = normal(_clean(name))
    if not HANDLE.fullmatch(wanted):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Write the handle that the account has now.")
    return _done(
        request,
        account,
        lambda connection, owner: merging.rename(connection, owner, wanted, user.get_name()),
        "heading",
    )


@router.post("/accounts/{account}/files", name="change_file")
def change_file(
    request: Request,
    user: Changer,
    account: str,
    do: Annotated[Doing, Form()],
    export: Text,
    member: Text,
    to: Text = "",
) -> Response:
    """Take a report back, bring it back, or put it to another account; the next run acts on it."""
    key, target = (_clean(export), member.replace("\0", "")), normal(_clean(to))
    if do is Doing.move and not HANDLE.fullmatch(target):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Write the handle of the account that it is of.")
    if do is Doing.move and target == normal(account):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"It is of @{target} already.")

    def change(connection: psycopg.Connection[Any], _: str) -> None:
        if do is Doing.move:
            undoing.move(connection, *key, target, user.get_name())
        elif do is Doing.undo:
            undoing.undo(connection, *key, user.get_name())
        else:
            undoing.redo(connection, *key, user.get_name())

    return _done(request, account, change, "files")


def _done(
    request: Request, account: str, change: Callable[[psycopg.Connection[Any], str], None], place: str
) -> Response:
    """Do it in one transaction, and go back to where it was asked; what cannot be done is said."""
    try:
        with writing() as connection:
            owner = find(connection, account)["account"]
            change(connection, owner)
    except saying.NothingSaid as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    except undoing.NothingToDo as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    return RedirectResponse(f"{address(request, owner)}?done={place}#{place}", HTTPStatus.SEE_OTHER)


def _clean(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()
