"""What every test may use; the parts live in `tests/fixtures`, one file for each thing that runs."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

pytest_plugins = [
    f"tests.fixtures.{name}"
    for name in ("postgres", "sandbox", "shared", "days", "airflow", "dashboard", "mailbox")
    if find_spec(f"tests.fixtures.{name}") is not None
]
