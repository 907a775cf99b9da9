"""`make lint`'s part for SQL: sqlfluff over the files that have not passed yet as they are; all take it most of a minute.

With `--changed`, for the fast lane, only those of them that differ from what is upstream: there they were judged before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from include.local.folders import ROOT

RULES = ROOT / "pyproject.toml"
JUDGES = ("pyproject.toml", "requirements-dev.txt")  # where these differ, all files are judged
PASSED = ROOT / ".sqlfluff_cache"


def main() -> int:
    """Exit status and words are sqlfluff's; 0 and none when nothing has changed."""
    folder = ROOT / "sql"
    return lint(folder, only=changed(folder) if "--changed" in sys.argv[1:] else None)


def lint(folder: Path, rules: Path = RULES, passed: Path = PASSED, only: Collection[Path] | None = None) -> int:
    """Judge what `unknown` gives, of `only` these files; what passes is noted in the file `passed`, by what it holds."""
    left_out = {path for path in unknown(folder, rules, passed) if only is not None and path not in only}
    files = [path for path in unknown(folder, rules, passed) if path not in left_out]
    if not files:
        return 0
    said = subprocess.run(  # noqa: S603 - sqlfluff of this environment, files of this project
        [Path(sys.executable).with_name("sqlfluff"), "lint", "--config", rules, *files], cwd=ROOT, check=False
    )
    if said.returncode == 0:
        with suppress(OSError):  # where nothing may be written, all are judged each time
            states = [state for state, path in _states(folder, rules).items() if path not in left_out]
            passed.write_text("\n".join(states), encoding="utf-8")
    return said.returncode


def changed(folder: Path) -> set[Path] | None:
    """The files below the folder that differ from upstream, committed or not; None where git cannot tell, or rules differ."""
    bases = (_git(folder, "merge-base", "HEAD", upstream) for upstream in ("@{upstream}", "origin/HEAD"))
    base = next((found[0] for found in bases if found), None)
    if base is None:
        return None
    of_rules = _git(folder, "diff", "--name-only", base, "--", *(f":/{name}" for name in JUDGES))
    differing = _git(folder, "diff", "--name-only", "--relative", "-z", base, "--", ".")
    new = _git(folder, "ls-files", "--others", "-z", "--", ".")
    if of_rules or of_rules is None or differing is None or new is None:
        return None
    return {folder / name for name in (*differing, *new)}


def _git(folder: Path, *command: str) -> list[str] | None:
    """What git answers, by names or lines; None where there is no git, or no answer. Hooks point git elsewhere: not here."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        said = subprocess.run(  # noqa: S603 - git, in this checkout
            ["/usr/bin/env", "git", *command], cwd=folder, env=own, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return [name for name in re.split(r"[\0\n]", said.stdout) if name] if said.returncode == 0 else None


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
