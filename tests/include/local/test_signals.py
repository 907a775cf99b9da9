"""What ends a command that runs in the foreground, and what does not."""

from __future__ import annotations

import signal

import pytest

from include.local import __main__ as command


@pytest.fixture(autouse=True)
def _handlers_as_before():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("is_ignored", [True, False])
def test_under_nohup_a_closed_terminal_ends_nothing(monkeypatch, is_ignored):
    """SIGHUP stays ignored where the starter ignores it, and ends the command in order elsewhere."""
    monkeypatch.setattr(command, "_perform", lambda _: 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    assert command.main(["status"]) == 0
    assert (signal.getsignal(signal.SIGHUP) is signal.SIG_IGN) is is_ignored
