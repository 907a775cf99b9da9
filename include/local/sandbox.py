"""The sandbox as a background process: start it, find it, stop it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from include.local import ports, processes
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.http import get_json

KEY = "sandbox-key"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: its base URL and the process behind it."""

    url: str
    process: processes.Process


def start(
    folders: Folders, port: int, *, name: str = "sandbox", as_recorded: bool = False, time_limit: float = 60.0
) -> Sandbox:
    """Start a sandbox on `port` and wait until it is healthy. `name` names its pid and log file.

    Raises PortBusyError when the port is taken, LocalError when the sandbox does not come up.
    """
    ports.require_free(port, "SANDBOX_PORT", "the sandbox")
    log_file = folders.log_file(name)
    command = [sys.executable, "-m", "include.sandbox", "--port", str(port)]
    command += ["--key", KEY, "--state-folder", str(folders.sandbox), *(["--as-recorded"] if as_recorded else [])]
    environment = {**processes.for_python(os.environ), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process, child = processes.spawn(command, log_file=log_file, environment=environment, folder=ROOT)
    processes.write_pid_file(folders.pid_file(name), process)
    folders.pid_file(name).with_suffix(".port").write_text(str(port))
    url = _url(port)
    for _ in processes.every(0.1, until=time_limit):
        if child.poll() is not None:
            break
        if get_json(f"{url}/sandbox/health") is not None:
            return Sandbox(url, process)
    stop(folders, name=name)
    raise LocalError(f"the sandbox did not start; its log ends:\n{processes.last_lines(log_file)}")


def find(folders: Folders, *, name: str = "sandbox") -> Sandbox | None:
    """The sandbox noted under `name` if it runs and answers."""
    process = processes.find(folders.pid_file(name))
    try:
        port = int(folders.pid_file(name).with_suffix(".port").read_text())
    except (OSError, ValueError):
        return None
    if process is None or get_json(f"{_url(port)}/sandbox/health") is None:
        return None
    return Sandbox(_url(port), process)


def stop(folders: Folders, *, name: str = "sandbox") -> bool:
    """Stop the sandbox noted under `name`; True if it ran."""
    folders.pid_file(name).with_suffix(".port").unlink(missing_ok=True)
    return processes.stop_noted(folders.pid_file(name), time_limit=10)


def _url(port: int) -> str:
    return f"http://{ports.HOST}:{port}"
