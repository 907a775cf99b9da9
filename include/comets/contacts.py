"""Where creators say they can be reached: read from their bio and the fields of their profile. Nothing is guessed.

What could be read in two ways is not read: "find me at site dot com" is no e-mail address, "name (at) site dot com" is one.
"""

from __future__ import annotations

import json
import logging
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

import psycopg

from include import database
from include.database import Database
from include.erasure import forgotten as erasure
from include.tikhub import parsers
from include.tikhub.errors import UnexpectedAnswer
from include.tikhub.models import Profile

Kind = Literal["email", "instagram", "youtube", "link", "category"]
BIO = "bio"
MOST = 10  # of one creator
LONGEST_TEXT = 1_000  # that is looked through; a bio has 80 to 160 letters
LONGEST_EMAIL = 254
LONGEST_LINK = 300
LONGEST_CATEGORY = 100
CHUNK = 500
log = logging.getLogger(__name__)

# What a bracketed "at" and a "dot" look like; a bare "at" is a word like any other, and so is a bare "dot" before it.
_AT = r"\s*[(\[{<]\s*(?:at|@)\s*[)\]}>]\s*"
_BRACKETED_DOT = r"\s*[(\[{<]\s*(?:dot|\.)\s*[)\]}>]\s*"
_DOT = rf"(?:\.|{_BRACKETED_DOT}|\s+dot\s+)"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"[a-z]{2,24}"
_LOCAL = r"[a-z0-9_%+-]+"
# Nothing that could be more of the address stands before or after it.
_BEFORE = r"(?<![a-z0-9._%+@/-])"
_AFTER = r"(?![a-z0-9@_-]|\.[a-z0-9])"
_EMAIL = re.compile(rf"{_BEFORE}{_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+{_TOP}{_AFTER}", re.ASCII)
_HIDDEN_EMAIL = re.compile(
    rf"{_BEFORE}(?P<local>{_LOCAL}(?:(?:\.|{_BRACKETED_DOT}){_LOCAL})*){_AT}"
    rf"(?P<host>{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}{_TOP}){_AFTER}",
    re.ASCII,
)
_ANY_DOT = re.compile(_DOT, re.ASCII)
_ENDS_IN_DOT = re.compile(r"\bdot\s+$", re.ASCII)
# What stands before the host of a link, as in https://name:password@host, is no address.
_IN_A_LINK = re.compile(r"[a-z]://[^\s/?#|,;]*$", re.ASCII)
_HANDLE = r"[a-z0-9_](?:[a-z0-9._]{0,28}[a-z0-9_])?"
_WHOLE_HANDLE = re.compile(_HANDLE, re.ASCII)
_INSTAGRAM = re.compile(
    # After a label with "@", or after one with a colon when nothing else is said in that line.
    rf"(?<![a-z0-9_.])(?:ig|insta|instagram)[ \t]*[:=-]?[ \t]*@[ \t]*(?P<tagged>{_HANDLE})(?![a-z0-9_@])"
    rf"|(?<![a-z0-9_.])(?:ig|insta|instagram)[ \t]*[:=][ \t]*(?P<alone>{_HANDLE})[ \t]*(?=[|•·,;/]|$)",
    re.ASCII | re.MULTILINE,
)
_NO_HANDLES = frozenset({"soon", "below", "link", "linkinbio", "same", "here", "bio", "me", "dm", "dms", "tba", "none"})
_IN_LINKS = r"[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]*"
_LINK = re.compile(
    rf"(?<![a-z0-9._@/:-])(?:(?P<scheme>https?)://(?P<host>(?:{_LABEL}\.)+{_TOP})(?P<rest>[/?#]{_IN_LINKS})?"
    rf"|(?P<bare>(?:{_LABEL}\.)+{_TOP})(?P<path>/{_IN_LINKS})?)(?![a-z0-9@:-])",
    re.ASCII | re.IGNORECASE,
)
_INSTAGRAM_HOSTS = frozenset({"instagram.com", "www.instagram.com", "m.instagram.com"})
_YOUTUBE_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}", re.ASCII)
_CHANNEL_PATH = re.compile(
    r"/(?:channel/UC[A-Za-z0-9_-]{22}|@[\w.-]{3,30}|c/[\w.-]{1,100}|user/[\w.-]{1,100})", re.ASCII
)
_END_SIGNS = ".,;:!?)]}*…"


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody. `value`: an address in small letters, a handle without "@", a whole link, or a category."""

    kind: Kind
    value: str
    found_in: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody's latest profile states, and when that came."""

    user_id: str
    seen_at: datetime
    contacts: tuple[Contact, ...]


def stated_by(profile: Profile) -> tuple[Contact, ...]:
    """What a profile states, each once, its fields before the bio; at most MOST."""
    return _distinct([*_in_fields(profile.contact_fields), *_in_text(profile.signature, BIO)])


