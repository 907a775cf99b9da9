"""Rows of research for the pages: as few columns as a test cares for, the others made up."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from tests.plugins.dashboard.creators import insert

Connection = psycopg.Connection[Any]


def question(connection: Connection, query_id: str, text: str, position: int = 0, **values: Any) -> None:
    row = {"source": "page", "position": position, **values}
    insert(connection, "research_queries", query_id=query_id, text=text, **row)


def found(connection: Connection, query_id: str, video_id: str, rank: int = 1, **values: Any) -> None:
    """A hit, and its video in the state that `values` say; a video that another question found stays as it is."""
    url = f"https://www.tiktok.com/@anna/video/{video_id}"
    insert(
        connection,
        "research_hits",
        query_id=query_id,
        video_id=video_id,
        url=url,
        rank=rank,
        source="list",
        run_id="one",
    )
    known = connection.execute("select from research_videos where video_id = %s", [video_id]).fetchall()
    if not known:
        insert(connection, "research_videos", video_id=video_id, url=url, query_id=query_id, **values)


def video(connection: Connection, video_id: str, *said: tuple[str, float | None, str], **values: Any) -> None:
    """A video of the library with passages (source, second, text); each lasts two seconds."""
    row = {
        "url": f"https://www.tiktok.com/@anna/video/{video_id}",
        "author": "anna",
        "speech_state": "speech",
        "ocr_state": "done",
        "frame_count": 1,
        "frames_found": 3,
        "schema_version": 1,
        **values,
    }
    for name in ("sha256", "engines", "counts"):
        row[name] = json.dumps(row.get(name, {}))
    texts = {
        kind: " ".join(text for source, _, text in said if source == kind) for kind in ("caption", "speech", "screen")
    }
    row.setdefault("caption", texts["caption"])
    insert(connection, "videos", video_id=video_id, transcript=texts["speech"], ocr_text=texts["screen"], **row)
    for number, (source, second, text) in enumerate(said):
        ends = None if second is None else second + 2
        insert(
            connection,
            "video_passages",
            video_id=video_id,
            source=source,
            number=number,
            starts_s=second,
            ends_s=ends,
            text=text,
        )
