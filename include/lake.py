"""The lake: files under a folder, or in a bucket of S3 or Google Cloud Storage, seen the same way.

A reader never sees half a file. What is copied up is compared with what arrived, and not copied again.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from include.drive_clock import drive_time
from include.extras import require
from include.lake_errors import Damaged, LakeError, LakeRefused, NotInLake, explained
from include.lake_names import PARTS, checked, place_of

BLOCK = 1 << 20
SMALL = 5 << 20  # bytes below which gcsfs sends a file in one piece
TOGETHER, WAITING = 64, 8  # files that are written together, and threads that wait for the disk
FORGOTTEN_AFTER = 24 * 60 * 60  # seconds after which what a killed writer left there is removed


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the lake. `md5` is None where the store does not tell it: on disk, and of what came in several pieces."""

    key: str
    size: int
    md5: str | None


@dataclass(frozen=True, slots=True)
class _Sums:
    size: int
    sha256: str
    md5: str | None


class Lake:
    """The files below `uri`. Keys are relative paths with '/'. `options` go to fsspec: account, address of the store.

    Whatever fails raises LakeError; LakeRefused where a person has to act: no rights, no bucket, a full disk, a key that no
    file can have.
    """

    def __init__(self, uri: str, options: Mapping[str, Any] | None = None) -> None:
        """Raises LakeRefused when `uri` is none, ExtraMissing when what it takes is not installed. Connects when first used."""
        try:
            self._scheme, self._root = place_of(uri)
        except ValueError as error:
            raise LakeRefused(f"The lake's address {error}.") from None
        self.uri = f"{self._scheme}://{self._root}"
        self._on_disk = self._scheme == "file"
        self._options = dict(options or {})
        self._has_swept = False
        if not self._on_disk:
            require("cloud")

    def write(self, key: str, data: bytes) -> str:
        """Put `data` there, in place of what was, and return its SHA-256. Readers see the old or the new, whole."""
        key = checked(key)
        with self._explained(key):
            if self._on_disk:
                self._write_file(key, [data])
            else:
                self._send(key, data)
        return hashlib.sha256(data).hexdigest()

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """As `write` for each of them, much sooner: a disk brings to safety together what is written together.

        Each is seen whole or not at all; where one fails, others may be there.
        """
        contents = {checked(key): data for key, data in files.items()}
        if not self._on_disk:
            for key, data in contents.items():
                self.write(key, data)
            return
        for some in _some_at_a_time(contents):
            with self._explained(some[0]):
                self._write_files({key: [contents[key]] for key in some})

    def read(self, key: str) -> bytes:
        """The whole content. Raises NotInLake."""
        key = checked(key)
        with self._explained(key):
            content: bytes = self._files.cat_file(self._path(key))
            return content

    def read_part(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, which is not among them; fewer where the file ends before. Raises NotInLake."""
        key = checked(key)
        with self._explained(key):
            content: bytes = self._files.cat_file(self._path(key), start=start, end=end)
            return content

    def find(self, key: str) -> Entry | None:
        """The file of this key, without its content; None when there is none."""
        return self._find(checked(key))

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """The file as one on this machine, to be read: itself, or a copy for as long as the block runs. Raises NotInLake."""
        key = checked(key)
        if self._on_disk:
            if self._find(key) is None:
                raise NotInLake(f"{self.uri}/{key} is not there.")
            yield Path(self._path(key))
            return
        with tempfile.TemporaryDirectory(prefix="cometwatch-lake-") as folder:
            copy = Path(folder) / "file"
            with self._explained(key):
                self._files.get_file(self._path(key), str(copy))
            yield copy

    def exists(self, key: str) -> bool:
        """Whether there is a file of this key; a folder is none."""
        return self._find(checked(key)) is not None

    def sha256(self, key: str) -> str:
        """The SHA-256 of the content as it is now: it is read for that. Raises NotInLake."""
        key = checked(key)
        with self._explained(key):
            if self._find(key) is None:  # a folder could be opened, as if it were an empty file
                raise NotInLake(f"{self.uri}/{key} is not there.")
            with self._files.open(self._path(key), "rb") as file:
                return _sums(file).sha256

    def entries(self, prefix: str = "") -> list[Entry]:
        """All files below the folder `prefix`, in the order of their keys. None is left out in silence."""
        folder = checked(prefix.rstrip("/")) if prefix.rstrip("/") else ""
        with self._explained(folder):
            found = self._walk(folder) if self._on_disk else self._files.find(self._path(folder), detail=True).values()
            below = self._path(folder) + "/"
            files = [info for info in found if info["type"] == "file" and info["name"].startswith(below)]
            return sorted((self._entry(info) for info in files), key=lambda entry: entry.key)

    def delete(self, key: str) -> None:
        """Remove the file, and on disk the folders that are empty then. It is no error if there is none.

        A bucket that keeps versions keeps this one, until its own rules remove it.
        """
        key = checked(key)
        with contextlib.suppress(NotInLake), self._explained(key):
            self._files.rm_file(self._path(key))
        if self._on_disk:
            with contextlib.suppress(OSError):  # not empty, or gone already
                for folder in Path(self._path(key)).relative_to(self._root).parents[:-1]:
                    (Path(self._root) / folder).rmdir()

    def upload(self, path: Path, key: str) -> bool:
        """Copy a local file there, unless the same is there already; True if it was copied.

        Raises Damaged when something else arrived, OSError when `path` cannot be read.
        """
        key = checked(key)
        return self._bring(path, key, self._find(key))

    def upload_all(self, files: Mapping[str, Path]) -> None:
        """As `upload` for each of these local files, by their keys, much sooner (see `write_all`). Raises what `upload` does."""
        paths = {checked(key): path for key, path in files.items()}
        for some in _some_at_a_time(paths) if self._on_disk else ():
            with contextlib.ExitStack() as opened, self._explained(some[0]):
                there = {key: self._find(key) for key in some}
                blocks = {
                    key: _blocks(opened.enter_context(paths[key].open("rb"))) for key in some if there[key] is None
                }
                self._write_files(blocks)
        for key, path in paths.items():  # compared, and brought where another file is in its place
            self._bring(path, key, self._find(key))

    def upload_folder(self, folder: Path, prefix: str) -> int:
        """`upload` for all files below `folder`, by their names; the number of those copied.

        After an interruption the same call does the rest.
        """
        return self.upload_files({path.relative_to(folder).as_posix(): path for path in _files_below(folder)}, prefix)

    def upload_files(self, files: Mapping[str, Path], prefix: str) -> int:
        """`upload` for these files, by the names they get below `prefix`; the number of those copied."""
        paths = {checked(f"{prefix}/{name}"): path for name, path in files.items()}
        there = {entry.key: entry for entry in self.entries(prefix)}
        return sum(self._bring(paths[key], key, there.get(key)) for key in sorted(paths))

    def _bring(self, path: Path, key: str, there: Entry | None) -> bool:
        with path.open("rb") as file:
            local = _sums(file, None if self._on_disk else hashlib.md5(usedforsecurity=False))
        if self._holds(there, local):
            return False
        # Twice: a copy that a killed writer had on its way may arrive late, over the first.
        for _ in range(2):
            with self._explained(key):
                if self._on_disk:
                    with path.open("rb") as file:
                        self._write_file(key, _blocks(file))
                elif path.stat().st_size < SMALL:
                    self._send(key, path.read_bytes())
                else:
                    self._files.put_file(str(path), self._path(key))
            if self._holds(self._find(key), local):
                return True
        raise Damaged(f"{self.uri}/{key} is not what was sent: the file changed meanwhile, or it arrived damaged.")

    def _send(self, key: str, data: bytes) -> None:
        """Into a bucket. gcsfs packs what is small between marks: of a file that ends in a carriage return it loses that byte."""
        if self._scheme != "gs" or not 0 < len(data) < SMALL:
            self._files.pipe_file(self._path(key), data)
            return
        bucket, _, name = self._path(key).partition("/")
        address = f"{self._files._location}/upload/storage/v1/b/{quote(bucket)}/o"
        as_it_is = {"Content-Type": "application/octet-stream"}
        self._files.call("POST", address, uploadType="media", name=name, headers=as_it_is, data=data, json_out=True)

    def _holds(self, there: Entry | None, local: _Sums) -> bool:
        """Another MD5 proves nothing by itself: S3 shows something else instead where it encrypts with one's own key."""
        if there is None or there.size != local.size:
            return False
        is_same = there.md5 is not None and there.md5 == local.md5
        return is_same or self.sha256(there.key) == local.sha256

    def _find(self, key: str) -> Entry | None:
        with contextlib.suppress(NotInLake), self._explained(key):
            info = self._files.info(self._path(key))
            return self._entry(info) if info["type"] == "file" else None
        return None

    def _entry(self, info: Mapping[str, Any]) -> Entry:
        md5 = None
        if "md5Hash" in info:
            md5 = base64.b64decode(info["md5Hash"]).hex()
        elif re.fullmatch('"?[0-9a-f]{32}"?', info.get("ETag") or ""):
            md5 = info["ETag"].strip('"')
        return Entry(info["name"][len(self._root) + 1 :], int(info["size"]), md5)

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}" if key else self._root

    @cached_property
    def _files(self) -> Any:
        """fsspec's view of the store: nothing remembered, as others write there too, and shared with nobody."""
        apart = {"use_listings_cache": False, "skip_instance_cache": True}
        if self._scheme == "s3":
            from s3fs import S3FileSystem

            return S3FileSystem(**self._options, **apart)
        if self._scheme == "gs":
            # Not the class that `gcsfs` shows: over a protocol of its own it first asks which kind of bucket it is. And no
            # falling back to nobody's account, which ends in a refusal that says nothing.
            from gcsfs.core import GCSFileSystem

            return GCSFileSystem(**{"token": "google_default", **self._options}, **apart)
        from fsspec.implementations.local import LocalFileSystem

        return LocalFileSystem()

    def _walk(self, folder: str) -> Iterator[Mapping[str, Any]]:
        """What is below a folder on disk. fsspec's own walk leaves out, in silence, what it may not read."""

        def refuse(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                raise error

        for parent, _, names in os.walk(self._path(folder), onerror=refuse):
            if Path(parent) != Path(self._root) / PARTS:
                for name in names:
                    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                        yield self._files.info(f"{parent}/{name}")

    def _write_file(self, key: str, blocks: Iterable[bytes]) -> None:
        self._write_files({key: blocks})

    def _write_files(self, files: Mapping[str, Iterable[bytes]]) -> None:
        """All written under other names, on disk for good, then renamed; then the folders are on disk as they are now."""
        parts = Path(self._root) / PARTS
        written: dict[str, Path] = {}
        try:
            with contextlib.ExitStack() as opened:
                safe = []
                for key, blocks in files.items():
                    parts.mkdir(parents=True, exist_ok=True)
                    self._sweep(parts)
                    written[key] = parts / secrets.token_hex(16)
                    file = opened.enter_context(written[key].open("xb"))
                    for block in blocks:
                        file.write(block)
                    file.flush()
                    safe.append(file.fileno())
                _bring_to_safety(safe)
            for key, part in written.items():
                _rename(part, Path(self._path(key)))
        finally:
            for part in written.values():
                part.unlink(missing_ok=True)
        with contextlib.ExitStack() as opened:
            folders = sorted({Path(self._path(key)).parent for key in files})
            safe = []
            for folder in folders:
                safe.append(os.open(folder, os.O_RDONLY))
                opened.callback(os.close, safe[-1])
            _bring_to_safety(safe)

    def _sweep(self, parts: Path) -> None:
        if not self._has_swept:
            self._has_swept = True
            limit = drive_time(parts) - FORGOTTEN_AFTER
            for left in parts.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if left.stat().st_mtime < limit:
                        left.unlink()

    @contextlib.contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        try:
            yield
        except LakeError:
            raise
        except Exception as error:
            raise explained(error, self.uri, key, self._lacks_bucket) from error

    def _lacks_bucket(self) -> bool:
        if self._on_disk:
            return False
        try:
            self._files.info(self._root.partition("/")[0])
        except FileNotFoundError:
            return True
        except Exception:  # noqa: BLE001 - the right to ask about the bucket itself may be missing
            return False
        return False


def _rename(part: Path, target: Path) -> None:
    """Once more when somebody's `delete` took the folder away in between, empty as it was."""
    for attempt in range(20):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
        except (FileExistsError, NotADirectoryError, IsADirectoryError, FileNotFoundError):
            if target.is_dir() or any(parent.is_file() for parent in target.parents):
                raise LakeRefused(
                    f"{target} cannot be written: a folder and a file would have the same name."
                ) from None
            if attempt == 19:
                raise
        else:
            return


def _some_at_a_time(keys: Iterable[str]) -> Iterator[list[str]]:
    """As many as one may hold open without a thought."""
    every = list(keys)
    return (every[first : first + TOGETHER] for first in range(0, len(every), TOGETHER))


def _bring_to_safety(descriptors: Sequence[int]) -> None:
    """Wait until the disk has them: for several at once, since each waits for the same disk."""
    if len(descriptors) < 2:
        for descriptor in descriptors:
            os.fsync(descriptor)
        return
    with ThreadPoolExecutor(min(len(descriptors), WAITING)) as pool:
        list(pool.map(os.fsync, descriptors))


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _sums(file: BinaryIO, md5: Any = None) -> _Sums:
    """Size and SHA-256, and the MD5 for whoever compares by it."""
    size, sha256 = 0, hashlib.sha256()
    for block in _blocks(file):
        size += len(block)
        sha256.update(block)
        if md5 is not None:
            md5.update(block)
    return _Sums(size, sha256.hexdigest(), md5.hexdigest() if md5 is not None else None)
