"""One video: from its address to a proved file, or the reason why not."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include.extras import require
from include.settings import ROOT
from include.video_research import children
from include.video_research.downloads import metadata, proof
from include.video_research.downloads.breaker import Breaker
from include.video_research.downloads.failures import BOUND, DownloadFailed, failed
from include.video_research.records import METADATA, VIDEO, Bounds, Downloaded, Hit
from include.video_research.settings import ResearchSettings
from include.web.addresses import Addresses
from include.web.files import FileError, FileFetcher, FileUnavailable
from include.web.transport import Route

NOTE = "download.json"  # written last: where it lies, the video beside it was proved
PATIENCE_S = 20.0  # without a byte
MARGIN = timedelta(seconds=30)  # an address that ends sooner is not begun with
GRACE_S = 5.0  # between the address's share of the time and the extractor's
HANDLE = re.compile(r"[A-Za-z0-9._-]+")
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A file that came, not proved yet, and what was said beside it."""

    path: Path
    announced_bytes: int | None
    announced_s: float | None
    page: Mapping[str, Any] | None
    captions: Mapping[str, str]


def download(
    hit: Hit,
    folder: Path,
    configured: ResearchSettings,
    *,
    breaker: Breaker | None,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    patience_s: float = PATIENCE_S,
) -> Downloaded:
    """The video of a hit, proved, in `folder`, with metadata.json beside it; what lies there already is not fetched again.

    One out of `bounds` is given up as soon as that is known: from the hit before anything is asked, from the page before its
    media. `breaker` is the run's; None for a download that belongs to no run. All of it together takes at most `video_timeout_s`,
    and a server that sends nothing for `patience_s` is given up. Raises DownloadFailed, which says why and what to do, and
    ExtraMissing without the extra `media`.
    """
    require("media")
    _keep_to(bounds, hit.posted_at, hit.plays)
    found = kept(hit.video_id, folder)
    if found:
        _keep_to(bounds, *_told(found.metadata))
        return found
    if breaker:
        breaker.check()
    _make_room(folder, configured)
    try:
        try:
            downloaded = _downloaded(hit, folder, configured, bounds, patience_s)
        except OSError as error:
            raise failed("disk", f"the working folder cannot be used: {error.strerror}") from error
    except DownloadFailed as error:
        if error.failure.is_permanent:
            _sweep(folder)
        if breaker:
            breaker.note(error.failure.kind)
        raise
    if breaker:
        breaker.note(None)
    return downloaded


