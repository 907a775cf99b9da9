"""A seeded round of a few faults of video_research: in a file of its own, which another worker plays meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import runner
from tests.faults.stage import Stage

pytestmark = pytest.mark.thorough
QUICK = sorted(number for number, fault in runner.FAULTS.items() if fault.quick and fault.pipeline == "video_research")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@pytest.mark.parametrize("number", QUICK)
def test_faults_lose_nothing_double_nothing_and_pay_within_the_bound(stage: Stage, number: str):
    """A fault holds every invariant and bound, at random moments."""
    line = runner.play_rounds(stage, runner.FAULTS[number], rounds=1, seed=1, is_quick=True)
    assert (line.verdict, line.problems) == ("holds", [])
