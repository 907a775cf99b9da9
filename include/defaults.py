"""What all DAGs share of Airflow: retries, the pool of tasks that call the API, whether a run goes on, fields of a form."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, RetryDecision, RetryPolicy

from include.failures import NeedsPerson
from include.tikhub.errors import Permanent

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

POOL = "tikhub"
RETRIES = 5
FIRST_DELAY = timedelta(seconds=20)
LONGEST_DELAY = timedelta(minutes=15)
# Trying again changes nothing about these: a person has to.
HOPELESS = (Permanent, NeedsPerson)


log = logging.getLogger(__name__)


class RetryByError(RetryPolicy):
    """Two rules: what is permanent fails at once; all else is tried again, later each time, siblings apart.

    An error may say itself in how many seconds another try may help (`retry_after`), and after how many tries none does
    (`most_tries`).

    Airflow's own jitter is the same for all mapped instances of a task, so that they would come back together.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        if isinstance(exception, HOPELESS):
            return RetryDecision.fail(f"{type(exception).__name__} does not go away by itself")
        most_tries = getattr(exception, "most_tries", None)
        if isinstance(most_tries, int) and try_number >= most_tries:
            return RetryDecision.fail(f"{type(exception).__name__} came {try_number} times")
        delay = min(FIRST_DELAY * 2 ** (try_number - 1), LONGEST_DELAY)
        retry_after = getattr(exception, "retry_after", None)
        if isinstance(retry_after, int | float):
            delay = max(delay, timedelta(seconds=retry_after))
        delay *= _spread(try_number, context)
        if try_number <= max_tries:
            begins = datetime.now(UTC) + delay
            log.warning(
                "Try %s of %s failed (%s): the next one begins at %s UTC.",
                try_number,
                max_tries + 1,
                type(exception).__name__,
                f"{begins:%H:%M:%S}",
            )
        return RetryDecision.retry(delay, reason=type(exception).__name__)


def _spread(try_number: int, context: Context | None) -> float:
    """1 to 1.5, its own for each mapped instance and try; never below 1, or a pause asked for would be cut short."""
    instance = context["ti"] if context else None
    seed = f"{getattr(instance, 'run_id', '')} {getattr(instance, 'map_index', '')} {try_number}"
    return random.Random(seed).uniform(1.0, 1.5)  # noqa: S311 - spreading load, not keeping secrets


DEFAULT_ARGS = {
    "retries": RETRIES,
    # These rule where no policy is asked: when the worker itself was lost.
    "retry_delay": FIRST_DELAY,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": LONGEST_DELAY,
    "retry_policy": RetryByError(),
}


def is_going(ti: Any, run_id: str) -> bool | None:
    """Whether Airflow has this run of the task's DAG under way; None when it knows no such run."""
    asked = {"dag_id": ti.dag_id, "run_ids": [run_id]}
    if not ti.get_dr_count(**asked):
        return None
    return bool(ti.get_dr_count(**asked, states=["queued", "running"]))


def words(section: str, title: str, description: str, pattern: str = r"\S", most: int = 100) -> Param:
    """A field for a list of up to `most` words of 1 to 200 letters, each with the pattern; empty by default, or null."""
    item = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": pattern}
    schema: dict[str, Any] = {"type": ["null", "array"], "items": item, "maxItems": most}
    return Param([], description, schema={**schema, "title": title, "section": section})


def number(default: float | None, least: int, most: int, section: str, title: str, description: str) -> Param:
    """A field for a number from `least` to `most`: whole unless the default is a float, optional if that is None."""
    kind = "number" if isinstance(default, float) else "integer"
    schema: dict[str, Any] = {"type": ["null", kind] if default is None else kind, "minimum": least, "maximum": most}
    return Param(default, description, schema={**schema, "title": title, "section": section})


def choice(given: Sequence[int], section: str, title: str, description: str) -> Param:
    """A field for one of some whole numbers; the first by default."""
    schema: dict[str, Any] = {"type": "integer", "enum": list(given)}
    return Param(given[0], description, schema={**schema, "title": title, "section": section})


def switch(section: str, title: str, description: str) -> Param:
    """A field to tick; off by default."""
    return Param(False, description, schema={"type": "boolean", "title": title, "section": section})
