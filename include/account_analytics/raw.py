"""The step `to_raw`: the rows of a report as lines of JSON, every value as the text it came in. Streaming.

Names and types come later, from these lines: changed rules need no file again.
"""

from __future__ import annotations

import json
import logging
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include import database
from include.account_analytics import accounts, exports, outcomes, places, questions
from include.account_analytics.facts import NameFacts, Refused
from include.account_analytics.looking import Books, Report, report_of
from include.account_analytics.outcomes import Outcome
from include.account_analytics.reading.containers import MemberFile, open_export
from include.account_analytics.reading.plain import NotPlain, frames, may_be_plain
from include.account_analytics.reading.tables import read_table
from include.account_analytics.rows import as_jsonb
from include.account_analytics.run import Run
from include.database import Database, Row
from include.lake import Lake

if TYPE_CHECKING:
    import polars as pl

STEP = "to_raw"
HOURS, FURTHEST_AHEAD = 24, 14
TOGETHER, BYTES_TOGETHER = 64, 16 << 20  # reports that are entered together, and the bytes of their lines
# SHA-256 of the file, name of the report in it, and the edition of the rules by which this run's `land` read it to its end.
Member = tuple[str, str, str | None]
# Follower activity is read again: what it shows of the account's zone is in no row.
READ_AGAIN = frozenset({"follower_activity"})
log = logging.getLogger(__name__)


class ReportsFailed(RuntimeError):
    """Some reports of a batch could not be read; the message names them, the others are done."""


class Changed(RuntimeError):
    """A report was put to another account while it was read: trying again reads it there."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A report that is read: its lines lie in a file of this machine, on their way to `key` of the lake.

    `said` is what its row says of it from now on; `zone` what its hours say of the account's zone.
    """

    row: Row
    path: Path
    key: str
    count: int
    said: Mapping[str, Any]
    zone: Mapping[str, Any] | None
    started: Mapping[str, Any]


@dataclass(slots=True)
class _Step:
    """What is done with the reports of a batch: some of them wait to be entered together, some failed."""

    store: Database
    lake: Lake
    run: Run
    folder: Path
    waiting: list[_Read] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    rows: int = 0

    def add(self, read: _Read) -> None:
        """It is entered with the next ones: never two that lie in the same place."""
        if any(read.key == each.key for each in self.waiting):
            self.enter()
        self.waiting.append(read)
        if len(self.waiting) >= TOGETHER or sum(each.path.stat().st_size for each in self.waiting) >= BYTES_TOGETHER:
            self.enter()

    def enter(self) -> None:
        """Enter those that wait; where that fails, each by itself, so that only what is wrong is left out."""
        reads, self.waiting = self.waiting, []
        try:
            _keep(self, reads)
        except Exception as error:  # noqa: BLE001 - see the list in test_architecture
            for each in reads:
                if len(reads) == 1:
                    self.fail(each.row, error)
                else:
                    self.waiting = [each]
                    self.enter()
        for each in reads:
            each.path.unlink(missing_ok=True)

    def fail(self, row: Row, error: Exception) -> None:
        """Name it, unless it is gone."""
        if not _is_there(self.store, row):
            log.info("A report of this batch is gone: it was forgotten while it was read.")
            return
        self.failed.append(f"{row['member']} in {row['export_name']}: {type(error).__name__}: {error}")
        log.error("%s", self.failed[-1])
        outcome = Outcome(**_started(row), result="failed", reason=self.failed[-1])
        self.store.run(partial(outcomes.save, run_id=self.run.run_id, outcomes=[outcome]))


def to_raw(store: Database, lake: Lake, run: Run, members: Sequence[Member]) -> int:
    """Read these reports; returns the rows written. One that fails keeps no other from being read. Raises ReportsFailed."""
    books = Books.load(store.run(questions.answers))
    read_by = {(export_sha256, name): edition for export_sha256, name, edition in members}
    sums = sorted({export_sha256 for export_sha256, _ in read_by})
    known = store.run(partial(exports.members, sums=sums))
    with tempfile.TemporaryDirectory(prefix="cometwatch-raw-") as folder:
        step = _Step(store, lake, run, Path(folder))
        try:
            for _, rows in groupby(known, key=lambda row: row["export_sha256"]):
                listed = [row for row in rows if (row["export_sha256"], row["member"]) in read_by]
                if listed:
                    _read_export(step, books, listed, read_by)
        except Exception:  # a file that cannot be opened: what is read is entered all the same
            step.enter()
            raise
        step.enter()
    if step.failed:
        raise ReportsFailed(f"{len(step.failed)} of {len(members)} reports could not be read: {'; '.join(step.failed)}")
    return step.rows


