"""What is said of the test files that take longest is true of those there are."""

from __future__ import annotations

from pathlib import Path

from tests.longest_first import ONE_AIRFLOW, SECONDS

ROOT = Path(__file__).resolve().parents[1]


def test_every_file_exists():
    """None was renamed or taken away."""
    assert [name for name in SECONDS if not (ROOT / name).exists()] == []


def test_who_uses_the_whole_airflow_is_in_one_worker():
    """Every file whose tests ask for it, and no other: else it is started twice."""
    word = "running" + "_airflow"
    using = [path for path in (ROOT / "tests").rglob("test_*.py") if word in path.read_text(encoding="utf-8")]
    assert sorted(path.relative_to(ROOT).as_posix() for path in using) == sorted(ONE_AIRFLOW)
