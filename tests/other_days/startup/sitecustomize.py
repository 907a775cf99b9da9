"""Read by every Python at its start under `make dates`: sleeps that faketime leaves alone."""

import select
import time


def _sleep(seconds: float) -> None:
    """As `time.sleep`, but by select, which says how long: `time.sleep` says until when, and faketime reads that wrongly."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
