"""Listens on a port, runs one task per connection, and hands requests to the control API or the API."""

import asyncio
import contextlib
from typing import Any

from include.sandbox.control import Control
from include.sandbox.delivery import deliver
from include.sandbox.faults import to_json
from include.sandbox.service import Sandbox
from include.sandbox.wire import MAX_HEAD, BadRequestError, Response, read_request, whole


class Server:
    """Listens, and runs one task per connection."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._control = Control(sandbox)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (a free one when 0 was asked for). Raises OSError when it is taken."""
        self._listening = await asyncio.start_server(self._connected, host, port, limit=MAX_HEAD, backlog=512)
        return int(self._listening.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and drop every connection, hanging ones included."""
        if self._listening:
            self._listening.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sandbox.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the caller went away, or the server is stopping: nobody is left to tell
        finally:
            if task:
                self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        keep_alive = True
        nothing: dict[str, Any] = {}
        while keep_alive:
            try:
                request = await read_request(reader, peer)
            except BadRequestError as error:
                writer.write(whole(Response(400, to_json({"detail": str(error)})), keep_alive=False))
                return
            if request is None:
                return
            keep_alive = request.keeps_alive()
            if request.path.startswith("/sandbox/"):
                response, action = self._control.respond(request), nothing
            else:
                response, action = await self.sandbox.respond(request)
            keep_alive = await deliver(reader, writer, response, action, keep_alive=keep_alive)
