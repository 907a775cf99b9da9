"""Why a video could not be processed, and why an engine could not be used."""

from __future__ import annotations

import errno
import os

from include.video_research.records import Failure


class ProcessingFailed(Exception):
    """No frames, or no sound where there is sound: `failure` says why, and what a person can do about it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)  # all of it, so that it survives being packed
        self.failure = failure

    def __str__(self) -> str:
        return self.failure.error


class EngineUnavailable(Exception):
    """An engine cannot be used here: its package, weights or key are missing. The message says what to do."""


class EngineFailed(Exception):
    """An engine was there and broke, or ran out of time or budget; another one may do better."""


class ChildFailed(Exception):
    """A child process ended badly; the message ends with its last line, `said` holds the last of what it said."""

    def __init__(self, error: str, said: str = "") -> None:
        super().__init__(error)
        self.said = said


class ChildTimedOut(ChildFailed):
    """A child process did not end in time, and was killed with all that it had started."""


def disk(error: OSError) -> ProcessingFailed:
    what = "Make room on the disk of RESEARCH_WORK, see that the folder can be written, then run again."
    text = f"the working folder cannot be used: {error.strerror or error}"
    return ProcessingFailed(Failure("process", "disk", text, what))


def broken(error: ChildFailed) -> ProcessingFailed:
    """Of a child that ended badly: the file's fault, unless it says that it was the disk's."""
    if os.strerror(errno.ENOSPC) in f"{error} {error.said}" or os.strerror(errno.EDQUOT) in f"{error} {error.said}":
        return disk(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    return damaged(str(error))


def damaged(error: str) -> ProcessingFailed:
    what = "The file is broken or no video: remove it from the working folder, and the next run downloads it again."
    return ProcessingFailed(Failure("process", "damaged", error, what))


def timed_out(error: str) -> ProcessingFailed:
    what = "Raise RESEARCH_VIDEO_TIMEOUT, or run with fewer videos at once; a broken file may also be the reason."
    return ProcessingFailed(Failure("process", "timed_out", error, what))
