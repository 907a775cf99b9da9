"""Ask a local server whether it is there: loopback only, no proxy, short time limits."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get_json(url: str, timeout: float = 5.0) -> Any:
    """The JSON answer of `url`, or None while nobody answers it properly."""
    try:
        with _direct.open(url, timeout=timeout) as answer:  # only ever called with http://127.0.0.1 addresses
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None


def post_json(url: str, body: Any, *, method: str = "POST", timeout: float = 5.0) -> Any:
    """Send JSON and return the JSON answered; raises OSError when that fails."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
    with _direct.open(request, timeout=timeout) as answer:
        return json.load(answer)
