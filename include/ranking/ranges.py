"""Ranges of the ranking as people type them: what each bound means, and what to write where one means nothing."""

# Annotations are not put off here: the pages' parameters inherit from Bounds, and are read where these names are not known.
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from include.digest.texts import calmed

LONGEST_BOUND, LONGEST_LANGUAGE, LONGEST_HASHTAG = 30, 20, 100
# Beyond these a bound leaves nobody in or nobody out, and the database has no such number.
MOST_COUNT, MOST_PERCENT, MOST_DAYS = 10**15, Decimal(10**9), 36_500
_GROUPED = re.compile(r"\d{1,3}([ ,_\u00a0\u202f]\d{3})+")
_COUNT = re.compile(r"(\d+)(\.\d+)?([km]?)")
_PERCENT = re.compile(r"([+-]?)(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
Bound = Annotated[str, Field(max_length=LONGEST_BOUND)]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an address asks for between two bounds, as it was typed; empty: nothing is asked."""

    followers_from: Bound = ""
    followers_to: Bound = ""
    growth_from: Bound = ""
    growth_to: Bound = ""
    engagement_from: Bound = ""
    engagement_to: Bound = ""
    plays_from: Bound = ""
    plays_to: Bound = ""
    above_from: Bound = ""
    above_to: Bound = ""
    best_from: Bound = ""
    best_to: Bound = ""
    per_follower_from: Bound = ""
    per_follower_to: Bound = ""
    weekly_from: Bound = ""
    weekly_to: Bound = ""
    post_from: Bound = ""
    post_to: Bound = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One range: the beginning of its two parameters, its title, what a bound is, how it is read, and an example."""

    name: str
    title: str
    asked: str
    read: Callable[[str], Any]
    example: str


def read_count(text: str) -> int | None:
    """10000, 10,000, 10 000, 10k and 1.5m; None for what is no whole number."""
    plain = text.strip().lower()
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"\D", "", plain)
    match = _COUNT.fullmatch(plain)
    if match is None:
        return None
    whole, rest, unit = match.groups()
    count = Decimal(whole + (rest or "")) * {"": 1, "k": 1_000, "m": 1_000_000}[unit]
    return min(int(count), MOST_COUNT) if count == int(count) else None


def read_percent(text: str) -> Decimal | None:
    """5, 2.5, -1 and 5 %, with either minus; None for what is no number."""
    match = _PERCENT.fullmatch(text.strip().replace("−", "-").removesuffix("%").rstrip())
    return None if match is None else min(MOST_PERCENT, Decimal(match[2])) * (-1 if match[1] == "-" else 1)


def read_number(text: str) -> Decimal | None:
    """10, 2.5, 10,000 and 10 ×; None for what is none, or is below 0."""
    plain = text.strip().removesuffix("×").rstrip()
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"\D", "", plain)
    return min(MOST_PERCENT, Decimal(plain)) if _NUMBER.fullmatch(plain) else None


def read_days(text: str) -> int | None:
    """A whole number of days."""
    count = read_count(text)
    return None if count is None else min(count, MOST_DAYS)


KINDS = (
    Kind("followers", "Followers", "a whole number", read_count, "10000 or 10k"),
    Kind("growth", "Growth in percent", "a number", read_percent, "2.5 or -1"),
    Kind("engagement", "Engagement in percent", "a number", read_percent, "8.5"),
    Kind("plays", "Median plays", "a whole number", read_count, "5000 or 5k"),
    Kind("above", "Videos above 10,000 plays, in percent", "a number", read_percent, "30"),
    Kind("best", "Best video by median plays", "a number", read_number, "10 or 2.5"),
    Kind("per_follower", "Median plays by followers", "a number", read_number, "0.5"),
    Kind("weekly", "Posts a week", "a number", read_number, "3.5"),
    Kind("post", "Last post, days ago", "a whole number of days", read_days, "14"),
)


SHARES = ("engagement_from", "engagement_to", "above_from", "above_to")


def bounds_of(given: Bounds) -> dict[str, Any]:
    """Each bound as it is read, by the name of its parameter; None for what is empty or means nothing."""
    return {
        name: kind.read(text) if (text := getattr(given, name).replace("\0", "").strip()) else None
        for kind in KINDS
        for name in (f"{kind.name}_from", f"{kind.name}_to")
    }


def problems_of(given: Bounds) -> list[str]:
    """What is to be corrected, a sentence for each range that means nothing."""
    read = bounds_of(given)
    said = []
    for kind in KINDS:
        names = f"{kind.name}_from", f"{kind.name}_to"
        typed = [getattr(given, name).replace("\0", "").strip() for name in names]
        least, most = (read[name] for name in names)
        wrong = [text for text, bound in zip(typed, (least, most), strict=True) if text and bound is None]
        if wrong:
            said.append(f"{kind.title}: “{calmed(wrong[0])}” is not {kind.asked}; write, for example, {kind.example}.")
        elif least is not None and most is not None and least > most:
            said.append(
                f"{kind.title}: the least, {calmed(typed[0])}, is above the most, {calmed(typed[1])}; nobody can be"
                " within."
            )
    return said


def parameters_of(given: Bounds, day: date) -> dict[str, Any]:
    """For the statements of the ranking; days ago are counted from `day`, the percents of engagement and of videos are shares
    of 1 there.
    """
    read = bounds_of(given)
    share = {name: None if read[name] is None else read[name] / 100 for name in SHARES}
    least, most = read.pop("post_from"), read.pop("post_to")
    return {
        **read,
        **share,
        "posted_since": None if most is None else _before(day, most),
        "posted_until": None if least is None else _before(day, least),
    }


def _before(day: date, days: int) -> date:
    return date.min if (day - date.min).days < days else day - timedelta(days=days)
