"""The step `land`: what is new in the drop folder, or was fetched, is looked at, kept byte for byte, and entered, or refused
with a reason.

Nothing is entered before everything is kept: a run that was killed begins anew, and ends in the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from include import database
from include.account_analytics import assigning, drop, exports, outcomes, places, questions
from include.account_analytics.accounts import Accounts, Answers, Whose, open_accounts, read_all, whose
from include.account_analytics.drop import Dropped
from include.account_analytics.facts import NameFacts, Question, Refused
from include.account_analytics.looking import Books, Looked, Report, claims_of, look, two_accounts
from include.account_analytics.outcomes import Outcome, Result
from include.account_analytics.reading.containers import sum_of
from include.account_analytics.reading.names import parse_name
from include.account_analytics.run import Run
from include.lake import Lake

STEP = "land"
REFUSED: tuple[Result, ...] = ("refused", "quarantined")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where files come from: a folder, or none; whether they stay there; for how long a file must not have changed."""

    folder: Path | None
    keeps: bool = False
    settle_seconds: float = 5.0
    is_made_up: bool = False


@dataclass
class Landing:
    """What one run has looked at so far, on its way into the tables."""

    connection: psycopg.Connection[Any]
    lake: Lake
    run: Run
    source: Source
    landed_at: datetime
    known: Accounts
    answers: Answers
    made_up: frozenset[str] = frozenset()  # accounts that are
    batches: Mapping[str, str] = field(default_factory=dict)
    sums: set[str] = field(default_factory=set)
    learnt: list[tuple[str, Dropped]] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    exports: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[Question, str | None]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def source_of(self, file: Dropped) -> str:
        return "made_up" if self.source.is_made_up and file.source == "drop" else file.source

    def is_made_up(self, file: Dropped) -> bool:
        """What was fetched is what its account is, wherever dropped files come from in this run."""
        return self.source.is_made_up if file.incoming_key is None else self.known.find(file.folders[0]) in self.made_up

    def remember(self, file: Dropped, sha256: str) -> None:
        """How a file of the drop folder looks; what was fetched is removed, and nobody looks at it again."""
        if file.incoming_key is None:
            row = {"drop_path": file.name, "size_bytes": file.size, "mtime_ns": file.mtime_ns}
            self.files.append({**row, "export_sha256": sha256})

    def note(self, file: Dropped, sha256: str | None, result: Result, reason: str, **more: Any) -> None:
        subject = sha256 or f"path:{file.name}"
        log.info("%s: %s. %s", file.name, result, reason)
        self.outcomes.append(
            Outcome(step=STEP, export_sha256=subject, file_name=file.name, result=result, reason=reason, **more)
        )


class NoLake(Lake):
    """For a rehearsal: takes everything, keeps nothing."""

    def __init__(self) -> None:
        pass

    def upload(self, path: Path, key: str) -> bool:
        return False

    def upload_all(self, files: Mapping[str, Path]) -> None:
        pass

    def write(self, key: str, data: bytes) -> str:
        return ""

    def delete(self, key: str) -> None:
        pass


def land(
    connection: psycopg.Connection[Any], lake: Lake, run: Run, source: Source, fetched: Sequence[Dropped] = ()
) -> list[Outcome]:
    """Take in what is new, with what was `fetched`; returns what came of it. Nothing is read when nothing is new."""
    assigning.heed_answers(connection, run.run_id)
    new = _new(connection, source, run.since)
    if not new and not fetched:
        log.info("Nothing new in %s.", source.folder or "the drop folder: none is named")
        return []
    settled, moving = drop.settle(new, source.settle_seconds)
    answers = questions.answers(connection)
    now = database.one(connection, "account_analytics/read_now")["now"]
    made_up = frozenset(row["account"] for row in read_all(connection) if row["is_made_up"])
    landing = Landing(connection, lake, run, source, now, _known(connection, fetched), answers, made_up)
    for file in moving:
        landing.note(file, None, "waiting", "It is still being written: the next run takes it when it is whole")
    books, looked = Books.load(answers), []
    for file in [*settled, *fetched]:
        found = _look(landing, file, books)
        if found is not None:
            looked.append(found)
    landing.batches = _batches(looked)
    plans = [_plan(landing, found) for found in looked]
    lake.upload_all({each.key: each.found.file.path for each in plans if each.key is not None})
    for each in plans:
        _take(landing, each)
    _enter(landing)
    return landing.outcomes


def _known(connection: psycopg.Connection[Any], fetched: Sequence[Dropped]) -> Accounts:
    """The accounts, those included that something was fetched for: there is no doubt about whose that is."""
    known = Accounts.read(connection)
    return Accounts({**{name: name for file in fetched for name in file.folders}, **known.by_name})


