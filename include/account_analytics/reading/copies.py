"""A private copy of a file, and its hash: whoever overwrites, cuts or replaces the file afterwards changes nothing.

The copy has no name, so that nothing is left of it, whatever ends the reading.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from include.account_analytics.facts import Refused
from include.account_analytics.reading.foreign import HEAD, WHERE, refuse_foreign
from include.failures import NeedsPerson

LARGEST_EXPORT: Final = 512 << 20
BLOCK = 1 << 20
TRIES = 3


class NoRoom(NeedsPerson, Exception):
    """The private copy cannot be written: nothing is wrong with the file, which stays as it is."""


@dataclass(frozen=True, slots=True)
class Copy:
    """`open` gives exactly the bytes that `sha256` is of, each time anew, as long as the copy is there."""

    sha256: str
    size: int
    open: Callable[[], BinaryIO]


@contextmanager
def private_copy(path: Path, refuse: Callable[[BinaryIO], None]) -> Iterator[Copy]:
    """`refuse` looks at the file before a byte of it is copied. Raises Refused, and NoRoom where the copy has none."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Refused("special_file", "This is no ordinary file.", is_kept=False)
    with scratch() as copy:
        sha256, size = _copied(path, copy, refuse)
        yield Copy(sha256, size, lambda: cast(BinaryIO, io.BufferedReader(_Window(copy.fileno(), size), BLOCK // 8)))


def scratch() -> BinaryIO:
    """A file without a name, in the folder for temporary files."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError as error:
        raise _no_room(error) from error


def write(file: BinaryIO, data: bytes) -> None:
    """Raises NoRoom, so that nobody takes a full disk for a fault of the file."""
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        raise _no_room(error) from error


def sum_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file: of what is not copied, this is all that is noted."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(BLOCK):
            digest.update(data)
            size += len(data)
    return digest.hexdigest(), size


class _Window(io.RawIOBase):
    """Reads a file that somebody else holds open, without moving their place."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__()
        self._descriptor, self._size, self._place = descriptor, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError(
                errno.EINVAL, "before the beginning of the file"
            )  # as a file on disk does; `zipfile` counts on it
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = os.pread(self._descriptor, len(buffer), self._place)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def _copied(path: Path, copy: BinaryIO, refuse: Callable[[BinaryIO], None]) -> tuple[str, int]:
    """Hash and size of what was copied; begun anew when the file changes under the hand."""
    for _ in range(TRIES):
        copy.seek(0)
        copy.truncate()
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size > LARGEST_EXPORT:
                refuse_foreign(file.read(HEAD))
                message = f"No export is as large as {before.st_size:,} bytes. {WHERE}"
                raise Refused("too_large", message, is_kept=False)
            refuse(file)
            file.seek(0)
            digest, size = hashlib.sha256(), 0
            while size <= LARGEST_EXPORT and (data := file.read(BLOCK)):
                digest.update(data)
                write(copy, data)
                size += len(data)
            after = os.fstat(file.fileno())
        if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size) and size == after.st_size:
            return digest.hexdigest(), size
    raise Refused("changing", "This file is still being written; it is taken when it is whole.", is_kept=False)


def _no_room(error: OSError) -> NoRoom:
    return NoRoom(f"A private copy cannot be written to {tempfile.gettempdir()} ({error.strerror}). Make room there.")
