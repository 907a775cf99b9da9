"""Answers to what only a person knows, given on the page "Accounts"; the next run heeds them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.account_analytics import questions
from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of
from plugins.dashboard.store import writing

LARGEST_ID = 2**63 - 1
router = APIRouter()


@router.post("/accounts/questions/{question_id}", name="answer_question")
def answer(
    request: Request, user: Changer, question_id: int, answer: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Store an answer with who gave it; 422 where it answers nothing."""
    if not 0 < question_id <= LARGEST_ID:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such question.")
    said = answer.replace("\0", "").strip()
    if not said:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose or write an answer first.")
    try:
        with writing() as connection:
            questions.answer(connection, question_id, said, user.get_name())
    except questions.NoAnswer as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return RedirectResponse(f"{address_of(request, 'accounts')}?answered=true", HTTPStatus.SEE_OTHER)
