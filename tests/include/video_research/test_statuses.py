"""What becomes of a query is rolled up from its videos."""

from __future__ import annotations

import pytest

from include.video_research.statuses import SearchEnd, VideoEnd, existing, roll_up

DONE, NOT_DONE, FAILED = SearchEnd(True), SearchEnd(False), SearchEnd(False, "no answer in 60 s")


def video(state: str, stage: str | None = None, kind: str | None = None) -> VideoEnd:
    return VideoEnd("7", state, stage, kind)


UPLOADED = video("uploaded")
GONE = video("failed", "download", "gone")
SILENT = video("failed", "validate", "invalid")
REFUSED = video("failed", "upload", "store")
PHOTO = video("skipped", "download", "photo_post")


@pytest.mark.parametrize(
    ("search", "videos", "status", "reason"),
    [
        (DONE, [UPLOADED, UPLOADED], "success", None),
        (DONE, [UPLOADED, PHOTO], "success", None),
        (DONE, [UPLOADED, GONE, GONE, SILENT], "partial_success", "2 gone, 1 invalid"),
        (DONE, [], "no_results", "the search found nothing"),
        (DONE, [PHOTO, PHOTO], "no_results", "nothing to watch: 2 photo post"),
        (NOT_DONE, [], "open", None),
        (FAILED, [], "search_failed", "no answer in 60 s"),
        (FAILED, [UPLOADED], "success", None),
        (SearchEnd(False, "KeyError: 'x'", is_unforeseen=True), [UPLOADED], "error", "KeyError: 'x'"),
        (DONE, [GONE, GONE], "download_failed", "2 gone"),
        (DONE, [GONE, SILENT], "processing_failed", "1 gone, 1 invalid"),
        (DONE, [SILENT, REFUSED], "upload_failed", "1 invalid, 1 store"),
        (DONE, [UPLOADED, video("found")], "open", None),
        (DONE, [GONE, video("processed")], "open", None),
    ],
)
def test_status(search: SearchEnd, videos: list[VideoEnd], status: str, reason: str | None):
    """All uploaded is a success, some is a part of one; otherwise the furthest stage reached names the failure."""
    assert roll_up(search, videos) == (status, reason)


def test_the_order_of_videos_means_nothing():
    """The same videos in another order are the same status and reason."""
    videos = [UPLOADED, GONE, SILENT, PHOTO, GONE]
    assert roll_up(DONE, videos) == roll_up(DONE, videos[::-1])


def test_what_exists():
    """Photo posts, and videos that are gone or private, could not have come through; blocked ones could."""
    blocked = video("failed", "download", "blocked")
    private = video("failed", "download", "private")
    assert existing([UPLOADED, GONE, PHOTO, private, blocked, SILENT]) == [UPLOADED, blocked, SILENT]
