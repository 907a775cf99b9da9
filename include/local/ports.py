"""Network ports on this machine: is one free, which other one is, and what to tell the user."""

from __future__ import annotations

import contextlib
import socket

import psutil

from include.local.errors import LocalError, PortBusyError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether this process could listen on the loopback port now. LocalError when it is not allowed to."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise LocalError(f"port {port} is reserved for root; choose one above 1023.") from error
        except OSError:
            return False
        return True


def free_port(near: int | None = None) -> int:
    """A port nobody listens on: one of the 50 after `near` if given, else any."""
    if near is not None:
        for port in range(near + 1, min(near + 51, 65_536)):
            if is_free(port):
                return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, setting: str, purpose: str) -> None:
    """Raise PortBusyError with the port, who holds it, the setting to change and a value that would work."""
    if not is_free(port):
        raise PortBusyError(
            f"port {port}, wanted for {purpose}, is in use{_holder(port)}. "
            f"Set {setting} in .env to a free port, for example {setting}={free_port(port)}."
        )


def _holder(port: int) -> str:
    """Who listens on `port`, as far as this user may see it."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
