"""Runs a program with an end: in a process group of its own, which is killed as a whole when its time is over.

No process outlives the one that wanted it: who is killed cannot end others, so a process of ours looks for its parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

PARENT_EVERY_S = 0.5  # how often a process looks whether its parent is still there


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
        process_group=0,  # of its starter's session: there it is found when the starter itself is gone
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


def end_session(leader: int) -> None:
    """Kill all processes of the session that `leader` began, in whichever group they are, and whether it still lives or not;
    this process last, where it is one of them.
    """
    import psutil

    for _ in range(2):  # one may have been starting another
        for pid in psutil.pids():
            with suppress(ProcessLookupError, PermissionError):
                if pid != os.getpid() and os.getsid(pid) == leader:
                    os.kill(pid, signal.SIGKILL)
    if os.getsid(0) == leader:
        os.kill(os.getpid(), signal.SIGKILL)


def end_with(parent: int) -> None:
    """End when the process `parent`, which started this one, does: nobody waits for the result then, and another try may be
    under way. What this process began goes as well: its session where it leads one, else its group.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_EVERY_S)
        if os.getsid(0) == os.getpid():
            end_session(os.getpid())
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
