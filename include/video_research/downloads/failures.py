"""Why a download ended, in our own words: what others wrote (a page, an address, an exception) never gets into a message."""

from __future__ import annotations

from typing import Any

from include.video_research.records import Failure, FailureKind

STAGE = "download"
WHAT_TO_DO: dict[FailureKind, str] = {
    "transient": "Nothing: the next run takes it up again.",
    "gone": "Nothing: it does not exist any more. Pause the question if all its videos are gone.",
    "private": "Nothing: its author shows it to nobody, or to friends only.",
    "login_required": "Put cookies of a signed-in browser into RESEARCH_COOKIES, if you may see it there.",
    "region": "Set RESEARCH_PROXY to a proxy in a country where it is shown.",
    "blocked": "Wait some hours, lower RESEARCH_WORKERS, or set RESEARCH_PROXY: TikTok refuses this address.",
    "site_changed": "Bring yt-dlp up to date (make lock, make extra NAME=media); the DAG research_canary says when it works.",
    "too_big": "Raise RESEARCH_MAX_MB if you want it.",
    "filtered": "Raise RESEARCH_MAX_SECONDS if you want it.",
    "photo_post": "Nothing: a post of pictures has no video.",
    "damaged": "Nothing: the next run fetches it anew.",
    "disk": "Make room on the disk of RESEARCH_WORK, or lower RESEARCH_DISK_FLOOR_GB.",
    "engine": "Correct the setting that is named, then clear the task.",
    "timed_out": "Raise RESEARCH_VIDEO_TIMEOUT if the line is slow; the next run takes it up again.",
}
# Of a video that the run itself does not want.
BOUND = "Nothing: a run with other published_after or min_views asks it again."


class DownloadFailed(Exception):
    """No file. `failure` is safe to store and to show; `retry_after` is the pause the site asked for, in seconds."""

    def __init__(self, failure: Failure, retry_after: float | None = None) -> None:
        super().__init__(failure.error)
        self.failure = failure
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.failure, self.retry_after)


def failed(kind: FailureKind, error: str, *, retry_after: float | None = None, what_to_do: str = "") -> DownloadFailed:
    """The exception for a kind, with the sentence that goes with it."""
    return DownloadFailed(Failure(STAGE, kind, error, what_to_do or WHAT_TO_DO[kind]), retry_after)
