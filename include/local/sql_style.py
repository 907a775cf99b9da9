"""`make lint`'s part for SQL: sqlfluff over the files that have not passed yet as they are; all take it half a minute."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from include.local.folders import ROOT

RULES = ROOT / "pyproject.toml"
PASSED = ROOT / ".sqlfluff_cache"


def main() -> int:
    """Exit status and words are sqlfluff's; 0 and none when nothing has changed."""
    return lint(ROOT / "sql")


def lint(folder: Path, rules: Path = RULES, passed: Path = PASSED) -> int:
    """Judge what `unknown` gives; what passes is noted in the file `passed`, by what it holds."""
    files = unknown(folder, rules, passed)
    if not files:
        return 0
    said = subprocess.run(  # noqa: S603 - sqlfluff of this environment, files of this project
        [Path(sys.executable).with_name("sqlfluff"), "lint", "--config", rules, *files], cwd=ROOT, check=False
    )
    if said.returncode == 0:
        with suppress(OSError):  # where nothing may be written, all are judged each time
            passed.write_text("\n".join(_states(folder, rules)), encoding="utf-8")
    return said.returncode


def unknown(folder: Path, rules: Path = RULES, passed: Path = PASSED) -> list[Path]:
    """The SQL files below the folder that have not passed as they are, by the rules and the sqlfluff of now."""
    known = set(passed.read_text(encoding="utf-8").split()) if passed.is_file() else set()
    return [path for state, path in _states(folder, rules).items() if state not in known]


def _states(folder: Path, rules: Path) -> dict[str, Path]:
    settings = tomllib.loads(rules.read_text(encoding="utf-8"))["tool"]["sqlfluff"]
    of_all = hashlib.sha256(json.dumps([version("sqlfluff"), settings]).encode())
    states = {}
    for path in sorted(folder.rglob("*.sql")):
        state = of_all.copy()
        state.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
        states[state.hexdigest()] = path
    return states


if __name__ == "__main__":
    sys.exit(main())
