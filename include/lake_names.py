"""What an address of the lake looks like, and which names its files may have, so that every store can keep them."""

from __future__ import annotations

import contextlib
import re
import unicodedata

from include.lake_errors import LakeRefused

PARTS = ".parts"  # where files are written before they get their names, on disk
# Stores allow 1,024 bytes with the folder in front, disks 255 for each name.
LONGEST_KEY, LONGEST_NAME = 800, 255
BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


def place_of(uri: str) -> tuple[str, str]:
    """Scheme and root: ("file", "/folder") or ("s3", "bucket/folder"). Letters stand for themselves, '%' and '#' as well.

    Raises ValueError with the end of a sentence that begins with the setting's name.
    """
    scheme, _, rest = uri.partition("://")
    root = rest.rstrip("/")
    bucket, _, folder = root.partition("/")
    is_whole = root.startswith("/") if scheme == "file" else BUCKET.fullmatch(bucket) is not None
    inside = root[1:] if scheme == "file" else folder
    if scheme in {"file", "s3", "gs"} and is_whole:
        with contextlib.suppress(LakeRefused):
            if inside:
                checked(inside)
            return scheme, root
    raise ValueError(
        "must look like file:///folder/on/this/machine, s3://bucket/folder or gs://bucket/folder; names and passwords go into "
        "an Airflow connection"
    )


def checked(key: str) -> str:
    """`key` in NFC, when it is the relative path of a file that every store can keep. Raises LakeRefused."""
    normal = unicodedata.normalize("NFC", key)
    names = normal.split("/")
    if not all(names) or {".", ".."} & set(names):
        reason = "it must be a path below the lake, without '.', '..' or empty names"
    elif any(unicodedata.category(letter) in {"Cc", "Cs"} or letter == "\\" for letter in normal):
        reason = "it has a backslash, or a letter that cannot be shown"
    elif "?versionId=" in normal or names[0] == PARTS:
        reason = "this has a meaning of its own there"
    elif max(len(name.encode()) for name in names) > LONGEST_NAME or len(normal.encode()) > LONGEST_KEY:
        reason = f"names have at most {LONGEST_NAME} bytes and paths {LONGEST_KEY}"
    else:
        return normal
    raise LakeRefused(f"No file of the lake can be called {key[:100]!r}: {reason}.")
