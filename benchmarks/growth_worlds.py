"""Worlds in which it is known who bought followers: what a roll call and the searches would have seen of them in 29 days.

`sandbox` is the project's own (`include/sandbox/purchases.py`), less those of whom a story is told. `rough` lays purchases over
the rough world of `cadence_worlds`. Its parameters were set before any rule was tried on it, and are not to be adjusted to one:

- Hearts per follower won, plays per follower won, hearts that existing followers give and posts a day differ widely between
  accounts (lognormal). 4 % win followers elsewhere: next to no hearts and plays come with them. 5 % hardly post.
- The platform takes accounts away from everybody: 2 % lose up to 15 % in a night, and buy nothing.
- 6 % buy: packages (with up to 15 % on top, one in three over two or three days), the same every day (half of them exactly,
  half give or take 5 %), a purge and again, or a curve like that of a breakout. Of these 40 % buy hearts as well, fewer or
  more than come with real ones, and 35 % hardly post. What was bought goes away by 0.5 to 2 % a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks import cadence_worlds
from benchmarks.cadence_worlds import Floats, Whole
from include.sandbox import purchases
from include.sandbox import world as sandbox_world

DAYS = 29
LEAST_BOUGHT = 0.03  # of the followers at the end, within the 28 days: so many make a buyer
RECENT = sandbox_world.RECENT_VIDEOS  # of each creator are seen, on these days:
SEEN_ON = (DAYS - 11, DAYS - 1)
SANDBOX_START = 690
BEFORE = 30  # days of the rough world that pass before the first one seen
BUYERS, KINDS = 0.06, (0.35, 0.3, 0.2, 0.15)
FAKES_HEARTS, HARDLY_POSTS, WINS_ELSEWHERE, LOSES = 0.4, 0.35, 0.04, 0.02


@dataclass(frozen=True, slots=True)
class Clip:
    """A video: the day it was posted on (0 is the first one seen), and (day, plays) for each time it was found."""

    creator: int
    posted: int
    plays: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class World:
    """Counts by creator and day, and the truth: followers bought within the last 28 days."""

    followers: Whole
    hearts: Whole
    videos: Whole
    clips: tuple[Clip, ...]
    bought: Whole

    @property
    def is_buyer(self) -> npt.NDArray[np.bool_]:
        return self.bought >= LEAST_BOUGHT * self.followers[:, -1]

    @property
    def is_judged(self) -> npt.NDArray[np.bool_]:
        """Who bought less than makes a buyer is neither right nor wrong."""
        return self.is_buyer | (self.bought == 0)


def sandbox(creators: int, seed: int) -> World:
    """The sandbox's creators of whom no story is told, as they are in the days from its 690th on."""
    world = sandbox_world.World(seed, creators * 2)
    chosen = [index for index in range(creators * 2) if world.persona(index).story == "plain"][:creators]
    days = [[world._creator(index, SANDBOX_START + day) for day in range(DAYS)] for index in chosen]
    bought = [
        0
        if (purchase := world.persona(index).purchase) is None
        else purchases.bought(purchase, SANDBOX_START + DAYS - 1) - purchases.bought(purchase, SANDBOX_START)
        for index in chosen
    ]
    return World(
        followers=np.array([[day.followers for day in each] for each in days]),
        hearts=np.array([[day.hearts for day in each] for each in days]),
        videos=np.array([[day.videos for day in each] for each in days]),
        clips=tuple(
            clip
            for place, index in enumerate(chosen)
            for number in range(max(0, days[place][-1].videos - RECENT), days[place][-1].videos)
            if (clip := _clip_of_sandbox(world, place, index, number)).plays
        ),
        bought=np.array(bought),
    )


def _clip_of_sandbox(world: sandbox_world.World, place: int, index: int, number: int) -> Clip:
    seen = [(day, world.clip(index, number, SANDBOX_START + day)) for day in SEEN_ON]
    posted = sandbox_world.day_number(seen[0][1].posted_at.date()) - SANDBOX_START
    return Clip(place, posted, tuple((day, clip.plays) for day, clip in seen if day >= posted))


def rough(creators: int, seed: int) -> World:
    """The rough world of `seed`; the same numbers on every machine with the same NumPy."""
    random = np.random.default_rng([seed, creators, 28])
    won = cadence_worlds.rough(creators, BEFORE + DAYS, seed).followers[:, BEFORE:].astype(float)
    won *= _losses(random, creators)
    gains = np.maximum(0.0, np.diff(won, axis=1, prepend=won[:, :1]))
    has_bought = random.random(creators) < BUYERS
    held, bought = _purchases(random, won[:, 0], has_bought)
    followers = np.rint(won + held).astype(np.int64)

    elsewhere = random.random(creators) < WINS_ELSEWHERE
    hearts_per_gain = _spread(random, 5, 1.0, creators)
    real = gains * np.where(elsewhere, 0.05, 1.0)[:, None]
    fake_share = np.where(random.random(creators) < FAKES_HEARTS, random.uniform(0.3, 1.2, creators), 0.0)
    daily = won * _spread(random, 0.002, 1.0, creators)[:, None]
    new_hearts = daily + hearts_per_gain[:, None] * (real + fake_share[:, None] * np.diff(bought, axis=1, prepend=0.0))
    hearts = (won[:, 0] * _spread(random, 15, 1.0, creators))[:, None] + np.cumsum(new_hearts, axis=1)

    posts_a_day = _spread(random, 0.4, 0.8, creators)
    hardly = np.where(has_bought, random.random(creators) < HARDLY_POSTS, random.random(creators) < 0.05)
    posts = random.poisson(np.where(hardly, 0.01, posts_a_day)[:, None], (creators, DAYS))
    videos = random.integers(20, 900, creators)[:, None] + np.cumsum(posts, axis=1)
    clips = _clips(random, won[:, 0], real, posts, hardly)
    return World(followers, hearts.astype(np.int64), videos, clips, np.rint(bought[:, -1]).astype(np.int64))


