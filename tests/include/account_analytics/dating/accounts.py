"""Made-up accounts whose true days are known, and the members of downloads made of them, as dating gets them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from include.account_analytics.facts import Label, MemberRows, NameFacts, Post, Sighting

DAY = timedelta(days=1)
METRICS = ("video_views", "profile_views", "likes", "comments", "shares")
LANDED = datetime(2026, 11, 28, 5, tzinfo=UTC)
KINDS = ("steady", "daily", "viral", "evening", "bursts", "small")


def label(day: date) -> Label:
    return Label(day.month, day.day)


def labels(first: date, count: int) -> tuple[Label, ...]:
    return tuple(label(first + n * DAY) for n in range(count))


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def sha_of(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def overview(
    day_labels: Sequence[Label],
    rows: Sequence[Sequence[int | None]],
    *sightings: Sighting,
    account: str = "mara",
    **more,
) -> MemberRows:
    """An Overview whose rows are (views, profile views, likes, comments, shares)."""
    metrics = dict(zip(METRICS, zip(*rows, strict=True), strict=True)) if rows else {}
    sha256 = sha_of(account, tuple(day_labels), tuple(map(tuple, rows)))
    return MemberRows(sha256, account, "studio", "overview", tuple(day_labels), metrics, sightings=sightings, **more)


def content(seen: Label | None, posts: Iterable[Post], *sightings: Sighting, account: str = "mara") -> MemberRows:
    posts = tuple(replace(post, seen=seen) for post in posts)
    sha256 = sha_of(account, seen, posts)
    return MemberRows(sha256, account, "studio", "content", (seen,) if seen else (), posts=posts, sightings=sightings)


def sighting(
    export: str = "bare", written_at: datetime | None = None, landed_at: datetime = LANDED, **name
) -> Sighting:
    return Sighting(export, landed_at, NameFacts(**name), written_at)


def together(*members: MemberRows) -> list[MemberRows]:
    """The members as they are when they came in one ZIP or one folder."""
    shas = frozenset(member.sha256 for member in members)
    return [
        replace(
            member,
            sightings=tuple(
                replace(seen, companions=seen.companions | (shas - {member.sha256})) for seen in member.sightings
            ),
        )
        for member in members
    ]


def post(uploaded: datetime, posted: date | None = None, number: int = 0) -> Post:
    return Post(str((int(uploaded.timestamp()) << 32) + number), label(posted or uploaded.date()))


@dataclass
class World:
    """An account of one kind: its true rows by day, its posts, and the downloads that TikTok would give of it."""

    seed: int
    kind: str = "steady"
    first: date = date(2025, 9, 1)
    count: int = 400
    account: str = "mara"
    rows: dict[date, tuple[int, ...]] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed} {self.kind}")  # noqa: S311 - made-up numbers
        self.power = self.random.uniform(0.5, 4.0)  # how far a post stands out: from hardly to a hundredfold
        self.level = {"small": 12.0}.get(self.kind, self.random.choice([80.0, 400.0, 3000.0, 20000.0]))
        rate = {"daily": 1.0, "small": 0.25, "bursts": 0.3}.get(self.kind, self.random.uniform(0.1, 0.5))
        views = [self.level * self.random.lognormvariate(0, 0.25) for _ in range(self.count + 30)]
        n = 0
        while n < self.count:
            if self.random.random() < rate:
                n = self._post(n, views)
            n += 1
        if self.kind == "viral":
            for _ in range(self.count // 60):
                self._add(views, self.random.randrange(self.count), self.level * 30, 0.6)
        for n in range(self.count):
            self.rows[self.first + n * DAY] = self._row(views[n])

    def _post(self, n: int, views: list[float]) -> int:
        burst = self.random.randint(2, 6) if self.kind == "bursts" else 1
        for _ in range(burst):
            hour = self.random.randint(16, 21) if self.kind == "evening" else self.random.triangular(6, 23, 15)
            uploaded = datetime.combine(self.first + n * DAY, time(int(hour), self.random.randrange(60)), UTC)
            late = self.random.randint(1, 5) if self.random.random() < 0.2 else 0
            self.posts.append(post(uploaded, (uploaded + late * DAY).date(), self.random.getrandbits(31)))
            at = n + late
            # Two thirds of a post's views come in its first 24 hours; what is left of the first UTC day gets its part of them.
            left = 1 - (hour + uploaded.minute / 60) / 24 if not late else 0.5
            strength = self.level * self.random.lognormvariate(self.power, 1.0)
            if at < self.count:
                views[at] += strength * 0.67 * left**0.5
                self._add(views, at + 1, strength * (1 - 0.67 * left**0.5) * 0.6, self.random.uniform(0.3, 0.6))
            n += 1 if burst > 1 else 0
        return n + (self.random.randint(5, 15) if burst > 1 else 0)

    def _add(self, views: list[float], at: int, strength: float, decay: float) -> None:
        for n in range(at, len(views)):
            views[n] += strength
            strength *= decay
            if strength < 0.5:
                break

    def _row(self, mean: float) -> tuple[int, ...]:
        views = max(0, round(self.random.gauss(mean, mean**0.5)))
        return views, *(
            max(0, round(self.random.gauss(views * part, (views * part + 0.1) ** 0.5)))
            for part in (0.02, 0.06, 0.004, 0.006)
        )

    def last_day(self, moment: datetime) -> date:
        return moment.date() - DAY

    def export(
        self,
        moment: datetime,
        days: int = 28,
        shift: int = 0,
        *,
        in_zip: bool = True,
        with_content: bool = False,
        is_provisional: bool = True,
        landed_at: datetime = LANDED,
    ) -> list[MemberRows]:
        """A download at this moment: the days up to the day before, labelled `shift` days late."""
        last = self.last_day(moment)
        rows = [self.rows[last - n * DAY] for n in range(days - 1, -1, -1)]
        if is_provisional:
            for n in (-1, -2):
                views = rows[n][0] - self.random.randrange(max(1, rows[n][0] // 9))
                rows[n] = (views, *rows[n][1:])
        seen = sighting(sha_of(self.account, moment), moment if in_zip else None, landed_at)
        members = [overview(labels(last - (days - 1 - shift) * DAY, days), rows, seen, account=self.account)]
        if with_content:
            known = [each for each in self.posts if _posted(each) < moment][-15:]
            members.append(content(label((moment + shift * DAY).date()), known, seen, account=self.account))
        return together(*members)


def _posted(each: Post) -> datetime:
    return datetime.fromtimestamp(int(each.video_id) >> 32, UTC)
