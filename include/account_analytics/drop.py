"""The drop folder: what lies in it, what is still being written, and what is taken away once it is kept in the lake."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

# What systems and programs leave beside files, and what browsers call a download that has not ended.
NOT_MEANT = frozenset({"thumbs.db", "desktop.ini", "__macosx", "icon\r"})
UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".tmp", ".opdownload")
log = logging.getLogger(__name__)
LOOKS = 4  # at a file that goes on changing, before it is left for the next run


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of the drop folder: its path in it as tables can hold it, and how it looked. `is_link`: it leads elsewhere.

    What was fetched looks the same, and says so: its `source`, and its key below the lake's `landing/incoming`.
    """

    path: Path
    name: str
    size: int
    mtime_ns: int
    inode: int
    is_link: bool = False
    source: Literal["drop", "api", "browser"] = "drop"
    incoming_key: str | None = None

    @property
    def file_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def day(self) -> date:
        """The UTC day on which it was last written."""
        return datetime.fromtimestamp(self.mtime_ns / 1e9, UTC).date()

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders it lies in, outermost first."""
        return tuple(self.name.split("/")[:-1])

    @property
    def is_unfinished(self) -> bool:
        return self.file_name.lower().endswith(UNFINISHED)

    @property
    def look(self) -> tuple[str, int, int]:
        """By this a file is known again without being read."""
        return self.name, self.size, self.mtime_ns


def scan(folder: Path) -> list[Dropped]:
    """All files below the folder that somebody may have meant, in the order of their names; none where there is no folder."""
    found = []
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if _is_meant(name)]
        for name in filter(_is_meant, names):
            with contextlib.suppress(FileNotFoundError):  # taken away meanwhile
                found.append(_look(folder, Path(parent) / name))
    return sorted(found, key=lambda each: each.name)


def settle(
    files: Sequence[Dropped], seconds: float, sleep: Callable[[float], None] = time.sleep
) -> tuple[list[Dropped], list[Dropped]]:
    """Those that did not change for so many seconds, and those that are still being written."""
    settled: list[Dropped] = []
    moving = [each for each in files if not each.is_unfinished]
    for _ in range(LOOKS):
        if not moving:
            break
        sleep(seconds)
        again = list(_looked_again(moving))
        settled += [now for before, now in again if now == before]
        moving = [now for before, now in again if now != before]
    unfinished = [each for each in files if each.is_unfinished]
    return sorted(settled, key=lambda each: each.name), [*moving, *unfinished]


def is_as_it_was(file: Dropped) -> bool:
    """Whether nobody wrote into it, or put another in its place, since it was looked at."""
    return all(now == before for before, now in _looked_again([file])) and file.path.exists()


def take_away(folder: Path, looks: Collection[tuple[str, int, int]]) -> set[str]:
    """Remove these files, and the folders that are empty then; the names of those that are gone. Changed ones stay."""
    there = {each.name: each for each in scan(folder)}
    gone = {name for name, *_ in looks if name not in there}
    for each in there.values():
        if each.look not in looks:
            continue
        try:
            each.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be moved out of the drop folder: %s.", each.name, error.strerror)
            continue
        gone.add(each.name)
        with contextlib.suppress(OSError):  # not empty
            for parent in each.path.relative_to(folder).parents[:-1]:
                (folder / parent).rmdir()
    return gone


def _looked_again(files: Sequence[Dropped]) -> Iterator[tuple[Dropped, Dropped]]:
    for before in files:
        with contextlib.suppress(FileNotFoundError):
            stat = before.path.lstat()
            yield before, replace(before, size=stat.st_size, mtime_ns=stat.st_mtime_ns, inode=stat.st_ino)


def _look(folder: Path, path: Path) -> Dropped:
    stat = path.lstat()
    name = _shown(path.relative_to(folder).as_posix())
    return Dropped(path, name, stat.st_size, stat.st_mtime_ns, stat.st_ino, path.is_symlink())


def _is_meant(name: str) -> bool:
    return not name.startswith((".", "~$")) and name.lower() not in NOT_MEANT


def _shown(name: str) -> str:
    """On one line, in letters that every table can hold: bytes that are no letters, and what cannot be seen, as `\\x0a`."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
