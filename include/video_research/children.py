"""Runs a program with an end: in a process group of its own, which is killed as a whole when its time is over."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass


class TookTooLong(Exception):
    """It was killed: it had not ended within its time."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what it wrote."""

    status: int
    stdout: bytes
    stderr: bytes


def run(
    command: Sequence[str],
    seconds: float,
    *,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """What it wrote and how it ended. Whatever happens here, its whole group is gone afterwards.

    `given` is written to its input and is the place for secrets: what stands in a command line is seen by everybody.
    Raises TookTooLong, and OSError when it does not start.
    """
    with subprocess.Popen(  # noqa: S603 - no shell, and every name of a file is an argument of its own
        list(command),
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=None if environment is None else dict(environment),
    ) as process:
        try:
            stdout, stderr = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TookTooLong from None
        finally:
            # Also what it started and left behind.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return Ended(process.returncode, stdout, stderr)
