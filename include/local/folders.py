"""Where the local default keeps everything it makes: one git-ignored folder, and names for what is in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from include.local.errors import LocalError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Folders:
    """The layout of `.local`. `COMETWATCH_LOCAL` names another place, for a project on a read-only disk."""

    local: Path

    @classmethod
    def here(cls) -> Folders:
        return cls(Path(os.environ.get("COMETWATCH_LOCAL") or ROOT / ".local").expanduser().resolve())

    @property
    def postgres(self) -> Path:
        return self.local / "postgres"

    @property
    def airflow(self) -> Path:
        return self.local / "airflow"

    @property
    def sandbox(self) -> Path:
        return self.local / "sandbox"

    def pid_file(self, name: str) -> Path:
        return self.local / "run" / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        return self.local / "logs" / f"{name}.log"

    def make(self) -> None:
        """Create the folders; others may pass the outermost: root's PostgreSQL runs as another user."""
        try:
            for folder in (self.local, self.airflow, self.sandbox, self.local / "run", self.local / "logs"):
                folder.mkdir(parents=True, exist_ok=True)
            for private in (self.airflow, self.sandbox, self.local / "run", self.local / "logs"):
                private.chmod(0o700)
            if os.geteuid() == 0:
                self.local.chmod(0o755)
        except OSError as error:
            raise LocalError(
                f"cannot write to {error.filename or self.local} ({error.strerror}). Local state is "
                "kept there; make it writable, or set COMETWATCH_LOCAL to a folder that is."
            ) from error


@contextlib.contextmanager
def only_one(folders: Folders, name: str) -> Iterator[None]:
    """Hold the lock called `name`: a second process that wants it gets LocalError with the holder's pid."""
    path = folders.local / "run" / f"{name}.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalError(
                f"another `make {name}` is at work (process {lock.read().strip() or 'unknown'}); "
                "wait for it to end, or stop it with Ctrl-C where it runs."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
