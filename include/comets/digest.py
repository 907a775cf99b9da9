"""What a day has to tell: new comets, top growers, graduates, and what went wrong; nothing when nothing happened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include import database
from include.coverage import Coverage
from include.database import Row
from include.digest.message import Message, Occasion
from include.digest.texts import calmed, escaped
from include.runs import PAST_DAY, live_until

MOST_NAMED = 5
# Half of a band's creators move by less than half a percent a day: this is news.
NEWS_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class Digest:
    """A day in short. `problems` is empty for a complete day; `new_comets` and `graduates` count all, not the named ones.

    `coverage` is measured ÷ due in words, "" where it is not known.
    """

    day: date
    problems: tuple[str, ...]
    new_comets: int
    graduates: int
    comets: tuple[Row, ...]
    growers: tuple[Row, ...]
    graduated: tuple[Row, ...]
    pages: str
    coverage: str = ""

    @property
    def has_news(self) -> bool:
        return bool(self.problems or self.new_comets or self.graduates or self.growers)

    @property
    def fingerprint(self) -> str:
        """The same for what would read the same: SHA-256 of the text, hexadecimal. One creator more who was measured at a second
        try is no news.
        """
        return hashlib.sha256(f"{subject(self)}\n{as_text(replace(self, coverage=''))}".encode()).hexdigest()


def news(connection: psycopg.Connection[Any], occasion: Occasion, now: datetime) -> Message | None:
    """What there is to tell at the end of a run; None when nothing happened."""
    found = read_digest(connection, occasion.run_id, occasion.day, occasion.pages, now)
    return _as_message(found) if found is not None and found.has_news else None


def unread(occasion: Occasion) -> Message:
    """What to tell when the database cannot be asked."""
    return _as_message(could_not_begin(occasion.day, occasion.pages))


def read_digest(
    connection: psycopg.Connection[Any], run_id: str, day: date, pages: str, now: datetime | None = None
) -> Digest | None:
    """The digest of a run; None for a replay or a dry run, which tell nothing new.

    `now` tells whether a red day can still be mended. `day` is what the run is about where it left no line (it could not
    begin); `pages` is the address of the pages.
    """
    found = database.rows(connection, "comets/digest/read_run", {"run_id": run_id})
    if not found:
        return could_not_begin(day, pages)
    run = found[0]
    if run["mode"] != "live" or run["dry_run"]:
        return None
    about = {"day": run["day"], "most": MOST_NAMED}
    comets = database.rows(connection, "comets/digest/read_new_comets", about)
    growers = database.rows(connection, "comets/digest/read_growers", {**about, "least_percent": NEWS_PERCENT})
    graduates = database.rows(
        connection, "comets/digest/read_graduates", {**about, "max_followers": run["max_followers"]}
    )
    return Digest(
        run["day"],
        tuple(_problems(run, is_past=now is not None and now >= live_until(run["day"]))),
        comets[0]["found"] if comets else 0,
        graduates[0]["found"] if graduates else 0,
        tuple(comets),
        tuple(growers),
        tuple(graduates),
        pages,
        "" if run["due"] is None else f"Coverage: {Coverage(run['measured'], run['due'])}",
    )


def could_not_begin(day: date, pages: str) -> Digest:
    """The digest of a day that left nothing to read."""
    return Digest(day, ("The day could not begin: see the log of open_day.",), 0, 0, (), (), (), pages)


def subject(digest: Digest) -> str:
    """One line, of numbers alone: it goes into a mail's header."""
    parts = [
        "the day is not complete" if digest.problems else "",
        _count(digest.new_comets, "new comet"),
        _count(digest.graduates, "graduate"),
    ]
    return f"Cometwatch {digest.day}: {', '.join(part for part in parts if part) or 'growth to look at'}"


def as_text(digest: Digest) -> str:
    """For a webhook in Slack's format: names are escaped, so that none becomes a link or calls a channel."""
    lines = [f"*{subject(digest)}*"]
    lines += [f":red_circle: {escaped(problem)}" for problem in digest.problems]
    if digest.comets:
        lines.append("*New comets*" + _more(digest.new_comets, len(digest.comets)))
        lines += [
            f"• {_link(digest, row)} {row['follower_count']:,} followers, found under {escaped(row['keyword'] or 'a trend')}"
            for row in digest.comets
        ]
    if digest.growers:
        lines.append("*Top growers since yesterday*")
        lines += [
            f"• {_link(digest, row)} {row['growth']:+,} ({row['percent']:+.2f} %), now {row['follower_count']:,}"
            for row in digest.growers
        ]
    if digest.graduated:
        lines.append("*Left the band upwards*" + _more(digest.graduates, len(digest.graduated)))
        lines += [f"• {_link(digest, row)} {row['follower_count']:,} followers" for row in digest.graduated]
    lines += [digest.coverage] if digest.coverage else []
    lines.append(f"<{digest.pages}/comets|Ranking> · <{digest.pages}/runs/{digest.day}|the day>")
    return "\n".join(lines)


def as_html(digest: Digest) -> str:
    """For a mail; every value escaped."""
    return _template().render(digest=digest, subject=subject(digest), calmed=calmed, quote=quote)


def _as_message(digest: Digest) -> Message:
    return Message("comets", digest.day, subject(digest), as_text(digest), as_html(digest), digest.fingerprint)


def _problems(run: Row, *, is_past: bool) -> list[str]:
    if run["state"] == "complete":
        return []
    problems = list(run["failed_checks"])
    if run["stopped_because"]:
        problems.append(run["stopped_because"])
    if run["failed_tasks"]:
        remedy = PAST_DAY if is_past else "Clear them with everything downstream."
        problems.append(f"Red: {', '.join(run['failed_tasks'])}. {remedy}")
    return problems or ["The day is not complete: see its page."]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""


def _more(count: int, named: int) -> str:
    return f" ({count:,}, the largest {named})" if count > named else ""


def _link(digest: Digest, row: Row) -> str:
    address = f"{digest.pages}/creators/{quote(row['user_id'], safe='')}"
    return f"<{address}|@{escaped(calmed(row['handle'] or row['user_id']).replace('|', '¦'))}>"


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html")
