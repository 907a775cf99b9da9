"""The ledger of API calls: claims a request before it is made, and keeps its answer, so that nothing is paid twice."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import psycopg

from include import database
from include.erasure import forgotten as erasure
from include.erasure.traces import Traces, user_ids_in, without
from include.tikhub.endpoints import SIMILAR_USERS, USER_PROFILE, USER_VIDEOS
from include.vendors.errors import CallFailed, NotFound, UnexpectedAnswer
from include.vendors.models import Attempt, Reply

ABOUT_ONE = frozenset({USER_PROFILE, USER_VIDEOS, SIMILAR_USERS})  # the subject of such a request is a person's id
CLAIM_SECONDS = 120.0  # longer than a call may take; a claim of a dead worker is free again after it


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as every line of the ledger says it."""

    day: date
    pipeline: str
    run_id: str
    task_id: str
    map_index: int = -1
    keyword: str | None = None


@dataclass(frozen=True)
class StoredAnswer:
    """An answer that was paid for. `data` is None when its outcome says all (not_found) or retention has ended."""

    subject: str
    outcome: str
    answered_at: datetime
    packed: bytes | None

    @classmethod
    def from_row(cls, row: database.Row) -> StoredAnswer:
        """Of a row of the ledger; one that holds an answer and names no outcome was answered."""
        return cls(row["subject"], row.get("outcome", "answered"), row["answered_at"], row["answer"])

    @property
    def is_kept(self) -> bool:
        """Whether it can still be read: retention empties answers, and needs to keep nothing of who was not found."""
        return self.packed is not None or self.outcome != "answered"

    @cached_property
    def data(self) -> Any:
        return None if self.packed is None else _unpack(self.packed)


@dataclass(frozen=True, slots=True)
class Claim:
    """`claimed`: call now. `busy`: somebody else is calling. `answered`: here is the answer."""

    subject: str
    state: Literal["claimed", "busy", "answered"]
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True)
class EndedCall:
    """How a claimed request ended: the last attempt settles the claim, those before it are lines of their own."""

    subject: str
    attempts: tuple[Attempt, ...]
    outcome: str
    is_answer: bool
    packed: bytes | None = None


class _Line(NamedTuple):
    """One line of the ledger to be written: the attempt that settles a claim, or one before it."""

    subject: str
    is_final: bool
    outcome: str
    is_answer: bool
    number: int
    attempt: Attempt
    packed: bytes | None
    answered_at: datetime | None


def ended_well(subject: str, reply: Reply) -> EndedCall:
    return EndedCall(subject, reply.attempts, "answered", True, _pack(reply.data))


def ended_badly(subject: str, error: CallFailed) -> EndedCall:
    """A failure is no answer, so that the next try asks again; that there is no such creator is one."""
    if isinstance(error, NotFound):
        return EndedCall(subject, error.attempts, "not_found", not error.route_missing)
    outcome = error.attempts[-1].outcome if error.attempts else "not_called"
    return EndedCall(subject, error.attempts, "unreadable" if isinstance(error, UnexpectedAnswer) else outcome, False)


