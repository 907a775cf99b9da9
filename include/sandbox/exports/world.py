"""Accounts whose true days are known: posts make views, views make everything else. Days are UTC days.

All draws are keyed by (seed, account, day), so that a world that ends later agrees with one that ends earlier.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from include.sandbox import names
from include.sandbox.dice import Dice
from include.sandbox.exports.captions import caption

COUNTS = ("views", "likes", "comments", "shares", "favorites")
METRICS = (
    "video_views", "profile_views", "likes", "comments", "shares", "followers", "net_followers", "new_followers",
    "lost_followers", "total_viewers", "new_viewers", "returning_viewers", "reached_audience", "engaged_audience",
)  # fmt: skip
DAY = timedelta(days=1)
_HANDLE_JOINS, _HANDLE_ENDINGS = (".", "_", "", "._"), ("_demo", ".demo", "demo_", "_2.demo")
_LONGEST_HANDLE, _RENAMED = 24, "its."  # characters that TikTok allows
_LONGEST_LIFE = 90  # days in which a post is watched
_FEW_COMMENTS = 40  # on a day with more, no day total turns negative
_ZONES = (
    "Europe/Athens", "America/Mexico_City", "Asia/Tokyo", "Europe/Berlin", "America/Sao_Paulo", "Asia/Jakarta",
    "Europe/Stockholm", "UTC",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """How an account behaves: median views of a post, posts a week, hours (UTC) in which it posts, first followers.

    With `every` it posts on each so many days and schedules nothing: then posting days show in the views beyond doubt.
    """

    views: float
    posts_a_week: float
    hours: tuple[int, int]
    followers: int
    every: int = 0


KINDS = {
    "middle": Kind(4_000, 3.5, (7, 17), 8_000),
    "big": Kind(60_000, 5, (8, 20), 240_000),
    "small": Kind(250, 1.5, (6, 23), 420),
    "daily": Kind(6_000, 7, (18, 24), 15_000),
    "private": Kind(20, 0.6, (10, 22), 40),
    "silent": Kind(0, 0, (0, 24), 0),
    "sparse": Kind(3_000, 1, (7, 17), 2_500),
    "weekly": Kind(5_000, 1, (7, 12), 3_000, every=7),
}


@dataclass(frozen=True, slots=True)
class Post:
    """A post; its counts are per UTC day from the day it was posted on. The upload second is in its id."""

    video_id: int
    uploaded_at: datetime
    posted_at: datetime
    caption: str
    daily: dict[str, list[int]]

    @property
    def is_scheduled(self) -> bool:
        """Whether it was uploaded days before it was posted."""
        return self.posted_at - self.uploaded_at > timedelta(hours=1)

    def total(self, count: str, moment: datetime) -> int:
        """The lifetime total at a moment: all days before it, and of its own day the part that has passed."""
        if moment <= self.posted_at:
            return 0
        first = self.posted_at.date()
        age = (moment.date() - first).days
        daily = self.daily[count]
        whole = sum(daily[:age])
        if age >= len(daily):
            return whole
        begun = max(self.posted_at, midnight(moment.date()))
        passed = (moment - begun) / (midnight(moment.date() + DAY) - begun)
        return whole + int(daily[age] * passed)


@dataclass(frozen=True, slots=True)
class Account:
    """One made-up account. `days[metric][n]` is the total of the UTC day `born + n`; followers is the level at its end."""

    index: int
    seed: int
    kind: str
    handle: str
    later_handle: str
    zone: str
    born: date
    until: date
    posts: tuple[Post, ...]
    days: dict[str, list[int]]
    renamed_at: datetime | None = None

    def value(self, day: date, metric: str) -> int | None:
        """A metric of one true day; None before the account was born and after the world's end."""
        place = (day - self.born).days
        return self.days[metric][place] if 0 <= place < len(self.days[metric]) else None

    def handle_at(self, moment: datetime) -> str:
        """Its name on TikTok at a moment."""
        return self.later_handle if self.renamed_at and moment >= self.renamed_at else self.handle

    def renamed(self, moment: datetime) -> Account:
        """The same account, with another handle from a moment on."""
        return replace(self, renamed_at=moment)


@dataclass(frozen=True, slots=True)
class World:
    """All accounts of one seed, from the day the oldest was born."""

    seed: int
    born: date = date(2025, 1, 1)
    until: date = date(2026, 12, 31)
    share_hostile: float = 0.25
    deletions: float = 0.02  # days on which more comments are deleted than written
    _kinds: tuple[str, ...] = field(default=("middle", "big", "small", "sparse", "daily"), repr=False)

    def account(
        self, index: int, kind: str | None = None, *, zone: str | None = None, born: date | None = None
    ) -> Account:
        """The account with this number."""
        kind = kind or self._kinds[index % len(self._kinds)]
        born = born or self.born
        posts = tuple(self._posts(index, KINDS[kind], born))
        days = _Days(born, self.until)
        for post in posts:
            days.add(post)
        days.delete_comments(posts, Dice(self.seed, "deleted comments", index), self.deletions)
        days.people(Dice(self.seed, "people", index), KINDS[kind])
        handle = _handle(self.seed, index)
        zone = zone or _ZONES[index % len(_ZONES)]
        return Account(
            index, self.seed, kind, handle, _later_handle(handle), zone, born, self.until, posts, days.totals
        )

    def _posts(self, index: int, kind: Kind, born: date) -> Iterator[Post]:
        week = [Dice(self.seed, "weekday", index, weekday).between(0.75, 1.3) for weekday in range(7)]
        for number in range((self.until - born).days + 1):
            day = born + number * DAY
            dice = Dice(self.seed, "posts", index, day.toordinal())
            posts = number % kind.every == 0 if kind.every else dice.chance(kind.posts_a_week / 7)
            # The first day has a post, so that history begins on it.
            if kind.posts_a_week and (number == 0 or posts):
                yield self._post(index, kind, day, week, dice)

    def _post(self, index: int, kind: Kind, day: date, week: list[float], dice: Dice) -> Post:
        low, high = kind.hours
        posted_at = midnight(day) + timedelta(seconds=int(dice.between(low * 3600, high * 3600 - 60)))
        waited = timedelta(seconds=2 + dice.below(7))
        if dice.chance(0.2) and not kind.every:
            waited += timedelta(days=1 + dice.below(5), seconds=dice.below(20_000))
        uploaded_at = posted_at - waited
        text = caption(self.seed, index, day.toordinal(), self.share_hostile)
        video_id = int(uploaded_at.timestamp()) << 32 | dice.below(2**32)
        return Post(video_id, uploaded_at, posted_at, text, _life(kind, posted_at, self.until, week, dice))


