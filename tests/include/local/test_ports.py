"""Busy ports are named, with what to set instead."""

import socket
from collections.abc import Iterator

import pytest

from include.local import ports
from include.local.errors import PortBusyError


@pytest.fixture
def busy() -> Iterator[int]:
    """A port this process listens on."""
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_busy_port_message(busy: int):
    """The message names the port, the purpose, the setting and a free port that works."""
    with pytest.raises(PortBusyError) as refused:
        ports.require_free(busy, "SANDBOX_PORT", "the sandbox")
    message = str(refused.value)
    suggestion = int(message.rpartition("SANDBOX_PORT=")[2].rstrip("."))
    assert message.startswith(f"port {busy}, wanted for the sandbox, is in use")
    assert "Set SANDBOX_PORT in .env to a free port" in message
    assert ports.is_free(suggestion)


def test_a_listener_on_every_address_counts():
    """A port taken on all addresses is busy on the loopback address too."""
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104 - the very case under test
        listener.listen()
        assert not ports.is_free(listener.getsockname()[1])


def test_free_ports_are_free(busy: int):
    """Both ways of asking give a port that can be used."""
    assert [ports.is_free(ports.free_port()), ports.is_free(ports.free_port(busy))] == [True, True]
