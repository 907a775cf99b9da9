"""Who may come in, who may change, and what browsers are told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.fixtures.dashboard import Browser

CREATOR = "7000000000000000001"


def routes() -> list[tuple[str, str]]:
    """Every (method, address) of the application, with its parameters filled in."""
    from plugins.dashboard.app import application

    return [
        (method, re.sub(r"\{[^}]+\}", CREATOR, route.path))
        for route in application().routes
        for method in sorted(route.methods)
    ]


def test_every_route_is_closed_to_strangers(browser: Callable[[str | None], Browser]):
    """An anonymous request gets 401 on every route there is, API documentation and static files included."""
    stranger = browser(None)
    found = routes()
    assert len(found) > 5
    asked = [*found, ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/static/dashboard.css"), ("GET", "/nowhere")]
    assert {(method, address, stranger.request(method, address).status_code) for method, address in asked} == {
        (method, address, 401) for method, address in asked
    }


def test_a_user_without_a_role_is_refused(browser: Callable[[str | None], Browser]):
    """A signed-in user who may not see the DAG gets 403 on every route."""
    nobody = browser("nobody")
    for method, address in routes():
        assert nobody.request(method, address).status_code == 403, (method, address)


def test_a_forged_session_is_refused(browser: Callable[[str | None], Browser]):
    """A cookie that Airflow did not sign opens nothing."""
    answer = browser(None).get("/comets", cookies={"_token": "not.a.token"})
    assert answer.status_code in {401, 403}


@pytest.mark.parametrize("address", ["/comets", "/nowhere", "/static/dashboard.css"])
def test_browsers_are_told_to_be_strict(browser: Callable[[str | None], Browser], address: str):
    """Every answer, errors included, allows scripts and styles from here alone and frames of Airflow alone."""
    for role in ("viewer", None):
        headers = browser(role).get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_nothing_is_inline(browser: Callable[[str | None], Browser]):
    """The pages hold no inline script, style or handler, which the policy would refuse."""
    for address in ("/comets", "/why-not", "/filters", "/runs"):
        page = browser("admin").page(address)
        assert re.search(r"<script(?![^>]*\bsrc=)", page) is None
        assert re.search(r"<style|\sstyle=|\son[a-z]+=", page) is None


def test_changing_needs_more_than_reading(browser: Callable[[str | None], Browser]):
    """A Viewer gets 403 on every route that changes something."""
    viewer = browser("viewer")
    for method, address in routes():
        if method not in {"GET", "HEAD"}:
            answer = viewer.request(method, address)
            assert answer.status_code == 403, (method, address, answer.text)


def test_a_forged_form_is_refused(browser: Callable[[str | None], Browser]):
    """A form without our token, or with another user's, changes nothing, whoever's browser sends it."""
    from plugins.dashboard.access import csrf_token

    class Other:
        def get_name(self) -> str:
            return "somebody else"

    admin = browser("admin")
    for method, address in routes():
        if method in {"GET", "HEAD"}:
            continue
        for token in ({}, {"csrf_token": "made up"}, {"csrf_token": csrf_token(Other())}):  # type: ignore[arg-type]
            answer = admin.request(method, address, data=token)
            assert answer.status_code == 403, (method, address)
            assert "not made here" in answer.text