class Forgotten:
    """Who was forgotten, for one transaction: no erasure begins or ends in it from here on.

    Made early and asked late, it costs a pipelined transaction no wait of its own.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        erasure.share(connection)
        self._connection = connection
        self._marks = database.send(connection, "erasure/read_key_marks")

    def among(self, user_ids: Iterable[str]) -> frozenset[str]:
        """Those about whom nothing may be stored. Asked once. Raises ErasureKeyMissing (see `erasure`)."""
        return erasure.forgotten_among(self._connection, user_ids) if self._marks() else frozenset()


class Ledger:
    """The ledger as one task sees it. Every method works inside the caller's connection and transaction."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.owner = uuid4().hex
        self.answered_from_ledger = 0

    def claim(self, connection: psycopg.Connection[Any], endpoint: str, subjects: Sequence[str]) -> list[Claim]:
        """Claim requests of the caller's day. Claims are held for CLAIM_SECONDS unless extended.

        About a person who was forgotten nothing is asked: the answer is that there is no such creator.
        """
        forgotten = Forgotten(connection).among(subjects if endpoint in ABOUT_ONE else ())
        parameters = {
            **self._who(),
            "endpoint": endpoint,
            "subjects": [subject for subject in subjects if subject not in forgotten],
            "seconds": CLAIM_SECONDS,
        }
        claims = [
            Claim(row["subject"], row["state"], StoredAnswer.from_row(row) if row["state"] == "answered" else None)
            for row in database.rows(connection, "calls/claim_calls", parameters)
        ]
        self.answered_from_ledger += sum(claim.state == "answered" for claim in claims)
        return claims + [Claim(subject, "answered", _nobody(subject)) for subject in sorted(forgotten)]

    def read(self, connection: psycopg.Connection[Any], endpoint: str, subjects: Sequence[str]) -> list[StoredAnswer]:
        """Answers already there, claiming nothing: all a replay ever does."""
        answers = read_answers(connection, self.caller.day, endpoint, subjects)
        self.answered_from_ledger += len(answers)
        return answers

    def read_latest(
        self, connection: psycopg.Connection[Any], endpoint: str, subjects: Sequence[str], days: int
    ) -> dict[str, tuple[date, StoredAnswer]]:
        """As `read`, of the caller's day and so many days before it: by subject the latest, and the day it is of."""
        last = self.caller.day
        answers = read_latest_answers(connection, last - timedelta(days=days), last, endpoint, subjects)
        self.answered_from_ledger += len(answers)
        return answers

    def extend(self, connection: psycopg.Connection[Any]) -> None:
        """Keep this task's claims for another CLAIM_SECONDS."""
        parameters = {"day": self.caller.day, "owner": self.owner, "seconds": CLAIM_SECONDS}
        database.send(connection, "calls/extend_claims", parameters)

    def release(self, connection: psycopg.Connection[Any], endpoint: str, subjects: Iterable[str]) -> None:
        """Give back claims for which nothing was asked."""
        parameters = {
            "day": self.caller.day,
            "endpoint": endpoint,
            "owner": self.owner,
            "subjects": sorted(subjects),
        }
        if parameters["subjects"]:
            database.send(connection, "calls/release_claims", parameters)

    def settle(
        self,
        connection: psycopg.Connection[Any],
        endpoint: str,
        ended: Sequence[EndedCall],
        answered_at: Sequence[datetime],
        forgotten: Forgotten | None = None,
    ) -> None:
        """Write bill, outcome and answer of claimed calls; `answered_at` is parallel to `ended`.

        Done twice, it writes and bills once. An answer whose claim is somebody else's by now is billed, not kept.
        `forgotten` is for who has asked the database for it before, in the same transaction.
        """
        called = [(call, at) for call, at in zip(ended, answered_at, strict=True) if call.attempts]
        self.release(connection, endpoint, [call.subject for call in ended if not call.attempts])
        if not called:
            return
        kept = _without_forgotten(forgotten or Forgotten(connection), endpoint, [call for call, _ in called])
        called = [(call, at) for call, (_, at) in zip(kept, called, strict=True)]
        # One line per attempt: those that a request was not content with may be billed as well.
        earlier = [
            _Line(call.subject, False, attempt.outcome, False, number, attempt, None, at if attempt.billed else None)
            for call, at in called
            for number, attempt in enumerate(call.attempts[:-1], start=1)
        ]
        lines = earlier + [
            _Line(
                call.subject, True, call.outcome, call.is_answer, len(call.attempts), call.attempts[-1], call.packed, at
            )
            for call, at in called
        ]
        parameters = {
            **self._who(),
            "endpoint": endpoint,
            **database.columns(
                lines,
                subjects="subject",
                finals="is_final",
                outcomes="outcome",
                holds="is_answer",
                statuses="attempt.http_status",
                billed="attempt.billed",
                latencies="attempt.latency_ms",
                attempts="number",
                errors="attempt.error",
                answers="packed",
                called_at="attempt.started_at",
                answered_at="answered_at",
            ),
        }
        database.send(connection, "calls/settle_calls", parameters)

    def _who(self) -> dict[str, Any]:
        return {
            "day": self.caller.day,
            "owner": self.owner,
            "pipeline": self.caller.pipeline,
            "run_id": self.caller.run_id,
            "task_id": self.caller.task_id,
            "map_index": self.caller.map_index,
            "keyword": self.caller.keyword,
        }


