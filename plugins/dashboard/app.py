"""The web application of the pages: who may come in, what browsers are told, what an error looks like."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.settings import SettingsError
from plugins.dashboard import pages, sign_in, static_files
from plugins.dashboard.access import FrontDoor, may_read, seen_by_reader
from plugins.dashboard.rendering import address_of, calmed, wants_html, write_page
from plugins.dashboard.sections import Section

# Scripts, styles and data come from here alone, nothing is inline; the pages may be framed by Airflow's own UI only.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PRIVATE = "private, no-store"  # names and numbers of people do not stay behind in a shared browser's cache


@lru_cache(maxsize=1)
def application() -> FastAPI:
    """The application below PREFIX, with all pages."""
    return assemble(pages.SECTIONS)


def assemble(sections: tuple[Section, ...]) -> FastAPI:
    """An application with these pages; every route, static files included, is for signed-in users of Airflow.

    Airflow mounts a plugin's application as it is, open to everybody, with public API documentation: hence the front door
    before it, the dependency on the whole behind that, and the addresses set to None.
    """
    app = FastAPI(
        title="Cometwatch",
        dependencies=[Depends(may_read)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.sections = sections
    app.include_router(static_files.router)
    for section in sections:
        for router in section.routers:
            app.include_router(router, tags=[section.dag])
    app.add_api_route("/", _home, name="home")
    app.add_exception_handler(HTTPException, _explain_refusal)
    app.add_exception_handler(RequestValidationError, _explain_parameters)
    for error in (psycopg.OperationalError, PoolTimeout, SettingsError):
        app.add_exception_handler(error, _explain_database)
    app.add_exception_handler(psycopg.errors.UndefinedTable, _explain_schema)
    app.add_exception_handler(psycopg.errors.UndefinedColumn, _explain_schema)
    app.add_exception_handler(psycopg.errors.InsufficientPrivilege, _explain_schema)
    app.add_middleware(FrontDoor, refuse=_turn_away)
    app.add_middleware(_SafetyHeaders)
    return app


def _home(request: Request) -> Response:
    """To the first page of the menu that the user may see."""
    route, _ = seen_by_reader(request)[0].menu[0]
    return RedirectResponse(address_of(request, route), HTTPStatus.SEE_OTHER)


class _SafetyHeaders:
    """Adds HEADERS to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {name for name, _ in message["headers"]}
                headers = {**HEADERS, "cache-control": PRIVATE}
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), text.encode()) for name, text in headers.items() if name.encode() not in named),
                ]
            await send(message)

        await self._app(scope, receive, send_safely)


def _turn_away(request: Request, refusal: HTTPException) -> Response:
    if not wants_html(request):
        return JSONResponse({"detail": refusal.detail}, refusal.status_code)
    return sign_in.page(request, refusal.status_code, refusal.detail)


def _explain_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    text, headers = str(error.detail), dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = _methods(request)
        text = f"This address does not take {request.method}, but {', '.join(methods)}."
        headers = {"allow": ", ".join(methods)}
    elif text == HTTPStatus.NOT_FOUND.phrase:
        text = "There is no such page."
    return _explain(request, error.status_code, text, headers)


def _methods(request: Request) -> list[str]:
    """What the address can be asked with: all its routes together, not the first of them alone."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in routes for method in route.methods}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _explain_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    problems = "; ".join(_to_correct(each) for each in error.errors())
    return _explain(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"This address or form does not fit: {problems}.")


# What to write where pydantic's errors of these kinds are.
_ASKED = {
    "date": "write a day as 2026-11-05",
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
}


def _to_correct(problem: Mapping[str, Any]) -> str:
    """What one value of an address or a form has to be, in words, with the beginning of what it is."""
    name = ".".join(map(str, problem["loc"][1:]))
    kind, limits, given = problem["type"], problem.get("ctx", {}), problem.get("input")
    if kind == "missing":
        return f"{name} is missing"
    if kind == "string_too_long":
        return f"{name} is longer than {limits['max_length']} letters: shorten it"
    said = f"{name} is {calmed(given)[:40]!r}" if isinstance(given, str) else name
    if kind == "enum":
        return f"{said}: write one of {limits['expected']}"
    asked = next((asked for sort, asked in _ASKED.items() if kind.startswith(sort)), None)
    return f"{said}: {asked or problem['msg'][:1].lower() + problem['msg'][1:]}"


def _explain_database(request: Request, error: Exception) -> Response:
    # libpq's own words may name hosts and users: they go to the server's log, not to the page.
    text = str(error) if isinstance(error, SettingsError) else "The database does not answer. Try again in a minute."
    return _explain(request, HTTPStatus.SERVICE_UNAVAILABLE, text)


def _explain_schema(request: Request, error: Exception) -> Response:
    text = "The database lacks Cometwatch's tables, or the rights to them, in this version. Run: make setup"
    return _explain(request, HTTPStatus.SERVICE_UNAVAILABLE, text)


def _explain(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    answer: Response
    if wants_html(request):
        answer = write_page(request, "error.html", status_code=status, status=HTTPStatus(status), text=text)
    else:
        answer = JSONResponse({"detail": text}, status)
    answer.headers.update(headers or {})
    return answer
