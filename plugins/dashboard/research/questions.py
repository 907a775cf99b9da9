"""The page "Research": every question, how far its videos are, why some did not come through, what it cost; and new questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi import Query as Asked
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.database import Row, one, rows
from include.video_research import queries
from include.video_research.records import Query
from include.video_research.statuses import IN_WORDS
from plugins.dashboard import running
from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of, write_page
from plugins.dashboard.research.words import FAILURES
from plugins.dashboard.store import reading, writing

DAG = "video_research"
A_PAGE = 50
MOST_PAGES = 20_000
MOST_PASTED = 200
LONGEST = queries.LONGEST_QUERY
router = APIRouter()


class Doing(StrEnum):
    """What is done with a question."""

    pause = "pause"
    resume = "resume"
    retry = "retry"
    edit = "edit"


@router.get("/research", name="research")
def list_questions(
    request: Request,
    page: Annotated[int, Asked(ge=1, le=MOST_PAGES)] = 1,
    done: Annotated[str, Asked(max_length=20)] = "",
    run: Annotated[str, Asked(max_length=250, description="a run that was started here")] = "",
) -> Response:
    """All questions, newest last as in the list, with the funnel of their videos."""
    with reading() as connection:
        found = rows(
            connection, "dashboard/research/read_questions", {"most": A_PAGE + 1, "skipped": (page - 1) * A_PAGE}
        )
        total = one(connection, "dashboard/research/read_funnel")
        reasons = rows(connection, "dashboard/research/read_reasons")
        spend = rows(connection, "dashboard/research/read_spend")
        current = rows(connection, "dashboard/research/read_current_run")
    return write_page(
        request,
        "research/research.html",
        questions=found[:A_PAGE],
        has_more=len(found) > A_PAGE,
        page=page,
        total=total,
        reasons=reasons,
        spend=spend,
        left=seconds_left(current),
        statuses=IN_WORDS,
        failures=FAILURES,
        done=done,
        run=run,
        longest=LONGEST,
        most_pasted=MOST_PASTED,
    )


@router.post("/research/questions", name="add_question")
def add(
    request: Request,
    user: Changer,
    text: Annotated[str, Form(max_length=4 * LONGEST)] = "",
    language: Annotated[str, Form(max_length=20)] = "",
    country: Annotated[str, Form(max_length=20)] = "",
    addresses: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Enter a question, or addresses of videos under one; 422 with the line that cannot be used."""
    pasted = [line.strip() for line in addresses.replace("\0", "").splitlines() if line.strip()]
    if len(pasted) > MOST_PASTED:
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"{len(pasted)} addresses: paste at most {MOST_PASTED} at a time."
        )
    asked = _question(text, language, country, pasted)
    with writing() as connection:
        known = rows(connection, "dashboard/research/find_question", {"query_id": asked.query_id})
        if known:  # more addresses come beside those that it has
            asked = replace(asked, addresses=tuple(dict.fromkeys([*known[0]["addresses"], *asked.addresses])))
        queries.save_queries(connection, [asked], "page", user.get_name())
    return _back(request, "added")


@router.post("/research/questions/{query_id}", name="change_question")
def change(
    request: Request,
    user: Changer,
    query_id: str,
    do: Annotated[Doing, Form()],
    text: Annotated[str, Form(max_length=4 * LONGEST)] = "",
) -> Response:
    """Pause a question, go on with it, have the next run take it up again, or put another text in its place."""
    with writing() as connection:
        found = rows(connection, "dashboard/research/find_question", {"query_id": query_id.replace("\0", "")})
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such question.")
        if do is Doing.edit:
            old = found[0]
            asked = _question(text, old["language"] or "", old["country"] or "", old["addresses"])
            if asked.query_id != old["query_id"]:
                queries.save_queries(connection, [asked], "page", user.get_name())
                rows(connection, "dashboard/research/replace_question", {"query_id": old["query_id"]})
        else:
            rows(connection, _STATEMENTS[do], {"query_id": found[0]["query_id"]})
    return _back(request, do.value)


@router.post("/research/run/start", name="run_research")
def start(request: Request, user: Changer) -> Response:
    """Trigger a run of the DAG."""
    return _back(request, "", running.start(request, user, DAG))


_STATEMENTS = {
    Doing.pause: "dashboard/research/pause_question",
    Doing.resume: "dashboard/research/resume_question",
    Doing.retry: "dashboard/research/retry_question",
}


def seconds_left(current: Sequence[Row]) -> float | None:
    """What the run under way still needs at the pace it has had so far; None where none is, or nothing has ended yet."""
    if not current or not current[0]["ended"] or current[0]["open"] == 0:
        return None
    run = current[0]
    now: datetime = run["now"]
    elapsed = (now - run["started_at"]).total_seconds()
    return float(elapsed / run["ended"] * run["open"])


def _question(text: str, language: str, country: str, addresses: Sequence[str]) -> Query:
    try:
        return queries.made(text, language, country, addresses)
    except queries.QueryRefused as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"This cannot be asked: {error}.") from error


def _back(request: Request, done: str, run: str = "") -> Response:
    query = f"?run={quote(run)}" if run else f"?done={done}" if done else ""
    return RedirectResponse(f"{address_of(request, 'research')}{query}", HTTPStatus.SEE_OTHER)
