"""What is fetched is handed over here: it lies under `landing/incoming/<account>/` of the lake until the step `land` has
entered it.

A name begins with where the bytes are from, `api_` or `browser_`; what comes after `browser_` is the name as TikTok gave it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from include.account_analytics import accounts, drop, exports, places
from include.account_analytics.drop import Dropped
from include.account_analytics.facts import Refused
from include.account_analytics.reading.copies import LARGEST_EXPORT
from include.database import Database
from include.lake import Lake
from include.lake_errors import LakeRefused, NotInLake

FOLDER = places.INCOMING
NAME = re.compile(r"(?P<source>api|browser)_(?P<name>[^._~$ ].*)")
log = logging.getLogger(__name__)


def put(lake: Lake, account: str, name: str, content: bytes) -> str:
    """Hand over a file of an account, whole or not at all; returns its key. The same again changes nothing.

    Raises Refused for an account that is no handle, a name that no store takes or that says no source, and what is empty or
    larger than any export.
    """
    owner = accounts.normal(account)
    if not accounts.HANDLE.fullmatch(owner):
        raise Refused("no_account", f"{account[:40]!r} is no handle of an account: nothing can be handed over for it.")
    if not _is_name(name):
        raise Refused(
            "bad_name", f"{name[:60]!r} is no name of a file here: write api_ or browser_ and a plain name after it."
        )
    if not 0 < len(content) <= LARGEST_EXPORT:
        raise Refused("bad_size", f"{name} has {len(content):,} bytes: no answer and no export has so many or so few.")
    key = f"{FOLDER}/{owner}/{name}"
    lake.write(key, content)
    return key


@contextmanager
def opened(lake: Lake) -> Iterator[list[Dropped]]:
    """What lies there, each as a file of this machine for as long as the block runs, in the order of keys."""
    with ExitStack() as held:
        found = []
        for entry in lake.entries(FOLDER):
            # One level up lie the files of the account whose handle is `incoming`.
            owner, _, name = entry.key.removeprefix(f"{FOLDER}/").partition("/")
            if not name:
                continue
            if not accounts.HANDLE.fullmatch(owner) or not _is_name(name):
                log.warning("%r is not what was handed over here: it stays as it is.", entry.key[:200])
                continue
            with suppress(NotInLake, LakeRefused, FileNotFoundError):  # another run has entered it meanwhile
                found.append(_dropped(held.enter_context(lake.local(entry.key)), owner, name, entry.key))
        yield found


def remove_entered(store: Database, lake: Lake, files: Sequence[Dropped]) -> int:
    """Remove those whose bytes the tables know, now that it counts; how many. What was put in their place meanwhile stays."""
    removed = 0
    for file in files:
        with suppress(FileNotFoundError, NotInLake):
            content = lake.read(file.incoming_key) if file.incoming_key else b""
            sha256 = hashlib.sha256(content).hexdigest()
            if file.incoming_key and store.run(partial(exports.known, sha256=sha256)):
                lake.delete(file.incoming_key)
                removed += 1
    return removed


def _is_name(name: str) -> bool:
    """Whether it says a source, and is a plain name of a whole file."""
    said = NAME.fullmatch(name)
    return said is not None and places.plain(name) == name and not name.lower().endswith(drop.UNFINISHED)


def _dropped(path: Path, account: str, name: str, key: str) -> Dropped:
    """Like a file in the drop folder's folder of the account."""
    source, _, told = name.partition("_")
    stat = path.lstat()
    shown = f"{account}/{told if source == 'browser' else name}"
    return Dropped(
        path,
        shown,
        stat.st_size,
        stat.st_mtime_ns,
        stat.st_ino,
        path.is_symlink(),
        source="browser" if source == "browser" else "api",
        incoming_key=key,
    )