def read_answers(
    connection: psycopg.Connection[Any], day: date, endpoint: str, subjects: Iterable[str]
) -> list[StoredAnswer]:
    """The answers of a day to these requests, as far as there are any that can still be read."""
    parameters = {"day": day, "endpoint": endpoint, "subjects": list(subjects)}
    answers = [StoredAnswer.from_row(row) for row in database.rows(connection, "calls/read_answers", parameters)]
    return [answer for answer in answers if answer.is_kept]


def read_latest_answers(
    connection: psycopg.Connection[Any], first_day: date, last_day: date, endpoint: str, subjects: Iterable[str]
) -> dict[str, tuple[date, StoredAnswer]]:
    """By subject the latest answer of these days that can still be read, and the day it is of."""
    parameters = {"first_day": first_day, "last_day": last_day, "endpoint": endpoint, "subjects": list(subjects)}
    rows = database.rows(connection, "calls/read_latest_answers", parameters)
    return {row["subject"]: (row["day"], StoredAnswer.from_row(row)) for row in rows}


def withdraw_answers(
    connection: psycopg.Connection[Any],
    day: date,
    endpoint: str,
    subjects: Sequence[str],
    *,
    outcome: str | None = None,
) -> database.Answer:
    """Answers of `day` that turned out to be none: they are asked for again. What they cost stays in the ledger.

    `outcome` is what they turned out to be, where they are no answers at all.
    """
    parameters = {"day": day, "endpoint": endpoint, "subjects": list(subjects), "outcome": outcome}
    return database.send(connection, "calls/withdraw_answers", parameters)


def stripped(packed: bytes, traces: Traces) -> bytes:
    """A stored answer without these people; the very same bytes when they are not in it."""
    document = zlib.decompress(packed)
    if not traces.may_be_in(document):
        return packed
    data = json.loads(document)
    kept = without(data, traces)
    return packed if kept == data else _pack(kept)


def _without_forgotten(people: Forgotten, endpoint: str, ended: Sequence[EndedCall]) -> list[EndedCall]:
    """What may be stored of these calls: of people who were forgotten nothing but the bill."""
    subjects = {call.subject for call in ended} if endpoint in ABOUT_ONE else set()
    # A profile is about one person; in every other answer are more. Read only when somebody was forgotten at all.
    packed = (call.packed for call in ended if call.packed and endpoint != USER_PROFILE)
    forgotten = people.among(chain(subjects, (user_id for each in packed for user_id in user_ids_in(_unpack(each)))))
    if not forgotten:
        return list(ended)
    return [
        replace(call, subject=erasure.ERASED, is_answer=False, packed=None, attempts=_untold(call.attempts))
        if call.subject in subjects & forgotten
        else replace(call, packed=stripped(call.packed, Traces(forgotten)))
        if call.packed and endpoint != USER_PROFILE
        else call
        for call in ended
    ]


def _untold(attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    return tuple(replace(attempt, error=None) for attempt in attempts)


def _nobody(subject: str) -> StoredAnswer:
    return StoredAnswer(subject, "not_found", datetime.now(UTC), None)


def _unpack(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))


def _pack(data: Any) -> bytes:
    # ASCII JSON carries even broken Unicode; level 6 makes 9 kB of profile about 2 kB in a tenth of a millisecond.
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode("ascii"), 6)
