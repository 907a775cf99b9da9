"""The commands behind `make`: what they start they stop, and what is in the way they name."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from include.local import airflow, ports, postgres, processes, sandbox
from include.local.folders import ROOT, Folders

Command = Callable[..., subprocess.CompletedProcess[str]]

# Empty values win over the lines of a developer's own .env and mean "not set".
UNSET = (
    "POSTGRES_URL_NON_POOLING",
    "DB_HOST",
    "DB_NAME",
    "DB_USER",
    "TIKHUB_API_KEY",
    "TIKHUB_BASE_URL",
    "COMETS_NOW",
)


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    """A place for local state; nothing runs in it afterwards."""
    made = Folders(tmp_path / ".local")
    yield made
    airflow.stop(made)
    sandbox.stop(made)
    postgres.stop(made.postgres)


@pytest.fixture
def env(folders: Folders) -> dict[str, str]:
    return {
        **os.environ,
        **dict.fromkeys(UNSET, ""),
        "COMETWATCH_LOCAL": str(folders.local),
        "AIRFLOW_PORT": str(ports.free_port()),
        "SANDBOX_PORT": str(ports.free_port()),
        "AIRFLOW_PASSWORD": "for the test",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def command(env: dict[str, str]) -> Command:
    """Runs `python -m include.local …` as the Makefile does, to its end."""

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "include.local", *arguments],
            cwd=ROOT,
            env={**env, **changes},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def running_in(folders: Folders) -> list[str]:
    """Command lines of processes that belong to this folder: by their files, or by their working folder."""
    found = []
    for process in psutil.process_iter():
        try:
            text = " ".join(process.cmdline())
            whole = [text, process.cwd(), *(file.path for file in process.open_files())]
            if process.pid != os.getpid() and any(part for part in whole if str(folders.local) in part):
                found.append(text)
        except psutil.Error:
            continue
    return found


def test_setup(folders: Folders, command: Command):
    """setup makes the schema, says which migrations it applied, and leaves nothing running."""
    first, second = command("setup"), command("setup")
    assert [first.returncode, second.returncode] == [0, 0], first.stderr
    assert "applied 0001_" in first.stdout
    assert "Cometwatch's tables … up to date" in second.stdout
    assert running_in(folders) == []


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "utf-8"])
def test_a_terminal_that_knows_few_letters(command: Command, encoding: str):
    """A letter that it cannot show is shown as '?', and the work is done."""
    answer = command("setup", PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert answer.returncode == 0, answer.stderr
    assert f"PostgreSQL {'…' if encoding == 'utf-8' else '?'} no database is configured" in answer.stdout


@pytest.mark.parametrize("setting", ["AIRFLOW_PORT", "SANDBOX_PORT"])
def test_up_names_a_busy_port(folders: Folders, command: Command, setting: str):
    """A busy port is named with the setting to change before anything is started."""
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        answer = command("up", **{setting: port})
    assert answer.returncode == 1
    assert f"port {port}, wanted for" in answer.stderr
    assert f"Set {setting} in .env" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert running_in(folders) == []


@pytest.mark.parametrize("name", ["up", "run", "setup", "status"])
def test_bad_settings_are_named(command: Command, name: str):
    """A malformed setting is one message, not a traceback."""
    answer = command(name, AIRFLOW_PORT="eighty")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"\n{name}: AIRFLOW_PORT must be a whole number")


def test_down_when_nothing_runs(command: Command):
    """down is never an error, and needs no valid settings."""
    answer = command("down", AIRFLOW_PORT="eighty")
    assert (answer.returncode, answer.stdout) == (0, "Nothing was running.\n")


def test_unwritable_folder(tmp_path: Path, command: Command):
    """A place that cannot be written to is named, with the setting that chooses another."""
    (tmp_path / "file").write_text("")
    answer = command("up", COMETWATCH_LOCAL=str(tmp_path / "file" / "inside"))
    assert answer.returncode == 1
    assert "set COMETWATCH_LOCAL to a folder that is" in answer.stderr


def _run_until(env: dict[str, str], sign: str) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-m", "include.local", "run"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    seen = ""
    while sign not in seen:
        letter = started.stdout.read(1) if started.stdout else ""
        assert letter, f"ended early: {seen} {started.stderr.read() if started.stderr else ''}"
        seen += letter
    return started


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run(folders: Folders, env: dict[str, str], number: signal.Signals, status: int):
    """Ctrl-C stops what the run started, keeps the data, and shows in the exit status."""
    started = _run_until(env, "[4/6]")
    started.send_signal(number)
    started.communicate(timeout=60)
    assert started.returncode == status
    assert running_in(folders) == []
    assert (folders.postgres / "PG_VERSION").exists()


def test_killed_run(folders: Folders, env: dict[str, str], command: Command):
    """After kill -9 of a run, down finds and stops what it left behind."""
    started = _run_until(env, "[4/6]")
    started.kill()
    started.communicate(timeout=60)
    assert running_in(folders) != []
    answer = command("down")
    assert answer.stdout == "Stopped: left-over sandbox, PostgreSQL.\n"
    for _ in processes.every(0.2, until=10):
        if not running_in(folders):  # the interrupted table migration notices by itself that its server is gone
            break
    assert running_in(folders) == []


@pytest.mark.airflow
def test_up_and_down(folders: Folders, env: dict[str, str], command: Command, tmp_path: Path):
    """up brings everything up healthy once, is shared by other commands, and down leaves nothing of it."""
    bystander = postgres.start(tmp_path / "bystander" / "postgres")
    try:
        first = command("up")
        assert first.returncode == 0, first.stdout + first.stderr
        address = f"http://localhost:{env['AIRFLOW_PORT']}"
        assert f"{address}   user admin, password for the test" in first.stdout
        assert airflow.health(int(env["AIRFLOW_PORT"]))["scheduler"] == "healthy"
        assert _log_in(address, "for the test") == 201

        again = command("up")
        assert again.stdout.startswith("Already running.\n")
        assert command("setup").returncode == 0
        status = command("status")
        assert (status.returncode, status.stdout.count("running")) == (0, 5), status.stdout

        down = command("down")
        expected = "Stopped: scheduler, dag-processor, api-server, sandbox, PostgreSQL.\n"
        assert (down.returncode, down.stdout) == (0, expected)
        assert running_in(folders) == []
        assert command("status").returncode == 1
        assert postgres.find(bystander.data_folder) == bystander
    finally:
        postgres.stop(bystander.data_folder)


def _log_in(address: str, password: str) -> int:
    body = json.dumps({"username": "admin", "password": password}).encode()
    request = urllib.request.Request(f"{address}/auth/token", body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return answer.status
