"""One run of the pipeline: its day, whether it may call the API, and the settings it goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import psycopg

from include import database, migrations
from include import runs as shared
from include.calls import limiter
from include.comets import rules, trends
from include.runs import PAST_DAY, RunRefused, live_until, mode_on
from include.tikhub.endpoints import TRENDING_HASHTAGS_DAYS, TRENDING_HASHTAGS_LIMIT, is_country

PIPELINE = "comets"
MONTHS_AHEAD = 3
LONGEST_WAIT_DAYS = 28  # four weeks: a gap of more than 30 days would not be filled whole
# The trigger form has the same bounds; a run made in any other way meets them here.
LIMITS: Mapping[str, tuple[int, int]] = {
    "max_keywords": (1, 100),
    "pages_per_keyword": (1, 50),
    "min_followers": (0, 10**10),
    "max_followers": (0, 10**10),
    "min_views": (0, 10**12),
    "min_face_percent": (0, 100),
    "max_calls": (0, 10**7),
    "hashtags_per_country": (1, TRENDING_HASHTAGS_LIMIT),
    "users_per_word": (1, 100),
    "look_alikes": (0, 50),
}
MOST_COUNTRIES = 20


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """Sources of creators that the settings switch on for every day: as the params of these names, where a run says nothing."""

    countries: tuple[str, ...] = ()
    user_words: tuple[str, ...] = ()
    users_of_keywords: bool = False
    look_alikes: int = 0


NOTHING_MORE = SwitchedOn()


@dataclass(frozen=True, slots=True)
class Run:
    """What every task of a run knows; small enough to pass between tasks as JSON."""

    run_id: str
    day: date
    mode: Literal["live", "replay"]
    keywords: tuple[str, ...]
    hashtags: tuple[str, ...]
    max_keywords: int
    pages_per_keyword: int
    min_followers: int
    max_followers: int
    min_views: int
    min_face_percent: float
    skip_discovery: bool
    skip_roll_call: bool
    max_calls: int | None
    dry_run: bool
    longest_wait_days: int = LONGEST_WAIT_DAYS
    rules_version: str | None = None  # of the filters' rules, fixed by open_day; None: the shipped ones
    hashtag_countries: tuple[str, ...] = ()  # whose trending hashtags are searched as well; none unless switched on
    hashtag_days: int = TRENDING_HASHTAGS_DAYS[0]
    hashtags_per_country: int = 10
    user_words: tuple[str, ...] = ()  # by which people are searched; none unless switched on
    users_of_keywords: bool = False
    users_per_word: int = 10
    look_alikes: int = 0  # of so many graduates; none unless switched on

    @property
    def pipeline(self) -> str:
        return PIPELINE

    @property
    def is_replay(self) -> bool:
        return self.mode == "replay"

    def as_replay(self) -> Run:
        """The same run for a day that has ended meanwhile."""
        return replace(self, mode="replay")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "day": self.day.isoformat()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Run:
        return cls(
            **{
                **content,
                "day": date.fromisoformat(content["day"]),
                "keywords": tuple(content["keywords"]),
                "hashtags": tuple(content["hashtags"]),
                "hashtag_countries": tuple(content.get("hashtag_countries", ())),
                "user_words": tuple(content.get("user_words", ())),
            }
        )


def what_to_do(day: date, failed: Sequence[str], now: datetime) -> str:
    """What a red report says: as long as the day is live its tasks can call again, later nothing is measured for it."""
    if now < live_until(day):
        return f"The day is not complete: clear {', '.join(failed)} with everything downstream."
    return f"The day is not complete: {', '.join(failed)}. {PAST_DAY}"


def plan(
    run_id: str,
    day: date,
    now: datetime,
    params: Mapping[str, Any],
    default_hashtags: tuple[str, ...],
    longest_wait_days: int = LONGEST_WAIT_DAYS,
    switched_on: SwitchedOn = NOTHING_MORE,
) -> Run:
    """The run that `params` ask for. Raises RunRefused naming the param that makes no sense, or contradicts another."""
    _check_numbers(params)
    hashtags = tuple(params["hashtags"]) if params["hashtags"] else default_hashtags
    keywords = tuple(_word("keywords", word) for word in params["keywords"] or ())
    for hashtag in hashtags:
        _word("hashtags", hashtag)
    return Run(
        run_id=run_id,
        day=day,
        mode=mode_on(day, now),
        keywords=keywords,
        hashtags=hashtags,
        max_keywords=int(params["max_keywords"]),
        pages_per_keyword=int(params["pages_per_keyword"]),
        min_followers=int(params["min_followers"]),
        max_followers=int(params["max_followers"]),
        min_views=int(params["min_views"]),
        min_face_percent=float(params["min_face_percent"]),
        skip_discovery=params["skip_discovery"],
        skip_roll_call=params["skip_roll_call"],
        max_calls=None if params["max_calls"] is None else int(params["max_calls"]),
        dry_run=params["dry_run"],
        longest_wait_days=longest_wait_days,
        hashtag_countries=_countries(params["hashtag_countries"] or switched_on.countries),
        hashtag_days=_days(params["hashtag_days"]),
        hashtags_per_country=int(params["hashtags_per_country"]),
        user_words=tuple(_word("user_words", word) for word in params["user_words"] or switched_on.user_words),
        users_of_keywords=params["users_of_keywords"] or switched_on.users_of_keywords,
        users_per_word=int(params["users_per_word"]),
        look_alikes=int(params["look_alikes"]) or switched_on.look_alikes,
    )


def _check_numbers(params: Mapping[str, Any]) -> None:
    for name, (least, most) in LIMITS.items():
        value = params[name]
        if value is None and name == "max_calls":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise RunRefused(f"{name} is {value!r}: write a number from {least:,} to {most:,}.")
        if name != "min_face_percent" and value != int(value):
            raise RunRefused(f"{name} is {value!r}: write a whole number from {least:,} to {most:,}.")
    if params["min_followers"] > params["max_followers"]:
        raise RunRefused(
            f"min_followers ({params['min_followers']:,}) is above max_followers ({params['max_followers']:,}): "
            "no creator can be in that band. Swap them."
        )


def _countries(given: Sequence[str]) -> tuple[str, ...]:
    countries = tuple(dict.fromkeys(str(country).strip().upper() for country in given))
    wrong = next((country for country in countries if not is_country(country)), None)
    if wrong is not None:
        raise RunRefused(f"hashtag_countries holds {wrong[:40]!r}: write countries with two letters, as US or JP.")
    if len(countries) > MOST_COUNTRIES:
        raise RunRefused(f"hashtag_countries holds {len(countries)} countries: {MOST_COUNTRIES} are the most.")
    return countries


def _days(given: Any) -> int:
    if isinstance(given, bool) or given not in TRENDING_HASHTAGS_DAYS:
        raise RunRefused(f"hashtag_days is {given!r}: write {' or '.join(map(str, TRENDING_HASHTAGS_DAYS))}.")
    return int(given)


def _word(name: str, given: str) -> str:
    word = trends.normalise(given)
    if not any(letter.isalnum() for letter in word):
        raise RunRefused(f"{name} holds {given[:40]!r}, which has no letter or digit: nothing can be searched by it.")
    if len(word) > trends.LONGEST_KEYWORD:
        raise RunRefused(
            f"{name} holds a text of {len(word):,} characters ({word[:40]!r}…): "
            f"a search takes at most {trends.LONGEST_KEYWORD}."
        )
    return word


def open_day(
    connection: psycopg.Connection[Any],
    run: Run,
    calls_per_second: float,
    shipped: rules.Contents | None = None,
) -> Run:
    """Check the schema, make partitions ahead, set the pace, and enter the run with its budget and its rules.

    Returns the run with the version of the rules that all its tasks go by; without the filters' `shipped` ones none is chosen.
    Clearing and running it again starts the run's budget and stop mark anew, as a person who clears it expects.
    Raises RunRefused and RulesUnusable.
    """
    migrations.check(connection)
    with database.transaction(connection):
        database.rows(connection, "housekeeping/make_partitions", {"day": run.day, "months": MONTHS_AHEAD})
        if shipped is not None:
            version, percent = rules.fix(
                connection,
                shipped,
                run_id=run.run_id,
                day=run.day,
                is_replay=run.is_replay,
                keeps_shipped=not run.dry_run,
                face_percent=run.min_face_percent,
            )
            run = replace(run, rules_version=version, min_face_percent=percent)
        shared.open_run(connection, run, run.as_json(), run.max_calls, _discovery_calls(connection, run))
        # After the run's line, in the order in which a turn locks the two.
        limiter.set_rate(connection, calls_per_second)
    return run


def _discovery_calls(connection: psycopg.Connection[Any], run: Run) -> int | None:
    """The roll call has first claim on a budget: one call for each creator due."""
    if run.max_calls is None or run.skip_roll_call:
        return run.max_calls
    return max(0, run.max_calls - database.one(connection, "comets/count_due", {"day": run.day})["due"])


def close_interrupted(
    connection: psycopg.Connection[Any], run_id: str, is_going: Callable[[str], bool | None] = lambda _: None
) -> list[str]:
    """As `include.runs` does; a roll call that is at work on its batches is a sign of life too."""
    found = database.rows(connection, "comets/find_planned_lately", {"seconds": shared.SILENT_SECONDS})
    at_work = {row["run_id"] for row in found}
    return shared.close_interrupted(connection, PIPELINE, run_id, is_going, at_work)
