"""Fetches pictures from addresses that came from outside, which may therefore point anywhere.

Only the hosts that are named are asked, over https, at public addresses, without key or cookies. The API's own origin is
allowed too, whatever it is: a stand-in server on this machine serves its pictures itself.

Through a proxy the hosts and https stay the same, and what our own look-up finds must be public; where only the proxy can
look names up, the certificate is what keeps the address from being anybody else's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Literal

from include.web.addresses import Addresses, prepared, shown
from include.web.transport import DIRECT, Exchange, Route, Transport

MOST_ADDRESSES = 5  # of one picture; TikTok gives two or three
MOST_REASONS = 3
LONGEST_REASON = 120
ACCEPT = {"Accept": "image/jpeg,image/webp,image/png"}
# Why there is no picture under an address: what another day may mend is `unavailable`.
Kind = Literal["address", "redirect", "too_large", "unavailable"]
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KINDS: dict[str, Kind] = {"address_refused": "address", "too_large": "too_large"}


class ImageError(Exception):
    """No picture; the message says why, for the first addresses that were tried, `kind` for the first of all."""

    def __init__(self, message: str, kind: Kind) -> None:
        super().__init__(message)
        self.kind = kind


class ImageRefused(ImageError):
    """None of the addresses may be fetched."""


class ImageUnavailable(ImageError):
    """At least one address was asked, and none gave a picture; another day may do better."""


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """The bytes as they came, not yet decoded, and the host that sent them."""

    bytes: bytes
    url_host: str


class ImageFetcher:
    """Fetches one picture under several addresses. Safe to share between threads.

    `hosts` are names, allowed with whatever stands before them and a dot. `deadline` is seconds for one address, to the last
    byte, `patience` for all addresses of one picture; `max_bytes` caps the body.
    """

    def __init__(
        self,
        own_base_url: str,
        *,
        hosts: Sequence[str],
        deadline: float = 20,
        patience: float = 30,
        max_bytes: int = 8 * 2**20,
        threads: int = 16,
        route: Route = DIRECT,
    ) -> None:
        self._addresses = Addresses(own_base_url, hosts)
        self._patience = patience
        self._own = Transport(threads=threads, deadline=deadline, max_bytes=max_bytes, route=route)
        self._public = Transport(threads=threads, deadline=deadline, max_bytes=max_bytes, public_only=True, route=route)

    def fetch(self, urls: Iterable[str]) -> FetchedImage:
        """The first picture that can be had, in the order given, of the first MOST_ADDRESSES.

        Raises ImageRefused when no address is one we may ask, ImageUnavailable when asking was in vain.
        """
        refused: list[str] = []
        failed: list[str] = []
        kinds: list[Kind] = []
        ends = time.monotonic() + self._patience
        for url in islice(urls, MOST_ADDRESSES):
            host = self._addresses.host_of(url)
            if host is None:
                refused.append(f"{shown(url)}: not one of the hosts that may be asked, over https")
                kinds.append("address")
                continue
            left = ends - time.monotonic()
            if left <= 0:
                failed.append(f"{host}: not asked, {self._patience:g} s have passed")
                kinds.append("unavailable")
                break
            body, problem, kind = self._get(url, left)
            if body:
                return FetchedImage(body, host)
            (refused if kind == "address" else failed).append(f"{host}: {problem}")
            kinds.append(kind)
        if failed:
            raise ImageUnavailable(_listed(failed), kinds[0])
        raise ImageRefused(_listed(refused) or "there is no address at all", "address")

    def close(self) -> None:
        """Closes the connections."""
        self._own.close()
        self._public.close()

    def __enter__(self) -> ImageFetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, url: str, seconds: float) -> tuple[bytes, str, Kind]:
        """The body, or the problem and of which kind it is."""
        transport = self._own if self._addresses.is_own(url) else self._public
        exchange = transport.get(prepared(url, ACCEPT), seconds)
        if exchange.failure:
            return b"", exchange.failure.text, _kind_of(exchange)
        if exchange.status != 200:
            return b"", f"status {exchange.status}", _kind_of(exchange)
        return exchange.body, "an empty body", "unavailable"


def _kind_of(exchange: Exchange) -> Kind:
    if exchange.failure:
        return _KINDS.get(exchange.failure.kind, "unavailable")
    return "redirect" if exchange.status in REDIRECTS else "unavailable"


def _listed(reasons: Sequence[str]) -> str:
    shown = [reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…" for reason in reasons]
    more = len(shown) - MOST_REASONS
    return "; ".join(shown[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")
