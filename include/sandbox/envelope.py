"""The vendor's envelope around answers and the several forms its errors take."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.endpoints import Endpoint
from include.sandbox.wire import Request

_ZONE = "America/Los_Angeles"
_MESSAGES = {
    400: "Request failed. Please retry; this request will not be charged.",
    401: "Invalid API key, or it has expired.",
    402: "Insufficient balance. Please top up your account.",
    403: "This API key has no permission for this endpoint.",
    404: "The requested resource was not found.",
    429: "Too many requests. Please slow down.",
    500: "Internal server error.",
    502: "Bad gateway.",
    503: "Service unavailable. Please retry later.",
    504: "Upstream timed out.",
}


def success(
    endpoint: Endpoint,
    given: dict[str, Any],
    data: object,
    *,
    timestamp: float,
    request_id: str,
    cache_url: str | None,
) -> dict[str, Any]:
    """The envelope of a 200; `params` holds strings, `time` is Los Angeles local."""
    return {
        "code": 200,
        "request_id": request_id,
        "message": "Request successful. This request will incur a charge.",
        "message_zh": "请求成功，本次请求将被计费。",
        "support": "Sandbox: a made-up world on this machine, nobody to ask",
        **_times(timestamp),
        "docs": f"https://api.tikhub.io/#/{endpoint.tag}/{endpoint.path.rsplit('/', 1)[1]}",
        "cache_message": "This request will be cached. You can access the cached result directly using the "
        "URL below, valid for 24 hours. Accessing the cache will not incur additional charges.",
        "cache_message_zh": "本次请求将被缓存，你可以使用下面的 URL 直接访问缓存结果，"
        "有效期为 24 小时，访问缓存不会产生额外费用。",
        "cache_url": cache_url,
        "router": endpoint.path,
        "params": {name: str(value) for name, value in given.items()},
        "data": data,
    }


def failure(status: int, request: Request, *, timestamp: float, request_id: str, message: str = "") -> dict[str, Any]:
    """The usual error body: an object under `detail`. A 402's echoes the caller's headers, key and all."""
    detail: dict[str, Any] = {
        "code": status,
        "request_id": request_id,
        "message": message or _MESSAGES.get(status, "Request failed."),
        "message_zh": "请求失败，请稍后重试。",
        "support": "Sandbox: a made-up world on this machine, nobody to ask",
        **_times(timestamp),
        "router": request.path,
        "params": request.parameters(),
    }
    if status == 402:
        detail["headers"] = {name.title(): value for name, value in request.headers}
    return {"detail": detail}


def _times(timestamp: float) -> dict[str, Any]:
    local = datetime.fromtimestamp(timestamp, ZoneInfo(_ZONE))
    return {"time": local.strftime("%Y-%m-%d %H:%M:%S"), "time_stamp": int(timestamp), "time_zone": _ZONE}
