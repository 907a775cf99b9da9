"""Rosters for tests: creators of the sandbox's world entered as if found before; what became of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from include.local.played_days import Days

Creator = dict[str, Any]
YESTERDAY, TODAY = date(2026, 11, 1), date(2026, 11, 2)
# Every table a second run of the same day must leave as it is.
KEPT = (
    "creators",
    "creator_stats",
    "creator_videos",
    "creator_video_sightings",
    "creator_contacts",
    "daily_trends",
    "verdicts",
    "handle_history",
    "roll_call_misses",
    "api_calls",
)


def plain(days: Days, count: int, day: date = TODAY) -> list[Creator]:
    """So many active creators with nothing special about them, as the world has them on `day`."""
    ordinary = [
        creator
        for creator in days.sandbox.truth(day)
        if creator["story"] == "plain" and not creator["refuses_sec_user_id"] and not creator["refuses_user_id"]
    ]
    return ordinary[:count]


def showing(days: Days, answers: str, day: date = TODAY) -> list[Creator]:
    """The creators that the API shows in this way on `day`: active, private, hidden, gone or missing."""
    return [creator for creator in days.sandbox.truth(day) if creator["answers"] == answers]


def enter(days: Days, creators: Iterable[Creator], first_seen_on: date = YESTERDAY) -> list[str]:
    """Put creators on the roster; returns their ids."""
    rows = [
        (each["user_id"], each["sec_user_id"], each["handle"], each["nickname"], first_seen_on, "tests")
        for each in creators
    ]
    with days.connect() as connection:
        connection.cursor().executemany(
            "insert into creators (user_id, sec_user_id, handle, nickname, first_seen_on, first_seen_keyword)"
            " values (%s, %s, %s, %s, %s, %s)",
            rows,
        )
    return [row[0] for row in rows]


def observe(days: Days, day: date, counts: dict[str, int]) -> None:
    """Observed snapshots of one day: followers by user id, with hearts and videos of no meaning."""
    with days.connect() as connection:
        connection.cursor().executemany(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at,"
            " origin) values (%s, %s, %s, 1, 1, %s, 'roll_call')",
            [(user_id, day, followers, day) for user_id, followers in counts.items()],
        )


def counts(days: Days, day: date) -> dict[str, tuple[int, int, int]]:
    """Followers, hearts and videos observed on `day`, by user id."""
    rows = days.rows(
        "select user_id, follower_count, heart_count, video_count from creator_stats"
        " where recorded_date = %s and not is_estimated",
        day,
    )
    return {row[0]: row[1:] for row in rows}


def true_counts(creators: Sequence[Creator]) -> dict[str, tuple[int, int, int]]:
    """The same from the sandbox's truth."""
    return {each["user_id"]: (each["followers"], each["hearts"], each["videos"]) for each in creators}


def misses(days: Days, day: date) -> dict[str, tuple[str, str]]:
    """Outcome and reason of those looked for and not measured, by user id."""
    rows = days.rows("select user_id, outcome, reason from roll_call_misses where day = %s", day)
    return {row[0]: row[1:] for row in rows}


def fingerprints(days: Days, tables: Sequence[str] = KEPT) -> dict[str, str]:
    """One digest per table over all rows and all columns."""
    query = "select coalesce(md5(string_agg(md5(kept::text), '' order by kept::text)), '') from {} as kept"
    return {table: days.rows(query.format(table))[0][0] for table in tables}


def everything(days: Days) -> str:
    """Every row of every table as text, stored answers unpacked as far as text goes."""
    tables = days.rows(
        "select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables"
        " where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'"
    )
    rows = [days.rows(f"select kept::text from {table} as kept") for (table,) in tables]  # noqa: S608
    answers = days.rows("select answer from api_calls where answer is not null")
    unpacked = [zlib.decompress(bytes(answer)).decode() for (answer,) in answers]
    return "\n".join([*(row[0] for found in rows for row in found), *unpacked])


def field_fault(user_id: str, path: str, **action: Any) -> Creator:
    """A sandbox rule that changes one field of one creator's profile, every time."""
    return {
        "match": {"endpoint": "user_profile", "user_id": user_id},
        "times": None,
        "action": {"kind": "field", "path": f"data.user.{path}", **action},
    }


def status_fault(status: int, endpoint: str = "user_profile", times: int | None = 1, **rest: Any) -> Creator:
    """A sandbox rule that answers with a status."""
    action = {"kind": "status", "status": status, **rest.pop("action", {})}
    return {"match": {"endpoint": endpoint, **rest}, "times": times, "action": action}


def called(days: Days, endpoint: str = "user_profile") -> list[str]:
    """The subjects of all requests to one endpoint, in order of arrival."""
    return [entry["subject"] for entry in days.sandbox.log(endpoint)]
