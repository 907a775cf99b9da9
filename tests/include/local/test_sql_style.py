"""SQL files are judged when they or the rules have changed, and not again as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.local.sql_style import RULES, lint, unknown

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
