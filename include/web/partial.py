"""A file on its way: what of it is there, which answer goes on with it, and when it is whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from include.web.transport import Exchange, Taker

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_STRONG = re.compile(r'"[\x21\x23-\x7e]*"')


class _Misfit(Exception):
    """This answer does not go with what is there."""


class Partial:
    """`<path>.part`, and beside it a note of whose beginning it is: without one it is begun anew. For one writer at a time."""

    def __init__(self, path: Path, url: str, max_bytes: int) -> None:
        self._path, self._max_bytes = path, max_bytes
        self._file = path.with_name(f"{path.name}.part")
        self._note = path.with_name(f"{path.name}.part.json")
        self._address = url.partition("?")[0]  # what follows is a signature, another one each time
        self._total: int | None = None
        self._problem = ""
        self.is_too_large = False

    @property
    def size(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0

    def headers(self) -> dict[str, str]:
        """Asks for what is missing, if that is still of the same file; nothing where there is nothing to go on with."""
        etag = self._noted().get("etag")
        return {"Range": f"bytes={self.size}-", "If-Range": etag} if etag and self.size else {}

    @contextmanager
    def taking(self) -> Iterator[Taker]:
        """What takes an answer's body into the file, as far as it fits what is there."""
        self._problem = ""
        opened: list[BinaryIO] = []

        def taker(status: int, headers: Mapping[str, str]) -> Callable[[bytes], object] | None:
            if status not in {200, 206}:
                return None
            try:
                opened.append(self._begin(headers) if status == 200 else self._go_on(headers))
            except _Misfit as misfit:
                self._problem = str(misfit)
                return None
            return self._writer(opened[0])

        try:
            yield taker
        finally:
            for file in opened:
                file.flush()
                os.fsync(file.fileno())
                file.close()

    def judge(self, exchange: Exchange) -> str:
        """Why the file is not whole after this answer; "" when it is."""
        if exchange.failure:
            return exchange.failure.text
        if exchange.status == 416:
            self._problem = "there is no such range"
        elif exchange.status not in {200, 206}:
            return f"status {exchange.status}"
        if self._problem:
            self.discard()
            return self._problem
        return "" if self._total in {None, self.size} else f"{self.size:,} of {self._total:,} bytes came"

    def finish(self) -> None:
        """The whole file takes its place."""
        self._file.replace(self._path)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """The next answer begins anew."""
        self._note.unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)

    def _begin(self, headers: Mapping[str, str]) -> BinaryIO:
        length = headers.get("content-length", "")
        self.discard()
        if headers.get("content-encoding", "identity") != "identity":
            raise _Misfit("it is sent compressed, though that was not asked for")
        if not length.isdecimal() and headers.get("transfer-encoding", "").lower() != "chunked":
            raise _Misfit("its length is not told, so that nobody knows when it is whole")
        self._total = int(length) if length.isdecimal() else None  # where it comes in chunks, the last one is the proof
        if self._total is not None and self._total > self._max_bytes:
            self.is_too_large = True
            raise _Misfit("it is too large")
        if _STRONG.fullmatch(headers.get("etag", "")):
            note = {"address": self._address, "etag": headers["etag"], "total": self._total}
            self._note.write_text(json.dumps(note), encoding="utf-8")
        return self._file.open("wb")

    def _go_on(self, headers: Mapping[str, str]) -> BinaryIO:
        noted, found = self._noted(), _RANGE.fullmatch(headers.get("content-range", ""))
        if not found or headers.get("content-encoding", "identity") != "identity":
            raise _Misfit("what was sent is no range of bytes")
        first, last, total = map(int, found.groups())
        length = headers.get("content-length", str(last + 1 - first))
        if headers.get("etag") != noted.get("etag") or noted.get("total") not in {None, total}:
            raise _Misfit("it changed in between")
        if first != self.size or not first <= last < total or length != str(last + 1 - first):
            raise _Misfit("another range was sent than the one that is missing")
        self._total = total
        if total > self._max_bytes:
            self.is_too_large = True
            raise _Misfit("it is too large")
        return self._file.open("ab")

    def _writer(self, file: BinaryIO) -> Callable[[bytes], object]:
        most = self._max_bytes if self._total is None else self._total

        def write(piece: bytes) -> None:
            if file.tell() + len(piece) > most:
                self._problem = "more bytes came than were told"
            else:
                file.write(piece)

        return write

    def _noted(self) -> dict[str, Any]:
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) and noted.get("address") == self._address else {}
