"""The one table of Serper's endpoints, and the requests we make of them.

Source: public clients and an OpenAPI description of the vendor's; `num` is left out on purpose: more than ten cost a second
credit, and on some accounts fewer come back with it than without.
"""

from __future__ import annotations

import unicodedata

from include.vendors.models import Params, Request

LIMIT = "serper"  # the name of its rate limit, and of the vendor in the ledger
CALLS_PER_SECOND = 5.0  # of the smallest account
VIDEOS = "serper/videos"
PATHS = {VIDEOS: "/videos"}
PAGE = 10  # videos on a page
CREDITS = 1  # of a page whose answer does not say what it cost


def videos(query: str, page: int = 1, language: str | None = None, country: str | None = None) -> Request:
    """One page, from 1 on, of the videos for `query`. Raises ValueError for one that cannot be sent."""
    text = " ".join(query.split())
    if not text or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise ValueError(
            f"{query[:40]!a} cannot be searched: it is empty, or holds control characters or broken Unicode"
        )
    if page < 1:
        raise ValueError(f"a page cannot be the {page}th")
    params: Params = {
        "q": text,
        **({"gl": country.lower()} if country else {}),
        **({"hl": language.lower()} if language else {}),
        **({"page": page} if page > 1 else {}),
    }
    return Request(VIDEOS, params, "&".join(f"{name}={_escaped(value)}" for name, value in params.items()))


def _escaped(value: str | int) -> str:
    """Keeps words legible, yet no query can imitate another request's subject."""
    return str(value).replace("%", "%25").replace("&", "%26").replace("=", "%3D")
