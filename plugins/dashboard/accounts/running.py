"""Starting the DAG `account_analytics` from its pages."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from plugins.dashboard import running
from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of

DAG = "account_analytics"
router = APIRouter()


@router.post("/accounts/run/start", name="run_accounts")
def run(request: Request, user: Changer) -> Response:
    """Trigger a run, and lead back to where a link to it is."""
    run_id = running.start(request, user, DAG)
    query = f"?run={quote(run_id)}" if run_id else ""
    return RedirectResponse(f"{address_of(request, 'accounts')}{query}", HTTPStatus.SEE_OTHER)
