"""Decides what one HTTP answer means: content, or which of the errors; and whether it was paid for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.tikhub.endpoints import Endpoint
from include.tikhub.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    EndpointGone,
    Forbidden,
    HostNotFound,
    NotFound,
    RateLimited,
    RequestRejected,
    TikHubError,
    Unavailable,
    UnexpectedAnswer,
)
from include.vendors.asking import Answer
from include.vendors.bodies import one_line, read_json, read_retry_after
from include.vendors.redaction import redact
from include.web.transport import HOST_NOT_FOUND, Exchange, Failure

LONGEST_QUOTE = 200
UPSTREAM_HICCUPS = frozenset({400, 408, 425})  # TikHub's 400 is very often "please retry"


def read_answer(endpoint: Endpoint, exchange: Exchange, key: str) -> Answer:
    """What `exchange` means for a request to `endpoint`. An echo of `key` is masked wherever it stands in the answer."""
    if exchange.status is None or (exchange.status == 200 and exchange.failure):
        return _broken_off(endpoint, exchange.status, exchange.failure)
    if exchange.status == 200:
        return _read_200(endpoint, exchange, key)
    return _read_error(endpoint, exchange.status, exchange, _json_or_none(exchange.body, key), key)


# A 200


def _read_200(endpoint: Endpoint, exchange: Exchange, key: str) -> Answer:
    try:
        envelope = read_json(exchange.body, key)
    except ValueError as error:
        return _unusable(endpoint, str(error), billed=None)
    if not isinstance(envelope, dict):
        return _unusable(endpoint, "the body is JSON, but no object", billed=None)
    code = envelope.get("code", None if endpoint.enveloped else 200)
    if isinstance(code, str) and re.fullmatch(r"[0-9]{3,5}", code, re.ASCII):
        code = int(code)
    if isinstance(code, float) and code.is_integer():
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        return _unusable(endpoint, "the envelope has no code", billed=None, field="code")
    if code != 200:
        return _read_error(endpoint, code, exchange, envelope, key)
    if endpoint.enveloped and "data" not in envelope:
        return _unusable(endpoint, "the envelope has no data", billed=True, field="data")
    data = envelope["data"] if endpoint.enveloped else envelope
    request_id = envelope.get("request_id")
    return Answer("answered", endpoint.billed, None, data, request_id if isinstance(request_id, str) else None)


def _broken_off(endpoint: Endpoint, status: int | None, failure: Failure | None) -> Answer:
    failure = failure or Failure("broken", "there was no answer")
    if failure.kind == "too_large":
        return _unusable(endpoint, failure.text, billed=None)
    outcome = "timed_out" if failure.kind == "timed_out" else "unavailable" if status is None else "unreadable"
    kind = HostNotFound if failure == HOST_NOT_FOUND else Unavailable
    error = kind(f"{endpoint.name}: {failure.text}; try again later", endpoint=endpoint.name, status=status)
    return Answer(outcome, None if failure.sent else False, error)


def _unusable(endpoint: Endpoint, why: str, *, billed: bool | None, field: str | None = None) -> Answer:
    message = f"{endpoint.name}: a 200 that cannot be used: {why}; it may have been billed, ask again another day"
    return Answer("unreadable", billed, UnexpectedAnswer(message, endpoint=endpoint.name, status=200, field=field))


# Everything else


@dataclass(frozen=True, slots=True)
class _Meaning:
    outcome: str
    error: type[TikHubError]
    what: str
    advice: str


_BY_STATUS = {
    401: _Meaning("refused_key", AuthenticationFailed, "TikHub does not know the key", "Check TIKHUB_API_KEY."),
    402: _Meaning("no_balance", BalanceExhausted, "the TikHub balance is used up", "Top up, then run again."),
    403: _Meaning("forbidden", Forbidden, "the key lacks a permission", "Allow the key this endpoint at TikHub."),
    422: _Meaning("rejected", RequestRejected, "the request was malformed", "A fault of Cometwatch: please report it."),
    429: _Meaning(
        "rate_limited", RateLimited, "too many requests", "Lower TIKHUB_RATE_PER_SECOND if this is frequent."
    ),
}
_TRANSIENT = _Meaning("unavailable", Unavailable, "TikHub could not answer", "Try again later.")
_REFUSED = _Meaning("rejected", RequestRejected, "the request was refused", "The endpoint may have changed.")
_REDIRECT = _Meaning("unreadable", UnexpectedAnswer, "a redirect, never followed", "Check TIKHUB_BASE_URL.")
_UNKNOWN = _Meaning("unreadable", UnexpectedAnswer, "a status unknown here", "Compare TikHub's documents.")


def _read_error(endpoint: Endpoint, status: int, exchange: Exchange, body: Any, key: str) -> Answer:
    """`status` is the HTTP status, or the envelope's code where that differs. None of these is billed."""
    quoted = redact(_message_in(body), key)[:LONGEST_QUOTE]
    said = f' It says: "{quoted}".' if quoted else ""
    if status == 404:
        return Answer("not_found", False, _not_found(endpoint, body, said))
    meaning = _meaning(status)
    message = f"{endpoint.name}: {meaning.what} ({status}).{said} {meaning.advice}"
    error = meaning.error(message, endpoint=endpoint.name, status=status)
    if isinstance(error, RateLimited):
        error.retry_after = read_retry_after(exchange.headers.get("retry-after"), datetime.now(UTC))
    return Answer(meaning.outcome, False, error)


def _meaning(status: int) -> _Meaning:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status in UPSTREAM_HICCUPS or 500 <= status <= 599:
        return _TRANSIENT
    if 400 <= status <= 499:
        return _REFUSED
    return _REDIRECT if 300 <= status <= 399 else _UNKNOWN


def _not_found(endpoint: Endpoint, body: Any, said: str) -> TikHubError:
    if not endpoint.about_one:
        text = f"{endpoint.name}: the endpoint is gone (404).{said} Compare {endpoint.path} with TikHub's list."
        return EndpointGone(text, endpoint=endpoint.name, status=404)
    route_missing = isinstance(body, dict) and body.get("detail") == "Not Found"
    text = f"{endpoint.name}: nothing there under this id or name (404).{said}"
    return NotFound(text, endpoint=endpoint.name, status=404, route_missing=route_missing)


def _message_in(body: Any) -> str:
    """The message of an error body, whose `detail` is an object, a list of complaints or plain text."""
    detail = body.get("detail", body) if isinstance(body, dict) else None
    if isinstance(detail, list):
        return one_line("; ".join(_complaint(item) for item in detail[:3]))
    if isinstance(detail, dict):
        detail = detail.get("message") or detail.get("message_zh")
    return one_line(detail) if isinstance(detail, str) else ""


def _complaint(item: Any) -> str:
    """One of a 422's `{loc, msg, type}`, without the rejected input that may stand beside them."""
    if not isinstance(item, dict):
        return ""
    place = item.get("loc")
    where = ".".join(str(part)[:40] for part in place[:5]) if isinstance(place, list) else ""
    return f"{where}: {item.get('msg')}"


# JSON


def _json_or_none(body: bytes, key: str) -> Any:
    try:
        return read_json(body, key)
    except ValueError:
        return None
