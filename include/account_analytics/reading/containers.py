"""A file as it came, opened: ZIP, CSV, XLSX or an answer of TikTok's API by its content, each report inside it with its hash.
Nothing here writes.

All that is read is read from one private copy, whose hash is the hash that is said: who replaces the file meanwhile changes
nothing. A member that cannot be taken is named beside the others; when none is left, the file is refused.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, cast

from include.account_analytics.facts import NameFacts, Refused
from include.account_analytics.reading import archives, workbooks
from include.account_analytics.reading.copies import private_copy, scratch, sum_of, write
from include.account_analytics.reading.documents import Document, Part, is_document, read_document
from include.account_analytics.reading.foreign import HEAD, PERSONAL, WHERE, is_personal, refuse_foreign
from include.account_analytics.reading.names import parse_name, shown

__all__ = ["Export", "MemberFile", "open_export", "sum_of"]
ZIP = (b"PK\3\4", b"PK\5\6")


@dataclass(frozen=True, slots=True)
class MemberFile:
    """One report as it came. `open` gives its bytes anew each time, as long as the export is open."""

    name: str
    sha256: str
    size: int
    written_at: datetime | None
    container: Literal["csv", "xlsx", "json"]
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)
    facts: NameFacts = field(default_factory=NameFacts)  # of its own name or folder, else the export's


@dataclass(frozen=True, slots=True)
class Export:
    """One file as it came: `open` gives exactly the bytes that `sha256` is of."""

    name: str
    sha256: str
    size: int
    container: Literal["zip", "csv", "xlsx", "json"]
    facts: NameFacts
    members: tuple[MemberFile, ...]
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)
    refused: tuple[tuple[str, Refused], ...] = ()


@contextmanager
def open_export(path: Path, name: str | None = None) -> Iterator[Export]:
    """Raises Refused for what is no export. The name is the file's own, or that of an upload; it is a witness, never a path."""
    with private_copy(path, _refuse_private) as copy:
        facts = parse_name(name or path.name)
        export = Export(shown(name or path.name), copy.sha256, copy.size, "csv", facts, (), copy.open)
        whole = MemberFile(export.name, copy.sha256, copy.size, None, "csv", copy.open, facts)
        with copy.open() as file:
            head = file.read(HEAD)
        if not head:
            raise Refused("empty", f"This file is empty: it was not downloaded, or not yet. {WHERE}")
        if _is_answer(copy.open()):
            with copy.open() as file:
                answer = read_document(file.read())
            yield replace(export, container="json", members=_parts(export, answer))
            return
        if not head.startswith(ZIP):
            refuse_foreign(head)
            yield replace(export, members=(whole,))
            return
        with copy.open() as file, archives.open_archive(file) as archive:
            archives.check_archive(archive, file)
            if workbooks.is_workbook(archive):
                workbooks.check_workbook(archive)
                yield replace(export, container="xlsx", members=(replace(whole, container="xlsx"),))
            else:
                members, refused = _members(archive, facts)
                yield replace(export, container="zip", members=members, refused=refused)


def _refuse_private(file: BinaryIO) -> None:
    """Personal data is refused before any byte of it is copied."""
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(ZIP):
        with archives.open_archive(file) as archive:
            _refuse_personal(archive)
    elif not _is_answer(file):
        refuse_foreign(head)


def _is_answer(file: BinaryIO) -> bool:
    is_one = is_document(file)
    file.seek(0)
    return is_one


def _parts(export: Export, answer: Document) -> tuple[MemberFile, ...]:
    """The tables of an answer: each is known by the answer it is of, and was written when that was asked for."""

    def member(part: Part) -> MemberFile:
        data, own = part.encoded(), hashlib.sha256(f"{export.sha256}/{part.name}".encode()).hexdigest()
        return MemberFile(part.name, own, len(data), answer.asked_at, "json", lambda: io.BytesIO(data), export.facts)

    return tuple(map(member, answer.parts))


def _refuse_personal(archive: zipfile.ZipFile) -> None:
    if is_personal([archives.name_of(entry) for entry in archive.infolist()]):
        raise Refused("personal_data", PERSONAL, is_kept=False)


def _members(
    archive: zipfile.ZipFile, facts: NameFacts
) -> tuple[tuple[MemberFile, ...], tuple[tuple[str, Refused], ...]]:
    members: list[MemberFile] = []
    refused: list[tuple[str, Refused]] = []
    for entry in archives.reports_of(archive):
        name = shown(archives.name_of(entry))
        try:
            if any(name == member.name for member in members):
                raise Refused("doubled_member", f"{name} is in the archive twice.")
            members.append(_member(archive, entry, facts))
        except Refused as refusal:
            if not refusal.is_kept:
                raise
            refused.append((name, refusal))
    if not members:
        if refused:
            raise refused[0][1]
        raise Refused("empty", f"There is no file in this archive. {WHERE}")
    return tuple(members), tuple(refused)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, facts: NameFacts) -> MemberFile:
    archives.check_entry(entry)
    name, digest, head = archives.name_of(entry), hashlib.sha256(), b""
    for data in archives.blocks_of(archive, entry):
        digest.update(data)
        head += data[: HEAD - len(head)] if len(head) < HEAD else b""
    if not head:
        raise Refused("empty", f"{shown(name)} is empty. {WHERE}")
    container: Literal["csv", "xlsx"] = "csv"
    open_member: Callable[[], BinaryIO] = lambda: cast(BinaryIO, archive.open(entry))  # noqa: E731
    if head.startswith(ZIP):
        container, open_member = "xlsx", lambda: _unpacked(archive, entry)
        with open_member() as file, archives.open_archive(file) as inner:
            _refuse_personal(inner)
            archives.check_archive(inner, file)
            if not workbooks.is_workbook(inner):
                message = f"{shown(name)} is an archive itself. Unpack it, and add what is inside."
                raise Refused("nested_archive", message)
            workbooks.check_workbook(inner)
    else:
        refuse_foreign(head)
    return MemberFile(
        shown(name),
        digest.hexdigest(),
        entry.file_size,
        archives.written_at(entry),
        container,
        open_member,
        _own(name, facts),
    )


def _own(name: str, facts: NameFacts) -> NameFacts:
    """What the member's name or the nearest of its folders says with a handle; else what the export's name says."""
    for part in reversed(name.split("/")):
        if (own := parse_name(part)).handle:
            return own
    return facts


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    """A workbook inside a ZIP has to be read from its end: it is unpacked into a file without a name."""
    file = scratch()
    for data in archives.blocks_of(archive, entry):
        write(file, data)
    file.seek(0)
    return file
