"""The rate limit that all workers share: each call waits here until its turn comes."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from datetime import UTC

import psycopg

from include import database
from include.vendors.errors import BudgetSpent, Permanent, RunStopped

LIMIT = "tikhub"  # the vendor counts calls per key, whatever the endpoint; other vendors' limits have their names
MARGIN = 0.96  # of the limit; the rest is for calls that come late (see docs/decisions/limiter-margin.md)
LOOK_AGAIN_SECONDS = 15.0  # in a long pause, which a person may end early
LONG_WAIT_SECONDS = 30.0  # a longer wait is explained in the log
# A turn noticed later than this is given back, so that the threads of a process that was held up do not all call at once.
LATE_SECONDS = 0.015
# How far ahead a turn is promised (take_turn allows a second): promised turns are still used when a pause begins, so few are.
QUEUE_SECONDS = 0.2
NOT_A_STEP_SECONDS = 0.01  # a smaller difference is no step of the server's clock
MOST_DRIFT = 0.001  # seconds by which two clocks may part in a second
log = logging.getLogger(__name__)


class Closing(Permanent):
    """The task is ending: this call was not made."""


def set_rate(connection: psycopg.Connection, calls_per_second: float, limit: str = LIMIT) -> None:
    """Make `calls_per_second` the vendor's limit for all workers; the pace kept is a little below it."""
    seconds = 1 / (calls_per_second * MARGIN)
    connection.execute(database.statement("calls/set_rate"), {"name": limit, "seconds": seconds})


class DayOver(BudgetSpent):
    """The day that was to be measured has ended: what is asked from now on is another day's."""


