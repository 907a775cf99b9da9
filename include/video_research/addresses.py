"""What an address says by itself: whether it is a video of TikTok, which one, and how it is written in one way only.

yt-dlp knows `www.tiktok.com/@user/video/ID` and a few more; all others would fall to its generic extractor, which fetches
whatever an address names. So every address is brought to that one form first, by its parsed host, never by a part of its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit

import requests

from include.video_research.records import LinkKind
from include.video_research.settings import SITE
from include.web.addresses import LONGEST_URL, Addresses
from include.web.transport import DIRECT, Route, Transport

HOSTS = frozenset(
    {
        "tiktok.com",
        "www.tiktok.com",
        "m.tiktok.com",
        "us.tiktok.com",
        "t.tiktok.com",
        "lite.tiktok.com",
        "tiktokv.com",
        "www.tiktokv.com",
    }
)
SHORT_HOSTS = frozenset({"vm.tiktok.com", "vt.tiktok.com"})
MOST_HOPS = 5
HOP_SECONDS = 10.0
MOST_WRAPPINGS = 3
EARLIEST = datetime(2014, 1, 1, tzinfo=UTC)  # an id that says it is older says no time
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_ID = r"(?P<id>[1-9][0-9]{14,19})"
_USER = r"@(?P<user>[^/@]{0,64})"
_HANDLE = re.compile(r"[A-Za-z0-9_.\-]+")
_PATHS: tuple[tuple[LinkKind, re.Pattern[str]], ...] = (
    ("video", re.compile(rf"/{_USER}/video/{_ID}/?")),
    ("photo", re.compile(rf"/{_USER}/photo/{_ID}/?")),
    ("video", re.compile(rf"/(?:i18n/)?share/video/{_ID}/?")),
    ("video", re.compile(rf"/embed(?:/v[123])?/{_ID}/?")),
    ("video", re.compile(rf"/player/v1/{_ID}/?")),
    ("video", re.compile(rf"/v/{_ID}(?:\.html)?/?")),
)
# The stream of videos, opened at one of them.
_STREAM = re.compile(r"/(?:[a-z]{2}(?:-[A-Za-z]{2,4})?|foryou|following|explore)?/?")
_ITEM = re.compile(_ID)
_LOCALE = re.compile(r"/[a-z]{2}(?:-[A-Za-z]{2,4})?(?=/@)")
_SHORT_CODE = re.compile(r"/(?:t/)?(?P<code>[A-Za-z0-9]{5,24})/?")
_SEARCH_ENGINE = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}")


@dataclass(frozen=True, slots=True)
class Address:
    """What an address leads to: `url` is its one form, as given for `other`. A short one has no id until it is resolved."""

    kind: LinkKind
    video_id: str | None
    handle: str | None
    url: str


def parse(url: str, site: str = SITE) -> Address:
    """What `url` is; never raises. `site` is a sandbox's own address, whose paths are read as TikTok's."""
    return _parse(url.strip(), site, MOST_WRAPPINGS)


def canonical(video_id: str, handle: str | None = None, kind: LinkKind = "video") -> str:
    """The one form of a post's address, which yt-dlp's extractor for TikTok knows."""
    return f"{SITE}/@{handle or '_'}/{kind}/{video_id}"


def posted_at(video_id: str) -> datetime | None:
    """When a video was uploaded, in UTC, to a few seconds: the upper half of its id says it. None for an id that does not."""
    seconds = int(video_id) >> 32
    moment = datetime.fromtimestamp(seconds, UTC) if seconds < 2**32 else LATEST
    return moment if EARLIEST <= moment < LATEST else None


class Unresolved(Exception):
    """A short link leads to no post; the message goes on from "the link". `is_passing`: it may at another time."""

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__(reason)
        self.is_passing = is_passing


class Resolver:
    """Follows short links to what they lead to: one HEAD for each hop, on TikTok's own hosts and public addresses only."""

    def __init__(self, site: str = SITE, route: Route = DIRECT) -> None:
        self.site = site
        self._is_real = site == SITE
        self._addresses = Addresses(site, tuple(HOSTS | SHORT_HOSTS))
        self._transport = Transport(
            threads=1, deadline=HOP_SECONDS, max_bytes=1, public_only=self._is_real, route=route
        )

    def resolve(self, address: Address) -> Address:
        """Where a short link leads; any other address is given back as it is. Raises Unresolved."""
        url, seen = self._at_site(address.url), set[str]()
        while address.kind == "short":
            if url in seen or len(seen) == MOST_HOPS:
                raise Unresolved("leads in a circle" if url in seen else f"has more than {MOST_HOPS} steps")
            seen.add(url)
            target = self._target(url)
            found = parse(target, self.site)
            if found.kind == "other" and target in seen | {url}:
                raise Unresolved("leads in a circle")
            if found.kind == "other" and self._addresses.host_of(target) is None:
                raise Unresolved("leads away from TikTok")
            # A page of TikTok's that is no post may be a step in between, from one of its hosts to another.
            is_step = found.kind in ("short", "other")
            address = Address("short", None, None, found.url) if is_step else found
            url = self._at_site(found.url)
        return address

    def close(self) -> None:
        self._transport.close()

    def _target(self, url: str) -> str:
        request = requests.PreparedRequest()
        request.method, request.url = "HEAD", url
        request.headers = requests.structures.CaseInsensitiveDict({"User-Agent": "cometwatch"})
        exchange = self._transport.get(request)
        if exchange.status is None:
            reason = exchange.failure.text if exchange.failure else "there was no answer"
            raise Unresolved(f"could not be followed: {reason}", is_passing=True)
        target = exchange.headers.get("location", "")
        if not 300 <= exchange.status <= 399 or not target:
            raise Unresolved(f"leads to no video ({exchange.status})", is_passing=exchange.status >= 500)
        return urljoin(url, target)

    def _at_site(self, url: str) -> str:
        """Where it is asked: a sandbox answers itself for all of TikTok's hosts."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if self._is_real or host not in HOSTS | SHORT_HOSTS:
            return url
        return self.site + ("/t" if host in SHORT_HOSTS and not parts.path.startswith("/t/") else "") + parts.path


def _parse(url: str, site: str, wrappings: int) -> Address:
    parts = _split(url)
    if parts is None:
        return Address("other", None, None, url)
    host = (parts.hostname or "").removesuffix(".")
    if _SEARCH_ENGINE.fullmatch(host) and parts.path == "/url" and wrappings:
        query = parse_qs(parts.query)
        inner = (query.get("q") or query.get("url") or [""])[0]
        found = _parse(inner.strip(), site, wrappings - 1)
        return found if found.kind != "other" else Address("other", None, None, url)
    own = _path_at(site, parts)
    plain = parts.path if own is None else own
    short = _SHORT_CODE.fullmatch(plain)
    if short and (host in SHORT_HOSTS or ((host in HOSTS or own is not None) and plain.startswith("/t/"))):
        at = f"https://{host}" if own is None else SITE
        return Address("short", None, None, f"{at}/{'t/' if plain.startswith('/t/') else ''}{short['code']}/")
    if host not in HOSTS and own is None:
        return Address("other", None, None, url)
    return _post(unquote(plain), parts.query) or Address("other", None, None, url)


def _post(path: str, query: str) -> Address | None:
    """The post that a page of TikTok's shows."""
    bare = _LOCALE.sub("", path, count=1)
    for kind, pattern in _PATHS:
        if match := pattern.fullmatch(bare):
            handle = (match.groupdict().get("user") or "").lower()
            # What is no handle says nobody's name, and the id alone leads there.
            known = handle if handle != "_" and _HANDLE.fullmatch(handle) else None
            return Address(kind, match["id"], known, canonical(match["id"], known, kind))
    item = _ITEM.fullmatch((parse_qs(query).get("item_id") or [""])[0]) if _STREAM.fullmatch(path) else None
    return Address("video", item["id"], None, canonical(item["id"])) if item else None


def _path_at(site: str, parts: SplitResult) -> str | None:
    """The path below a sandbox's site; None for an address that is not its."""
    own = urlsplit(site)
    is_below = parts.netloc.lower() == own.netloc.lower() and parts.path.startswith(f"{own.path}/")
    return parts.path.removeprefix(own.path) if site != SITE and is_below else None


def _split(url: str) -> SplitResult | None:
    """The parts of a web address, with or without its scheme; None for all else."""
    if not url or len(url) > LONGEST_URL or re.search(r"[\x00-\x20\x7f\\\ud800-\udfff]", url):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None
