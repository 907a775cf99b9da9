"""As many videos are processed at once as there are cores, whichever tasks and runs they belong to."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from include import database
from include.database import Connector, Database, DatabaseUnavailable

LEASE_SECONDS = 60.0
ASK_AGAIN_SECONDS = 0.5
log = logging.getLogger(__name__)


@contextmanager
def kept(connector: Connector, statement: str, parameters: dict[str, object], seconds: float) -> Iterator[None]:
    """Send the statement every quarter of `seconds`, as long as the block runs: what it keeps ends soon after a kill."""
    is_over = threading.Event()

    def keep() -> None:
        with Database(connector, patience_seconds=0) as aside:
            while not is_over.wait(seconds / 4):
                try:
                    aside.run(lambda connection: database.rows(connection, statement, parameters))
                except DatabaseUnavailable as error:
                    log.warning("What this task holds could not be kept on: %s", error)

    keeper = threading.Thread(target=keep, name="keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


@contextmanager
def lease(connector: Connector, store: Database, holder: str, slots: int | None = None) -> Iterator[None]:
    """Wait for one of the leases and hold it for as long as the block runs. That of a killed task is free within a minute."""
    slots = slots or os.cpu_count() or 1
    asked = {"holder": holder, "slots": slots, "seconds": LEASE_SECONDS}
    store.run(lambda connection: database.rows(connection, "video_research/make_leases", {"slots": slots}))
    while not store.run(lambda connection: database.rows(connection, "video_research/take_lease", asked)):
        time.sleep(ASK_AGAIN_SECONDS)
    keeping = {"holder": holder, "seconds": LEASE_SECONDS}
    try:
        with kept(connector, "video_research/give_lease", keeping, LEASE_SECONDS):
            yield
    finally:
        given = partial(database.rows, name="video_research/give_lease", parameters={"holder": holder, "seconds": 0})
        store.run(given)