def _read_export(
    step: _Step, books: Books, listed: Sequence[Row], read_by: Mapping[tuple[str, str], str | None]
) -> None:
    edition = books.edition
    with ExitStack() as held:
        path = held.enter_context(step.lake.local(listed[0]["file_key"]))
        export = held.enter_context(open_export(path, listed[0]["export_name"]))
        by_name = {member.name: member for member in export.members}
        for row in listed:
            if row["member"] not in by_name:  # refused by its container, whatever the rules of reading are
                continue
            try:
                is_read = _is_read(row, read_by[row["export_sha256"], row["member"]], edition)
                read = _read_member(step, None if is_read else books, row, by_name[row["member"]], export.sha256)
            except Exception as error:  # noqa: BLE001 - see the list in test_architecture
                step.fail(row, error)
            else:
                if read is not None:
                    step.add(read)


def _is_there(store: Database, row: Row) -> bool:
    known = store.run(partial(exports.members, sums=[row["export_sha256"]]))
    return any(each["member"] == row["member"] for each in known)


def _is_read(row: Row, read_by: str | None, edition: str) -> bool:
    """Whether `land` read it by the rules of now: then its row says what it is."""
    is_known = row["state"] == "landed" and row["format"] is not None and row["report"] not in READ_AGAIN
    return is_known and read_by == edition


def _read_member(step: _Step, books: Books | None, row: Row, member: MemberFile, export_sha256: str) -> _Read | None:
    """Its lines; none where it is set aside. Without `books` it was read to its end already."""
    started = _started(row)
    if (export_sha256, member.sha256) != (row["export_sha256"], row["member_sha256"]):
        raise Refused("changed", "The file in the lake is not the one that came: somebody changed it.")
    known: Mapping[str, Any] = row
    report = None
    if books is not None:
        facts = NameFacts(row["name_report"], row["name_start"], row["name_ends_at"], row["name_handle"])
        report = report_of(member, facts, books)
        if report.examined is None:
            step.store.run(partial(_set_aside, run=step.run, row=row, report=report, started=started))
            return None
        proof = {"exported_at": report.proof.exported_at, "year_basis": report.proof.basis}
        known = {**exports.said(report.examined), **proof}
    key = places.raw(row["account"], known["report"], member.sha256)
    path = step.folder / secrets.token_hex(8)
    count = _write(path, member, _origin(row, known))
    said = exports.as_known(report) if report else {name: row[name] for name in exports.SAID}
    return _Read(row, path, key, count, said, _zone(row["account"], report) if report else None, started)


def _keep(step: _Step, reads: Sequence[_Read]) -> None:
    """Lines into the lake, then their reports into the tables."""
    if not reads:
        return
    step.lake.upload_all({each.key: each.path for each in reads})
    for each in reads:
        if each.row["raw_key"] not in {None, each.key}:
            step.lake.delete(each.row["raw_key"])
    entered = step.store.run(lambda connection: _enter(connection, step.run, reads))
    for each in reads:
        if (each.row["export_sha256"], each.row["member"]) in entered:
            step.rows += each.count
            continue
        if not step.store.rows("account_analytics/find_raw", {"raw_key": each.key}):
            step.lake.delete(each.key)  # nobody else would know of what was written
        step.fail(each.row, Changed(f"{each.row['member']} was put to another account, or taken back, meanwhile."))


def _write(path: Path, member: MemberFile, origin: Mapping[str, Any]) -> int:
    """A line for each row; returns how many."""
    encode = json.encoder.encode_basestring
    table = read_table(member)
    if reserved := [name for name in table.header if name.startswith("_")]:
        raise Refused("reserved_header", f"A column is called {reserved[0]!r}: names that begin with _ are used here.")
    lead = [("{" if place == 0 else ",") + encode(name) + ":" for place, name in enumerate(table.header)]
    end = "".join(f",{encode(name)}:{json.dumps(value, ensure_ascii=False)}" for name, value in origin.items())
    if may_be_plain(member, table):
        with suppress(NotPlain):
            return _write_plain(path, frames(member, table), lead, end)
    count = 0
    # One text a row, filled in at once: names and ends are the same on each.
    pattern = "".join(part.replace("%", "%%") + "%s" for part in lead) + end.replace("%", "%%") + ',"_line":%d}\n'
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line, values in table.rows:
            file.write(pattern % (*map(encode, values), line))
            count += 1
    return count


def _write_plain(path: Path, texts: Iterable[pl.DataFrame], lead: Sequence[str], end: str) -> int:
    """The same lines, many at once: whatever is parted by quotes in them is a column, and goes out parted by quotes."""
    import polars as pl

    before = [pl.lit(name).alias(f"before {place}") for place, name in enumerate(lead)]
    count = 0
    with path.open("wb") as file:
        for part in texts:
            first = count + 2  # below the header
            line = pl.int_range(first, first + part.height).cast(pl.String)
            told: list[Any] = [each for pair in zip(before, _encoded(part), strict=True) for each in pair]
            whole = pl.select(*told, last=pl.lit(f'{end},"_line":') + line + "}")
            whole.write_csv(file, include_header=False, separator='"', quote_style="never")
            count += part.height
    return count


