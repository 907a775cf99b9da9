"""What the consistency check would have done to who joined the roster lately, by the videos that are stored: at no call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from include.comets.consistency import VIDEOS_ASKED, played
from include.database import rows
from plugins.filters.consistency import judge_consistency
from plugins.filters.rules import rules_from_mapping


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `creators` who joined: how many would have been refused (by what, in `fields`), would have passed, and of how many too
    few videos are stored to tell, or none at all.
    """

    creators: int
    fewest: int
    passed: int = 0
    too_few: int = 0
    none: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        return sum(self.fields.values())


def preview(connection: psycopg.Connection[Any], mapping: Mapping[str, Any], first: date, last: date) -> Preview | None:
    """What these rules make of who joined from `first` to `last`, each as on that day; None where they leave the check off.

    Raises RulesError.
    """
    rules = rules_from_mapping(mapping).consistency
    if not rules.is_on:
        return None
    joined = rows(connection, "dashboard/videos/read_of_joined", {"first": first, "last": last, "most": VIDEOS_ASKED})
    found: Counter[str] = Counter()
    for row in joined:
        videos = played(row)
        finding = judge_consistency(rules, videos, row["first_seen_on"])
        found[finding.field or ("none" if not videos else finding.decision)] += 1
    fields = {name: found[name] for name in ("median_plays", "share", "last_post") if found[name]}
    return Preview(len(joined), rules.min_videos, found["passed"], found["too few"], found["none"], fields)