class SharedGate:
    """Lets one call pass whenever its turn has come, for all threads of this process.

    Raises BudgetSpent when the run has no calls left (or discovery none, so that the roll call keeps its share),
    RunStopped when another task of the run met a refused key or an empty balance, and Closing after `close`.
    """

    def __init__(
        self, connections: database.Database, pipeline: str, run_id: str, *, for_discovery: bool, limit: str = LIMIT
    ) -> None:
        self._database = connections
        self._limit = limit
        self._parameters = {
            "name": limit,
            "pipeline": pipeline,
            "run_id": run_id,
            "max_wait": QUEUE_SECONDS,
            "for_discovery": for_discovery,
        }
        self._one_at_a_time = threading.Lock()  # on the connection
        self._first_in_line = threading.Lock()  # only one thread asks again while the queue is full
        self._closing = threading.Event()
        self._closes_at = float("inf")
        # By how much this process's clock seemed ahead of the server's at each answer; the smallest is the truest.
        self._ahead: deque[float] = deque(maxlen=64)
        self._promises = _Promises()
        self._paused_at = float("-inf")
        self._said: object = None  # why calls wait so long
        self.seconds_waited = 0.0

    def wait_turn(self) -> None:
        began = time.monotonic()
        try:
            self._wait()
        finally:
            self.seconds_waited += time.monotonic() - began

    def pause(self, seconds: float) -> None:
        """Stop all workers for so many seconds, an hour at the most. Turns this process was promised before do not count."""
        self._paused_at = time.monotonic()  # at once: the database may keep us waiting
        with self._one_at_a_time:
            self._database.rows("calls/pause_turns", {"name": self._limit, "seconds": seconds})
            self._paused_at = time.monotonic()

    def close_in(self, seconds: float) -> None:
        """Let no call begin after so many seconds: from then on each gets DayOver."""
        self._closes_at = time.monotonic() + seconds

    def close(self) -> None:
        """Let no call begin any more: those that wait get Closing at once."""
        self._closing.set()

    def _wait(self) -> None:
        while True:
            with self._first_in_line:
                asked, due = self._reserve()
            if self._closing.wait(max(0.0, due - time.monotonic())):
                raise Closing("the task is ending")
            if time.monotonic() - due <= LATE_SECONDS and asked > self._paused_at:
                return
            self._give_back()

    def _give_back(self) -> None:
        """Return the turn, once at the most even when the database fails in passing: twice would add a call to the budget."""
        is_first = iter([True])

        def work(connection: psycopg.Connection) -> None:
            if next(is_first, False):
                database.rows(connection, "calls/return_turn", self._parameters)

        with self._one_at_a_time:
            self._database.repeatedly(work)

    def _reserve(self) -> tuple[float, float]:
        """Take a turn: when it was asked for and when it comes, both by the monotonic clock."""
        while not self._closing.is_set():
            with self._one_at_a_time:
                asked = time.monotonic()
                turn = self._database.repeatedly(
                    lambda connection: database.one(connection, "calls/take_turn", self._parameters)
                )
                told = time.monotonic()
                due = self._when(turn, asked, told)
            if due >= self._closes_at:
                raise DayOver("not measured: the day ended before its turn came")
            if turn["refusal"] == "budget":
                raise BudgetSpent("not measured: budget")
            if turn["refusal"]:
                raise RunStopped(f"another task of this run stopped all calls: {turn['refusal']}")
            if self._promises.overlap(turn, asked, told):
                self._wait_out_promises(turn)
            elif turn["granted"]:
                return asked, due
            else:
                self._wait_to_ask(turn["wait_seconds"])
        raise Closing("the task is ending")

    def _wait_out_promises(self, turn: database.Row) -> None:
        """After a step of the server's clock, wait until every turn promised before it has come."""
        log.info(
            "The database's clock went forward, or it lost turns it had promised: no calls for %.1f s.", QUEUE_SECONDS
        )
        if turn["granted"]:
            self._give_back()
        self._closing.wait(QUEUE_SECONDS)

    def _wait_to_ask(self, seconds: float) -> None:
        if seconds > LONG_WAIT_SECONDS:
            self._say_why()
        self._closing.wait(min(seconds, LOOK_AGAIN_SECONDS))

    def _say_why(self) -> None:
        """One line for each pause, and one for a slow pace."""
        with self._one_at_a_time:
            limit = self._database.one("calls/read_wait", {"name": self._limit})
        why = limit["paused_until"] or "pace"
        if why == self._said:
            return
        self._said = why
        if self._limit != LIMIT:
            log.info(
                "Calls to %s wait for their turn%s.", self._limit, "" if why == "pace" else ": it asked for a pause"
            )
        elif why == "pace":
            log.info(
                "Each call waits for its turn: TIKHUB_RATE_PER_SECOND allows one in %.0f s.", limit["seconds_per_call"]
            )
        else:
            log.warning(
                "Calls are paused until %s: TikHub answered 429 and asked for it. All workers wait and then go on by "
                "themselves. If this is frequent, lower TIKHUB_RATE_PER_SECOND. To go on at once, set paused_until in the table "
                "rate_limits to '-infinity'.",
                limit["paused_until"].astimezone(UTC).strftime("%H:%M:%S UTC"),
            )

    def _when(self, turn: database.Row, asked: float, told: float) -> float:
        """When a turn comes by this process's clock, also when its answer was noticed late."""
        self._ahead.append(told - turn["server_seconds"])
        due = turn["server_seconds"] + min(self._ahead) + turn["wait_seconds"]
        # The server answered between these two, whatever its clock says.
        return min(max(due, asked + turn["wait_seconds"]), told + turn["wait_seconds"])


class _Promises:
    """Notices when turns are promised twice: the server's clock was set forward, or the server lost what it had promised.

    The server answers between `asked` and `told`. From these two follow, on this process's clock, the earliest and the
    latest moment at which the server's clock was zero, and of the turn. An answer that has either earlier than an answer
    before it allows contradicts that one.
    """

    def __init__(self) -> None:
        self._zero_from = self._turn_from = self._told = float("-inf")

    def overlap(self, turn: database.Row, asked: float, told: float) -> bool:
        """Whether this answer contradicts those before it. The next ones are compared with this one."""
        drift = MOST_DRIFT * (told - self._told)
        zero_from, zero_to = (moment - turn["server_seconds"] for moment in (asked, told))
        contradicts = zero_to < self._zero_from - drift - NOT_A_STEP_SECONDS
        self._zero_from = zero_from if contradicts else max(zero_from, self._zero_from - drift)
        if turn["granted"]:
            contradicts |= told + turn["wait_seconds"] < self._turn_from - NOT_A_STEP_SECONDS
            self._turn_from = asked + turn["wait_seconds"]
        self._told = told
        return contradicts
