"""Stops the downloads of a run when the site refuses us: what every further one would do is make it worse."""

from __future__ import annotations

from typing import Any

from include.database import Connector, Database, Row
from include.video_research.downloads.failures import failed
from include.video_research.records import FailureKind

MOST_IN_A_ROW = 5
REFUSALS: frozenset[FailureKind] = frozenset({"blocked", "site_changed"})
# What says neither that the site answers us nor that it does not.
SILENT: frozenset[FailureKind] = frozenset({"transient", "timed_out", "disk", "engine", "damaged"})


class Breaker:
    """Counts the refusals of one run in the database, for all its tasks; no connection stays open while a download lasts."""

    def __init__(self, connector: Connector, run_id: str) -> None:
        self._connector, self._run_id = connector, run_id

    def check(self) -> None:
        """Before each download. Raises DownloadFailed when no more are begun."""
        found = self._send("video_research/find_open_breaker", {"run_id": self._run_id})
        if found:
            raise failed(
                "blocked", f"no more downloads in this run: the site refused {found[0]['refused_in_a_row']} in a row"
            )

    def note(self, kind: FailureKind | None) -> None:
        """How a download ended; None: well."""
        if kind in SILENT:
            return
        self._send(
            "video_research/count_refusal",
            {"run_id": self._run_id, "is_refusal": kind in REFUSALS, "most": MOST_IN_A_ROW},
        )

    def _send(self, name: str, parameters: dict[str, Any]) -> list[Row]:
        with Database(self._connector) as database:
            return database.rows(name, parameters)
