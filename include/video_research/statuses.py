"""What became of a query, rolled up from its search and its videos: one pure function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from include.video_research.records import PERMANENT, STAGES

Status = Literal[
    "open",
    "success",
    "partial_success",
    "no_results",
    "search_failed",
    "download_failed",
    "processing_failed",
    "upload_failed",
    "error",
]
# As report and pages say them, and the column outcome of research_progress: one wording everywhere.
IN_WORDS: Mapping[Status, str] = {
    "open": "open",
    "success": "done",
    "partial_success": "done in part",
    "no_results": "nothing found",
    "search_failed": "search failed",
    "download_failed": "no download worked",
    "processing_failed": "nothing passed",
    "upload_failed": "no upload worked",
    "error": "error",
}
FINAL = ("success", "no_results")
_ORDER = {stage: place for place, stage in enumerate(STAGES)}
_FAILED_AT: Mapping[str, Status] = {
    "process": "processing_failed",
    "validate": "processing_failed",
    "upload": "upload_failed",
}


@dataclass(frozen=True, slots=True)
class VideoEnd:
    """How far one video of a query is. `failed_stage` and `failure_kind` where it came to an end before the last stage."""

    video_id: str
    state: str
    failed_stage: str | None = None
    failure_kind: str | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> VideoEnd:
        return cls(row["video_id"], row["state"], row["failed_stage"], row["failure_kind"])


@dataclass(frozen=True, slots=True)
class SearchEnd:
    """`was_done`: whether the query was searched, or had addresses; `error`: why not, where that failed."""

    was_done: bool
    error: str | None = None
    is_unforeseen: bool = False


def roll_up(search: SearchEnd, videos: Sequence[VideoEnd]) -> tuple[Status, str | None]:
    """The status of a query, and the reason in words where it is not a success.

    What was left out on purpose (photo posts, filtered and forgotten videos) counts neither for nor against.
    """
    if search.is_unforeseen:
        return "error", search.error
    counted = [video for video in videos if video.state != "skipped"]
    if counted:
        return _of_videos(counted)
    if videos:
        return "no_results", f"nothing to watch: {_reasons(videos)}"
    if search.error is not None:
        return "search_failed", search.error
    return ("no_results", "the search found nothing") if search.was_done else ("open", None)


def _of_videos(videos: Sequence[VideoEnd]) -> tuple[Status, str | None]:
    states = {video.state for video in videos}
    if states == {"uploaded"}:
        return "success", None
    if states - {"uploaded", "failed"}:
        return "open", None
    if "uploaded" in states:
        return "partial_success", _reasons(videos)
    furthest = max((_ORDER.get(video.failed_stage or "", 0), video.failed_stage) for video in videos)[1]
    return _FAILED_AT.get(furthest or "", "download_failed"), _reasons(videos)


def existing(videos: Sequence[VideoEnd]) -> list[VideoEnd]:
    """The videos that could have come through: neither left out on purpose nor gone, private or closed to us."""
    return [video for video in videos if video.state != "skipped" and video.failure_kind not in PERMANENT]


def _reasons(videos: Sequence[VideoEnd]) -> str:
    """Of those that did not come through, the commonest kind first."""
    kinds = Counter(
        (video.failure_kind or "left out").replace("_", " ") for video in videos if video.state != "uploaded"
    )
    return ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items(), key=lambda item: (-item[1], item[0])))
