"""How often a stage is tried again, and after which pause: one layer, inside the task instance."""

from __future__ import annotations

import random
from collections.abc import Mapping

RETRIES: Mapping[str, int] = {"search": 3, "download": 2, "process": 3, "validate": 0, "upload": 3}
LONGEST_PAUSE = 600.0  # whatever a server asks for


def again(stage: str, attempt: int, asked_for: float | None = None) -> float | None:
    """Seconds before the next try after `attempt` failed (from 1 on): 2, 4, 8, and up to half of it more at random, so that
    siblings do not come back together; never less than the server `asked_for`. None: no more.
    """
    if attempt > RETRIES[stage]:
        return None
    seconds = 2.0**attempt * random.uniform(1.0, 1.5)  # noqa: S311 - spreading load, not keeping secrets
    return max(seconds, min(asked_for or 0.0, LONGEST_PAUSE))
