"""What a task needs to call the API under the contract: the ledger, the gate, the client, the database, and a clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import psycopg

from include.calls import ledger as tikhub_ledger
from include.calls.ledger import Caller, EndedCall, Ledger, StoredAnswer, ended_badly, ended_well
from include.calls.limiter import LIMIT, SharedGate
from include.calls.look_up import LookUp
from include.calls.sigterm import noticing_sigterm
from include.database import Connector, Database, DatabaseUnavailable
from include.failures import NeedsPerson
from include.runs import Run, live_until, mode_on, resume_run, stop_run
from include.tikhub.account import Api
from include.tikhub.client import TikHub
from include.vendors.asking import Client
from include.vendors.errors import CallFailed, HostNotFound, NotFound, NoWayOut, RunStopped, UnexpectedAnswer
from include.vendors.models import Request

Parsed = TypeVar("Parsed")
SomeRun = TypeVar("SomeRun", bound=Run)
BUSY_PAUSE_SECONDS = 0.5
MakeClient = Callable[[Api, SharedGate], Client]
Beside = Callable[[psycopg.Connection[Any]], None]
log = logging.getLogger(__name__)


class NotInLedger(NeedsPerson, LookupError):
    """A replay asked for an answer nobody stored: the API is not called for a day that is past."""


class Desk(Generic[SomeRun]):
    """One task's way to the API: each request of the day is answered from the ledger, or called once and kept."""

    def __init__(
        self,
        database: Database,
        gate: SharedGate,
        client: Client | None,
        run: SomeRun,
        caller: Caller,
        api: Api | None,
        told_to_end: threading.Event | None = None,
        aside: Database | None = None,
    ) -> None:
        self.told_to_end = told_to_end or threading.Event()
        self.database = database
        self.run = run
        self.ledger = Ledger(caller)
        self._gate = gate
        self._client = client
        self._api = api
        self._aside = aside
        self._opened = time.monotonic()

    def now(self, connection: psycopg.Connection[Any]) -> datetime:
        """The moment by the database's clock, the same for all workers (or by the set clock, where one is set)."""
        if self._api is not None and self._api.now_override is not None:
            return self._api.now_override + timedelta(seconds=time.monotonic() - self._opened)
        (moment,) = connection.execute("select clock_timestamp()").fetchall()[0]
        return moment

    def ask(self, request: Request, parse: Callable[[Any], Parsed], beside: Beside | None = None) -> Parsed:
        """The parsed answer to `request`: paid for at most once a day, whoever asks. `beside` writes in the transaction that
        settles a call: what else is known of it only now, and would be lost with a task that is killed.

        Raises NotInLedger in a replay without a stored answer, UnexpectedAnswer for an answer that makes no sense,
        NotFound, and what the client raises otherwise.
        """
        stored = self._read(request) if self.run.is_replay else self._claim(request)
        if stored is not None:
            if stored.outcome == "not_found":
                raise NotFound("answered from the ledger: 404", endpoint=request.endpoint)
            return parse(stored.data)
        return self._call(request, parse, beside)

    def call_unreadable(self, requests: Sequence[Request]) -> None:
        """Stored answers that turned out to be none are asked for again; what they cost stays in the ledger."""
        subjects: dict[str, list[str]] = {}
        for request in requests:
            subjects.setdefault(request.endpoint, []).append(request.subject)

        def withdraw(connection: psycopg.Connection[Any]) -> None:
            for endpoint, listed in subjects.items():
                tikhub_ledger.withdraw_answers(connection, self.run.day, endpoint, listed, outcome="unreadable")

        self.database.run(withdraw)

    def stored(self, endpoint: str, subjects: Sequence[str]) -> list[StoredAnswer]:
        """What the day's ledger has of these requests and can still be read, calling nothing."""
        return self.database.run(lambda connection: self.ledger.read(connection, endpoint, subjects))

    def stored_lately(self, endpoint: str, subjects: Sequence[str], days: int) -> dict[str, tuple[date, StoredAnswer]]:
        """As `stored`, with the answers of so many days before: by subject the latest, and the day it is of."""
        return self.database.run(lambda connection: self.ledger.read_latest(connection, endpoint, subjects, days))

    def look_up(self, threads: int) -> LookUp:
        """Many profiles at once."""
        if not isinstance(self._client, TikHub):
            raise NotInLedger("a replay makes no calls")
        return LookUp(self.database, self.ledger, self._client, self._gate, threads)

    def stop_run(self, error: RunStopped) -> None:
        """Tell all tasks of this run that no call can succeed any more."""
        self.database.run(lambda connection: stop_run(connection, self.run, str(error)))

    def was_answered(self) -> bool:
        """Whether any call of this run had an answer, of whatever kind."""
        parameters = {"day": self.run.day, "pipeline": self.run.pipeline, "run_id": self.run.run_id}
        return bool(self.database.rows("calls/find_answer", parameters))

    def save_task(self) -> None:
        """Keep what only this task knows, for the report."""
        caller = self.ledger.caller
        parameters = {
            "pipeline": caller.pipeline,
            "run_id": caller.run_id,
            "task_id": caller.task_id,
            "map_index": caller.map_index,
            "answered_from_ledger": self.ledger.answered_from_ledger,
            "seconds_waiting": self._gate.seconds_waited,
        }
        self.database.rows("calls/save_task", parameters)

    def _read(self, request: Request) -> StoredAnswer:
        answers = self.stored(request.endpoint, [request.subject])
        if not answers:
            raise NotInLedger(f"no stored answer of {self.run.day} for {request.endpoint} {request.subject}")
        return answers[0]

    def _claim(self, request: Request) -> StoredAnswer | None:
        while True:
            (claim,) = self.database.run(
                lambda connection: self.ledger.claim(connection, request.endpoint, [request.subject])
            )
            if claim.state == "claimed":
                return None
            if claim.answer is not None:
                return claim.answer
            time.sleep(BUSY_PAUSE_SECONDS)

    def _call(self, request: Request, parse: Callable[[Any], Parsed], beside: Beside | None) -> Parsed:
        if self._client is None:
            raise NotInLedger("a replay makes no calls")
        try:
            with self._keeping_claims():
                reply = self._client.fetch(request)
        except CallFailed as error:
            self._settle(request, ended_badly(request.subject, error), beside)
            raise
        except BaseException:
            self._settle(request, EndedCall(request.subject, (), "not_called", False), beside)
            raise
        try:
            parsed = parse(reply.data)
        except UnexpectedAnswer as error:
            error.attempts = reply.attempts
            self._settle(request, ended_badly(request.subject, error), beside)
            raise
        self._settle(request, ended_well(request.subject, reply), beside)
        return parsed

    @contextmanager
    def _keeping_claims(self) -> Iterator[None]:
        """Retries and pauses asked for may take longer than a claim is held; who waits for its end would pay again."""
        is_over = threading.Event()
        keeper = threading.Thread(target=self._extend_until, args=(is_over,), name="claims", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            is_over.set()
            keeper.join()

    def _extend_until(self, is_over: threading.Event) -> None:
        while self._aside is not None and not is_over.wait(tikhub_ledger.CLAIM_SECONDS / 4):
            try:
                self._aside.run(self.ledger.extend)
            except DatabaseUnavailable as error:
                log.warning("The claim of a call under way could not be extended: %s", error)

    def _settle(self, request: Request, ended: EndedCall, beside: Beside | None) -> None:
        def settle(connection: psycopg.Connection[Any]) -> None:
            self.ledger.settle(connection, request.endpoint, [ended], [self.now(connection)])
            if beside is not None:
                beside(connection)

        self.database.run(settle)


def _now(database: Database, api: Api | None) -> datetime:
    """By the database's clock, because a worker's may be wrong; or the set clock, where one is set."""
    if api is not None and api.now_override is not None:
        return api.now_override
    return database.run(lambda connection: connection.execute("select clock_timestamp()").fetchall()[0][0])


def _as_of_now(run: SomeRun, api: Api | None, now: datetime) -> SomeRun:
    """A task cleared after its day has ended is a replay, whatever its run was: today's counts are not that day's."""
    if run.is_replay or api is None or mode_on(run.day, now) == "live":
        return run
    log.warning("%s is past: this task replays it from the ledger and calls nothing.", run.day)
    return run.as_replay()


def tikhub(api: Api, gate: SharedGate) -> TikHub:
    return TikHub(api.base_url, api.key, gate=gate, deadline=api.deadline_seconds, threads=api.threads, route=api.route)


@contextmanager
def open_desk(
    connector: Connector,
    api: Api | None,
    run: SomeRun,
    task_id: str,
    map_index: int = -1,
    keyword: str | None = None,
    *,
    for_discovery: bool = False,
    make_client: MakeClient = tikhub,
    limit: str = LIMIT,
) -> Iterator[Desk[SomeRun]]:
    """A desk for one task; `api` is None in a replay, which never calls. A refused key or balance stops the run.

    `make_client` and `limit` say whose API it is: its client, and the name of the rate limit that its calls share.
    """
    with (
        noticing_sigterm() as told_to_end,
        Database(connector) as work,
        Database(connector) as turns,
        # Opened only by a call that takes long. It waits for nobody: the next try to extend comes soon enough.
        Database(connector, patience_seconds=0) as aside,
    ):
        work.run(lambda connection: resume_run(connection, run))
        now = _now(work, api)
        run = _as_of_now(run, api, now)
        caller = Caller(run.day, run.pipeline, run.run_id, task_id, map_index, keyword)
        gate = SharedGate(turns, run.pipeline, run.run_id, for_discovery=for_discovery, limit=limit)
        client: Client | None = None
        if api is not None and not run.is_replay:
            # The last call of a day may take as long as a call may, and is answered in time.
            gate.close_in((live_until(run.day) - now).total_seconds() - api.deadline_seconds)
            client = make_client(api, gate)
        desk = Desk(work, gate, client, run, caller, api, told_to_end, aside)
        try:
            yield desk
        except RunStopped as error:
            desk.stop_run(error)
            raise
        except HostNotFound as error:
            if api is None or not api.is_watched or desk.was_answered():
                raise
            stopped = NoWayOut(
                f"{urlsplit(api.base_url).hostname} cannot be found: there is no network, no name server, or the address is "
                f"wrong. Check the connection and {limit.upper()}_BASE_URL, then run again."
            )
            desk.stop_run(stopped)
            raise stopped from error
        finally:
            if client is not None:
                client.close()
            desk.save_task()
