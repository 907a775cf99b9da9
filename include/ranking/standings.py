"""Where every creator stands after a day, and who was first on it."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg

from include import database
from include.erasure import forgotten as erasure

KEPT = 1_000  # of each ranking and day
# Creators are taken in parts at the same time, each in its own transaction: what writes cannot use a second processor itself.
PARTS = 2
# From so many rows on it is faster to drop the indexes of standings and to make them anew.
MANY, TRIES_TO_DROP = 50_000, 20
# Memory the refresh of a part may take; with less it is done on disk.
_MEMORY = "256MB"
_LOCK = 387_021  # any constant; refreshes of several runs take turns on it, part by part
log = logging.getLogger(__name__)


def rank_day(connector: database.Connector, day: date) -> dict[str, int]:
    """Bring `standings` up to date, and freeze the rankings of `day`.

    Standings are those of each creator's latest row, whatever the day; the rankings are those of `day` alone. Done again
    it changes nothing. Returns rows: `written` and `removed` of the standings, `score` and `growth` of the rankings.
    """
    with database.Database(connector) as connections:
        latest = connections.one("ranking/read_latest_day", {"day": day})
        if latest["latest_day"] is None:
            log.info("Nobody was ever measured: there is nothing to rank.")
            return {}
        connections.run(lambda connection: _refresh_usual(connection, latest))
        parts = _refresh(connections, connector, latest)
        counts = {name: sum(part[name] for part in parts) for name in ("written", "removed")}
        kept = connections.run(lambda connection: _freeze(connection, day, latest))
    log.info("Standings: %s rows written, %s removed", f"{counts['written']:,}", f"{counts['removed']:,}")
    log.info("Rankings of %s: the first %s by score, %s by growth", day, f"{kept['score']:,}", f"{kept['growth']:,}")
    return {**counts, **kept}


def _refresh_usual(connection: psycopg.Connection[Any], latest: database.Row) -> None:
    """What the check of growth compares with: each part of the creators asks what all of them say."""
    _prepare(connection, PARTS)
    database.rows(connection, "ranking/refresh_usual_hearts", latest)


def _refresh(connections: database.Database, connector: database.Connector, latest: database.Row) -> list[database.Row]:
    outdated = connections.one("ranking/count_outdated", latest)
    if outdated["creators"] >= MANY:
        _drop_indexes(connections)
    try:
        with ThreadPoolExecutor(PARTS) as threads:
            return list(threads.map(lambda part: _refresh_part(connector, latest, part), range(PARTS)))
    finally:
        # Also what a refresh that was killed left without them.
        connections.run(_make_indexes)


def _drop_indexes(connections: database.Database) -> None:
    """Where somebody reads all the time they stay, and the refresh takes longer."""
    for _ in range(TRIES_TO_DROP):
        if connections.one("ranking/drop_indexes")["is_dropped"]:
            return
        time.sleep(0.5)
    log.info("The indexes of standings are in use without a pause: they stay, and the refresh takes longer.")


def _make_indexes(connection: psycopg.Connection[Any]) -> None:
    _set_limits(connection)
    database.one(connection, "ranking/make_indexes")


def _refresh_part(connector: database.Connector, latest: database.Row, part: int) -> database.Row:
    def refresh(connection: psycopg.Connection[Any]) -> database.Row:
        _prepare(connection, part)
        return database.one(connection, "ranking/refresh_standings", {**latest, "part": part, "parts": PARTS})

    with database.Database(connector) as connections:
        return connections.run(refresh)


def _freeze(connection: psycopg.Connection[Any], day: date, latest: database.Row) -> dict[str, int]:
    _prepare(connection, PARTS)
    kept = database.rows(connection, "ranking/freeze_ranking", {**latest, "day": day, "most": KEPT})
    return {"score": 0, "growth": 0, **{row["ranking"]: row["kept"] for row in kept}}


def _prepare(connection: psycopg.Connection[Any], turn: int) -> None:
    _set_limits(connection)
    connection.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, turn])
    erasure.share(connection)


def _set_limits(connection: psycopg.Connection[Any]) -> None:
    # Another run may be at it for a while, and the first refresh of a long history takes its time.
    connection.execute(
        "select set_config('lock_timeout', '240s', true), set_config('statement_timeout', '1800s', true),"
        " set_config('work_mem', %s, true), set_config('jit', 'off', true),"
        # Everybody is joined with everybody, once: a table that is not analysed yet looks empty, and loops would never end.
        " set_config('enable_nestloop', 'off', true)",
        [_MEMORY],
    )
