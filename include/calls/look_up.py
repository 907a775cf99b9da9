"""Looks up many profiles at once: each is claimed in the ledger, asked for by a thread, and handed back when it is there."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from include.calls.ledger import Claim, EndedCall, Ledger, StoredAnswer, ended_badly, ended_well
from include.calls.limiter import Closing, SharedGate
from include.database import Database, DatabaseUnavailable
from include.tikhub import endpoints, parsers
from include.tikhub.client import TikHub
from include.tikhub.errors import (
    BudgetSpent,
    EndpointGone,
    NotFound,
    RateLimited,
    RequestRejected,
    RunStopped,
    TikHubError,
    Unavailable,
    UnexpectedAnswer,
)
from include.tikhub.models import Absent, Attempt, Profile, Reply

CLAIM_BLOCK = 50  # claimed together; a killed worker may leave so many called and not written
BUSY_PAUSE_SECONDS = 0.5
# These end the task, because only a person or a longer wait helps. What was measured is kept, and nobody counts as failed.
FATAL = (RunStopped, EndpointGone, RequestRejected, RateLimited, DatabaseUnavailable)
# OUTAGE_AFTER look-ups in a row without an answer mean that the vendor is down. After DOUBT_AFTER, the next ones are taken from
# the end of the list, so that many creators in a row who always fail are not mistaken for that.
DOUBT_AFTER = 20
OUTAGE_AFTER = 100
UNREADABLE_AFTER = 50  # unreadable answers in a row: sooner than an outage, for each may have been billed twice
# When so many or more are absent and nobody at all is shown, it is the endpoint's fault: in a day 1 creator in 100 vanishes.
CROWD = 5


class NobodyShown(Unavailable):
    """Everybody who was shown before is said to be gone or hidden: that is not believed of anybody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A creator to look up, by every identity that is known.

    `seen_last` is how the last look found them. When somebody `shown` is absent now, a second identity is asked, and many
    such absences at once are doubted; when somebody `absent` still is, neither is done.
    """

    user_id: str
    sec_user_id: str | None
    handle: str | None
    seen_last: Literal["unknown", "shown", "absent"] = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """No profile, and why: the look failed, the budget was spent, the call was not made, or the answer is not believed."""

    reason: str
    kind: Literal["failed", "budget", "not_asked", "doubted"] = "failed"


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one look-up. `call` is to be settled in the ledger; it is None when the ledger had the answer."""

    wanted: Wanted
    result: Profile | Absent | Failure
    call: EndedCall | None
    answered_at: datetime | None
    arrived: float

    def moment(self, now: datetime) -> datetime:
        """When the answer came, by the database's clock: `now` is that clock at this moment."""
        if self.answered_at is not None:
            return self.answered_at
        return now - timedelta(seconds=time.monotonic() - self.arrived)


