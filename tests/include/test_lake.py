"""The lake on a disk, on a server that speaks S3 and on one that speaks Google Cloud Storage."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from include import extras
from include.drive_clock import drive_time
from include.extras import ExtraMissing
from include.failures import NeedsPerson
from include.lake import Damaged, Entry, Lake, LakeError, LakeRefused, NotInLake
from include.lake_names import PARTS, checked
from include.local.folders import ROOT
from tests.fixtures.stores import Store

HELLO_MD5, HELLO_SHA256 = (
    "5d41402abc4b2a76b9719d911017c592",
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
)
ODD = [
    "a b/c d.txt",
    "ünï/日本 €.json",
    "p%20q/%41.txt",
    "#1/x#2.txt",
    "star*/[a].txt",
    "q?a=b&c.txt",
    "plus+/~t,:@=$!'().txt",
    "end /x. ",
    "😀/🎵.mp3",
    ".dot/.x",
    'quote".txt',
    "long/" + "é" * 120,
]


def stamp(lake: Lake, key: str) -> object:
    """What changes with each writing: the file's number on disk, the version in a bucket."""
    info = lake._files.info(lake._path(key))
    return info.get("VersionId") or info.get("generation") or info["ino"]


# Writing and reading


def test_written_is_read(lake: Lake):
    """What was written is there, with its sum, and what is written after it takes its place."""
    assert lake.write("a/b.txt", b"first") == hashlib.sha256(b"first").hexdigest()
    assert lake.write("a/b.txt", b"hello") == HELLO_SHA256
    assert (lake.read("a/b.txt"), lake.exists("a/b.txt"), lake.sha256("a/b.txt")) == (b"hello", True, HELLO_SHA256)


def test_a_file_of_the_lake_on_this_machine(lake: Lake):
    """It can be read like any file here, whatever the store; what is not there is said so."""
    lake.write("a/b.txt", b"hello")
    with lake.local("a/b.txt") as path:
        assert path.read_bytes() == b"hello"
    with pytest.raises(NotInLake), lake.local("a/none.txt"):
        pass
    assert lake.read("a/b.txt") == b"hello"


def test_nothing_in_it(lake: Lake):
    """A file without content is one."""
    lake.write("empty", b"")
    assert (lake.read("empty"), [(entry.key, entry.size) for entry in lake.entries()]) == (b"", [("empty", 0)])


def test_what_is_not_there(lake: Lake):
    """A missing file, a folder and what is below a file are none; listing what is not there gives nothing."""
    lake.write("a/b", b"x")
    for key in ("none", "a", "a/b/c"):
        assert not lake.exists(key)
        for ask in (lake.read, lake.sha256):
            with pytest.raises(NotInLake, match=re.escape(f"{lake.uri}/{key} is not there.")):
                ask(key)
    assert (lake.entries("none"), lake.entries("a/b")) == ([], [])


def test_listing(lake: Lake):
    """Sorted, with sizes, and the MD5 that a bucket tells; a folder is not the begin of a name."""
    for key in ("day/b", "day/a/z", "day/B", "day2/c", "da"):
        lake.write(key, b"hello")
    md5 = None if lake.uri.startswith("file") else HELLO_MD5
    expected = [Entry(key, 5, md5) for key in ("day/B", "day/a/z", "day/b")]
    assert lake.entries("day") == lake.entries("day/") == expected
    assert [entry.key for entry in lake.entries()] == ["da", "day/B", "day/a/z", "day/b", "day2/c"]


def test_deleting(lake: Lake):
    """What is deleted is gone, its neighbour stays; deleting it again, or a folder, does nothing."""
    lake.write("a/b/c", b"x")
    lake.write("a/d", b"x")
    for key in ("a/b/c", "a/b/c", "a", "none/at/all"):
        lake.delete(key)
    assert [entry.key for entry in lake.entries()] == ["a/d"]


