"""What a digest is to the channels that carry it: texts about a day, whoever wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Occasion:
    """The end of a run: its id, the day it is about, and the address of the pages."""

    run_id: str
    day: date
    pages: str


@dataclass(frozen=True, slots=True)
class Message:
    """News of a pipeline's day. `text` is in Slack's format, `html` for a mail; both are escaped by who wrote them.

    `fingerprint` is the same for what would read the same.
    """

    pipeline: str
    day: date
    subject: str
    text: str
    html: str
    fingerprint: str
