"""What has been read is moved out of the drop folder, and what nobody needs any more out of raw."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import psycopg

from include import database
from include.account_analytics import drop, places
from include.account_analytics.landing import Source
from include.account_analytics.rows import as_jsonb
from include.lake import Lake

TOGETHER = 64  # files that are copied together


def archive(connection: psycopg.Connection[Any], lake: Lake, source: Source) -> int:
    """Move files whose reports are in raw from the drop folder to landing/archive; how many. A folder that is kept stays.

    Refused files that are in quarantine go too; of what may not be kept, the only copy stays where it is.
    """
    if source.folder is None or source.keeps or source.is_made_up:
        return 0
    keys: dict[tuple[str, int, int], str] = {}
    copied: dict[str, str] = {}
    for row in database.rows(connection, "account_analytics/list_to_archive"):
        key = row["landing_key"]
        if row["state"] != "quarantined":
            key = places.archived(row["export_sha256"], row["drop_path"])
            copied[key] = row["landing_key"]
        keys[row["drop_path"], row["size_bytes"], row["mtime_ns"]] = key
    for first in range(0, len(copied), TOGETHER):
        with ExitStack() as held:
            some = list(copied.items())[first : first + TOGETHER]
            lake.upload_all({key: held.enter_context(lake.local(landed)) for key, landed in some})
    gone = drop.take_away(source.folder, keys.keys()) if keys else set()
    taken = {name: key for (name, *_), key in keys.items() if name in gone}
    files = as_jsonb({"drop_path": name, "archive_key": key} for name, key in taken.items())
    marked = database.rows(connection, "account_analytics/mark_archived", {"files": files}) if taken else []
    # A row that is gone is that of somebody who was forgotten meanwhile.
    for name in taken.keys() - {row["drop_path"] for row in marked}:
        lake.delete(taken[name])
    return len(gone)


def remove_strays(connection: psycopg.Connection[Any], lake: Lake) -> None:
    """Lines that a report left behind when it became a copy of another one, and files whose rows are gone."""
    for row in database.rows(connection, "account_analytics/take_noted", {"place": "lake"}):
        lake.delete(row["name"])
    for row in database.rows(connection, "account_analytics/list_strays"):
        lake.delete(row["raw_key"])
        parameters = {"export_sha256": row["export_sha256"], "member": row["member"]}
        database.rows(connection, "account_analytics/drop_stray", parameters)
