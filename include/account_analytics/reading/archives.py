"""ZIP files that strangers may have made: what is listed is checked before anything is unpacked, what is unpacked is counted."""

from __future__ import annotations

import errno
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO, Final

from include.account_analytics.facts import Refused
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.names import shown

MOST_MEMBERS: Final = 200
LARGEST_MEMBER: Final = 256 << 20
LARGEST_TOTAL: Final = 512 << 20
HIGHEST_RATIO: Final = 200  # unpacked to packed; genuine members are not packed at all, rows of zeros reach 40
RATIO_COUNTS_FROM: Final = 1 << 20
LARGEST_DIRECTORY: Final = 1 << 20
END, END64, LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    ArithmeticError,
    LookupError,
    RuntimeError,
)
ENCRYPTED_BITS = 0x1 | 0x40 | 0x2000
FIRST_YEAR = 2016
NO_REPORT = re.compile(r"(?:^|/)(?:__MACOSX|\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)(?:/|$)", re.IGNORECASE)


@contextmanager
def as_refusals(what: str) -> Iterator[None]:
    """What the library raises for damaged archives becomes one refusal."""
    try:
        yield
    except Refused:
        raise
    except DAMAGES as error:
        raise _damaged(what, error) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning of the file; everything else is the disk's
            raise
        raise _damaged(what, error) from error


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """Its list of members is read only after its size was looked at: a small file may list millions."""
    if _directory_size(file) > LARGEST_DIRECTORY:
        raise Refused("zip_bomb", f"This archive lists far more files than an export has. {WHERE}")
    with as_refusals("The ZIP file"):
        return zipfile.ZipFile(file)


def check_archive(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """Raises Refused `zip_bomb` for too many members, sizes and ratios beyond reason, and members that share their bytes."""
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise Refused(
            "zip_bomb", f"This archive holds {len(entries)} files; no export has more than {MOST_MEMBERS}. {WHERE}"
        )
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_TOTAL or any(entry.file_size > LARGEST_MEMBER for entry in entries):
        raise Refused("zip_bomb", f"This archive would unpack to {total:,} bytes; no export is that large. {WHERE}")
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
            raise Refused(
                "zip_bomb",
                f"A member would unpack to {entry.file_size:,} bytes out of nearly none. {WHERE}",
            )
    with as_refusals("The ZIP file"):
        _refuse_overlap(archive, file)


def check_entry(entry: zipfile.ZipInfo) -> None:
    """Raises Refused for a member that is not opened: encrypted, a link, a name that leads out of the archive."""
    name, mode = name_of(entry), entry.external_attr >> 16
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise Refused(
            "unsafe_name", f"{shown(name)} has a name that leads out of the archive; no export has such a file."
        )
    if stat.S_ISLNK(mode):
        raise Refused("symlink", f"{shown(name)} is a link to another file; no export has such a file.")
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Refused("special_file", f"{shown(name)} is no ordinary file.")
    if entry.flag_bits & ENCRYPTED_BITS:
        raise Refused("encrypted", f"{shown(name)} is protected by a password. Unpack it, and add what is inside.")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused(
            "compression", f"{shown(name)} is packed in a way that exports are not. Unpack it, and add what is inside."
        )


def reports_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members but for folders, and for what desktops put beside files."""
    return [entry for entry in archive.infolist() if not entry.is_dir() and not NO_REPORT.search(name_of(entry))]


def name_of(entry: zipfile.ZipInfo) -> str:
    """With `/`, and in UTF-8 where a packer wrote it without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except ValueError:
            name = entry.filename
    return name.replace("\\", "/")


def written_at(entry: zipfile.ZipInfo) -> datetime | None:
    """The member's time, which TikTok writes in UTC; packers on desktops write local time, and UTC beside it."""
    if (unix := _unix_time(entry.extra)) is not None:
        moment: datetime | None = datetime.fromtimestamp(unix, UTC)
    else:
        try:
            moment = datetime(*entry.date_time, tzinfo=UTC)
        except ValueError:
            moment = None
    return moment if moment is not None and moment.year >= FIRST_YEAR else None


def blocks_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, block: int = 1 << 20) -> Iterator[bytes]:
    """The member's bytes, checked to be as many as the archive says, and by their sum."""
    seen = 0
    with as_refusals(shown(name_of(entry))), archive.open(entry) as file:
        while data := file.read(block):
            seen += len(data)
            yield data
        if seen != entry.file_size:
            raise zipfile.BadZipFile(f"{seen} bytes instead of {entry.file_size}")


def _damaged(what: str, error: Exception) -> Refused:
    return Refused("damaged", f"{what} is damaged or was not downloaded to its end ({error}). Download it again.")


def _directory_size(file: BinaryIO) -> int:
    """As the end of the archive says, in the same order in which the library looks."""
    end = file.seek(0, 2)
    start = file.seek(max(0, end - (1 << 16) - 22))
    tail = file.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) - place < 22:
        raise Refused("damaged", f"The end of this ZIP file is missing: it was not downloaded to its end. {WHERE}")
    disk, first_disk, _, _, size = struct.unpack_from("<HHHHL", tail, place + 4)
    if (disk or first_disk) and disk != 0xFFFF:
        raise Refused(
            "split_archive", "This is one part of an archive in several parts. Unpack it, and add what is inside."
        )
    at64 = start + place - 20 - 56
    if at64 >= 0:
        file.seek(at64)
        record = file.read(56 + 4)
        if record.startswith(END64) and record.endswith(LOCATOR64):
            return int(struct.unpack_from("<Q", record, 40)[0])
    return int(size)


def _refuse_overlap(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """Each member ends before the next one begins, and before the list of members."""
    limit = archive.start_dir
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset, reverse=True):
        file.seek(entry.header_offset)
        head = file.read(30)
        if len(head) < 30 or not head.startswith(b"PK\3\4"):
            raise zipfile.BadZipFile(f"{shown(entry.filename)} is not where the archive says")
        name_length, extra_length = struct.unpack_from("<HH", head, 26)
        if entry.header_offset + 30 + name_length + extra_length + entry.compress_size > limit:
            raise Refused(
                "zip_bomb", f"Members of this archive share their bytes: it is made to unpack to much more. {WHERE}"
            )
        limit = entry.header_offset


def _unix_time(extra: bytes) -> int | None:
    """The modification time of the field 0x5455 ("UT"), as Info-ZIP and macOS write it."""
    place = 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, place)
        if kind == 0x5455 and size >= 5 and place + 9 <= len(extra) and extra[place + 4] & 1:
            return int(struct.unpack_from("<l", extra, place + 5)[0])
        place += 4 + size
    return None