def test_deleting_leaves_no_name(tmp_path: Path):
    """On disk, a folder goes with its last file: its name may be somebody's. The lake itself stays."""
    lake = Lake(f"file://{tmp_path}/lake")
    lake.write("landing/@somebody/x.csv", b"x")
    lake.delete("landing/@somebody/x.csv")
    assert [path.name for path in (tmp_path / "lake").rglob("*")] == [PARTS]


# Keys


@pytest.mark.parametrize("key", ODD)
def test_odd_keys(lake: Lake, key: str, tmp_path: Path):
    """Blanks, other scripts, and letters that mean something in addresses and patterns are letters like others."""
    (tmp_path / "source").write_bytes(b"hello")
    lake.write(f"x/{key}", b"y")
    assert (lake.upload(tmp_path / "source", f"x/{key}"), lake.upload(tmp_path / "source", f"x/{key}")) == (True, False)
    assert (lake.read(f"x/{key}"), lake.sha256(f"x/{key}")) == (b"hello", HELLO_SHA256)
    assert [entry.key for entry in lake.entries("x")] == [f"x/{key}"]
    lake.delete(f"x/{key}")
    assert lake.entries() == []


def test_two_ways_to_write_a_letter(lake: Lake):
    """A letter with its accent apart is the same letter."""
    lake.write(unicodedata.normalize("NFD", "café/é"), b"x")
    assert (lake.read("café/é"), lake.entries("café")[0].key) == (b"x", "café/é")


@pytest.mark.parametrize(
    "key",
    [
        *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "a\0b", "a\nb", "\ud800"),
        *("x" * 256, "é" * 128, "/".join(["x" * 100] * 9), f"{PARTS}/x", "a?versionId=1"),
    ],
)
def test_keys_that_are_none(tmp_path: Path, key: str):
    """What would leave the lake, or what one of the stores could not keep, is refused whatever is asked."""
    lake = Lake(f"file://{tmp_path}/lake")
    asked: list[Callable[[], object]] = [
        lambda: checked(key),
        lambda: lake.read(key),
        lambda: lake.write(key, b""),
        lambda: lake.exists(key),
        lambda: lake.sha256(key),
        lambda: lake.delete(key),
        lambda: lake.upload(tmp_path / "none", key),
    ]
    for ask in asked:
        with pytest.raises(LakeRefused, match="No file of the lake can be called") as caught:
            ask()
        assert isinstance(caught.value, NeedsPerson)


def test_one_name_for_file_and_folder(tmp_path: Path):
    """On disk, a file cannot lie where a folder is, nor below a file; the sentence says so."""
    lake = Lake(f"file://{tmp_path}")
    lake.write("a/b", b"x")
    for key in ("a", "a/b/c", "a/b/c/d"):
        with pytest.raises(LakeRefused, match="a folder and a file would have the same name"):
            lake.write(key, b"y")
    assert [entry.key for entry in lake.entries()] == ["a/b"]


# Copying up


def make_files(folder: Path, count: int = 12, size: int = 20_000) -> Path:
    for number in range(count):
        path = folder / f"part {number % 3}" / f"{number:03}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
    return folder


def test_the_second_time_nothing_is_written(lake: Lake, tmp_path: Path):
    """A folder arrives whole under its names, and is not written again."""
    folder = make_files(tmp_path / "source")
    assert lake.upload_folder(folder, "video") == 12
    stamps = [stamp(lake, entry.key) for entry in lake.entries("video")]
    assert lake.upload_folder(folder, "video") == 0
    assert [stamp(lake, entry.key) for entry in lake.entries("video")] == stamps
    for path in folder.rglob("*.bin"):
        assert lake.read(f"video/{path.relative_to(folder).as_posix()}") == path.read_bytes()


def test_what_differs_is_replaced(lake: Lake, tmp_path: Path):
    """An object damaged at the same size, one cut short and one that is gone are found and mended, and those alone."""
    folder = make_files(tmp_path / "source")
    lake.upload_folder(folder, "video")
    lake.write("video/part 0/003.bin", os.urandom(20_000))
    lake.write("video/part 1/004.bin", b"short")
    lake.delete("video/part 2/005.bin")
    before = stamp(lake, "video/part 0/000.bin")
    assert (lake.upload_folder(folder, "video"), lake.upload_folder(folder, "video")) == (3, 0)
    for name in ("part 0/003.bin", "part 1/004.bin", "part 2/005.bin"):
        assert lake.read(f"video/{name}") == (folder / name).read_bytes()
    assert stamp(lake, "video/part 0/000.bin") == before


