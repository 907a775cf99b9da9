"""When a failed task is tried again."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import RetryDecision

from include.account_analytics.browser.failures import NoDownload, TooSoon
from include.comets.checks import CheckFailed
from include.database import DatabaseUnavailable
from include.defaults import LONGEST_DELAY, RetryByError
from include.migrations import SchemaError
from include.runs import RunRefused
from include.settings import SettingsError
from include.tikhub.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    BudgetSpent,
    Forbidden,
    RateLimited,
    RequestRejected,
    Unavailable,
    UnexpectedAnswer,
)


def _decide(error: BaseException, try_number: int = 1, map_index: int = -1) -> RetryDecision:
    context: Any = {"ti": SimpleNamespace(run_id="manual__1", map_index=map_index)}
    return RetryByError().evaluate(error, try_number, 5, context)


def _delay(error: BaseException, try_number: int = 1, map_index: int = -1) -> timedelta:
    delay = _decide(error, try_number, map_index).retry_delay
    assert delay is not None
    return delay


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationFailed(),
        BalanceExhausted(),
        Forbidden(),
        BudgetSpent(),
        RequestRejected(),
        UnexpectedAnswer(),
        SettingsError(),
        SchemaError(),
        RunRefused(),
        CheckFailed(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_permanent(error: Exception):
    """What does not go away by itself fails at once, and the decision names it."""
    assert _decide(error) == RetryDecision.fail(f"{type(error).__name__} does not go away by itself")


@pytest.mark.parametrize("error", [Unavailable(), RateLimited(), DatabaseUnavailable(), OSError()])
def test_passing(error: Exception):
    """All else is tried again, and the decision names it."""
    decision = _decide(error)
    assert (decision.action.value, decision.reason) == ("retry", type(error).__name__)


@pytest.mark.parametrize(("try_number", "seconds"), [(1, 20), (2, 40), (3, 80), (6, 640), (7, 900), (20, 900)])
def test_delays_grow(try_number: int, seconds: int):
    """Each delay is twice the one before, up to a quarter of an hour, and up to half as much again."""
    assert seconds <= _delay(Unavailable(), try_number).total_seconds() <= seconds * 1.5


def test_a_pause_and_tries_of_its_own():
    """An error may say when it is worth another try, and after how many tries it is not."""
    late = NoDownload("no download began", retry_after=3600)
    assert 3600 <= _delay(late, 1).total_seconds() <= 5400
    assert _decide(late, 2) == RetryDecision.fail("NoDownload came 2 times")
    assert 90 <= _delay(TooSoon("a short while ago", 90)).total_seconds() <= 135


def test_pause_asked_for():
    """A pause that the server asks for is never cut short, however long."""
    asked = 3 * LONGEST_DELAY
    assert min(_delay(RateLimited(retry_after=asked.total_seconds()), 1, index) for index in range(200)) >= asked


def test_siblings_part():
    """Mapped instances that failed together do not come back together."""
    assert len({_delay(Unavailable(), 1, index) for index in range(200)}) == 200


def test_same_again():
    """The same try of the same instance gets the same delay, whoever computes it."""
    assert _delay(Unavailable(), 2, 7) == _delay(Unavailable(), 2, 7)


def test_without_context():
    """Airflow may ask without a context."""
    assert RetryByError().evaluate(Unavailable(), 1, 5).action.value == "retry"


def test_a_try_that_failed_says_when_the_next_one_begins(caplog: pytest.LogCaptureFixture):
    """The log of each try but the last names its number, all of them, and the moment of the next."""
    with caplog.at_level("WARNING", "include.defaults"):
        for number in range(1, 7):
            _decide(Unavailable("no network"), number)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in lines] == [
        f"Try {number} of 6 failed (Unavailable)" for number in range(1, 6)
    ]
    assert all(re.search(r"the next one begins at \d\d:\d\d:\d\d UTC\.$", line) for line in lines)