class LookUp:
    """One task's look-ups. The thread that made it uses the database; the pool's threads only call.

    `results` hands out what has arrived. It raises a fatal error (key, balance, permission, database) only after handing out
    all that was asked before. `stop` begins no new call and waits for those under way.
    Creators who were shown before and are absent now are held back until another one is shown. When none is, and they are
    many (CROWD), they are handed out as `doubted` failures whose calls hold no answer, and NobodyShown is the fatal error.
    """

    def __init__(self, database: Database, ledger: Ledger, client: TikHub, gate: SharedGate, threads: int) -> None:
        self._database = database
        self._ledger = ledger
        self._client = client
        self._gate = gate
        self._window = threads * 2
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="profile")
        self._arrived: queue.SimpleQueue[Measured] = queue.SimpleQueue()
        self._waiting: deque[Wanted] = deque()
        self._busy: list[Wanted] = []
        self._busy_until = 0.0
        self._under_way: dict[str, tuple[Wanted, Future[Measured]]] = {}
        self._fatal: BaseException | None = None
        self._silent = 0
        self._unreadable = 0
        self._absent: list[Measured] = []  # held back: absences in a row that are not believed yet
        self._is_anybody_shown = False
        # Kept until the caller asks again, because Ctrl-C may lose answers that are out of the queue and not with the caller yet.
        self._handed_out: list[Measured] = []

    def add(self, wanted: Iterable[Wanted]) -> None:
        self._waiting.extend(wanted)

    @property
    def unfinished(self) -> int:
        """Look-ups not handed out yet; a fatal error counts as one, so that the caller comes back for it."""
        waiting = len(self._waiting) + len(self._busy) + len(self._under_way) + self._arrived.qsize()
        return waiting + len(self._absent) + (self._fatal is not None)

    def results(self, seconds: float) -> list[Measured]:
        """What arrives within `seconds` (at least one look at the queue); empty when nothing did."""
        self._handed_out.clear()  # who asks again has what was handed out before
        if self._fatal is None:
            self._begin_calls()
        elif not self._under_way and self._arrived.empty():
            raise self._fatal
        arrived: list[Measured] = []
        until = time.monotonic() + seconds
        while self.unfinished and (left := until - time.monotonic()) > 0:
            arrived.extend(self._drain(min(left, BUSY_PAUSE_SECONDS)))
            if arrived or self._fatal or (self._busy and time.monotonic() >= self._busy_until):
                break
        return arrived

    def stop(self, seconds: float) -> list[Measured]:
        """Begin nothing new, wait up to `seconds` for calls under way, give unused claims back.

        Returns what has arrived since, and again what was handed out last, which an interrupt may have lost.
        """
        if self.unfinished:
            self._gate.close()
        self._waiting.clear()
        self._busy.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + seconds
        arrived = self._drain()
        while any(not future.done() for _, future in self._under_way.values()) and time.monotonic() < until:
            time.sleep(0.05)
            arrived.extend(self._drain())
        arrived.extend(self._drain())
        arrived.extend(self._judge_absent())
        arrived.extend(
            future.result()
            for _, future in list(self._under_way.values())
            if future.done() and not future.cancelled() and future.exception() is None
        )
        arrived = list({id(measured): measured for measured in (*self._handed_out, *arrived)}.values())
        cancelled = [user_id for user_id, (_, future) in self._under_way.items() if future.cancelled()]
        self._database.repeatedly(
            lambda connection: self._ledger.release(connection, endpoints.USER_PROFILE, cancelled)
        )
        return arrived

    def _begin_calls(self) -> None:
        if self._busy and time.monotonic() >= self._busy_until:
            self._waiting.extendleft(self._busy)
            self._busy.clear()
        while self._waiting and len(self._under_way) < self._window:
            is_in_doubt = max(self._silent, len(self._absent)) >= DOUBT_AFTER
            take = self._waiting.pop if is_in_doubt else self._waiting.popleft
            block = [take() for _ in range(min(CLAIM_BLOCK, len(self._waiting)))]
            self._claim(list({wanted.user_id: wanted for wanted in block}.values()))

    def _claim(self, block: Sequence[Wanted]) -> None:
        subjects = [wanted.user_id for wanted in block]
        claims = self._database.run_pipelined(
            lambda connection: self._ledger.claim(connection, endpoints.USER_PROFILE, subjects)
        )
        by_subject: dict[str, Claim] = {claim.subject: claim for claim in claims}
        for wanted in block:
            claim = by_subject[wanted.user_id]
            if claim.state == "claimed":
                self._under_way[wanted.user_id] = (wanted, self._pool.submit(self._call, wanted))
            elif claim.answer is not None:
                self._arrived.put(read_stored(wanted, claim.answer))
            else:
                self._busy.append(wanted)
                self._busy_until = time.monotonic() + BUSY_PAUSE_SECONDS

    def _call(self, wanted: Wanted) -> Measured:
        try:
            measured = _ask(self._client, wanted)
        except Exception:
            self._gate.close()  # at once: the other threads would go on calling until the main one notices
            raise
        self._arrived.put(measured)
        return measured

    def _drain(self, seconds: float = 0.0) -> list[Measured]:
        """Everything that is there; waits up to `seconds` for the first."""
        self._notice_fatal()  # first, so that what the last calls to fail leave behind is drained with the rest
        arrived: list[Measured] = []
        try:
            arrived.append(self._arrived.get(timeout=seconds) if seconds else self._arrived.get_nowait())
            while True:
                arrived.append(self._arrived.get_nowait())
        except queue.Empty:
            pass
        believed: list[Measured] = []
        for measured in arrived:
            self._under_way.pop(measured.wanted.user_id, None)
            self._notice_outage(measured)
            believed.extend(self._weigh(measured))
        if not (self._waiting or self._busy or self._under_way or self._arrived.qsize()):
            believed.extend(self._judge_absent())
        self._handed_out.extend(believed)
        return believed

    def _notice_fatal(self) -> None:
        for user_id, (wanted, future) in list(self._under_way.items()):
            error = future.exception() if future.done() and not future.cancelled() else None
            if error is None:
                continue
            del self._under_way[user_id]
            ended = ended_badly(user_id, error) if isinstance(error, TikHubError) else EndedCall(user_id, (), "", False)
            self._arrived.put(Measured(wanted, Failure(str(error), "not_asked"), ended, None, time.monotonic()))
            if self._fatal is None and not isinstance(error, Closing):
                self._give_up(error)

    def _notice_outage(self, measured: Measured) -> None:
        if measured.call is None or not measured.call.attempts:
            return
        outcome = measured.call.outcome
        self._silent = self._silent + 1 if outcome in {"unavailable", "timed_out", "unreadable"} else 0
        self._unreadable = self._unreadable + (outcome == "unreadable") if self._silent else 0
        if self._fatal is not None:
            return
        if self._unreadable >= UNREADABLE_AFTER:
            self._give_up(
                Unavailable(
                    f"TikHub sent no readable profile for {self._silent} creators in a row, the last time because: "
                    f"{getattr(measured.result, 'reason', '')}. Such answers may be billed: compare TIKHUB_BASE_URL and "
                    "TikHub's status page. The task is tried again later; what was measured is kept."
                )
            )
        elif self._silent >= OUTAGE_AFTER:
            self._give_up(
                Unavailable(
                    f"TikHub gave no answer to {self._silent} look-ups in a row, the last time because: "
                    f"{measured.call.attempts[-1].error}. The task is tried again later; what was measured is kept."
                )
            )

    def _weigh(self, measured: Measured) -> list[Measured]:
        """What to hand out now: that somebody has vanished is held back until somebody else is shown."""
        if isinstance(measured.result, Absent) and measured.wanted.seen_last == "shown":
            self._absent.append(measured)
            return self._judge_absent() if len(self._absent) >= OUTAGE_AFTER else []
        if isinstance(measured.result, Profile) and measured.call is not None:
            self._is_anybody_shown = True
            absent, self._absent = self._absent, []
            return [*absent, measured]
        return [measured]

    def _judge_absent(self) -> list[Measured]:
        """Those held back: as they are when they are few, as doubted when they are too many to be true."""
        absent, self._absent = self._absent, []
        if len(absent) < (DOUBT_AFTER if self._is_anybody_shown else CROWD):
            return absent
        reason = str(getattr(absent[-1].result, "detail", ""))
        if self._fatal is None:
            self._give_up(
                NobodyShown(
                    f"{len(absent)} creators in a row answered gone or hidden ({reason}): the endpoint or the key's region, "
                    "not the creators. Compare TIKHUB_BASE_URL and TikHub's status page, then clear this task: nobody was "
                    "marked as gone for it, and they are asked again."
                )
            )
        return [_doubted(measured) for measured in absent]

    def _give_up(self, error: BaseException) -> None:
        self._fatal = error
        self._gate.close()
        self._waiting.clear()
        self._busy.clear()


