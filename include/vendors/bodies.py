"""Reads what came over HTTP: JSON by the standard without what no database stores, pauses asked for, messages in one line."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from include.vendors.redaction import conceal

LONGEST_PAUSE = 3600.0  # whatever Retry-After says
DEEPEST_JSON = 100
SHORTEST_REAL_KEY = 8

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait: the header holds seconds or an HTTP date; at most an hour; None when unreadable."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text, re.ASCII):
        return min(float(text), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_PAUSE)


def read_json(body: bytes, key: str = "") -> Any:
    """The value of a JSON body, its texts without what no database stores (NUL, lone surrogates) and without `key`.

    Only decoded texts show a key whose letters were escaped. A short one could be any word, and is left alone.
    Raises ValueError with the reason for what is not JSON by the standard: NaN, infinite numbers, another
    encoding than UTF-8, nesting beyond all use.
    """
    if not body.strip():
        raise ValueError("the body is empty")
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse_number, parse_float=_finite)
        return _storable(value, key if len(key) >= SHORTEST_REAL_KEY else "", DEEPEST_JSON)
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON ({error.msg} at {error.pos:,} of {len(text):,})") from None


def one_line(text: str) -> str:
    """At most 4,000 letters of `text`, without what steers a terminal or forges a line of a log."""
    return " ".join(_CONTROL.sub(" ", _UNSTORABLE.sub("", text[:4_000])).split())


def _storable(value: Any, key: str, depth: int) -> Any:
    if isinstance(value, str):
        return conceal(_UNSTORABLE.sub("", value), key)
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        raise RecursionError
    if isinstance(value, list):
        return [_storable(item, key, depth - 1) for item in value]
    return {_storable(name, key, depth): _storable(item, key, depth - 1) for name, item in value.items()}


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"the body holds {name}, which is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _refuse_number(digits[:20])
    return number
