"""Creators whose names are attacks on the page that shows them, everywhere a page shows a name."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from tests.plugins.dashboard.creators import insert, snapshot, stand

NAMES = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "backwards": "\u202egnikcah era\u202c \u202eevil\u2066",
    "zalgo": "Z" + "\u0335\u0321\u034e" * 40 + "algo",
    "long": "endless" * 70,
    "template": "{{7*7}}${7*7}",
    "link": "javascript:alert(1)//' onclick='alert(1)",
}


def add(connection: psycopg.Connection[Any], day: date) -> None:
    """One creator per name, first in the ranking of `day`, with verdicts, overrules, a miss, and a trend of that name."""
    for rank, (kind, name) in enumerate(NAMES.items()):
        user_id = f"90000000000000000{rank:02}"
        stand(
            connection,
            user_id,
            handle=name,
            nickname=name,
            day=day,
            follower_count=50_000 + rank,
            growth_1=9_000 + rank,
            percent_1=900 - rank,
            growth_7=9_000 + rank,
            percent_7=900 - rank,
            source_trend=name,
        )
        connection.execute(
            "update creators set signature = %s, first_seen_keyword = %s where user_id = %s", [name, name, user_id]
        )
        snapshot(connection, user_id, day, 50_000 + rank, source_trend=name)
        insert(connection, "handle_history", user_id=user_id, handle=name, seen_from=day)
        insert(connection, "daily_trends", trend_keyword=name, discovered_at=day, rank=900 + rank)
        insert(
            connection, "roll_call_misses", user_id=user_id, day=day, outcome="failed", reason=f"answered with {name}"
        )
        verdict = {"day": day, "keyword": name, "user_id": user_id}
        insert(
            connection,
            "verdicts",
            **verdict,
            video_id=f"8{rank}",
            handle=name,
            layer="platform",
            field="nickname",
            matched_text=name,
            rules_version=name[:40],
            run_id=f"manual__{kind}",
        )
        insert(
            connection,
            "overrules",
            **verdict,
            video_id=f"8{rank}",
            layer="platform",
            field="nickname",
            expected="pass",
            reason=name[:400],
            made_by=name,
        )
