"""Progress for a person: numbered steps, each with what it does and how long it took."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator


def say(line: str = "", end: str = "\n") -> None:
    """Write one line to standard output at once; a closed pipe ends the talking, not the work."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + end)
        sys.stdout.flush()


@contextlib.contextmanager
def speaking_alone() -> Iterator[None]:
    """Of what the pipeline logs meanwhile, only what goes wrong is shown."""
    logger = logging.getLogger("include")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


class Steps:
    """`[2/6] Sandbox … started on port 8099 (0.8 s)`."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 0

    @contextlib.contextmanager
    def step(self, what: str, *, on_own_lines: bool = False) -> Iterator[list[str]]:
        """One step. Append what came of it to the list; `on_own_lines` when the step itself prints."""
        self._number += 1
        title = f"[{self._number}/{self._total}] {what}"
        outcome: list[str] = []
        begun = time.monotonic()
        say(f"{title} …", end="\n" if on_own_lines else " ")
        try:
            yield outcome
        except BaseException:
            say("" if on_own_lines else f"✗ ({time.monotonic() - begun:.1f} s)")
            raise
        lead = f"{title}: " if on_own_lines else ""
        say(f"{lead}{', '.join(outcome) or 'done'} ({time.monotonic() - begun:.1f} s)")
