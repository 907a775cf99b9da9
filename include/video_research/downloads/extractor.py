"""yt-dlp with the real TikTok extractor, bound to one site: imported in the process aside alone, because it is heavy.

Beside the extractor's own work it notes what the page said (its status, its reason, a login page, a post of pictures),
which is gone when its exception arrives.
"""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from yt_dlp import YoutubeDL
from yt_dlp.extractor.tiktok import TikTokIE
from yt_dlp.networking.exceptions import RequestError

from include.video_research.downloads import metadata
from include.video_research.records import Bounds
from include.web.transport import is_public

# The best that is h264, no larger than is wanted; then what there is, so that its size can be told.
FORMAT = (
    "b[ext=mp4][vcodec^=h264][filesize<=?{most}]/b[ext=mp4][vcodec^=avc][filesize<=?{most}]"
    "/b[ext=mp4][vcodec^=h264]/b[ext=mp4]/b"
)
RETRIES = 3
LARGEST_CAPTIONS = 2_000_000


class AddressRefused(RequestError):
    """The page names an address that is not asked."""


class TooLarge(Exception):
    """More bytes came than are wanted."""


@dataclass(slots=True)
class Seen:
    """What the site showed on the way to an answer; `skipped` is why the video is left out on purpose."""

    status: int = 0
    words: str = ""
    is_photo: bool = False
    asks_for_login: bool = False
    is_other_video: bool = False
    is_in_media: bool = False
    bytes_came: int = 0
    skipped: tuple[str, str] | None = None
    broken_bound: str = ""
    lines: list[str] = field(default_factory=list)
    translations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Order:
    """What the process aside is to fetch, and within which bounds."""

    url: str
    video_id: str
    folder: str
    site_url: str
    is_site_real: bool
    proxy: str | None
    cookies: str | None
    impersonates: bool
    longest_s: int
    largest_bytes: int
    patience: float
    since: str | None = None
    least: int = 0

    @property
    def bounds(self) -> Bounds:
        """Which videos are wanted, by what the page says."""
        return Bounds(date.fromisoformat(self.since) if self.since else None, self.least)


def extractor(order: Order, seen: Seen) -> TikTokIE:
    """The real one; for a sandbox, with the sandbox's address in place of TikTok's."""
    site = re.escape(order.site_url)

    class TikTok(TikTokIE):
        IE_NAME = "TikTok"
        if not order.is_site_real:
            _VALID_URL = rf"{site}/@(?P<user_id>[\w.-]*)/video/(?P<id>\d+)"
            _WEBPAGE_HOST = f"{order.site_url}/"

        @classmethod
        def ie_key(cls) -> str:
            return "TikTok"

        @staticmethod
        def _create_url(user_id: str | None, video_id: str) -> str:
            return f"{order.site_url}/@{user_id or '_'}/video/{video_id}"

        def _get_universal_data(self, webpage: str, display_id: str) -> Any:
            data = super()._get_universal_data(webpage, display_id)
            _note(data, order.video_id, seen)
            return data

        def raise_login_required(self, *arguments: Any, **named: Any) -> None:
            seen.asks_for_login = True
            super().raise_login_required(*arguments, **named)

    return TikTok()


def _note(data: Any, video_id: str, seen: Seen) -> None:
    detail = data.get("webapp.video-detail") if isinstance(data, dict) else None
    if not isinstance(detail, dict):
        return
    status, words = detail.get("statusCode"), detail.get("statusMsg")
    seen.status = status if isinstance(status, int) else 0
    seen.words = words.lower() if isinstance(words, str) else ""
    info = detail.get("itemInfo")
    item = info.get("itemStruct") if isinstance(info, dict) else None
    if isinstance(item, dict):
        seen.is_photo = bool(item.get("imagePost"))
        seen.is_other_video = item.get("id") not in (None, "", video_id)
        seen.translations = _translations(item.get("video"))


def _translations(video: Any) -> frozenset[str]:
    """Addresses of captions that the site translated by machine: they are not what is said."""
    listed = video.get("subtitleInfos") if isinstance(video, dict) else None
    told = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return frozenset(one["Url"] for one in told if one.get("Source") == "MT" and isinstance(one.get("Url"), str))


class Downloader(YoutubeDL):
    """Asks nobody but the site and public hosts, tells nobody what it does, and knows one extractor."""

    def __init__(self, order: Order, seen: Seen) -> None:
        self._order, self._seen = order, seen
        super().__init__(_options(order, seen), auto_init=False)
        self.add_info_extractor(extractor(order, seen))

    def _get_available_impersonate_targets(self) -> list[Any]:
        return super()._get_available_impersonate_targets() if self._order.impersonates else []

    def _impersonate_target_available(self, target: Any) -> bool:
        return self._order.impersonates and bool(super()._impersonate_target_available(target))

    def urlopen(self, request: Any) -> Any:
        url = request if isinstance(request, str) else request.url
        asked, site = urlsplit(url), urlsplit(self._order.site_url)
        is_site = (asked.scheme, asked.netloc) == (site.scheme, site.netloc)
        if not is_site and (not self._order.is_site_real or asked.scheme != "https" or asked.port not in (None, 443)):
            raise AddressRefused("an address that is not asked")
        return super().urlopen(request)


