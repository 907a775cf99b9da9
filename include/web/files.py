"""Fetches files from addresses that came from outside: to disk as they come, whole or not at all.

Each hop of a redirect is an address like the first: https, a host that may be asked, at public addresses alone. What was
begun and cut off is gone on with where the server can: with the range that is missing, and only while its ETag says that
the file is the same. Whole is what has the length that the server told, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urljoin

from include.web.addresses import Addresses, prepared, shown
from include.web.partial import Partial
from include.web.transport import DIRECT, Exchange, Route, Transport

MOST_HOPS = 5
MOST_IN_VAIN = 3  # tries in a row that brought no byte
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What another try may mend; all other answers stay what they are.
MENDABLE = frozenset({200, 206, 408, 416, 425, 429, *range(500, 600)})


class FileError(Exception):
    """No file; the message says why."""


class FileRefused(FileError):
    """It may not be fetched: an address that is not asked, or more bytes than are wanted."""


class FileUnavailable(FileError):
    """It was asked for in vain; another time may do better, and goes on where this one stopped if the server allows it."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A whole file: where it lies, its size, the host that sent it, and what that called it (`Content-Type`, or "")."""

    path: Path
    size: int
    url_host: str
    media_type: str


class FileFetcher:
    """Fetches files to paths. Safe to share between threads, for different paths.

    `hosts` as in Addresses; None lets in any host on the public internet. `deadline` is seconds for one file with all its
    hops and tries, `patience` how long a server may send nothing; `max_bytes` caps the file.
    """

    def __init__(
        self,
        own_base_url: str,
        *,
        hosts: Sequence[str] | None,
        deadline: float,
        max_bytes: int,
        patience: float = 30,
        pause: float = 0.5,
        threads: int = 4,
        route: Route = DIRECT,
    ) -> None:
        self._addresses = Addresses(own_base_url, hosts)
        self._deadline, self._max_bytes, self._pause = deadline, max_bytes, pause

        def transport(public_only: bool) -> Transport:
            return Transport(
                threads=threads,
                deadline=deadline,
                max_bytes=max_bytes,
                public_only=public_only,
                route=route,
                patience=patience,
            )

        self._own, self._public = transport(False), transport(True)

    def fetch(self, url: str, path: Path) -> FetchedFile:
        """The file at `url`, whole, at `path`; until then its beginning lies beside it as `<path>.part`.

        Raises FileRefused and FileUnavailable, and OSError of the disk. What was at `path` stays there until then.
        """
        ends = time.monotonic() + self._deadline
        part, in_vain, problem = Partial(path, url, self._max_bytes), 0, f"not within {self._deadline:g} s"
        while in_vain < MOST_IN_VAIN and time.monotonic() < ends:
            before = part.size
            host, exchange = self._ask(url, part, ends)
            reason = part.judge(exchange)
            if not reason:
                part.finish()
                return FetchedFile(path, path.stat().st_size, host, exchange.headers.get("content-type", ""))
            problem = f"{host}: {reason}"
            if not exchange.failure and exchange.status not in MENDABLE:
                break
            in_vain = 0 if part.size > before else in_vain + 1
            time.sleep(min(self._pause * in_vain, max(ends - time.monotonic(), 0)))
        raise FileUnavailable(f"{problem}; {part.size:,} bytes are kept")

    def close(self) -> None:
        """Closes the connections."""
        self._own.close()
        self._public.close()

    def __enter__(self) -> FileFetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, url: str, part: Partial, ends: float) -> tuple[str, Exchange]:
        """The host that answered at the end of all redirects, and its answer, whose body went into `part`."""
        is_own = self._addresses.is_own(url)
        for _ in range(MOST_HOPS + 1):
            host = self._addresses.host_of(url)
            # A stranger's redirect to our own origin is a stranger's address still.
            if host is None or self._addresses.is_own(url) > is_own:
                raise FileRefused(f"{shown(url)}: not an address that may be asked, over https")
            is_own = self._addresses.is_own(url)
            transport = self._own if is_own else self._public
            with part.taking() as taker:
                exchange = transport.stream(prepared(url, part.headers()), taker, max(ends - time.monotonic(), 0.01))
            if exchange.failure and exchange.failure.kind == "address_refused":
                raise FileRefused(f"{host}: {exchange.failure.text}")
            if part.is_too_large or (exchange.failure and exchange.failure.kind == "too_large"):
                part.discard()
                raise FileRefused(f"{host}: the file is larger than {self._max_bytes:,} bytes")
            if exchange.failure or exchange.status not in REDIRECTS:
                return host, exchange
            url = urljoin(url, exchange.headers.get("location", "").strip())
        raise FileRefused(f"{shown(url)}: more than {MOST_HOPS} redirects")
