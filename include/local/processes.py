"""Background processes: start them detached, know them again for certain, stop them with their children."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from include.local.errors import LocalError


@dataclass(frozen=True, slots=True)
class Process:
    """One process, never mistaken for another: a pid alone is reused, a pid with its start is not."""

    pid: int
    started: str
    folder: str = ""

    def is_alive(self) -> bool:
        """True while this very process runs (a zombie does not run)."""
        return started_at(self.pid) == self.started

    def members(self) -> list[psutil.Process]:
        """This process, its descendants, and the orphans it left behind in its session.

        A system gives a number to a new process only once the session of that number is empty. So when
        another process has our number there are no orphans; when nobody has it, members of the session
        that work in our folder are ours (the folder tells them from those of a later, also dead, leader).
        """
        now_there = started_at(self.pid)
        if now_there not in (None, self.started):
            return []
        found = {orphan.pid: orphan for orphan in _session(self.pid, self.folder)} if self.folder else {}
        if now_there is not None:
            with contextlib.suppress(psutil.Error):
                leader = psutil.Process(self.pid)
                found |= {child.pid: child for child in leader.children(recursive=True)}
                found[self.pid] = leader
        return list(found.values())


def started_at(pid: int) -> str | None:
    """When `pid` started, as a text that is only ever compared; None when there is no such living process."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if sys.platform != "linux":
            return f"{process.create_time():.2f}"
        # Clock corrections move create_time(); ticks since boot and the boot's own id never move.
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{ticks}"
    except (psutil.Error, OSError):
        return None


# What would change how our own Python works or what it prints, or bring in packages that are not ours.
# PYTHONDONTWRITEBYTECODE, common in container images, makes each process of Airflow's start several CPU seconds slower.
# The Makefile names the same.
_PYTHONS = (
    "PSYCOPG_IMPL",
    "PSYCOPG_WAIT_FUNC",
    "PYTHONASYNCIODEBUG",
    "PYTHONDEBUG",
    "PYTHONDEVMODE",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONINTMAXSTRDIGITS",
    "PYTHONIOENCODING",
    "PYTHONOPTIMIZE",
    "PYTHONPLATLIBDIR",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONSAFEPATH",
    "PYTHONSTARTUP",
    "PYTHONTRACEMALLOC",
    "PYTHONUSERBASE",
    "PYTHONVERBOSE",
    "PYTHONWARNINGS",
)


def for_python(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for a Python of ours: texts are UTF-8 whatever the locale, packages are those of its own environment."""
    kept = {name: text for name, text in environment.items() if name not in _PYTHONS}
    return {**kept, "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"}


def spawn(
    command: Sequence[str | Path],
    *,
    log_file: Path,
    environment: Mapping[str, str],
    folder: Path,
    user: int | None = None,
) -> tuple[Process, subprocess.Popen[bytes]]:
    """Start `command` in a session of its own, its output appended to `log_file`. It outlives this process.

    `user` is a numeric uid to run as (root only). Raises LocalError when the command cannot be started.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        try:
            child = subprocess.Popen(  # noqa: S603 - the project's own commands, never a shell
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
                user=user,
                group=None if user is None else group_of(user),
                extra_groups=None if user is None else [],
            )
        except OSError as error:
            raise LocalError(f"cannot start {Path(command[0]).name}: {error}") from error
    return Process(child.pid, started_at(child.pid) or "", str(folder)), child


def group_of(user: int) -> int:
    """The login group of a numeric uid; the uid itself where the system knows no such account."""
    import pwd

    with contextlib.suppress(KeyError):
        return pwd.getpwuid(user).pw_gid
    return user


def stop(process: Process, time_limit: float = 20.0, ask: signal.Signals = signal.SIGTERM) -> bool:
    """Ask the process to end, wait, then kill what is left of it and its children. True if it was there."""
    members = process.members()
    if not members:
        return False
    leader = [member for member in members if member.pid == process.pid]
    _signal(leader, ask)
    wait_for(leader, time_limit)
    # Nobody leads what is left now, so there is little to wait for.
    leftover = living([*members, *process.members()])
    _signal(leftover, ask)
    leftover = living([*wait_for(leftover, min(2.0, time_limit)), *process.members()])
    _signal(leftover, signal.SIGKILL)
    wait_for(leftover, 5)
    return True


def wait_for(those: Sequence[psutil.Process], time_limit: float) -> list[psutil.Process]:
    """Wait for processes to end; returns those that have not. A zombie has ended, reaped or not."""
    waiting = living(those)
    for _ in every(0.05, until=time_limit):
        if not waiting:
            break
        waiting = living(waiting)
    return waiting


def living(those: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those of `those` that still run, each once."""
    return list({process.pid: process for process in those if _runs(process)}.values())


def write_pid_file(path: Path, process: Process) -> None:
    """Note a process, whole or not at all: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(asdict(process)))
    part.replace(path)


def read_pid_file(path: Path) -> Process | None:
    """The process noted in `path`, alive or not; None when there is no readable note."""
    try:
        return Process(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def find(path: Path) -> Process | None:
    """The noted process if it still runs; a stale note counts as none and is left for `stop_noted`."""
    process = read_pid_file(path)
    return process if process is not None and process.is_alive() else None


def stop_noted(path: Path, time_limit: float = 20.0) -> bool:
    """Stop the process noted in `path` (and orphans of it), drop the note. True if anything was stopped."""
    process = read_pid_file(path)
    stopped = stop(process, time_limit) if process is not None else False
    path.unlink(missing_ok=True)
    return stopped


def last_lines(log_file: Path, count: int = 15) -> str:
    """The end of a log, for a message to a person; at most 16 KB are read however long the log is."""
    try:
        with log_file.open("rb") as log:
            log.seek(max(0, log_file.stat().st_size - 16_384))
            text = log.read().decode(errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(text.splitlines()[-count:]) or "(the log is empty)"


def every(seconds: float, until: float) -> Iterator[float]:
    """Yield now and every `seconds` until `until` seconds have passed: a polling loop with an end."""
    begun = time.monotonic()
    while (elapsed := time.monotonic() - begun) < until:
        yield elapsed
        time.sleep(seconds)


def _session(leader: int, folder: str) -> Iterator[psutil.Process]:
    """Living processes of the session `leader` opened that work in `folder`."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) != leader or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.cwd() == folder:
                yield process


def _signal(processes: Sequence[psutil.Process], what: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):  # psutil compares the start time before it signals
            process.send_signal(what)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
