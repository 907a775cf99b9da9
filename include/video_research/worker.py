"""A process of its own for work that may hang, crash or grow: models and decoders stay loaded in it from video to video.

`python -m include.video_research.worker PARENT` answers pickled calls on its standard input until that ends, or its parent.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from include.settings import ROOT
from include.video_research import children

Result = TypeVar("Result")
_LENGTH = struct.Struct("!Q")
_LONGEST_ERROR = 500
RETURNED, RAISED, ASKED = "returned", "raised", "asked"


class TimedOut(Exception):
    """The work took longer than it may, and was ended."""


class Crashed(Exception):
    """The process ended in the middle of the work: a decoder crashed, or the machine had no memory left."""


class WorkFailed(Exception):
    """The work raised something that this process does not know; `kind` is its name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)  # all of it, so that it survives being packed
        self.kind = kind

    def __str__(self) -> str:
        return ": ".join(self.args)


class Worker:
    """Starts its process when first asked. What hangs is killed with all that it started; the next call gets a new one."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def run(
        self, work: Callable[..., Result], *args: Any, seconds: float, answers: Callable[[Any], Any] | None = None
    ) -> Result:
        """What `work(*args)` returns or raises, done in the process. Raises TimedOut, Crashed.

        What the work asks of this process, which has the database and the keys, is answered by `answers`.
        """
        child = self._child if self._child is not None and self._child.poll() is None else self._start()
        try:
            _write(child.stdin, pickle.dumps((work, args)))
            outcome, content = self._listen(child, time.monotonic() + seconds, answers)
        except (BrokenPipeError, EOFError):
            code = self._end()
            raise Crashed(f"the process that did it ended by itself (exit status {code})") from None
        except TimedOut:
            self._end()
            raise TimedOut(f"it took longer than {seconds:.0f} s and was ended") from None
        except BaseException:
            self._end()
            raise
        if outcome == RETURNED:
            return cast("Result", content)
        raise content

    def _listen(
        self, child: subprocess.Popen[bytes], deadline: float, answers: Callable[[Any], Any] | None
    ) -> tuple[str, Any]:
        """How the work ended, after its questions."""
        while True:
            outcome, content = pickle.loads(_read_until(child.stdout, deadline))  # noqa: S301 - of our own process
            if outcome != ASKED:
                return outcome, content
            _write(child.stdin, _outcome_of(answers or _nobody, content))

    def close(self) -> None:
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "include.video_research.worker", str(os.getpid())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        return self._child

    def _end(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        # What it started has groups of its own, is in its session, and may live on without it.
        children.end_session(child.pid)
        code = child.wait()
        if child.stdout is not None:
            child.stdout.close()
        return code


@cache
def of_this_process() -> Worker:
    """The one worker of this process, for all videos that it works on; it ends with the process."""
    worker = Worker()
    atexit.register(worker.close)
    return worker


def _write(stream: Any, content: bytes) -> None:
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _read_until(stream: Any, deadline: float) -> bytes:
    def exactly(size: int) -> bytes:
        got = b""
        while len(got) < size:
            ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimedOut
            piece = os.read(stream.fileno(), size - len(got))
            if not piece:
                raise EOFError
            got += piece
        return got

    (length,) = _LENGTH.unpack(exactly(_LENGTH.size))
    return exactly(length)


def _sendable(error: Exception) -> Exception:
    """The error itself where it survives the way, else its name and text."""
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    except Exception:  # noqa: BLE001 - any class may fail to be packed or unpacked
        copy = None
    return copy if isinstance(copy, Exception) else WorkFailed(type(error).__name__, str(error)[:_LONGEST_ERROR])


def _outcome_of(work: Callable[..., Any], *args: Any) -> bytes:
    """What the work returned or raised, packed."""
    try:
        return pickle.dumps((RETURNED, work(*args)))
    except Exception as error:  # noqa: BLE001 - whatever it is goes back to who asked
        return pickle.dumps((RAISED, _sendable(error)))


def _nobody(question: Any) -> Any:
    raise LookupError(f"nobody answers here: {question!r}")


class _Inside:
    """The two ends of the process's pipes, once it is one."""

    calls: Any = None
    answers: Any = None


def ask(question: Any) -> Any:
    """Inside the process: what the process that started it answers."""
    _write(_Inside.answers, pickle.dumps((ASKED, question)))
    outcome, content = pickle.loads(_read(_Inside.calls))  # noqa: S301 - from our own starter
    if outcome == RETURNED:
        return content
    raise content


def _read(stream: Any) -> bytes:
    header = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(header)[0]) if header else b""


def main() -> None:
    """Answer calls until the starter closes the pipe, or is killed. What libraries print goes to standard error."""
    children.end_with(int(sys.argv[1]))
    _Inside.answers, _Inside.calls = os.fdopen(os.dup(1), "wb"), sys.stdin.buffer
    os.dup2(2, 1)
    while call := _read(_Inside.calls):
        work, args = pickle.loads(call)  # noqa: S301 - from our own starter
        _write(_Inside.answers, _outcome_of(work, *args))


if __name__ == "__main__":
    # By its own name: what is defined here and packed is found under that name by who asked.
    import_module("include.video_research.worker").main()
