"""Where the local default keeps everything it makes: one git-ignored folder, and names for what is in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from include.local.errors import LocalError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Folders:
    """The layout of `.local`. `COMETWATCH_LOCAL` names another place, for a project on a read-only disk."""

    local: Path
    is_named: bool = True  # by a person, who wants the data nowhere else

    @classmethod
    def here(cls) -> Folders:
        named = os.environ.get("COMETWATCH_LOCAL")
        return cls(Path(named or ROOT / ".local").expanduser().resolve(), bool(named))

    @property
    def postgres(self) -> Path:
        return self.local / "postgres"

    @property
    def airflow(self) -> Path:
        return self.local / "airflow"

    @property
    def sandbox(self) -> Path:
        return self.local / "sandbox"

    @property
    def lake(self) -> Path:
        return self.local / "lake"

    @property
    def drop(self) -> Path:
        return self.local / "drop"

    @property
    def made_up_exports(self) -> Path:
        return self.local / "made-up-exports"

    @property
    def media(self) -> Path:
        return self.local / "media"

    @property
    def research(self) -> Path:
        return self.local / "research"

    def pid_file(self, name: str) -> Path:
        return self.local / "run" / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        return self.local / "logs" / f"{name}.log"

    def make(self) -> None:
        """Create the folders. Where root makes the outermost, others may pass it: PostgreSQL runs as another user.

        A folder that was there already is opened to nobody.
        """
        try:
            for missing in reversed([self.local, *self.local.parents]):
                if not missing.exists():
                    missing.mkdir(exist_ok=True)
                    if os.geteuid() == 0:
                        missing.chmod(0o755)
            for private in (self.airflow, self.sandbox, self.drop, self.local / "run", self.local / "logs"):
                private.mkdir(exist_ok=True)
                private.chmod(0o700)
        except OSError as error:
            raise LocalError(
                f"cannot write to {error.filename or self.local} ({error.strerror}). Local state is "
                "kept there; make it writable, or set COMETWATCH_LOCAL to a folder that is." + whose(error, self.local)
            ) from error


def whose(error: OSError, folder: Path) -> str:
    """What else to say where the system refuses a file of another user's: most often a command was run with sudo once."""
    with contextlib.suppress(OSError):
        owner = folder.stat().st_uid
        if isinstance(error, PermissionError) and owner != os.geteuid():
            return (
                f" {folder} belongs to another user, perhaps because a command was run with sudo; this gives it back: "
                f"sudo chown -R {os.geteuid()} {shlex.quote(str(folder))}"
            )
    return ""


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