def _new(connection: psycopg.Connection[Any], source: Source, since: date | None) -> list[Dropped]:
    """What was not seen before, by name, size and time; of the days from `since` on."""
    found = drop.scan(source.folder) if source.folder else []
    if not found:
        return []
    rows = database.rows(connection, "account_analytics/read_drop_files", {"paths": [file.name for file in found]})
    seen = {(row["drop_path"], row["size_bytes"], row["mtime_ns"]) for row in rows}
    return [file for file in found if file.look not in seen and (since is None or file.day >= since)]


def _look(landing: Landing, file: Dropped, books: Books) -> Looked | None:
    """What is new about a file; None when its bytes were seen before, or could not be had."""
    try:
        sha256 = None if file.is_link else sum_of(file.path)[0]
    except FileNotFoundError:
        return None
    except OSError:
        sha256 = None  # `look` says what is wrong
    if sha256 is not None:
        former = exports.known(landing.connection, sha256)
        if former or sha256 in landing.sums:
            _see_again(landing, file, sha256, former)
            return None
    found = look(file, books)
    if found.refusal is not None and found.refusal.code == "changing":
        landing.note(file, None, "waiting", str(found.refusal))
        return None
    if found.sha256 is not None:
        landing.sums.add(found.sha256)
    return _lightened(found)


def _lightened(found: Looked) -> Looked:
    """Without the numbers: they are read again for raw, and of many files they would not fit into memory."""
    return replace(
        found,
        reports=tuple(
            replace(report, examined=replace(report.examined, lines=(), metrics={}, posts=()))
            if report.examined
            else report
            for report in found.reports
        ),
    )


def _see_again(landing: Landing, file: Dropped, sha256: str, former: Mapping[str, Any] | None) -> None:
    """A duplicate costs nothing; only a name that says more than the first one did is learnt. What was refused is still."""
    landing.learnt.append((sha256, file))
    landing.remember(file, sha256)
    result: Result = "duplicate"
    reason = "These very bytes were here before"
    if former is not None and former["state"] in REFUSED:
        result, reason = former["state"], f"{former['reason']} ({reason}.)"
    elif former is not None and former["state"] == "undone":
        reason += ", and somebody took them back: on the page of the account they can be brought back"
    # Beside the file itself in one drop it has a line of its own.
    landing.note(file, f"path:{file.name}" if sha256 in landing.sums else sha256, result, reason)


def _batches(looked: Sequence[Looked]) -> dict[str, str]:
    """Export -> its batch. What lies in one folder came together; the name of a batch follows from its files alone.

    A folder that is called like a ZIP of TikTok's is that ZIP, unpacked by the browser: what is in it lies beside the others.
    """
    by_folder: dict[tuple[str, ...], list[str]] = {}
    for found in looked:
        if found.sha256:
            by_folder.setdefault((found.file.source, *_packed(found.file.folders)), []).append(found.sha256)
    named = {
        folder: hashlib.sha256("".join(sorted(sums)).encode()).hexdigest()[:16] for folder, sums in by_folder.items()
    }
    return {sha256: named[folder] for folder, sums in by_folder.items() for sha256 in sums}


def _packed(folders: tuple[str, ...]) -> tuple[str, ...]:
    """The folders around what is unpacked."""
    while folders and parse_name(folders[-1]) != NameFacts():
        folders = folders[:-1]
    return folders


@dataclass(frozen=True, slots=True)
class _Plan:
    """Whose a file is, and where in the lake it goes; or why it goes nowhere."""

    found: Looked
    owner: Whose
    key: str | None = None
    refusal: Refused | None = None


def _plan(landing: Landing, found: Looked) -> _Plan:
    if found.sha256 is None:
        return _Plan(found, Whose(None))
    refusal = found.refusal or _no_report_left(found) or two_accounts(found, landing.known)
    if refusal is not None:
        return _Plan(found, Whose(None), refusal=refusal)
    owner = whose(found.sha256, found.file.name, found.claims, landing.known, landing.answers)
    return _Plan(found, owner, _landing_key(found, owner, found.sha256))


