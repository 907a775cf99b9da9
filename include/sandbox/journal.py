"""The log of API requests: kept in memory for the control API, and on disk when there is a state folder."""

import json
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LONGEST = 200_000  # entries kept in memory; the file keeps all


class Journal:
    """One entry per API request, in order of arrival; the key is never in it."""

    def __init__(self, file: Path | None = None) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=LONGEST)
        self._sequence = 0
        self._file = file.open("a", encoding="utf-8") if file else None
        # Wall time read once and carried on by the monotonic clock: distances between entries are true.
        self._wall = time.time() - time.monotonic()

    def open_entry(self, **facts: Any) -> dict[str, Any]:
        """Note a request on arrival; `status` stays None until it is answered."""
        at = datetime.fromtimestamp(self._wall + time.monotonic(), UTC)
        self._sequence += 1
        entry: dict[str, Any] = {"seq": self._sequence, "at": at.isoformat(timespec="microseconds"), **facts}
        entry.update(status=None, billed=False, price=0.0, fault=None)
        self.entries.append(entry)
        return entry

    def close_entry(self, entry: dict[str, Any]) -> None:
        """Note that the request has been answered (or given up)."""
        if self._file:
            self._file.write(json.dumps(entry, ensure_ascii=True) + "\n")
            self._file.flush()

    def clear(self) -> None:
        """Forget the entries in memory."""
        self.entries.clear()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
