"""Coverage of a day, said with both of its numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the creators due on a day were measured on it."""

    measured: int
    due: int

    @property
    def share(self) -> float:
        """0 to 1; nobody due is all of them."""
        return self.measured / self.due if self.due else 1.0

    def __str__(self) -> str:
        return f"{self.measured:,} of {self.due:,} due ({self.share:.1%})"
