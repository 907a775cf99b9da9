"""Where the API is, and as whom it is called: plain values from which every task makes its own client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from include.web.transport import DIRECT, Route


@dataclass(frozen=True, slots=True)
class Api:
    """`deadline_seconds` bounds one call, `threads` the calls at once; `now_override` is the sandbox's day, if set.

    `is_watched`: somebody waits for the run in front of a terminal, and would rather know than wait.
    """

    base_url: str
    key: str = field(repr=False)
    deadline_seconds: float
    threads: int
    now_override: datetime | None = None
    is_watched: bool = False
    route: Route = DIRECT
