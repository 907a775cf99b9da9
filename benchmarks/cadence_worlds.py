"""Worlds whose true follower numbers are known on every day, for judging whom to look at when not everybody can be.

`sandbox` is the world of the project's sandbox: smooth curves (rising, falling, waves, S-shaped explosions, plateaus) and
0.12 % of noise a day. `rough` is a harsher one, where what comes next can hardly be told from what was. Its parameters were
set before any rule was tried on it and are not to be adjusted to one. What they stand for:

- Most accounts hardly move: a slow drift with a little noise. A fifth stands still, a tenth shrinks, a few grow steadily.
- Nobody stays the same for ever: on 1 day in 45 an account falls into another of these habits.
- Noise is heavy-tailed over accounts (lognormal) and over days (Student's t), and busier accounts are noisier.
- Posts become hits now and then. How often differs widely between accounts (gamma, shape 0.5: most hardly ever, a few
  every week); a hit's first day has a Pareto tail, and each day after brings 0.6 of the day before.
- Breakouts: followers × 2 to × 10 within 7 to 14 days, about 1 in 2,000 accounts a day begins one. Accounts with more hits
  break out more often, and new arrivals three times as often in their first two weeks (they are found because a video takes
  off). Half begin overnight and fade; half rise slowly, are fastest in the middle, and end (an S-curve).
- 70 % of the roster is there on the first day; the others arrive evenly, and are measured on arrival by being found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.sandbox import world as sandbox_world

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

SANDBOX_START = 300  # days after the sandbox's epoch: every curve is somewhere on its way
PRESENT_AT_FIRST = 0.7
HABIT_CHANGE = 1 / 45  # per account and day
# share, and the middle and spread (of a normal) of the drift in log growth per day
HABITS = ((0.62, 0.0012, 0.0008), (0.20, 0.0, 0.0001), (0.10, -0.0015, 0.001), (0.08, 0.008, 0.004))
NOISE = 0.001  # median over accounts, log growth per day
NOISE_SPREAD = 0.9  # of its logarithm
NOISE_FREEDOM = 3.0  # degrees of freedom of Student's t
HITS = 1 / 60  # per account and day, in the mean
HIT_SHAPE = 0.5
HIT_LEAST, HIT_TAIL, HIT_MOST, HIT_DECAY = 0.005, 1.5, 0.3, 0.6
BREAKOUTS = 1 / 2_000  # per account and day, in the mean
BREAKOUT_FACTOR = (2.0, 10.0)  # even in the logarithm
BREAKOUT_DAYS = (7, 14)
NEW_ARRIVAL_DAYS, NEW_ARRIVAL_TILT = 14, 3.0


@dataclass(frozen=True, slots=True)
class World:
    """`followers[creator, day]` is the truth at the hour of the roll call; before `arrival[creator]` it means nothing."""

    followers: Whole
    arrival: Whole


def sandbox(creators: int, days: int, seed: int) -> World:
    """The sandbox's own creators from its 300th day on, without the stories (gone, private …) that leave nothing to measure
    and without what is bought.

    Only the day's noise is thrown anew, from the same distribution: the sandbox's dice are slow by the million.
    """
    personas = [sandbox_world.World(seed, creators)._persona(index) for index in range(creators)]
    random = np.random.default_rng([seed, creators, days, 1])
    noise = random.uniform(-0.0012, 0.0012, (creators, days))
    growth = _curves(personas, days)
    still = np.array([persona.curve == "still" for persona in personas])
    base = np.array([persona.followers for persona in personas])
    moved = np.where(still[:, None], 1.0, 1 + growth + noise)
    return World(np.maximum(0, base[:, None] * moved).astype(np.int64), _arrivals(random, creators, days))


def _curves(personas: list[sandbox_world.Persona], days: int) -> Floats:
    """The sandbox's growth above the base for many creators at once; a sample of them is compared with its own."""
    curve = np.array([persona.curve for persona in personas])[:, None]
    length = np.array([persona.curve_days for persona in personas])[:, None]
    gain = np.array([persona.curve_gain for persona in personas])[:, None]
    offset = np.array([persona.curve_offset for persona in personas])[:, None]
    along = ((SANDBOX_START + np.arange(days)[None, :] + offset) % length) / length
    top = np.where(curve == "fall", 0.15, 0.85)
    growth = gain * np.where(along < top, along / top, (1 - along) / (1 - top))
    growth = np.where(curve == "wave", gain * np.sin(2 * np.pi * along), growth)
    explosion = np.where(along > 0.7, gain * (1 - along) / 0.3, gain / (1 + np.exp(-(along * length - 25) / 2)))
    growth = np.where(curve == "explode", explosion, growth)
    for index in range(0, len(personas), 997):
        for day in {0, days // 2, days - 1}:
            own = sandbox_world._growth(personas[index], SANDBOX_START + day)
            if abs(own - growth[index, day]) > 1e-9:
                raise AssertionError(f"the sandbox's growth changed: creator {index} has {own} on day {day}")
    return growth


def _arrivals(random: np.random.Generator, creators: int, days: int) -> Whole:
    is_present = random.random(creators) < PRESENT_AT_FIRST
    return np.where(is_present, 0, random.integers(1, max(2, days), creators)).astype(np.int64)


def rough(creators: int, days: int, seed: int) -> World:
    """The rough world of `seed`; the same numbers on every machine with the same NumPy."""
    random = np.random.default_rng([seed, creators, days])
    arrival = _arrivals(random, creators, days)
    liveliness = random.gamma(HIT_SHAPE, 1 / HIT_SHAPE, creators)  # 1 in the mean
    noise = NOISE * np.exp(NOISE_SPREAD * random.standard_normal(creators)) * (0.5 + 0.5 * liveliness)
    growth = _drift(random, creators, days)
    growth += noise[:, None] * random.standard_t(NOISE_FREEDOM, (creators, days))
    growth += _hits(random, liveliness, days)
    # The first numbers lie in the band comets are found in, more of them near its lower edge.
    start = np.log(10_000) + np.log(10) * random.beta(1.0, 1.6, creators)
    growth += _breakouts(random, liveliness, arrival, days)
    growth[np.arange(days)[None, :] <= arrival[:, None]] = 0.0
    logs = start[:, None] + np.cumsum(growth, axis=1)
    return World(np.rint(np.exp(np.clip(logs, 0, 20))).astype(np.int64), arrival)


def _drift(random: np.random.Generator, creators: int, days: int) -> Floats:
    shares, middles, spreads = (np.array(column) for column in zip(*HABITS, strict=True))
    drift = np.empty((creators, days))
    current = np.zeros(creators)
    for day in range(days):
        changing = np.ones(creators, bool) if day == 0 else random.random(creators) < HABIT_CHANGE
        habit = random.choice(len(shares), changing.sum(), p=shares)
        current[changing] = middles[habit] + spreads[habit] * random.standard_normal(changing.sum())
        drift[:, day] = current
    return drift


def _hits(random: np.random.Generator, liveliness: Floats, days: int) -> Floats:
    creators = len(liveliness)
    hits = np.zeros((creators, days))
    running = np.zeros(creators)
    for day in range(days):
        running *= HIT_DECAY
        struck = random.random(creators) < 1 - np.exp(-HITS * liveliness)
        running[struck] += np.minimum(HIT_MOST, HIT_LEAST * (1 + random.pareto(HIT_TAIL, struck.sum())))
        hits[:, day] = running
    return hits


def _breakouts(random: np.random.Generator, liveliness: Floats, arrival: Whole, days: int) -> Floats:
    creators = len(liveliness)
    growth = np.zeros((creators, days))
    for day in range(1, days):
        age = day - arrival
        is_new = (age > 0) & (age <= NEW_ARRIVAL_DAYS)
        rate = BREAKOUTS * (0.5 + 0.5 * liveliness) * np.where(is_new, NEW_ARRIVAL_TILT, 1.0)
        rate[(age <= 0) | (growth[:, day] > 0)] = 0.0
        for creator in np.flatnonzero(random.random(creators) < 1 - np.exp(-rate)):
            length = int(random.integers(BREAKOUT_DAYS[0], BREAKOUT_DAYS[1] + 1))
            total = random.uniform(*np.log(BREAKOUT_FACTOR))
            steps = np.arange(length)
            shape = np.exp(-steps / (length / 4)) if random.random() < 0.5 else _bell(steps, length)
            last = min(days, day + length)
            growth[creator, day:last] = (total * shape / shape.sum())[: last - day]
    return growth


def _bell(steps: Whole, length: int) -> Floats:
    """Growth per day of an S-curve over `length` days."""
    edges = 1 / (1 + np.exp(-(np.append(steps, length) / length * 8 - 4)))
    return np.diff(edges)
