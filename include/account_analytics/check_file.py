"""What a file is, told before it is stored: each report, its dates and how late it is labelled, and the questions it raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from include.account_analytics import drop
from include.account_analytics.accounts import Accounts, whose
from include.account_analytics.dating.solve import solve
from include.account_analytics.facts import Dated, MemberRows, Refused, Sighting
from include.account_analytics.looking import Books, Looked, Report, look, two_accounts


@dataclass(frozen=True, slots=True)
class Line:
    """A line for a person; `is_taken` of a report that would be taken in."""

    text: str
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a file; with a `refusal` none of it would be taken."""

    file: drop.Dropped
    lines: tuple[Line, ...]
    refusal: Refused | None


def tell(path: Path) -> Iterator[Line]:
    """All files of a folder, or one: by themselves, without what is stored already, which may prove more."""
    for told in tell_files(path):
        yield from told.lines


def tell_files(path: Path) -> Iterator[Told]:
    """As `tell`, file by file; those of a folder are dated together."""
    books, now = Books.load(), datetime.now(UTC)
    root = path if path.is_dir() else path.parent
    files = [file for file in drop.scan(root) if path.is_dir() or file.path == path]
    looked = [look(file, books) for file in files]
    looked = [replace(found, refusal=found.refusal or two_accounts(found, Accounts())) for found in looked]
    dated = _dated(looked, now)
    for found in looked:
        yield Told(found.file, tuple(_of_file(found, dated)), found.refusal)


def _dated(looked: Sequence[Looked], now: datetime) -> dict[str, Dated]:
    """The dates of all reports together, by account."""
    together = {report.sha256 for found in looked for report in found.reports if report.examined}
    by_account: dict[str, list[MemberRows]] = {}
    for found in looked:
        for report in found.reports:
            if report.examined is not None and found.sha256 is not None:
                account = whose(found.sha256, "", found.claims, Accounts(), {}).account or "an unknown account"
                by_account.setdefault(account, []).append(_rows(found, report, account, together, now))
    dated: dict[str, Dated] = {}
    for members in by_account.values():
        dated |= solve(list({member.sha256: member for member in members}.values()), {})
    return dated


def _rows(found: Looked, report: Report, account: str, together: set[str], now: datetime) -> MemberRows:
    if report.examined is None or found.sha256 is None:
        raise ValueError("only what can be read has rows")
    sighting = Sighting(found.sha256, now, report.facts, report.written_at, frozenset(together - {report.sha256}))
    return MemberRows(
        report.sha256,
        account,
        report.examined.format.family,
        report.examined.format.report,
        report.examined.labels,
        report.examined.metrics,
        report.examined.posts,
        (sighting,),
    )


def _of_file(found: Looked, dated: dict[str, Dated]) -> Iterator[Line]:
    if found.refusal is not None:
        yield Line(f"✗ {found.file.name}: refused ({found.refusal.code}). {found.refusal}")
        return
    owner = whose(found.sha256 or "", found.file.file_name, found.claims, Accounts(), {})
    of = (
        f"of @{owner.account}, by its {owner.basis}" if owner.account else owner.question.text if owner.question else ""
    )
    if all(report.refusal for report in found.reports):
        of = "none of which can be taken"
    yield Line(f"{found.file.name}: {found.container}, {len(found.reports)} report(s), {of}")
    for report in found.reports:
        yield _of_report(report, dated.get(report.sha256))


def _of_report(report: Report, when: Dated | None) -> Line:
    if report.refusal is not None:
        return Line(f"   ✗ {report.name}: refused ({report.refusal.code}). {report.refusal}")
    if report.question is not None:
        return Line(
            f"   ❔ {report.name}: {report.question.text} ({' | '.join(report.question.candidates)})", is_taken=True
        )
    if report.examined is None:
        return Line(f"   ✗ {report.name}: it could not be read")
    about = f"{report.examined.format.name}, {report.examined.rows:,} rows"
    warned = "".join(f"\n      ! {text}" for text in (*report.examined.warnings, *(when.warnings if when else ())))
    return Line(
        f"   ✓ {report.name}: {about}{_when(report, when)}{warned}", is_taken=when is None or when.refusal is None
    )


def _when(report: Report, when: Dated | None) -> str:
    if when is None or not report.examined:
        return ""
    if when.refusal is not None:
        return f"; would be set aside: {when.refusal}"
    if when.question is not None:
        return f"; waits: {when.question.text} ({', '.join(when.question.candidates)})"
    if when.first_label is None:
        return "; of no day"
    first, last = _span(when.first_label, len(report.examined.labels), when.label_shift)
    shift = f"labels {when.label_shift:+d} day" if when.label_shift else "labels as they are"
    return f"; {first} to {last} (year by {when.year_basis}; {shift}, {when.shift_basis})"


def _span(first_label: date, labels: int, shift: int) -> tuple[date, date]:
    first = first_label - timedelta(days=shift)
    return first, first + timedelta(days=max(labels, 1) - 1)
