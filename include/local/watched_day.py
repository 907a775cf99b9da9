"""The run of `make run`: starts `dag_process` beside this process, tells how it goes, and prints the report."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import psycopg

from include import runs
from include.comets.run import PIPELINE
from include.coverage import Coverage
from include.local import accounts, airflow, processes, research
from include.local.dag_process import MARK, NOW
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.steps import say

# Days lived through first on a new database with the sandbox: without them there is nobody to call and nothing grew.
HISTORY_DAYS = 2
DAY = "run-day"  # the name of its pid file
_ENDED = re.compile(r"\[DAG TEST\] end task task_id=(\S+) map_index=(-?\d+)")
# What keeps a run waiting says until when; without these lines it would look as if it hung.
_WAITS = re.compile(r"\] ((?:Try \d+ of \d+ failed|Calls are paused until|Database not ready) ?.*?)(?: +\[|$)")
_WAITS_SEEN_SECONDS = 30.0
# A task that takes minutes says what it is at, and how much is left.
_WORKS = re.compile(r"\] (Video \d+ of \d+ is worked on: \d+; \d+ to go)(?: +\[|$)")
_FAILED = re.compile(r"\[error +\] Task failed with exception")
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\dT\S+ \[\w+ *\] ")
# The last line of a traceback: an exception's whole name, or a plain one, and what it says.
_ERROR = re.compile(r"^(?:(?:\w+\.)+[A-Z]\w*|\w+(?:Error|Exception)): (.+)$", re.MULTILINE)
LONGEST_REASON = 300
_STOP_SECONDS = 60
_DAYS_SO_FAR = """
    select
        day,
        bool_or(state in ('complete', 'incomplete')),
        bool_and(mode = 'live' and started_at >= (day + 1)::timestamp at time zone 'UTC')
    from runs
    where pipeline = 'comets'
    group by day
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which pipeline is to run once, and with which params of its trigger form."""

    dag: str = PIPELINE
    conf: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_daily(self) -> bool:
        """Whether a new database first lives through the days before."""
        return self.dag == PIPELINE

    @property
    def watches_videos(self) -> bool:
        """Whether it searches videos, and reads what they say and show."""
        return self.dag == research.DAG

    @property
    def reads_exports(self) -> bool:
        """Whether it works on downloaded files, and calls no API."""
        return self.dag == accounts.DAG


def what_to_run(dag: str, conf: str) -> Asked:
    """What DAG and CONF of `make run` say; empty is the default. Raises LocalError for what nobody can run."""
    name = dag.strip() or PIPELINE
    if name not in airflow.DAGS:
        raise LocalError(f"There is no DAG {name!r}. Write DAG= and one of: {', '.join(airflow.DAGS)}.")
    try:
        params = json.loads(conf.strip() or "{}")
    except ValueError:
        params = None
    if not isinstance(params, dict):
        raise LocalError(f"CONF is no JSON object: {conf.strip()[:60]!r}. Write it as CONF='{{\"dry_run\": true}}'.")
    return Asked(name, params)


@dataclass
class _Told:
    """What was read from the log so far, for the lines that a person sees."""

    task: str | None = None
    instances: int = 0
    begun: float = field(default_factory=time.monotonic)
    traceback: list[str] | None = None
    waits: str | None = None
    waits_since: float = 0.0


def run_day(
    folders: Folders,
    env: Mapping[str, str],
    database_url: str,
    own_sandbox_url: str | None,
    now_override: datetime | None = None,
    asked: Asked | None = None,
) -> int:
    """Run today, or the day of `now_override` (COMETS_NOW); returns the exit status.

    On a new database with a sandbox of its own, `comets` runs for the two days before it as well, with its defaults.
    """
    asked = asked or Asked()
    today = now_override.isoformat() if now_override else NOW
    before = _days_to_live(database_url, now_override) if own_sandbox_url is not None and asked.is_daily else []
    moments = [*before, today]
    params = ["--dag", asked.dag, "--conf", json.dumps(asked.conf), "--before", str(len(before))]
    log_file = folders.log_file("day")
    # A clock that was set is set for the sandbox too, whoever started it.
    clock_url = own_sandbox_url or (env.get("TIKHUB_BASE_URL") if now_override else None)
    own = {"COMETWATCH_SANDBOX_URL": clock_url} if clock_url else {}
    with log_file.open("w") as log:
        child = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "include.local.dag_process", *moments, *params],
            cwd=ROOT,
            env={**env, **own, "PYTHONUNBUFFERED": "1", "COMETWATCH_WATCHED": "1"},
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
    if report is None and child.returncode == 0:
        return 0  # a chore, which keeps no report; its tasks were told
    if report is None:
        reason = why_it_ended(log_file.read_text(encoding="utf-8", errors="replace"))
        say(f"      ✗ The day did not come to its end{f': {reason}' if reason else ''}")
        say(f"      The whole log is {log_file}")
        return 1
    say(report)
    if child.returncode != 0:
        say("      `make run` again goes on where it stopped: what was answered is not asked again.")
    return child.returncode


def why_it_ended(log: str) -> str:
    """The message of the last error in a log that ends with a traceback; "" where there is none."""
    said = _ERROR.findall(log)
    return said[-1].strip()[:LONGEST_REASON] if said else ""


def _days_to_live(database_url: str, now_override: datetime | None) -> list[str]:
    """The moments of the days before today that give a new database a roster and growth; those of a killed command that had
    not come to their end are taken up again.
    """
    with psycopg.connect(database_url, connect_timeout=15) as connection:
        known = connection.execute(_DAYS_SO_FAR).fetchall()
    ended = {day for day, has_ended, _ in known if has_ended}
    # Days of this history are opened after they were over, and a command that came to its end left one day more than those.
    if not all(is_of_history for *_, is_of_history in known) or len(ended) > HISTORY_DAYS:
        return []
    noon = (now_override or datetime.now(UTC)).replace(hour=12, minute=0, second=0, microsecond=0)
    moments = [noon - timedelta(days=days) for days in range(HISTORY_DAYS, 0, -1)]
    left = [moment.isoformat() for moment in moments if moment.date() not in ended]
    if left and not known:
        say(
            f"      A new database: the sandbox first lives through the {HISTORY_DAYS} days before today, "
            "so that there is a roster to call and growth to see."
        )
    elif left:
        say(
            f"      The {HISTORY_DAYS} days before today were begun and did not come to their end: they are taken up again."
        )
    return left


def _follow(child: subprocess.Popen[bytes], log_file: Path, database_url: str) -> str | None:
    """Tell each step when it is done; returns the last day's report, None when there is none."""
    told, report = _Told(), None
    with log_file.open(encoding="utf-8", errors="replace") as log:
        for line in _lines(log, child):
            if line.startswith(MARK):
                ended = json.loads(line[len(MARK) :])
                if "refused" in ended:
                    say(f"      ✗ {ended['refused']}")
                    continue
                _close_task(told)
                report, coverage = _read_report(database_url, ended["dag"], ended["run_id"])
                say(
                    f"      day of {ended['run_id'][8:18]}: {ended['state']}{coverage}"
                    if report
                    else f"      {ended['state']}"
                )
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
    _tell_wait(told, line)
    if works := _WORKS.search(line):
        say(f"      … {works[1]}")
    if _FAILED.search(line):
        told.traceback = []
    ended = _ENDED.search(line)
    if ended is None:
        return
    if ended[1] != told.task:
        _close_task(told)
        told.task = ended[1]
    told.instances += 1


