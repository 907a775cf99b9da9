"""Which day a row writes: month names of many languages (`data/months.toml`), or a date with its year; never a guess."""

from __future__ import annotations

import calendar
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from include.account_analytics.facts import Label, Refused
from include.account_analytics.reading.names import shown

PATH = Path(__file__).resolve().parents[1] / "data" / "months.toml"
# Year first, or a year last with points: with slashes, nobody can tell day from month.
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
YEAR_LAST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ t](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(?: ?(?:z|utc))?")
FIRST_YEAR, LAST_YEAR = 2016, 2100  # TikTok began in 2016
# Alef with hamza or madda is often written without; Turkish ı and the dot of İ are lost in other alphabets' capitals.
SAME_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ı": "i", "’": "'", "ـ": None, "\u0307": None})
SPACED_SIGN = re.compile(r"(?<=\d) (?=[年月日号號년월일])")
ARABIC_VOWELS = range(0x064B, 0x0653)


class BadMonths(ValueError):
    """The table of months contradicts itself: a form means two months, or a month has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """Every known form of every month, folded, and the patterns that find day and name around each other."""

    by_form: Mapping[str, int]
    day_first: re.Pattern[str]
    month_first: re.Pattern[str]

    @classmethod
    def load(cls, path: Path = PATH) -> Months:
        """Read once for what the file says. Raises BadMonths unless each form means exactly one month."""
        return cls._of(path.read_text(encoding="utf-8"))

    @classmethod
    @lru_cache(maxsize=4)
    def _of(cls, text: str) -> Months:
        data = tomllib.loads(text)
        by_form: dict[str, int] = {}
        for language, months in data["months"].items():
            if len(months) != 12 or not all(months):
                raise BadMonths(f"{language}: twelve months with a form each")
            for month, forms in enumerate(months, start=1):
                for form in map(_folded, forms):
                    if by_form.setdefault(form, month) != month:
                        raise BadMonths(f"{language}: {form!r} is month {by_form[form]} and {month}")
        forms = _any_of(by_form)
        before, after, between = (_any_of(data["around"][key]) for key in ("before_day", "after_day", "between"))
        day = rf"(?:{before} ?)?(?P<day>\d{{1,2}})(?: ?{after}(?!\w))?"
        year = r"(?P<year>\d{4})"
        return cls(
            by_form,
            re.compile(rf"{day}[.,/-]? ?(?:{between} ?)?(?P<month>{forms})(?:[.,/-]{{0,2}} ?(?:{between} ?)?{year})?"),
            # A month that ends in a digit is parted from the day; "Mar-24" is as often March 2024.
            re.compile(
                rf"(?:{year}[年년,]? ?)?(?P<month>{forms})(?:(?<=\D)[., ]*|[., ]+){day}(?:, ?(?P<last>\d{{4}}))?"
            ),
        )


@lru_cache(maxsize=4096)
def parse_label(text: str, months: Months) -> Label:
    """The day that a file writes. Raises Refused `unreadable_date`: what could be two days, or none, is not read."""
    folded = _folded(text)
    found = {label for label in (_numeric(folded), *_worded(folded, months)) if label is not None}
    if len(found) != 1:
        raise Refused("unreadable_date", f"{shown(text)!r} is not a date that can be read for sure.")
    return found.pop()


def parse_moment(text: str) -> datetime:
    """The UTC moment of a post in business exports. Raises Refused `unreadable_date`."""
    said = MOMENT.fullmatch(_folded(text))
    try:
        if said is not None and FIRST_YEAR <= int(said[1]) <= LAST_YEAR:
            year, month, day, hour, minute, second = (int(part or 0) for part in said.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        pass
    raise Refused("unreadable_date", f"{shown(text)!r} is not a moment such as 2025/12/31 16:32:37.")


def parse_epoch(text: str) -> datetime:
    """The moment of a post as the API writes it, in seconds since 1970. Raises Refused `unreadable_date`."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 10:
        moment = datetime.fromtimestamp(int(plain), UTC)
        if FIRST_YEAR <= moment.year <= LAST_YEAR:
            return moment
    raise Refused("unreadable_date", f"{shown(text)!r} is not a moment in seconds since 1970.")


def _numeric(text: str) -> Label | None:
    if said := YEAR_FIRST.fullmatch(text):
        return _label(int(said[3]), int(said[4]), int(said[1]))
    if said := YEAR_LAST.fullmatch(text):
        return _label(int(said[2]), int(said[1]), int(said[3]))
    return None


def _worded(text: str, months: Months) -> list[Label | None]:
    """The readings as day and name, and as name and day."""
    readings = []
    for pattern in (months.day_first, months.month_first):
        if said := pattern.fullmatch(text):
            parts = said.groupdict()
            year = parts["year"] or parts.get("last")
            month = months.by_form.get(parts["month"])
            readings.append(_label(month or 0, int(parts["day"]), int(year) if year else None))
    return readings


def _label(month: int, day: int, year: int | None) -> Label | None:
    """None for a day that no calendar has."""
    if not 1 <= month <= 12 or (year is not None and not FIRST_YEAR <= year <= LAST_YEAR):
        return None
    # 29 February is a label of leap years: without a year, one has to be looked for.
    return Label(month, day, year) if 1 <= day <= calendar.monthrange(year or 2000, month)[1] else None


def _folded(text: str) -> str:
    """As forms are compared: any case, composed letters, no marks of direction, no dot at the end."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    seen = (letter for letter in plain if unicodedata.category(letter) != "Cf" and ord(letter) not in ARABIC_VOWELS)
    composed = unicodedata.normalize("NFC", "".join(seen).translate(SAME_LETTERS))
    return SPACED_SIGN.sub("", " ".join(composed.split())).rstrip(".")


def _any_of(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(map(_folded, words), key=len, reverse=True)) + ")"
