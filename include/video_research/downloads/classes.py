"""Which kind of failure an exception of the extractor is, and what is said about it: in our words alone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yt_dlp.cookies import CookieLoadError
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    NoSupportingHandlers,
    ProxyError,
    RequestError,
)
from yt_dlp.utils import ContentTooShortError, DownloadError

from include.video_research.downloads.extractor import AddressRefused, Seen, TooLarge
from include.video_research.records import FailureKind

PRIVATE = frozenset({10216, 10222})  # the post, the whole account
BLOCKED = 10204  # also said of what is gone or not shown here, and then a word beside it says so
PASSING = frozenset({408, 409, 425, 429, *range(500, 600)})
LONGEST_PAUSE_S = 3_600.0


# In this order; the page's words are looked for, and never repeated.
SAID: tuple[tuple[FailureKind, Callable[[Seen], bool], str], ...] = (
    ("photo_post", lambda seen: seen.is_photo, "it is a post of pictures"),
    ("region", lambda seen: _has(seen, "cross_border", "geo", "region"), "it is not shown in this region ({status})"),
    ("gone", lambda seen: _has(seen, "deleted", "not_exist", "not exist"), "it was removed ({status})"),
    ("private", lambda seen: seen.status in PRIVATE, "it is private ({status})"),
    ("private", lambda seen: _has(seen, "privacy", "self_see", "friend"), "it is private ({status})"),
    ("blocked", lambda seen: seen.status == BLOCKED, "the site refuses this address ({status})"),
    ("login_required", lambda seen: seen.asks_for_login, "the site asks for a login"),
    ("gone", lambda seen: seen.status != 0, "it is not available ({status})"),
)
# In this order; the first that an exception is.
MET: tuple[tuple[type[BaseException], FailureKind, str], ...] = (
    (TooLarge, "too_big", "it is larger than RESEARCH_MAX_MB allows"),
    (CookieLoadError, "engine", "RESEARCH_COOKIES is no file of cookies in Netscape's format"),
    (AddressRefused, "site_changed", "the page names an address that is not asked: not https, or not a public host"),
    (ProxyError, "transient", "there was no way through the proxy: check RESEARCH_PROXY"),
    (CertificateVerifyError, "transient", "the site's certificate is not trusted: check RESEARCH_PROXY, and the clock"),
    (ContentTooShortError, "transient", "the {where} was cut short"),
    (
        NoSupportingHandlers,
        "engine",
        "yt-dlp cannot go this way: check RESEARCH_PROXY, or set RESEARCH_IMPERSONATE=off",
    ),
    (RequestError, "transient", "the connection for the {where} broke ({name})"),
    (TimeoutError, "transient", "the connection for the {where} broke ({name})"),
    (ConnectionError, "transient", "the connection for the {where} broke ({name})"),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind, a sentence that is safe to show, and the pause that the site asked for."""

    kind: FailureKind
    error: str
    retry_after: float | None = None


def classify(error: BaseException, seen: Seen) -> Trouble:
    """The first rule that fits decides: what the page said, then what the network did, then what the extractor made of it."""
    causes = list(_causes(error))
    said = _said(seen)
    if said and not seen.is_in_media:
        return said
    for cause in causes:
        found = _of_network(cause, seen)
        if found:
            return found
    if any(isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT) for cause in causes):
        return Trouble("disk", "the disk was full")
    names = " from ".join(dict.fromkeys(type(cause).__name__ for cause in causes))
    if all(isinstance(cause, DownloadError) for cause in causes):  # no exception at all: tries used up
        broke_off = f"the media broke off again and again after {seen.bytes_came:,} bytes"
        return Trouble("transient", broke_off if seen.is_in_media else "the download ended without a reason")
    return Trouble("site_changed", f"the page is not what yt-dlp knows ({names})")


def _said(seen: Seen) -> Trouble | None:
    """What the page itself says."""
    return next((Trouble(kind, text.format(status=seen.status)) for kind, fits, text in SAID if fits(seen)), None)


def _of_network(cause: BaseException, seen: Seen) -> Trouble | None:
    """What happened on the way to it."""
    where = "media" if seen.is_in_media else "page"
    if isinstance(cause, HTTPError):
        return _of_status(cause, where)
    name = type(cause).__name__
    found = (
        Trouble(kind, text.format(where=where, name=name)) for types, kind, text in MET if isinstance(cause, types)
    )
    return next(found, None)


def _of_status(error: HTTPError, where: str) -> Trouble:
    status, text = error.status, f"the {where} answered with status {error.status}"
    if status in PASSING:
        return Trouble("transient", text, _pause(error))
    if status in (401, 403):
        return Trouble("blocked", text)
    if status == 451:
        return Trouble("region", text)
    if where == "page" and status in (404, 410):
        return Trouble("gone", text)
    return Trouble("transient" if where == "media" else "site_changed", text)


def _pause(error: HTTPError) -> float | None:
    given = (error.response.headers.get("Retry-After") or "").strip()
    return min(float(given), LONGEST_PAUSE_S) if given.isascii() and given.isdecimal() else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions behind one, outermost first: yt-dlp keeps them in `exc_info` and `cause`."""
    waiting, known = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in known:
            continue
        known.add(id(cause))
        yield cause
        inner = (getattr(cause, "exc_info", None) or (None, None))[1]
        for other in (inner, getattr(cause, "cause", None), cause.__cause__, cause.__context__):
            if isinstance(other, BaseException):
                waiting.append(other)


def _has(seen: Seen, *words: str) -> bool:
    return any(word in seen.words for word in words)
