"""Who may come in, who may change, and what browsers are told."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fixtures.dashboard import TOKEN, Browser, session_token

CREATOR = "7000000000000000001"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
# Files that are there, and addresses that nobody serves.
OTHERS = ("/docs", "/openapi.json", "/static/dashboard.css", "/static/nothing", "/nowhere", "/comets/", "//", "/a/b/c")
MALFORMED = {"content-type": "multipart/form-data"}


def routes() -> list[tuple[str, str]]:
    """Every (method, address) of the application, with its parameters filled in."""
    from plugins.dashboard.app import application

    return [
        (method, re.sub(r"\{[^}]+\}", CREATOR, route.path))
        for route in application().routes
        for method in sorted(route.methods)
    ]


def addresses() -> list[str]:
    """All of them once, and some that are no route."""
    return sorted({address for _, address in routes()} | set(OTHERS))


def test_every_route_is_closed_to_strangers(browser: Callable[[str | None], Browser]):
    """An anonymous request gets 401 by every method at every address, served or not, files and API documentation included."""
    stranger = browser(None)
    assert len(routes()) > 15
    asked = {(method, address) for method in METHODS for address in addresses()}
    answers = {each: stranger.request(*each).status_code for each in asked}
    assert answers == dict.fromkeys(asked, 401)


def test_a_stranger_comes_before_the_form(browser: Callable[[str | None], Browser]):
    """A form that cannot be read is 401 for a stranger as any other: nobody reads it."""
    answers = {
        (method, address): browser(None)
        .request(method, address, content=b"--x\r\nnonsense", headers=MALFORMED)
        .status_code
        for method, address in routes()
        if method == "POST"
    }
    assert len(answers) > 5
    assert set(answers.values()) == {401}


def test_other_methods_are_named(browser: Callable[[str | None], Browser]):
    """A signed-in user who asks otherwise than a route is made for gets 405 and the methods it takes; elsewhere 404."""
    viewer = browser("viewer")
    served: dict[str, set[str]] = {}
    for method, address in routes():
        served.setdefault(address, set()).update({method, "HEAD"} if method == "GET" else {method})
    served["/filters/draft"] |= {"GET", "HEAD"}
    for address, methods in served.items():
        for method in set(METHODS) - methods:
            answer = viewer.request(method, address)
            assert (answer.status_code, answer.headers.get("allow")) == (405, ", ".join(sorted(methods))), (
                method,
                address,
            )
    for method in METHODS:
        assert viewer.request(method, "/nowhere").status_code == 404
        assert viewer.request(method, "/comets/").status_code == 404


@pytest.mark.parametrize("address", ["/comets", "/static/theme.js", "/runs", "/nowhere", "/export/ranking.csv"])
def test_head_is_get_without_a_body(browser: Callable[[str | None], Browser], address: str):
    """HEAD answers with the status and the headers of GET, and with nothing else."""
    viewer = browser("viewer")
    answers = {method: viewer.request(method, address) for method in ("GET", "HEAD")}
    assert answers["HEAD"].status_code == answers["GET"].status_code
    assert answers["HEAD"].headers["content-type"] == answers["GET"].headers["content-type"]
    assert answers["HEAD"].headers.get("content-length", "?") in {answers["GET"].headers.get("content-length"), "?"}
    assert (answers["HEAD"].content, bool(answers["GET"].content)) == (b"", True)


def test_a_user_without_a_role_is_refused(browser: Callable[[str | None], Browser]):
    """A signed-in user who may not see the DAG gets 403 on every route."""
    nobody = browser("nobody")
    for method, address in routes():
        answer = nobody.request(method, address)
        assert (answer.status_code, "may not see the DAG " in answer.text) == (403, True), (method, address)
        assert "Sign in" not in answer.text


def test_a_forged_session_is_refused(browser: Callable[[str | None], Browser]):
    """A cookie that Airflow did not sign opens nothing, and its owner is asked to sign in."""
    answer = browser(None).get("/comets", headers={"cookie": "_token=not.a.token"})
    assert (answer.status_code, "Sign in to Airflow" in answer.text) == (401, True)


def link_of(page: str) -> str:
    """Where the only link of the page for strangers leads."""
    (link,) = re.findall(r'<a href="([^"]+)"', page)
    return html.unescape(link)


@pytest.mark.parametrize(
    ("base_url", "asked", "login", "back"),
    [
        ("", "/comets?window=7&search=a%26b+c", "/api/v2/auth/login", "/comets?window=7&search=a%26b+c"),
        ("http://x:8080", "/comets", "/api/v2/auth/login", "/comets"),
        (
            "https://x/team/airflow/",
            "/why-not/2026-11-02/a%252Fb%3F/1?x=%22%3E%3Cb",
            "/team/airflow/api/v2/auth/login",
            "/team/airflow/why-not/2026-11-02/a%252Fb%3F/1?x=%22%3E%3Cb",
        ),
    ],
)
def test_who_signs_in_comes_back(
    browser: Callable[[str | None], Browser],
    monkeypatch: pytest.MonkeyPatch,
    base_url: str,
    asked: str,
    login: str,
    back: str,
):
    """The page for strangers leads to Airflow's log-in, below Airflow's own path, and from there to path and query."""
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base_url)
    answer = browser(None).get(asked)
    link = urlsplit(link_of(answer.text))
    assert (answer.status_code, link.path, parse_qs(link.query)) == (401, login, {"next": [back]})
    assert "Sign in, and you come back here." in answer.text


def test_a_form_that_came_too_late_leads_to_a_page(browser: Callable[[str | None], Browser]):
    """After the session has ended a form's address is no page to come back to: the link leads to the first one."""
    answer = browser(None).request("POST", "/filters/draft?x=1")
    assert parse_qs(urlsplit(link_of(answer.text)).query) == {"next": ["/"]}
    assert "Nothing was changed." in answer.text


