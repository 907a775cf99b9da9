"""What the documents show for notebooks, done as it stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from include.lake import Lake
from include.sandbox.exports.downloads import export
from tests.include.account_analytics.downloads import stage

PAGE = Path(__file__).resolve().parents[3] / "docs" / "account_analytics.md"
(EXAMPLE,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
AT = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world) -> dict:
    """All names of the example, after it was run beside a lake with two downloads of an account."""
    account = world.account(0, zone="UTC")
    lake = Lake(f"file://{tmp_path}/.local/lake")
    stage(lake, [*export(account, AT), *export(account, AT + timedelta(days=8))])
    monkeypatch.chdir(tmp_path)
    names: dict = {"account": account}
    exec(compile(EXAMPLE, PAGE.name, "exec"), names)  # noqa: S102 - the documents' own lines
    return names


def test_the_example_of_the_documents(shown: dict):
    """Every line works, and gives the account's true numbers: the newest totals, each day's views, valid files."""
    assert shown["analyzer"].accounts == ["mara"]
    ids = {row["video_id"]: row for row in shown["best"].iter_rows(named=True)}
    assert 0 < len(ids) <= 10
    for post in shown["account"].posts:
        if found := ids.get(str(post.video_id)):
            assert found["total_views"] in {post.total("views", moment) for moment in (AT, AT + timedelta(days=8))}
    views = dict(shown["together"].select("day", "video_views").drop_nulls().iter_rows())
    assert len(views) == 28 + 8
    settled = [day for day in views if day < (AT + timedelta(days=5)).date()]
    assert {day: views[day] for day in settled} == {day: shown["account"].value(day, "video_views") for day in settled}
    assert pl.read_csv("all_accounts.csv").height == shown["together"].height
    assert shown["shapes"]["is_valid"].to_list() == [True]
    assert Path("report.xlsx").read_bytes().startswith(b"PK")
    assert set(shown["advice"].columns) == {"account", "rule", "recommendation", "numbers"}
