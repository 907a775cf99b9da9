"""What a fault of the suite is, and the list of them: F… and others of `comets`, V… of `video_research`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.faults.stage import Play


Pipeline = Literal["comets", "video_research"]


class NotInjectable(Exception):
    """This machine does not allow the fault; the text says why. It is listed in the table, never left out."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`number` as in the list of faults; `inject` plays the day with the fault in it until the day is finished.

    `pipeline` says whose invariants are asked afterwards.
    """

    number: str
    what: str
    inject: Callable[[Play], None] = field(repr=False)
    roster: int = 120
    history: int = 2
    needs_airflow: bool = False
    quick: bool = False
    pipeline: Pipeline = "comets"


FAULTS: dict[str, Fault] = {}


def fault(
    number: str,
    what: str,
    *,
    roster: int = 120,
    history: int = 2,
    needs_airflow: bool = False,
    quick: bool = False,
    pipeline: Pipeline = "comets",
) -> Callable[[Callable[[Play], None]], Callable[[Play], None]]:
    """Enter a fault into the list. `history`: days before the played one on which most of the roster was measured."""

    def enter(inject: Callable[[Play], None]) -> Callable[[Play], None]:
        if number in FAULTS:
            raise ValueError(f"{number} is in the list already")
        FAULTS[number] = Fault(number, what, inject, roster, history, needs_airflow, quick, pipeline)
        return inject

    return enter
