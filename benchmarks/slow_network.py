"""A network between client and server: a socket that hands everything on after a while, in both directions."""

from __future__ import annotations

import contextlib
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import conninfo

_SOCKET = ".s.PGSQL.5432"


@contextmanager
def far_away(url: str, round_trip_seconds: float) -> Iterator[str]:
    """The URL of the same database with so much time on the way there and back; bandwidth is not limited."""
    server = str(Path(str(conninfo.conninfo_to_dict(url)["host"])) / _SOCKET)
    with tempfile.TemporaryDirectory(prefix="far-") as folder:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(Path(folder) / _SOCKET))
        listening.listen(20)
        threading.Thread(target=_accept, args=(listening, server, round_trip_seconds / 2), daemon=True).start()
        try:
            yield conninfo.make_conninfo(url, host=folder)
        finally:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()


def _accept(listening: socket.socket, server: str, delay: float) -> None:
    while True:
        try:
            near, _ = listening.accept()
        except OSError:
            return
        far = socket.socket(socket.AF_UNIX)
        far.connect(server)
        for source, target in ((near, far), (far, near)):
            waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
            threading.Thread(target=_read, args=(source, waiting, delay), daemon=True).start()
            threading.Thread(target=_write, args=(target, waiting), daemon=True).start()


def _read(source: socket.socket, waiting: queue.SimpleQueue[tuple[float, bytes]], delay: float) -> None:
    data = b"."
    while data:
        try:
            data = source.recv(262_144)
        except OSError:
            data = b""
        waiting.put((time.monotonic() + delay, data))


def _write(target: socket.socket, waiting: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    while True:
        due, data = waiting.get()
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
        except OSError:
            return