def _encoded(texts: pl.DataFrame) -> list[pl.Series]:
    """Texts without quotes as they stand between the quotes of JSON, which is mostly as they are."""
    import polars as pl

    has_others = texts.select(pl.all().str.contains(r"[\x00-\x1f\\]").any()).row(0, named=True)
    return [_escaped(texts[name]) if has_others[name] else texts[name] for name in texts.columns]


def _escaped(texts: pl.Series) -> pl.Series:
    others = texts.filter(texts.str.contains(r"[\x00-\x1f\\]")).unique().to_list()
    return texts.replace({text: json.encoder.encode_basestring(text)[1:-1] for text in others})


def _origin(row: Row, known: Mapping[str, Any]) -> dict[str, Any]:
    """What each line says of where it is from; nothing in it depends on when it is written. `known`: what the report is."""
    exported_at = known["exported_at"]
    return {
        "_account": row["account"],
        "_format": known["format"],
        "_report": known["report"],
        "_export_sha256": row["export_sha256"],
        "_member": row["member"],
        "_member_sha256": row["member_sha256"],
        "_landed_at": row["landed_at"].isoformat(),
        "_exported_at": exported_at.astimezone(UTC).isoformat() if exported_at else None,
        "_date_basis": known["year_basis"],
    }


def _enter(connection: Any, run: Run, reads: Sequence[_Read]) -> set[tuple[str, str]]:
    """Which of them are entered: export and report. Others were put elsewhere, or taken back, meanwhile."""
    rows = [
        {
            **each.said,
            "export_sha256": each.row["export_sha256"],
            "member": each.row["member"],
            "account": each.row["account"],
            "raw_key": each.key,
            "state": _state(each),
        }
        for each in reads
    ]
    found = database.rows(connection, "account_analytics/enter_raw", {"reports": as_jsonb(rows)})
    entered = {(row["export_sha256"], row["member"]) for row in found}
    own = [each for each in reads if (each.row["export_sha256"], each.row["member"]) in entered]
    accounts.mark_stale(connection, [each.row["account"] for each in own if _state(each) == "raw"])
    for each in own:
        if each.zone is not None:
            database.rows(connection, "account_analytics/suggest_zone", each.zone)
    outcomes.save(
        connection,
        run.run_id,
        [
            Outcome(
                **each.started,
                result="done" if _state(each) == "raw" else "waiting",
                reason=None if _state(each) == "raw" else "It is read; whose it is has to be answered first",
                rows_in=each.count,
                rows_out=each.count,
                rows_refused=0,
            )
            for each in own
        ],
    )
    exports.settle_files(connection, [each.row["export_sha256"] for each in own])
    return entered


def _state(read: _Read) -> str:
    return "waiting" if read.row["account"] is None else "raw"


def _zone(account: str | None, report: Report) -> dict[str, Any] | None:
    """The day of follower activity that is under way has as many hours as the account is ahead of UTC, or lacks as many."""
    hours = report.examined.filled_hours if report.examined else None
    if account is None or hours is None or not 0 < hours < HOURS or report.proof.exported_at is None:
        return None
    offset = hours if hours <= FURTHEST_AHEAD else hours - HOURS
    return {"account": account, "zone": f"UTC{offset:+d}", "exported_at": report.proof.exported_at}


def _set_aside(connection: Any, run: Run, row: Row, report: Report, started: Mapping[str, Any]) -> None:
    """What the rules of today do not take, or ask about."""
    changed = as_jsonb([exports.as_known(report)])
    parameters = {"export_sha256": row["export_sha256"], "member": row["member"], "report": changed}
    database.rows(connection, "account_analytics/set_aside", parameters)
    if report.question is not None:
        questions.ask(connection, run.run_id, [(report.question, row["account"])], is_made_up=row["is_made_up"])
    reason = str(report.refusal) if report.refusal else report.question.text if report.question else None
    result: outcomes.Result = "quarantined" if report.refusal else "waiting"
    outcomes.save(connection, run.run_id, [Outcome(**started, result=result, reason=reason)])
    exports.settle_files(connection, [row["export_sha256"]])


def _started(row: Row) -> dict[str, Any]:
    began = Outcome(step=STEP, export_sha256=row["export_sha256"], file_name=row["export_name"], result="done")
    return {
        "step": STEP,
        "export_sha256": row["export_sha256"],
        "file_name": row["export_name"],
        "member": row["member"],
        "account": row["account"],
        "taken_for": row["format"],
        "started_at": began.started_at,
    }


def list_work(connection: Any, run: Run) -> list[Row]:
    """The reports to read: what landed and was not read yet, and what the run is to read anew."""
    parameters = {"accounts": list(run.accounts), "reprocess": run.reprocess}
    return database.rows(connection, "account_analytics/list_raw_work", parameters)
