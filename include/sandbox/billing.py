"""The account: a price per answered call, a balance that can run out, and the rate limit per key."""

import time
from collections import deque

BASE_PRICE = 1_000  # millionths of a dollar
# (calls of the day above which it holds, percent off); marginal, so each call has the price of its own step.
DISCOUNTS = ((0, 0), (1_000, 10), (5_000, 20), (10_000, 30), (20_000, 40), (30_000, 50))


def price_of_call(billed_before: int) -> int:
    """What the next call costs, in millionths of a dollar, after this many billed calls on the same day."""
    percent = max(off for above, off in DISCOUNTS if billed_before >= above)
    return BASE_PRICE * (100 - percent) // 100


class Account:
    """Balance and free credit in millionths of a dollar; calls billed per day."""

    def __init__(self, balance: float = 50.0, free_credit: float = 0.0) -> None:
        self.balance = round(balance * 1e6)
        self.free_credit = round(free_credit * 1e6)
        self.billed: dict[int, int] = {}
        self.spent: dict[int, int] = {}

    def can_pay(self, day: int) -> bool:
        """Whether the next call of this day can be paid for."""
        return self.balance + self.free_credit >= price_of_call(self.billed.get(day, 0))

    def bill(self, day: int) -> int:
        """Take the price of one call, free credit first; returns it."""
        price = price_of_call(self.billed.get(day, 0))
        self.billed[day] = self.billed.get(day, 0) + 1
        self.spent[day] = self.spent.get(day, 0) + price
        from_credit = min(self.free_credit, price)
        self.free_credit -= from_credit
        self.balance -= price - from_credit
        return price

    def forget_bills(self) -> None:
        """Nothing was billed on any day; balance and credit stay."""
        self.billed.clear()
        self.spent.clear()


class RateLimit:
    """At most `per_second` requests in any second, per key; 0 lifts the limit."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._taken: dict[str, deque[float]] = {}

    def set(self, per_second: float) -> None:
        """Another limit; what passed under the one before does not count."""
        self.per_second = per_second
        self._taken.clear()

    def wait_seconds(self, key: str) -> float:
        """0 when the request may go on (and is counted), else how long until it might."""
        if self.per_second <= 0:
            return 0.0
        now = time.monotonic()
        taken = self._taken.setdefault(key, deque())
        while taken and now - taken[0] >= 1.0:
            taken.popleft()
        if len(taken) >= self.per_second:
            return 1.0 - (now - taken[0])
        taken.append(now)
        return 0.0