def stay_public(order: Order) -> None:
    """From here on this process connects to public hosts alone, whatever a page names: and to its proxy, or the sandbox."""
    own = {urlsplit(order.proxy).hostname} if order.proxy else set()
    if not order.is_site_real:
        own.add(urlsplit(order.site_url).hostname)
    resolve: Callable[..., Any] = socket.getaddrinfo

    def checked(host: Any, *arguments: Any, **named: Any) -> Any:
        found = resolve(host, *arguments, **named)
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name not in own and not all(is_public(info[4][0]) for info in found):
            raise socket.gaierror(socket.EAI_NONAME, "outside the public internet")
        return found

    socket.getaddrinfo = checked


class _Logger:
    """Keeps yt-dlp's lines from every log: they hold addresses with signatures, and pieces of pages."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def debug(self, line: str) -> None:
        if "larger than max-filesize" in line:
            self._seen.skipped = ("too_big", "size")

    def warning(self, line: str) -> None:
        self._seen.lines.append("warning")

    def error(self, line: str) -> None:
        self._seen.lines.append("error")


def _options(order: Order, seen: Seen) -> dict[str, Any]:
    def fits(info: dict[str, Any], *, incomplete: Any) -> str | None:
        is_chosen = bool(info.get("format_id"))
        length, size = info.get("duration"), info.get("filesize") if is_chosen else None
        if seen.is_other_video:
            seen.skipped = ("site_changed", "other")
        elif info.get("is_live"):
            seen.skipped = ("filtered", "live")
        elif isinstance(length, int | float) and length > order.longest_s:
            seen.skipped = ("filtered", "length")
        elif isinstance(size, int | float) and size > order.largest_bytes:
            seen.skipped = ("too_big", "size")
        elif broken := _broken_bound(info, order):
            seen.skipped, seen.broken_bound = ("filtered", "bound"), broken
        seen.is_in_media = is_chosen and not seen.skipped
        return "left out" if seen.skipped else None

    def watch(progress: dict[str, Any]) -> None:
        seen.bytes_came = int(progress.get("downloaded_bytes") or 0)
        if seen.bytes_came > order.largest_bytes:  # where no length is told, yt-dlp knows no bound
            raise TooLarge

    return {
        "format": FORMAT.format(most=order.largest_bytes),
        "format_sort": ["res:720"],
        "paths": {"home": order.folder},
        # Another format is another file: what is left of one is never gone on with as the other.
        "outtmpl": {"default": "download-%(format_id)s.%(ext)s"},
        "restrictfilenames": True,
        "max_filesize": order.largest_bytes,
        "match_filter": fits,
        "progress_hooks": [watch],
        "socket_timeout": order.patience,
        "retries": RETRIES,
        "file_access_retries": 0,
        "extractor_retries": 0,
        "retry_sleep_functions": {"http": lambda n: min(4.0, 0.25 * 2**n)},
        "sleep_interval_requests": 0,
        # An empty one: by the environment's proxies nobody goes who did not say so.
        "proxy": order.proxy or "",
        "cookiefile": io.StringIO(order.cookies) if order.cookies else None,
        "cachedir": False,
        "noprogress": True,
        "quiet": True,
        "no_color": True,
        "noplaylist": True,
        "updatetime": False,
        "overwrites": True,
        "fixup": "never",
        "postprocessors": [],
        # The extractor looks for captions where they are wanted; they are fetched by captions_of, since one that does not
        # come would end the download.
        "writesubtitles": True,
        "subtitleslangs": ["(?!)"],
        "logger": _Logger(seen),
    }


def _broken_bound(info: dict[str, Any], order: Order) -> str | None:
    plays = info.get("view_count")
    posted = metadata.posted_at(order.video_id, info.get("timestamp"), datetime.now(UTC))
    return order.bounds.broken(posted, plays if isinstance(plays, int) else None)


def captions_of(ydl: Downloader, info: dict[str, Any], seen: Seen) -> dict[str, bytes]:
    """The platform's own captions (WebVTT) by language: those that come; a video is none the worse without.

    Translations are left out: the page often lists them before what was really said.
    """
    found: dict[str, bytes] = {}
    for language, offered in (info.get("subtitles") or {}).items():
        addresses = (one["url"] for one in offered if one.get("ext") == "vtt" and one.get("url"))
        address = next((each for each in addresses if each not in seen.translations), None)
        if address is None or not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}", language):
            continue
        try:
            data = ydl.urlopen(address).read(LARGEST_CAPTIONS + 1)
        except (RequestError, OSError, ValueError):
            continue
        if data.lstrip(b"\xef\xbb\xbf").startswith(b"WEBVTT") and len(data) <= LARGEST_CAPTIONS:
            found[language] = data
    return found
