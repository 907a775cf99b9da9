"""What every vendor's client is: connections that are closed, and something secret that is never copied along."""

from __future__ import annotations

from types import TracebackType
from typing import ClassVar, NoReturn, Self

from include.web.transport import Transport


class BaseClient:
    """Closes its connections at the end of a `with`, and refuses to be pickled or copied. `_holds` names what is secret in it."""

    _holds: ClassVar[str] = "a key"
    _transport: Transport

    def close(self) -> None:
        """Closes the connections; the client is of no use afterwards."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"the client {name} holds {self._holds} and connections: make a new one instead of copying it")
