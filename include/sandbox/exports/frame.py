"""What an export is asked for, and which days its rows are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from include.sandbox.dice import Dice
from include.sandbox.exports.languages import label
from include.sandbox.exports.truth import Correction
from include.sandbox.exports.world import DAY, Account, local_date

UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Switches:
    """What an export is like; every trap of the formats is one of these. Days in it are labels, as a person sees them."""

    language: str = "en"
    days: int = 28
    window: tuple[date, date] | None = None  # a custom range, first and last label
    delay: int = 2  # days between the export and its last row; the follower difference's meaning hangs on it
    shift: int | None = None  # label - true day; None: what the zone and the moment make it
    corrections: tuple[Correction, ...] = ()
    partial: bool = False  # the last day is not counted to its end
    leading: str = UNDEFINED  # before the account's first day: `undefined` or "0"
    net_followers: bool = False  # Overview's seventh column "New followers"
    viewers_lag: int = 1
    viewers_break: date | None = None  # lag 0 before this label, 1 after it; the label itself is about no day
    unfinished: int = 0  # last rows of Viewers, or of a business report, that have no numbers yet
    difference: str | None = None  # "next" or "previous"; None: by the delay
    activity_days: int = 7
    activity_shift: int = 0  # FollowerActivity can be off by more than the others
    percent: bool = False  # `61%` for `0.61`
    header_only: bool = False  # audience files of a private account
    content: str = "total"  # or "windowed": with `Views in the last 7 days`; or "full": with watch time and favorites
    handle: str | None = None  # in file names and links, for an account that was renamed
    headers: str = "en"  # business: en, sv, de
    clicks: tuple[str, ...] | None = None  # business: the click columns; None: those of `business.CLICKS`


@dataclass(frozen=True, slots=True)
class Frame:
    """Which days an export is about: its labels, and the true day of each."""

    account: Account
    at: datetime
    switches: Switches

    @property
    def shift(self) -> int:
        """Labels are counted back from the browser's date, data from the UTC date."""
        if self.switches.shift is not None:
            return self.switches.shift
        return (self.today - self.at.astimezone(UTC).date()).days

    @property
    def today(self) -> date:
        """The browser's date at the export."""
        if self.switches.shift is not None:
            return self.at.astimezone(UTC).date() + self.switches.shift * DAY
        return local_date(self.at, self.account.zone)

    @property
    def last(self) -> date:
        """The last label."""
        return self.switches.window[1] if self.switches.window else self.today - self.switches.delay * DAY

    @property
    def labels(self) -> list[date]:
        """The days that the rows write, oldest first."""
        first = self.switches.window[0] if self.switches.window else self.last - (self.switches.days - 1) * DAY
        return [first + number * DAY for number in range((self.last - first).days + 1)]

    @property
    def epoch(self) -> int:
        """In a file's name: the last day that the data are about, at the export's time of day."""
        return int((self.at - (self.today - self.last)).timestamp())

    def write(self, day: date) -> str:
        """A day as this export writes it."""
        return label(day, self.switches.language)

    def number(self, day: date, metric: str) -> int | None:
        """A metric of a true day as this export has it: corrected, and on a partial last day not counted to its end."""
        number = self.account.value(day, metric)
        if number is None or not (self.switches.partial or self.switches.corrections):
            return number
        if self.switches.partial and day == self.last - self.shift * DAY and metric != "followers":
            number = int(number * Dice(self.account.seed, "partial", day.toordinal()).between(0.3, 0.9))
        changes = self.switches.corrections
        return number + sum(change.delta for change in changes if (change.day, change.metric) == (day, metric))
