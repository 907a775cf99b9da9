"""Stands in for TikTok's pages and media below /tiktok: what each clip's kind makes of whoever fetches it, included.

| address | what is there |
|---|---|
| `/tiktok/@handle/video/ID`, `…/photo/ID` | the page with its data, a status without a video, a login, a wall |
| `/tiktok/media/ID.mp4?…&signature=…` | the media, by ranges, while the address lasts; `/tiktok/media/ID.vtt` its captions |
| `/tiktok/t/CODE` | a short link: 301 to the page |
| `/login` | where pages send whom they do not know |
"""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from include.sandbox.clock import Clock
from include.sandbox.dice import number
from include.sandbox.faults import Faults, Target
from include.sandbox.journal import Journal
from include.sandbox.research import catalogue, creators, pages
from include.sandbox.research.catalogue import Clip
from include.sandbox.research.making import Maker, MakingFailed, missing_packages
from include.sandbox.research.signing import COOKIE, FOLDER, Signing
from include.sandbox.wire import Request, Response
from include.sandbox.world import World

Answer = tuple[Response, dict[str, Any]]

PREFIX = "/tiktok/"
_PAGE = re.compile(r"/tiktok/@(?P<handle>[^/]*)/(?:video|photo)/(?P<id>[0-9]+)/?")
_MEDIA = re.compile(r"/tiktok/media/(?P<id>[0-9]+)\.(?P<form>mp4|vtt)")
_SHORT = re.compile(r"/tiktok/t/(?P<code>Z[0-9a-z]+)/?")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
# What of a clip's kind is on its page alone: nobody comes as far as its media.
_NO_MEDIA = frozenset(
    {"photo", "private", "removed", "login", "region", "too_long", "too_big", "blocked", "site_changed"}
)
_CUT_AT = 0.6  # of its bytes


def concerns(path: str) -> bool:
    """Whether a request is the site's."""
    return path.startswith(PREFIX) or path == "/login"


def short_code(video_id: str) -> str:
    """The last part of a short link."""
    rest, code = int(video_id), ""
    while rest:
        rest, digit = divmod(rest, 36)
        code = _DIGITS[digit] + code
    return f"Z{code}"


