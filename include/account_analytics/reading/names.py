"""What the name of a file or folder tells: `Report_<start>_<epoch>_<handle>`, as TikTok names its downloads."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from include.account_analytics.facts import NameFacts

EXTENSION = re.compile(r"\.(?:zip|csv|xlsx)$", re.IGNORECASE)
# What browsers and desktops add to a second copy: " (1)", "-1", " 2", " copy 3", " - Kopie (2)".
COPY_MARK = re.compile(
    r" ?\(\d{1,3}\)$|[- ]\d{1,2}$| (?:- |– )?(?:copy|kopie|kopia|copia|cópia|copie|копия)$", re.IGNORECASE
)
NAMED = re.compile(
    r"(?P<report>Overview|Content|Viewers|Followers)"
    r"(?:_(?P<start>[0-9]{4}-[0-9]{2}-[0-9]{2})_(?P<epoch>[0-9]{10}(?:[0-9]{3})?))?"
    r"(?:_@?(?P<handle>[A-Za-z0-9_.]{2,24}))?"
)
LONGEST_SHOWN = 255


def parse_name(name: str) -> NameFacts:
    """Read from the left, because handles may hold `_`, digits and dots; a name of another kind says nothing."""
    said = NAMED.fullmatch(_without_marks(name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]))
    if said is None:
        return NameFacts()
    start, epoch = _day(said["start"]), _moment(said["epoch"])
    if said["start"] and (start is None or epoch is None):
        return NameFacts(said["report"].lower())
    return NameFacts(said["report"].lower(), start, epoch, said["handle"])


def shown(name: str) -> str:
    """The name on one line, as tables and messages can hold it: what cannot be printed becomes `�`."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)[:LONGEST_SHOWN]


def _without_marks(name: str) -> str:
    while (shorter := COPY_MARK.sub("", EXTENSION.sub("", name.strip()))) != name:
        name = shorter
    return name


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _moment(text: str | None) -> datetime | None:
    """Unix seconds, or milliseconds when there are thirteen digits."""
    return datetime.fromtimestamp(int(text[:10]), UTC) if text else None
