"""Starting a DAG from its pages, as the signed-in user, whose right to run it is asked; and which runs Airflow still has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.exceptions import DagNotFound
from airflow.models import DagModel, DagRun
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from fastapi import Request
from sqlalchemy import select
from starlette.exceptions import HTTPException


def start(request: Request, user: BaseUser, dag: str, conf: Mapping[str, Any] | None = None) -> str:
    """Trigger a run and return its id, "" where Airflow names none; a DAG that is switched off is said, not switched on."""
    _check(request, user, dag)
    model = DagModel.get_dagmodel(dag)
    if model is None:
        raise HTTPException(HTTPStatus.CONFLICT, f"Airflow has not read the DAG {dag} yet. Try again in a minute.")
    if model.is_paused:
        raise HTTPException(HTTPStatus.CONFLICT, f"The DAG {dag} is paused: switch it on in Airflow, then run it.")
    try:
        started = trigger_dag(
            dag,
            triggered_by=DagRunTriggeredByType.REST_API,
            triggering_user_name=user.get_name(),
            conf=dict(conf or {}),
        )
    except DagNotFound as error:
        raise HTTPException(HTTPStatus.CONFLICT, f"Airflow does not know the DAG {dag}.") from error
    return started.run_id if started else ""


def known(dag: str, run_ids: Iterable[str]) -> frozenset[str]:
    """Those of these runs of a DAG that Airflow has a page for.

    It has none for what was played without it (`make run`, the days of `make demo`), or was cleaned from its database.
    """
    with create_session() as session:
        asked = select(DagRun.run_id).where(DagRun.dag_id == dag, DagRun.run_id.in_(list(run_ids)))
        return frozenset(session.scalars(asked))


def _check(request: Request, user: BaseUser, dag: str) -> None:
    try:
        requires_access_dag("POST", DagAccessEntity.RUN, dag)(request, user)
    except HTTPException as error:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"{user.get_name()} may not run the DAG {dag}.") from error
