"""Whether downloads work at all, asked with videos that came through before: sites change, and extractors follow them."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

from include.database import Database
from include.extras import require
from include.failures import NeedsPerson
from include.video_research.downloads.download import download
from include.video_research.downloads.failures import DownloadFailed
from include.video_research.records import Failure, Hit
from include.video_research.settings import ResearchSettings

MOST_TRIED = 3


class CanaryFailed(NeedsPerson, RuntimeError):
    """No known video comes any more; the message says what to do."""


def canary(store: Database, configured: ResearchSettings) -> str:
    """Downloads a known video anew and throws it away; what came of it, in a sentence.

    A video that is gone says nothing, and the next one is tried. Raises CanaryFailed when none came and one should have.
    """
    require("media")
    parameters = {"is_made_up": not configured.is_site_real, "most": MOST_TRIED}
    failures: list[Failure] = []
    for row in store.rows("video_research/list_canaries", parameters):
        hit = Hit("", row["video_id"], row["url"], 0, "list", handle=row["author"])
        failure = _failure_of(hit, configured)
        if failure is None:
            return f"{row['video_id']} came, by yt-dlp {version('yt-dlp')}."
        failures.append(failure)
    telling = [failure for failure in failures if not failure.is_permanent]
    if telling:
        raise CanaryFailed(
            f"Of {len(failures)} videos that came before, none comes by yt-dlp {version('yt-dlp')}: {telling[0].error}. "
            f"{telling[0].what_to_do}"
        )
    return "Nothing to tell: " + ("all that were tried are gone." if failures else "no video is known yet.")


def _failure_of(hit: Hit, configured: ResearchSettings) -> Failure | None:
    configured.work_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=configured.work_folder, prefix="canary-") as folder:
        try:
            download(hit, Path(folder), configured, breaker=None)
        except DownloadFailed as error:
            return error.failure
    return None