def _losses(random: np.random.Generator, creators: int, days: int = DAYS) -> Floats:
    left = np.ones((creators, days))
    for creator in np.flatnonzero(random.random(creators) < LOSES):
        left[creator, int(random.integers(1, days)) :] = 1 - random.uniform(0.01, 0.15)
    return left


def _purchases(
    random: np.random.Generator, followers: Floats, has_bought: npt.NDArray[np.bool_], days: int = DAYS
) -> tuple[Floats, Floats]:
    """(bought followers who are there, all bought so far), by creator and day; nothing was before the first day."""
    held, bought = (np.zeros((len(followers), days)) for _ in range(2))
    for creator in np.flatnonzero(has_bought):
        count = followers[creator]
        kind = random.choice(len(KINDS), p=KINDS)
        new = np.zeros(days)
        lost_on, kept = None, 1.0
        if kind == 0:
            amount = min(
                purchases._SOLD, key=lambda sold: abs(sold - count * np.exp(random.uniform(np.log(0.02), np.log(0.15))))
            )
            for _ in range(int(random.integers(1, 5))):
                over = int(random.integers(2, 4)) if random.random() < 1 / 3 else 1
                first = int(random.integers(1, days - over + 1))
                new[first : first + over] += amount * random.uniform(1.0, 1.15) / over
        elif kind == 1:
            length = int(random.integers(7, 29))
            first = int(random.integers(1, days - length + 1))
            shake = 0.05 if random.random() < 0.5 else 0.0
            a_day = count * np.exp(random.uniform(np.log(0.002), np.log(0.015)))
            new[first : first + length] = a_day * (1 + random.uniform(-shake, shake, length))
        elif kind == 2:
            amount = count * random.uniform(0.08, 0.4)
            lost_on, kept = int(random.integers(6, 18)), random.uniform(0.1, 0.5)
            again = lost_on + int(random.integers(2, 8))
            new[1:5] = amount / 4
            new[again : again + 3] += amount * (1 - kept) / 3
        else:
            length = int(random.integers(5, 11))
            first = int(random.integers(1, days - length + 1))
            new[first : first + length] = (
                count * random.uniform(0.1, 0.6) * cadence_worlds._bell(np.arange(length), length)
            )
        bleeding = 1 - random.uniform(0.005, 0.02)
        level = 0.0
        for day in range(days):
            level = level * bleeding * (kept if day == lost_on else 1.0) + new[day]
            held[creator, day] = level
        bought[creator] = np.cumsum(new)
    return held, bought


def _clips(
    random: np.random.Generator, followers: Floats, real: Floats, posts: Whole, hardly: npt.NDArray[np.bool_]
) -> tuple[Clip, ...]:
    creators = len(followers)
    usual = followers * _spread(random, 0.5, 0.8, creators)
    per_gain = _spread(random, 80, 1.0, creators)
    clips = []
    for creator in range(creators):
        # Before the days that are seen everybody has posted something, and who hardly posts long before.
        earlier = [-int(random.integers(1, 400 if hardly[creator] else 60)) for _ in range(RECENT)]
        posted = sorted([*earlier, *np.repeat(np.arange(DAYS), posts[creator]).tolist()])[-RECENT:]
        for day in posted:
            plays = usual[creator] * _spread(random, 1, 1.0, 1)[0]
            if day >= 0:
                # Those who are won on a day and the two after it come from the videos of that day, however many.
                plays += per_gain[creator] * real[creator, day : day + 3].sum() / max(1, posts[creator, day])
            seen = tuple((on, int(plays * min(1.0, 0.5 + 0.05 * (on - day)))) for on in SEEN_ON if on >= day)
            clips.append(Clip(creator, day, seen))
    return tuple(clip for clip in clips if clip.plays)


def _spread(random: np.random.Generator, middle: float, spread: float, count: int) -> Floats:
    return middle * np.exp(spread * random.standard_normal(count))


def together(first: World, second: World) -> World:
    """Both rosters as one."""
    many = len(first.followers)
    moved = tuple(Clip(clip.creator + many, clip.posted, clip.plays) for clip in second.clips)
    return World(
        np.concatenate([first.followers, second.followers]),
        np.concatenate([first.hearts, second.hearts]),
        np.concatenate([first.videos, second.videos]),
        (*first.clips, *moved),
        np.concatenate([first.bought, second.bought]),
    )
