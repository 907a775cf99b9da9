"""A real client against the sandbox, without the shared rate limit."""

from __future__ import annotations

from include.tikhub.client import OpenGate, TikHub


def open_client(days) -> TikHub:
    return TikHub(days.sandbox.url, days.sandbox.key, gate=OpenGate(), deadline=10)
