"""What a digest is to the channels that carry it: texts about a day, whoever wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Channel = Literal["mail", "webhook"]


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


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person asked to be told: `text` is in Slack's format, `html` for a mail to `address`; both are escaped.

    `address` is None for who wants no mail. `alert_ids` are what is noted once it was sent.
    """

    reader: str
    address: str | None
    subject: str
    text: str
    html: str
    alert_ids: tuple[int, ...]
