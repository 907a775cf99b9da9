"""What names of files and folders tell, and what they do not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from include.account_analytics.facts import NameFacts
from include.account_analytics.reading.names import parse_name, shown

# 1772616600 is 2026-03-04 09:30:00 UTC.
FULL = NameFacts("overview", date(2026, 3, 1), datetime(2026, 3, 4, 9, 30, tzinfo=UTC), "made_up.2026_x")


@pytest.mark.parametrize(
    "name",
    [
        "Overview_2026-03-01_1772616600_made_up.2026_x.zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x.csv",
        "Overview_2026-03-01_1772616600_made_up.2026_x.XLSX",
        "Overview_2026-03-01_1772616600_made_up.2026_x",
        "Overview_2026-03-01_1772616600123_made_up.2026_x.zip",
        "some folder/Overview_2026-03-01_1772616600_made_up.2026_x/",
        "C:\\drop\\Overview_2026-03-01_1772616600_made_up.2026_x.zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x (1).zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x(2).zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x 2.zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x-1.zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x copy.zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x - Kopie (3).zip",
        "Overview_2026-03-01_1772616600_made_up.2026_x.csv.zip",
    ],
)
def test_full_name(name: str):
    """Start, epoch and handle are read from the left, whatever folder, ending or copy mark is around them."""
    assert parse_name(name) == FULL


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("Content_made_up.zip", NameFacts("content", handle="made_up")),
        ("Followers_1772616600_x.zip", NameFacts("followers", handle="1772616600_x")),
        ("Viewers_2026.zip", NameFacts("viewers", handle="2026")),
        ("Overview.csv", NameFacts("overview")),
        ("Overview_2026-02-31_1772616600_x1.zip", NameFacts("overview")),
        ("ファイル.csv", NameFacts()),
        ("overview_2026_final.csv", NameFacts()),
        ("Content of March.csv", NameFacts()),
        ("Content_no handle.zip", NameFacts()),
        ("Content_a\nb.zip", NameFacts()),
        ("", NameFacts()),
        ("..", NameFacts()),
        ("Overview_" + "x" * 255, NameFacts()),
    ],
)
def test_what_a_name_does_not_say(name: str, facts: NameFacts):
    """Only Overview has dates; digits of a handle are no epoch; another name says nothing."""
    assert parse_name(name) == facts


def test_shown():
    """A name is shown on one line, in letters that every table can hold."""
    assert shown("a\nb\x00\udc80\u202e.csv") == "a�b���.csv"
    assert len(shown("x" * 4000)) == 255
