"""Rows for the pages about creators: as few columns as a test cares for, the others made up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def insert(connection: psycopg.Connection[Any], table: str, **values: Any) -> None:
    """One row."""
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def stand(connection: psycopg.Connection[Any], user_id: str, **values: Any) -> None:
    """A creator with a standing; what is not given is unknown, or that of an active creator of 20,000 followers."""
    standing = {
        "day": DAY,
        "handle": f"handle.{user_id}",
        "nickname": f"Name {user_id}",
        "status": "active",
        "follower_count": 20_000,
        "heart_count": 400_000,
        "video_count": 50,
        "is_estimated": False,
        "estimated_days": 0,
        "first_seen_on": DAY,
        "band": "inside",
        "is_new": False,
        "is_fading": False,
        "refreshed_at": NOON,
        **values,
    }
    known = {name: standing[name] for name in ("handle", "nickname", "status", "first_seen_on")}
    insert(connection, "creators", user_id=user_id, **known)
    insert(connection, "standings", user_id=user_id, **standing)


def snapshot(connection: psycopg.Connection[Any], user_id: str, day: date, followers: int, **values: Any) -> None:
    """A row of `creator_stats`, observed in the roll call unless said otherwise."""
    row = {"heart_count": 1, "video_count": 1, "origin": "roll_call", "observed_at": NOON, **values}
    row["is_estimated"] = row["origin"] == "interpolation"
    insert(connection, "creator_stats", user_id=user_id, recorded_date=day, follower_count=followers, **row)


def end_run(connection: psycopg.Connection[Any], run_id: str, **values: Any) -> None:
    """A complete live run of DAY unless said otherwise."""
    row = {"day": DAY, "mode": "live", "settings": "{}", "state": "complete", "coverage": 0.98, "roster": 3, **values}
    insert(connection, "runs", pipeline="comets", run_id=run_id, **row)
