"""Answers image requests: checks the link, finds out what the picture is of, and has it made."""

import asyncio

from include.sandbox import covers
from include.sandbox.clock import Clock
from include.sandbox.dice import number
from include.sandbox.links import Links, Picture
from include.sandbox.wire import Request, Response
from include.sandbox.world import World

_DENIED = b"Access Denied"


class Gallery:
    """The image host: 403 for links that are expired, forged or withheld for good."""

    def __init__(self, world: World, links: Links, clock: Clock) -> None:
        self._world = world
        self._links = links
        self._clock = clock

    async def respond(self, request: Request) -> Response:
        """The picture a link shows; drawn in a thread, so that other requests need not wait for it."""
        shown = self.find(request.path, request.query)
        if shown is None:
            return Response(403, _DENIED, {"Content-Type": "text/plain"})
        data = await asyncio.to_thread(covers.picture, *shown)
        content_type = covers.CONTENT_TYPES.get(shown[-1], "image/jpeg")
        return Response(200, data, {"Content-Type": content_type, "Cache-Control": "max-age=18000"})

    def find(self, path: str, query: str) -> tuple[str, int, str, str] | None:
        """What `covers.picture` is to draw for this link (kind, variant, crop, extension); None: it is refused."""
        shown = self._links.read(path, query, self._clock.timestamp())
        kind, variant = self._subject(shown) if shown else ("withheld", 0)
        if shown is None or kind == "withheld":
            return None
        crop = "avatar" if shown.bucket == "avatar" else "cover" if shown.crop == "cover" else "origin_cover"
        return kind, variant, crop, shown.extension

    def _subject(self, shown: Picture) -> tuple[str, int]:
        """(kind, variant) of the picture. What is not affected by a broken cover shows a face."""
        if shown.bucket == "avatar":
            return "gradient", shown.index
        clip = self._world.clip(shown.index, shown.number, self._clock.day())
        is_affected = clip.broken in ("both", shown.crop)
        is_picture = clip.cover in covers.VARIANTS or clip.cover in ("cut_off", "not_an_image", "withheld")
        return (clip.cover if is_affected and is_picture else "face"), number("variant", clip.video_id)
