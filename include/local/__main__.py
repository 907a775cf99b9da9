"""`python -m include.local up|down|status|setup|run|airflow|export|accounts-…`: the commands behind the Makefile's targets."""

from __future__ import annotations

import argparse
import errno
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from include.export.month import ExportRefused
from include.local.errors import LocalError
from include.local.folders import Folders, whose
from include.migrations import SchemaError
from include.settings import SettingsError, load

COMMANDS = {
    "up": "start PostgreSQL, the sandbox (without a TikHub key) and Airflow in the background",
    "down": "stop what `up` started",
    "status": "say what runs; exit status 1 when something does not",
    "setup": "make or update the pipeline's tables",
    "run": "run a pipeline once, in the foreground: DAG=comets CONF='{…}'",
    "airflow": 'run a command of Airflow against what `up` started: ARGS="backfill create …"',
    "accounts-check": "say what each report in a downloaded file is, and store nothing: FILE=path",
    "accounts-authorize": "let an account's owner agree that TikTok's API gives its numbers: ACCOUNT=handle",
    "accounts-login": "log in at TikTok for the account ACCOUNT, whose exports a browser fetches (experimental): STATE=file",
    "accounts-clear": "remove what came from made-up exports",
    "reconcile": "bring the store of videos and the library together",
    "research-export": "write progress.json, failures.json and library.csv of research into the folder TO",
    "research-clear": "remove what came of made-up questions",
    "export": "write a month's tables as files: MONTH=2026-11 FORMAT=csv|parquet TO=folder",
}
# What the system may refuse with any file: rights, a read-only or a full disk.
_REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)


class _Terminated(BaseException):
    """SIGTERM or SIGHUP arrived: unwind as for Ctrl-C, then exit with its number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Every expected failure is one message on standard error and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no '…' shows '?', and the work goes on
    parser = argparse.ArgumentParser(prog="python -m include.local", description=__doc__)
    choices = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in COMMANDS.items():
        choices.add_parser(name, help=text)
    command = parser.parse_args(arguments).command
    signal.signal(signal.SIGINT, _Interrupts())
    signal.signal(signal.SIGTERM, _unwind)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: it goes on when the terminal is closed
        signal.signal(signal.SIGHUP, _unwind)
    try:
        return _perform(command)
    except (LocalError, SettingsError, SchemaError, ExportRefused) as error:
        sys.stderr.write(f"\n{command}: {error}\n")
        return 1
    except OSError as error:
        if error.filename is None or error.errno not in _REFUSALS:
            raise
        said = whose(error, Path(error.filename))
        sys.stderr.write(f"\n{command}: {error.filename}: {error.strerror}.{said}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{command}: stopped by Ctrl-C; data is kept.\n")
        return 130
    except _Terminated as signalled:
        return 128 + signalled.number


def _perform(command: str) -> int:
    from include.local import foreground, libpq, stack

    folders = Folders.here()
    if command == "accounts-check":
        from include.local import accounts

        return accounts.check(os.environ.get("FILE", "").strip())
    if command == "down":  # works even when .env no longer does
        return 0 if stack.down(folders) else 1
    # The sandbox stands in for absent settings here, so a set clock may be meant for it.
    settings = libpq.complete(load(sandbox_stands_in=True))
    if command == "up":
        stack.up(folders, settings)
    elif command == "setup":
        foreground.setup(folders, settings)
    elif command in ("run", "accounts-authorize"):
        return (foreground.run if command == "run" else foreground.authorize)(folders, settings)
    elif command == "airflow":
        return stack.airflow_command(folders, settings, os.environ.get("ARGS", ""))
    elif command == "accounts-clear":
        foreground.clear_accounts(folders, settings)
    elif command == "accounts-login":
        foreground.log_in_account(folders, settings)
    elif command in ("reconcile", "research-export", "research-clear"):
        foreground.keep_library(folders, settings, command)
    elif command == "export":
        foreground.export(folders, settings)
    elif command == "status":
        return 0 if stack.status(folders, settings) else 1
    return 0


class _Interrupts:
    """Ctrl-C: the first unwinds, the second (an impatient one while things are stopped) does no harm."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 2:
            sys.stderr.write("\nStopping what was started; once more to give up on that.\n")
            return
        raise KeyboardInterrupt


def _unwind(number: int, _frame: FrameType | None) -> None:
    raise _Terminated(number)


if __name__ == "__main__":
    sys.exit(main())
