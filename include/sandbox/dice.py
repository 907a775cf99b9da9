"""Deterministic draws: the same keys always give the same numbers, on every machine and Python version."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

_MASK = 2**64 - 1


def number(*keys: object) -> int:
    """A 64-bit integer that is a pure function of `keys` (compared by their text)."""
    text = "\x1f".join(map(str, keys)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


class Dice:
    """A stream of draws (splitmix64) that is a pure function of the keys it was made with."""

    __slots__ = ("_state",)

    def __init__(self, *keys: object) -> None:
        self._state = number(*keys)

    def bits(self) -> int:
        """The next 64-bit integer of the stream."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def unit(self) -> float:
        """A float in [0, 1)."""
        return (self.bits() >> 11) / 2**53

    def below(self, bound: int) -> int:
        """An integer in [0, bound)."""
        return self.bits() % bound

    def between(self, low: float, high: float) -> float:
        """A float in [low, high)."""
        return low + (high - low) * self.unit()

    def spread(self, low: float, high: float) -> float:
        """A float in [low, high), evenly spread over the orders of magnitude between them."""
        return low * float((high / low) ** self.unit())

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.unit() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[self.below(len(items))]

    def pick_weighted(self, weights: dict[str, float]) -> str:
        """One of the keys, as likely as its weight says; the weights need not add up to 1."""
        left = self.unit() * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return next(reversed(weights))
