"""Two made-up worlds, day by day as the roll call and the searches would have seen them, for judging what foretells growth.

They are those of `growth_worlds`, with longer histories, somebody new every day, and with the videos that searches showed on
each day: who breaks out, who has a hit, who buys and who wins followers elsewhere is all in them, and no answer tells which.
What was added was set before any score was tried on it, and is not to be adjusted to one:

- Three creators in ten arrive on some later day; nothing is known of them before it.
- Searches show somebody's latest 8 videos on 3 or 4 days out of 8 to 16, as the sandbox's do.
- In the rough world plays come with the followers of the day, of the day after and of the next, and not before them: a count of
  plays says nothing of followers who are still to come. In the sandbox it says a little, for two days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks import cadence_worlds, growth_worlds
from benchmarks.cadence_worlds import Whole
from benchmarks.growth_worlds import RECENT
from include.sandbox import world as sandbox_world

SANDBOX_START = 600
SHOWN_DAYS, SHOWN_CYCLE = (3, 5), (8, 17)
SEED_OF_SEARCHES = 13


@dataclass(frozen=True, slots=True)
class World:
    """Counts by creator and day; before `arrival[creator]` they are not known to anybody.

    `sightings` has a row for each video and day on which a search showed it: creator, video, day posted on (may be before the
    first), day seen on, plays.
    """

    followers: Whole
    hearts: Whole
    videos: Whole
    arrival: Whole
    sightings: Whole


def sandbox(creators: int, days: int, seed: int) -> World:
    """The sandbox's creators of whom no story is told, buyers among them, from its 600th day on."""
    world = sandbox_world.World(seed, creators * 2)
    chosen = [index for index in range(creators * 2) if world.persona(index).story == "plain"][:creators]
    counts = np.empty((3, creators, days), np.int64)
    random = np.random.default_rng([seed, creators, days, SEED_OF_SEARCHES])
    arrival = cadence_worlds._arrivals(random, creators, days)
    seen: list[tuple[int, int, int, int, int]] = []
    for place, index in enumerate(chosen):
        known: dict[int, tuple[int, int, int]] = {}
        for day in range(days):
            now = world._creator(index, SANDBOX_START + day)
            counts[:, place, day] = now.followers, now.hearts, now.videos
            if day < arrival[place] or not _is_shown(now.persona, SANDBOX_START + day):
                continue
            for number in range(max(0, now.videos - RECENT), now.videos):
                if number not in known:
                    known[number] = _ends(world, index, number)
                posted, first, last = known[number]
                age = max(0, day - posted)
                plays = first if first == last else int(first * (1 + 0.01 * min(30, age)))
                seen.append((place, number, posted, day, plays))
    return World(counts[0], counts[1], counts[2], arrival, np.array(seen, np.int64).reshape(-1, 5))


def _is_shown(persona: sandbox_world.Persona, day: int) -> bool:
    cycle, offset, shown = persona.fashion
    return (day + offset) % cycle < shown


def _ends(world: sandbox_world.World, index: int, number: int) -> tuple[int, int, int]:
    """(day posted on, plays on it, plays in the end) of one of the sandbox's videos."""
    clip = world.clip(index, number, 0)
    posted = sandbox_world.day_number(clip.posted_at.date())
    first, last = (world.clip(index, number, posted + age).plays for age in (0, 30))
    return posted - SANDBOX_START, first, last


def rough(creators: int, days: int, seed: int) -> World:
    """The rough world of `seed`; the same numbers on every machine with the same NumPy."""
    random = np.random.default_rng([seed, creators, days, SEED_OF_SEARCHES])
    spread = growth_worlds._spread
    base = cadence_worlds.rough(creators, days, seed)
    won = base.followers.astype(float) * growth_worlds._losses(random, creators, days)
    gains = np.maximum(0.0, np.diff(won, axis=1, prepend=won[:, :1]))
    has_bought = random.random(creators) < growth_worlds.BUYERS
    held, bought = growth_worlds._purchases(random, won[:, 0], has_bought, days)

    elsewhere = random.random(creators) < growth_worlds.WINS_ELSEWHERE
    real = gains * np.where(elsewhere, 0.05, 1.0)[:, None]
    is_faked = random.random(creators) < growth_worlds.FAKES_HEARTS
    fake_share = np.where(is_faked, random.uniform(0.3, 1.2, creators), 0.0)
    daily = won * spread(random, 0.002, 1.0, creators)[:, None]
    fake = fake_share[:, None] * np.diff(bought, axis=1, prepend=0.0)
    new_hearts = daily + spread(random, 5, 1.0, creators)[:, None] * (real + fake)
    hearts = (won[:, 0] * spread(random, 15, 1.0, creators))[:, None] + np.cumsum(new_hearts, axis=1)

    hardly = np.where(has_bought, random.random(creators) < growth_worlds.HARDLY_POSTS, random.random(creators) < 0.05)
    posts = random.poisson(np.where(hardly, 0.01, spread(random, 0.4, 0.8, creators))[:, None], (creators, days))
    return World(
        np.rint(won + held).astype(np.int64),
        hearts.astype(np.int64),
        random.integers(20, 900, creators)[:, None] + np.cumsum(posts, axis=1),
        base.arrival,
        _sightings(random, won[:, 0], real, posts, hardly, base.arrival),
    )


def _sightings(
    random: np.random.Generator,
    followers: cadence_worlds.Floats,
    real: cadence_worlds.Floats,
    posts: Whole,
    hardly: npt.NDArray[np.bool_],
    arrival: Whole,
) -> Whole:
    creators, days = posts.shape
    usual = followers * growth_worlds._spread(random, 0.5, 0.8, creators)
    per_gain = growth_worlds._spread(random, 80, 1.0, creators)
    cycle, shown = (random.integers(*span, creators) for span in (SHOWN_CYCLE, SHOWN_DAYS))
    offset = random.integers(0, 400, creators)
    seen: list[tuple[int, int, int, int, int]] = []
    for creator in range(creators):
        earlier = -random.integers(1, 400 if hardly[creator] else 60, RECENT)
        posted = np.sort([*earlier, *np.repeat(np.arange(days), posts[creator])])
        own = usual[creator] * growth_worlds._spread(random, 1, 1.0, len(posted))
        won = np.concatenate([[0.0], np.cumsum(real[creator])])
        for day in range(arrival[creator], days):
            if (day + offset[creator]) % cycle[creator] >= shown[creator]:
                continue
            for number in np.flatnonzero(posted <= day)[-RECENT:]:
                on = int(posted[number])
                plays = own[number]
                if on >= 0:
                    so_far = won[min(on + 3, day + 1)] - won[on]
                    plays += per_gain[creator] * so_far / max(1, posts[creator, on])
                seen.append((creator, int(number), on, day, int(plays * min(1.0, 0.5 + 0.05 * (day - on)))))
    return np.array(seen, np.int64).reshape(-1, 5)
