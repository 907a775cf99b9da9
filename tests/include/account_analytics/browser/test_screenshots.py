"""Screenshots in the lake: kept for a month, found by account and time, gone with an account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.account_analytics.browser import screenshots
from include.lake import Lake

NOON = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)


def test_kept_for_a_month(tmp_path):
    """One of 30 days ago stays, one a second older goes; what else lies there is left alone."""
    lake = Lake(f"file://{tmp_path}")
    times = (NOON, NOON - timedelta(days=30), NOON - timedelta(days=30, seconds=1))
    keys = [screenshots.keep(lake, "anna", "content", "range 28", at, b"png") for at in times]
    assert keys[0] == "browser/anna/20261102T123000Z_content_range-28.png"
    lake.write("browser/anna/notes.txt", b"mine")
    assert screenshots.remove_expired(lake, NOON) == 1
    assert [entry.key for entry in lake.entries("browser")] == [*sorted(keys[:2]), "browser/anna/notes.txt"]
    assert screenshots.remove_expired(lake, NOON) == 0


def test_nothing_was_ever_kept(tmp_path):
    """A lake without any is fine."""
    assert screenshots.remove_expired(Lake(f"file://{tmp_path}"), NOON) == 0
