"""include/local/install.sh, with a Python that has everything already."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "include" / "local" / "install.sh"
# Says yes to everything; asked for an environment, it puts itself and uv there.
PYTHON = """#!/bin/sh
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/uv"; fi
"""


def test_what_it_says_does_not_mix_with_what_a_command_prints(tmp_path: Path):
    """On a fresh checkout `make bench FORMAT=json` installs first: its lines go to standard error, all of them."""
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    finished = subprocess.run(
        [SCRIPT, python, tmp_path / "venv"], cwd=SCRIPT.parents[2], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, "")
    assert finished.stderr.splitlines()[-1] == "Installed."
