"""Takes today's snapshot of one batch of the roster: threads call, one thread writes, a chunk in each transaction."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg

from include import database
from include.calls.desk import Desk
from include.calls.ledger import Forgotten, withdraw_answers
from include.calls.look_up import Failure, LookUp, Measured, Wanted, read_stored
from include.calls.sigterm import DRAIN_SECONDS as LAST_DRAIN_SECONDS
from include.calls.sigterm import ToldToEnd
from include.comets import contacts, roster, snapshots
from include.comets.roster import Batch
from include.comets.run import Run
from include.tikhub import endpoints
from include.tikhub.models import Absent, Profile

CHUNK = 50
CHUNK_SECONDS = 5.0
LEASE_SECONDS = 60.0
DRAIN_SECONDS = 30.0
WAIT_SECONDS = 2.0
LINE_EACH_UP_TO = 100
# An answer that kills the worker (a bug in native code, memory) would kill every retry. A creator whose look-up was under way
# when a worker died is asked alone, after all others, from the second death on, and from the fifth not again that day: Airflow
# tries six times, so its last try ends well.
ALONE_AFTER = 2
NEVER_AFTER = 5
PROGRESS_SECONDS = 30.0
log = logging.getLogger(__name__)


class Fenced(RuntimeError):
    """Another worker took this batch over while this one was silent: nothing may be written any more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a batch, for LEASE_SECONDS after each renewal."""

    batch: int
    owner: str
    fence: int


def roll_call(desk: Desk[Run], batch: Batch, threads: int) -> dict[str, int]:
    """Measure everybody of `batch` who is not measured yet; returns the batch's counts as the database has them then.

    A retry, or another run of the same day, goes on with the rest. Raises Fenced, a
    TikHubError that ends the run, or DatabaseUnavailable; what had been answered is stored first.
    """
    lease = _take(desk, batch)
    if lease is None:
        log.info("Batch %s was done by another run of the day.", batch["batch"])
        return _count(desk, batch)
    if batch["first"] == 1:
        log_skipped(desk)
    work = _Work(desk, lease, batch)
    try:
        work.go_through(threads)
    except Fenced:
        raise
    except BaseException:
        work.close(is_done=False)
        raise
    work.close(is_done=True)
    return _count(desk, batch)


def log_skipped(desk: Desk[Run]) -> None:
    """Name whom discovery measured today already; a long list is only counted."""
    rows = desk.database.rows("comets/read_skipped", {"day": desk.run.day})
    if len(rows) > LINE_EACH_UP_TO:
        log.info("⏭️ Skipped: %s creators (already updated from trending)", f"{len(rows):,}")
        return
    for row in rows:
        log.info("⏭️ Skipped: @%s (already updated from trending)", row["handle"])


def rehearse(desk: Desk[Run], batch: Batch, threads: int) -> dict[str, int]:
    """A dry run's roll call: fetch and judge, write nothing but the ledger."""
    rows = desk.database.run(lambda connection: roster.preview_creators(connection, desk.run))
    wanted = {row["user_id"]: Wanted(**row) for row in rows[batch["first"] - 1 : batch["last"]]}
    counts: Counter[str] = Counter()
    if desk.run.is_replay:
        return dict(_rehearsed(desk, _stored(desk, wanted)))
    look_up = desk.look_up(threads)
    look_up.add(wanted.values())
    try:
        while look_up.unfinished:
            arrived = look_up.results(1.0)
            _settle_now(desk, arrived)
            desk.database.run(desk.ledger.extend)
            counts += _rehearsed(desk, arrived)
    finally:
        _settle_now(desk, look_up.stop(DRAIN_SECONDS))
    return dict(counts)


def _rehearsed(desk: Desk[Run], measured: Sequence[Measured]) -> Counter[str]:
    """The outcomes as they would be; a fall is suspect in a dry run as well."""
    counts = Counter(_outcome(each)[0] for each in measured)
    found = [each.result for each in measured if isinstance(each.result, Profile)]
    parameters = {"day": desk.run.day, **database.columns(found, user_ids="user_id", followers="followers")}
    falls = desk.database.rows("comets/preview_falls", parameters)
    if falls:
        counts.update(updated=-len(falls), suspect=len(falls))
    return counts


