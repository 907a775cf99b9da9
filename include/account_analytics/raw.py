"""The step `to_raw`: the rows of a report as lines of JSON, every value as the text it came in. Streaming.

Names and types come later, from these lines: changed rules need no file again.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

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
# SHA-256 of the file, name of the report in it, and the edition of the rules by which this run's `land` read it to its end.
Member = tuple[str, str, str | None]
# Follower activity is read again: what it shows of the account's zone is in no row.
READ_AGAIN = frozenset({"follower_activity"})
log = logging.getLogger(__name__)


class ReportsFailed(RuntimeError):
    """Some reports of a batch could not be read; the message names them, the others are done."""


class Changed(RuntimeError):
    """A report was put to another account while it was read: trying again reads it there."""


def to_raw(store: Database, lake: Lake, run: Run, members: Sequence[Member]) -> int:
    """Read these reports; returns the rows written. One that fails keeps no other from being read. Raises ReportsFailed."""
    books = Books.load(store.run(questions.answers))
    failed: list[str] = []
    rows = 0
    for export_sha256, wanted in groupby(sorted(members, key=lambda member: member[:2]), key=lambda member: member[0]):
        read_by = {name: edition for _, name, edition in wanted}
        known = store.run(partial(exports.members, export_sha256=export_sha256))
        rows += _read_export(
            store, lake, run, books, [row for row in known if row["member"] in read_by], read_by, failed
        )
    if failed:
        raise ReportsFailed(f"{len(failed)} of {len(members)} reports could not be read: {'; '.join(failed)}")
    return rows


def _read_export(
    store: Database,
    lake: Lake,
    run: Run,
    books: Books,
    listed: Sequence[Row],
    read_by: Mapping[str, str | None],
    failed: list[str],
) -> int:
    if not listed:
        return 0
    written, edition = 0, books.edition
    with ExitStack() as held:
        path = held.enter_context(lake.local(listed[0]["file_key"]))
        export = held.enter_context(open_export(path, listed[0]["export_name"]))
        by_name = {member.name: member for member in export.members}
        for row in listed:
            if row["member"] not in by_name:  # refused by its container, whatever the rules of reading are
                continue
            try:
                is_read = _is_read(row, read_by[row["member"]], edition)
                written += _read_member(
                    store, lake, run, None if is_read else books, row, by_name[row["member"]], export.sha256
                )
            except Exception as error:  # noqa: BLE001 - see the list in test_architecture
                if not _is_there(store, row):
                    log.info("A report of this batch is gone: it was forgotten while it was read.")
                    continue
                failed.append(f"{row['member']} in {row['export_name']}: {type(error).__name__}: {error}")
                log.error("%s", failed[-1])
                outcome = Outcome(**_started(row), result="failed", reason=failed[-1])
                store.run(partial(outcomes.save, run_id=run.run_id, outcomes=[outcome]))
    return written


def _is_there(store: Database, row: Row) -> bool:
    known = store.run(partial(exports.members, export_sha256=row["export_sha256"]))
    return any(each["member"] == row["member"] for each in known)


def _is_read(row: Row, read_by: str | None, edition: str) -> bool:
    """Whether `land` read it by the rules of now: then its row says what it is."""
    is_known = row["state"] == "landed" and row["format"] is not None and row["report"] not in READ_AGAIN
    return is_known and read_by == edition


def _read_member(
    store: Database, lake: Lake, run: Run, books: Books | None, row: Row, member: MemberFile, export_sha256: str
) -> int:
    """Without `books` it was read to its end already."""
    started, former_key = _started(row), row["raw_key"]
    if (export_sha256, member.sha256) != (row["export_sha256"], row["member_sha256"]):
        raise Refused("changed", "The file in the lake is not the one that came: somebody changed it.")
    known: Mapping[str, Any] = row
    report = None
    if books is not None:
        facts = NameFacts(row["name_report"], row["name_start"], row["name_ends_at"], row["name_handle"])
        report = report_of(member, facts, books)
        if report.examined is None:
            store.run(partial(_set_aside, run=run, row=row, report=report, started=started))
            return 0
        proof = {"exported_at": report.proof.exported_at, "year_basis": report.proof.basis}
        known = {**exports.said(report.examined), **proof}
    key = places.raw(row["account"], known["report"], member.sha256)
    with tempfile.TemporaryDirectory(prefix="cometwatch-raw-") as folder:
        count = _write(Path(folder) / "raw", member, _origin(row, known))
        lake.upload(Path(folder) / "raw", key)
    if former_key is not None and former_key != key:
        lake.delete(former_key)
    given = exports.as_row(report) if report else as_jsonb([{name: row[name] for name in exports.SAID}])
    try:
        store.run(lambda connection: _enter(connection, run, row, report, given, key, count, started))
    except Changed:  # nobody else would know of what was written
        if not store.rows("account_analytics/find_raw", {"raw_key": key}):
            lake.delete(key)
        raise
    return count


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


def _enter(
    connection: Any,
    run: Run,
    row: Row,
    report: Report | None,
    given: Jsonb,
    key: str,
    count: int,
    started: Mapping[str, Any],
) -> None:
    is_ready = row["account"] is not None
    found = database.rows(
        connection,
        "account_analytics/enter_raw",
        {
            "export_sha256": row["export_sha256"],
            "member": row["member"],
            "account": row["account"],
            "raw_key": key,
            "report": given,
            "state": "raw" if is_ready else "waiting",
        },
    )
    if not found:
        raise Changed(f"{row['member']} was put to another account, or taken back, meanwhile.")
    if is_ready:
        accounts.mark_stale(connection, [row["account"]])
        if report is not None:
            _suggest_zone(connection, row["account"], report)
    reason = None if is_ready else "It is read; whose it is has to be answered first"
    outcome = Outcome(
        **started,
        result="done" if is_ready else "waiting",
        reason=reason,
        rows_in=count,
        rows_out=count,
        rows_refused=0,
    )
    outcomes.save(connection, run.run_id, [outcome])
    exports.settle_files(connection, [row["export_sha256"]])


def _suggest_zone(connection: Any, account: str, report: Report) -> None:
    """The day of follower activity that is under way has as many hours as the account is ahead of UTC, or lacks as many."""
    hours = report.examined.filled_hours if report.examined else None
    if hours is not None and 0 < hours < HOURS and report.proof.exported_at is not None:
        offset = hours if hours <= FURTHEST_AHEAD else hours - HOURS
        parameters = {"account": account, "zone": f"UTC{offset:+d}", "exported_at": report.proof.exported_at}
        database.rows(connection, "account_analytics/suggest_zone", parameters)


def _set_aside(connection: Any, run: Run, row: Row, report: Report, started: Mapping[str, Any]) -> None:
    """What the rules of today do not take, or ask about."""
    changed = exports.as_row(report)
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
