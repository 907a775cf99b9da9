"""The consistency check: what it refuses by, in which order, and when nothing can be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from plugins.filters.consistency import ConsistencyFinding, Played, judge_consistency
from plugins.filters.layers import TextLayers
from plugins.filters.rules import ConsistencyRules, RulesError, load_rules, rules_from_mapping, shipped_mapping

DAY = date(2026, 11, 2)
PASSED, TOO_FEW = "passed", "too few"


def rules(**changed: Any) -> ConsistencyRules:
    """Median 1,000, half of the videos at 2,000 or more, posted within 10 days, from 5 videos on."""
    asked = {
        "min_median_plays": 1_000,
        "bar_plays": 2_000,
        "min_share_percent": 50,
        "max_days_silent": 10,
        "min_videos": 5,
    }
    return rules_from_mapping({"version": "1", "consistency": {"is_on": True, **asked, **changed}}).consistency


def videos(*plays: int, days_ago: int = 0) -> list[Played]:
    """The latest of them was posted so many days before DAY at 23:00, the others a day earlier each."""
    last = datetime(2026, 11, 2, 23, tzinfo=UTC) - timedelta(days=days_ago)
    return [Played(count, last - timedelta(days=number)) for number, count in enumerate(plays)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (videos(2_000, 2_000, 2_000, 2_000), (TOO_FEW, 4)),
        ([], (TOO_FEW, 0)),
        (videos(2_000, 2_000, 2_000, 0, 0), (PASSED, 5)),
        # One hit of five: the middle of 900, 900, 999, 999, 90,000 is 999.
        (videos(900, 90_000, 999, 900, 999), ("refused", 5, "median_plays", 999.0, 1_000.0)),
        # Of six the middle lies between two: 999 and 1,000.
        (videos(0, 0, 999, 1_000, 9_000, 9_000), ("refused", 6, "median_plays", 999.5, 1_000.0)),
        (videos(1_000, 1_000, 1_000, 1_999, 2_000, 3_000), ("refused", 6, "share", 33.3333, 50.0)),
        (videos(1_000, 1_000, 1_000, 2_000, 2_000, 3_000), (PASSED, 6)),
        (videos(*[2_000] * 5, days_ago=10), (PASSED, 5)),
        (videos(*[2_000] * 5, days_ago=11), ("refused", 5, "last_post", 11.0, 10.0)),
        (videos(*[2_000] * 5, days_ago=-1), (PASSED, 5)),
        ([Played(2_000, None)] * 5, (PASSED, 5)),
        ([*videos(2_000, days_ago=11), *[Played(2_000, None)] * 4], ("refused", 5, "last_post", 11.0, 10.0)),
    ],
)
def test_what_it_says_of_videos(known: list[Played], expected: tuple[Any, ...]):
    """Median first, then share, then last post; a bound that is reached is enough, and below five videos it cannot tell."""
    assert judge_consistency(rules(), known, DAY) == ConsistencyFinding(*expected)


def test_the_order_of_videos_is_no_matter():
    """Pinned videos come first in a list; the last post is the latest of all."""
    known = [*videos(3_000, days_ago=400), *videos(*[2_000] * 4, days_ago=3)]
    assert judge_consistency(rules(), known, DAY) == judge_consistency(rules(), known[::-1], DAY)
    assert judge_consistency(rules(), known, DAY).decision == PASSED


@pytest.mark.parametrize(
    ("off", "known"),
    [
        ("min_median_plays", videos(0, 0, 0, 5_000, 5_000)),
        ("min_share_percent", videos(*[1_500] * 5)),
        ("max_days_silent", videos(*[2_000] * 5, days_ago=900)),
    ],
)
def test_a_threshold_of_0_is_not_asked_for(off: str, known: list[Played]):
    """What it would have refused passes; the other two still ask."""
    others = {"min_share_percent": 40} if off == "min_median_plays" else {}
    assert judge_consistency(rules(**others), known, DAY).decision == "refused"
    assert judge_consistency(rules(**others, **{off: 0}), known, DAY).decision == PASSED


def test_it_is_off_as_shipped_and_in_versions_of_before():
    """A version saved before there was such a section says what the shipped rules say."""
    saved = {name: section for name, section in shipped_mapping().items() if name != "consistency"}
    assert rules_from_mapping({**saved, "version": "2026.11.3-1"}).consistency == load_rules().consistency
    assert not load_rules().consistency.is_on
    assert not TextLayers(load_rules()).asks_consistency


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"is_on": 1}, "consistency.is_on: expected true or false, not 1"),
        ({"is_on": "yes"}, "consistency.is_on: expected true or false, not 'yes'"),
        ({"min_videos": 0}, "consistency.min_videos: expected a number from 1 to 20, not 0"),
        ({"min_videos": 21}, "consistency.min_videos: expected a number from 1 to 20, not 21"),
        ({"min_videos": 5.5}, "consistency.min_videos: expected a number without a fraction"),
        ({"min_share_percent": 101}, "consistency.min_share_percent: expected a number from 0 to 100"),
        ({"min_median_plays": -1}, "consistency.min_median_plays: expected a number of at least 0"),
        ({"max_days_silent": True}, "consistency.max_days_silent: expected a number"),
        ({"median": 3}, "consistency.median: unknown entry"),
        (
            {"is_on": True, "min_median_plays": 0, "min_share_percent": 0, "max_days_silent": 0},
            "consistency.is_on: .* nothing is asked",
        ),
    ],
)
def test_values_that_mean_nothing_are_refused_by_name(section: dict[str, Any], told: str):
    """Kinds and bounds; and a rule that is on and asks for nothing would be paid for in vain."""
    with pytest.raises(RulesError, match=told):
        rules_from_mapping({"version": "1", "consistency": section})
