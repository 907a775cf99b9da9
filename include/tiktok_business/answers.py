"""Decides what one HTTP answer of the Accounts API means. Pure. Errors come in a 200 too: the envelope's `code` says it all.

| code | what it is | how it is known |
|---|---|---|
| 0 | answered | vendor's page |
| 40100 | too many calls | vendor's page of limits |
| 40016, 40133, 51021 | too many calls | public clients (taken for the same) |
| 40102, 40104, 40105 | access token expired, absent, wrong or revoked | 40104 and 40105 seen by others; 40102 by public clients |
| 40101 | app and secret do not belong together | public clients |
| 40110 | code of a consent used up or too old | public clients |
| 40001, 40003, 40103; 40002 that speaks of a permission | no permission | 40001 seen by others; the rest by public clients |
| 40006 | no such endpoint | seen by others |
| other 4xxxx | the request was refused | – |
| 5xxxx, 6xxxx | TikTok could not answer | public clients |

What TikTok says of a refresh token that is used up nobody wrote down: at that endpoint any refusal that is none of the above
counts as that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.tiktok_business.endpoints import REFRESH
from include.tiktok_business.errors import AppRefused, CodeRefused, RefreshRefused, ScopeMissing, TokenRefused
from include.vendors.asking import Answer
from include.vendors.bodies import one_line, read_json, read_retry_after
from include.vendors.errors import (
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
Meaning = tuple[str, type[CallFailed], str, str]

_THROTTLED: Meaning = ("rate_limited", RateLimited, "too many requests", "It is tried again.")
_TOKEN: Meaning = ("refused_key", TokenRefused, "the access token has ended or was revoked", "It is renewed.")
_APP: Meaning = (
    "refused_key", AppRefused, "TikTok does not know this app",
    "Check login (client id) and password (client secret) of the account's connection.",
)  # fmt: skip
_SCOPE: Meaning = (
    "forbidden", ScopeMissing, "a permission is missing",
    "Give the app this permission at TikTok, then let the account's owner agree again: make accounts-authorize ACCOUNT=…",
)  # fmt: skip
_GONE: Meaning = ("not_found", EndpointGone, "the endpoint is gone", "Check the host of the account's connection.")
_CODE: Meaning = (
    "rejected", CodeRefused, "the code was used before, or is older than ten minutes",
    "Begin again: make accounts-authorize ACCOUNT=…",
)  # fmt: skip
_SPENT: Meaning = ("refused_key", RefreshRefused, "the refresh token is refused", "The owner has to agree again.")
_REJECTED: Meaning = (
    "rejected",
    RequestRejected,
    "the request was refused",
    "A fault of Cometwatch: please report it.",
)
_BUSY: Meaning = ("unavailable", Unavailable, "TikTok could not answer", "Try again later.")
# TikTok says what it refuses in an envelope: without one it was said by what stands before it.
_GATE: Meaning = (
    "unavailable", Unavailable, "something before TikTok turns us away",
    "It is tried again. If it stays, see to the network's address, proxy, and the connection's host.",
)  # fmt: skip
_ODD: Meaning = ("unreadable", UnexpectedAnswer, "a status that is none of this API's", "Check the connection's host.")

_BY_CODE: dict[int, Meaning] = {
    **dict.fromkeys((40016, 40100, 40133, 51021), _THROTTLED),
    **dict.fromkeys((40102, 40104, 40105), _TOKEN),
    **dict.fromkeys((40001, 40003, 40103), _SCOPE),
    40006: _GONE,
    40101: _APP,
    40110: _CODE,
}
_BY_STATUS: dict[int, Meaning] = {401: _TOKEN, 403: _GATE, 404: _GONE, 408: _BUSY, 425: _BUSY, 429: _THROTTLED}


def read_answer(endpoint: str, exchange: Exchange, *secrets: str, echo: str = "") -> Answer:
    """What `exchange` means. Messages hold none of the `secrets`; wherever `echo` stands in the data, it is masked.

    Nothing is billed: the API is free.
    """
    if exchange.status is None or exchange.failure:
        return _broken_off(endpoint, exchange.status, exchange.failure)
    try:
        body = read_json(exchange.body, echo)
    except ValueError as error:
        body, why = None, str(error)
    else:
        why = "the body is JSON, but no envelope"
    code = body.get("code") if isinstance(body, dict) else None
    if isinstance(body, dict) and isinstance(code, int) and not isinstance(code, bool):
        return _read_envelope(endpoint, exchange, body, code, secrets)
    if exchange.status == 200:
        # A page of some gateway: the answer is free, so that it is asked for again.
        message = f"{endpoint}: a 200 that cannot be used: {why}; try again later"
        return Answer("unreadable", False, Unavailable(message, endpoint=endpoint, status=200))
    return _refused(endpoint, exchange, exchange.status, "", _by_status(exchange.status))


def _read_envelope(
    endpoint: str, exchange: Exchange, body: dict[str, Any], code: int, secrets: tuple[str, ...]
) -> Answer:
    request_id = body.get("request_id")
    known = request_id if isinstance(request_id, str) else None
    if code == 0:
        return Answer("answered", False, None, body.get("data"), known)
    message = body.get("message")
    said = redact(one_line(message), *secrets)[:LONGEST_QUOTE] if isinstance(message, str) else ""
    return _refused(endpoint, exchange, code, said, _by_code(endpoint, code, said.lower()))


def _broken_off(endpoint: str, status: int | None, failure: Failure | None) -> Answer:
    failure = failure or Failure("broken", "there was no answer")
    if failure.kind == "too_large":
        error: CallFailed = UnexpectedAnswer(f"{endpoint}: {failure.text}", endpoint=endpoint, status=status)
        return Answer("unreadable", False, error)
    outcome = "timed_out" if failure.kind == "timed_out" else "unavailable" if status is None else "unreadable"
    kind = HostNotFound if failure == HOST_NOT_FOUND else Unavailable
    return Answer(
        outcome, False, kind(f"{endpoint}: {failure.text}; try again later", endpoint=endpoint, status=status)
    )


def _refused(endpoint: str, exchange: Exchange, code: int, said: str, meaning: Meaning) -> Answer:
    outcome, kind, what, advice = meaning
    quoted = f' It says: "{said}".' if said else ""
    error = kind(f"{endpoint}: {what} ({code}).{quoted} {advice}", endpoint=endpoint, status=code)
    if isinstance(error, RateLimited):
        error.retry_after = read_retry_after(exchange.headers.get("retry-after"), datetime.now(UTC))
    return Answer(outcome, False, error)


def _by_code(endpoint: str, code: int, said: str) -> Meaning:
    is_scope = code == 40002 and any(word in said for word in ("permission", "scope"))
    meaning = _SCOPE if is_scope else _BY_CODE.get(code) or (_BUSY if code >= 50_000 else _REJECTED)
    return _SPENT if endpoint == REFRESH and meaning in (_TOKEN, _CODE, _SCOPE, _REJECTED) else meaning


def _by_status(status: int) -> Meaning:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status <= 499:
        return _REJECTED
    return _BUSY if 500 <= status <= 599 else _ODD
