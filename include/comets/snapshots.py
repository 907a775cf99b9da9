"""Writes snapshots and keeps growth true: the only way rows get into `creator_stats`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from include import database
from include.comets.run import Run

REPAIR_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One creator's counts at one moment; `source_trend` is the keyword it was found under, if it was."""

    user_id: str
    followers: int
    hearts: int
    videos: int
    observed_at: datetime
    source_trend: str | None


def store(
    connection: psycopg.Connection[Any], day: date, origin: str, snapshots: Sequence[Snapshot]
) -> list[database.Row]:
    """Store a chunk inside the caller's transaction; growth, also of the days around, is right when it commits.

    One row per creator comes back: `user_id`, `outcome` (stored, kept, suspect), `earlier_followers`,
    `earlier_date`, and `follower_count`, `daily_growth_followers`, `daily_growth_percent`, `is_against_estimate` as they are
    stored now. A suspect fall is not stored: these are None. Its reading is kept; the one that confirms it has made rows of both.
    """
    if not snapshots:
        return []
    database.send(connection, "comets/lock_creators", {"user_ids": [snapshot.user_id for snapshot in snapshots]})
    return send(connection, day, origin, snapshots)()


def send(connection: psycopg.Connection[Any], day: date, origin: str, snapshots: Sequence[Snapshot]) -> database.Answer:
    """As `store`, for a caller who has locked the creators and who sends more before it asks for the rows.

    Growth across a gap is right only once it has asked.
    """
    sent = database.send(
        connection,
        "comets/store_snapshots",
        {
            "day": day,
            "origin": origin,
            **database.columns(
                snapshots,
                user_ids="user_id",
                followers="followers",
                hearts="hearts",
                videos="videos",
                observed_at="observed_at",
                source_trends="source_trend",
            ),
        },
    )

    def answer() -> list[database.Row]:
        stored = sent()
        believed = _settle_falls(connection, day, [row["user_id"] for row in stored if row["is_unsettled"]])
        bordering = [row["user_id"] for row in stored if row["borders_a_gap"]]
        if bordering:
            database.send(connection, "comets/repair_growth", {"day": day, "user_ids": bordering})
        stored = [_as_judged(row, believed.get((row["user_id"], day))) for row in stored]
        unread = [
            row["user_id"]
            for row in stored
            if row["outcome"] != "suspect" and (row["borders_a_gap"] or row["is_unsettled"] or row["outcome"] == "kept")
        ]
        if unread:
            parameters = {"day": day, "user_ids": unread}
            now = {row["user_id"]: row for row in database.rows(connection, "comets/read_snapshots", parameters)}
            return [{**row, **now.get(row["user_id"], {})} for row in stored]
        return stored

    return answer


def _settle_falls(
    connection: psycopg.Connection[Any], day: date, user_ids: Sequence[str]
) -> dict[tuple[str, date], bool]:
    """Judge the falls around `day` anew, and mend growth around all that changed: by creator and day, whether it is believed."""
    if not user_ids:
        return {}
    changed = database.rows(connection, "comets/settle_falls", {"day": day, "user_ids": list(user_ids)})
    for changed_day in sorted({row["recorded_date"] for row in changed}):
        whose = [row["user_id"] for row in changed if row["recorded_date"] == changed_day]
        database.send(connection, "comets/repair_growth", {"day": changed_day, "user_ids": whose})
    return {(row["user_id"], row["recorded_date"]): row["is_believed"] for row in changed}


def _as_judged(row: database.Row, is_believed: bool | None) -> database.Row:
    if is_believed is None:
        return row
    if is_believed:
        return {**row, "outcome": "stored"}
    nothing = dict.fromkeys(("follower_count", "daily_growth_followers", "daily_growth_percent"))
    return {**row, **nothing, "outcome": "suspect"}


def settle_growth(connection: psycopg.Connection[Any], day: date) -> int:
    """Find creators whose growth around `day` does not follow from the stored snapshots, and mend it.

    Returns the number of rows changed: 0 unless rows were written by other hands, or a gap was not filled yet.
    """
    unsettled = sorted(
        row["user_id"] for row in database.rows(connection, "comets/find_unsettled_growth", {"day": day})
    )
    changed = 0
    for start in range(0, len(unsettled), REPAIR_CHUNK):
        parameters = {"day": day, "user_ids": unsettled[start : start + REPAIR_CHUNK]}
        with database.transaction(connection):
            database.rows(connection, "comets/lock_creators", parameters)
            changed += len(database.rows(connection, "comets/repair_growth", parameters))
    return changed


def growth_text(stored: database.Row) -> str:
    """The growth of a row of `store` for the log; one that is counted from an estimate says so."""
    against = ", against an estimate" if stored.get("is_against_estimate") else ""
    return f"{stored['daily_growth_followers']:+,} / {stored['daily_growth_percent']:.2f}%{against}"


def suspect_line(handle: str, followers: int, stored: database.Row) -> str:
    """What the log says of a fall that is not believed yet."""
    return (
        f"🔎 Suspect: @{handle} fell from {stored['earlier_followers']:,} to {followers:,} "
        "followers (not stored, looked at again tomorrow)"
    )


def record_misses(
    connection: psycopg.Connection[Any],
    run: Run,
    user_ids: Sequence[str],
    outcomes: Sequence[str],
    reasons: Sequence[str],
) -> None:
    """Keep who was looked for and not measured, and why. All are parallel.

    Outcomes: failed, gone, private, banned, and doubted, which is stored as a failure that counts as no look.
    """
    if not user_ids:
        return
    parameters = {
        "day": run.day,
        "counts_as_look": not run.is_replay,
        "user_ids": list(user_ids),
        "outcomes": list(outcomes),
        "reasons": list(reasons),
    }
    database.send(connection, "comets/record_misses", parameters)
