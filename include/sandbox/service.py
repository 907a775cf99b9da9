"""The API: takes a request through key, rate limit, faults, parameters, balance, world and bill."""

import asyncio
import itertools
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.sandbox import state
from include.sandbox.answers import Answers, Missing, Moment
from include.sandbox.billing import Account, RateLimit
from include.sandbox.clock import Clock
from include.sandbox.dice import Dice, number
from include.sandbox.endpoints import BY_PATH, Endpoint, MalformedError, read_parameters
from include.sandbox.envelope import failure, success
from include.sandbox.faults import Faults, Target, to_json, with_field_changed
from include.sandbox.gallery import Gallery
from include.sandbox.journal import Journal
from include.sandbox.links import Links
from include.sandbox.lookups import Lookups
from include.sandbox.official import service as official
from include.sandbox.research import claude, serper, site
from include.sandbox.searches import Searches
from include.sandbox.studio import studio
from include.sandbox.wire import Request, Response
from include.sandbox.world import World

_CACHED = 10_000  # answers whose cache link still works
_CACHE_PATH = "/api/v1/cache/public/"
CREATORS = 600  # there are, unless somebody says otherwise
_UNBILLED_FAULTS = frozenset({"html", "reset"})


@dataclass(slots=True)
class Settings:
    """What the command line (and the control API) can change; seconds, requests per second, dollars.

    `creators` None: as many as the state folder says, else CREATORS.
    """

    seed: int = 7
    creators: int | None = None
    key: str = "sandbox-key"
    latency: float = 0.0
    rate: float = 10.0
    churn: bool = False
    as_recorded: bool = False
    balance: float = 50.0
    free_credit: float = 0.0
    state_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is needed to make a cached answer again: nothing of it is kept."""

    endpoint: Endpoint
    values: dict[str, Any]
    given: dict[str, Any]
    moment: Moment
    request_id: str


@dataclass(slots=True)
class Turn:
    """One request on its way to an answer."""

    request: Request
    endpoint: Endpoint
    entry: dict[str, Any]
    action: dict[str, Any] = field(default_factory=dict)
    envelope: dict[str, Any] | None = None


class Sandbox:
    """The whole stand-in: world, account, clock, faults and journal behind one `respond`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.account = Account(settings.balance, settings.free_credit)
        kept: int | None = None
        folder = settings.state_folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            kept = state.load(folder, self.clock, self.account)
        self.world = World(settings.seed, settings.creators or kept or CREATORS)
        links = Links(settings.seed)
        self._searches = Searches(self.world)
        self._lookups = Lookups(self.world, Answers(self.world, self._searches, links))
        self._gallery = Gallery(self.world, links, self.clock)
        self.limit = RateLimit(settings.rate)
        self.faults = Faults()
        self.journal = Journal(folder / "log.jsonl" if folder else None)
        self.images = Journal()
        self.site = site.Site(self.world, self.clock, self.faults, folder / "clips" if folder else None)
        self.serper = serper.Serper(settings.key, self.clock, self.faults, self.journal)
        self.claude = claude.Claude(settings.key, self.faults, self.journal)
        self.official = official.AccountsApi(settings.seed, self.clock, self.faults, self.journal)
        self.studio = studio.Studio(settings.seed, self.clock, self.faults, self.journal)
        self._numbers = itertools.count(1)
        self._kept = ""
        self._recipes: OrderedDict[str, Recipe] = OrderedDict()

    # -- API -------------------------------------------------------------------------------------------

    async def respond(self, request: Request) -> tuple[Response, dict[str, Any]]:
        """The response to an API or image request, and the fault to deliver it with ({} for none)."""
        if request.path.startswith("/image/"):
            return await self._image(request)
        vendors = (
            (site, self.site),
            (serper, self.serper),
            (claude, self.claude),
            (official, self.official),
            (studio, self.studio),
        )
        for vendor, there in vendors:
            if vendor.concerns(request.path):
                return await there.respond(request)
        if request.path.startswith(_CACHE_PATH):
            return self._cached(request), {}
        endpoint = BY_PATH.get(request.path)
        if endpoint is None or endpoint.method != request.method:
            known = endpoint is not None
            text = "Method Not Allowed" if known else "Not Found"
            return Response(405 if known else 404, to_json({"detail": text})), {}
        entry = self.journal.open_entry(
            endpoint=endpoint.name,
            path=request.path,
            params={name: self._hide_key(value) for name, value in request.parameters().items()},
            subject=self._hide_key(request.subject()),
            agent=request.header("user-agent"),
            day=self.clock.now().date().isoformat(),
        )
        turn = Turn(request, endpoint, entry)
        try:
            response = await self._answer(turn)
            entry.update(status=response.status, fault=turn.action.get("kind"))
        finally:
            self.journal.close_entry(entry)
        return response, turn.action

    async def _answer(self, turn: Turn) -> Response:
        request, endpoint = turn.request, turn.endpoint
        refused = self._refuse_caller(request) if endpoint.needs_key else None
        if refused:
            return refused
        body = _body_of(request)
        turn.action = self.faults.strike(self._target(turn, body)) or {}
        if self.settings.latency:
            await asyncio.sleep(self.settings.latency * Dice("latency", next(self._numbers)).between(0.7, 1.3))
        if turn.action.get("kind") == "slow":
            await asyncio.sleep(float(turn.action.get("seconds", 1.0)))
        if turn.action.get("kind") == "status":
            return self._scripted(request, turn.action)
        if endpoint.name == "health":
            return Response(200, to_json({"status": "ok"}))
        if endpoint.name == "account":
            return self._finish(turn, self._account_answer(endpoint))
        return self._billed_answer(turn, body)

    def _billed_answer(self, turn: Turn, body: dict[str, Any]) -> Response:
        given = body if turn.endpoint.method == "POST" else turn.request.parameters()
        try:
            values = read_parameters(turn.endpoint, given)
        except MalformedError as error:
            return Response(422, to_json({"detail": error.errors}))
        day = self.clock.day()
        if not self.account.can_pay(day):
            return self._failure(402, turn.request)
        recipe = Recipe(turn.endpoint, values, given, self._moment(turn.request), self._request_id())
        made = self._make(recipe, other=turn.action if turn.action.get("kind") == "other_user" else None)
        if isinstance(made, Missing):
            if made.status == 404 and number(recipe.request_id) % 2:
                return Response(404, to_json({"detail": made.reason}))
            return self._failure(made.status, turn.request, made.reason)
        self._remember(recipe)
        if self._is_billed(turn.action):
            turn.entry.update(billed=True, price=self.account.bill(day) / 1e6)
        return self._finish(turn, made)

    def _make(self, recipe: Recipe, other: dict[str, Any] | None = None) -> dict[str, Any] | Missing:
        data = self._lookups.data(recipe.endpoint.name, recipe.values, recipe.moment, other)
        if isinstance(data, Missing):
            return data
        cache_url = f"{recipe.moment.origin}{_CACHE_PATH}{recipe.request_id}?sign={number(recipe.request_id):016x}"
        return success(
            recipe.endpoint,
            recipe.given,
            data,
            timestamp=recipe.moment.timestamp,
            request_id=recipe.request_id,
            cache_url=cache_url,
        )

    def _target(self, turn: Turn, body: dict[str, Any]) -> Target:
        given = {**body, **turn.request.parameters()}
        user_id = None
        if turn.endpoint.name in ("user_profile", "user_videos"):
            index = self._lookups.find({name: str(value) for name, value in given.items()}, self.clock.day())
            user_id = None if index is None else self.world.user_id(index)
        subject = turn.request.subject() or json.dumps(body, ensure_ascii=False) if body else turn.request.subject()
        return Target(turn.endpoint.name, subject, user_id)

    def _finish(self, turn: Turn, answer: dict[str, Any]) -> Response:
        turn.envelope = answer
        if turn.action.get("kind") == "field":
            return Response(200, with_field_changed(answer, turn.action))
        return Response(200, to_json(answer))

    @staticmethod
    def _is_billed(action: dict[str, Any]) -> bool:
        """A fault that replaces the answer, or never begins it, is not billed, unless its action says so."""
        silent = action.get("kind") == "hang" and action.get("where", "headers") == "headers"
        return bool(action.get("billed", action.get("kind") not in _UNBILLED_FAULTS and not silent))

    def _refuse_caller(self, request: Request) -> Response | None:
        given = request.header("authorization")
        if given is None:
            return Response(401, to_json({"detail": "Not authenticated"}))
        if given != f"Bearer {self.settings.key}":
            return self._failure(401, request)
        wait = self.limit.wait_seconds(self.settings.key)
        if wait > 0:
            response = self._failure(429, request)
            response.headers = {**response.headers, "Retry-After": str(max(1, round(wait)))}
            return response
        return None

    def _scripted(self, request: Request, action: dict[str, Any]) -> Response:
        """A status fault: its own body and headers, or what the vendor sends with that status."""
        status = int(action["status"])
        default = self._failure(status, request)
        if status == 422:
            default.body = to_json({"detail": [{"loc": ["query"], "msg": "Scripted", "type": "value_error"}]})
        if "body" in action:
            body = action["body"]
            default.body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else to_json(body)
        extra = action.get("headers", {"Retry-After": "1"} if status == 429 else {})
        default.headers = {**default.headers, **{str(name): str(value) for name, value in extra.items()}}
        return default

    def _failure(self, status: int, request: Request, message: str = "") -> Response:
        now, request_id = self.clock.timestamp(), self._request_id()
        return Response(
            status, to_json(failure(status, request, timestamp=now, request_id=request_id, message=message))
        )

    def _account_answer(self, endpoint: Endpoint) -> dict[str, Any]:
        return {
            "code": 200,
            "router": endpoint.path,
            "api_key_data": {
                "api_key_name": "sandbox",
                "api_key_scopes": ["/api/v1/tiktok/", "/api/v1/tikhub/"],
                "created_at": "2026-01-01T00:00:00",
                "expires_at": None,
                "api_key_status": 1,
            },
            "user_data": {
                "email": "sandbox@example.com",
                "balance": self.account.balance / 1e6,
                "free_credit": self.account.free_credit / 1e6,
                "email_verified": True,
                "account_disabled": False,
                "is_active": True,
            },
        }

    # -- images and cached answers ---------------------------------------------------------------------

    async def _image(self, request: Request) -> tuple[Response, dict[str, Any]]:
        entry = self.images.open_entry(endpoint="image", path=request.path, day=self.clock.now().date().isoformat())
        action = self.faults.strike(Target("image", f"{request.path}?{request.query}", None)) or {}
        if action.get("kind") == "slow":
            await asyncio.sleep(float(action.get("seconds", 1.0)))
        response = (
            self._scripted(request, action) if action.get("kind") == "status" else await self._gallery.respond(request)
        )
        entry.update(status=response.status, fault=action.get("kind"))
        return response, action

    def _remember(self, recipe: Recipe) -> None:
        self._recipes[recipe.request_id] = recipe
        while len(self._recipes) > _CACHED:
            self._recipes.popitem(last=False)

    def _cached(self, request: Request) -> Response:
        """The same answer again, free, for 24 hours."""
        request_id = request.path.removeprefix(_CACHE_PATH)
        recipe = self._recipes.get(request_id)
        signed = request.parameters().get("sign") == f"{number(request_id):016x}"
        if recipe is None or not signed or self.clock.timestamp() - recipe.moment.timestamp > 86_400:
            return Response(404, to_json({"detail": "Cache not found or expired"}))
        return Response(200, to_json(self._make(recipe)))

    # -- small parts -----------------------------------------------------------------------------------

    def _moment(self, request: Request) -> Moment:
        now = self.clock.timestamp()
        churn = int(now // 60) if self.settings.churn else 0
        origin = f"http://{request.header('host') or 'localhost'}"
        return Moment(now, self.clock.day(), origin, churn, self.settings.as_recorded)

    def _request_id(self) -> str:
        digits = Dice("request", self.clock.timestamp(), next(self._numbers))
        text = f"{digits.bits():016x}{digits.bits():016x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def _hide_key(self, text: str) -> str:
        return text.replace(self.settings.key, "***")

    async def close(self) -> None:
        """End what is under way beside the answers."""
        await self.site.close()

    def resize(self, creators: int) -> None:
        """Let there be so many creators; those there were before are the same as ever, as far as they are among them."""
        if not 1 <= creators < 2**31:
            raise ValueError("creators are 1 or more")
        self.world.creators = creators
        self._searches.hits.cache_clear()

    def save(self) -> None:
        """Keep what outlives a restart, if there is a folder for it."""
        kept = state.to_keep(self.clock, self.account, self.world.creators)
        if self.settings.state_folder and kept != self._kept:
            state.save(self.settings.state_folder, kept)
            self._kept = kept


def _body_of(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body) if request.body else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
