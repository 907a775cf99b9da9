"""A bucket that is gone in the middle of an upload, and there again later."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections import Counter
from typing import Any

from tests.faults.catalogue import NotInjectable, fault
from tests.faults.research.kills import READ_ALOUD, VIDEOS
from tests.faults.research.play import ask, calm, compare, research
from tests.faults.stage import Play

BUCKET = "media"
CREDENTIALS: dict[str, Any] = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}


class Bucket:
    """A server that speaks S3, in this process, behind a door of its own; its bucket keeps versions, so that it shows who wrote
    twice.
    """

    def __init__(self) -> None:
        try:
            import boto3
            from moto.server import ThreadedMotoServer
        except ImportError:
            raise NotInjectable("needs the extra `tests`: make extra NAME=tests") from None
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **CREDENTIALS)
        self.client.create_bucket(Bucket=BUCKET)
        self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.door = Door(host, port)

    @property
    def store(self) -> dict[str, Any]:
        options = {
            "key": "k",
            "secret": "s",
            "endpoint_url": self.door.url,
            "client_kwargs": {"region_name": "us-east-1"},
        }
        return {"uri": f"s3://{BUCKET}", "options": options}

    def writes(self) -> Counter[str]:
        """How often each object was written."""
        return Counter(each["Key"] for each in self.client.list_object_versions(Bucket=BUCKET).get("Versions", []))

    def close(self) -> None:
        self.door.close()
        self._server.stop()


class Door:
    """Passes connections on to a server, until it is shut: then those that are open break, and no new ones are taken."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        self.url = f"http://{self.address[0]}:{self.address[1]}"
        self._begin()

    def _begin(self) -> None:
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def shut(self) -> None:
        self.close()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        self._listening = socket.create_server(self.address)
        self._begin()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self._behind)
                self._open |= {client, server}
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        self._open.discard(one)


@fault(
    "V13",
    "the bucket is gone in the middle of an upload, longer than it is tried, and there again later",
    pipeline=VIDEOS,
)
def bucket_gone(play: Play) -> None:
    expected = calm(play, READ_ALOUD, max_results=1)
    bucket = Bucket()
    play.on_end(bucket.close)
    videos = research(play, store=bucket.store)
    ask(videos, READ_ALOUD, max_results=1)
    worker = videos.start("whole", videos.open())
    wanted = play.rng.randint(1, 5)
    play.check("some objects are there", play.wait_until(lambda: len(bucket.writes()) >= wanted, 120))
    bucket.door.shut()
    answer = worker.wait(300)
    reasons = answer.get("result") or []
    play.check(f"it is red for our own reason ({answer})", any("a reason that is ours" in text for text in reasons))
    play.check(f"as the store's ({videos.states()})", {kind for _, kind in videos.states().values()} == {"store"})
    before = bucket.writes()
    play.notes.append(f"gone after {sum(before.values())} objects")
    play.check(f"no manifest says that it is whole ({sorted(before)})", not any("manifest" in key for key in before))
    bucket.door.open()
    answer = videos.whole()
    play.check(f"when it is there again, the run is green ({answer})", answer.get("result") == [])
    again = {key: times for key, times in bucket.writes().items() if times > 1}
    play.check(f"only what was missing is written ({again})", len(again) <= 1)  # one may have been under way
    compare(play, expected, but=("research_failures",))
