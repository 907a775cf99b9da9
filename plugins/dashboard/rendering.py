"""Pages from templates: every value escaped, numbers and days written one way."""

from __future__ import annotations

import json
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from math import floor, log10
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from airflow.configuration import conf
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from plugins.dashboard.access import can_change, csrf_token, seen_by_reader

FOLDER = Path(__file__).with_name("templates")
NOTHING = "–"
SAID_ONCE = {"starred", "stored"}  # what was just done on a page: no link of it leads on with that
# Marks that turn the writing direction of all that follows; <bdi> keeps the rest of the page straight, these go.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MOST_MARKS = 2  # accents on one letter; more of them grow over the neighbouring rows


def write_page(request: Request, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    """The page `templates/<template>` with `values`; `user`, `may_change`, `csrf`, `link`, `numbered` … are always there."""
    user = getattr(request.state, "dashboard_user", None)
    text = _environment.get_template(template).render(
        **values,
        request=request,
        user=user.get_name() if user else None,
        may_change=can_change(request, user) if user else False,
        csrf=csrf_token(request, user) if user else "",
        menu=[entry for section in seen_by_reader(request) for entry in section.menu],
        numbered=count(1).__next__,
        link=lambda route, /, **parts: address_of(request, route, **parts),
        airflow=airflow_address,
        here=lambda at=None, **changes: _with_query(request, at or request.url.path, changes),
    )
    return HTMLResponse(text, status_code)


def address_of(request: Request, route: str, /, **parts: Any) -> str:
    """The path of the route of this name: below wherever Airflow mounted the application."""
    # request.url_for would ask Airflow's own application, which does not know our routes.
    return request.scope.get("root_path", "") + str(request.app.url_path_for(route, **parts))


def airflow_address(path: str) -> str:
    """The path of a page of Airflow's own, such as /dags/comets: below the path in Airflow's `base_url`, if it has one."""
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/") + path


def query_of(request: Request, route: str) -> str:
    """The query of the page of this name when a link there led here, so that a link back keeps what was chosen; else nothing."""
    came_from = urlsplit(request.headers.get("referer", ""))
    return came_from.query if came_from.path == address_of(request, route) else ""


def wants_html(request: Request) -> bool:
    """Whether a person's browser asks, not a program."""
    return "text/html" in request.headers.get("accept", "")


def number(value: int | float | Decimal | None) -> str:
    """48234 as 48,234; nothing as a dash."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def signed(value: int | float | Decimal | None) -> str:
    """1123 as +1,123; a real minus sign, so that columns line up."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{number(-value if value < 0 else value)}"


def percent(value: float | Decimal | None, digits: int = 2) -> str:
    """2.375 as +2.38 %."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{abs(value):,.{digits}f} %"


def share(value: float | Decimal | None, digits: int = 1) -> str:
    """0.934 as 93.4 %."""
    return NOTHING if value is None else f"{value * 100:.{digits}f} %"


def grown(percentage: float | Decimal | None, count: int | None) -> str:
    """Growth in percent with the sign of its count: one follower lost of a million is −0.00 %."""
    if percentage == 0 and count:
        return f"{'+' if count > 0 else '−'}{abs(percentage):.2f} %"
    return percent(percentage)


def duration(seconds: float | Decimal | None) -> str:
    """Seconds as 42 s, 7 min or 3 h 05 min."""
    if seconds is None:
        return NOTHING
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def money(value: float | Decimal | None) -> str:
    """Dollars: $12.30, and of less than one the tenths of a cent that calls cost, $0.180, or whatever it takes, $0.0004."""
    if value is None:
        return NOTHING
    if value >= 1 or value == 0:
        return f"${value:,.2f}"
    if value >= 0.001:
        return f"${value:.3f}"
    return f"${value:.6f}".rstrip("0") if value >= 0.000001 else "< $0.000001"


def unit_price(value: float | Decimal | None) -> str:
    """Dollars for one of something, in three digits that count: $1.23, $0.0134, $0.00253."""
    if value is None:
        return NOTHING
    if value >= 1 or value == 0:
        return f"${value:,.2f}"
    if value < 0.000001:
        return "< $0.000001"
    # The place of the first digit that is not 0, after the point.
    first = -floor(log10(value))
    return f"${value:.{first + 2}f}"


def day(value: date | None) -> str:
    """2026-11-05, as in every column of the database."""
    return NOTHING if value is None else value.isoformat()[:10]


def moment(value: datetime | None) -> str:
    """2026-11-05 02:14 UTC."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def person(text: str | None) -> Markup:
    """A handle, name or bio as its owner wrote it, made harmless: escaped, in a direction of its own, few accents."""
    calm = calmed(text or "")
    return Markup('<bdi class="person">{}</bdi>').format(calm) if calm.strip() else Markup("–")


def calmed(text: str) -> str:
    """Without control characters, without marks of direction, and with MOST_MARKS accents on a letter at most."""
    kept: list[str] = []
    marks = 0
    for letter in text:
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks > MOST_MARKS or letter in _DIRECTIONS or (kind == "Cc" and letter not in "\n\t"):
            continue
        kept.append(letter)
    return "".join(kept)


def initial(text: str | None) -> str:
    """The first letter or digit of a name, for the place of a missing face."""
    return next((letter.upper() for letter in text or "" if letter.isalnum()), "?")


def profile_address(handle: str) -> str:
    """The creator's page at TikTok."""
    return f"https://www.tiktok.com/@{quote(handle, safe='')}"


def as_data(value: Any) -> str:
    """JSON for a data-… attribute, where the template escapes it; days as texts, exact numbers as numbers."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a page's data")


def _with_query(request: Request, path: str, changes: dict[str, Any]) -> str:
    """`path` with this page's parameters, some of them changed; None takes one out."""
    asked = {name: value for name, value in request.query_params.items() if name not in SAID_ONCE}
    merged = {**asked, **changes}
    query = urlencode({name: value for name, value in merged.items() if value is not None})
    return f"{path}?{query}" if query else path


_environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    number=number,
    signed=signed,
    percent=percent,
    share=share,
    money=money,
    unit_price=unit_price,
    grown=grown,
    duration=duration,
    day=day,
    moment=moment,
    person=person,
    calm=calmed,
    initial=initial,
    profile_address=profile_address,
    data=as_data,
)
