"""Sends a response, whole or broken in the way a fault asks for."""

import asyncio
import contextlib
import socket
import struct
import zlib
from functools import lru_cache
from typing import Any

from include.sandbox.wire import Response, head_of, whole

_PADDING = b'{"code":200,"message":"Request successful.","data":{"status_code":0,"padding":"'
_PIECE = 64 * 1024

_CAPTCHA = b"""<!DOCTYPE html>
<html><head><title>Just a moment...</title></head>
<body><h1>Checking that you are human</h1><noscript>Enable JavaScript to continue</noscript></body></html>
"""


async def deliver(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    response: Response,
    action: dict[str, Any],
    *,
    keep_alive: bool,
) -> bool:
    """Send the response as the action says; True when the connection can be used again."""
    kind = action.get("kind")
    if kind == "drip":
        await _drip(writer, response, action)
    elif kind == "hang":
        await _hang(reader, writer, response, action)
    elif kind == "reset":
        await _reset(writer, response, action)
    elif kind == "wrong_length":
        await _wrong_length(writer, response, int(action.get("delta", 64)))
    elif kind == "oversize":
        await _oversize(writer, response, int(action.get("bytes", 50_000_000)))
    else:
        changed = await _changed(response, action)
        writer.write(whole(changed, keep_alive=keep_alive))
        await writer.drain()
        return keep_alive
    return False


async def _changed(response: Response, action: dict[str, Any]) -> Response:
    """The response of those faults that keep to HTTP and only change what is said."""
    kind = action.get("kind")
    if kind == "html":
        return Response(int(action.get("status", 200)), _CAPTCHA, {"Content-Type": "text/html; charset=utf-8"})
    if kind == "empty":
        return Response(response.status, b"", response.headers)
    if kind == "truncate":
        kept = action.get("bytes", int(len(response.body) * float(action.get("fraction", 0.5))))
        return Response(response.status, response.body[: int(kept)], response.headers)
    if kind == "gzip_bomb":
        packed = await asyncio.to_thread(_bomb, int(action.get("bytes", 200_000_000)))
        return Response(response.status, packed, {**response.headers, "Content-Encoding": "gzip"})
    return response


async def _drip(writer: asyncio.StreamWriter, response: Response, action: dict[str, Any]) -> None:
    """One byte at a time: the body, or with "where": "headers" everything."""
    seconds = float(action.get("seconds_per_byte", action.get("seconds", 1.0)))
    head = head_of(
        response.status,
        {**response.headers, "Content-Length": str(len(response.body)), "Connection": "close"},
    )
    dripped = head + response.body if action.get("where") == "headers" else response.body
    if action.get("where") != "headers":
        writer.write(head)
    for place in range(len(dripped)):
        writer.write(dripped[place : place + 1])
        await writer.drain()
        await asyncio.sleep(seconds)


async def _hang(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, response: Response, action: dict[str, Any]
) -> None:
    """Say nothing (more) until the caller goes away, or for `seconds`; in the body, after half of it."""
    if action.get("where", "headers") == "body":
        piece = whole(response, keep_alive=False)
        writer.write(piece[: len(piece) - max(1, len(response.body) // 2)])
        await writer.drain()
    seconds = action.get("seconds")
    with contextlib.suppress(asyncio.TimeoutError, OSError):
        await asyncio.wait_for(reader.read(1), None if seconds is None else float(seconds))


async def _reset(writer: asyncio.StreamWriter, response: Response, action: dict[str, Any]) -> None:
    """Drop the connection with a TCP reset: before a word is said, or with "where": "body" in the middle."""
    if action.get("where") == "body":
        piece = whole(response, keep_alive=False)
        writer.write(piece[: len(piece) - max(1, len(response.body) // 2)])
        await writer.drain()
        await asyncio.sleep(0.05)  # so that the first half is read before the reset throws it away
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _wrong_length(writer: asyncio.StreamWriter, response: Response, delta: int) -> None:
    """Promise `delta` bytes more (or fewer) than are sent, then close."""
    headers = {
        **response.headers,
        "Content-Length": str(max(0, len(response.body) + delta)),
        "Connection": "close",
    }
    writer.write(head_of(response.status, headers) + response.body)
    await writer.drain()


async def _oversize(writer: asyncio.StreamWriter, response: Response, size: int) -> None:
    """A JSON answer of this many bytes, made while it is sent."""
    ending = b'"}}'
    padding = max(0, size - len(_PADDING) - len(ending))
    headers = {
        **response.headers,
        "Content-Length": str(len(_PADDING) + padding + len(ending)),
        "Connection": "close",
    }
    writer.write(head_of(response.status, headers) + _PADDING)
    while padding:
        piece = min(padding, _PIECE)
        writer.write(b"x" * piece)
        await writer.drain()
        padding -= piece
    writer.write(ending)
    await writer.drain()


@lru_cache(maxsize=4)
def _bomb(size: int) -> bytes:
    """A small gzip stream that unpacks to a JSON answer of about `size` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(_PADDING)]
    block = b"x" * 1_000_000
    pieces.extend(packer.compress(block) for _ in range(size // len(block)))
    return b"".join([*pieces, packer.compress(b'"}}'), packer.flush()])
