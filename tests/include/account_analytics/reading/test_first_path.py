"""From a ZIP as TikTok packs it to days and numbers."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from include.account_analytics.facts import Label, NameFacts
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.examine import examine
from tests.include.account_analytics.reading.files import CATALOGUE, MONTHS, OVERVIEW, studio, zip_of

NAME = "Overview_2026-03-01_1772616600_made.up_one.zip"


def test_overview_in_a_zip(tmp_path):
    """A ZIP of Studio's Overview gives its name's facts, its member's hash and time, and each day's numbers."""
    content = studio(OVERVIEW, ("March 1", "1,200", "30", "40", "-1", "2"), ("March 2", "900", "31", "0", "4", "1"))
    path = tmp_path / NAME
    path.write_bytes(zip_of({"Overview.csv": content}))
    with open_export(path) as export:
        (member,) = export.members
        found = examine(member, CATALOGUE, MONTHS)
    assert export.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (export.container, export.name, export.refused) == ("zip", NAME, ())
    ends_at = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    assert export.facts == NameFacts("overview", date(2026, 3, 1), ends_at, "made.up_one")
    assert (member.name, member.sha256) == ("Overview.csv", hashlib.sha256(content).hexdigest())
    assert member.written_at == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    assert (found.format.name, found.format.family, found.format.report) == ("studio_overview", "studio", "overview")
    assert (found.labels, found.lines, found.rows) == ((Label(3, 1), Label(3, 2)), (2, 3), 2)
    assert found.metrics == {
        "video_views": (1200, 900),
        "profile_views": (30, 31),
        "likes": (40, 0),
        "comments": (-1, 4),
        "shares": (2, 1),
    }
    assert found.warnings == ()
