"""What a run did, read back from the tables: numbers that add up, what waits, and where the files lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from include import database
from include.account_analytics.landing import Source
from include.account_analytics.run import Run

RULE = "=" * 78
MOST_LISTED = 20
REFUSED = ("refused", "quarantined")
WAYS = {"api": "TikTok's Accounts API", "browser": "a browser"}
TOLD = {
    "done": "taken in",
    "duplicate": "seen before",
    "waiting": "waiting",
    "refused": "refused",
    "quarantined": "refused",
}


def read_counts(connection: psycopg.Connection[Any], run: Run) -> dict[str, Any]:
    """Everything that the report says, as plain values."""
    about = {"run_id": run.run_id}
    whose = {**about, "day": run.day, "accounts": list(run.accounts)}
    return {
        "steps": database.rows(connection, "account_analytics/count_run", about),
        "fetched": database.rows(connection, "account_analytics/count_fetched", whose),
        "files": database.rows(connection, "account_analytics/read_new_files", about),
        "formats": database.rows(connection, "account_analytics/read_formats_of_run", about),
        "lost": database.rows(connection, "account_analytics/read_lost_rows", about),
        "left": database.rows(connection, "account_analytics/read_still_refused"),
        "questions": database.rows(connection, "account_analytics/read_open_questions", {"most": MOST_LISTED}),
        "tables": database.one(connection, "account_analytics/count_tables"),
    }


def problems(run: Run, counts: Mapping[str, Any], failed_tasks: Sequence[str]) -> list[str]:
    """Why the run is red; nothing where it is green. What waits, or was refused beside others, makes no run red."""
    found = [f"Red: {', '.join(failed_tasks)}. Clear them with everything downstream."] if failed_tasks else []
    new = [row for row in counts["files"] if row["result"] != "waiting"]
    refused = [row for row in new if row["result"] in REFUSED]
    if new and len(refused) == len(new):
        found.append(f"Every file of this drop was refused: {_first([row['file_name'] for row in refused])}.")
    reports = sum(row["reports"] for row in counts["steps"] if row["result"] in REFUSED)
    if run.strict and (refused or reports):
        found.append(f"strict is set, and {len(refused)} files and {reports} reports were refused.")
    if counts["lost"]:
        names = [f"{row['member']} of {row['file_name']}" for row in counts["lost"]]
        found.append(f"Rows were lost on the way, which must not be: {_first(names)}.")
    return found


def write(
    run: Run,
    counts: Mapping[str, Any],
    lake_uri: str,
    source: Source,
    problems: Sequence[str],
    rehearsed: Sequence[Mapping[str, Any]] = (),
    asked: Sequence[str] = (),
) -> str:
    """For a person: in the log, on the page of the run, and at the end of `make run`. `rehearsed`, `asked`: of a dry run."""
    lines = [
        RULE,
        f"Accounts on {run.day}{' (dry run: nothing was stored)' if run.dry_run else ''}",
        *([f"✗ {problem}" for problem in problems]),
        *(_rehearsal(source, rehearsed, asked) if run.dry_run else [*_fetched(counts), *_landing(counts, source)]),
        *_reading(counts),
        *_standing(counts["tables"]),
        *_questions(counts),
        *_places(counts["tables"], lake_uri),
        RULE,
    ]
    return "\n".join(lines)


def _rehearsal(source: Source, rehearsed: Sequence[Mapping[str, Any]], asked: Sequence[str]) -> list[str]:
    would = [
        f"   would be {TOLD[row['result']]}: {row['file_name']}{' / ' + row['member'] if row['member'] else ''}"
        f"{_of(row)}{_because(row)}"
        for row in rehearsed
    ]
    fetching = [f"   would ask for {each}" for each in asked]
    return [
        *(
            ["Accounts with a connection:", *fetching]
            if fetching
            else ["No account has a connection: nothing would be asked for"]
        ),
        f"{_dropped(source)}; and what was fetched and not yet taken in",
        *(would or ["   nothing new"]),
    ]


def _fetched(counts: Mapping[str, Any]) -> list[str]:
    """By what the numbers of accounts came that nobody downloaded anything for, and of which they did not."""
    rows = counts["fetched"]
    if not rows:
        return []
    lines = ["Fetched:"]
    for row in rows[:MOST_LISTED]:
        came = f"{_count(row['files'], 'file')} taken in" if row["files"] else "nothing new"
        days = f", days to {row['came_to']}" if row["came_to"] else ""
        said = f"it could not be fetched: {row['failure']}" if row["failure"] else f"{came}{days}"
        by = f"{WAYS[row['via']]}{' of the sandbox, made up' if row['is_made_up'] else ''}"
        lines.append(f"   {'✗ ' if row['failure'] else ''}@{row['account']} by {by}: {said}")
    return [*lines, *_more(rows)]


def _dropped(source: Source) -> str:
    made_up = "made-up exports, as the drop folder is empty"
    return f"Drop folder: {made_up if source.is_made_up else source.folder or 'none is named'}"


def _landing(counts: Mapping[str, Any], source: Source) -> list[str]:
    files = counts["files"]
    lines = [_dropped(source)]
    if not files:
        return [*lines, "   nothing new"]
    results = {name: sum(row["result"] == name for row in files) for name in ("done", "duplicate", "waiting", *REFUSED)}
    summed: dict[str, int] = {}
    for name, number in results.items():
        summed[TOLD[name]] = summed.get(TOLD[name], 0) + number
    beside = ", with those fetched" if counts["fetched"] else ""
    told = ", ".join(f"{number} {name}" for name, number in summed.items() if number)
    lines.append(f"   {_count(len(files), 'file')}{beside}: {told}")
    notable = [row for row in files if row["result"] in {"waiting", *REFUSED}]
    lines += [f"   {_mark(row)} {row['file_name']}{_because(row)}" for row in notable[:MOST_LISTED]]
    return [*lines, *_more(notable)]


def _reading(counts: Mapping[str, Any]) -> list[str]:
    steps = {(row["step"], row["result"]): row for row in counts["steps"]}
    lines = []
    if counts["formats"]:
        listed = ", ".join(f"{row['reports']} {row['format']}" for row in counts["formats"])
        lines.append(f"Reports read: {listed}")
    raw = [row for (step, _), row in steps.items() if step == "to_raw"]
    staged = [row for (step, result), row in steps.items() if step == "to_staging" and result == "done"]
    if raw:
        rows = sum(row["rows_out"] for row in raw)
        lines.append(f"   rows: {sum(row['rows_in'] for row in raw):,} read = {rows:,} in raw")
    if staged:
        rows_in, out = sum(row["rows_in"] for row in staged), sum(row["rows_out"] for row in staged)
        refused = sum(row["rows_refused"] for row in staged)
        waiting = sum(row["rows_in"] for place, row in steps.items() if place == ("to_staging", "waiting"))
        rest = f" + {waiting:,} waiting" if waiting else ""
        lines.append(f"   rows: {rows_in + waiting:,} of raw = {out:,} staged + {refused:,} refused{rest}")
    waits = sum(row["reports"] for (step, result), row in steps.items() if step == "to_staging" and result == "waiting")
    if waits:
        lines.append(f"   ❔ {_count(waits, 'report')} waiting for an answer; everything else went on")
    aside = sum(row["reports"] for row in counts["steps"] if row["result"] in REFUSED)
    if aside:
        lines.append(f"   ⚠️  {_count(aside, 'report')} set aside, each with its reason (table account_exports)")
    return lines


def _standing(tables: Mapping[str, Any]) -> list[str]:
    made_up = f" ({tables['made_up']} of them made up)" if tables["made_up"] else ""
    until = f" to {tables['last_day']}" if tables["last_day"] else ""
    return [
        "What there is now:",
        f"   {_count(tables['accounts'], 'account')}{made_up}, {tables['days']:,} days{until}, {tables['videos']:,} videos in "
        f"{tables['snapshots']:,} snapshots, {tables['audience']:,} audience rows",
        f"   where each day is from: {tables['days'] - tables['api_days']:,} from exports, {tables['api_days']:,} from TikTok's "
        "Accounts API; each number names its own source",
        f"   {tables['revisions']:,} revisions, {tables['viral']:,} viral days of videos",
        f"   {tables['staged']:,} reports count; {tables['assumed']:,} of them stand on the days they write, which nothing else "
        "confirms",
    ]


def _questions(counts: Mapping[str, Any]) -> list[str]:
    number = counts["tables"]["questions"]
    lines = [f"Questions: {number}, on the page Accounts" if number else "Questions: none"]
    lines += [f"   ❔ {row['question']}" for row in counts["questions"]]
    if counts["left"]:
        lines.append("Still in the drop folder, refused:")
        lines += [f"   {row['drop_path']}: {row['reason']}" for row in counts["left"][:MOST_LISTED]]
        lines += _more(counts["left"])
    return lines


def _places(tables: Mapping[str, Any], lake_uri: str) -> list[str]:
    lines = [
        "Where the files lie:",
        f"   {lake_uri}/curated/social_media/tiktok/",
        f"   as they came: {lake_uri}/landing/",
    ]
    if tables["made_up"]:
        lines.append("   made-up accounts go with: make accounts-clear")
    return lines


def _mark(row: Mapping[str, Any]) -> str:
    return "…" if row["result"] == "waiting" else "✗"


def _of(row: Mapping[str, Any]) -> str:
    known = [str(row[name]) for name in ("taken_for", "account") if row[name]]
    return f" ({', '.join(known)})" if known else ""


def _because(row: Mapping[str, Any]) -> str:
    return f": {row['reason']}" if row["reason"] else ""


def _more(rows: Sequence[Any]) -> list[str]:
    return [f"   … and {len(rows) - MOST_LISTED} more"] if len(rows) > MOST_LISTED else []


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
