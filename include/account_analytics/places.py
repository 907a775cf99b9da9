"""What files of the pipeline are called in the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from include.account_analytics.accounts import UNASSIGNED

LANDING, QUARANTINE, ARCHIVE = "landing", "landing/quarantine", "landing/archive"
INCOMING = "landing/incoming"  # what was fetched, and is not entered yet
SCREENSHOTS = "browser"  # of pages that a browser did not understand
RAW, STAGING, CURATED = "raw", "staging", "curated"
UNPROVED = "unknown"
# Of staging: the typed rows of all reports, and what is made of them.
LAYERS = ("day_rows", "hour_rows", "share_rows", "video_rows", "daily", "videos", "audience", "revisions", "totals")
LONGEST = 150  # bytes of a name that came from outside


def landed(
    account: str | None,
    report: str,
    first: date | None,
    last: date | None,
    exported_at: datetime | None,
    sha256: str,
    extension: str,
) -> str:
    """An export as it came. The name never changes later, whatever is learnt of its dates."""
    moment = f"{exported_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if exported_at else UNPROVED
    days = f"{first or UNPROVED}_{last or UNPROVED}"
    return f"{LANDING}/{account or UNASSIGNED}/{report}_{days}_{moment}_{sha256[:8]}.{extension}"


def quarantined(sha256: str, file_name: str) -> str:
    """A file that cannot be read; its reason lies beside it."""
    return f"{QUARANTINE}/{sha256[:8]}_{plain(file_name)}"


def archived(sha256: str, drop_path: str) -> str:
    """A file of the drop folder, under the path it had there."""
    *folders, name = [plain(part) for part in drop_path.split("/")]
    return "/".join([ARCHIVE, *folders, f"{sha256[:8]}_{name}"])


def raw(account: str | None, report: str, member_sha256: str) -> str:
    """The rows of one report."""
    return f"{RAW}/{account or UNASSIGNED}/{report}_{member_sha256[:8]}.ndjson"


def staged(account: str) -> list[str]:
    """All that may be staged of an account."""
    return [f"{STAGING}/{account}/{name}" for name in ("members.json", *(f"{layer}.parquet" for layer in LAYERS))]


def range_of(days: Sequence[tuple[date | None, date | None]]) -> tuple[date | None, date | None]:
    """The first and last day of several reports; None where nobody proved one."""
    firsts, lasts = [first for first, _ in days if first], [last for _, last in days if last]
    return min(firsts, default=None), max(lasts, default=None)


def plain(name: str, longest: int = LONGEST) -> str:
    """A name that every store takes: nothing that separates or cannot be seen, and no more than `longest` bytes."""
    kept = (
        "".join(letter if letter.isprintable() and letter not in "\\/?" else "_" for letter in name).strip(" .") or "_"
    )
    if len(kept.encode()) <= longest:
        return kept
    suffix = PurePosixPath(kept).suffix[:10]
    return kept.encode()[: longest - len(suffix.encode())].decode("utf-8", "ignore") + suffix
