"""Files that a person sends by the page: looked at in a waiting room, and put into the drop folder once they say so.

The waiting room lies inside the drop folder, hidden, so that no run sees it and nothing is copied a second time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from include.account_analytics import places
from include.account_analytics.check_file import Told, tell_files
from include.account_analytics.drop import UNFINISHED
from include.account_analytics.facts import Refused
from include.account_analytics.reading.copies import LARGEST_EXPORT
from include.drive_clock import drive_time
from include.failures import NeedsPerson

WAITING_ROOM = ".uploads"
MOST_FILES = 100  # of one person at a time
LARGEST_UPLOAD = LARGEST_EXPORT
MOST_BYTES = 2 * LARGEST_EXPORT  # of all of them
FORGOTTEN_AFTER = 24 * 3600.0  # seconds: what nobody came back for


class NoPlace(NeedsPerson, OSError):
    """The drop folder cannot be written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Room:
    """The files that one person has sent together; `batch` is any word that nobody else knows."""

    drop: Path
    user: str
    batch: str

    @property
    def folder(self) -> Path:
        name = hashlib.sha256(f"{self.user}\0{self.batch}".encode()).hexdigest()[:32]
        return self.drop / WAITING_ROOM / name

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*") if path.is_file()) if self.folder.is_dir() else []

    def tell(self) -> list[Told]:
        """What each file is taken for, and its dates, which files that came together prove for each other."""
        return list(tell_files(self.folder)) if self.folder.is_dir() else []

    def receive(self, name: str) -> Incoming:
        """A place for a file that comes now. Raises Refused where there are too many, and NoPlace."""
        there = self.files()
        if len(there) >= MOST_FILES:
            raise Refused("too_many", f"{MOST_FILES} files are sent at a time: store these first.")
        room = MOST_BYTES - sum(path.stat().st_size for path in there)
        with _placing(self.drop):
            self.folder.mkdir(parents=True, exist_ok=True)
            path, file = _opened(self.folder, safe_name(name))
        return Incoming(path, file, min(LARGEST_UPLOAD, room))

    def store(self, account: str | None) -> list[str]:
        """Into the drop folder, or its folder of the account; nothing there is written over. The names that they have now."""
        target = self.drop / account if account else self.drop
        stored = []
        with _placing(self.drop):
            target.mkdir(parents=True, exist_ok=True)
            for path in self.files():
                stored.append(_moved(path, target))
        self.discard()
        return stored

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(slots=True)
class Incoming:
    """A file on its way to the disk, which must not be larger than `most` bytes."""

    path: Path
    file: IO[bytes]
    most: int
    size: int = field(default=0)

    def take(self, piece: bytes) -> None:
        """Raises Refused when it becomes too large, NoPlace when the disk is full."""
        self.size += len(piece)
        if self.size > self.most:
            raise too_large(self.most)
        with _placing(self.path.parent):
            self.file.write(piece)

    def end(self) -> Told:
        """It is whole: what it is taken for. Raises Refused for what would not be taken; nothing of that is kept."""
        with _placing(self.path.parent):
            self.file.close()
        if self.size == 0:
            raise Refused("empty", "This file is empty.")
        told = next(tell_files(self.path), None)
        if told is None:
            raise Refused("not_meant", "Systems leave files of this name behind: it is no export.")
        if told.refusal is not None:
            raise told.refusal
        return told

    def give_up(self) -> None:
        """Nothing of it stays."""
        with contextlib.suppress(OSError):
            self.file.close()
        self.path.unlink(missing_ok=True)


def too_large(most: int) -> Refused:
    size = f"{most >> 20} MB" if most >= 1 << 20 else f"{most:,} bytes"
    return Refused("too_large", f"This file is larger than the {size} that are taken: no export of TikTok's is.")


def safe_name(name: str) -> str:
    """The last part of a name from outside, in letters that every disk takes, and such that a run does not overlook it."""
    plain = places.plain(name.replace("\\", "/").rpartition("/")[2]).lstrip("~$. ") or "file"
    return f"{plain}_" if plain.lower().endswith(UNFINISHED) else plain


def sweep(drop: Path) -> None:
    """Throw away what people have sent and not come back for."""
    waiting_room = drop / WAITING_ROOM
    if not waiting_room.is_dir():
        return
    limit = drive_time(waiting_room) - FORGOTTEN_AFTER
    for folder in waiting_room.glob("*"):
        with contextlib.suppress(OSError):
            if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < limit:
                shutil.rmtree(folder, ignore_errors=True)


def _opened(folder: Path, name: str) -> tuple[Path, IO[bytes]]:
    for each in _names(name):
        with contextlib.suppress(FileExistsError):
            return folder / each, (folder / each).open("xb")
    raise AssertionError("unreachable")


def _moved(path: Path, target: Path) -> str:
    for each in _names(path.name):
        try:
            os.link(path, target / each)  # unlike a rename it writes over nothing
        except FileExistsError:
            continue
        path.unlink()
        return each
    raise AssertionError("unreachable")


def _names(name: str) -> Iterator[str]:
    """The name, then `name (1)`, `name (2)`, … as browsers count."""
    yield name
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    for number in range(1, 10_000):
        yield f"{stem} ({number}){suffix}"


@contextlib.contextmanager
def _placing(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise NoPlace(
            f"The drop folder cannot be written ({error.strerror or error}): make room on its disk, or give the web server "
            "the right to write there."
        ) from error
