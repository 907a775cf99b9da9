"""What the page looked like where a visit went no further: in the lake, for a person to look at, for a month."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from include.account_analytics import places
from include.lake import Lake

DAYS = 30
KEY = re.compile(rf"{places.SCREENSHOTS}/[^/]+/(\d{{8}}T\d{{6}}Z)_[^/]*\.png")


def keep(lake: Lake, account: str, tab: str, step: str, at: datetime, picture: bytes) -> str:
    """Returns its key."""
    name = places.plain(f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{tab}_{step}.png".replace(" ", "-"))
    key = f"{places.SCREENSHOTS}/{account}/{name}"
    lake.write(key, picture)
    return key


def remove_expired(lake: Lake, now: datetime) -> int:
    """Remove those older than DAYS; how many."""
    before = f"{now.astimezone(UTC) - timedelta(days=DAYS):%Y%m%dT%H%M%SZ}"
    removed = 0
    for entry in lake.entries(places.SCREENSHOTS):
        said = KEY.fullmatch(entry.key)
        if said is not None and said[1] < before:
            lake.delete(entry.key)
            removed += 1
    return removed
