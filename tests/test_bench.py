"""`make bench ONLY=…`: any name of the table is understood, and nothing is measured or printed that was not asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.selection import choose

ROOT = Path(__file__).resolve().parents[1]


def run(**asked: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SIZE": "quick", **asked}
    return subprocess.run(
        [sys.executable, "-m", "benchmarks"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ("limiter_p50", {"limiter": {"limiter_p50"}}),
        ("limiter_p", {"limiter": {"limiter_p50", "limiter_p99"}}),
        ("storing", {"storing": {"storing_50", "storing_1000", "storing_10000"}}),
        ("storing_1000", {"storing": {"storing_1000"}}),
        ("storing_far", {"storing_far": {"storing_far_50", "storing_far_1000", "storing_far_10000"}}),
        ("storing_late", {"storing_late": {"storing_late"}}),
        ("planning_tasks", {"planning": {"planning_tasks"}}),
        ("faces_recall", {"faces": {"faces_recall"}}),
        ("history_wal", {"history": {"history_wal_1000", "history_wal_50", "history_wal_whole"}}),
        ("cadence_sandbox_20_error", {"cadence": {"cadence_sandbox_20_error"}}),
        ("roll_call_60", {"roll_call_60_a_minute": {"roll_call_60_a_minute"}}),
        ("ranking", {"ranking": {"ranking", "ranking_readers"}}),
        ("nothing", {}),
    ],
)
def test_a_name_chooses_its_rows_and_no_more(asked, chosen):
    """A row, a benchmark without those called alike, or all whose names begin so."""
    assert choose(bench.ROWS, asked) == chosen


def test_without_a_name_everything_is_chosen():
    """`make bench` alone measures all there is."""
    assert choose(bench.ROWS, "") == {name: frozenset(rows) for name, rows in bench.ROWS.items()}


def test_every_row_can_be_asked_for_alone():
    """No two rows have the same name, and each chooses the one benchmark that measures it."""
    wanted = {row: name for name, rows in bench.ROWS.items() for row in rows if row not in bench.BENCHMARKS}
    assert {row: choose(bench.ROWS, row) for row in wanted} == {
        row: {name: frozenset({row})} for row, name in wanted.items()
    }
    assert len(wanted) + len({row for rows in bench.ROWS.values() for row in rows} & bench.BENCHMARKS.keys()) == sum(
        map(len, bench.ROWS.values())
    )


@pytest.mark.server
@pytest.mark.thorough
def test_only_the_rows_asked_for_are_printed():
    """Two of the limiter's four rows, as JSON, alone on the standard output."""
    finished = run(ONLY="limiter_p", FORMAT="json")
    assert finished.returncode == 0, finished.stderr
    assert [figure["name"] for figure in json.loads(finished.stdout)["figures"]] == ["limiter_p50", "limiter_p99"]


@pytest.mark.server  # starts a process
def test_a_name_of_nothing_is_refused_with_the_names_there_are():
    """Exit status 2, and every row is named."""
    finished = run(ONLY="no_such_row")
    assert (finished.returncode, finished.stdout) == (2, "")
    assert [row for rows in bench.ROWS.values() for row in rows if row not in finished.stderr] == []
