"""The house style, as far as programs can judge it: what `make lint` and `make types` say."""

import subprocess
import sys
from pathlib import Path

import pytest

from include.local.folders import ROOT

TOOLS = Path(sys.executable).parent
LONG = pytest.mark.early  # while they run, the other worker does the rest


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("sqruff lint sql", marks=LONG),
        pytest.param("mypy include plugins dags", marks=LONG),
        "ruff check .",
        "ruff format --check .",
    ],
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
        timeout=550,
    )
    assert said.returncode == 0, said.stdout + said.stderr
