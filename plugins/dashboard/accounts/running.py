"""Starting the DAG from its pages: as the signed-in user, whose right to run it is asked."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.exceptions import DagNotFound
from airflow.models import DagModel
from airflow.utils.types import DagRunTriggeredByType
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of

DAG = "account_analytics"
router = APIRouter()


@router.post("/accounts/run/start", name="run_accounts")
def run(request: Request, user: Changer) -> Response:
    """Trigger a run, and lead back to where a link to it is; a DAG that is switched off is said, not switched on."""
    _check(request, user)
    model = DagModel.get_dagmodel(DAG)
    if model is None:
        raise HTTPException(HTTPStatus.CONFLICT, f"Airflow has not read the DAG {DAG} yet. Try again in a minute.")
    if model.is_paused:
        raise HTTPException(HTTPStatus.CONFLICT, f"The DAG {DAG} is paused: switch it on in Airflow, then run it.")
    try:
        started = trigger_dag(
            DAG, triggered_by=DagRunTriggeredByType.REST_API, triggering_user_name=user.get_name(), conf={}
        )
    except DagNotFound as error:
        raise HTTPException(HTTPStatus.CONFLICT, f"Airflow does not know the DAG {DAG}.") from error
    query = f"?run={quote(started.run_id)}" if started else ""
    return RedirectResponse(f"{address_of(request, 'accounts')}{query}", HTTPStatus.SEE_OTHER)


def _check(request: Request, user: BaseUser) -> None:
    try:
        requires_access_dag("POST", DagAccessEntity.RUN, DAG)(request, user)
    except HTTPException as error:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"{user.get_name()} may not run the DAG {DAG}.") from error
