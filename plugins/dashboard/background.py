"""Work that takes longer than a page may: done once, by one thread of the web server, and kept for whoever asks next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

MOST_KEPT = 64


class Background:
    """Results by key. One thread: what is computed must never take the web server's other processors as well."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._begun: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._pool: ThreadPoolExecutor | None = None

    def result(self, key: Hashable, work: Callable[[], Any], seconds: float) -> Any | None:
        """What `work` returned, begun now unless it was before; None while it is not done within `seconds`.

        Raises what `work` raised, once; then it may be begun again.
        """
        with self._lock:
            if key not in self._begun:
                # Begun with the first work, so that a server that forks afterwards has a thread of its own.
                self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix=self._name)
                self._begun[key] = self._pool.submit(work)
                self._forget_old()
            future = self._begun[key]
            self._begun.move_to_end(key)
        if not wait([future], timeout=seconds).done:
            return None
        if future.exception() is not None:
            with self._lock:
                self._begun.pop(key, None)
        return future.result()

    def _forget_old(self) -> None:
        done = [key for key, future in self._begun.items() if future.done()]
        for key in done[: max(0, len(self._begun) - MOST_KEPT)]:
            del self._begun[key]