def _tell_wait(told: _Told, line: str) -> None:
    """Why nothing happens, and until when: each thing once, what many threads say at once as well."""
    waits = _WAITS.search(line)
    if waits is None:
        return
    text = waits[1].strip()
    is_known = text == told.waits or (text[:12] == (told.waits or "")[:12] and "Try" not in text)
    if is_known and time.monotonic() - told.waits_since < _WAITS_SEEN_SECONDS:
        return
    told.waits, told.waits_since = text, time.monotonic()
    say(f"      … {text.removesuffix('.')}. Ctrl-C ends it; what was answered is kept.")


def _close_task(told: _Told) -> None:
    if told.task is not None:
        times = f" × {told.instances}" if told.instances > 1 else ""
        say(f"      {told.task}{times} ({time.monotonic() - told.begun:.1f} s)")
    told.task, told.instances, told.begun = None, 0, time.monotonic()


def _read_report(database_url: str, pipeline: str, run_id: str) -> tuple[str | None, str]:
    """A run's report, None when there is none, and its coverage in words."""
    with psycopg.connect(database_url, connect_timeout=15) as connection:
        run = runs.read_run(connection, pipeline, run_id)
    if run is None:
        return None, ""
    return run["report"], "" if run["due"] is None else f", coverage {Coverage(run['measured'], run['due'])}"


def _end(child: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C in the child: it stores what was answered, then ends; a child that does not is killed."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
