"""Key, balance and permission: the run stops at once, says which it was, and the key is found nowhere afterwards."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from include.comets import tasks
from include.local.driven_sandbox import RunningSandbox
from include.local.played_days import Days
from include.tikhub.errors import AuthenticationFailed, BalanceExhausted, Forbidden, RunStopped
from plugins.filters.layers import context_layers
from tests.fixtures.sandbox import StartSandbox
from tests.include.comets.rosters import TODAY, counts, enter, everything, misses, plain, status_fault

KEY = "sk-Comet7XQ4recognisable2Z"


@pytest.fixture(scope="module")
def keyed_sandbox(start_sandbox: StartSandbox) -> RunningSandbox:
    """A sandbox whose key can be recognised wherever it turns up."""
    return start_sandbox("--rate", 0, key=KEY)


@pytest.fixture
def keyed(database_url: str, keyed_sandbox: RunningSandbox) -> Days:
    """A day of its own at that sandbox."""
    keyed_sandbox.clear_faults()
    keyed_sandbox.account(balance=50.0)
    keyed_sandbox.clear_log()
    return Days(database_url, keyed_sandbox).at(2026, 11, 2)


CASES = [
    (401, AuthenticationFailed, "key"),
    (402, BalanceExhausted, "balance"),
    (403, Forbidden, "permission"),
]


@pytest.mark.parametrize(("status", "kind", "word"), CASES)
def test_a_refused_roll_call_stops_the_run(keyed, caplog, status, kind, word):
    """401, 402, 403 in the middle: what was measured stays, few calls follow, later tasks make none."""
    enter(keyed, plain(keyed, 200))
    keyed.sandbox.inject(
        {
            "match": {"endpoint": "user_profile"},
            "times": None,
            "action": {"kind": "status", "status": status},
            "probability": 1,
        }
    )
    run = keyed.open(skip_discovery=True)
    batches = tasks.plan_roll_call(keyed.connect, run)
    with caplog.at_level(logging.DEBUG), pytest.raises(kind) as caught:
        keyed.measure(run, batches[0], 0)
    assert word in str(caught.value).lower()
    assert len(keyed.sandbox.log()) <= keyed.threads
    keyed.sandbox.clear_log()
    with pytest.raises(RunStopped, match="another task of this run stopped all calls"):
        keyed.measure(run, batches[1], 1)
    with pytest.raises(RunStopped):
        tasks.fetch_trends(keyed.connect, keyed.api(), run)
    assert keyed.sandbox.log() == []
    assert misses(keyed, TODAY) == {}
    assert keyed.rows("select done_at from roll_call_batches") == [(None,)] * 2
    assert keyed.rows("select count(*) from api_calls where outcome = 'calling'") == [(0,)]


@pytest.mark.parametrize(
    ("status", "endpoint"),
    [
        (401, "trending_words"),
        (402, "trending_words"),
        (402, "video_search"),
        (402, "user_profile"),
        (403, "user_profile"),
    ],
)
def test_the_key_is_found_nowhere(keyed, caplog, status, endpoint):
    """Error bodies echo the key in headers and text: no table, log line, exception or report has it."""
    enter(keyed, plain(keyed, 5))
    echoed = {"detail": {"message": f"Bearer {KEY}", "headers": {"Authorization": f"Bearer {KEY}", "x-api-key": KEY}}}
    keyed.sandbox.inject(
        status_fault(status, endpoint, times=None, action={"body": echoed, "headers": {"X-Echo": KEY}})
    )
    with caplog.at_level(logging.DEBUG):
        _, failed, report = keyed.play(max_keywords=1, pages_per_keyword=1)
    assert failed
    told = "\n".join([caplog.text, report, *failed, everything(keyed)])
    assert KEY not in told
    assert "Comet7XQ4" not in told


def test_a_real_402_names_the_balance_and_keeps_the_key(keyed, caplog):
    """An account that runs dry in the middle: BalanceExhausted, what was paid for is stored, the key is nowhere."""
    creators = plain(keyed, 60)
    enter(keyed, creators)
    keyed.sandbox.account(balance=0.030)
    with caplog.at_level(logging.DEBUG):
        _, failed, report = keyed.play(skip_discovery=True)
    assert any("BalanceExhausted" in step for step in failed)
    assert any("check_day: CheckFailed" in step for step in failed)
    billed = [entry for entry in keyed.sandbox.log() if entry["billed"]]
    assert len(billed) == len(counts(keyed, TODAY)) == 30
    assert f"({len(billed)} billed" in report
    assert KEY not in "\n".join([caplog.text, report, *failed, everything(keyed)])
    assert keyed.rows("select state, stopped_because is not null from runs") == [("incomplete", True)]


def test_a_wrong_key_stops_a_whole_day_after_few_calls(keyed):
    """With a wrong key one call is made for the trends, and the report says that nobody was measured."""
    enter(keyed, plain(keyed, 100))
    wrong = Days(keyed.database_url, replace(keyed.sandbox, key="sk-another-key-entirely")).at(2026, 11, 2)
    keyed.sandbox.clear_log()
    _, failed, report = wrong.play()
    assert "AuthenticationFailed" in failed[0]
    assert "fetch_trends" in failed[0]
    assert len(keyed.sandbox.log()) <= 1
    assert "   ✅ Updated: 0" in report.splitlines()


def test_discovery_refused_in_the_middle_of_profiles_raises(keyed):
    """A 403 on the profiles of a search's authors fails that discover task, as what it is."""
    run = keyed.open(keywords=["ramen"])
    keyed.sandbox.inject(status_fault(403, times=None))
    with pytest.raises(Forbidden):
        tasks.discover(
            keyed.connect, keyed.api(), run, {"text": "ramen", "rank": 1}, context_layers(), keyed.threads, 0
        )
    assert keyed.rows("select stopped_because is not null from runs") == [(True,)]
