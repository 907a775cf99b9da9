"""Signed addresses of media that end, as the site's and the search's do."""

import hashlib
import hmac
from urllib.parse import parse_qsl

LIFETIME_SECONDS = 6 * 3600
FOLDER = "/tiktok/media/"
COOKIE = "tt_chain_token"


class Signing:
    """Makes and checks them; another seed is another key."""

    def __init__(self, seed: int) -> None:
        self._secret = hashlib.blake2b(f"media {seed}".encode(), digest_size=32).digest()

    def make(self, name: str, now: float, *, for_page: bool) -> str:
        """The address of a file without its origin. One that a page gives wants the page's cookie as well."""
        path, expires = f"{FOLDER}{name}", int(now) + LIFETIME_SECONDS
        bound = f"&tk={COOKIE}" if for_page else ""
        return f"{path}?a=1988&expire={expires}&policy=2&signature={self._sign(path, expires, bound)}{bound}"

    def is_genuine(self, path: str, query: str, cookies: str, now: float) -> bool:
        """Whether it is ours, has not ended, and comes with the cookie if it needs one."""
        given = dict(parse_qsl(query))
        try:
            expires = int(given.get("expire", ""))
        except ValueError:
            return False
        bound = f"&tk={COOKIE}" if given.get("tk") == COOKIE else ""
        signed = hmac.compare_digest(self._sign(path, expires, bound), given.get("signature", ""))
        return signed and now <= expires and (not bound or f"{COOKIE}={self.cookie()}" in cookies.split("; "))

    def cookie(self) -> str:
        """What a page gives to whoever asks for its media."""
        return hashlib.blake2b(b"cookie", key=self._secret, digest_size=16).hexdigest()

    def _sign(self, path: str, expires: int, bound: str) -> str:
        text = f"{path}|{expires}|{bound}".encode()
        return hashlib.blake2b(text, key=self._secret, digest_size=16).hexdigest()
