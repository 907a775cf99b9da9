"""Passwords and keys of the local Airflow: made once, kept in files only their owner can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from include.local.errors import LocalError
from include.local.folders import Folders

USERS = {"admin": "admin", "viewer": "viewer"}  # user name -> role of Airflow's simple auth manager


def keys(folders: Folders) -> dict[str, str]:
    """`jwt`, `api` and `fernet`: what Airflow signs and encrypts with. The same on every start."""
    path = folders.airflow / "keys.json"
    known = _read(path)
    fresh = {
        "jwt": secrets.token_urlsafe(64),
        "api": secrets.token_urlsafe(32),
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    if not fresh.keys() <= known.keys():
        known = {**fresh, **known}
        write_private(path, json.dumps(known))
    return known


def erasure_key(folders: Folders) -> str:
    """What people erased from the embedded database are remembered under: beside its data, gone only with it."""
    path = folders.local / "erasure-key.json"
    known = _read(path)
    if not known.get("erasure"):
        known = {"erasure": secrets.token_hex(32)}
        write_private(path, json.dumps(known))
    return str(known["erasure"])


def passwords_file(folders: Folders) -> Path:
    """The file Airflow reads its users' passwords from."""
    return folders.airflow / "passwords.json"


def passwords(folders: Folders, chosen: str | None = None) -> dict[str, str]:
    """User name -> password; generated on first use, `chosen` (AIRFLOW_PASSWORD) always wins for admin."""
    known = _read(passwords_file(folders))
    wanted = {user: known.get(user) or secrets.token_urlsafe(9) for user in USERS}
    if chosen:
        wanted["admin"] = chosen
    if wanted != known:
        write_private(passwords_file(folders), json.dumps(wanted))
    return wanted


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read at any moment."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LocalError(f"{path} cannot be read ({error}). Remove it to have a new one made.") from error
    return known if isinstance(known, dict) else {}
