"""How many examples a property is held against: a quarter of them, or all with `EXAMPLES=all`, as `make test-thorough` has it."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

FEWEST = 10
USUAL = 100


def count_of(number: int) -> int:
    """Of `number` examples those that are tried."""
    return number if os.environ.get("EXAMPLES") == "all" else min(number, max(number // 4, FEWEST))


def examples(number: int, **more: Any) -> settings:
    """What stands above a property that is to have `number` examples, not USUAL; `more` is hypothesis's own."""
    return settings(max_examples=count_of(number), deadline=None, **more)
