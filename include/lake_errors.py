"""What can go wrong at the lake, whichever store it is in, and what a person can do about it."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable

from include.failures import NeedsPerson

# What the stores' libraries call the lack of an account, or of a valid one.
NO_ACCOUNT = re.compile(r"Credential|RefreshError|TokenRetrieval|ProfileNotFound|SSOToken")


class LakeError(Exception):
    """The lake did not do what was asked of it; trying again may help."""


class LakeRefused(NeedsPerson, LakeError):
    """A person has to change something first; the message says what."""


class NotInLake(LakeError):
    """There is no file of this key."""


class Damaged(LakeError):
    """What arrived is not what was sent."""


def explained(error: Exception, uri: str, key: str, lacks_bucket: Callable[[], bool]) -> LakeError:
    """An error of a disk or of a store's library in our words; `lacks_bucket` is asked where that may be the reason."""
    said = " ".join(str(error).split())[:200] or type(error).__name__
    is_missing = isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError)
    code = error.errno if isinstance(error, OSError) else None
    if is_missing and lacks_bucket():
        return LakeRefused(f"{uri}: there is no bucket {uri.split('/')[2]!r}. Make it, or name another one.")
    if is_missing:
        return NotInLake(f"{uri}/{key} is not there.")
    if NO_ACCOUNT.search(f"{type(error).__name__} {said}"):
        names = (
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" if uri.startswith("s3:") else "GOOGLE_APPLICATION_CREDENTIALS"
        )
        return LakeRefused(f"{uri}: no account ({said}). Define its Airflow connection, or set {names}.")
    if (
        code in {errno.EACCES, errno.EPERM, errno.EROFS}
        or isinstance(error, PermissionError)
        or said.startswith("Forbidden")
        or str(getattr(error, "code", "")) in {"401", "403"}
    ):
        return LakeRefused(f"{uri}: no right to do this ({said}). Give this account the right to read and write there.")
    if code in {errno.ENOSPC, errno.EDQUOT}:
        return LakeRefused(f"{uri}: the disk is full. Make room there.")
    return LakeError(f"{uri}/{key}: {type(error).__name__}: {said}")
