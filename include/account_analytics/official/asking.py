"""Asks for an account's days and videos, by the ledger: nothing is asked twice for the same day and window."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from include.account_analytics.official.documents import Document, document
from include.account_analytics.official.tokens import Keeper
from include.account_analytics.run import PIPELINE, Run
from include.account_analytics.secrets_kept import Safe
from include.calls.desk import Desk, open_desk
from include.calls.ledger import read_answers
from include.calls.limiter import SharedGate, set_rate
from include.database import Connector, Database
from include.tikhub.account import Api
from include.tiktok_business import endpoints
from include.tiktok_business.app import App
from include.tiktok_business.client import AccountsApi, BothGates, OAuth
from include.tiktok_business.endpoints import ACCOUNT, ACCOUNT_FIELDS, APP_LIMIT, NEEDED, PAGE, VIDEO_FIELDS, VIDEOS
from include.tiktok_business.errors import ScopeMissing
from include.tiktok_business.parsers import parse_account, parse_videos
from include.vendors.errors import UnexpectedAnswer
from include.vendors.models import Request

TASK = "extract"
DEADLINE_SECONDS = 30.0
MOST_PAGES = 500  # 10,000 videos of an account
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a minute that TikTok allows: of an account at one endpoint, and of the app altogether."""

    account: float = endpoints.ACCOUNT_CALLS_PER_MINUTE
    app: float = endpoints.APP_CALLS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are asked for, UTC, both included."""

    first: date
    last: date


class Asker:
    """One account's way to its numbers, for one task."""

    def __init__(self, desk: Desk[Run], account: str, business_id: str, scopes: Sequence[str]) -> None:
        self._desk = desk
        self._account = account
        self._business_id = business_id
        self._scopes = scopes

    def documents(self, window: Window) -> Iterator[Document]:
        """The account's days, then all its videos: each as soon as it is whole. Raises CallFailed.

        What the owner did not permit is left out and said; where nothing is left, ScopeMissing is raised.
        """
        permitted = [endpoint for endpoint, scope in NEEDED.items() if not self._scopes or scope in self._scopes]
        missing = [scope for scope in endpoints.SCOPES if self._scopes and scope not in self._scopes]
        if not permitted:
            raise ScopeMissing(
                f"@{self._account}: the consent of its owner covers neither {' nor '.join(NEEDED.values())}. Give the app these "
                f"permissions at TikTok, then: make accounts-authorize ACCOUNT={self._account}"
            )
        if missing:
            log.warning("@%s: its owner did not permit %s; less is fetched.", self._account, ", ".join(missing))
        if ACCOUNT in permitted:
            yield self._days(window)
        if VIDEOS in permitted:
            yield self._videos()

    def _days(self, window: Window) -> Document:
        fields = endpoints.permitted(ACCOUNT_FIELDS, self._scopes)
        request = endpoints.profile(self._business_id, fields, window.first, window.last)
        data = self._asked(request, parse_account)[1]
        days = {"start_date": window.first.isoformat(), "end_date": window.last.isoformat()}
        return self._document([request], {"fields": fields, **days}, [data])

    def _videos(self) -> Document:
        fields = endpoints.permitted(VIDEO_FIELDS, self._scopes)
        request = endpoints.videos(self._business_id, fields)
        requests, answers, before = [request], [], None
        while True:
            page, data = self._asked(request, parse_videos)
            answers.append(data)
            if page.cursor is None:
                break
            if before is not None and page.cursor >= before:
                raise UnexpectedAnswer(f"{VIDEOS}: the pages go round in a circle", endpoint=VIDEOS, field="cursor")
            if len(answers) == MOST_PAGES:
                log.warning("@%s: only its newest %s videos are fetched.", self._account, f"{MOST_PAGES * PAGE:,}")
                break
            before = page.cursor
            request = endpoints.videos(self._business_id, fields, page.cursor)
            requests.append(request)
        return self._document(requests, {"fields": fields}, answers)

    def _asked(self, request: Request, parse: Any) -> tuple[Any, Any]:
        return self._desk.ask(request, lambda data: (parse(data), data))

    def _document(self, requests: Sequence[Request], asked: dict[str, Any], answers: Sequence[Any]) -> Document:
        first = requests[0]
        made = document(first.endpoint, self._business_id, self._asked_at(first), asked, answers)
        if made.refused is not None and not made.is_empty:
            self._desk.call_unreadable(requests)
        log.info("@%s: %s, %s pages, %s bytes", self._account, first.endpoint, len(answers), f"{len(made.content):,}")
        return made

    def _asked_at(self, request: Request) -> datetime:
        """When the first page was answered: the same for a task that is tried again."""
        day = self._desk.run.day
        (stored,) = self._desk.database.run(
            lambda connection: read_answers(connection, day, request.endpoint, [request.subject])
        )
        return stored.answered_at


@contextmanager
def open_asker(
    connector: Connector,
    run: Run,
    account: str,
    app: App,
    safe: Safe,
    map_index: int = -1,
    *,
    pace: Pace | None = None,
    now_override: datetime | None = None,
) -> Iterator[Asker]:
    """The way of one account. Raises NotAuthorized, KeyChanged, SettingsError before anything is asked."""
    pace = pace or Pace()
    with ExitStack() as held:
        turns = held.enter_context(Database(connector))
        gate = SharedGate(turns, PIPELINE, run.run_id, for_discovery=False, limit=APP_LIMIT)
        oauth = held.enter_context(OAuth(app.base_url, app.client_id, app.client_secret, gate, route=app.route))
        keeper = Keeper(connector, safe, account, oauth.refresh)
        held.callback(keeper.close)
        business_id = keeper.business_id()
        limits = {endpoint: endpoints.limit_of(business_id, endpoint) for endpoint in (ACCOUNT, VIDEOS)}
        turns.run(lambda connection: _set_rates(connection, pace, list(limits.values())))

        def client(api: Api, shared: SharedGate) -> AccountsApi:
            gates = {endpoint: BothGates(_gate(turns, run, limit), shared) for endpoint, limit in limits.items()}
            return AccountsApi(app.base_url, keeper, gates, deadline=api.deadline_seconds, route=app.route)

        api = Api(app.base_url, "", DEADLINE_SECONDS, threads=1, now_override=now_override)
        desk = held.enter_context(open_desk(connector, api, run, TASK, map_index, make_client=client, limit=APP_LIMIT))
        yield Asker(desk, account, business_id, keeper.scopes())


def _gate(turns: Database, run: Run, limit: str) -> SharedGate:
    return SharedGate(turns, PIPELINE, run.run_id, for_discovery=False, limit=limit)


def _set_rates(connection: psycopg.Connection[Any], pace: Pace, limits: Sequence[str]) -> None:
    set_rate(connection, pace.app / 60, APP_LIMIT)
    for limit in limits:
        set_rate(connection, pace.account / 60, limit)
