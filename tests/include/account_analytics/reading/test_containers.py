"""Files as they come: what is an export, what is not, and that what is read is what the hash says."""

from __future__ import annotations

import hashlib
import json
import os
import resource

import pytest

from include.account_analytics.facts import NameFacts, Refused
from include.account_analytics.reading import containers, copies
from include.account_analytics.reading.containers import open_export, sum_of
from include.account_analytics.reading.foreign import HEAD
from include.account_analytics.reading.tables import read_table
from tests.include.account_analytics.reading.files import OVERVIEW, studio, zip_of

REPORT = studio(OVERVIEW, ("March 3", "10", "1", "2", "3", "4"))
PRIVATE = json.dumps({"Profile": {"x": 1}, "Direct Messages": {"Chat History": {"ChatHistory": {}}}})


def refusal_of(tmp_path, content: bytes, name: str = "x.csv") -> Refused:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(Refused) as refusal, open_export(path, name):
        pass
    return refusal.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
        (b"GIF89a", "image"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image"),
        (b"\0\0\0\x18ftypheic", "image"),
        (b"\0\0\0\x20ftypisom\0\0", "video"),
        (b"\0\0\0\x14ftypqt  ", "video"),
        (b"\x1aE\xdf\xa3\x01", "video"),
        (b"ID3\x04\0", "video"),
        (b"\x1f\x8b\x08\0", "archive"),
        (b"Rar!\x1a\x07", "archive"),
        (b"7z\xbc\xaf\x27\x1c", "archive"),
        (b"x" * 257 + b"ustar", "archive"),
        (b"SQLite format 3\0", "database"),
        (b"\x7fELF\2", "program"),
        (b"{\\rtf1", "rich_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old_office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"<!DOCTYPE html><html><head>", "html"),
        (b"\xef\xbb\xbf \r\n<HTML lang='en'>", "html"),
        (b"<!-- saved from url --><html>", "html"),
        ("\ufeff<html><body>".encode("utf-16-le"), "html"),
        (b"<?xml version='1.0'?><Workbook/>", "xml"),
        (b"PK\3\4", "damaged"),
        (b"PK\3\4" + b"x" * 100_000, "damaged"),
    ],
)
def test_no_exports(tmp_path, content: bytes, code: str):
    """What is something else is refused as that, by its content, with where the right file is found; it may be kept."""
    refusal = refusal_of(tmp_path, content)
    assert (refusal.code, refusal.is_kept) == (code, True)
    assert "TikTok Studio → Analytics → Download data" in str(refusal) or code == "damaged"


CHAT = b">>> Chat History with somebody::\n2026-01-01 10:00:00 UTC somebody: hello\n"
WATCHED = b"Date: 2026-01-01 10:00:00 UTC\nLink: https://www.tiktokv.com/share/video/1/\n\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PRIVATE.encode(), "user_data_tiktok.json"),
        (PRIVATE.encode(), "Overview.csv"),
        (json.dumps({"Your Activity": {"Watch History": {}}}).encode("utf-16"), "x.csv"),
        (PRIVATE.encode("utf-16-le"), "x.csv"),
        (zip_of({"TikTok_Data_1.zip": zip_of({"user_data_tiktok.json": PRIVATE.encode()})}), "x.zip"),
        (zip_of({"a.csv": REPORT, "b.zip": zip_of({"TikTok/Activity/Login History.txt": WATCHED})}), "x.zip"),
        (json.dumps({"Likes and Favorites": {}}, indent=2).encode("utf-8-sig"), "x"),
        (CHAT, "Chat History.txt"),
        (WATCHED, "x.txt"),
        (CHAT.removeprefix(b">>> "), "x.txt"),
        (b"2026-01-01 10:00:00 UTC\nsome.body: hello\n", "x.txt"),
        (b"Fecha: 2026-01-01 10:00:00 UTC\nEnlace: https://www.tiktokv.com/share/video/1/\n", "x.csv"),
        (zip_of({"user_data_tiktok.json": PRIVATE.encode()}), "TikTok_Data_1.zip"),
        (zip_of({"user_data.json": b"{}"}), "x.zip"),
        (zip_of({"TikTok/Direct Messages/Chat History.txt": CHAT}), "x.zip"),
        (zip_of({"Activity/Login History.txt": WATCHED}), "x.zip"),
        (zip_of({"Overview.csv": REPORT, "a/b.txt": CHAT}), "x.zip"),
        (zip_of({"Overview.csv": REPORT, "data": PRIVATE.encode()}), "x.zip"),
    ],
)
def test_personal_data(tmp_path, content: bytes, name: str):
    """The download of personal data is refused as that, whole, and may not be kept."""
    refusal = refusal_of(tmp_path, content, name)
    assert (refusal.code, refusal.is_kept) == ("personal_data", False)
    assert "download of personal data" in str(refusal)


