"""The rows of `account_exports`: every file, and every report inside it, that was ever seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from include import database
from include.account_analytics.accounts import Whose, mark_stale
from include.account_analytics.facts import Label, NameFacts
from include.account_analytics.looking import Looked, Report
from include.account_analytics.reading.examine import Examined
from include.account_analytics.rows import as_jsonb
from include.database import Row

# What a column holds that is not said; the table's own NULLs apart.
EMPTY: Mapping[str, Any] = {"member": "", "handles": [], "warnings": [], "is_made_up": False, "is_telling": False}

# What the row of a report says of it once it was read to its end.
SAID = (
    *("family", "format", "format_version", "report", "rows_in", "first_label", "last_label", "handles", "warnings"),
    *("is_telling", "views_in_file", "waits_for", "first_day", "last_day", "exported_at"),
)


def known(connection: psycopg.Connection[Any], sha256: str) -> Row | None:
    """The row of a file of these very bytes, with what became of it."""
    found = database.rows(connection, "account_analytics/find_export", {"export_sha256": sha256})
    return found[0] if found else None


def learn_name(connection: psycopg.Connection[Any], sha256: str, facts: NameFacts, folder: str | None) -> None:
    """The same file under a name, or in a folder, that says more: that is a witness for its dates, and for whose it is."""
    parameters = {"export_sha256": sha256, "folder": folder, **_name(facts)}
    learnt = database.rows(connection, "account_analytics/learn_name", parameters)
    mark_stale(connection, [row["account"] for row in learnt if row["account"]])


def row_of(
    found: Looked, sha256: str, owner: Whose, landed_at: datetime, run_id: str, landing_key: str | None
) -> dict[str, Any]:
    """The row of a file."""
    return {
        **EMPTY,
        "export_sha256": sha256,
        "account": owner.account,
        "account_basis": owner.basis,
        "file_name": found.file.file_name,
        "container": found.container,
        "size_bytes": found.size,
        "folder": found.folder,
        "handles": sorted(found.claims.linked),
        **_name(found.facts),
        "landed_at": landed_at,
        "landing_key": landing_key,
        "state": "landed",
        "reason_code": owner.question.kind if owner.question else None,
        "reason": owner.question.text if owner.question else None,
        "waits_for": owner.question.subject if owner.question else None,
        "run_id": run_id,
    }


def member_row(whole: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The row of one report in a file."""
    refusal, question, examined = report.refusal, report.question, report.examined
    row = {
        **EMPTY,
        **{
            name: value
            for name, value in whole.items()
            if name not in {"reason", "reason_code", "waits_for", "handles"}
        },
        "member": report.name,
        "member_sha256": report.sha256,
        "container": report.container,
        "size_bytes": report.size,
        "written_at": report.written_at,
        **_name(report.facts),
        "exported_at": report.proof.exported_at,
        "year_basis": report.proof.basis,
        "first_day": report.proof.first,
        "last_day": report.proof.last,
        "state": "quarantined" if refusal else "waiting" if question else "landed",
        "reason_code": refusal.code if refusal else question.kind if question else None,
        "reason": str(refusal) if refusal else question.text if question else None,
        "waits_for": question.subject if question else report.answered,
        "is_telling": report.is_telling,
        "views_in_file": report.views,
        "format": None,
        "rows_in": None,
    }
    return row if examined is None else row | said(examined)


def said(examined: Examined) -> dict[str, Any]:
    """What a report says of itself."""
    return {
        "family": examined.format.family,
        "format": examined.format.name,
        "format_version": examined.format.version,
        "report": examined.format.report,
        "rows_in": examined.rows,
        "first_label": _written(examined.first_label),
        "last_label": _written(examined.last_label),
        "handles": sorted(examined.handles),
        "warnings": list(examined.warnings),
    }


def save(connection: psycopg.Connection[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter files and reports that are new."""
    if rows:
        database.rows(connection, "account_analytics/save_exports", {"exports": as_jsonb(rows)})


def save_drop_files(connection: psycopg.Connection[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """By these looks the files of the drop folder are known again."""
    if rows:
        database.rows(connection, "account_analytics/save_drop_files", {"files": as_jsonb(rows)})


def settle_files(connection: psycopg.Connection[Any], sums: Iterable[str] | None = None) -> None:
    """The state of a file follows from those of its reports; of these files, or of all."""
    parameters = {"sums": sorted(set(sums)) if sums is not None else None}
    database.rows(connection, "account_analytics/settle_files", parameters)


def members(connection: psycopg.Connection[Any], sums: Sequence[str]) -> list[Row]:
    """The reports of files, one file after the other, with where the file lies."""
    return database.rows(connection, "account_analytics/read_members", {"sums": list(sums)})


def _name(facts: NameFacts) -> dict[str, Any]:
    return {
        "name_report": facts.report,
        "name_start": facts.start,
        "name_ends_at": facts.ends_at,
        "name_handle": facts.handle.lower() if facts.handle else None,
    }


def _written(label: Label | None) -> str | None:
    """`03-01`, or `2026-03-01` where the file has a year."""
    if label is None:
        return None
    day = f"{label.month:02d}-{label.day:02d}"
    return f"{label.year}-{day}" if label.year is not None else day


def as_known(report: Report) -> dict[str, Any]:
    """What is known of a report now, for statements that bring its row up to date."""
    return member_row({"export_sha256": "", "file_name": "", "source": "drop"}, report)
