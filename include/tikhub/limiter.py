"""The shared rate limit, as a gate in front of the client: every attempt of every worker waits for its turn here."""

from __future__ import annotations

import threading
import time
from collections import deque

import psycopg

from include import database
from include.tikhub.errors import BudgetSpent, Permanent, RunStopped

LIMIT = "tikhub"  # the vendor counts calls per key, whatever the endpoint
MARGIN = 0.96  # of the limit: what is left makes up for calls that are not on time to the millisecond
LOOK_AGAIN_SECONDS = 15.0  # during a long pause: a person may have ended it
# A turn noticed later than this has passed: a busy machine stops a process for a moment, and then all of its threads would
# call at once. With calls up to L late, n turns in a row can fall into 1 + L seconds: (1 + L) · 0.96 < 1 keeps them to the
# limit at any rate. L is 41 ms: these 15 here, and the rest for what the way to the vendor takes longer at one time than another.
LATE_SECONDS = 0.015
QUEUE_SECONDS = 1.0  # a short queue keeps the calls that are already promised few when a pause begins


class Closing(Permanent):
    """The task is ending: this call was not made."""


def set_rate(connection: psycopg.Connection, calls_per_second: float) -> None:
    """Make `calls_per_second` the vendor's limit for all workers; the pace kept is a little below it."""
    seconds = 1 / (calls_per_second * MARGIN)
    connection.execute(database.statement("tikhub/set_rate"), {"name": LIMIT, "seconds": seconds})


class DayOver(BudgetSpent):
    """The day that was to be measured has ended: what is asked from now on is another day's."""


class SharedGate:
    """Lets one call pass whenever its turn has come, for all threads of this process.

    Raises BudgetSpent when the run has no calls left (or discovery none, so that the roll call keeps its share),
    RunStopped when another task of the run met a refused key or an empty balance, and Closing after `close`.
    """

    def __init__(self, connections: database.Database, run_id: str, *, for_discovery: bool) -> None:
        self._database = connections
        self._parameters = {
            "name": LIMIT,
            "run_id": run_id,
            "max_wait": QUEUE_SECONDS,
            "for_discovery": for_discovery,
        }
        self._one_at_a_time = threading.Lock()  # on the connection
        self._first_in_line = threading.Lock()  # only one thread asks again while the queue is full
        self._closing = threading.Event()
        self._closes_at = float("inf")
        # By how much this process's clock was ahead of the server's when answers came. All came late, the least late say it.
        self._ahead: deque[float] = deque(maxlen=64)
        self.seconds_waited = 0.0

    def wait_turn(self) -> None:
        began = time.monotonic()
        try:
            self._wait()
        finally:
            self.seconds_waited += time.monotonic() - began

    def pause(self, seconds: float) -> None:
        with self._one_at_a_time:
            self._database.repeatedly(
                lambda connection: database.rows(connection, "tikhub/pause_turns", {"name": LIMIT, "seconds": seconds})
            )

    def close_in(self, seconds: float) -> None:
        """Let calls begin for so many seconds more; then all get DayOver."""
        self._closes_at = time.monotonic() + seconds

    def close(self) -> None:
        """Let nobody pass any more; who waits gets Closing at once."""
        self._closing.set()

    def _wait(self) -> None:
        while True:
            with self._first_in_line:
                due = self._reserve()
            if self._closing.wait(max(0.0, due - time.monotonic())):
                raise Closing("the task is ending")
            if time.monotonic() - due <= LATE_SECONDS:
                return
            self._give_back()

    def _give_back(self) -> None:
        """Once at the most, also when the database fails in passing: one time too many would be a call over the budget."""
        is_first = iter([True])

        def work(connection: psycopg.Connection) -> None:
            if next(is_first, False):
                database.rows(connection, "tikhub/return_turn", self._parameters)

        with self._one_at_a_time:
            self._database.repeatedly(work)

    def _reserve(self) -> float:
        """When, by the monotonic clock, a turn comes that is this call's."""
        while not self._closing.is_set():
            with self._one_at_a_time:
                asked = time.monotonic()
                turn = self._database.repeatedly(
                    lambda connection: database.one(connection, "tikhub/take_turn", self._parameters)
                )
                due = self._when(turn, asked, time.monotonic())
            if due >= self._closes_at:
                raise DayOver("not measured: the day ended before its turn came")
            if turn["refusal"] == "budget":
                raise BudgetSpent("not measured: budget")
            if turn["refusal"]:
                raise RunStopped(f"another task of this run stopped all calls: {turn['refusal']}")
            if turn["granted"]:
                return due
            self._closing.wait(min(turn["wait_seconds"], LOOK_AGAIN_SECONDS))
        raise Closing("the task is ending")

    def _when(self, turn: database.Row, asked: float, told: float) -> float:
        """The moment of a turn on this process's clock, though its busy threads may have noticed the answer late."""
        self._ahead.append(told - turn["server_seconds"])
        due = turn["server_seconds"] + min(self._ahead) + turn["wait_seconds"]
        # The server answered in between, whatever becomes of its clock.
        return min(max(due, asked + turn["wait_seconds"]), told + turn["wait_seconds"])
