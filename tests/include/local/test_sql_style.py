"""SQL files are judged when they or the rules have changed, and not again as they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from include.local.sql_style import RULES, changed, lint, unknown

pytestmark = pytest.mark.server  # starts sqlfluff


def test_what_has_passed_is_known_until_it_changes(tmp_path: Path):
    """A file that passed is known; changed it is judged anew, and not known while it is wrong."""
    folder, passed = tmp_path / "sql", tmp_path / "passed"
    folder.mkdir()
    first, second = folder / "first.sql", folder / "second.sql"
    first.write_text("select 1 as one;\n")
    second.write_text("select 2 as two;\n")
    assert unknown(folder, RULES, passed) == [first, second]
    assert lint(folder, RULES, passed) == 0
    assert unknown(folder, RULES, passed) == []
    second.write_text("SELECT 2 as two;\n")
    assert lint(folder, RULES, passed) == 1
    assert unknown(folder, RULES, passed) == [second]


def test_other_rules_judge_anew(tmp_path: Path):
    """With the rules changed, nothing is known any more."""
    folder, passed, rules = tmp_path / "sql", tmp_path / "passed", tmp_path / "pyproject.toml"
    folder.mkdir()
    (folder / "one.sql").write_text("select 1 as one;\n")
    plain = RULES.read_text()
    rules.write_text(plain)
    assert lint(folder, rules, passed) == 0
    rules.write_text(plain.replace("max_line_length = 130", "max_line_length = 10"))
    assert unknown(folder, rules, passed) == [folder / "one.sql"]
    assert lint(folder, rules, passed) == 1


def test_the_fast_lane_judges_what_differs(tmp_path: Path):
    """What is not upstream as it is, is judged: changed, committed and new files; the others pass, and stay unknown."""
    upstream, folder, passed = tmp_path / "upstream", tmp_path / "clone" / "sql", tmp_path / "passed"
    (upstream / "sql").mkdir(parents=True)
    for name in ("same", "wrong", "changed", "committed"):
        (upstream / "sql" / f"{name}.sql").write_text("SELECT 1 as one;\n" if name == "wrong" else "select 1 as one;\n")
    (upstream / "pyproject.toml").write_text(RULES.read_text())
    git(upstream, "init", "-q")
    commit(upstream)
    assert changed(upstream / "sql") is None
    git(tmp_path, "clone", "-q", "upstream", "clone")
    assert changed(folder) == set()
    (folder / "committed.sql").write_text("select 2 as two;\n")
    commit(folder)
    (folder / "changed.sql").write_text("select 2 as two;\n")
    (folder / "new.sql").write_text("select 2 as two;\n")
    different = changed(folder)
    assert different == {folder / f"{name}.sql" for name in ("changed", "committed", "new")}
    assert lint(folder, RULES, passed, different) == 0
    assert unknown(folder, RULES, passed) == [folder / "same.sql", folder / "wrong.sql"]
    assert lint(folder, RULES, passed) == 1
    (folder.parent / "pyproject.toml").write_text("")
    assert changed(folder) is None


def test_without_git_all_are_judged(tmp_path: Path):
    """Outside of a checkout nobody can tell what differs."""
    assert changed(tmp_path) is None


def commit(folder: Path) -> None:
    git(folder, "add", "--all", ".")
    git(folder, "-c", "user.name=made.up", "-c", "user.email=made.up@example.org", "commit", "-q", "-m", "files")


def git(folder: Path, *command: str) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["/usr/bin/env", "git", *command], cwd=folder, env=own, check=True, timeout=60)
