"""Notices when a task's process is told to end: Airflow sends SIGTERM, and SIGKILL five seconds later."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DRAIN_SECONDS = 3.0  # for calls under way; what they bring has to be written in what is left of the five


class ToldToEnd(RuntimeError):
    """The task was told to end before it was done. What was answered is stored; a retry goes on with the rest."""

    def __init__(self) -> None:
        super().__init__("Told to end (SIGTERM): what was answered is stored, and a retry goes on with the rest.")


@contextmanager
def noticing_sigterm() -> Iterator[threading.Event]:
    """The event is set when SIGTERM comes. Airflow's own handler, which ends nothing, is called as well.

    A flag and no exception: that would strike anywhere, also between an answer's arrival and its being kept.
    """
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only there a handler can be set
        yield told
        return
    before = signal.getsignal(signal.SIGTERM)

    def notice(number: int, frame: Any) -> None:
        told.set()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, notice)
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, before)
