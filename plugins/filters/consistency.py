"""The consistency check: whether somebody's latest videos are played, or one of them was. Optional, and asked last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Literal

from plugins.filters.rules import ConsistencyRules


@dataclass(frozen=True, slots=True)
class Played:
    """What the check needs to know of one video; `posted_at` (UTC) is None where it is not known."""

    plays: int
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsistencyFinding:
    """What the check says of somebody's latest videos.

    Of a refusal `field` is `median_plays` (plays), `share` (percent of the videos at or above the bar) or `last_post` (days
    since it), with what was measured and what was asked for; None otherwise. `too few`: nothing can be told, and it passes.
    """

    decision: Literal["passed", "refused", "too few"]
    videos: int
    field: str | None = None
    measured: float | None = None
    threshold: float | None = None


def judge_consistency(rules: ConsistencyRules, videos: Sequence[Played], as_of: date) -> ConsistencyFinding:
    """The first of median, share and last post that falls short, whether the rule is on or not.

    `as_of`: the day on which the videos were asked for. Where no video says when it was posted, the last post is not asked for.
    """
    if len(videos) < rules.min_videos:
        return ConsistencyFinding("too few", len(videos))
    plays = [video.plays for video in videos]
    middle = float(median(plays))
    if middle < rules.min_median_plays:
        return _refused(videos, "median_plays", middle, rules.min_median_plays)
    above = sum(count >= rules.bar_plays for count in plays)
    if above * 100 < rules.min_share_percent * len(plays):
        return _refused(videos, "share", above * 100 / len(plays), rules.min_share_percent)
    posted = [video.posted_at.date() for video in videos if video.posted_at is not None]
    if rules.max_days_silent and posted:
        days = max(0, (as_of - max(posted)).days)
        if days > rules.max_days_silent:
            return _refused(videos, "last_post", days, rules.max_days_silent)
    return ConsistencyFinding("passed", len(videos))


def _refused(videos: Sequence[Played], field: str, measured: float, threshold: float) -> ConsistencyFinding:
    # Four decimals compare equal after a way through the database.
    return ConsistencyFinding("refused", len(videos), field, round(measured, 4), float(threshold))