def _take(landing: Landing, plan: _Plan) -> None:
    """Enter a file whose copy lies in the lake, or why there is none."""
    found, owner, key = plan.found, plan.owner, plan.key
    file, sha256 = found.file, found.sha256
    if sha256 is None:
        landing.note(file, None, "refused", str(found.refusal))
        return
    if plan.refusal is not None:
        _refuse(landing, found, sha256, plan.refusal)
        return
    if key is None:
        raise AssertionError("what is not refused has a place")
    if not drop.is_as_it_was(file):
        landing.lake.delete(key)
        landing.note(file, None, "waiting", "It changed while it was read: the next run takes it when it is whole")
        return
    if owner.account is not None:
        landing.accounts.append(owner.account)
    if owner.question is not None:
        landing.asked.append((owner.question, None))
    whole = exports.row_of(found, sha256, owner, landing.landed_at, landing.run.run_id, key)
    whole |= {"batch": landing.batches[sha256], "source": landing.source_of(file)}
    whole |= {"is_made_up": landing.is_made_up(file)}
    landing.exports.append(whole)
    landing.remember(file, sha256)
    for report in found.reports:
        _list(landing, found, whole, report)
    is_waiting, reason = owner.account is None, owner.question.text if owner.question else None
    landing.outcomes.append(
        Outcome(
            step=STEP,
            export_sha256=sha256,
            file_name=file.name,
            result="waiting" if is_waiting else "done",
            account=owner.account,
            taken_for=f"{found.container} of {len(found.reports)}" if found.container == "zip" else found.container,
            reason=reason,
            started_at=landing.landed_at,
        )
    )


def _list(landing: Landing, found: Looked, whole: Mapping[str, Any], report: Report) -> None:
    """Enter one report of a file."""
    row = exports.member_row(whole, report)
    landing.exports.append(row)
    if report.question is not None:
        landing.asked.append(
            (replace(report.question, details={**report.question.details, "file": found.file.name}), None)
        )
    result: Result = "done"
    if report.refusal is not None:
        result = "quarantined"
    elif report.question is not None:
        result = "waiting"
    landing.outcomes.append(
        Outcome(
            step=STEP,
            export_sha256=whole["export_sha256"],
            file_name=found.file.name,
            member=report.name,
            result=result,
            account=whole["account"],
            taken_for=row["format"],
            reason=row["reason"],
            rows_in=row["rows_in"],
            started_at=landing.landed_at,
        )
    )


def _refuse(landing: Landing, found: Looked, sha256: str, refusal: Refused) -> None:
    """Into quarantine beside its reason; of what may not be kept, only name, size and sum are noted."""
    file, key = found.file, None
    if refusal.is_kept:
        key = places.quarantined(sha256, file.file_name)
        landing.lake.upload(file.path, key)
        reason = {
            "file": file.name,
            "size": found.size,
            "sha256": sha256,
            "code": refusal.code,
            "reason": str(refusal),
            "reports": {report.name: str(report.refusal) for report in found.reports if report.refusal},
        }
        text = json.dumps(reason, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        landing.lake.write(f"{key}.reason.json", text.encode())
    state: Result = "quarantined" if refusal.is_kept else "refused"
    row = exports.row_of(found, sha256, Whose(None), landing.landed_at, landing.run.run_id, key)
    row |= {"state": state, "reason_code": refusal.code, "reason": str(refusal)}
    row |= {"source": landing.source_of(file), "is_made_up": landing.is_made_up(file)}
    reports = [replace(report, refusal=report.refusal or refusal) for report in found.reports]
    landing.exports += [row, *(exports.member_row(row, report) for report in reports)]
    landing.remember(file, sha256)
    landing.note(file, sha256, state, str(refusal), started_at=landing.landed_at)


def _no_report_left(found: Looked) -> Refused | None:
    """A file whose every report is refused is refused itself, with the first one's reason."""
    refusals = [report.refusal for report in found.reports if report.refusal]
    if refusals and len(refusals) == len(found.reports):
        return Refused(refusals[0].code, str(refusals[0]), is_kept=all(refusal.is_kept for refusal in refusals))
    return None


def _landing_key(found: Looked, owner: Whose, sha256: str) -> str:
    reports = [report for report in found.reports if report.examined]
    kinds = {report.examined.format.report for report in reports if report.examined}
    first, last = places.range_of([(report.proof.first, report.proof.last) for report in reports])
    exported = max((report.proof.exported_at for report in reports if report.proof.exported_at), default=None)
    report = (
        kinds.pop()
        if len(kinds) == 1 and len(found.reports) == 1
        else "bundle"
        if len(found.reports) > 1
        else "unknown"
    )
    return places.landed(owner.account, report, first, last, exported, sha256, found.container or "bin")


def _enter(landing: Landing) -> None:
    """All that was looked at, at once."""
    connection, run_id = landing.connection, landing.run.run_id
    open_accounts(connection, landing.accounts, is_made_up=landing.source.is_made_up)
    exports.save(connection, landing.exports)
    exports.save_drop_files(connection, landing.files)
    questions.ask(connection, run_id, landing.asked, is_made_up=landing.source.is_made_up)
    outcomes.save(connection, run_id, landing.outcomes)
    for sha256, file in landing.learnt:
        folder, facts = claims_of(file.name)
        exports.learn_name(connection, sha256, facts, folder)
    if landing.learnt:
        assigning.heed_answers(connection, run_id)
    else:
        assigning.settle_copies(connection, run_id)
