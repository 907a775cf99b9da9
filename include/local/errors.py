"""What the local default says when it cannot go on: one clear message for a person, never a traceback."""


class LocalError(Exception):
    """Something on this machine stands in the way; the message says what, and what to do about it."""


class PortBusyError(LocalError):
    """A port is taken by a process that is not ours."""