def kept(video_id: str, folder: Path) -> Downloaded | None:
    """What an earlier download left there, if every byte of it is still the same."""
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        path = folder / VIDEO
        if note["video_id"] != video_id or path.stat().st_size != note["size_bytes"] or sha256(path) != note["sha256"]:
            return None
        known = json.loads((folder / METADATA).read_text(encoding="utf-8"))
        captions = {language: folder / name for language, name in note["captions"].items()}
        if not isinstance(known, dict) or not all(file.is_file() for file in captions.values()):
            return None
        return Downloaded(
            video_id,
            path,
            note["size_bytes"],
            note["sha256"],
            float(note["duration_s"]),
            bool(note["has_audio"]),
            known,
            captions,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep_to(bounds: Bounds, posted_at: datetime | None, plays: int | None) -> None:
    if broken := bounds.broken(posted_at, plays):
        raise failed("filtered", broken, what_to_do=BOUND)


def _told(known: Mapping[str, Any]) -> tuple[datetime | None, int | None]:
    """When it was posted and how often it was played, as its metadata.json says."""
    posted = known.get("posted_at")
    return datetime.fromisoformat(posted) if posted else None, (known.get("counts") or {}).get("plays")


def _make_room(folder: Path, configured: ResearchSettings) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise failed("disk", f"the working folder cannot be used: {error.strerror}") from error
    if free < configured.disk_floor_bytes:
        raise failed(
            "disk",
            f"only {free / 1e9:.1f} GB are free on the disk of RESEARCH_WORK, and RESEARCH_DISK_FLOOR_GB is "
            f"{configured.disk_floor_bytes / 1e9:g}",
        )


def _downloaded(hit: Hit, folder: Path, configured: ResearchSettings, bounds: Bounds, patience_s: float) -> Downloaded:
    ends = time.monotonic() + configured.video_timeout_s
    fetched = _from_address(hit, folder, configured, patience_s, ends)
    if fetched:
        try:
            return _keep(hit, folder, configured, fetched)
        except DownloadFailed as error:
            if error.failure.kind != "damaged":
                raise
    return _keep(hit, folder, configured, _from_page(hit, folder, configured, bounds, patience_s, ends))


def _from_address(
    hit: Hit, folder: Path, configured: ResearchSettings, patience_s: float, ends: float
) -> _Fetched | None:
    """By the signed address that the search gave; None where there is none that works: then the page is asked."""
    now = datetime.now(UTC)
    if hit.play_url is None or (hit.play_until is not None and hit.play_until <= now + MARGIN):
        return None
    hosts = None if configured.is_site_real else ()
    if Addresses(configured.site_url, hosts).host_of(hit.play_url) is None:
        return None
    path = folder / "download-address.mp4"
    deadline = max((ends - time.monotonic()) / 2 - GRACE_S, 1.0)  # the rest is the page's
    route = Route(proxy=configured.proxy.reveal() if configured.proxy else None)
    with FileFetcher(
        configured.site_url,
        hosts=hosts,
        deadline=deadline,
        max_bytes=configured.largest_video_bytes,
        patience=patience_s,
        route=route,
    ) as fetcher:
        try:
            file = fetcher.fetch(hit.play_url, path)
        except (FileUnavailable, FileError):
            return None
    return _Fetched(path, file.size, hit.duration_s, None, {})


def _from_page(
    hit: Hit, folder: Path, configured: ResearchSettings, bounds: Bounds, patience_s: float, ends: float
) -> _Fetched:
    """By yt-dlp's extractor, in a process aside that is killed when the time is over."""
    order = {
        "url": _page_url(hit, configured),
        "video_id": hit.video_id,
        "folder": str(folder.resolve()),
        "site_url": configured.site_url,
        "is_site_real": configured.is_site_real,
        # To this machine nobody goes by a proxy.
        "proxy": configured.proxy.reveal() if configured.proxy and configured.is_site_real else None,
        "cookies": _cookies(configured),
        "impersonates": configured.impersonates,
        "longest_s": configured.longest_video_s,
        "largest_bytes": configured.largest_video_bytes,
        "patience": patience_s,
        "since": bounds.since.isoformat() if bounds.since else None,
        "least": bounds.least,
    }
    try:
        ended = children.run(
            [sys.executable, "-m", "include.video_research.downloads.child", str(os.getpid())],
            max(ends - time.monotonic(), 1.0),
            given=json.dumps(order).encode(),
            environment={
                **{name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
                "PYTHONPATH": str(ROOT),
                "YTDLP_NO_PLUGINS": "1",
            },
        )
    except children.TookTooLong:
        raise failed("timed_out", f"it was not there within {configured.video_timeout_s} s") from None
    try:
        report = json.loads(ended.stdout)
    except ValueError:
        raise failed("transient", f"yt-dlp's process ended with status {ended.status}, without a report") from None
    if "path" not in report:
        what_to_do = report.get("what_to_do", "")
        raise failed(report["kind"], report["error"], retry_after=report.get("retry_after"), what_to_do=what_to_do)
    length = report["page"].get("duration")
    return _Fetched(
        Path(report["path"]),
        report["announced_bytes"],
        float(length) if length else hit.duration_s,
        report["page"],
        report["captions"],
    )


def _page_url(hit: Hit, configured: ResearchSettings) -> str:
    """The one form of address that the extractor takes, on the site that is configured."""
    handle = hit.handle if hit.handle and HANDLE.fullmatch(hit.handle) else "_"
    return f"{configured.site_url}/@{handle}/video/{hit.video_id}"


def _cookies(configured: ResearchSettings) -> str | None:
    """Read here and handed on: yt-dlp would write the site's answers into the file."""
    if configured.cookie_file is None:
        return None
    try:
        return configured.cookie_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise failed("engine", "RESEARCH_COOKIES cannot be read", what_to_do="Give a readable file.") from error


def _keep(hit: Hit, folder: Path, configured: ResearchSettings, fetched: _Fetched) -> Downloaded:
    """Proved first; then the video takes its place, what is known of it, and the note that says so."""
    size = fetched.path.stat().st_size
    try:
        if fetched.announced_bytes is not None and size != fetched.announced_bytes:
            raise proof.Damaged(f"{size:,} bytes came of {fetched.announced_bytes:,} that were announced")
        proved = proof.prove(fetched.path, fetched.announced_s)
    except proof.Damaged as error:
        _sweep(folder)
        raise failed("damaged", f"what came is no whole video: {error}") from error
    if proved.duration_s > configured.longest_video_s:
        _sweep(folder)
        raise failed("filtered", "it lasts longer than RESEARCH_MAX_SECONDS allows")
    now = datetime.now(UTC).replace(microsecond=0)
    known = (
        metadata.from_hit(hit, proved.duration_s, now)
        if fetched.page is None
        else metadata.from_page(hit, fetched.page, proved.duration_s, now)
    )
    captions = {language: f"captions.{language}.vtt" for language in fetched.captions}
    digest = sha256(fetched.path)
    fetched.path.replace(folder / VIDEO)
    _sweep(folder)
    for language, name in captions.items():
        (folder / name).write_text(fetched.captions[language], encoding="utf-8")
    _write(folder / METADATA, known)
    note = {
        "video_id": hit.video_id,
        "size_bytes": size,
        "sha256": digest,
        "captions": captions,
        **asdict(proved),
    }
    _write(folder / NOTE, note)
    files = {language: folder / name for language, name in captions.items()}
    return Downloaded(hit.video_id, folder / VIDEO, size, digest, proved.duration_s, proved.has_audio, known, files)


def _write(path: Path, content: Mapping[str, object]) -> None:
    """Whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)


def _sweep(folder: Path) -> None:
    """What is left of this download and of others that broke off."""
    for path in folder.glob("download-*"):
        path.unlink(missing_ok=True)
