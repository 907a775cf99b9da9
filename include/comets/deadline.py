"""Is today complete by its deadline? The counts of a missed day never come back, so somebody has to know while there is time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from html import escape
from typing import Any

import psycopg

from include import database
from include.digest.message import Message, Occasion
from include.digest.texts import escaped
from include.runs import live_until

# What was said about the deadline is noted apart from the day's digest: each is sent once for what is the same.
TOLD_AS = "comets_deadline"


@dataclass(frozen=True, slots=True)
class Lateness:
    """A day that is not complete: what is the matter, why, and what to do; `unmeasured` creators are due and not measured yet."""

    day: date
    matter: str
    reasons: tuple[str, ...]
    remedy: str
    measured: int
    unmeasured: int

    @property
    def counted(self) -> str:
        return f"Measured so far: {self.measured:,}. Still to be measured: {self.unmeasured:,}."

    def __str__(self) -> str:
        return " ".join((self.matter, *self.reasons, self.counted, self.remedy))


def moment(day: date, deadline: time) -> datetime:
    """When a day has to be complete, in UTC."""
    return datetime.combine(day, deadline, UTC)


def lateness(connection: psycopg.Connection[Any], day: date) -> Lateness | None:
    """What is the matter with a day that has to be complete now; None when it is, or nobody is there to be measured."""
    stands = database.one(connection, "comets/digest/read_lateness", {"day": day})
    if stands["is_complete"] or (stands["state"] is None and not stands["has_roster"]):
        return None
    until = f"{live_until(day):%Y-%m-%d %H:%M} UTC; the counts of a missed day never come back"
    reasons: tuple[str, ...] = ()
    if stands["state"] is None:
        matter = "There is no run of today."
        remedy = f"See whether the DAG comets is switched on and the scheduler runs, and trigger it before {until}."
    elif stands["state"] == "running":
        matter = "The run of today is not at its end."
        remedy = f"See what it waits for. It can go on until {until}."
    else:
        matter = "The run of today is over and not complete."
        because = [stands["stopped_because"]] if stands["stopped_because"] else []
        red = [f"Red: {', '.join(stands['failed_tasks'])}."] if stands["failed_tasks"] else []
        reasons = (*(stands["failed_checks"] or ()), *because, *red)
        remedy = f"Clear what is red with everything downstream, or trigger comets again, before {until}."
    return Lateness(day, matter, reasons, remedy, stands["measured"], stands["unmeasured"])


def news(connection: psycopg.Connection[Any], occasion: Occasion, now: datetime) -> Message | None:
    """What to tell of the day of this run; None for a day that is over, or complete."""
    late = lateness(connection, occasion.day) if now < live_until(occasion.day) else None
    return None if late is None else as_message(late, occasion)


def unread(occasion: Occasion) -> Message:
    """What to tell when the database cannot be asked."""
    remedy = f"Have it running before {live_until(occasion.day):%Y-%m-%d %H:%M} UTC; see the log of look."
    return _message(occasion, "Whether the day is complete is not known.", ["The database does not answer.", remedy])


def as_message(late: Lateness, occasion: Occasion) -> Message:
    """One message for each thing that may be the matter: a creator more who is measured is no news."""
    return _message(occasion, late.matter, [*late.reasons, late.counted, late.remedy])


def _message(occasion: Occasion, matter: str, said: Sequence[str]) -> Message:
    subject = f"Cometwatch {occasion.day}: late. {matter}"
    address = f"{occasion.pages}/runs/{occasion.day}"
    text = [f"*{subject}*", *map(escaped, said), f"<{address}|the day>"]
    html = [f"<h1>{escape(subject)}</h1>", *(f"<p>{escape(line)}</p>" for line in said)]
    html.append(f'<p><a href="{escape(address)}">The day</a></p>')
    fingerprint = hashlib.sha256(f"{occasion.day} {matter}".encode()).hexdigest()
    return Message(TOLD_AS, occasion.day, subject, "\n".join(text), "\n".join(html), fingerprint)
