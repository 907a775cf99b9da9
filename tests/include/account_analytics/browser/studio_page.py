"""The Studio-like page of the sandbox, and a browser that goes through it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from include.account_analytics.browser import chromium
from include.local.driven_sandbox import RunningSandbox

SESSION = "recognisable-s3ssion"
NOON = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
TODAY: date = NOON.date()
PLAIN: dict[str, Any] = {
    "session": SESSION,
    "expired": False,
    "language": "en",
    "renamed": {},
    "never_comes": False,
    "logs_out": 0,
    "asks_for_cookies": False,
}


def missing() -> str | None:
    """Why no browser can be driven here; None where one can."""
    try:
        import playwright  # noqa: F401

        chromium.find()
    except (ImportError, chromium.ChromiumMissing) as error:
        return f"needs a browser: {error}"
    return None


needs_browser = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def address(sandbox: RunningSandbox) -> str:
    return f"{sandbox.url}/tiktokstudio/analytics"


def state(session: str = SESSION) -> dict[str, Any]:
    """As Playwright saves it after somebody has logged in at the sandbox."""
    cookie = {"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/", "expires": -1}
    return {"cookies": [{**cookie, "httpOnly": True, "secure": False, "sameSite": "Lax"}], "origins": []}


def written(session: str = SESSION) -> str:
    return json.dumps(state(session))


def plain(sandbox: RunningSandbox, **looks: Any) -> None:
    """The page as it is without a fault, at noon, but for what is named."""
    sandbox.clear_faults()
    sandbox.clear_log()
    sandbox.set_clock(NOON, frozen=True)
    sandbox.studio(**{**PLAIN, **looks})


def downloads_left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]
