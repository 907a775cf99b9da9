"""Airflow defaults shared by all DAGs: when a failed task is tried again, and the pool that bounds API tasks."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

from include.failures import NeedsPerson
from include.tikhub.errors import Permanent, RateLimited

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

POOL = "tikhub"
RETRIES = 5
FIRST_DELAY = timedelta(seconds=20)
LONGEST_DELAY = timedelta(minutes=15)
# Trying again changes nothing about these: a person has to.
HOPELESS = (Permanent, NeedsPerson)


class RetryByError(RetryPolicy):
    """Two rules: what is permanent fails at once; all else is tried again, later each time, siblings apart.

    Airflow's own jitter is the same for all mapped instances of a task, so that they would come back together.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        if isinstance(exception, HOPELESS):
            return RetryDecision.fail(f"{type(exception).__name__} does not go away by itself")
        delay = min(FIRST_DELAY * 2 ** max(try_number - 1, 0), LONGEST_DELAY)
        if isinstance(exception, RateLimited) and exception.retry_after:
            delay = max(delay, timedelta(seconds=exception.retry_after))
        return RetryDecision.retry(delay * _jitter(context), reason=type(exception).__name__)

    def serialize(self) -> dict[str, Any]:
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> RetryByError:
        return cls()


def _jitter(context: Context | None) -> float:
    """0.75 to 1.25, its own for each mapped instance and try."""
    instance = context["ti"] if context and "ti" in context else None
    seed = (
        f"{getattr(instance, 'run_id', '')} {getattr(instance, 'map_index', '')} {getattr(instance, 'try_number', '')}"
    )
    return random.Random(seed).uniform(0.75, 1.25)  # noqa: S311 - spreading load, not keeping secrets


DEFAULT_ARGS = {
    "retries": RETRIES,
    "retry_delay": FIRST_DELAY,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": LONGEST_DELAY,
    "retry_policy": RetryByError(),
}
