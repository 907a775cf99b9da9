"""Work that may hang or crash is done by a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from include.settings import ROOT
from include.video_research.worker import Crashed, TimedOut, Worker, WorkFailed, ask

pytestmark = pytest.mark.server  # it starts processes


def hang() -> None:
    time.sleep(60)


def hang_in_a_child(path: Path) -> None:
    child = subprocess.Popen(["sleep", "60"], process_group=0)  # noqa: S607 - any program that goes on
    path.write_text(str(child.pid))
    child.wait()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def shout() -> str:
    os.write(1, b"a library prints what it likes\n")
    return "done"


class Odd(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)
        self.two = two


def be_odd() -> None:
    raise Odd("this one cannot be packed", "and unpacked")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_answers_and_errors_come_back():
    """What the work returns or raises comes back as it is, and the process stays for the next call."""
    with Worker() as worker:
        first = worker.run(os.getpid, seconds=30)
        with pytest.raises(FileNotFoundError):
            worker.run(os.stat, "/there/is/none", seconds=30)
        assert worker.run(os.getpid, seconds=30) == first != os.getpid()


def test_what_is_printed_is_no_answer():
    """Libraries that write to standard output disturb nothing."""
    with Worker() as worker:
        assert worker.run(shout, seconds=30) == "done"


def test_an_error_that_cannot_travel_is_told():
    """An error of a kind that does not survive the way comes back as its name and text."""
    with Worker() as worker, pytest.raises(WorkFailed, match="Odd: this one cannot be packed"):
        worker.run(be_odd, seconds=30)


def double(number: int) -> int:
    return ask(number) + 1


def test_the_work_may_ask():
    """What only the starter has, its database and keys, is asked of it; what it raises is raised in the work."""

    def answer(number: int) -> int:
        if number < 0:
            raise ValueError("nothing below zero")
        return 2 * number

    with Worker() as worker:
        assert worker.run(double, 20, seconds=30, answers=answer) == 41
        with pytest.raises(ValueError, match="nothing below zero"):
            worker.run(double, -1, seconds=30, answers=answer)
        with pytest.raises(LookupError, match="nobody answers"):
            worker.run(double, 1, seconds=30)


def test_what_hangs_is_ended_with_its_children(tmp_path: Path):
    """A call that takes too long is killed with all that it started, and the next call is answered."""
    with Worker() as worker:
        worker.run(os.getpid, seconds=30)
        with pytest.raises(TimedOut):
            worker.run(hang_in_a_child, tmp_path / "pid", seconds=2)
        pid, until = int((tmp_path / "pid").read_text()), time.monotonic() + 10
        while is_running(pid):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert worker.run(shout, seconds=30) == "done"


def test_it_ends_with_a_parent_that_is_killed(tmp_path: Path):
    """A task that is killed in the middle of a video leaves neither the process aside behind, nor what that has started."""
    code = (
        "import pathlib, sys; from include.video_research.worker import Worker;"
        " from tests.include.video_research.test_worker import hang_in_a_child;"
        " Worker().run(hang_in_a_child, pathlib.Path(sys.argv[1]), seconds=60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "pid")], cwd=ROOT)
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    pid = int((tmp_path / "pid").read_text())
    aside = os.getsid(pid)
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_running(aside) and not is_running(pid))


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_crash_takes_only_its_call():
    """A process that crashes is said, and the next call is answered by another."""
    with Worker() as worker:
        with pytest.raises(Crashed, match="exit status -11"):
            worker.run(crash, seconds=30)
        assert worker.run(shout, seconds=30) == "done"