def read_stored(wanted: Wanted, answer: StoredAnswer) -> Measured:
    """The same judgement of an answer that was paid for before."""
    return Measured(wanted, profile_of(answer), None, answer.answered_at, time.monotonic())


def profile_of(answer: StoredAnswer) -> Profile | Absent | Failure:
    """What a stored answer says of the creator whose user id is its subject."""
    if answer.outcome == "not_found":
        return Absent("gone", "no such creator (404)")
    try:
        return parsers.parse_profile(answer.data, answer.subject)
    except UnexpectedAnswer as error:
        return Failure(str(error))


def _ask(client: TikHub, wanted: Wanted) -> Measured:
    """One creator by `sec_user_id`, then `user_id`, then handle. Raises what ends the run (FATAL) and Closing.

    When the `sec_user_id` belongs to somebody else, or to nobody though the creator was there at the last look, the user id,
    which never changes, is asked once before that is believed.
    """
    attempts: tuple[Attempt, ...] = ()
    in_doubt: Measured | None = None
    last: Measured | None = None
    for kind, value in _identities(wanted):
        data, is_refused = None, False
        try:
            reply = client.fetch(endpoints.user_profile(kind, value, subject=wanted.user_id))
        except ValueError as error:  # an identity that cannot be sent
            call = EndedCall(wanted.user_id, attempts, "rejected", False)
            last = Measured(wanted, Failure(str(error)), call, None, time.monotonic())
            continue
        except TikHubError as error:
            attempts = error.attempts = (*attempts, *error.attempts)
            if isinstance(error, (*FATAL, Closing)):
                raise
            last = _failed(wanted, error)
            # Look-ups by id answer 400 for some creators for good; another identity may still find them.
            is_refused = isinstance(error, Unavailable) and error.status == 400
        else:
            attempts, data = (*attempts, *reply.attempts), reply.data
            last = _read(wanted, Reply(data, attempts, reply.request_id))
        if in_doubt is not None:
            return _first_word(in_doubt, attempts) if is_refused else last
        if kind == "sec_user_id" and (_is_of_another(data, wanted) or _is_news(last, data)):
            in_doubt = last
        elif not is_refused:
            return last
    if in_doubt is not None:
        return in_doubt
    return last or Measured(wanted, Failure("no identity is known"), None, None, time.monotonic())


