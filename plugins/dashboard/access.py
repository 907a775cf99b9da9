"""Who may read and who may change: Airflow's own users and roles, and a token against forged forms."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from airflow.configuration import conf
from fastapi import Depends, Form, Header, Request, Response
from fastapi.security import HTTPBearer
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DAG_ID = "comets"  # whose right is asked for where an address belongs to no pipeline: style sheets, the first page
TOKEN_SECONDS = 12 * 3600
SIGN_IN = "You are not signed in to Airflow, or not any more."
_bearer = HTTPBearer(auto_error=False)


class FrontDoor:
    """Lets in who may read, before anything else is known of a request: its route, its method or its form.

    `refuse` makes the answer of the others: 401 for strangers, 403 for who may not see the DAG whose page it is, which is what
    `dag_of` says. HEAD is answered as GET is, without the body.
    """

    def __init__(
        self,
        app: ASGIApp,
        refuse: Callable[[Request, HTTPException], Response],
        dag_of: Callable[[Request], str],
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._dag_of = dag_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _without_body(send) if scope["method"] == "HEAD" else send
        request = Request(scope, receive)
        try:
            request.state.dashboard_dag = self._dag_of(request)
            request.state.dashboard_user = await _reader(request)
        except HTTPException as refusal:
            await self._refuse(request, refusal)(scope, receive, answer)
            return
        if scope["method"] == "HEAD":
            request.state.dashboard_head = True
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, answer)


async def _reader(request: Request) -> BaseUser:
    try:
        user = await get_user(request, None, await _bearer(request))
    except HTTPException as refusal:
        # Airflow tells no token, an old one and a wrong one apart; whoever comes with any of them has to sign in.
        raise HTTPException(HTTPStatus.UNAUTHORIZED, SIGN_IN) from refusal
    try:
        await run_in_threadpool(_require, "GET", request, user)
    except HTTPException as refusal:
        raise HTTPException(refusal.status_code, f"{user.get_name()} may not see the DAG {_dag(request)}.") from refusal
    return user


def _dag(request: Request) -> str:
    return getattr(request.state, "dashboard_dag", DAG_ID)


def _require(method: Literal["GET", "PUT"], request: Request, user: BaseUser) -> None:
    """Who sees a DAG (GET) sees its results; who may edit it (PUT, a role above Viewer) may overrule and change rules."""
    check: Callable[..., Any] = requires_access_dag(method, param_dag_id=_dag(request))
    check(request, user)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


def is_head(request: Request) -> bool:
    """Whether nothing but the headers will be sent: what follows them need not be made."""
    return getattr(request.state, "dashboard_head", False)


def may_read(request: Request) -> BaseUser:
    """The user whom the front door let in; 401 should there be a way around it."""
    user = getattr(request.state, "dashboard_user", None)
    if not isinstance(user, BaseUser):
        raise HTTPException(HTTPStatus.UNAUTHORIZED, SIGN_IN)
    return user


Reader = Annotated[BaseUser, Depends(may_read)]


def may_change(
    request: Request,
    user: Reader,
    csrf_token: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> BaseUser:
    """The signed-in user who may edit the DAG whose page it is. 403 for others, and for a form that is not from our pages."""
    _require("PUT", request, user)
    if not (_is_meant(request) or _is_ours(request, csrf_token or x_csrf_token, user)):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "This form is too old, or was not made here. Open the page again, and repeat it."
        )
    return user


Changer = Annotated[BaseUser, Depends(may_change)]


def can_change(request: Request, user: BaseUser) -> bool:
    """Whether to show what only those who may change can use."""
    try:
        _require("PUT", request, user)
    except HTTPException:
        return False
    return True


def csrf_token(request: Request, user: BaseUser) -> str:
    """The text that every form carries in the field `csrf_token`; good for this user's session and TOKEN_SECONDS."""
    return str(_serializer().dumps(_session(request, user)))


def _is_meant(request: Request) -> bool:
    """Whether a program asks: a bearer token, alone, is never sent by a browser on its own.

    With a session's cookie beside it, it may be; and where everybody is admin, Airflow itself adds one to any request.
    """
    scheme = request.headers.get("authorization", "").partition(" ")[0]
    return (
        scheme.lower() == "bearer"
        and COOKIE_NAME_JWT_TOKEN not in request.cookies
        and not conf.getboolean("core", "simple_auth_manager_all_admins", fallback=False)
    )


def _is_ours(request: Request, token: str | None, user: BaseUser) -> bool:
    try:
        return bool(token) and _serializer().loads(token or "", max_age=TOKEN_SECONDS) == _session(request, user)
    except BadSignature:
        return False


def _session(request: Request, user: BaseUser) -> list[str]:
    """The user, and a digest of the token of this session: another log-in of the same user is another session."""
    cookie = request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
    key = hashlib.sha256(conf.get("api", "secret_key").encode()).digest()
    return [user.get_name(), hashlib.blake2b(cookie.encode(), key=key, digest_size=16).hexdigest()]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get("api", "secret_key"), salt="cometwatch forms")
