"""The page for who is not let in: one file without scripts, since all other files are for those who are."""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from starlette.responses import HTMLResponse

from plugins.dashboard.access import seen_by_reader
from plugins.dashboard.rendering import FOLDER, address_of, airflow_address, write_page

# The very text that stands in the page: its hash is all that this answer's policy allows.
STYLE = (FOLDER / "sign_in.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_HASH}'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


def page(request: Request, status: int, text: str) -> HTMLResponse:
    """401 with a link to Airflow's log-in that leads back here, and from a form, whose contents are gone, to the first page.

    Any other status: the reason, for somebody who is signed in already, and a link to the pages they may see, if any.
    """
    is_form = request.method not in {"GET", "HEAD"}
    back = address_of(request, "home") if is_form else _asked(request)
    answer = write_page(
        request,
        "sign_in.html",
        status_code=status,
        text=text,
        style=STYLE,
        is_stranger=status == HTTPStatus.UNAUTHORIZED,
        is_form=is_form,
        may_see_others=bool(seen_by_reader(request)),
        # Airflow itself knows which log-in is configured, and leads nowhere but to its own addresses afterwards.
        address=f"{airflow_address('/api/v2/auth/login')}?next={quote(back, safe='')}",
    )
    answer.headers["content-security-policy"] = POLICY
    return answer


def _asked(request: Request) -> str:
    """Path and query as they were asked for, below Airflow's own path even where a proxy has taken that away."""
    raw = request.scope.get("raw_path")
    path = raw.decode("ascii", "replace").partition("?")[0] if raw else quote(request.scope["path"])
    base = airflow_address("")
    if base and not path.startswith(f"{base}/"):
        path = base + path
    query = request.scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path
