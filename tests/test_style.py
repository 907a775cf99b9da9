"""The house style, as far as programs can judge it: what `make lint` and `make types` say."""

import subprocess
import sys
from pathlib import Path

import pytest

from include.local.folders import ROOT

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    ["ruff check .", "ruff format --check .", "mypy include plugins dags", "sqlfluff lint sql"],
)
def test_style(command: str):
    """Linters and the type checker have nothing to say."""
    tool, *arguments = command.split()
    said = subprocess.run(
        [TOOLS / tool, *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 0, said.stdout + said.stderr
