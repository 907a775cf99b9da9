"""What every test may use; the parts live in `tests/fixtures`, one file for each thing that runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

pytest_plugins = [
    f"tests.fixtures.{name}"
    for name in ("postgres", "sandbox", "shared", "days", "airflow", "dashboard", "mailbox", "raw_server", "stores")
    if find_spec(f"tests.fixtures.{name}") is not None
]

# What these fixtures start takes seconds; every test that needs one, however indirectly, is marked `server`.
SERVERS = {
    "postgres_server",
    "own_server",
    "sandbox_process",
    "start_sandbox",
    "airflow_metadata",
    "running_airflow",
    "chromium",
    "s3_store",
    "google_store",
    "stage",
}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what the fast lane (`make check`) leaves out; a module that starts processes itself says so in `pytestmark`."""
    for item in items:
        needs_server = SERVERS & set(getattr(item, "fixturenames", ()))
        if needs_server or item.get_closest_marker("airflow"):
            item.add_marker("server")
    yield  # what is left out is taken away
    _spread_early(items)


def _spread_early(items: list[pytest.Item]) -> None:
    """Put the tests marked `early` at equal distances: of two workers, each begins its half with one of two."""
    early = [item for item in items if item.get_closest_marker("early")]
    others = [item for item in items if not item.get_closest_marker("early")]
    for number, item in enumerate(early):
        others.insert(number * len(items) // len(early), item)
    items[:] = others
