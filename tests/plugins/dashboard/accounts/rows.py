"""Rows of accounts for the pages: as few columns as a test cares for, the others made up."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg

from tests.plugins.dashboard.creators import insert

Connection = psycopg.Connection[Any]
OVERVIEW, ACTIVITY = "a" * 64, "b" * 64


def today() -> date:
    return datetime.now(UTC).date()


def back(days: int) -> date:
    return today() - timedelta(days=days)


def account(connection: Connection, name: str, **values: Any) -> None:
    insert(connection, "accounts", account=name, handle=name, **values)


def stat(connection: Connection, name: str, day: date, **values: Any) -> None:
    """A day of the account; its engagement rate follows from what is given."""
    parts = [values.get(each) for each in ("likes", "comments", "shares")]
    if values.get("video_views") and None not in parts:
        values.setdefault("engagement_rate", sum(parts) / values["video_views"])
    extra = json.dumps(values.pop("extra", {}))
    insert(connection, "social_media_stats", account=name, date=day, extra=extra, **values)


def question(connection: Connection, kind: str, text: str, candidates: list[str], **values: Any) -> int:
    """Returns its number."""
    row = {"subject": f"{kind}:{text[:60]}", **values}
    insert(connection, "account_questions", kind=kind, question=text, candidates=candidates, **row)
    ((number,),) = connection.execute("select max(question_id) from account_questions").fetchall()
    return int(number)


def file(connection: Connection, sha256: str, name: str, owner: str | None, **values: Any) -> None:
    """A file, or with `member` one report of it, that counts."""
    row = {
        "source": "drop",
        "file_name": name,
        "size_bytes": 1000,
        "landed_at": datetime.combine(today(), time(6), UTC),
        "state": "staged",
        **values,
    }
    insert(connection, "account_exports", export_sha256=sha256, account=owner, **row)


def video(connection: Connection, owner: str, video_id: str, day: date, **values: Any) -> None:
    """A snapshot of a video."""
    row = {"title": f"Video {video_id}", "member": OVERVIEW, "line": 2, **values}
    row["extra"] = json.dumps(values.get("extra", {}))
    insert(connection, "content_performance", account=owner, video_id=video_id, snapshot_day=day, **row)


def audience(connection: Connection, owner: str, day: date, kind: str, bucket: str, **values: Any) -> None:
    row = {"member": ACTIVITY, "line": 2, **values}
    insert(connection, "audience_insights", account=owner, day=day, kind=kind, bucket=bucket, **row)


def quality(connection: Connection, owner: str, **values: Any) -> None:
    row = {"run_id": "r1", "day": today(), **values}
    row |= {name: json.dumps(values.get(name, {})) for name in ("offenders", "compared")}
    insert(connection, "account_quality", account=owner, **row)


def anomaly(connection: Connection, owner: str, day: date, kind: str, **values: Any) -> None:
    insert(connection, "account_anomalies", account=owner, day=day, kind=kind, **values)
