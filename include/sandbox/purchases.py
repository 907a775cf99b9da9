"""Followers that are bought in the made-up world, as a function of the day. Who buys, no answer of the sandbox tells.

What is bought goes away again by and by, until the next purchase: a world's counts do not climb for ever.
"""

from dataclasses import dataclass

from include.sandbox.dice import Dice

SHARE = 0.08  # of those without another story
_KINDS = {"packages": 0.4, "drip": 0.3, "purged": 0.3}
_HARDLY_POST = {"packages": 0.3, "drip": 0.7, "purged": 0.3}
_SOLD = (250, 500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 25_000, 50_000, 100_000, 250_000, 500_000)
# Days of the cycle on which a package comes, in one piece.
_DELIVERIES = (1, 6, 12)
_DRIP_DAYS = 21
# Bought within four days; a night takes most of it; bought again as before, after a few days of silence.
_PURGE_DAY, _REBUY_DAY, _DAYS_TO_BUY, _LEFT = 10, 13, 4, 0.15
_BLEEDS_FROM = 26


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a creator buys again and again: `amount` is a package, the followers of a day, or all of it, by `kind`."""

    kind: str  # packages, drip or purged
    cycle: int  # days
    offset: int
    amount: int
    fakes_hearts: bool
    hardly_posts: bool

    @property
    def stands_still(self) -> bool:
        """An account that is fed day by day has nothing of its own."""
        return self.kind == "drip"


def draw(dice: Dice, followers: int) -> Purchase | None:
    """What somebody with so many followers buys; None: nothing, as nearly everybody."""
    if not dice.chance(SHARE):
        return None
    kind = dice.pick_weighted(_KINDS)
    share = dice.spread(*{"packages": (0.02, 0.12), "drip": (0.003, 0.015), "purged": (0.12, 0.35)}[kind])
    amount = max(5, int(share * followers))
    if kind == "packages":
        amount = min(_SOLD, key=lambda sold: abs(sold - amount))
    return Purchase(
        kind=kind,
        cycle=40 + dice.below(21),
        offset=dice.below(400),
        amount=amount,
        fakes_hearts=dice.chance(0.35),
        hardly_posts=dice.chance(_HARDLY_POST[kind]),
    )


def held(purchase: Purchase, day: int) -> int:
    """Bought followers that are still there on this day."""
    _, told = divmod(day + purchase.offset, purchase.cycle)
    count = float(_delivered(purchase, told))
    if purchase.kind == "purged" and told >= _PURGE_DAY:
        count -= (1 - _LEFT) * purchase.amount
    left = min(1.0, (purchase.cycle - 1 - told) / (purchase.cycle - 1 - _BLEEDS_FROM))
    return int(count * left)


def bought(purchase: Purchase, day: int) -> int:
    """All that were ever bought up to this day, since some day before the world's epoch; never falls."""
    cycles, told = divmod(day + purchase.offset, purchase.cycle)
    return cycles * _delivered(purchase, purchase.cycle - 1) + _delivered(purchase, told)


def _delivered(purchase: Purchase, told: int) -> int:
    """What the cycle has brought up to its day `told`, the first is 0."""
    if purchase.kind == "packages":
        return purchase.amount * sum(day <= told for day in _DELIVERIES)
    if purchase.kind == "drip":
        return purchase.amount * min(told, _DRIP_DAYS)
    first = min(told, _DAYS_TO_BUY) / _DAYS_TO_BUY
    again = min(max(0, told - _REBUY_DAY), _DAYS_TO_BUY) / _DAYS_TO_BUY
    return int(purchase.amount * first) + int((1 - _LEFT) * purchase.amount * again)
