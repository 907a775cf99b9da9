"""Who may read and who may change: Airflow's own users and roles, and a token against forged forms."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.configuration import conf
from fastapi import Depends, Form, Header, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.exceptions import HTTPException

DAG_ID = "comets"
TOKEN_SECONDS = 12 * 3600
# Who sees the DAG sees its results; who may edit it (a role above Viewer) may overrule and change rules.
_sees_the_dag: Callable[..., Any] = requires_access_dag("GET", param_dag_id=DAG_ID)
_edits_the_dag: Callable[..., Any] = requires_access_dag("PUT", param_dag_id=DAG_ID)


def may_read(request: Request, user: GetUserDep) -> BaseUser:
    """The signed-in user. 401 without one, 403 when they may not see the DAG `comets`."""
    _sees_the_dag(request, user)
    request.state.dashboard_user = user
    return user


Reader = Annotated[BaseUser, Depends(may_read)]


def may_change(
    request: Request,
    user: Reader,
    csrf_token: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> BaseUser:
    """The signed-in user who may edit the DAG `comets`. 403 for others, and for a form that is not from our pages."""
    _edits_the_dag(request, user)
    # A bearer token is never sent by a browser on its own, so a request with one is meant.
    if "authorization" not in request.headers and not _is_ours(csrf_token or x_csrf_token, user):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "This form is too old, or was not made here. Open the page again, and repeat it."
        )
    return user


Changer = Annotated[BaseUser, Depends(may_change)]


def can_change(request: Request, user: BaseUser) -> bool:
    """Whether to show what only those who may change can use."""
    try:
        _edits_the_dag(request, user)
    except HTTPException:
        return False
    return True


def csrf_token(user: BaseUser) -> str:
    """The text that every form carries in the field `csrf_token`; good for this user and TOKEN_SECONDS."""
    return str(_serializer().dumps(user.get_name()))


def _is_ours(token: str | None, user: BaseUser) -> bool:
    try:
        return bool(token) and _serializer().loads(token or "", max_age=TOKEN_SECONDS) == user.get_name()
    except BadSignature:
        return False


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get("api", "secret_key"), salt="cometwatch forms")
