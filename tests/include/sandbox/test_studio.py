"""The sandbox's Studio-like page, as any client meets it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import requests

from include.local.driven_sandbox import RunningSandbox
from include.sandbox.studio.pages import WORDS

NOON = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
EXPORT = "/tiktokstudio/export?tab=overview&format=CSV&days=7&zone=UTC"
Ask = Callable[..., requests.Response]


@pytest.fixture
def ask(sandbox: RunningSandbox) -> Iterator[Ask]:
    """`ask("/tiktokstudio/…")` as somebody who is logged in; without redirects."""
    sandbox.set_clock(NOON, frozen=True)
    sandbox.studio(session="own", expired=False, language="en", renamed={}, never_comes=False, logs_out=0)
    with requests.Session() as session:
        session.trust_env = False

        def get(path: str, cookie: str = "own") -> requests.Response:
            headers = {"Cookie": f"sessionid={cookie}"} if cookie else {}
            session.cookies.clear()
            return session.get(f"{sandbox.url}{path}", headers=headers, timeout=30, allow_redirects=False)

        yield get


@pytest.mark.parametrize("cookie", ["", "another"])
@pytest.mark.parametrize("path", ["/tiktokstudio/analytics", EXPORT])
def test_without_a_session(ask: Ask, path: str, cookie: str):
    """Whoever is not known is sent to the login, whatever they ask for."""
    answer = ask(path, cookie)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/login?redirect_url={path.partition('?')[0]}")


def test_a_session_expires_until_somebody_logs_in(ask: Ask, sandbox: RunningSandbox):
    """The same cookie is worth nothing then; the login gives one, which each page changes."""
    sandbox.studio(expired=True)
    assert ask("/tiktokstudio/analytics").status_code == 302
    entered = ask("/tiktokstudio/sign-in", "")
    cookie = re.match("sessionid=(own[^;]*);", entered.headers["Set-Cookie"])
    assert cookie
    page = ask("/tiktokstudio/analytics", cookie[1])
    assert page.status_code == 200
    assert page.headers["Set-Cookie"].partition(";")[0] != f"sessionid={cookie[1]}"


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_three_languages(ask: Ask, sandbox: RunningSandbox, language: str):
    """The page says in which it is, and everything on it is; one word may be another."""
    sandbox.studio(language=language, renamed={"csv": "Table"}, asks_for_cookies=True)
    text = ask("/tiktokstudio/analytics").text
    assert f'<html lang="{language}">' in text
    words = [word for name, word in WORDS[language].items() if name != "csv"]
    assert [word for word in [*words, "Table"] if word not in text] == []


def test_a_download(ask: Ask):
    """Seven days up to two days before today, by the zone of the browser; its name says the first, the last, and whose it is."""
    answer = ask(EXPORT)
    named = re.fullmatch(
        r'attachment; filename="Overview_2026-10-25_1793449800_[\w.]+\.zip"', answer.headers["Content-Disposition"]
    )
    assert named
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        rows = archive.read("Overview.csv").decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [
        *(f'"October {day}"' for day in range(25, 32)),
    ]
    assert ask(EXPORT).content == answer.content


def test_a_range_of_ones_own_in_another_language(ask: Ask, sandbox: RunningSandbox):
    """From day to day, both included."""
    sandbox.studio(language="es")
    answer = ask("/tiktokstudio/export?tab=viewers&format=CSV&zone=UTC&from=2026-05-06&to=2026-11-01")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        rows = archive.read("Viewers.csv").decode("utf-8-sig").splitlines()
    assert (len(rows), rows[1].split(",")[0], rows[-1].split(",")[0]) == (181, '"6 de mayo"', '"1 de noviembre"')


@pytest.mark.parametrize(
    "asked",
    [
        "tab=live&format=CSV&days=7",
        "tab=overview&format=PDF&days=7",
        "tab=overview&format=CSV",
        "tab=overview&format=CSV&days=366",
        "tab=overview&format=CSV&from=soon&to=2026-11-01",
    ],
)
def test_what_there_is_none_of(ask: Ask, asked: str):
    """It is refused."""
    assert ask(f"/tiktokstudio/export?{asked}").status_code == 400


def test_what_cannot_be_set(sandbox: RunningSandbox):
    """An unknown switch, language or word is said, and nothing is changed."""
    for given in ({"langauge": "de"}, {"language": "xx"}, {"renamed": {"button": "x"}}):
        with pytest.raises(ValueError, match="422"):
            sandbox.studio(**given)