def _take(desk: Desk[Run], batch: Batch) -> Lease | None:
    """Wait until the batch is free (None: it was done meanwhile). A dead holder's lease ends by itself."""
    owner = uuid4().hex
    parameters = {"day": desk.run.day, "batch": batch["batch"], "owner": owner, "seconds": LEASE_SECONDS}
    has_waited = False
    while True:
        if has_waited:
            state = desk.database.rows("comets/read_batch_state", parameters)
            if not state or state[0]["is_done"]:
                return None
        taken = desk.database.rows("comets/lease_batch", parameters)
        if taken:
            return Lease(batch["batch"], owner, taken[0]["fence"])
        if not has_waited:
            log.info("Batch %s is being worked on by another run of the day; waiting for it.", batch["batch"])
        has_waited = True
        time.sleep(WAIT_SECONDS)


def _count(desk: Desk[Run], batch: Batch) -> dict[str, int]:
    parameters = {"day": desk.run.day, "batch": batch["batch"]}
    return desk.database.one("comets/count_batch", parameters)


class _Work:
    """One lease's work: results are gathered into chunks and written by this one thread."""

    def __init__(self, desk: Desk[Run], lease: Lease, batch: Batch) -> None:
        self._desk = desk
        self._run = desk.run
        self._lease = lease
        self._chunk: list[Measured] = []
        self._written: list[Measured] = []  # the chunk before
        self._flushed_at = time.monotonic()
        self._progress = _Progress(batch)

    def go_through(self, threads: int) -> None:
        parameters = {"day": self._run.day, "batch": self._lease.batch}
        rows = self._desk.database.rows("comets/read_open_creators", parameters)
        deaths = {Wanted(**row): died for row in rows for died in [row.pop("begun_in_vain")]}
        self._progress.begin(len(deaths))
        if self._run.is_replay:
            self._replay(list(deaths))
            return
        look_up = self._desk.look_up(threads)
        look_up.add(wanted for wanted, died in deaths.items() if died < ALONE_AFTER)
        try:
            self._measure(look_up)
            self._measure_alone(look_up, {wanted: died for wanted, died in deaths.items() if died >= ALONE_AFTER})
        finally:
            # Also when the task is told to end: what was paid for is written first.
            is_short = self._desk.told_to_end.is_set()
            known = {id(measured) for measured in (*self._written, *self._chunk)}
            last = look_up.stop(LAST_DRAIN_SECONDS if is_short else DRAIN_SECONDS)
            self._chunk.extend(measured for measured in last if id(measured) not in known)
            try:
                self._flush()
            except Fenced:
                # The batch is somebody else's; the answers are everybody's, and nobody has to pay for them again.
                _settle_now(self._desk, self._chunk)
                raise

    def close(self, *, is_done: bool) -> None:
        parameters = {
            "day": self._run.day,
            "batch": self._lease.batch,
            "owner": self._lease.owner,
            "fence": self._lease.fence,
            "is_done": is_done,
        }
        self._desk.database.rows("comets/close_batch", parameters)

    def _measure(self, look_up: LookUp) -> None:
        while look_up.unfinished:
            self._chunk.extend(look_up.results(1.0))
            if self._desk.told_to_end.is_set():
                self._flush()  # at once: waiting for the calls under way may take all the time there is
                raise ToldToEnd
            if len(self._chunk) >= CHUNK or time.monotonic() - self._flushed_at >= CHUNK_SECONDS:
                self._flush()

    def _measure_alone(self, look_up: LookUp, deaths: Mapping[Wanted, int]) -> None:
        for wanted, died in sorted(deaths.items(), key=lambda item: item[1]):
            self._flush()  # so that a death costs nobody else's answer
            if died >= NEVER_AFTER:
                reason = f"{died} workers died with this look-up under way: not asked again today"
                self._chunk.append(Measured(wanted, Failure(reason), None, None, time.monotonic()))
                continue
            look_up.add([wanted])
            self._measure(look_up)

    def _replay(self, wanted: Sequence[Wanted]) -> None:
        for start in range(0, len(wanted), CHUNK * 20):
            block = {each.user_id: each for each in wanted[start : start + CHUNK * 20]}
            self._chunk = _stored(self._desk, block)
            self._flush()

    def _flush(self) -> None:
        """Write the chunk, renew the lease and the claims. Lines are logged once the chunk is safe."""
        self._flushed_at = time.monotonic()
        chunk = self._chunk
        written = self._write(chunk)
        # Only now: what an error or Ctrl-C leaves unwritten is written when the batch is let go.
        self._written, self._chunk = chunk, []
        for lines in written:
            self._progress.log(lines)

    def _write(self, chunk: Sequence[Measured]) -> list[list[_Line]]:
        """One transaction; when one creator's data make it fail, halves are tried, so that it costs no other theirs."""
        try:
            return [self._desk.database.run_pipelined(lambda connection: self._write_all(connection, chunk))]
        except database.REFUSED as error:
            if len(chunk) > 1:
                middle = len(chunk) // 2
                return self._write(chunk[:middle]) + self._write(chunk[middle:])
            reason = f"the database refused the profile: {(error.diag.message_primary or 'data error')}"
            refused = Measured(chunk[0].wanted, Failure(reason), chunk[0].call, chunk[0].answered_at, chunk[0].arrived)
            return [self._desk.database.run_pipelined(lambda connection: self._write_all(connection, [refused]))]

    def _write_all(self, connection: psycopg.Connection[Any], chunk: Sequence[Measured]) -> list[_Line]:
        """Write a chunk, waiting for the database three times: to read what the rows need, to write them, and for the COMMIT."""
        forgotten = Forgotten(connection)  # first: it may have to wait for an erasure, which may want any row
        renewed = self._renew(connection)
        if not chunk:
            _refuse_if_fenced(renewed(), self._lease)
            self._desk.ledger.extend(connection)
            return []
        user_ids = [measured.wanted.user_id for measured in chunk]
        present = database.send(connection, "comets/lock_creators", {"user_ids": user_ids})
        now = self._desk.now(connection)
        _refuse_if_fenced(renewed(), self._lease)
        on_roster = {row["user_id"] for row in present()}
        # Ledger and snapshot say the very same moment, so that a replay writes what the live run wrote.
        moments = [measured.moment(now) for measured in chunk]
        kept = [(each, at) for each, at in zip(chunk, moments, strict=True) if each.wanted.user_id in on_roster]
        stored = _send_profiles(connection, self._run, kept)
        missed = _send_misses(connection, self._run, [each for each, _ in kept])
        _settle(self._desk, connection, chunk, moments, forgotten)
        _withdraw(connection, self._run, chunk)
        self._desk.ledger.extend(connection)
        return stored() + missed

    def _renew(self, connection: psycopg.Connection[Any]) -> database.Answer:
        parameters = {
            "day": self._run.day,
            "batch": self._lease.batch,
            "owner": self._lease.owner,
            "fence": self._lease.fence,
            "seconds": LEASE_SECONDS,
        }
        return database.send(connection, "comets/renew_lease", parameters)


