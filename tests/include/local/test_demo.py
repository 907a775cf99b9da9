"""The days that `make demo` makes: what the pages say of them is what they say of days that were played."""

from __future__ import annotations

import psycopg
import pytest

from include.local import demo
from include.local.driven_sandbox import RunningSandbox


def test_days_are_green_but_the_one_that_broke(
    database_url: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    """Of five days the one whose roll call broke off is incomplete, for want of coverage; all others are complete."""
    monkeypatch.setattr(demo, "DAYS", 5)
    monkeypatch.setattr(demo, "BROKEN", 2)
    monkeypatch.setattr(demo, "KEYWORDS_AT_FIRST", 10)
    monkeypatch.setattr(demo, "_speak_up", lambda *_: None)  # about more creators than five days find
    demo.fill(database_url, sandbox)
    with psycopg.connect(database_url) as connection:
        told = connection.execute("select state, failed_checks from runs order by day").fetchall()
        sources = connection.execute("select distinct layer, followers_from from verdicts").fetchall()
    assert [state for state, _ in told] == ["complete", "complete", "incomplete", "complete", "complete"]
    assert [len(checks) for _, checks in told] == [0, 0, 1, 0, 0]
    assert told[2][1][0].startswith("coverage ")
    assert {("accepted", "profile"), ("criteria", "stub")} <= set(sources)
    assert ("accepted", None) not in sources