class Site:
    """Answers requests. Clips are made when they are first wanted, into `folder`."""

    def __init__(self, world: World, clock: Clock, faults: Faults, folder: Path | None) -> None:
        self.journal = Journal()
        self.signing = Signing(world.seed)
        self._world, self._clock, self._faults = world, clock, faults
        self._maker = Maker(folder or _own_folder())

    async def respond(self, request: Request) -> Answer:
        """The answer, and how it is to be broken on its way ({} for whole)."""
        is_media = request.path.startswith(FOLDER)
        endpoint = "site_media" if is_media else "site_page"
        entry = self.journal.open_entry(
            endpoint=endpoint,
            method=request.method,
            path=request.path,
            range=request.header("range"),
            agent=request.header("user-agent"),
            day=self._clock.now().date().isoformat(),
        )
        struck = self._faults.strike(Target(endpoint, request.path, None)) or {}
        if struck.get("kind") == "slow":
            await asyncio.sleep(float(struck.get("seconds", 1.0)))
        response, broken = await (self._media(request) if is_media else self._page(request))
        if struck.get("kind") == "status":
            given = {str(name): str(value) for name, value in struck.get("headers", {}).items()}
            response, broken = Response(int(struck["status"]), str(struck.get("body", "")).encode(), _HTML | given), {}
        if request.method == "HEAD":
            response, broken = Response(response.status, b"", _head_of(response)), {}
        entry.update(status=response.status, fault=(struck or broken).get("kind"))
        return response, struck or broken

    async def close(self) -> None:
        """Ends what is being made."""
        await self._maker.close()

    # -- pages -----------------------------------------------------------------------------------------

    async def _page(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return Response(405, b"", _HTML), {}
        if request.path == "/login":
            return Response(200, pages.LOGIN, dict(_HTML)), {}
        short, found = _SHORT.fullmatch(request.path), _PAGE.fullmatch(request.path)
        if short:
            return self._short_link(request, short["code"]), {}
        clip = self._clip(found["handle"], found["id"]) if found else None
        if clip is None:
            return Response(404, pages.REBUILT, dict(_HTML)), {}
        return await self._page_of(request, clip), {}

    def _clip(self, handle: str, video_id: str) -> Clip | None:
        return creators.find(self._world, handle, video_id, self._clock.day()) or catalogue.clip(video_id)

    async def _page_of(self, request: Request, clip: Clip) -> Response:
        if clip.kind == "login":
            return Response(302, b"", {"Location": f"/login?redirect_url={request.path}", **_HTML})
        if clip.kind == "site_changed":
            return Response(200, (pages.WAITING, pages.REBUILT)[_turn(clip)], dict(_HTML))
        if clip.kind == "blocked" and _turn(clip):
            return Response(403, pages.DENIED, dict(_HTML))
        if clip.kind in pages.NOT_SHOWN or clip.kind == "private":
            status, words = pages.NOT_SHOWN.get(clip.kind) or pages.private_status(clip)
            return self._whole_page(clip, pages.not_shown(status, words))
        try:
            size = clip.announced_bytes if clip.kind in _NO_MEDIA else (await self._announced(clip))
        except MakingFailed as error:
            return _not_made(error)
        origin, now = _origin(request), self._clock.timestamp()
        media = origin + self.signing.make(f"{clip.video_id}.mp4", now, for_page=True)
        captions = origin + self.signing.make(f"{clip.video_id}.vtt", now, for_page=True) if clip.has_captions else None
        return self._whole_page(clip, pages.shown(clip, media, size, captions))

    def _whole_page(self, clip: Clip, detail: dict[str, Any]) -> Response:
        cookie = f"{COOKIE}={self.signing.cookie()}; Path=/; HttpOnly"
        return Response(200, pages.page(clip, detail), {**_HTML, "Set-Cookie": cookie})

    async def _announced(self, clip: Clip) -> int:
        if clip.kind == "html":
            return len(pages.DENIED)
        return (await self._maker.media(clip)).stat().st_size

    def _short_link(self, request: Request, code: str) -> Response:
        clip = catalogue.clip(str(int(code[1:], 36)))
        if clip is None:
            return Response(404, pages.REBUILT, dict(_HTML))
        return Response(301, b"", {"Location": f"{_origin(request)}/tiktok{clip.path}?_r=1", **_HTML})

    # -- media -----------------------------------------------------------------------------------------

    async def _media(self, request: Request) -> Answer:
        found = _MEDIA.fullmatch(request.path)
        clip = catalogue.clip(found["id"]) if found else None
        genuine = self.signing.is_genuine(
            request.path, request.query, request.header("cookie") or "", self._clock.timestamp()
        )
        if found is None or clip is None or not genuine:
            return Response(403, pages.DENIED, dict(_HTML)), {}
        if found["form"] == "vtt":
            return Response(200, catalogue.web_vtt(clip).encode(), {"Content-Type": "text/vtt; charset=utf-8"}), {}
        return await self._media_of(request, clip)

    async def _media_of(self, request: Request, clip: Clip) -> Answer:
        sent = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
        if clip.kind == "html":
            return Response(200, pages.DENIED, sent), {}
        if clip.kind == "too_big":
            return Response(200, bytes(1024), sent), {"kind": "wrong_length", "delta": clip.announced_bytes or 0}
        if clip.kind in _NO_MEDIA:
            return Response(403, pages.DENIED, dict(_HTML)), {}
        try:
            path = await self._maker.media(clip)
        except MakingFailed as error:
            return _not_made(error), {}
        body = await asyncio.to_thread(path.read_bytes)
        if clip.kind == "cut_short":
            body = body[: int(len(body) * _CUT_AT)]
        etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        response = _by_range(request, body, {**sent, "ETag": etag})
        if clip.kind == "stalled":
            return response, {"kind": "hang", "where": "headers" if request.header("range") else "body"}
        return response, {}


def _by_range(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """The whole, or the part that is asked for: of one range, and only of the file that the caller knows."""
    asked, known = _RANGE.fullmatch(request.header("range") or ""), request.header("if-range")
    if asked is None or (known is not None and known != headers["ETag"]):
        return Response(200, body, headers)
    first, last = int(asked[1]), min(int(asked[2] or len(body) - 1), len(body) - 1)
    if first >= len(body) or first > last:
        return Response(416, b"", {**headers, "Content-Range": f"bytes */{len(body)}"})
    return Response(206, body[first : last + 1], {**headers, "Content-Range": f"bytes {first}-{last}/{len(body)}"})


def _head_of(response: Response) -> dict[str, str]:
    return {**response.headers, "Content-Length": str(len(response.body))}


def _not_made(error: MakingFailed) -> Response:
    missing = missing_packages()
    text = f"making clips needs {' and '.join(missing)}: run make extra NAME=media" if missing else str(error)
    return Response(503, f"sandbox: {text}\n".encode(), {"Content-Type": "text/plain; charset=utf-8"})


def _origin(request: Request) -> str:
    return f"http://{request.header('host') or 'localhost'}"


def _turn(clip: Clip) -> int:
    """Two ways in which the same happens: always the same one for a clip."""
    return number("turn", clip.video_id) % 2


def _own_folder() -> Path:
    """One for this user on this machine, so that a clip is made once; another user's is not trusted."""
    folder = Path(tempfile.gettempdir()) / f"cometwatch-clips-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        return Path(tempfile.mkdtemp(prefix="cometwatch-clips-"))
    return folder