def _refuse_if_fenced(renewed: Sequence[database.Row], lease: Lease) -> None:
    if not renewed:
        raise Fenced(
            f"Batch {lease.batch} was taken over by another worker while this one was silent for more than "
            f"{LEASE_SECONDS:.0f} s. Nothing is lost: the other one goes on."
        )


@dataclass(frozen=True, slots=True)
class _Line:
    outcome: str
    text: Callable[[], str]  # most lines of a large batch are only counted


def _send_profiles(
    connection: psycopg.Connection[Any], run: Run, measured: Sequence[tuple[Measured, Any]]
) -> Callable[[], list[_Line]]:
    """Send snapshots and who their creators are; the function that is returned waits for it, and gives the lines."""
    found = [(each.result, at) for each, at in measured if isinstance(each.result, Profile)]
    if not found:
        return list
    profiles = {profile.user_id: profile for profile, _ in found}
    sent = snapshots.send(
        connection,
        run.day,
        "replay" if run.is_replay else "roll_call",
        [
            snapshots.Snapshot(profile.user_id, profile.followers, profile.hearts, profile.videos, at, None)
            for profile, at in found
        ],
    )
    database.send(
        connection,
        "comets/refresh_creators",
        {
            "day": run.day,
            **roster.identity_columns(profile for profile, _ in found),
            "statuses": ["private" if profile.is_private else "active" for profile, _ in found],
            "seen_at": [at for _, at in found],
        },
    )
    contacts.send(connection, found)

    def lines() -> list[_Line]:
        return [_line_for(profiles[row["user_id"]], row) for row in sent()]

    return lines


def _line_for(profile: Profile, stored: database.Row) -> _Line:
    if stored["outcome"] == "suspect":
        return _Line("suspect", lambda: snapshots.suspect_line(profile.handle, profile.followers, stored))
    return _Line(
        "updated",
        lambda: (
            f"✅ Updated: @{profile.handle} {stored['follower_count']:,} followers ({snapshots.growth_text(stored)})"
        ),
    )


