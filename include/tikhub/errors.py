"""What can go wrong when TikHub is asked: the errors that all vendors share, under the names they have here."""

from __future__ import annotations

from include.vendors.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    BudgetSpent,
    CallFailed,
    EndpointGone,
    Forbidden,
    HostNotFound,
    NotFound,
    NoWayOut,
    Permanent,
    RateLimited,
    RequestRejected,
    RunStopped,
    Transient,
    Unavailable,
    UnexpectedAnswer,
)

TikHubError = CallFailed

__all__ = [
    "AuthenticationFailed",
    "BalanceExhausted",
    "BudgetSpent",
    "EndpointGone",
    "Forbidden",
    "HostNotFound",
    "NoWayOut",
    "NotFound",
    "Permanent",
    "RateLimited",
    "RequestRejected",
    "RunStopped",
    "TikHubError",
    "Transient",
    "Unavailable",
    "UnexpectedAnswer",
]
