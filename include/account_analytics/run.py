"""One run of the pipeline: its day, and what it was asked to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self

import psycopg

from include import migrations
from include import runs as shared
from include.account_analytics import accounts
from include.account_analytics.reading.formats import Catalogue
from include.extras import require
from include.runs import RunRefused, mode_on

PIPELINE = "account_analytics"
ALL = "all"
LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class Run:
    """What every task of a run knows; small enough to pass between tasks as JSON.

    `accounts`: only these are worked on; none: all. `since`: only what came into the drop folder from this day on.
    `reprocess`: what is read anew from landing: `all`, an account, or a format; none: only what is new.
    """

    run_id: str
    day: date
    accounts: tuple[str, ...] = ()
    since: date | None = None
    reprocess: str | None = None
    strict: bool = False
    dry_run: bool = False

    @property
    def pipeline(self) -> str:
        return PIPELINE

    @property
    def is_replay(self) -> bool:
        """Whatever its day, a run works on what is there now: there is nothing to replay."""
        return False

    def as_replay(self) -> Self:
        return self

    def concerns(self, account: str | None) -> bool:
        return not self.accounts or account is None or account in self.accounts

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "day": self.day.isoformat(),
            "since": self.since.isoformat() if self.since else None,
            "accounts": list(self.accounts),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Run:
        since = content["since"]
        return cls(
            **{
                **content,
                "day": date.fromisoformat(content["day"]),
                "since": date.fromisoformat(since) if since else None,
                "accounts": tuple(content["accounts"]),
            }
        )


def plan(run_id: str, day: date, now: datetime, params: Mapping[str, Any]) -> Run:
    """The run that `params` ask for. Raises RunRefused naming the param that makes no sense."""
    mode_on(day, now)  # refuses a day to come
    return Run(
        run_id=run_id,
        day=day,
        accounts=tuple(sorted({_word("accounts", name).lstrip("@").lower() for name in params["accounts"] or ()})),
        since=_day("since", params["since"]),
        reprocess=_word("reprocess", params["reprocess"]).lstrip("@").lower() if params["reprocess"] else None,
        strict=bool(params["strict"]),
        dry_run=bool(params["dry_run"]),
    )


def open_run(connection: psycopg.Connection[Any], run: Run) -> Run:
    """Check that the extra is there, the schema fits and what is read anew is known, and enter the run. Raises RunRefused."""
    require("analytics")
    migrations.check(connection)
    _check_reprocess(connection, run)
    shared.open_run(connection, run, run.as_json())
    return run


def _check_reprocess(connection: psycopg.Connection[Any], run: Run) -> None:
    """A name that nobody knows would read nothing anew, and the run would be green."""
    if run.reprocess in {None, ALL}:
        return
    formats = {form.name for form in Catalogue.load().formats}
    known = {row["account"] for row in accounts.read_all(connection)}
    if run.reprocess not in formats | known:
        listed = ", ".join(sorted(formats))
        raise RunRefused(f"reprocess is {run.reprocess!r}: write {ALL}, an account, or one of the formats {listed}.")


def _word(name: str, text: Any) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_WORD:
        raise RunRefused(f"{name} holds {str(text)[:40]!r}: write a name.")
    return text.strip()


def _day(name: str, text: Any) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise RunRefused(f"{name} is {text!r}: write a day as 2026-11-02, or leave it empty.") from None