@pytest.mark.parametrize("content", [PRIVATE.encode(), CHAT, zip_of({"user_data_tiktok.json": PRIVATE.encode()})])
def test_personal_data_is_not_copied(tmp_path, monkeypatch, content: bytes):
    """Not a byte of it is written, not even into a temporary file."""
    copy = tmp_path / "copy"
    monkeypatch.setattr(copies.tempfile, "TemporaryFile", lambda: copy.open("w+b"))
    assert refusal_of(tmp_path, content).code == "personal_data"
    assert copy.stat().st_size == 0
    path = tmp_path / "x"
    path.write_bytes(REPORT)
    with open_export(path):
        assert copy.read_bytes() == REPORT


def test_folders_with_such_names_hold_reports(tmp_path):
    """A folder called Profile with a report inside is none of the personal download."""
    path = tmp_path / "x.zip"
    path.write_bytes(zip_of({"Profile/Overview.csv": REPORT, "comments/readme.md": b"made by hand"}))
    with open_export(path) as export:
        assert [member.name for member in export.members] == ["Profile/Overview.csv", "comments/readme.md"]


def test_other_json_is_not_kept(tmp_path):
    """JSON that is not known may be private as well: it is refused, and may not be kept."""
    refusal = refusal_of(tmp_path, b'{"a": 1}')
    assert (refusal.code, refusal.is_kept) == ("json", False)


def test_a_bare_report(tmp_path):
    """A bare CSV is its own member: one hash, one size, no time, and the facts of its name."""
    path = tmp_path / "Overview_2026-03-01_1772616600_made.up (1).csv"
    path.write_bytes(REPORT)
    with open_export(path) as export:
        (member,) = export.members
        assert member.open().read() == export.open().read() == REPORT
    digest = hashlib.sha256(REPORT).hexdigest()
    assert (export.container, export.sha256, export.size) == ("csv", digest, len(REPORT))
    assert (member.sha256, member.size, member.written_at, member.container) == (digest, len(REPORT), None, "csv")
    assert export.facts.handle == member.facts.handle == "made.up"
    assert sum_of(path) == (digest, len(REPORT))


def test_the_name_of_an_upload_counts(tmp_path):
    """A file under another name than it was uploaded by is known by the name of the upload."""
    path = tmp_path / "7f3a"
    path.write_bytes(REPORT)
    with open_export(path, "Content_made_up.csv") as export:
        assert (export.name, export.facts) == ("Content_made_up.csv", NameFacts("content", handle="made_up"))


def test_one_report_in_two_containers(tmp_path):
    """The same report, bare and in two ZIPs of other times, has one hash as a member, and three as a file."""
    sums = set()
    members = set()
    for content in (REPORT, zip_of({"a.csv": REPORT}), zip_of({"b.csv": REPORT}, when=(2026, 4, 1, 0, 0, 0))):
        path = tmp_path / "x"
        path.write_bytes(content)
        with open_export(path) as export:
            sums.add(export.sha256)
            members.add(export.members[0].sha256)
    assert (len(sums), len(members)) == (3, 1)


