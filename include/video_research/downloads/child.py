"""`python -m include.video_research.downloads.child PARENT`: fetches one video for the process that started it.

It reads an order from its input and writes a report to its output, both JSON. It is a process of its own because yt-dlp
cannot be stopped from outside, and because whatever a page makes it do ends with it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from include.video_research import children
from include.video_research.downloads.classes import Trouble, classify
from include.video_research.downloads.extractor import Downloader, Order, Seen, captions_of, stay_public
from include.video_research.downloads.failures import BOUND

# What a page says about its video that is worth keeping.
KEPT = (
    "id",
    "title",
    "description",
    "timestamp",
    "uploader",
    "uploader_id",
    "channel",
    "channel_id",
    "view_count",
    "like_count",
    "repost_count",
    "comment_count",
    "save_count",
    "track",
    "duration",
)
LEFT_OUT = {
    "other": "the page describes another video than the one asked for",
    "length": "it lasts longer than RESEARCH_MAX_SECONDS allows",
    "live": "it is a live stream",
    "size": "it is larger than RESEARCH_MAX_MB allows",
}


def main() -> None:
    """One order in, one report out."""
    children.end_with(int(sys.argv[1]))
    report = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else gets into the report
    order = Order(**json.loads(sys.stdin.buffer.read()))
    stay_public(order)
    os.write(report, json.dumps(fetch(order)).encode())


def fetch(order: Order) -> dict[str, Any]:
    """The report: what the page said and where the file lies, or why there is none."""
    found = _once(order)
    # An address that ended between page and media: a new page has a new one.
    return _once(order) if found.get("is_refused_media") else found


def _once(order: Order) -> dict[str, Any]:
    seen = Seen()
    try:
        with Downloader(order, seen) as ydl:
            info = ydl.extract_info(order.url, download=True) or {}
            captions = {} if seen.skipped else captions_of(ydl, info, seen)
    except Exception as error:  # noqa: BLE001 - see the list in test_architecture
        return _trouble(classify(error, seen), seen)
    if seen.skipped:
        kind, what = seen.skipped
        if what == "bound":
            return {"kind": kind, "error": seen.broken_bound, "what_to_do": BOUND}
        return {"kind": kind, "error": LEFT_OUT[what]}
    if seen.is_photo:
        return {"kind": "photo_post", "error": "it is a post of pictures"}
    taken = info.get("requested_downloads") or [{}]
    path = Path(taken[0].get("filepath") or order.folder)
    if not path.is_file():
        return {"kind": "transient", "error": "yt-dlp brought no file, and gave no reason"}
    return {
        "path": str(path),
        "announced_bytes": taken[0].get("filesize"),
        "page": {name: info[name] for name in KEPT if info.get(name) is not None},
        "captions": {language: data.decode("utf-8", "replace") for language, data in captions.items()},
    }


def _trouble(trouble: Trouble, seen: Seen) -> dict[str, Any]:
    is_refused_media = trouble.kind == "blocked" and trouble.error.startswith("the media")
    return {
        "kind": trouble.kind,
        "error": trouble.error,
        "retry_after": trouble.retry_after,
        "is_refused_media": is_refused_media,
    }


if __name__ == "__main__":
    main()
