"""Stands in for Serper below /serper: POST /serper/videos by its contract, with what is odd about its errors.

| asked | answered |
|---|---|
| no key, or another one | 403 `{"message": "Unauthorized.", "statusCode": 403}` |
| with an account that is empty | 400 `{"message": "Not enough credits", "statusCode": 400}`, not 402 |
| operators, with a free account | 400 `{"message": "Query pattern not allowed for free accounts", "statusCode": 400}` |
| without `q`, or what is no JSON | 400 with a message |
| more than ten with `num` | twice the credits |

Links are as a search engine has them: clips in several spellings, short links, photo posts, other sites and pages.
"""

import asyncio
import json
import re
from typing import Any

from include.sandbox.clock import Clock
from include.sandbox.dice import Dice, number
from include.sandbox.faults import Faults, Target, to_json
from include.sandbox.journal import Journal
from include.sandbox.research import catalogue
from include.sandbox.research.catalogue import Clip
from include.sandbox.research.site import short_code
from include.sandbox.wire import Request, Response

Answer = tuple[Response, dict[str, Any]]

PREFIX = "/serper/"
ENDPOINT = "serper_videos"
CREDITS = 2_500  # of an account that was just opened
PAGE = 10
MOST_PAGES = 10
_OPERATORS = re.compile(r"\"|(?:^|\s)-?(?:site|intitle|inurl):|(?:^|\s)-\w")


def concerns(path: str) -> bool:
    """Whether a request is Serper's."""
    return path.startswith(PREFIX)


class Serper:
    """Answers requests for one key; `credits` is what its account has left, `is_free` whether nobody ever paid for it."""

    def __init__(self, key: str, clock: Clock, faults: Faults, journal: Journal) -> None:
        self.credits = CREDITS
        self.is_free = False
        self._key = key
        self._clock, self._faults, self._journal = clock, faults, journal

    async def respond(self, request: Request) -> Answer:
        """The answer, and how it is to be broken on its way ({} for whole)."""
        if request.method != "POST" or request.path != f"{PREFIX}videos":
            return _failure(404, "Not Found"), {}
        asked = _asked(request.body)
        subject = str(asked.get("q", "")) if asked else ""
        entry = self._journal.open_entry(
            endpoint=ENDPOINT,
            path=request.path,
            params={name: str(value).replace(self._key, "***") for name, value in (asked or {}).items()},
            subject=subject.replace(self._key, "***"),
            agent=request.header("user-agent"),
            day=self._clock.now().date().isoformat(),
        )
        struck: dict[str, Any] = {}
        try:
            if request.header("x-api-key") != self._key:
                response = _failure(403, "Unauthorized.")
            else:
                struck = self._faults.strike(Target(ENDPOINT, subject, None)) or {}
                response = await self._answer(asked, struck, entry)
            entry.update(status=response.status, fault=struck.get("kind"))
        finally:
            self._journal.close_entry(entry)
        return response, struck

    async def _answer(self, asked: dict[str, Any] | None, struck: dict[str, Any], entry: dict[str, Any]) -> Response:
        if struck.get("kind") == "slow":
            await asyncio.sleep(float(struck.get("seconds", 1.0)))
        if struck.get("kind") == "status":
            status = int(struck["status"])
            response = _failure(status, "Scripted")
            response.body = to_json(struck["body"]) if "body" in struck else response.body
            extra = struck.get("headers", {"Retry-After": "1"} if status == 429 else {})
            response.headers = {**response.headers, **{str(name): str(value) for name, value in extra.items()}}
            return response
        query = asked.get("q") if asked else None
        if asked is None or not isinstance(query, str) or not query.strip():
            return _failure(400, "Missing query parameter: q" if asked is not None else "Invalid JSON")
        try:
            size, page = _whole(asked.get("num", PAGE), 1, 100), _whole(asked.get("page", 1), 1, 1_000)
        except ValueError as error:
            return _failure(400, str(error))
        if self.is_free and _OPERATORS.search(query):
            return _failure(400, "Query pattern not allowed for free accounts")
        cost = 2 if size > PAGE else 1
        if self.credits < cost:
            return _failure(400, "Not enough credits")
        self.credits -= cost
        entry.update(billed=True, price=cost / 1_000)
        found = results(query)[(page - 1) * size : page * size] if page <= MOST_PAGES else []
        echo = {key: asked[key] for key in ("q", "gl", "hl", "num", "page", "autocorrect") if key in asked}
        answer: dict[str, Any] = {"searchParameters": {**echo, "type": "videos", "engine": "google"}}
        if found:
            answer["videos"] = [{**item, "position": place} for place, item in enumerate(found, start=1)]
        return Response(200, to_json({**answer, "credits": cost}))


def results(query: str) -> list[dict[str, Any]]:
    """All that is found for a query, in order; the same for two spellings of it."""
    clips = catalogue.clips_for(re.sub(_OPERATORS, " ", query))
    listed: list[dict[str, Any]] = []
    for place, clip in enumerate(clips):
        listed.append(_item(clip))
        if place % 3 == 1:
            listed.append(_elsewhere(query, place))
    return listed


def _item(clip: Clip) -> dict[str, Any]:
    """A clip as a result; all but its link may be missing."""
    dice = Dice("serper", clip.video_id)
    minutes, seconds = divmod(clip.duration_s, 60)
    item: dict[str, Any] = {
        "title": f"{clip.caption[:60]} | TikTok",
        "link": _spelled(clip, number("spelling", clip.video_id) % 6),
        "snippet": clip.caption,
        "imageUrl": f"https://encrypted-tbn0.gstatic.com/images?q=tbn:{clip.video_id}",
        "duration": f"{minutes}:{seconds:02d}",
        "source": "TikTok",
        "channel": clip.nickname,
        "date": f"{clip.posted_at:%b} {clip.posted_at.day}, {clip.posted_at.year}",
    }
    return {name: value for name, value in item.items() if name in ("title", "link") or not dice.chance(0.15)}


def _spelled(clip: Clip, way: int) -> str:
    """The address of a clip in one of the ways in which search engines have it."""
    if clip.kind == "photo" or way < 2:
        return clip.url
    return (
        f"{clip.url}?is_from_webapp=1&sender_device=pc",
        f"https://m.tiktok.com/v/{clip.video_id}.html",
        f"https://www.tiktok.com/embed/v2/{clip.video_id}",
        f"https://vm.tiktok.com/{short_code(clip.video_id)}/",
    )[way - 2]


def _elsewhere(query: str, place: int) -> dict[str, Any]:
    """What is no video of TikTok stands between those that are."""
    token = f"{number('elsewhere', query, place):016x}"
    link = (
        f"https://www.youtube.com/watch?v={token[:11]}",
        f"https://www.tiktok.com/discover/{token[:8]}",
        f"https://www.tiktok.com/@someone.{token[:6]}",
    )[place % 3]
    return {"title": f"{query[:60]} and more", "link": link, "source": "YouTube" if "youtube" in link else "TikTok"}


def _asked(body: bytes) -> dict[str, Any] | None:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None


def _whole(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"num and page are whole numbers from {least} to {most}")
    return value


def _failure(status: int, message: str) -> Response:
    return Response(status, to_json({"message": message, "statusCode": status}))
