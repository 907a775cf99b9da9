"""A Unix-socket proxy before PostgreSQL that can cut a connection at the worst moment: while its COMMIT is under way."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\0"
Cut = Literal["before", "after", "never"]


class CommitCutter:
    """Passes everything through; `decide` says of each COMMIT whether it is cut before or after the server did it.

    Either way the client sees a lost connection and cannot know which it was.
    """

    def __init__(self, folder: Path, server_folder: Path, decide: Callable[[], Cut]) -> None:
        self.folder = folder
        self.cuts = 0
        self._server = str(server_folder / SOCKET)
        self._decide = decide
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / SOCKET))
        self._listening.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no new connections."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        muted = threading.Event()
        try:
            server.connect(self._server)
            threading.Thread(target=self._answers, args=(server, client, muted), daemon=True).start()
            while data := client.recv(65_536):
                cut = self._decide() if data.endswith(_COMMIT) else "never"
                if cut != "never":
                    self.cuts += 1
                if cut == "before":
                    break
                if cut == "after":
                    muted.set()
                server.sendall(data)
                if cut == "after":
                    return  # the other thread closes both once the server has done it
        except OSError:
            pass
        _close(client, server)

    @staticmethod
    def _answers(server: socket.socket, client: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                if muted.is_set() and data.endswith(b"Z\0\0\0\5I"):  # ReadyForQuery, idle: it is committed
                    break
                client.sendall(data)
        _close(client, server)


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