def _identities(wanted: Wanted) -> list[tuple[str, str]]:
    known = [("sec_user_id", wanted.sec_user_id), ("user_id", wanted.user_id), ("unique_id", wanted.handle)]
    if wanted.seen_last == "absent":
        known[:2] = known[1::-1]  # one call for them, and a stale sec_user_id does not hide who is back
    return [(kind, value) for kind, value in known if value]


def _is_of_another(data: Any, wanted: Wanted) -> bool:
    user = data.get("user") if isinstance(data, dict) else None
    return isinstance(user, dict) and bool(user.get("uid")) and str(user["uid"]) != wanted.user_id


def _is_news(measured: Measured, data: Any) -> bool:
    """Nobody is found under this identity, though the last look found somebody. A blocked account is found, and says so."""
    is_nobody = isinstance(measured.result, Absent) and not (isinstance(data, dict) and data.get("user"))
    return is_nobody and measured.wanted.seen_last == "shown"


def _first_word(measured: Measured, attempts: tuple[Attempt, ...]) -> Measured:
    """What the first identity said, as the second said nothing; its attempts come last, because the last one settles the call."""
    if measured.call is None:
        return measured
    said = len(measured.call.attempts)
    call = replace(measured.call, attempts=(*attempts[said:], *attempts[:said]))
    return replace(measured, call=call)


def _doubted(measured: Measured) -> Measured:
    """The same look-up with its answer not believed: the call stays on the bill, and does not count as the day's answer."""
    said = getattr(measured.result, "detail", "")
    failure = Failure(f"answered gone or hidden like everybody else ({said}): not believed, asked again", "doubted")
    call = None if measured.call is None else replace(measured.call, is_answer=False, packed=None)
    return replace(measured, result=failure, call=call)


def _read(wanted: Wanted, reply: Reply) -> Measured:
    arrived = time.monotonic()
    try:
        result = parsers.parse_profile(reply.data, wanted.user_id)
    except UnexpectedAnswer as error:
        error.attempts = reply.attempts
        return Measured(wanted, Failure(str(error)), ended_badly(wanted.user_id, error), None, arrived)
    return Measured(wanted, result, ended_well(wanted.user_id, reply), None, arrived)


def _failed(wanted: Wanted, error: TikHubError) -> Measured:
    result: Absent | Failure = Failure(str(error), "budget" if isinstance(error, BudgetSpent) else "failed")
    if isinstance(error, NotFound) and not error.route_missing:
        result = Absent("gone", "no such creator (404)")
    return Measured(wanted, result, ended_badly(wanted.user_id, error), None, time.monotonic())
