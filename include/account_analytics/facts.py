"""What the steps of `account_analytics` hand to each other: what a file is, what its labels say, what was made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from include.failures import NeedsPerson

API = "api"  # the family of the answers of TikTok's API, whose days are UTC days by its reference
YearBasis = Literal["file", "name", "member_time", "video_ids", "overlap", "anchor", "answer", "none"]
ShiftBasis = Literal["documented", "overlap", "anchor", "sibling", "assumed"]


class Refused(NeedsPerson, ValueError):
    """A file, or one report of it, is not taken; the message says what it is and what to do.

    `code` is one word for tables and tests (`zip_bomb`, `encrypted`, `personal_data`, `duplicate_label`, …). Of what is not
    `is_kept` no copy may be made.
    """

    def __init__(self, code: str, message: str, *, is_kept: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.is_kept = is_kept


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """The day that a row writes: month and day, and the year where the file has one (business exports)."""

    month: int
    day: int
    year: int | None = None


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What the name `Report_<start>_<epoch>_<handle>` of an export says; None for what it does not.

    `ends_at`: the epoch, in UTC: the last row's day at the export's time of day.
    """

    report: str | None = None
    start: date | None = None
    ends_at: datetime | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One export in which a member was seen, and what that proves about its dates.

    `written_at` is the member's time inside the ZIP, in UTC. `companions` are the SHA-256 of the members that came with it, in
    the same ZIP or in the same folder of one drop: they witness for each other.
    """

    export_sha256: str
    landed_at: datetime
    name: NameFacts = NameFacts()
    written_at: datetime | None = None
    companions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Post:
    """A row of Content: its video, when TikTok says it was posted, and as of which label the counts stand (`seen`).

    The upload second is in the id: `int(video_id) >> 32`.
    """

    video_id: str
    posted: Label | datetime | None
    seen: Label | None = None


@dataclass(frozen=True, slots=True)
class MemberRows:
    """A member as dating needs it: its day rows in the file's order, and the posts of a Content report.

    `metrics` has a value for each label, None where the file says nothing; names as in `data/formats.toml`
    (`video_views`, `profile_views`, `likes`, `comments`, `shares`, `followers`, `total_viewers`, …). `lines` has the line of
    the file for each label, where it is known; `rows` counts the rows of a report without labels (0: only a header).
    """

    sha256: str
    account: str
    family: str  # studio, business, api
    report: str  # overview, viewers, follower_history, follower_activity, content, follower_gender, …
    labels: tuple[Label, ...] = ()
    metrics: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    lines: tuple[int, ...] = ()
    rows: int | None = None
    # What was worked out of it: it is asked for the same many times.
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person knows. `subject` is what it is about: a member's or export's SHA-256, a folder, a header.

    `candidates` are the answers to choose from; empty where the answer is a free text.
    """

    kind: Literal["year", "other_account", "two_handles", "unknown_header", "unknown_account", "reach"]
    subject: str
    text: str
    candidates: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dated:
    """When the rows of a member happened. The n-th label's true day is `first_label + n days − label_shift`.

    With a `question` or a `refusal` the member waits, or is quarantined: nothing of it is staged. `days`: every day on which
    a report without day labels of its own (gender, territories, business videos) was downloaded; `first_label` is the first.
    """

    sha256: str
    first_label: date | None
    year_basis: YearBasis
    label_shift: int = 0
    shift_basis: ShiftBasis = "assumed"
    exported_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    question: Question | None = None
    refusal: Refused | None = None
    days: tuple[date, ...] = ()
