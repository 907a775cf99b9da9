"""The sandbox's own idea of now: real time until the control API sets, freezes or advances it."""

import time
from datetime import UTC, datetime

from include.sandbox.world import day_number


class Clock:
    """Now, in seconds since 1970. It runs on from what it was set to, unless frozen."""

    def __init__(self, offset: float = 0.0, frozen_at: float | None = None) -> None:
        self.offset = offset
        self.frozen_at = frozen_at

    def timestamp(self) -> float:
        """Now, in seconds since 1970."""
        return time.time() + self.offset if self.frozen_at is None else self.frozen_at

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def day(self) -> int:
        """Today's day number in the world (UTC)."""
        return day_number(self.now().date())

    def set(self, now: datetime, *, frozen: bool = False) -> None:
        """Set now; `frozen` makes it stand still until it is set again."""
        self.offset = now.timestamp() - time.time()
        self.frozen_at = now.timestamp() if frozen else None

    def advance(self, seconds: float) -> None:
        """Move now on (or back, when negative)."""
        self.offset += seconds
        if self.frozen_at is not None:
            self.frozen_at += seconds

    def reset(self) -> None:
        """Back to real time."""
        self.offset, self.frozen_at = 0.0, None
