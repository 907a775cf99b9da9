"""A download of TikTok Studio: whole, not too large, and what it is called; half of one is never kept."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.account_analytics import places
from include.account_analytics.browser.chromium import first_line
from include.account_analytics.browser.failures import NoDownload
from include.account_analytics.drop import UNFINISHED

if TYPE_CHECKING:
    from playwright.async_api import Download

LARGEST = 64 << 20  # bytes; the largest export that was ever seen has some thousand
LOOK_SECONDS = 0.1
PREFIX = "browser_"  # of what is handed over
ROOM = len(" (99)")  # for the number of another file of the same name


async def whole(download: Download, folder: Path, seconds: float, largest: int = LARGEST) -> bytes:
    """The file's bytes, once it has come. Raises NoDownload when it does not, not whole, or is no export."""
    from playwright.async_api import Error

    coming = asyncio.ensure_future(download.path())
    try:
        give_up_at = asyncio.get_running_loop().time() + seconds
        while not coming.done():
            await asyncio.wait({coming}, timeout=LOOK_SECONDS)
            if size_below(folder) > largest:
                raise NoDownload(f"the download has more than {largest:,} bytes, as no export has")
            if not coming.done() and asyncio.get_running_loop().time() > give_up_at:
                raise NoDownload(f"the download was not whole after {seconds:.0f} s")
        try:
            content = Path(coming.result()).read_bytes()
        except Error as error:
            raise NoDownload(f"the download broke off ({first_line(error)})") from None
    finally:
        if not coming.done():
            coming.cancel()
            with contextlib.suppress(Error, TimeoutError):
                await asyncio.wait_for(download.cancel(), 2)
        with contextlib.suppress(Error, TimeoutError):
            await asyncio.wait_for(download.delete(), 2)
    check(content, largest)
    return content


def check(content: bytes, largest: int = LARGEST) -> None:
    """Whether these bytes may be an export: what it holds is found out when it lands. Raises NoDownload."""
    if not 0 < len(content) <= largest:
        raise NoDownload(f"the download has {len(content):,} bytes, as no export has")
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if archive.infolist():
                    return
        except (zipfile.BadZipFile, ValueError, RuntimeError):
            pass
        raise NoDownload("the download is half an archive")
    head = _as_utf8(content[:1024]).lstrip(b"\xef\xbb\xbf").lstrip()
    first = head.splitlines()[0] if head else b""
    if head.startswith((b"<", b"{", b"[")) or b"\0" in head or not any(sign in first for sign in (b",", b";", b"\t")):
        raise NoDownload("the download is neither an archive nor a table")


def _as_utf8(head: bytes) -> bytes:
    """UTF-16, as a table may be saved in it, says so in its first two bytes."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace").encode()
    return head


def name_of(suggested: str, tab: str) -> str:
    """What it is handed over as: the name that TikTok gave is kept, as it proves the dates."""
    name = places.plain(suggested.replace("\\", "/").rsplit("/", 1)[-1]).lstrip("._~$ ")
    if not name or name.lower().endswith(UNFINISHED) or "." not in name:
        name = f"{tab.title()}.zip"
    return places.plain(f"{PREFIX}{name}", places.LONGEST - ROOM)


def size_below(folder: Path) -> int:
    """Bytes of all files there, so far."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total
