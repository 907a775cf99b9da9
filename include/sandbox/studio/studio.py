"""Stands in for TikTok Studio below /tiktokstudio: one account's analytics, with made-up exports to download.

| address | what is there |
|---|---|
| `/tiktokstudio/analytics` | the page; without a session of somebody, 302 to `/login` |
| `/tiktokstudio/export?tab=…&format=CSV&days=28` | the download, as TikTok names it; `from` and `to` for a range of one's own |
| `/tiktokstudio/sign-in` | what a person does at the login: the session's cookie, and back to the page |

How it behaves is set over the control API (`studio`); faults of the endpoints `studio_page` and `studio_export` break answers.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from include.sandbox.clock import Clock
from include.sandbox.exports import downloads
from include.sandbox.exports.world import Account, World
from include.sandbox.faults import Faults, Target
from include.sandbox.journal import Journal
from include.sandbox.studio import pages
from include.sandbox.studio.pages import Looks
from include.sandbox.wire import Request, Response

Answer = tuple[Response, dict[str, Any]]

PREFIX = "/tiktokstudio/"
COOKIE = "sessionid"
_SESSION = re.compile(rf"(?:^|;\s*){COOKIE}=([^;]+)")
_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
_DAY = timedelta(days=1)
_LONGEST = 365  # days of one export
_BEFORE, _AFTER = 500 * _DAY, 40 * _DAY  # how far the made-up account's days reach around today


def concerns(path: str) -> bool:
    """Whether a request is Studio's."""
    return path.startswith(PREFIX)


class Studio:
    """Answers requests of whoever has the session. Each use gives the cookie a new value, as TikTok does now and then."""

    def __init__(self, seed: int, clock: Clock, faults: Faults, journal: Journal) -> None:
        self.looks = Looks()
        self.session = "studio-session"
        self.expired = False
        self._seed, self._clock, self._faults, self._journal = seed, clock, faults, journal
        self._account: Account | None = None
        self._uses = 0

    def described(self) -> dict[str, Any]:
        """For the control API."""
        return {
            "session": self.session,
            "expired": self.expired,
            "handle": self.account().handle,
            **{each.name: getattr(self.looks, each.name) for each in fields(self.looks)},
        }

    def set(self, given: dict[str, Any]) -> None:
        """Change what is named. Raises ValueError for what there is none of."""
        known = {each.name for each in fields(self.looks)}
        if unknown := given.keys() - known - {"session", "expired"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        looks = replace(self.looks, **{name: value for name, value in given.items() if name in known})
        if looks.language not in pages.WORDS or not looks.renamed.keys() <= pages.WORDS["en"].keys():
            raise ValueError(f"languages: {', '.join(pages.WORDS)}; words: {', '.join(pages.WORDS['en'])}")
        self.looks = looks
        self.session = str(given.get("session", self.session))
        self.expired = bool(given.get("expired", self.expired))

    def account(self) -> Account:
        """The account whose page it is."""
        today = self._clock.now().date()
        made = self._account
        if made is None or not made.born + _BEFORE // 2 <= today <= made.until - _DAY:
            made = World(self._seed, today - _BEFORE, today + _AFTER).account(0)
            self._account = made
        return made

    async def respond(self, request: Request) -> Answer:
        """The answer, and how it is to be broken on its way ({} for whole)."""
        endpoint = "studio_export" if request.path == f"{PREFIX}export" else "studio_page"
        entry = self._journal.open_entry(
            endpoint=endpoint,
            path=request.path,
            params=request.parameters(),
            agent=request.header("user-agent"),
            day=self._clock.now().date().isoformat(),
        )
        struck = self._faults.strike(Target(endpoint, request.subject(), None)) or {}
        try:
            if struck.get("kind") == "slow":
                await asyncio.sleep(float(struck.get("seconds", 1.0)))
            response = self._answer(request)
            if struck.get("kind") == "status":
                response = Response(int(struck["status"]), str(struck.get("body", "")).encode(), dict(_HTML))
            entry.update(status=response.status, fault=struck.get("kind"))
        finally:
            self._journal.close_entry(entry)
        return response, struck

    def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            return Response(405, b"", dict(_HTML))
        if request.path == f"{PREFIX}sign-in":
            self.expired = False
            return Response(302, b"", {"Location": f"{PREFIX}analytics", "Set-Cookie": self._cookie(), **_HTML})
        given = _SESSION.search(request.header("cookie") or "")
        if self.expired or given is None or given[1].partition(".")[0] != self.session:
            return Response(302, b"", {"Location": f"/login?redirect_url={request.path}", **_HTML})
        if request.path == f"{PREFIX}export":
            return self._export(request.parameters())
        if request.path.rstrip("/") == f"{PREFIX}analytics":
            body = pages.page(self.looks, self.account().handle)
            return Response(200, body, {**_HTML, "Set-Cookie": self._cookie()})
        return Response(404, b"", dict(_HTML))

    def _cookie(self) -> str:
        self._uses += 1
        return f"{COOKIE}={self.session}.{self._uses}; Path=/; HttpOnly; Max-Age=5184000; SameSite=Lax"

    def _export(self, asked: dict[str, str]) -> Response:
        tab, now = asked.get("tab", ""), self._clock.now()
        container = {"CSV": "zip", "XLSX": "zip_xlsx"}.get(asked.get("format", ""))
        try:
            window = (date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])) if "from" in asked else None
            days = int(asked["days"]) if window is None else (window[1] - window[0]).days + 1
        except (KeyError, ValueError):
            return Response(400, b"", dict(_HTML))
        if tab not in pages.TABS or container is None or not 1 <= days <= _LONGEST:
            return Response(400, b"", dict(_HTML))
        account = replace(self.account(), zone=asked.get("zone") or "UTC")
        language = self.looks.language if self.looks.language in ("en", "de", "es") else "en"
        file = downloads.export(
            account, now, reports=[tab], container=container, days=days, window=window, language=language
        )[0]
        named = f'attachment; filename="{file.name}"'
        return Response(200, file.data, {"Content-Type": "application/zip", "Content-Disposition": named})
