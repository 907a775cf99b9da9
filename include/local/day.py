"""The day of `make run`: starts `one_day` beside this process, tells how it goes, and prints the report."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TextIO

import psycopg

from include.local import processes
from include.local.folders import ROOT, Folders
from include.local.one_day import MARK, NOW
from include.local.steps import say

# Days lived through first on a new database with the sandbox: without them there is nobody to call and nothing grew.
HISTORY_DAYS = 2
DAY = "run-day"  # the name of its pid file
_ENDED = re.compile(r"\[DAG TEST\] end task task_id=(\S+) map_index=(-?\d+)")
_FAILED = re.compile(r"\[error +\] Task failed with exception")
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\dT\S+ \[\w+ *\] ")
_STOP_SECONDS = 60


@dataclass
class _Told:
    """What was read from the log so far, for the lines that a person sees."""

    task: str | None = None
    instances: int = 0
    begun: float = field(default_factory=time.monotonic)
    traceback: list[str] | None = None


def run_day(folders: Folders, env: Mapping[str, str], database_url: str, own_sandbox_url: str | None) -> int:
    """Run today (on a new database with a sandbox of its own: two days before it as well); returns the exit status."""
    moments = [NOW]
    if own_sandbox_url is not None and _is_new(database_url):
        moments = [*_days_before(), NOW]
        say(
            f"      A new database: the sandbox first lives through the {HISTORY_DAYS} days before today, "
            "so that there is a roster to call and growth to see."
        )
    log_file = folders.log_file("day")
    own = {"COMETWATCH_SANDBOX_URL": own_sandbox_url} if own_sandbox_url else {}
    with log_file.open("w") as log:
        child = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "include.local.one_day", *moments],
            cwd=ROOT,
            env={**env, **own, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches it through us, once, so that it can write what it has
        )
    # Noted, so that the next command can end a day whose starter was killed: it may be calling a paid API.
    mark = processes.Process(child.pid, processes.started_at(child.pid) or "", str(ROOT))
    processes.write_pid_file(folders.pid_file(DAY), mark)
    try:
        report = _follow(child, log_file, database_url)
    except BaseException:
        _end(child)
        raise
    if report is None:
        say(f"      ✗ The day did not come to its end; the whole log is {log_file}")
        return 1
    say(report)
    return child.returncode


def _days_before() -> list[str]:
    noon = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
    return [(noon - timedelta(days=days)).isoformat() for days in range(HISTORY_DAYS, 0, -1)]


def _is_new(database_url: str) -> bool:
    with psycopg.connect(database_url, connect_timeout=15) as connection:
        return connection.execute("select not exists (select from runs)").fetchall() == [(True,)]


def _follow(child: subprocess.Popen[bytes], log_file: Path, database_url: str) -> str | None:
    """Tell each step when it is done; returns the last day's report, None when there is none."""
    told, report = _Told(), None
    with log_file.open(encoding="utf-8", errors="replace") as log:
        for line in _lines(log, child):
            if line.startswith(MARK):
                ended = json.loads(line[len(MARK) :])
                _close_task(told)
                report = _read_report(database_url, ended["run_id"])
                say(f"      day of {ended['run_id'][8:18]}: {ended['state']}" if report else f"      {ended['state']}")
            else:
                _tell(told, line)
    return report


def _lines(log: TextIO, child: subprocess.Popen[bytes]) -> Iterator[str]:
    """Whole lines of a growing file until its writer has ended."""
    rest = ""
    while True:
        is_over = child.poll() is not None
        rest += log.read()
        *whole, rest = rest.split("\n")
        yield from whole
        if is_over:
            return
        time.sleep(0.2)


def _tell(told: _Told, line: str) -> None:
    if told.traceback is not None:
        if not _LOG_LINE.match(line):
            told.traceback.append(line)
            return
        reason = next((text for text in reversed(told.traceback) if text.strip()), "see the log")
        say(f"      ✗ {reason.strip()}")
        told.traceback = None
    if _FAILED.search(line):
        told.traceback = []
    ended = _ENDED.search(line)
    if ended is None:
        return
    if ended[1] != told.task:
        _close_task(told)
        told.task = ended[1]
    told.instances += 1


def _close_task(told: _Told) -> None:
    if told.task is not None:
        times = f" × {told.instances}" if told.instances > 1 else ""
        say(f"      {told.task}{times} ({time.monotonic() - told.begun:.1f} s)")
    told.task, told.instances, told.begun = None, 0, time.monotonic()


def _read_report(database_url: str, run_id: str) -> str | None:
    with psycopg.connect(database_url, connect_timeout=15) as connection:
        row = connection.execute("select report from runs where run_id = %s", [run_id]).fetchone()
    return row[0] if row else None


def _end(child: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C in the child: it stores what was answered, then ends; a child that does not is killed."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
