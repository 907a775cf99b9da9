"""Where a task is killed: at a call of one function of the pipeline, before it begins or when it has just returned."""

from __future__ import annotations

import functools
import importlib
import os
import signal
from collections.abc import Mapping
from typing import Any


def die_at(point: Mapping[str, Any]) -> None:
    """This process kills itself (SIGKILL), as a machine without memory does it: nothing of Python's own ending happens.

    `at`: module, class and function, with dots. `with`: only calls in whose arguments this stands. `nth`: which of those.
    `after`: when it has returned, not before.
    """
    owner, name = _owner(point["at"])
    real, calls = getattr(owner, name), 0

    @functools.wraps(real)
    def watched(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        is_meant = point.get("with", "") in repr((args, kwargs))
        calls += is_meant
        is_now = is_meant and calls == point.get("nth", 1)
        if is_now and not point.get("after"):
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if is_now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, watched)


def _owner(at: str) -> tuple[Any, str]:
    """The module or class that holds a function, and the function's name. Raises AttributeError where it is none any more."""
    path, _, name = at.rpartition(".")
    try:
        owner = importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, inside = path.rpartition(".")
        owner = getattr(importlib.import_module(module), inside)
    if not callable(getattr(owner, name)):
        raise AttributeError(f"{at} is no function any more")
    return owner, name
