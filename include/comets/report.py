"""The day's report: counts read back from the database, in the words and the order of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg

from include import database
from include.comets.roster import count_left_out, find_long_round, read_coverage
from include.comets.run import Run
from include.comets.sources import NAMES, SWITCHED_ON
from include.coverage import Coverage

RULE = "=" * 60
TOP_TRENDS = 10
# Housekeeping drops what is past its retention every morning. What is still there so much later means that nobody keeps house.
LATE_DAYS = 7


def read_counts(connection: psycopg.Connection[Any], run: Run, retention_days: int | None = None) -> dict[str, Any]:
    """All numbers of the report, from the tables alone."""
    day = {"day": run.day}
    roster = database.one(connection, "comets/count_roster", day)
    left_out = count_left_out(connection, run)
    coverage = read_coverage(connection, run, roster, left_out)
    return {
        "keywords": database.rows(connection, "comets/count_keywords", day),
        "sources": database.rows(connection, "comets/count_sources", day),
        "roster": roster,
        "coverage": {"measured": coverage.measured, "due": coverage.due},
        "left_out": left_out,
        "long_round": find_long_round(connection, run),
        "verdicts": database.one(connection, "comets/count_verdicts", day),
        "calls": database.one(connection, "comets/count_calls", {"run_id": run.run_id}),
        "late_answers": 0
        if retention_days is None or run.is_replay
        else _late_answers(connection, run, retention_days),
    }


def write_report(run: Run, counts: dict[str, Any]) -> str:
    """The report's text. Lines for what is rare (gone, suspect, budget …) stand there only when there is any."""
    roster, verdicts, calls, keywords = (counts[part] for part in ("roster", "verdicts", "calls", "keywords"))
    trending = [row["keyword"] for row in keywords]
    top = ", ".join(trending[:TOP_TRENDS]) + (", ..." if len(trending) > TOP_TRENDS else "")
    lines = [
        RULE,
        "TikTok Comet Discovery ETL Pipeline",
        "Two-Phase System: Discovery + Roll Call",
        RULE,
        *(["DRY RUN: judged as usual, nothing was stored"] if run.dry_run else []),
        "PHASE 1: DISCOVERY (Trending Keywords Only)",
        f"✅ Found {len(trending)} trending keywords",
        f"   Top trends: {top}",
        *(
            f"✅ Discovered {row['comets']} Comets for trend: {row['keyword']} ({row['new_comets']} new)"
            for row in keywords
        ),
        *_source_lines(counts["sources"]),
        "PHASE 2: ROLL CALL (Update Existing Roster)",
        f"📋 Found {roster['roster']} creators in roster",
        "🎯 Roll Call Complete:",
        f"   ✅ Updated: {roster['updated']}",
        f"   ❌ Failed: {roster['failed']}",
        f"   ⏭️  Skipped (already updated): {roster['skipped']}",
        *_when(roster["gone"], "   👻 Gone, banned or private: {}"),
        *_when(roster["suspect"], "   🔎 Suspect (looked at again tomorrow): {}"),
        *_when(roster["not_due"], "   💤 Not due (missed three days or more): {}"),
        *_when(counts["left_out"], "   💸 Not measured: rate limit: {}"),
        *_when(roster["unmeasured"] - counts["left_out"], f"   💸 Not measured: {_why_unmeasured(run)}: {{}}"),
        *_long_round_lines(counts["long_round"], run),
        *_coverage_lines(Coverage(**counts["coverage"])),
        "🎯 PIPELINE COMPLETED",
        f"   Phase 1 - New Comets discovered: {roster['new_comets']}",
        f"   Phase 1 - Known creators seen again: {roster['known_comets']}",
        f"   Phase 2 - Roster creators updated: {roster['updated']}",
        f"   Total database updates: {roster['skipped'] + roster['updated']}",
        *_filter_lines(verdicts, roster),
        f"💳 API calls: {calls['calls']} ({calls['billed']} billed, ${_money(calls['usd'])}), "
        f"{calls['answered_from_ledger']} answered from the ledger",
        *_when(
            counts["late_answers"],
            f"🧹 {{:,}} stored answers are more than {LATE_DAYS} days past LEDGER_RETENTION_DAYS: the DAG housekeeping, which "
            "drops them, does not run. Switch it on, or type: make run DAG=housekeeping",
        ),
        RULE,
    ]
    return "\n".join(lines)