def _handle(seed: int, index: int) -> str:
    """Never one of the creators that the sandbox's API knows: their handles have other endings."""
    given, topic, number = names.words_of(index)
    dice = Dice(seed, "export handle", index)
    stem, ending = f"{given}{dice.pick(_HANDLE_JOINS)}{topic}{number or ''}", dice.pick(_HANDLE_ENDINGS)
    return stem[: _LONGEST_HANDLE - len(ending)] + ending


def _later_handle(handle: str) -> str:
    """Where the two would be longer than TikTok allows, the beginning of the first is left out."""
    return _RENAMED + handle[len(_RENAMED) - _LONGEST_HANDLE :].lstrip("._")


def midnight(day: date) -> datetime:
    """The UTC moment at which a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def local_date(moment: datetime, zone: str) -> date:
    """The date that a browser in this zone shows at a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _life(kind: Kind, posted_at: datetime, until: date, week: list[float], dice: Dice) -> dict[str, list[int]]:
    """Counts per day: a log-normal launch that decays over hours, a weekly pattern, and now and then a second wave."""
    bell = (dice.unit() + dice.unit() + dice.unit() + dice.unit() - 2) * math.sqrt(3)
    launch = kind.views * math.exp(0.8 * bell)
    rates = {
        "likes": dice.between(0.04, 0.14),
        "comments": dice.between(0.002, 0.012),
        "shares": dice.between(0.001, 0.015),
        "favorites": dice.between(0.002, 0.02),
    }
    wave = 15 + dice.below(40) if dice.chance(0.03) else _LONGEST_LIFE
    day = posted_at.date()
    hours = (midnight(day + DAY) - posted_at) / timedelta(hours=1)
    views: list[int] = []
    before = 1.0
    while day <= until and len(views) < _LONGEST_LIFE:
        after = (1 + hours / 14) ** -0.9
        lift = 1 + 40 * 0.5 ** (len(views) - wave) if len(views) >= wave else 1
        expected = launch * (before - after) * week[day.weekday()] * lift
        views.append(int(expected * (0.75 + 0.55 * dice.unit()) + 0.5))
        before, hours, day = after, hours + 24, day + DAY
    totals = list(accumulate(views))
    return {"views": views, **{count: _share_of(totals, rate) for count, rate in rates.items()}}


def _share_of(totals: list[int], rate: float) -> list[int]:
    """The part of each day's views that its total's growth gives: rounding is never lost."""
    due = [int(total * rate) for total in totals]
    return [after - before for before, after in zip([0, *due], due, strict=False)]


class _Days:
    """The day totals of an account while they are added up."""

    def __init__(self, born: date, until: date) -> None:
        self.born = born
        self.length = (until - born).days + 1
        self.totals: dict[str, list[int]] = {metric: [0] * self.length for metric in METRICS}

    def add(self, post: Post) -> None:
        first = (post.posted_at.date() - self.born).days
        for metric, count in (("video_views", "views"), *((count, count) for count in COUNTS[1:4])):
            totals = self.totals[metric]
            for place, number in enumerate(post.daily[count], first):
                totals[place] += number

    def delete_comments(self, posts: tuple[Post, ...], dice: Dice, share: float) -> None:
        """On some days a post loses more comments than all posts got: the day's total is negative, as TikTok's are."""
        comments = self.totals["comments"]
        first = [(post.posted_at.date() - self.born).days for post in posts]
        for place in range(self.length):
            if not dice.chance(share) or comments[place] > _FEW_COMMENTS:
                continue
            lost = comments[place] + 1 + dice.below(4)
            for begun, post in zip(first, posts, strict=True):
                daily = post.daily["comments"]
                if begun < place < begun + len(daily) and sum(daily[: place - begun]) >= lost:
                    daily[place - begun] -= lost
                    comments[place] -= lost
                    break

    def people(self, dice: Dice, kind: Kind) -> None:
        """Viewers, followers and the rest, of each day's views."""
        level = kind.followers
        for place, views in enumerate(self.totals["video_views"]):
            viewers = int(views * dice.between(0.6, 0.93))
            new = int(viewers * dice.between(0.5, 0.8))
            won = int(views * dice.between(0.001, 0.006))
            lost = min(level, int(level * dice.between(0, 0.0012)) + (dice.below(3) if level else 0))
            level += won - lost
            profile = int(views * dice.between(0.005, 0.03))
            if dice.chance(0.003) and 0 < views < 500:
                profile = views + 1 + dice.below(5)
            reached = min(views - 1, int(views / dice.spread(1.0003, 4.19))) if views else 0
            engaged = int(reached * dice.between(0.03, 0.16))
            row = (profile, level, won - lost, won, lost, viewers, new, viewers - new, reached, engaged)
            for metric, number in zip(("profile_views", *METRICS[5:]), row, strict=True):
                self.totals[metric][place] = number
