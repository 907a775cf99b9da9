"""The control API under /sandbox/, for this machine only: clock, log, faults, account, settings, truth."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from include.sandbox.faults import to_json
from include.sandbox.service import Sandbox
from include.sandbox.wire import Request, Response
from include.sandbox.world import Creator, day_number

_LOOPBACK = ("127.", "::1", "::ffff:127.")


class Control:
    """Answers control requests; what it cannot make sense of is a 422 that says why."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "health"): lambda _: self._health(),
            ("GET", "clock"): lambda _: self._clock(),
            ("POST", "clock"): self._set_clock,
            ("DELETE", "clock"): self._reset_clock,
            ("GET", "log"): self._log,
            ("DELETE", "log"): self._clear_log,
            ("GET", "faults"): lambda _: sandbox.faults.described(),
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "creators"): self._creators,
            ("GET", "account"): lambda _: self._account(),
            ("POST", "account"): self._set_account,
            ("DELETE", "account"): self._reset_account,
            ("GET", "settings"): lambda _: self._settings(),
            ("POST", "settings"): self._set_settings,
            ("GET", "serper"): lambda _: self._serper(),
            ("POST", "serper"): self._set_serper,
            ("GET", "official"): lambda _: sandbox.official.told(),
            ("POST", "official"): lambda request: sandbox.official.switch(_object(request)),
            ("DELETE", "official"): lambda _: sandbox.official.forget(),
            ("GET", "studio"): lambda _: sandbox.studio.described(),
            ("POST", "studio"): self._set_studio,
        }

    def respond(self, request: Request) -> Response:
        """The response to a control request."""
        if not request.peer.startswith(_LOOPBACK):
            return Response(403, to_json({"detail": "the control API answers this machine only"}))
        route = self._routes.get((request.method, request.path.removeprefix("/sandbox/")))
        if route is None:
            return Response(
                404,
                to_json({"detail": f"no such control request; known: {sorted(map(' '.join, self._routes))}"}),
            )
        try:
            return Response(200, to_json(route(request)))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            return Response(422, to_json({"detail": f"{type(error).__name__}: {error}"}))

    def _health(self) -> dict[str, Any]:
        settings = self._sandbox.settings
        return {"status": "ok", "seed": settings.seed, "creators": self._sandbox.world.creators, **self._clock()}

    def _clock(self) -> dict[str, Any]:
        clock = self._sandbox.clock
        return {
            "now": clock.now().isoformat(),
            "day": clock.now().date().isoformat(),
            "frozen": clock.frozen_at is not None,
        }

    def _set_clock(self, request: Request) -> dict[str, Any]:
        given = _object(request)
        if "now" in given:
            now = datetime.fromisoformat(str(given["now"]).replace("Z", "+00:00"))
            if now.tzinfo is None:
                raise ValueError('"now" needs a time zone, such as 2026-11-20T02:00:00+00:00')
            self._sandbox.clock.set(now, frozen=bool(given.get("frozen", False)))
        elif "advance_seconds" in given:
            self._sandbox.clock.advance(float(given["advance_seconds"]))
        else:
            raise ValueError('give "now" (and "frozen"), or "advance_seconds"')
        self._sandbox.save()
        return self._clock()

    def _reset_clock(self, _: Request) -> dict[str, Any]:
        self._sandbox.clock.reset()
        self._sandbox.save()
        return self._clock()

    def _log(self, request: Request) -> list[dict[str, Any]]:
        """API requests after sequence number `after`; with images=1 or site=1 those of images, or of the site, instead."""
        given = request.parameters()
        other = {"images": self._sandbox.images, "site": self._sandbox.site.journal}
        journal = next((kept for name, kept in other.items() if given.get(name) == "1"), self._sandbox.journal)
        after = int(given.get("after", 0))
        endpoint = given.get("endpoint")
        return [
            entry for entry in journal.entries if entry["seq"] > after and endpoint in (None, "", entry["endpoint"])
        ]

    def _clear_log(self, _: Request) -> dict[str, Any]:
        self._sandbox.journal.clear()
        self._sandbox.images.clear()
        self._sandbox.site.journal.clear()
        return {"status": "ok"}

    def _add_faults(self, request: Request) -> list[dict[str, Any]]:
        self._sandbox.faults.add(json.loads(request.body))
        return self._sandbox.faults.described()

    def _clear_faults(self, _: Request) -> dict[str, Any]:
        self._sandbox.faults.clear()
        return {"status": "ok"}

    def _creators(self, request: Request) -> dict[str, Any]:
        """The truth about creators on `day` (default: today): `limit` from `offset` on, or one `user_id`."""
        given = request.parameters()
        world = self._sandbox.world
        day = date.fromisoformat(given["day"]) if given.get("day") else self._sandbox.clock.now().date()
        if given.get("user_id"):
            found = world.find_by_user_id(given["user_id"])
            indexes = [] if found is None else [found]
        else:
            start, limit = int(given.get("offset", 0)), int(given.get("limit", 10_000))
            indexes = list(range(start, min(world.creators, start + limit)))
        creators = [_truth(world.creator(index, day_number(day))) for index in indexes]
        return {"day": day.isoformat(), "total": world.creators, "creators": creators}

    def _account(self) -> dict[str, Any]:
        account = self._sandbox.account
        day = self._sandbox.clock.day()
        return {
            "balance": account.balance / 1e6,
            "free_credit": account.free_credit / 1e6,
            "billed_today": account.billed.get(day, 0),
            "spent_today": account.spent.get(day, 0) / 1e6,
            "billed": sum(account.billed.values()),
            "spent": sum(account.spent.values()) / 1e6,
        }

    def _set_account(self, request: Request) -> dict[str, Any]:
        given = _object(request)
        account = self._sandbox.account
        if "balance" in given:
            account.balance = round(float(given["balance"]) * 1e6)
        if "free_credit" in given:
            account.free_credit = round(float(given["free_credit"]) * 1e6)
        if "billed_today" in given:
            account.billed[self._sandbox.clock.day()] = int(given["billed_today"])
        self._sandbox.save()
        return self._account()

    def _reset_account(self, _: Request) -> dict[str, Any]:
        """No call of any day was billed yet, whatever day it is."""
        self._sandbox.account.forget_bills()
        self._sandbox.save()
        return self._account()

    def _settings(self) -> dict[str, Any]:
        settings = self._sandbox.settings
        return {
            "latency": settings.latency,
            "rate": self._sandbox.limit.per_second,
            "churn": settings.churn,
            "as_recorded": settings.as_recorded,
            "creators": self._sandbox.world.creators,
        }

    def _set_settings(self, request: Request) -> dict[str, Any]:
        given = _object(request)
        if "latency" in given:
            self._sandbox.settings.latency = float(given["latency"])
        if "rate" in given:
            self._sandbox.limit.set(float(given["rate"]))
        if "churn" in given:
            self._sandbox.settings.churn = bool(given["churn"])
        if "as_recorded" in given:
            self._sandbox.settings.as_recorded = bool(given["as_recorded"])
        if "creators" in given:
            self._sandbox.resize(int(given["creators"]))
            self._sandbox.save()
        return self._settings()

    def _serper(self) -> dict[str, Any]:
        return {"credits": self._sandbox.serper.credits, "is_free": self._sandbox.serper.is_free}

    def _set_serper(self, request: Request) -> dict[str, Any]:
        given = _object(request)
        self._sandbox.serper.credits = int(given.get("credits", self._sandbox.serper.credits))
        self._sandbox.serper.is_free = bool(given.get("is_free", self._sandbox.serper.is_free))
        return self._serper()

    def _set_studio(self, request: Request) -> dict[str, Any]:
        self._sandbox.studio.set(_object(request))
        return self._sandbox.studio.described()


def _object(request: Request) -> dict[str, Any]:
    given = json.loads(request.body or b"{}")
    if not isinstance(given, dict):
        raise TypeError("the body is a JSON object")
    return given


def _truth(creator: Creator) -> dict[str, Any]:
    """`status` is in the pipeline's words; `answers` is how the API shows it."""
    persona = creator.persona
    in_words = {"hidden": "private", "missing": "gone"}.get(creator.status, creator.status)
    return {
        "user_id": persona.user_id,
        "sec_user_id": persona.sec_user_id,
        "handle": creator.handle,
        "nickname": creator.nickname,
        "bio": creator.bio,
        "status": in_words,
        "answers": creator.status,
        "followers": creator.followers,
        "hearts": creator.hearts,
        "videos": creator.videos,
        "curve": persona.curve,
        "story": persona.story,
        "platform_in": persona.platform_in or None,
        "refuses_sec_user_id": persona.refuses_sec_user_id,
        "refuses_user_id": persona.refuses_user_id,
    }
