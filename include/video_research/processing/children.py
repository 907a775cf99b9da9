"""Child processes that read strangers' media, within the time that one video may take."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from include.settings import ROOT
from include.video_research import children
from include.video_research.processing.errors import ChildFailed, ChildTimedOut

_LAST_WORDS = 4000  # bytes of the end of what a child complains; a broken file makes megabytes of it


class Deadline:
    """How long one video may take in all, whatever it is busy with."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def check(self, doing: str) -> None:
        """Raises ChildTimedOut once the time is over."""
        if self.left <= 0:
            raise ChildTimedOut(f"{doing}: the {self.seconds:.0f} s that one video may take are over")


def run(command: Sequence[str | Path], *, deadline: Deadline, at_most: float, doing: str) -> bytes:
    """What the command writes to standard output.

    Raises ChildTimedOut after `at_most` seconds or at the deadline, ChildFailed with the last line of standard error.
    """
    deadline.check(doing)
    seconds = min(at_most, deadline.left)
    try:
        ended = children.run([str(part) for part in command], seconds, environment=_environment())
    except children.TookTooLong:
        raise ChildTimedOut(f"{doing}: not done after {seconds:.0f} s, killed") from None
    except OSError as error:
        raise ChildFailed(f"{doing}: {error.strerror}") from error
    if ended.status:
        said = ended.stderr[-_LAST_WORDS:].decode("utf-8", "replace").strip()
        raise ChildFailed(f"{doing}: {_last_line(said) or f'ended with status {ended.status}'}", said)
    return ended.stdout


def _environment() -> dict[str, str]:
    """The few things a decoder needs: no key and no password of ours is in its reach."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "OPENCV_LOG_LEVEL": "ERROR"}


def _last_line(said: str) -> str:
    return "".join(letter for letter in said.splitlines()[-1] if letter.isprintable())[:300] if said else ""