@pytest.mark.parametrize("content", [REPORT, zip_of({"Overview.csv": REPORT})])
def test_replaced_while_read(tmp_path, content: bytes):
    """Whoever overwrites, cuts or replaces the file meanwhile changes nothing of what is read, which the hash is of."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with open_export(path) as export:
        with path.open("r+b") as file:
            file.write(b"?" * len(content))
        table = read_table(export.members[0])
        path.write_bytes(b"")
        os.replace(path, tmp_path / "y")
        path.write_bytes(b"other")
        assert [values[0] for _, values in table.rows] == ["March 3"]
        assert hashlib.sha256(export.members[0].open().read()).hexdigest() == export.members[0].sha256
        assert hashlib.sha256(export.open().read()).hexdigest() == export.sha256 == hashlib.sha256(content).hexdigest()


def test_still_being_written(tmp_path, monkeypatch):
    """A file that grows each time it is looked at is left where it is, to be taken when it is whole."""
    path = tmp_path / "x"
    path.write_bytes(REPORT)
    real = os.fstat

    def growing(descriptor: int):
        with path.open("ab") as file:
            file.write(b"\n")
        return real(descriptor)

    monkeypatch.setattr(copies.os, "fstat", growing)
    with pytest.raises(Refused, match="still being written") as refusal, open_export(path):
        pass
    assert (refusal.value.code, refusal.value.is_kept) == ("changing", False)


def test_what_was_written_meanwhile_is_read_again(tmp_path, monkeypatch):
    """A file that changed once while it was copied is copied again, whole."""
    path = tmp_path / "x"
    path.write_bytes(REPORT)
    real, longer = containers._refuse_private, REPORT + b'\n"March 4",1,2,3,4,5'

    def once(file):
        real(file)
        if path.stat().st_size == len(REPORT):
            path.write_bytes(longer)

    monkeypatch.setattr(containers, "_refuse_private", once)
    with open_export(path) as export:
        assert export.sha256 == hashlib.sha256(longer).hexdigest()
        assert [line for line, _ in read_table(export.members[0]).rows] == [2, 3]


def test_overwritten_while_it_is_copied(tmp_path, monkeypatch):
    """A file that is overwritten with as many bytes, while it is copied, is copied again."""
    path = tmp_path / "x"
    path.write_bytes(REPORT)
    real, other = copies.write, REPORT.replace(b"10", b"11")

    def overwriting(file, data: bytes):
        real(file, data)
        if path.read_bytes() == REPORT:
            path.write_bytes(other)
            os.utime(path, ns=(1, 1))

    monkeypatch.setattr(copies, "write", overwriting)
    with open_export(path) as export:
        assert export.open().read() == other
        assert export.sha256 == hashlib.sha256(other).hexdigest()


def test_no_room_for_the_copy(tmp_path):
    """A disk without room is said as that, not as a fault of the file, and the file stays."""
    path = tmp_path / "x"
    path.write_bytes(REPORT * 100)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(copies.NoRoom, match="Make room there"), open_export(path):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == REPORT * 100


def test_no_ordinary_file(tmp_path):
    """A pipe is not waited for, and a folder is no file."""
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path):
        with pytest.raises(Refused, match="no ordinary file"), open_export(path):
            pass


def test_too_large(tmp_path):
    """A file that is larger than any export is refused without being read, and as a video where it is one."""
    path = tmp_path / "x.csv"
    for head, code in ((b"Date,", "too_large"), (b"\0\0\0\x20ftypisom", "video")):
        path.write_bytes(head)
        os.truncate(path, copies.LARGEST_EXPORT + 1)
        with pytest.raises(Refused) as refusal, open_export(path):
            pass
        assert (refusal.value.code, refusal.value.is_kept) == (code, code == "video")


@pytest.mark.parametrize(
    "name", [b"a\nb.csv", b"x" * 251 + b".csv", b"\xff\xfe.csv", " \u202egnp.csv".encode(), b"'; drop.csv"]
)
def test_names_of_files(tmp_path, name: bytes):
    """A file of any name that a disk allows is read, and its name can be shown and stored."""
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(REPORT)
    with open_export(path) as export:
        assert len(list(read_table(export.members[0]).rows)) == 1
        assert export.name.isprintable()
        assert export.name.encode()


def test_several_readers_of_one_export(tmp_path):
    """Members can be open at the same time, each with a place of its own, and be opened again."""
    content = zip_of({"a.csv": REPORT, "b.csv": REPORT + b"\n"})
    path = tmp_path / "x"
    path.write_bytes(content)
    with open_export(path) as export:
        first, second = (member.open() for member in export.members)
        assert first.read(10) == second.read(10) == REPORT[:10]
        assert (first.read(), second.read()) == (REPORT[10:], REPORT[10:] + b"\n")
        assert export.members[0].open().read() == REPORT


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    """The private copy has no name: nothing is left of it, whatever ends the reading."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(copies.tempfile, "tempdir", None)
    path = tmp_path / "x"
    path.write_bytes(zip_of({"Overview.csv": REPORT}))
    with open_export(path) as export:
        assert list(folder.iterdir()) == []
        assert export.members[0].open().read() == REPORT
    assert list(folder.iterdir()) == []


def test_a_member_of_many_blocks(tmp_path):
    """A report longer than what is looked at first is hashed and read whole."""
    content = REPORT + b"\n" * (HEAD * 3)
    path = tmp_path / "x"
    path.write_bytes(zip_of({"a.csv": content}))
    with open_export(path) as export:
        assert export.members[0].sha256 == hashlib.sha256(content).hexdigest()
