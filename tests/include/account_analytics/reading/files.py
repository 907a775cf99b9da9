"""Made-up exports, written by hand as small as a test needs them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.examine import Examined, examine
from include.account_analytics.reading.formats import Catalogue
from include.account_analytics.reading.labels import Months

CATALOGUE, MONTHS = Catalogue.load(), Months.load()
OVERVIEW = ("Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares")
CONTENT = (
    "Time",
    "Video title",
    "Video link",
    "Post time",
    "Total likes",
    "Total comments",
    "Total shares",
    "Total views",
)


def csv_of(*rows: Sequence[str], delimiter: str = ",", end: str = "\n") -> str:
    """As Studio writes it: each value in quotes, no line break at the end."""
    return end.join(delimiter.join('"' + value.replace('"', '""') + '"' for value in row) for row in rows)


def studio(*rows: Sequence[str]) -> bytes:
    return csv_of(*rows).encode("utf-8-sig")


def zip_of(members: Mapping[str, bytes], when: tuple[int, int, int, int, int, int] = (2026, 3, 5, 9, 30, 0)) -> bytes:
    """As TikTok packs it: stored, at the root, made on no system in particular."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, when)
            entry.create_system = 0
            archive.writestr(entry, content)
    return file.getvalue()


def examined(folder: Path, content: bytes, name: str = "export", renames: Mapping[str, str] | None = None) -> Examined:
    """What the only report of a file says."""
    path = folder / "export"
    path.write_bytes(content)
    with open_export(path, name) as export:
        (member,) = export.members
        return examine(member, CATALOGUE, MONTHS, renames)