def test_the_page_for_strangers_needs_no_file(browser: Callable[[str | None], Browser]):
    """Its one style stands in it, allowed by its hash and by this answer alone; no script, no file of ours, no frame."""
    answer = browser(None).get("/comets")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(part.partition(" ")[::2] for part in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    assert "prefers-color-scheme: dark" in style
    assert re.search(r"<script|\ssrc=|\sstyle=|\son[a-z]+=|target=", answer.text) is None
    assert re.findall(r'<link[^>]*href="([^"]*)"', answer.text) == ["data:,"]
    assert "sha256" not in browser("viewer").get("/comets").headers["content-security-policy"]


def test_programs_are_told_in_json(browser: Callable[[str | None], Browser]):
    """Who asks for no HTML gets the reason as JSON."""
    answer = browser(None).get("/comets", headers={"accept": "*/*"})
    assert (answer.status_code, answer.json()) == (
        401,
        {"detail": "You are not signed in to Airflow, or not any more."},
    )


@pytest.mark.parametrize("address", ["/comets", "/nowhere", "/static/dashboard.css"])
def test_browsers_are_told_to_be_strict(browser: Callable[[str | None], Browser], address: str):
    """Every answer, errors included, allows scripts and styles from here alone and frames of Airflow alone."""
    for role in ("viewer", None):
        headers = browser(role).get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert role is None or "script-src 'self';" in policy
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


def posts() -> list[str]:
    return sorted(address for method, address in routes() if method == "POST")


def test_a_forged_form_is_refused(browser: Callable[[str | None], Browser]):
    """A form without our token, or with another user's, changes nothing, whoever's browser sends it."""
    admin, user = browser("admin"), browser("user")
    others = TOKEN.search(user.page("/filters/draft"))
    assert others
    for address in posts():
        for token in ({}, {"csrf_token": "made up"}, {"csrf_token": others[1]}):
            answer = admin.request("POST", address, data=token)
            assert answer.status_code == 403, address
            assert "not made here" in answer.text


def test_a_token_is_good_for_its_session(browser: Callable[[str | None], Browser]):
    """A token of one session of a user is worth nothing in another of the same user, as after logging out and in."""
    first, second = browser("admin"), browser("admin")
    token = TOKEN.search(first.page("/filters/draft"))
    assert token
    for address in posts():
        answer = second.request("POST", address, data={"csrf_token": token[1]})
        assert (answer.status_code, "not made here" in answer.text) == (403, True), address
    assert first.request("POST", "/filters/1999.1/discard", data={"csrf_token": token[1]}).status_code == 404


@pytest.mark.parametrize("scheme", ["Basic YTpi", "Bearer", "Bearer of.bad.news", "Negotiate x", ""])
def test_a_header_alone_opens_nothing(browser: Callable[[str | None], Browser], scheme: str):
    """A session's cookie with whatever `Authorization` beside it needs the form's token all the same."""
    for address in posts():
        answer = browser("admin").request("POST", address, headers={"authorization": scheme})
        assert answer.status_code in ({401, 403} if "of.bad" in scheme else {403}), address


def test_a_cookie_beside_a_bearer_token_is_a_browser(browser: Callable[[str | None], Browser]):
    """A bearer token that is the only credential is a program's, and meant; with a session's cookie it is not enough."""
    bearer = {"authorization": f"Bearer {session_token('admin')}"}
    answers: dict[str | None, Any] = {
        role: browser(role).request("POST", "/filters/1999.1/discard", headers=bearer) for role in (None, "admin")
    }
    assert {role: answer.status_code for role, answer in answers.items()} == {None: 404, "admin": 403}
    viewer = {"authorization": f"Bearer {session_token('viewer')}"}
    assert browser(None).request("POST", "/filters/1999.1/discard", headers=viewer).status_code == 403


def test_where_everybody_is_admin_forms_need_their_token(
    browser: Callable[[str | None], Browser], monkeypatch: pytest.MonkeyPatch
):
    """There Airflow itself puts a bearer token on every request, a forged form's included: it proves nothing."""
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    bearer = {"authorization": f"Bearer {session_token('admin')}"}
    someone = browser(None)
    assert someone.request("POST", "/filters/1999.1/discard", headers=bearer).status_code == 403
    token = TOKEN.search(someone.get("/filters/draft", headers=bearer).text)
    assert token
    form = {"csrf_token": token[1]}
    assert someone.request("POST", "/filters/1999.1/discard", headers=bearer, data=form).status_code == 404
