"""What every test may use; the parts live in `tests/fixtures`, one file for each thing that runs."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
import pytest

from tests import examples

# By its clock a busy machine's tests would be told to be unreliable.
hypothesis.settings.register_profile(
    "busy",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    max_examples=examples.count_of(examples.USUAL),
)
hypothesis.settings.load_profile("busy")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

pytest_plugins = [
    f"tests.fixtures.{name}"
    for name in (
        "postgres",
        "present",
        "sandbox",
        "shared",
        "days",
        "faces",
        "airflow",
        "dashboard",
        "mailbox",
        "raw_server",
        "stores",
        "exports",
        "accounts",
    )
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--shuffle=7` plays the tests in another order, which the number decides: none may need what another one left."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="shuffle the modules, and the tests in each of them")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What is collected is needed to the end: garbage is not looked for in it, neither now nor while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, the files that take longest begin first."""
    if _is_longest_first(config):
        from tests.longest_first import LongestFirst

        return LongestFirst(config, log)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker is told whether those that share the whole Airflow come to it in a row."""
    node.workerinput["users_in_a_row"] = _is_longest_first(node.config)


def _is_longest_first(config: pytest.Config) -> bool:
    return config.getoption("dist") == "loadfile" and config.getoption("shuffle") is None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Mark what the fast lane (`make check`) leaves out; a module that starts processes itself says so in `pytestmark`.

    What is `thorough` says so itself: no lane but `make test-thorough` plays it.
    """
    for item in items:
        needs_server = SERVERS & set(getattr(item, "fixturenames", ()))
        if needs_server or item.get_closest_marker("airflow"):
            item.add_marker("server")
    seed = config.getoption("shuffle")
    if seed is not None:  # before pytest brings together what shares a parametrized fixture
        items[:] = _shuffled(items, Random(seed))  # noqa: S311 - the same order again for the same number
    yield  # that, and what is left out is taken away
    if seed is None:
        items[:] = _ordered(items)


def _shuffled(items: list[pytest.Item], random: Random) -> list[pytest.Item]:
    """A module's tests stay together, because what they share is started once for the module."""
    modules: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        modules[item.path].append(item)
    shuffled = random.sample(list(modules.values()), len(modules))
    return [item for tests in shuffled for item in random.sample(tests, len(tests))]


def _ordered(items: list[pytest.Item]) -> list[pytest.Item]:
    """As two workers best share them, of which each begins a half and then takes from the end of the other's.

    Those that share one whole Airflow stand first, so that one worker has them all and starts it once: among them that
    file whose data takes long to make, which is best done before. Those marked `early` stand at equal distances, the first
    of two at the beginning of each half.
    """
    from tests.longest_first import ONE_AIRFLOW

    def is_first(item: pytest.Item) -> bool:
        return item.location[0] == ONE_AIRFLOW[0]

    early = [item for item in items if item.get_closest_marker("early")]
    others = [item for item in items if not item.get_closest_marker("early")]
    others.sort(key=lambda item: ("running_airflow" not in getattr(item, "fixturenames", ()), not is_first(item)))
    for number, item in enumerate(early):
        others.insert(number * len(items) // len(early), item)
    return others
