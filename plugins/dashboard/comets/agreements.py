"""What people say of refusals they hold for right: one click on the page of the verdict, kept with author and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Form, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.database import rows
from include.erasure import forgotten as erasure
from plugins.dashboard.access import Changer
from plugins.dashboard.comets.overrules import verdict_address
from plugins.dashboard.comets.verdict_words import REASONS_TO_AGREE
from plugins.dashboard.store import writing
from plugins.filters.quality import wilson

CHANGED = "Not stored: the verdict is another one by now, or its creator is let pass. Open it again."
router = APIRouter()


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A layer's refusals that people looked at: how many were right, with the interval of 95 % of the true share."""

    layer: str
    rights: int
    looked_at: int
    share: float
    interval: tuple[float, float] | None


@router.post("/agreements/{day}/{keyword:path}/{video_id}", name="agree")
def agree(
    request: Request,
    user: Changer,
    day: date,
    keyword: str,
    video_id: str,
    layer: Annotated[str, Form(max_length=20)],
    field: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=40)] = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keep that the refusal is right, for a reason of the list, or, with none, take it back; 409 where it is another verdict."""
    verdict: dict[str, Any] = {
        "day": day,
        "keyword": keyword.replace("\0", ""),
        "video_id": video_id.replace("\0", ""),
    }
    said = {**verdict, "layer": layer, "made_by": user.get_name()}
    if layer not in REASONS_TO_AGREE or reason not in {"", *REASONS_TO_AGREE[layer]}:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose one of the reasons on the page.")
    with writing() as connection:
        # Nobody is forgotten meanwhile: while the verdict is there, its creator was not.
        erasure.share(connection)
        if not reason:
            rows(connection, "dashboard/agreements/take_back", said)
        elif not rows(connection, "dashboard/agreements/agree", {**said, "field": field or None, "reason": reason}):
            raise HTTPException(HTTPStatus.CONFLICT, CHANGED)
    return RedirectResponse(verdict_address(request, **verdict, back=back), HTTPStatus.SEE_OTHER)


def read_looked_at(connection: psycopg.Connection[Any]) -> Sequence[LookedAt]:
    """By layer, without those of which nobody said anything."""
    found = rows(connection, "dashboard/agreements/count_by_layer")
    return [
        LookedAt(row["layer"], row["rights"], looked_at, row["rights"] / looked_at, wilson(row["rights"], looked_at))
        for row in found
        for looked_at in [row["rights"] + row["wrongs"]]
        if looked_at
    ]
