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
    items[:] = _ordered(items)


def _ordered(items: list[pytest.Item]) -> list[pytest.Item]:
    """As two workers best share them, of which each begins a half and then takes from the end of the other's.

    Those that share one whole Airflow stand first, so that one worker has them all and starts it once. Those marked
    `early` stand at equal distances, the first of two at the beginning of each half.
    """
    early = [item for item in items if item.get_closest_marker("early")]
    others = [item for item in items if not item.get_closest_marker("early")]
    others.sort(key=lambda item: "running_airflow" not in getattr(item, "fixturenames", ()))
    for number, item in enumerate(early):
        others.insert(number * len(items) // len(early), item)
    return others