def _send_misses(connection: psycopg.Connection[Any], run: Run, chunk: Sequence[Measured]) -> list[_Line]:
    missed = [(each, *_outcome(each)) for each in chunk]
    missed = [
        (each, outcome, reason)
        for each, outcome, reason in missed
        if outcome in {"failed", "gone", "private", "banned", "doubted"}
    ]
    snapshots.record_misses(
        connection,
        run,
        [each.wanted.user_id for each, _, _ in missed],
        [outcome for _, outcome, _ in missed],
        [reason for _, _, reason in missed],
    )
    return [
        _Line(outcome, partial("❌ Failed: @{} {}".format, each.wanted.handle or each.wanted.user_id, reason))
        for each, outcome, reason in missed
    ]


def _outcome(measured: Measured) -> tuple[str, str]:
    """updated, gone, private, banned, failed, doubted, budget or not_asked; and the reason in words."""
    result = measured.result
    if isinstance(result, Profile):
        return "updated", ""
    if isinstance(result, Absent):
        return result.reason, f"{result.reason} ({result.detail})"
    return result.kind, result.reason


def _settle(
    desk: Desk[Run],
    connection: psycopg.Connection[Any],
    chunk: Sequence[Measured],
    moments: Sequence[datetime],
    forgotten: Forgotten,
) -> None:
    called = [(each.call, at) for each, at in zip(chunk, moments, strict=True) if each.call is not None]
    desk.ledger.settle(
        connection, endpoints.USER_PROFILE, [call for call, _ in called], [at for _, at in called], forgotten
    )


def _withdraw(connection: psycopg.Connection[Any], run: Run, chunk: Sequence[Measured]) -> None:
    """Take absences that are not believed out of the day's ledger, so that these creators are asked again."""
    doubted = [
        each.wanted.user_id
        for each in chunk
        if each.call is None and isinstance(each.result, Failure) and each.result.kind == "doubted"
    ]
    if doubted:
        withdraw_answers(connection, run.day, endpoints.USER_PROFILE, doubted)


def _settle_now(desk: Desk[Run], chunk: Sequence[Measured]) -> None:
    def write(connection: psycopg.Connection[Any]) -> None:
        forgotten = Forgotten(connection)
        now = desk.now(connection)
        _settle(desk, connection, chunk, [measured.moment(now) for measured in chunk], forgotten)

    desk.database.run_pipelined(write)


def _stored(desk: Desk[Run], wanted: Mapping[str, Wanted]) -> list[Measured]:
    """The look-ups of the day whose answers can still be read; `wanted` by user id."""
    answers = desk.stored(endpoints.USER_PROFILE, list(wanted))
    return [read_stored(wanted[answer.subject], answer) for answer in answers]


class _Progress:
    """A line for each creator of a small batch, a line now and then for a large one."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._total = 0
        self._counts: dict[str, int] = {}
        self._began = self._last = time.monotonic()

    def begin(self, total: int) -> None:
        self._total = total
        planned = self._batch["last"] - self._batch["first"] + 1
        log.info(
            "Creators %s to %s of the plan: %s to measure, %s measured already.",
            f"{self._batch['first']:,}",
            f"{self._batch['last']:,}",
            f"{total:,}",
            f"{planned - total:,}",
        )

    def log(self, lines: Sequence[_Line]) -> None:
        for line in lines:
            self._counts[line.outcome] = self._counts.get(line.outcome, 0) + 1
            if self._total <= LINE_EACH_UP_TO:
                log.info("%s", line.text())
        if self._total > LINE_EACH_UP_TO and time.monotonic() - self._last >= PROGRESS_SECONDS:
            self._last = time.monotonic()
            self._log_progress()

    def _log_progress(self) -> None:
        done = sum(self._counts.values())
        rate = done / max(time.monotonic() - self._began, 0.001)
        minutes_left = (self._total - done) / rate / 60 if rate else 0.0
        log.info(
            "%s of %s: %s measured, %s failed, %.1f a second, about %.0f min left",
            f"{done:,}",
            f"{self._total:,}",
            f"{self._counts.get('updated', 0):,}",
            f"{done - self._counts.get('updated', 0):,}",
            rate,
            minutes_left,
        )
