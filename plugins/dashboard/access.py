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

from plugins.dashboard.sections import Section, section_at, sections_of

TOKEN_SECONDS = 12 * 3600
SIGN_IN = "You are not signed in to Airflow, or not any more."
_bearer = HTTPBearer(auto_error=False)


class FrontDoor:
    """Lets in who may read, before anything else is known of a request: its route, its method or its form.

    `refuse` makes the answer of the others: 401 for strangers, 403 for who may not see the DAG whose page it is; what is no
    pipeline's page is for all who may see any. HEAD is answered as GET is, without the body.
    """

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, HTTPException], Response]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        without_body = scope["method"] == "HEAD"
        if without_body:
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        request = Request(scope, receive)
        request.state.dashboard_head = without_body
        try:
            await _let_in(request)
        except HTTPException as refusal:
            await self._refuse(request, refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def _let_in(request: Request) -> None:
    """Note whose page is asked for, by whom, and which pages they may see; refused is who may not see this one."""
    try:
        user = await get_user(request, None, await _bearer(request))
    except HTTPException as refusal:
        # Airflow tells no token, an old one and a wrong one apart; whoever comes with any of them has to sign in.
        raise HTTPException(HTTPStatus.UNAUTHORIZED, SIGN_IN) from refusal
    sections = sections_of(request)
    section = section_at(request)
    seen = await run_in_threadpool(lambda: [each for each in sections if _may(request, user, "GET", each)])
    request.state.dashboard_section, request.state.dashboard_seen = section, seen
    if not seen or (section and section not in seen):
        dags = " or ".join(each.dag for each in ([section] if section else sections))
        raise HTTPException(HTTPStatus.FORBIDDEN, f"{user.get_name()} may not see the DAG {dags}.")
    request.state.dashboard_user = user


def _may(request: Request, user: BaseUser, method: Literal["GET", "PUT"], section: Section) -> bool:
    """Who sees a DAG (GET) sees its results; who may edit it (PUT, a role above Viewer) may change what its pages let one."""
    check: Callable[..., Any] = requires_access_dag(method, param_dag_id=section.dag)
    try:
        check(request, user)
    except HTTPException:
        return False
    return True


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


def seen_by_reader(request: Request) -> list[Section]:
    """The pipelines whose pages the user may see: what the menu shows. None for a stranger."""
    return getattr(request.state, "dashboard_seen", [])


def may_send(
    request: Request,
    user: Reader,
    csrf_token: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> BaseUser:
    """The signed-in user, for what is stored about themselves alone. 403 for a form that is not from our pages."""
    if not (_is_meant(request) or _is_ours(request, csrf_token or x_csrf_token, user)):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "This form is too old, or was not made here. Open the page again, and repeat it."
        )
    return user


Sender = Annotated[BaseUser, Depends(may_send)]


def may_change(
    request: Request,
    user: Reader,
    csrf_token: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> BaseUser:
    """The signed-in user who may edit the DAG whose page it is. 403 for others, and for a form that is not from our pages."""
    if not can_change(request, user):
        raise HTTPException(HTTPStatus.FORBIDDEN, f"{user.get_name()} may not change what this page shows.")
    return may_send(request, user, csrf_token, x_csrf_token)


Changer = Annotated[BaseUser, Depends(may_change)]


def can_change(request: Request, user: BaseUser) -> bool:
    """Whether the user may edit the DAG whose page it is: whether to show what only those who may can use."""
    section: Section | None = getattr(request.state, "dashboard_section", None)
    return section is not None and _may(request, user, "PUT", section)


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
