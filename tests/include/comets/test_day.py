"""Whole days of the pipeline: what ends up in the tables, and what it cost."""

from __future__ import annotations


def test_a_first_day_finds_and_keeps_comets(days):
    """A new database after its first day: comets, snapshots, verdicts and a report that add up."""
    for d in (2, 3, 4, 5):
        _, failed, report = days.at(2026, 11, d).play()
        print(report)
        assert failed == []
    days.sandbox.clear_log()
    _, failed, report2 = days.play()
    print(report2)
    assert days.sandbox.log() == []
    days.at(2026,11,6)
    print(days.play(day=__import__('datetime').date(2026,11,3)))
    assert days.sandbox.log() == []
