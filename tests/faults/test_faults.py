"""A seeded round of a few faults; `make faults` plays all of them, and more rounds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import runner
from tests.faults.stage import Stage

ROUNDS = 1
QUICK = sorted(number for number, fault in runner.FAULTS.items() if fault.quick and fault.pipeline == "comets")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@pytest.mark.parametrize("number", QUICK)
def test_faults_lose_nothing_double_nothing_and_pay_within_the_bound(stage: Stage, number: str):
    """A fault holds every invariant and bound, at random moments."""
    line = runner.play_rounds(stage, runner.FAULTS[number], ROUNDS, seed=1, is_quick=True)
    assert (line.verdict, line.problems) == ("holds", [])


def test_every_fault_of_the_list_is_there():
    """F01 to F42 and V01 to V16 are all in the suite, each with a line of its own."""
    wanted = {f"F{number:02}" for number in range(1, 43)} | {f"V{number:02}" for number in range(1, 17)}
    assert wanted - set(runner.FAULTS) == set()
