"""Everything that can go wrong when a vendor's API is asked, sorted by what the caller should do about it.

```
CallFailed
├── Transient            worth another try later; the item failed, the run goes on
│   ├── RateLimited      429, more often than the client was ready to wait
│   └── Unavailable      400, 408, 425, 5xx, time-outs, broken connections
│       └── HostNotFound the name of the host could not be resolved
└── Permanent            another try changes nothing
    ├── RunStopped       no further call can succeed: stop the run
    │   ├── AuthenticationFailed   401, the key
    │   ├── BalanceExhausted       402, the money (Serper says it with a 400)
    │   └── Forbidden              403, the permission
    ├── BudgetSpent      our own budget of calls is used up (raised by the gate)
    ├── RequestRejected  422, a bug on our side
    ├── EndpointGone     404 on a whole endpoint: the table of endpoints is out of date
    ├── NotFound         404 on one creator or hashtag: data rather than an error, the caller decides
    └── UnexpectedAnswer a 200 that is not what the endpoint promises; it may have been paid for
```

A vanished creator inside a 200 is not here: that is `models.Absent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.vendors.models import Attempt


class CallFailed(Exception):
    """Base of all of them.

    `endpoint` is the name in the table of endpoints ("" when not known), `status` the HTTP status (or the
    code inside the envelope), `attempts` every request made before giving up, oldest first. The message is
    redacted and safe to log. All of it survives pickling: a worker's error reaches its supervisor that way.
    """

    def __init__(
        self,
        message: str = "",
        *,
        endpoint: str = "",
        status: int | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.status = status
        self.attempts = attempts


class Transient(CallFailed):
    """It may work later; retries inside the client are already used up."""


class RateLimited(Transient):
    """Too many requests. `retry_after` is the pause the server asked for, in seconds, if it said."""

    def __init__(
        self,
        message: str = "",
        *,
        endpoint: str = "",
        status: int | None = 429,
        attempts: tuple[Attempt, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, status=status, attempts=attempts)
        self.retry_after = retry_after


class Unavailable(Transient):
    """No answer: server trouble, a time-out or a broken connection."""


class HostNotFound(Unavailable):
    """No name server knows the host, or none can be reached: there is no network, or the address is wrong."""


class Permanent(CallFailed):
    """Asking again changes nothing."""


class RunStopped(Permanent):
    """No call of this run can succeed any more."""


class AuthenticationFailed(RunStopped):
    """401: the key is missing, wrong or expired."""


class BalanceExhausted(RunStopped):
    """402, or what a vendor says instead: the account has no money left."""


class Forbidden(RunStopped):
    """403: the key may not use this endpoint."""


class NoWayOut(RunStopped):
    """The host could not be found for the first call of a run that somebody watches: waiting is their decision."""


class BudgetSpent(Permanent):
    """The run's own budget of calls is used up; nothing was asked."""


class RequestRejected(Permanent):
    """422: the request itself is malformed."""


class EndpointGone(Permanent):
    """404 on an endpoint that is not about one creator or hashtag: its path has changed."""


class NotFound(Permanent):
    """404 on one creator or hashtag.

    `route_missing` is True when the body is the bare "Not Found" with which the server's router answers a
    path it does not know. One such answer may still be a missing creator; nothing but such answers means
    that the endpoint has moved, and nobody should be marked as gone for it.
    """

    def __init__(
        self,
        message: str = "",
        *,
        endpoint: str = "",
        status: int | None = 404,
        attempts: tuple[Attempt, ...] = (),
        route_missing: bool = False,
    ) -> None:
        super().__init__(message, endpoint=endpoint, status=status, attempts=attempts)
        self.route_missing = route_missing


class UnexpectedAnswer(Permanent):
    """The answer's content is not what the endpoint promises. `field` is the dotted path of the offender."""

    def __init__(
        self,
        message: str = "",
        *,
        endpoint: str = "",
        status: int | None = None,
        attempts: tuple[Attempt, ...] = (),
        field: str | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, status=status, attempts=attempts)
        self.field = field
