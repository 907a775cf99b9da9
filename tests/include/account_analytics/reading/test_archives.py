"""ZIP files that were made to do harm, that were cut off, and that other programs than TikTok's packed."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.account_analytics.facts import Refused
from include.account_analytics.reading import archives
from include.account_analytics.reading.containers import Export, open_export
from tests.include.account_analytics.reading.files import OVERVIEW, studio, zip_of

DAY = ("March 3", "10", "1", "2", "3", "4")
REPORT = studio(OVERVIEW, DAY)
VIEWERS = studio(("Date", "Total Viewers", "New Viewers", "Returning Viewers"), ("March 3", "3", "1", "2"))


def packed(*entries: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return file.getvalue()


def with_mode(name: str, mode: int, flags: int = 0) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (2026, 3, 5, 9, 30, 0))
    entry.create_system, entry.external_attr, entry.flag_bits = 3, mode << 16, flags
    return entry


def opened(tmp_path: Path, content: bytes) -> Export:
    """The export as it is said to be; its members cannot be opened any more."""
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with open_export(path) as export:
        return export


def refusal_of(tmp_path: Path, content: bytes) -> Refused:
    with pytest.raises(Refused) as refusal:
        opened(tmp_path, content)
    return refusal.value


def set_sizes(content: bytes, packed_size: int | None, size: int, crc: int | None = None) -> bytes:
    """The archive's list says other sizes of its only member than those it has."""
    place = content.index(b"PK\1\2")
    changed = bytearray(content)
    if crc is not None:
        struct.pack_into("<L", changed, place + 16, crc)
    if packed_size is not None:
        struct.pack_into("<L", changed, place + 20, packed_size)
    struct.pack_into("<L", changed, place + 24, size)
    return bytes(changed)


def test_too_many_members(tmp_path):
    """An archive of more files than any export has is refused before one of them is opened."""
    content = packed(*((f"{number}.csv", b"x") for number in range(archives.MOST_MEMBERS + 1)))
    refusal = refusal_of(tmp_path, content)
    assert (refusal.code, "holds 201 files" in str(refusal)) == ("zip_bomb", True)


def test_a_list_of_millions_is_not_read(tmp_path):
    """The list of members is measured before it is read: 30,000 empty ones are refused in no time."""
    content = packed(*((f"{number:050}.csv", b"") for number in range(30_000)))
    assert "lists far more files" in str(refusal_of(tmp_path, content))


@pytest.mark.parametrize("said", [archives.LARGEST_MEMBER + 1, 0xFFFFFFF0])
def test_too_large(tmp_path, said: int):
    """A member that says it is larger than any report is refused, whatever it is."""
    content = set_sizes(packed(("a.csv", REPORT)), None, said)
    assert refusal_of(tmp_path, content).code == "zip_bomb"


def test_too_large_together(tmp_path):
    """Members that are allowed each, and too much together, are refused."""
    content = packed(*((f"{number}.csv", b"\0" * (1 << 20)) for number in range(3)))
    whole = 200 << 20
    changed = bytearray(content)
    place = -1
    while (place := content.find(b"PK\1\2", place + 1)) >= 0:
        struct.pack_into("<L", changed, place + 20, 2 << 20)
        struct.pack_into("<L", changed, place + 24, whole)
    assert f"{3 * whole:,} bytes" in str(refusal_of(tmp_path, bytes(changed)))


