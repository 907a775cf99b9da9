"""A day on which the searches find nothing is not green."""

from __future__ import annotations

from include.local.played_days import Days
from tests.include.comets.rosters import TODAY, counts, enter, plain


def test_a_day_without_any_video_is_red(days: Days):
    """Every search is empty: the roll call is taken and kept, the checks fail, and `runs` says why."""
    ids = enter(days.at(2026, 11, 2), plain(days, 5))
    empty = {"kind": "field", "path": "data.search_item_list", "value": []}
    days.sandbox.inject({"match": {"endpoint": "video_search"}, "times": None, "action": empty})
    run, failed, _ = days.play(max_keywords=2, pages_per_keyword=1)
    assert [step.split(" searches: ")[0] for step in failed] == [
        "check_day: CheckFailed: no video was found by any of 2"
    ]
    assert counts(days, TODAY).keys() == {*ids}
    ((state, checks),) = days.rows("select state, failed_checks from runs where run_id = %s", run.run_id)
    assert (state, len(checks)) == ("incomplete", 1)