def _distinct(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    found: dict[tuple[str, str], Contact] = {}
    for contact in contacts:
        found.setdefault((contact.kind, contact.value), contact)
    return tuple(found.values())[:MOST]


def _in_fields(fields: Iterable[tuple[str, str]]) -> Iterator[Contact]:
    for name, text in fields:
        if name == "category":
            yield Contact("category", " ".join(text.split())[:LONGEST_CATEGORY], name)
        elif name == "ins_id":
            handle = text.removeprefix("@").lower()
            if _WHOLE_HANDLE.fullmatch(handle):
                yield Contact("instagram", handle, name)
        elif name == "youtube_channel_id":
            if _CHANNEL.fullmatch(text):
                yield Contact("youtube", f"https://www.youtube.com/channel/{text}", name)
        elif name == "bio_email":
            yield from (Contact("email", email, name) for email in _emails(text.lower()))
        else:
            match = _LINK.fullmatch(text if "://" in text else f"https://{text}")
            if match is not None:
                yield from _of_link(match, name)


def _in_text(text: str, found_in: str) -> Iterator[Contact]:
    """Addresses first: what is part of one is no handle and no link."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT])  # styled letters become plain ones
    lower = plain.lower()
    yield from (Contact("email", email, found_in) for email in _emails(lower))
    for match in _INSTAGRAM.finditer(lower):
        handle = match["tagged"] or match["alone"]
        if handle not in _NO_HANDLES:
            yield Contact("instagram", handle, found_in)
    for match in _LINK.finditer(plain):
        yield from _of_link(match, found_in)


def _emails(lower: str) -> Iterator[str]:
    found = [match[0] for match in _EMAIL.finditer(lower) if not _IN_A_LINK.search(lower[: match.start()])]
    found += [
        f"{_ANY_DOT.sub('.', match['local'])}@{_ANY_DOT.sub('.', match['host'])}"
        for match in _HIDDEN_EMAIL.finditer(lower)
        if not _ENDS_IN_DOT.search(lower[: match.start()])
    ]
    for email in found:
        local = email.partition("@")[0]
        if len(email) <= LONGEST_EMAIL and len(local) <= 64 and not local.startswith(("-", ".")):
            yield email


def _of_link(match: re.Match[str], found_in: str) -> Iterator[Contact]:
    """A host alone is a link only with "www." or a scheme before it: "great.day" is a sentence."""
    host = (match["host"] or match["bare"]).lower()
    rest = (match["rest"] or match["path"] or "").rstrip(_END_SIGNS)
    if match["bare"] and rest in ("", "/") and not host.startswith("www."):
        return
    path = re.split(r"[?#]", rest, maxsplit=1)[0].rstrip("/")
    handle = path.removeprefix("/").lower()
    if host in _INSTAGRAM_HOSTS and _WHOLE_HANDLE.fullmatch(handle) and handle not in ("p", "reel", "explore"):
        yield Contact("instagram", handle, found_in)
        return
    channel = _CHANNEL_PATH.fullmatch(path) if host in _YOUTUBE_HOSTS else None
    link = f"https://www.youtube.com{path}" if channel else f"{(match['scheme'] or 'https').lower()}://{host}{rest}"
    if len(link) <= LONGEST_LINK:
        yield Contact("youtube" if channel else "link", link, found_in)


def send(connection: psycopg.Connection[Any], profiles: Sequence[tuple[Profile, datetime]]) -> database.Answer:
    """Send what profiles state; each counts where it is the one its creator was refreshed with, in the same transaction."""
    return _send(connection, [Stated(profile.user_id, at, stated_by(profile)) for profile, at in profiles])


def _send(connection: psycopg.Connection[Any], stated: Sequence[Stated]) -> database.Answer:
    pairs = [(each.user_id, contact) for each in stated for contact in each.contacts]
    parameters = {
        **database.columns(stated, user_ids="user_id", seen_at="seen_at"),
        **database.columns(
            pairs,
            stated_by=lambda pair: pair[0],
            kinds=lambda pair: pair[1].kind,
            contacts=lambda pair: pair[1].value,
            found_in=lambda pair: pair[1].found_in,
        ),
    }
    return database.send(connection, "comets/contacts/save_contacts", parameters)


def read_stored(connections: Database) -> int:
    """Read the contacts of creators of whom they never were, from stored profiles and at no call; returns how many creators.

    Where the profile is not stored any more, its bio is.
    """
    after, read = "", 0
    while True:
        parameters = {"after": after, "most": CHUNK}
        rows = connections.rows("comets/contacts/list_unread", parameters)
        if not rows:
            break
        after = rows[-1]["user_id"]
        stated = [Stated(row["user_id"], row["last_updated_at"], _of_row(row)) for row in rows]
        connections.run(partial(_store, stated=stated))
        read += len(rows)
    log.info("Contacts of %s creators read from their stored profiles", f"{read:,}")
    return read


def _of_row(row: database.Row) -> tuple[Contact, ...]:
    if row["answer"] is not None:
        try:
            profile = parsers.parse_profile(json.loads(zlib.decompress(row["answer"])), row["user_id"])
        except UnexpectedAnswer:
            profile = None
        if isinstance(profile, Profile):
            return stated_by(profile)
    return _distinct(_in_text(row["signature"] or "", BIO))


def _store(connection: psycopg.Connection[Any], stated: Sequence[Stated]) -> None:
    forgotten = erasure.forgotten_among(connection, {each.user_id for each in stated})
    kept = [each for each in stated if each.user_id not in forgotten]
    database.rows(connection, "comets/lock_creators", {"user_ids": [each.user_id for each in kept]})
    _send(connection, kept)()