def test_ratio(tmp_path):
    """20 MB of one letter out of 20 KB are refused; a report of a year of zeros, packed well, is not."""
    bomb = packed(("a.csv", b"Date" + b"0" * (20 << 20)), compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 30_000
    refusal = refusal_of(tmp_path, bomb)
    assert (refusal.code, "out of nearly none" in str(refusal)) == ("zip_bomb", True)
    zeros = studio(OVERVIEW, *[("March 3", "0", "0", "0", "0", "0")] * 365)
    assert opened(tmp_path, packed(("a.csv", zeros), compression=zipfile.ZIP_DEFLATED)).members[0].size == len(zeros)


def test_members_that_share_their_bytes(tmp_path):
    """Two members of the list that lie in the same place are refused, whether they are equal or inside each other."""
    content = packed(("a.csv", REPORT))
    place, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    entry = content[place:end]
    listed = entry + entry.replace(b"a.csv", b"b.csv")
    tail = bytearray(content[end:])
    struct.pack_into("<HHL", tail, 8, 2, 2, len(listed))
    assert "share their bytes" in str(refusal_of(tmp_path, content[:place] + listed + bytes(tail)))
    inner = packed(("b.csv", REPORT))
    inner_place, inner_end = inner.index(b"PK\1\2"), inner.index(b"PK\5\6")
    local = bytearray(content[:place])
    struct.pack_into("<LL", local, 18, inner_place, inner_place)
    body = bytes(local[:35]) + inner[:inner_place]
    outer_entry = bytearray(entry)
    struct.pack_into("<LL", outer_entry, 20, inner_place, inner_place)
    inner_entry = bytearray(inner[inner_place:inner_end])
    struct.pack_into("<L", inner_entry, 42, 35)
    tail = bytearray(content[end:])
    struct.pack_into("<HHLL", tail, 8, 2, 2, len(outer_entry) + len(inner_entry), len(body))
    quoted = body + bytes(outer_entry) + bytes(inner_entry) + bytes(tail)
    assert len(zipfile.ZipFile(io.BytesIO(quoted)).infolist()) == 2
    assert "share their bytes" in str(refusal_of(tmp_path, quoted))


@pytest.mark.parametrize(
    ("packed_size", "size", "crc"),
    [
        (None, 10, None),  # less than there is
        (None, 10, zlib.crc32(REPORT[:10])),  # … with the sum of the beginning: only what is counted may be read
        (None, len(REPORT) + 5, None),  # more than there is
    ],
)
def test_lying_sizes(tmp_path, packed_size: int | None, size: int, crc: int | None):
    """A list that says another size than the member has never makes a report of a part of it, or of more."""
    content = set_sizes(packed(("a.csv", REPORT), compression=zipfile.ZIP_DEFLATED), packed_size, size, crc)
    try:
        export = opened(tmp_path, content)
    except Refused as refusal:
        assert refusal.code == "damaged"  # noqa: PT017
    else:
        assert export.members[0].size == 10


def test_a_small_member_that_says_it_is_large(tmp_path):
    """A packed member that ends before its size is reached is damaged, even if its sum is right."""
    content = set_sizes(packed(("a.csv", REPORT), compression=zipfile.ZIP_DEFLATED), None, len(REPORT) + 7)
    refusal = refusal_of(tmp_path, content)
    assert (refusal.code, f"{len(REPORT)} bytes instead of {len(REPORT) + 7}" in str(refusal)) == ("damaged", True)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (with_mode("../../etc/x.csv", stat.S_IFREG | 0o644), "unsafe_name"),
        (with_mode("a/../../x.csv", stat.S_IFREG | 0o644), "unsafe_name"),
        (with_mode("..\\x.csv", stat.S_IFREG | 0o644), "unsafe_name"),
        (with_mode("/etc/x.csv", stat.S_IFREG | 0o644), "unsafe_name"),
        (with_mode("C:\\x.csv", stat.S_IFREG | 0o644), "unsafe_name"),
        (with_mode("link.csv", stat.S_IFLNK | 0o777), "symlink"),
        (with_mode("pipe.csv", stat.S_IFIFO | 0o644), "special_file"),
    ],
)
def test_members_that_are_refused_alone(tmp_path, entry: zipfile.ZipInfo, code: str):
    """A member with a name that leads out, or that is a link, is not opened; alone, it is the file's refusal."""
    export = opened(tmp_path, packed((entry, REPORT), ("Overview.csv", REPORT)))
    assert [member.name for member in export.members] == ["Overview.csv"]
    assert [refusal.code for _, refusal in export.refused] == [code]
    assert refusal_of(tmp_path, packed((entry, REPORT))).code == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zip_of({"Overview.csv": REPORT}), "nested_archive"),
        (b"", "empty"),
        (b"%PDF-1.7 x", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 100, "video"),
        (b"\x1f\x8b\x08\0", "archive"),
        (b"<!DOCTYPE html><html>", "html"),
    ],
)
def test_strangers_beside_reports(tmp_path, content: bytes, code: str):
    """What is no report is named beside those that are, with its own reason."""
    export = opened(tmp_path, zip_of({"Overview.csv": REPORT, "other": content, "Viewers.csv": VIEWERS}))
    assert [member.name for member in export.members] == ["Overview.csv", "Viewers.csv"]
    assert [(name, refusal.code) for name, refusal in export.refused] == [("other", code)]


