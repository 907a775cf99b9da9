"""`python -m include.sandbox`: start the sandbox, say one line when it is ready, stop on a signal."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import NoReturn

from include.sandbox import covers
from include.sandbox.server import Server
from include.sandbox.service import CREATORS, Sandbox, Settings

_SAVE_EVERY = 0.5  # seconds; what a killed sandbox can forget of its bill


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _give_up(message)


def main() -> None:
    """Read the command line and serve. Exit status 2 with one line on bad arguments or a busy port."""
    options = _arguments().parse_args()
    missing = covers.missing_packages()
    if missing:
        _give_up(f"covers need {' and '.join(missing)}; install with: python -m pip install {' '.join(missing)}")
    settings = Settings(
        seed=options.seed,
        creators=options.creators,
        key=options.key,
        latency=options.latency,
        rate=options.rate,
        churn=options.churn,
        as_recorded=options.as_recorded,
        balance=options.balance,
        free_credit=options.free_credit,
        state_folder=options.state_folder,
    )
    try:
        sandbox = Sandbox(settings)
    except OSError as error:
        _give_up(f"cannot use the state folder {options.state_folder}: {error.strerror}")
    asyncio.run(_serve(sandbox, options.host, options.port))


def _arguments() -> argparse.ArgumentParser:
    parser = _Arguments(prog="python -m include.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=_bounded(int, 0, 65_535),
        default=8099,
        help="0 takes a free one (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=7, help="another seed is another world (default: %(default)s)")
    parser.add_argument(
        "--creators",
        type=_bounded(int, 1, 2**31),
        default=None,
        help=f"how many there are (default: as many as the state folder knows of, else {CREATORS})",
    )
    parser.add_argument(
        "--latency", type=_bounded(float, 0, 600), default=0.0, help="mean seconds per answer (default: 0)"
    )
    parser.add_argument(
        "--rate",
        type=_bounded(float, 0, 1e6),
        default=10.0,
        help="requests per second, 0 for any (default: 10)",
    )
    parser.add_argument("--key", default="sandbox-key", help="the API key that is accepted (default: %(default)s)")
    parser.add_argument("--balance", type=_bounded(float, 0, 1e6), default=50.0, help="dollars (default: %(default)s)")
    parser.add_argument("--free-credit", type=_bounded(float, 0, 1e6), default=0.0, help="dollars (default: 0)")
    parser.add_argument("--churn", action="store_true", help="the same search differs from minute to minute")
    parser.add_argument(
        "--as-recorded", action="store_true", help="answers have the zeros, nulls and cards that recorded ones have"
    )
    parser.add_argument(
        "--state-folder",
        type=Path,
        default=None,
        help="keeps clock, balance, log and the number of creators over restarts",
    )
    return parser


def _bounded(kind: type, low: float, high: float):  # type: ignore[no-untyped-def]  # an argparse type
    def number(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    number.__name__ = f"number from {low:g} to {high:g}"
    return number


async def _serve(sandbox: Sandbox, host: str, port: int) -> None:
    server = Server(sandbox)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    try:
        port = await server.start(host, port)
    except OSError as error:
        _give_up(
            f"cannot listen on {host}:{port}: {error.strerror or error}; "
            "choose another with --port (0 takes a free one)"
        )
    world = sandbox.world
    _say(f"sandbox ready on http://{host}:{port} (seed {world.seed}, {world.creators} creators)")
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), _SAVE_EVERY)
        except TimeoutError:
            sandbox.save()
    await server.stop()
    sandbox.save()
    sandbox.journal.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _give_up(message: str) -> NoReturn:
    sys.stderr.write(f"sandbox: {message}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