def test_files_that_are_brought_together(lake: Lake, tmp_path: Path):
    """Each is what it would be by itself: more than are written at once, in any folder; one that is there is replaced or left."""
    files = {f"a/{number % 3}/{number:03}.bin": bytes([number]) * number for number in range(66)}
    lake.write_all(files)
    assert {entry.key: lake.read(entry.key) for entry in lake.entries()} == files
    before = stamp(lake, "a/1/007.bin")
    again = {"a/1/007.bin": files["a/1/007.bin"], "a/2/008.bin": b"another", "b/new.bin": b"new"}
    paths = {key: tmp_path / key.replace("/", "_") for key in again}
    for key, path in paths.items():
        path.write_bytes(again[key])
    lake.upload_all(paths)
    assert {entry.key: lake.read(entry.key) for entry in lake.entries()} == {**files, **again}
    assert stamp(lake, "a/1/007.bin") == before


UPLOAD = """
import sys
from pathlib import Path
from include.lake import Lake
lake = Lake(sys.argv[1], eval(sys.argv[2]))
lake.entries("video")  # which loads what it needs
print("begins", flush=True)
lake.upload_folder(Path(sys.argv[3]), "video")
"""


def test_killed_and_done_again(store: Store, tmp_path: Path):
    """A copier that is killed leaves whole files alone behind; the next one brings the rest, and no more."""
    count = 120
    folder, lake = make_files(tmp_path / "source", count), store.lake()
    command = [sys.executable, "-c", UPLOAD, store.uri, repr(store.options), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begins\n"
        while len(lake.entries("video")) < 3:
            assert process.poll() is None
            time.sleep(0.002)  # the store has to serve both
        process.send_signal(signal.SIGKILL)
    arrived = lake.entries("video")
    assert 3 <= len(arrived) < count
    for entry in arrived:
        assert lake.read(entry.key) == (folder / entry.key.removeprefix("video/")).read_bytes()
    assert lake.upload_folder(folder, "video") == count - len(arrived)
    assert lake.upload_folder(folder, "video") == 0


def test_a_file_that_changes_meanwhile(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What arrives is compared with what was read first: a file replaced in between is said, not believed."""
    source = tmp_path / "source"
    source.write_bytes(b"hello")
    found = lake._holds

    def replaced(there: Entry | None, local) -> bool:
        source.write_bytes(b"jello")
        return found(there, local)

    monkeypatch.setattr(lake, "_holds", replaced)
    with pytest.raises(Damaged, match="is not what was sent"):
        lake.upload(source, "a")


def test_what_arrives_damaged_is_sent_again(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A killed writer's copy that arrives over a new one costs a second sending, and no error."""
    source = tmp_path / "source"
    source.write_bytes(b"hello")
    found, asked = lake._holds, []

    def overtaken(there: Entry | None, local) -> bool:
        asked.append(there)
        if len(asked) == 2:
            lake.write("a", b"jello")
            return found(lake._find("a"), local)
        return found(there, local)

    monkeypatch.setattr(lake, "_holds", overtaken)
    assert lake.upload(source, "a")
    assert lake.read("a") == b"hello"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n--==0==--", b""])
def test_every_byte_arrives(lake: Lake, tmp_path: Path, end: bytes):
    """Whatever a file ends in arrives, written or copied: ends of lines, and what could be taken for the end of a message."""
    content = b"hello" * 5 + end
    (tmp_path / "source").write_bytes(content)
    lake.write("written", content)
    lake.upload(tmp_path / "source", "copied")
    assert (lake.read("written"), lake.read("copied")) == (content, content)


def test_a_local_file_that_is_not_there(lake: Lake, tmp_path: Path):
    """That is the caller's error, and none of the lake's."""
    with pytest.raises(FileNotFoundError):
        lake.upload(tmp_path / "none", "a")


def test_a_file_in_several_pieces(s3_store: Store, tmp_path: Path):
    """S3 tells no MD5 of what came in pieces: the content is read back and compared instead."""
    source = tmp_path / "video.mp4"
    source.write_bytes(os.urandom(1 << 20) * 101)
    lake = s3_store.lake("pieces")
    assert lake.upload(source, "video.mp4")
    assert lake.entries() == [Entry("video.mp4", 101 << 20, None)]
    assert not lake.upload(source, "video.mp4")
    lake.delete("video.mp4")


# Several at once


def test_writers_of_one_key(lake: Lake):
    """Whoever reads while several write gets one of the contents, whole, and in the end one of them is there."""
    contents = [bytes([letter]) * 300_000 for letter in b"abcd"]
    lake.write("one/key", contents[0])
    wrong: list[bytes] = []
    is_over = threading.Event()

    def read() -> int:
        count = 0
        while not is_over.is_set():
            found = lake.read("one/key")
            count += 1
            if found not in contents:
                wrong.append(found)
        return count

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        writers = [pool.submit(lambda data: [lake.write("one/key", data) for _ in range(8)], data) for data in contents]
        for writer in writers:
            writer.result()
        is_over.set()
        assert reader.result() > 0
    assert (wrong, lake.read("one/key") in contents, len(lake.entries())) == ([], True, 1)


def test_writers_and_deleters(tmp_path: Path):
    """On disk, a folder taken away as empty is made again by whoever wants to write there."""
    lake = Lake(f"file://{tmp_path}/lake")

    def come_and_go(number: int) -> None:
        for _ in range(50):
            lake.write(f"a/b/{number}", b"x")
            lake.delete(f"a/b/{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(4)))
    assert lake.entries() == []


def test_what_a_killed_writer_left(tmp_path: Path):
    """A part is no file of the lake; it goes at a later writer's first file, once it is a day old."""
    lake = Lake(f"file://{tmp_path}")
    parts = tmp_path / PARTS
    parts.mkdir()
    for name, age in (("old", 90_000), ("young", 60)):
        (parts / name).write_bytes(b"half")
        os.utime(parts / name, (drive_time(tmp_path) - age,) * 2)
    assert lake.entries() == []
    lake.write("a", b"x")
    assert ([entry.key for entry in lake.entries()], [path.name for path in parts.iterdir()]) == (["a"], ["young"])


def test_a_drive_whose_clock_is_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What another writer has begun there is as old as the drive says, not as this machine's clock makes it."""
    begun = tmp_path / PARTS / "begun"
    begun.parent.mkdir()
    begun.write_bytes(b"half")
    monkeypatch.setattr(time, "time", lambda: begun.stat().st_mtime + 90_000)
    Lake(f"file://{tmp_path}").write("a", b"x")
    assert begun.exists()


# What fails


def everything(lake: Lake, source: Path) -> Iterator[Callable[[], object]]:
    yield from (lambda: lake.write("a", b"x"), lambda: lake.read("a"), lake.entries, lambda: lake.exists("a"))
    yield from (lambda: lake.sha256("a"), lambda: lake.delete("a"), lambda: lake.upload(source, "a"))
    yield lambda: lake.upload_folder(source.parent, "a")


@pytest.mark.parametrize("kind", ["s3_store", "google_store"])
@pytest.mark.server
def test_no_bucket(request: pytest.FixtureRequest, kind: str, tmp_path: Path):
    """Whatever is asked, a bucket that is not there is said: an empty listing would look as if all were gone."""
    (tmp_path / "source").write_bytes(b"x")
    options = request.getfixturevalue(kind).options
    lake = Lake(f"{'s3' if kind == 's3_store' else 'gs'}://not-there/folder", options)
    for ask in everything(lake, tmp_path / "source"):
        with pytest.raises(LakeRefused, match=r"there is no bucket 'not-there'\. Make it, or name another one\."):
            ask()


@pytest.mark.parametrize(
    ("uri", "options"),
    [
        ("s3://media/x", {"key": "k", "secret": "s3cret", "client_kwargs": {"region_name": "us-east-1"}}),
        ("gs://media/x", {"token": "anon"}),
    ],
)
@pytest.mark.server
def test_no_rights_in_a_bucket(refusing: str, uri: str, options: dict, tmp_path: Path):
    """A store that answers 403 is said with what to do, whatever was asked, and shows no secret."""
    pytest.importorskip("gcsfs")
    (tmp_path / "source").write_bytes(b"x")
    lake = Lake(uri, {**options, "endpoint_url": refusing})
    for ask in everything(lake, tmp_path / "source"):
        with pytest.raises(LakeRefused, match="Give this account the right to read and write there") as caught:
            ask()
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("uri", ["s3://media", "gs://media"])
@pytest.mark.server
def test_no_account(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without an account nothing is asked in nobody's name; the sentence says where to put one."""
    pytest.importorskip("gcsfs")
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(LakeRefused, match=r"no account .*Define its Airflow connection, or set (AWS|GOOGLE)_"):
        Lake(uri).read("a")


@pytest.mark.server
def test_a_store_that_is_away(s3_store: Store):
    """That may pass: it is an error to try again after."""
    lake = Lake("s3://media", {**s3_store.options, "endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(LakeError) as caught:
        lake.read("a")
    assert not isinstance(caught.value, NeedsPerson)


def test_no_rights_on_disk(tmp_path: Path):
    """A folder that may not be written, or not be read, is said; nothing is left out of a listing in silence."""
    place = Path("/sys/kernel") if os.geteuid() == 0 else tmp_path
    if os.geteuid() != 0:
        (tmp_path / "shut").mkdir(mode=0)
        with pytest.raises(LakeRefused, match="no right to do this"):
            Lake(f"file://{tmp_path}").entries()
        tmp_path.chmod(0o500)
    with pytest.raises(LakeRefused, match="Give this account the right to read and write there"):
        Lake(f"file://{place}/lake").write("a", b"x")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_full_disk(tmp_path: Path):
    """A full disk is a person's to mend; the file that was there stays, and no part of the new one."""
    program = f"""
import os
from include.lake import Lake, LakeRefused
lake = Lake("file://{tmp_path}")
lake.write("a", b"old")
try:
    lake.write("a", bytes(400_000))
except LakeRefused as error:
    print(error, lake.read("a"), os.listdir("{tmp_path}/{PARTS}"))
"""
    script = 'mount -t tmpfs -o size=128k none "$1" || exit 99; shift; exec "$@"'
    command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", tmp_path, sys.executable, "-c", program]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode == 99 or "unshare failed" in said.stderr:
        pytest.skip("this system lets nobody mount")
    assert said.stdout == f"file://{tmp_path}: the disk is full. Make room there. b'old' []\n", said.stderr


@pytest.mark.parametrize("uri", ["ftp://host/x", "lake", "s3://", "file://x"])
def test_no_such_place(uri: str):
    """An address that is none is answered with those that are."""
    with pytest.raises(LakeRefused, match="The lake's address must look like file:///folder/on/this/machine, s3://"):
        Lake(uri)


def test_a_bucket_without_what_it_takes(monkeypatch: pytest.MonkeyPatch):
    """The optional part is asked for before anything begins; a folder needs none."""
    monkeypatch.setitem(extras.EXTRAS, "cloud", ("s3fs_not_there",))
    Lake("file:///srv/lake")
    for uri in ("s3://media", "gs://media"):
        with pytest.raises(ExtraMissing, match="Run: make extra NAME=cloud"):
            Lake(uri)


def test_no_secret_shows(store: Store):
    """The lake's own text has no option in it."""
    with suppress(ExtraMissing):
        lake = Lake(store.uri, {**store.options, "secret": "s3cret"})
        assert "s3cret" not in f"{lake!r} {lake} {lake.uri}"