def _late_answers(connection: psycopg.Connection[Any], run: Run, retention_days: int) -> int:
    before = run.day - timedelta(days=retention_days + LATE_DAYS)
    found: int = database.one(connection, "calls/count_late_answers", {"before": before})["answers"]
    return found


def _filter_lines(verdicts: database.Row, roster: database.Row) -> list[str]:
    videos = verdicts["videos"]
    seen_by_pronoun = videos - verdicts["platform_before_caption"]
    seen_by_face = verdicts["face"] + verdicts["consistency"] + verdicts["accepted"]
    return [
        "📊 Context-First Filter Statistics:",
        f"   Total videos processed: {videos}",
        f"   ❌ Rejected by Layer 1 (Platform Check): {verdicts['platform']}",
        f"   ❌ Rejected by Layer 2 (Pronoun Check): {verdicts['pronoun']}",
        f"   ⚠️  Rejected by Comet criteria: {verdicts['criteria']}",
        f"   ❌ Rejected by Layer 3 (Face Presence): {verdicts['face']}",
        *_when(verdicts["consistency"], "   ❌ Rejected by the consistency check: {}"),
        f"   ❔ Undetermined (no readable cover): {verdicts['no_cover']}",
        *_when(verdicts["no_profile"], "   ❔ Undetermined (no profile answer): {}"),
        f"   ✅ Passed all filters: {verdicts['accepted']}  ({verdicts['accepted_creators']} creators)",
        f"   💾 Saved to database: {roster['new_comets']} new, {roster['known_comets']} known",
        f"   Layer 1 (Platform) rejection rate: {_rates(verdicts['platform'], videos, videos)}",
        f"   Layer 2 (Pronoun) rejection rate: {_rates(verdicts['pronoun'], videos, seen_by_pronoun)}",
        f"   Layer 3 (Face) rejection rate: {_rates(verdicts['face'], videos, seen_by_face)}",
        f"   Filter pass rate: {_percent(verdicts['accepted'], videos)}",
    ]


def _source_lines(sources: Sequence[database.Row]) -> list[str]:
    """What each source that was switched on brought, and what it cost."""
    found = {row["source"]: row for row in sources}
    return [
        f"🧭 {NAMES[source]}: {row['comets']} Comets ({row['new_comets']} new) from {row['searches']} searches, "
        f"{row['calls']} calls (${_money(row['usd'])})"
        for source in SWITCHED_ON
        if (row := found.get(source)) is not None
    ]


def _coverage_lines(coverage: Coverage) -> list[str]:
    """None when all were measured: the lines before say how many."""
    return [f"   📏 Coverage: {coverage}"] if coverage.measured < coverage.due else []


def _why_unmeasured(run: Run) -> str:
    return "budget" if run.max_calls is not None else "roll call not finished"


def _long_round_lines(found: database.Row | None, run: Run) -> list[str]:
    if found is None:
        return []
    return [
        f"   ⏳ Some wait longer than {run.longest_wait_days} days: a round over {found['creators']} creators takes "
        f"{found['days']} days at {found['calls_a_day']} calls a day"
    ]


def _when(count: int, line: str) -> list[str]:
    return [line.format(count)] if count else []


def _rates(refused: int, videos: int, seen: int) -> str:
    return f"{_percent(refused, videos)} ({_percent(refused, seen)} of those it saw)"


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole if whole else 0:.1f}%"


def _money(usd: Decimal) -> str:
    """Cents, and more digits where a cent would hide what was spent."""
    return f"{usd:.2f}" if usd == round(usd, 2) or usd >= 1 else f"{usd:.3f}"
