"""One run of the pipeline: its day, and what it was asked to look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal, Self

import psycopg

from include import migrations
from include import runs as shared
from include.extras import require
from include.runs import RunRefused, mode_on
from include.video_research.processing.errors import EngineUnavailable
from include.video_research.processing.speech.weights import DEFAULT, find_weights
from include.video_research.queries import QueryRefused, made
from include.video_research.records import Bounds

PIPELINE = "video_research"
RESUMES = ("on", "strict", "off")
LIMITS = {
    "start": (0, 10**6),
    "count": (1, 1000),
    "max_results": (1, 100),
    "max_frames": (1, 120),
    "min_views": (0, 10**12),
}
# Airflow makes no more mapped instances of a task than this.
MOST_INSTANCES = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """What every task of a run knows; small enough to pass between tasks as JSON.

    `query`: this one alone is asked; none: `count` of the table's from `start` on. `made_up`: questions that stand in where
    nobody has asked any. `is_paid`: whether there is a key, so that a search may cost money.
    """

    run_id: str
    day: date
    start: int = 0
    count: int = 10
    query: str | None = None
    max_results: int = 20
    whisper_model: str | None = None
    dry_run: bool = False
    resume: Literal["on", "strict", "off"] = "on"
    max_frames: int = 20
    include_video: bool = False
    keep: bool = False
    require_speech: bool = False
    published_after: date | None = None
    min_views: int = 0
    made_up: tuple[str, ...] = ()

    @property
    def pipeline(self) -> str:
        return PIPELINE

    @property
    def bounds(self) -> Bounds:
        """Which videos it wants."""
        return Bounds(self.published_after, self.min_views)

    @property
    def is_replay(self) -> bool:
        """Whatever its day, a run looks for what can be found now; the same search of a day is not paid for twice."""
        return False

    def as_replay(self) -> Self:
        return self

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "day": self.day.isoformat(),
            "published_after": self.published_after.isoformat() if self.published_after else None,
            "made_up": list(self.made_up),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Run:
        after = content["published_after"]
        return cls(
            **{
                **content,
                "day": date.fromisoformat(content["day"]),
                "published_after": date.fromisoformat(after) if after else None,
                "made_up": tuple(content["made_up"]),
            }
        )


def plan(run_id: str, day: date, now: datetime, params: Mapping[str, Any], made_up: tuple[str, ...] = ()) -> Run:
    """The run that `params` ask for. Raises RunRefused naming the param that makes no sense, or the day to come."""
    mode_on(day, now)
    numbers = {name: _number(name, params[name], least, most) for name, (least, most) in LIMITS.items()}
    resume = params["resume"]
    if resume not in RESUMES:
        raise RunRefused(f"resume is {resume!r}: write {', '.join(RESUMES)}.")
    return Run(
        run_id=run_id,
        day=day,
        query=_query(params["query"]),
        whisper_model=str(params["whisper_model"] or "").strip() or None,
        dry_run=bool(params["dry_run"]),
        resume=resume,
        include_video=bool(params["include_video"]),
        keep=bool(params["keep"]),
        require_speech=bool(params["require_speech"]),
        published_after=_day(params["published_after"], day),
        made_up=made_up if not params["query"] else (),
        **numbers,
    )


def open_run(connection: psycopg.Connection[Any], run: Run, max_calls: int | None) -> None:
    """Check that the extra is there and the schema fits, and enter the run with the paid calls that it may make."""
    require("media")
    _check_model(run.whisper_model)
    migrations.check(connection)
    shared.open_run(connection, run, run.as_json(), max_calls)


def _check_model(model: str | None) -> None:
    """A name that was mistyped would have a lesser engine write everything down anew, what the right one wrote as well."""
    if model is None or model == DEFAULT:
        return
    try:
        find_weights(model)
    except EngineUnavailable as error:
        raise RunRefused(f"whisper_model is {model!r}. {error}") from None


def _number(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
        raise RunRefused(f"{name} is {value!r}: write a whole number from {least:,} to {most:,}.")
    if not least <= value <= most:
        raise RunRefused(f"{name} is {value!r}: write a number from {least:,} to {most:,}.")
    return int(value)


def _query(text: Any) -> str | None:
    if text is None or not str(text).strip():
        return None
    asked = " ".join(str(text).split())
    try:
        made(asked)
    except QueryRefused as error:
        raise RunRefused(f"query cannot be asked: {error}.") from None
    return asked


def _day(text: Any, today: date) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        raise RunRefused(f"published_after is {text!r}: write a day as 2026-11-02, or leave it empty.") from None
    if day > today:
        raise RunRefused(f"published_after is {day}, which is to come: no video is that new.")
    return day