def test_encrypted(tmp_path):
    """A member under a password is refused with what to do, and its readable neighbour is not."""
    content = bytearray(packed(("Overview.csv", REPORT), ("b.csv", VIEWERS)))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + offset] |= 1
    export = opened(tmp_path, bytes(content))
    assert [refusal.code for _, refusal in export.refused] == ["encrypted"]
    assert [member.name for member in export.members] == ["b.csv"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack(tmp_path, method: int):
    """Packed in a way that may take gigabytes to unpack, it is refused with what to do."""
    assert refusal_of(tmp_path, packed(("a.csv", REPORT), compression=method)).code == "compression"


@pytest.mark.parametrize("left", [0.2, 0.5, 0.9, 0.99])
def test_cut_off(tmp_path, left: float):
    """An archive of which the end is missing was not downloaded to its end."""
    content = packed(("a.csv", REPORT), compression=zipfile.ZIP_DEFLATED)
    assert refusal_of(tmp_path, content[: int(len(content) * left)]).code == "damaged"


def test_damaged_inside(tmp_path):
    """A bit that turned over is found by the member's sum, and its neighbour is taken."""
    content = bytearray(zip_of({"Overview.csv": REPORT, "Viewers.csv": VIEWERS}))
    content[content.index(b"Profile")] ^= 1
    export = opened(tmp_path, bytes(content))
    assert [(name, refusal.code) for name, refusal in export.refused] == [("Overview.csv", "damaged")]
    assert [member.name for member in export.members] == ["Viewers.csv"]


def test_parts_of_an_archive(tmp_path):
    """One part of several is refused as that."""
    content = bytearray(packed(("a.csv", REPORT)))
    struct.pack_into("<H", content, content.index(b"PK\5\6") + 4, 1)
    assert refusal_of(tmp_path, bytes(content)).code == "split_archive"


@pytest.mark.parametrize("content", [packed(), zip_of({"folder/": b"", "__MACOSX/._a": b"x"})])
def test_nothing_inside(tmp_path, content: bytes):
    """An archive without a file is refused as empty."""
    assert refusal_of(tmp_path, content).code == "empty"


def test_packed_again_on_a_desktop(tmp_path):
    """Folders, `__MACOSX` and hidden files that desktops add are no members, and the reports keep their folder's name."""
    folder = "Overview_2026-03-01_1772616600_made.up"
    content = zip_of(
        {
            f"{folder}/": b"",
            f"{folder}/Overview.csv": REPORT,
            f"__MACOSX/{folder}/._Overview.csv": b"\0\5\x16\7",
            f"{folder}/.DS_Store": b"\0\0\0\1Bud1",
            f"{folder}/._Viewers.csv": b"\0\5\x16\7",
            "Thumbs.db": b"\xd0\xcf\x11\xe0",
        }
    )
    export = opened(tmp_path, content)
    assert export.refused == ()
    assert [(member.name, member.facts.handle) for member in export.members] == [(f"{folder}/Overview.csv", "made.up")]


class Unseekable(io.RawIOBase):
    """What is written while it is sent: sizes follow behind the bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.parts.append(bytes(data))
        return len(data)


def test_sizes_behind_the_bytes(tmp_path):
    """Archives that were written as a stream, with data descriptors, are read like any other."""
    file = Unseekable()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("Overview.csv", REPORT)
        archive.writestr("Viewers.csv", VIEWERS)
    content = b"".join(file.parts)
    assert archive.infolist()[0].flag_bits & 8
    assert [member.size for member in opened(tmp_path, content).members] == [len(REPORT), len(VIEWERS)]


def test_zip64(tmp_path):
    """An archive in the form for large files is read, and its list is measured there too."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("Overview.csv", "w", force_zip64=True) as member:
        member.write(REPORT)
    content = file.getvalue()
    assert opened(tmp_path, content).members[0].size == len(REPORT)
    end = content.index(b"PK\5\6")
    start, size = content.index(b"PK\1\2"), end - content.index(b"PK\1\2")
    record = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    tail = struct.pack("<4sHHHHLLH", b"PK\5\6", 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert opened(tmp_path, content[:end] + record + locator + tail).members[0].size == len(REPORT)
    huge = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1 << 40, 1 << 40, 1 << 46, start)
    assert refusal_of(tmp_path, content[:end] + huge + locator + tail).code == "zip_bomb"


def test_a_comment_behind(tmp_path):
    """An archive with a comment is read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Overview.csv", REPORT)
        archive.comment = b"made by hand"
    assert len(opened(tmp_path, file.getvalue()).members) == 1


@pytest.mark.parametrize(
    ("written", "flags", "name"),
    [
        ("Übersicht.csv".encode(), 0x800, "Übersicht.csv"),
        ("Übersicht.csv".encode(), 0, "Übersicht.csv"),
        ("Übersicht.csv".encode("cp437"), 0, "Übersicht.csv"),
        ("概要.csv".encode(), 0, "概要.csv"),
        (b"a\nb\x1b.csv", 0, "a�b�.csv"),
        (b"x" * 251 + b".csv", 0, "x" * 251 + ".csv"),
        (b"folder\\Overview.csv", 0, "folder/Overview.csv"),
    ],
)
def test_names_of_members(tmp_path, written: bytes, flags: int, name: str):
    """Names are read as UTF-8 where they are, else as old packers wrote them, and shown on one line."""
    place = b"N" * len(written)
    content = bytearray(zip_of({place.decode(): REPORT}).replace(place, written))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        struct.pack_into("<H", content, content.index(mark) + offset, flags)
    assert opened(tmp_path, bytes(content)).members[0].name == name


def test_one_name_twice(tmp_path):
    """Of two members of one name the first is taken, and the second named."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed(("Overview.csv", REPORT), ("Overview.csv", VIEWERS))
    export = opened(tmp_path, content)
    assert [member.size for member in export.members] == [len(REPORT)]
    assert [(name, refusal.code) for name, refusal in export.refused] == [("Overview.csv", "doubled_member")]


def test_times_of_members(tmp_path):
    """A member's time is UTC as TikTok writes it; where a desktop wrote UTC beside its local time, that is taken."""
    when = (2026, 3, 5, 9, 30, 0)
    desktop = zipfile.ZipInfo("b.csv", when)
    desktop.extra = struct.pack("<HHBl", 0x5455, 5, 1, 1772697600)  # 2026-03-05 08:00:00 UTC
    unset = zipfile.ZipInfo("c.csv", (1980, 1, 1, 0, 0, 0))
    wrong = zipfile.ZipInfo("d.csv", (2026, 15, 31, 0, 0, 0))
    entries = [(zipfile.ZipInfo("a.csv", when), b"a"), (desktop, b"b"), (unset, b"c"), (wrong, b"d")]
    times = [member.written_at for member in opened(tmp_path, packed(*entries)).members]
    assert times == [datetime(2026, 3, 5, 9, 30, tzinfo=UTC), datetime(2026, 3, 5, 8, tzinfo=UTC), None, None]
