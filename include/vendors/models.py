"""A request, the tries it took, and the answer it got: the same for every vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask: an endpoint's name, its parameters, and `subject`, its identity within the day."""

    endpoint: str
    params: Params = field(hash=False)
    subject: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request that was made, as the ledger records it.

    `outcome` is one of answered, rate_limited, unavailable, timed_out, refused_key, no_balance, forbidden,
    rejected, not_found, unreadable. `http_status` is None when no status line arrived. `billed` is None when
    nobody can know (the answer was lost after the request had gone out). `error` is redacted.
    """

    endpoint: str
    params_subject: str
    started_at: datetime
    latency_ms: int
    http_status: int | None
    outcome: str
    billed: bool | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A billed, readable answer: `data` is the JSON value under the envelope's "data", or the whole of it."""

    data: Any
    attempts: tuple[Attempt, ...]
    request_id: str | None = None
