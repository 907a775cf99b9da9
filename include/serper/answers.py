"""Decides what one HTTP answer of Serper means. Pure. An empty account is a 400 there, told apart by its message alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.serper.errors import PatternRefused
from include.vendors.asking import Answer
from include.vendors.bodies import one_line, read_json, read_retry_after
from include.vendors.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    CallFailed,
    EndpointGone,
    HostNotFound,
    RateLimited,
    RequestRejected,
    Unavailable,
    UnexpectedAnswer,
)
from include.vendors.redaction import redact
from include.web.transport import HOST_NOT_FOUND, Exchange, Failure

LONGEST_QUOTE = 200
NO_CREDITS = "not enough credits"
NO_PATTERN = "query pattern not allowed"

Meaning = tuple[str, type[CallFailed], str, str]
_BY_STATUS: dict[int, Meaning] = {
    401: ("refused_key", AuthenticationFailed, "Serper does not know the key", "Check SERPER_API_KEY."),
    402: ("no_balance", BalanceExhausted, "the Serper account has no credits left", "Top up, then run again."),
    403: ("refused_key", AuthenticationFailed, "Serper refuses the key", "Check SERPER_API_KEY."),
    404: ("not_found", EndpointGone, "the endpoint is gone", "Check SERPER_BASE_URL."),
    408: ("unavailable", Unavailable, "Serper could not answer", "Try again later."),
    429: ("rate_limited", RateLimited, "too many requests", "It is tried again."),
}
_CREDITS = _BY_STATUS[402]
_PATTERN: Meaning = (
    "rejected",
    PatternRefused,
    "this account may not use operators",
    "Plain words are searched instead.",
)
_REJECTED: Meaning = (
    "rejected",
    RequestRejected,
    "the request was refused",
    "A fault of Cometwatch: please report it.",
)
_BUSY: Meaning = ("unavailable", Unavailable, "Serper could not answer", "Try again later.")
_ODD: Meaning = ("unreadable", UnexpectedAnswer, "a status that is none of this API's", "Check SERPER_BASE_URL.")


def read_answer(endpoint: str, exchange: Exchange, key: str) -> Answer:
    """What `exchange` means. An echo of `key` is masked wherever it stands in the answer."""
    if exchange.status is None or (exchange.status == 200 and exchange.failure):
        return _broken_off(endpoint, exchange.status, exchange.failure)
    if exchange.status != 200:
        return _read_error(endpoint, exchange.status, exchange, key)
    try:
        body = read_json(exchange.body, key)
    except ValueError as error:
        return _unusable(endpoint, str(error))
    if not isinstance(body, dict):
        return _unusable(endpoint, "the body is JSON, but no object")
    return Answer("answered", True, None, body)


def _broken_off(endpoint: str, status: int | None, failure: Failure | None) -> Answer:
    failure = failure or Failure("broken", "there was no answer")
    if failure.kind == "too_large":
        return _unusable(endpoint, failure.text)
    outcome = "timed_out" if failure.kind == "timed_out" else "unavailable" if status is None else "unreadable"
    kind = HostNotFound if failure == HOST_NOT_FOUND else Unavailable
    error = kind(f"{endpoint}: {failure.text}; try again later", endpoint=endpoint, status=status)
    return Answer(outcome, None if failure.sent else False, error)


def _unusable(endpoint: str, why: str) -> Answer:
    message = f"{endpoint}: a 200 that cannot be used: {why}; it may have been billed, ask again another day"
    return Answer("unreadable", None, UnexpectedAnswer(message, endpoint=endpoint, status=200))


def _read_error(endpoint: str, status: int, exchange: Exchange, key: str) -> Answer:
    said = _message_in(exchange.body, key)
    outcome, kind, what, advice = _meaning(status, said.lower())
    quoted = f' It says: "{said}".' if said else ""
    error = kind(f"{endpoint}: {what} ({status}).{quoted} {advice}", endpoint=endpoint, status=status)
    if isinstance(error, RateLimited):
        error.retry_after = read_retry_after(exchange.headers.get("retry-after"), datetime.now(UTC))
    return Answer(outcome, False, error)


def _meaning(status: int, said: str) -> Meaning:
    if status in (400, 403) and NO_CREDITS in said:
        return _CREDITS
    if status == 400 and NO_PATTERN in said:
        return _PATTERN
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status <= 499:
        return _REJECTED
    return _BUSY if 500 <= status <= 599 else _ODD


def _message_in(body: bytes, key: str) -> str:
    try:
        content: Any = read_json(body, key)
    except ValueError:
        return ""
    message = content.get("message") or content.get("error") if isinstance(content, dict) else None
    return redact(one_line(message), key)[:LONGEST_QUOTE] if isinstance(message, str) else ""
