"""What `make scale-test` makes of its figures: a pace below the goal shows in the table, and fails only when it is far below."""

from __future__ import annotations

import pytest

from benchmarks.figures import Figure
from tests.scale import play


def paced(calls_a_second: float) -> Figure:
    return play._pace("pace_both", "share", [number / calls_a_second for number in range(200)])


@pytest.mark.parametrize(
    ("calls_a_second", "reached", "broken"),
    [
        (play.RATE * 0.96, True, []),
        (play.RATE * 0.93, False, []),
        (play.RATE * 0.85, False, ["pace_both"]),
        (play.RATE * 1.02, False, ["pace_both"]),
    ],
)
def test_a_pace_is_held_against_the_goal_and_judged_by_what_a_busy_machine_can_do(calls_a_second, reached, broken):
    """95 % is what the table says was reached or not; the exit status asks for 90 %, and never more than the limit."""
    figure = paced(calls_a_second)
    assert (figure.figure, figure.reached) == (pytest.approx(calls_a_second / play.RATE * 100), reached)
    assert play.broken([figure]) == broken


def test_any_other_bound_is_judged_as_the_table_says():
    """A creator lost is a creator lost, on any machine; what has no bound breaks none."""
    lost, misses = play._bound("lost", "creators", 1, "", 0, 0), Figure("misses", "why not", 12, "", "", None)
    assert play.broken([lost, misses]) == ["lost"]
