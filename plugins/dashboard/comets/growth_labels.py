"""What people say of the check of growth: right or wrong, one click on the page "Creator", kept with author and time."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import psycopg
from fastapi import APIRouter, Form, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.database import one, rows
from include.erasure import forgotten as erasure
from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of
from plugins.dashboard.store import writing

MOST_LABELS = 50
JUDGED = frozenset({"looks bought", "one sign", "no sign"})
CHANGED = "Not stored: the check is of another day by now, or says something else. Look at it again."
router = APIRouter()


class Label(StrEnum):
    """What is said; `none` takes it back."""

    right = "right"
    wrong = "wrong"
    none = ""


@router.post("/creators/{user_id}/growth", name="label_growth")
def label(
    request: Request,
    user: Changer,
    user_id: str,
    checked_on: Annotated[date, Form()],
    said: Annotated[Label, Form()] = Label.none,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keep or take back what the reader says of the check of that day; 409 where it is not what stands any more."""
    judged: dict[str, Any] = {
        "user_id": user_id.replace("\0", ""),
        "made_by": user.get_name(),
        "checked_on": checked_on,
    }
    with writing() as connection:
        # Nobody is forgotten meanwhile: who has a standing was not.
        erasure.share(connection)
        if said is Label.none:
            rows(connection, "dashboard/growth/unlabel", judged)
        elif not rows(connection, "dashboard/growth/label", {**judged, "is_right": said is Label.right}):
            raise HTTPException(HTTPStatus.CONFLICT, CHANGED)
    kept = f"?back={quote(back, safe='')}" if back else ""
    address = address_of(request, "creator", user_id=judged["user_id"])
    return RedirectResponse(f"{address}{kept}#growth-check", HTTPStatus.SEE_OTHER)


def read_labels(connection: psycopg.Connection[Any], user_id: str, reader: str, day: date | None) -> dict[str, Any]:
    """All that is said of this creator's check, what the reader says of that of `day`, and how often marks were right."""
    found = rows(connection, "dashboard/growth/read_labels", {"user_id": user_id, "most": MOST_LABELS})
    own = [row["is_right"] for row in found if (row["made_by"], row["checked_on"]) == (reader, day)]
    return {"all": found, "own": own[0] if own else None, "marks": one(connection, "dashboard/growth/count_labels")}
