"""Stands in for Claude's API, `POST /v1/messages`: the contract's checks and errors, and what an offline reader sees.

It answers requests for the text in pictures alone. What it reads is what rapidocr reads, where that is installed; without
it every picture is empty. Tokens are counted as the vendor counts them: a picture is its area by 750.
"""

import asyncio
import base64
import binascii
import itertools
import json
from functools import cache
from io import BytesIO
from typing import Any

from include.sandbox.dice import number
from include.sandbox.faults import Faults, Target, to_json
from include.sandbox.journal import Journal
from include.sandbox.wire import Request, Response

PATH = "/v1/messages"
NAME = "claude_messages"
MOST_PICTURES = 100
MOST_PIXELS = {True: 2000, False: 8000}  # of a side: with more than 20 pictures, and otherwise
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class Refused(Exception):
    """The request breaks the contract: `status` and what the vendor says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def concerns(path: str) -> bool:
    """Whether a request is Claude's."""
    return path == PATH


class Claude:
    """One endpoint behind one `respond`."""

    def __init__(self, key: str, faults: Faults, journal: Journal) -> None:
        self._key = key
        self._faults = faults
        self._journal = journal
        self._numbers = itertools.count(1)

    async def respond(self, request: Request) -> tuple[Response, dict[str, Any]]:
        """The response, and the fault to deliver it with ({} for none)."""
        entry = self._journal.open_entry(
            endpoint=NAME, path=request.path, params={}, subject="", agent=request.header("user-agent"), day=""
        )
        action: dict[str, Any] = {}
        try:
            content = self._checked(request)
            entry["params"] = {"model": content["model"], "pictures": len(pictures_in(content))}
            action = self._faults.strike(Target(NAME, str(content["model"]), None)) or {}
            if action.get("kind") == "slow":
                await asyncio.sleep(float(action.get("seconds", 1.0)))
            if action.get("kind") == "status":
                response = _scripted(action)
            else:
                response = await self._answer(content, action)
                entry.update(billed=True)
        except Refused as refused:
            response = error(refused.status, str(refused))
        finally:
            self._journal.close_entry(entry)
        entry.update(status=response.status, fault=action.get("kind"))
        return response, action

    def _checked(self, request: Request) -> dict[str, Any]:
        if request.method != "POST":
            raise Refused(404, "Not found")
        if request.header("x-api-key") != self._key:
            raise Refused(401, "invalid x-api-key")
        if not request.header("anthropic-version"):
            raise Refused(400, "anthropic-version: header is required")
        try:
            content = json.loads(request.body)
        except ValueError:
            raise Refused(400, "The request body is not valid JSON") from None
        if not isinstance(content, dict):
            raise Refused(400, "The request body is not an object")
        for name, kind in {"model": str, "max_tokens": int, "messages": list}.items():
            if not isinstance(content.get(name), kind):
                raise Refused(400, f"{name}: Field required")
        if not content["model"].startswith("claude-"):
            raise Refused(404, f"model: {content['model']}")
        return content

    async def _answer(self, content: dict[str, Any], action: dict[str, Any]) -> Response:
        pictures = pictures_in(content)
        read = await asyncio.to_thread(_read_all, pictures)
        told = {"frames": [{"index": index, "lines": lines} for index, (lines, _) in enumerate(read)]}
        text = json.dumps(told, ensure_ascii=False)
        if action.get("kind") == "field":  # an answer in another shape than was asked for
            text = json.dumps(action.get("value"))
        tokens_out = len(text) // 4 + 10
        stopped = tokens_out > content["max_tokens"]
        answer = {
            "id": f"msg_{number('claude', next(self._numbers)):016x}",
            "type": "message",
            "role": "assistant",
            "model": content["model"],
            "content": [{"type": "text", "text": text[: content["max_tokens"] * 4] if stopped else text}],
            "stop_reason": "max_tokens" if stopped else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 150 + sum(tokens for _, tokens in read), "output_tokens": tokens_out},
        }
        return Response(200, to_json(answer))


def pictures_in(content: dict[str, Any]) -> list[bytes]:
    """The pictures of a request, in their order. Raises Refused for what is none, and for too many."""
    found = []
    for message in content["messages"]:
        blocks = message.get("content") if isinstance(message, dict) else None
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, dict) and block.get("type") == "image":
                found.append(_bytes_of(block.get("source")))
    if len(found) > MOST_PICTURES:
        raise Refused(400, f"messages: too many images: {len(found)} > {MOST_PICTURES}")
    return found


def error(status: int, message: str) -> Response:
    """As the vendor words its errors."""
    kind = _KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")
    told = {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"req_{number(message):016x}"}
    return Response(status, to_json(told))


def _scripted(action: dict[str, Any]) -> Response:
    response = error(int(action["status"]), "Scripted")
    extra = action.get("headers", {"retry-after": "1"} if response.status == 429 else {})
    response.headers = {**response.headers, **{str(name): str(value) for name, value in extra.items()}}
    return response


def _bytes_of(source: object) -> bytes:
    if not isinstance(source, dict) or source.get("type") != "base64" or source.get("media_type") != "image/jpeg":
        raise Refused(400, "messages: image source must be base64 of image/jpeg")
    try:
        return base64.b64decode(str(source.get("data")), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, "messages: image data is not base64") from None


def _read_all(pictures: list[bytes]) -> list[tuple[list[str], int]]:
    return [_read(picture, MOST_PIXELS[len(pictures) > 20]) for picture in pictures]


def _read(picture: bytes, most_pixels: int) -> tuple[list[str], int]:
    """Its lines from top to bottom, and what it costs."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(BytesIO(picture))
        width, height = image.size
        if max(width, height) > most_pixels:
            raise Refused(400, f"messages: image dimensions exceed {most_pixels} pixels")
        pixels = image.convert("RGB")
    except (UnidentifiedImageError, OSError):
        raise Refused(400, "messages: Could not process image") from None
    reader = _reader()
    if reader is None:
        return [], width * height // 750
    told = reader(pixels)
    texts = zip(told.txts or (), told.scores or (), strict=True)
    return [text for text, score in texts if score >= 0.6], width * height // 750


@cache
def _reader() -> Any:
    """Loaded at the first picture; None where it is not installed."""
    try:
        from rapidocr import RapidOCR
    except ImportError:
        return None
    one_thread = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "Global.use_cls": False}
    return RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": 960, **one_thread})
