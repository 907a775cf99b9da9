"""Background processes are known again for certain, and stopped with everything they started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.local import processes
from include.local.folders import ROOT

pytestmark = pytest.mark.server  # starts and stops real processes

# A parent with a child and a grandchild that ignores SIGTERM; it prints their pids once they are up.
FAMILY = """
import os, signal, subprocess, sys, time
if len(sys.argv) > 1:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    time.sleep(600)
child = subprocess.Popen([sys.executable, __file__, "stubborn"], preexec_fn=lambda: os.setpgid(0, 0))
time.sleep(600)
"""


def spawn_family(folder: Path) -> tuple[processes.Process, int]:
    """The parent, and the pid of its stubborn child."""
    script = folder / "family.py"
    script.write_text(FAMILY)
    process, _ = processes.spawn(
        [sys.executable, script], log_file=folder / "log", environment=os.environ, folder=folder
    )
    for _ in processes.every(0.05, until=20):
        text = (folder / "log").read_text()
        if text.endswith("\n"):
            return process, int(text)
    raise AssertionError("the family did not start")


def runs(pid: int) -> bool:
    return processes.started_at(pid) is not None


def test_stop_reaches_every_descendant(tmp_path: Path):
    """A child in a process group of its own that ignores SIGTERM is gone too."""
    process, child = spawn_family(tmp_path)
    assert processes.stop(process, time_limit=3) is True
    assert [runs(process.pid), runs(child)] == [False, False]


def test_stop_reaches_orphans(tmp_path: Path):
    """What a killed process left behind is found by its session and stopped."""
    process, child = spawn_family(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    os.waitpid(process.pid, 0)
    assert runs(child)
    assert processes.stop(process, time_limit=1) is True
    assert not runs(child)


def test_a_reused_pid_is_left_alone(tmp_path: Path):
    """A note whose number belongs to another process by now stops nothing and is dropped."""
    with subprocess.Popen(["/bin/sleep", "60"], cwd=tmp_path, start_new_session=True) as stranger:
        note = tmp_path / "run" / "x.pid"
        processes.write_pid_file(note, processes.Process(stranger.pid, "earlier-boot:1", str(tmp_path)))
        assert processes.find(note) is None
        assert processes.stop_noted(note) is False
        assert stranger.poll() is None
        assert not note.exists()
        stranger.kill()


@pytest.mark.parametrize("text", ["", "1234", "{}", '{"pid": 1}', "not json", '{"pid": 1, "started": "", "x": 2}'])
def test_an_unreadable_note_is_no_note(tmp_path: Path, text: str):
    """Whatever is in a pid file, reading it never fails."""
    note = tmp_path / "x.pid"
    note.write_text(text)
    assert processes.find(note) is None
    assert processes.stop_noted(note) is False


def test_a_zombie_does_not_run():
    """A process that has ended counts as ended, reaped or not."""
    child = subprocess.Popen(["/bin/true"])
    for _ in processes.every(0.02, until=5):
        if psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE:
            break
    assert processes.started_at(child.pid) is None
    child.wait()


def test_waiting_has_an_end():
    """Waiting for a process that does not end returns it after the limit."""
    with subprocess.Popen(["/bin/sleep", "60"]) as sleeper:
        begun = time.monotonic()
        assert processes.wait_for([psutil.Process(sleeper.pid)], 0.3) == [psutil.Process(sleeper.pid)]
        assert time.monotonic() - begun < 5
        sleeper.kill()


def test_last_lines_of_a_long_log(tmp_path: Path):
    """Only the end of a log is read, even when it holds bytes that are no text."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * 100_000 + b"\n\xff\nlast but one\nlast\n")
    assert processes.last_lines(log, 3) == "\ufffd\nlast but one\nlast"
    assert processes.last_lines(tmp_path / "absent") == "(no log)"


def test_nothing_of_the_shell_changes_our_python():
    """What for_python takes away from the processes it is for, make takes away from its own commands."""
    told = {
        name
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if line.startswith("unexport ")
        for name in line.split()[1:]
    }
    assert set(processes._PYTHONS) <= told
    given = {"PSYCOPG_IMPL": "c", "PYTHONDEVMODE": "1", "PYTHONVERBOSE": "1", "PATH": os.defpath}
    shown = subprocess.run(
        [sys.executable, "-c", "import psycopg; print(psycopg.pq.__impl__)"],
        env=processes.for_python(given),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (shown.stdout.strip(), shown.stderr) == ("binary", "")
