"""Which addresses out of strangers' hands may be asked at all, and how: https, named hosts, no key and no cookies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import requests

LONGEST_URL = 8_000
# Deliberately narrower than the standard: what two parsers could read differently is not let in at all.
_ADDRESS = re.compile(r"https://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::443)?/[\x21-\x5b\x5d-\x7e]*", re.IGNORECASE)
_PATH = re.compile(r"/[\x21-\x5b\x5d-\x7e]*")


class Addresses:
    """Those of `hosts`, allowed with whatever stands before them and a dot (None: of any host), and of our own origin.

    The own origin is allowed whatever it is: a stand-in server on this machine serves its files itself.
    """

    def __init__(self, own_base_url: str, hosts: Sequence[str] | None) -> None:
        base = urlsplit(own_base_url)
        self._own_origin = f"{base.scheme}://{base.netloc}".lower()
        self._own_host = base.hostname or ""
        self._hosts = hosts if hosts is None else tuple(hosts)

    def host_of(self, url: str) -> str | None:
        """The host of an address that may be asked; None for all others."""
        if len(url) > LONGEST_URL:
            return None
        if self.is_own(url):
            return self._own_host
        match = _ADDRESS.fullmatch(url)
        host = match["host"].lower() if match else ""
        allowed = (host,) if self._hosts is None else self._hosts
        return host if host and any(host == end or host.endswith(f".{end}") for end in allowed) else None

    def is_own(self, url: str) -> bool:
        length = len(self._own_origin)
        return url[:length].lower() == self._own_origin and _PATH.fullmatch(url[length:]) is not None


def prepared(url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """Prepared by hand: requests would decode and encode the address anew, and spoil its signature."""
    request = requests.PreparedRequest()
    request.method, request.url = "GET", url
    always = {"Accept-Encoding": "identity", "User-Agent": "cometwatch"}
    request.headers = requests.structures.CaseInsensitiveDict({**always, **headers})
    return request


def shown(url: str) -> str:
    """Scheme and host at most: the rest of an address is a signature."""
    return ascii(url.partition("?")[0][:60])
