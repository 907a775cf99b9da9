"""Signed image links that expire, as the vendor's do, pointing back at the sandbox itself."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

LIFETIME_SECONDS = 5 * 3600

_PLAIN = str.maketrans("+/=", "abc")  # the token is a piece of the signature, and stands in the link unescaped
_ESCAPED = str.maketrans({"+": "%2B", "/": "%2F", "=": "%3D"})
_SPAN = 2**64
_STEP = 0x9E3779B97F4A7C15
_INVERSE = pow(_STEP, -1, _SPAN)
_BUCKETS = {"avatar": "tos-sandbox-avt-0068", "cover": "tos-sandbox-p-0068"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What a link shows: an avatar (number 0), or a crop ("origin_cover", "cover") of a video's cover."""

    bucket: str
    index: int
    number: int
    crop: str
    extension: str


class Links:
    """Makes and reads links."""

    def __init__(self, seed: int) -> None:
        self._secret = hashlib.blake2b(str(seed).encode(), digest_size=32).digest()

    def uri(self, bucket: str, index: int, number: int) -> str:
        """The path that names a picture, without the form it is asked in."""
        token = ((index << 24 | number) * _STEP + 1) % _SPAN
        return f"{_BUCKETS[bucket]}/o{token:016x}"

    def make(self, uri: str, crop: str, extension: str, expires: int) -> str:
        """A signed link without its origin; the percent-encoded signature must be sent back as it stands."""
        path = f"/image/{uri}~tplv-sandbox-{crop}.{extension}"
        signed = self._sign(path, expires)
        token, signature = signed[:8].lower().translate(_PLAIN), signed.translate(_ESCAPED)
        query = f"dr=9638&refresh_token={token}&x-expires={expires}&x-signature={signature}"
        return f"{path}?{query}&t=4d5b0474&ps=13740610&idc=sandbox1"

    def read(self, path: str, query: str, now: float) -> Picture | None:
        """The picture a link shows, or None when the link is malformed, forged or expired."""
        given = dict(parse_qsl(query))
        try:
            expires = int(given.get("x-expires", ""))
            _, _, _, bucket, name = urlsplit(path).path.split("/")
            token, form = name.split("~tplv-sandbox-")
            crop, extension = form.rsplit(".", 1)
            packed = (int(token[1:], 16) - 1) * _INVERSE % _SPAN
            kind = {folder: bucket_name for bucket_name, folder in _BUCKETS.items()}[bucket]
        except (ValueError, KeyError):
            return None
        genuine = hmac.compare_digest(self._sign(path, expires), given.get("x-signature", ""))
        if not genuine or now > expires:
            return None
        return Picture(kind, packed >> 24, packed & 0xFFFFFF, crop.split(":")[0], extension)

    def _sign(self, path: str, expires: int) -> str:
        text = f"{path}|{expires}".encode()
        return base64.b64encode(hashlib.blake2b(text, key=self._secret, digest_size=20).digest()).decode()
