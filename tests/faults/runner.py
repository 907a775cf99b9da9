"""Plays the faults one after the other, each as often as asked, and puts what came of it into a table."""

from __future__ import annotations

import json
import time
import traceback
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from tests.faults import backfills, crashes, dates, outages, schedules, texts, vendor, whole_airflow
from tests.faults.catalogue import FAULTS, Fault, NotInjectable
from tests.faults.judge import Judgement, judge
from tests.faults.research import clips, full, kills, stores, whole
from tests.faults.research.judge import judge as judge_research
from tests.faults.stage import Stage

GROUPS = (
    crashes,
    outages,
    vendor,
    texts,
    dates,
    schedules,
    whole_airflow,
    backfills,
    clips,
    full,
    kills,
    stores,
    whole,
)
JUDGES = {"comets": judge, "video_research": judge_research}
HEADINGS = ("fault", "what", "rounds", "lost", "doubled", "repeated", "bound", "verdict")


@dataclass
class Line:
    """One fault of the table; `lost`, `doubled` and `repeated` are sums over all rounds, as `bound` is."""

    fault: str
    what: str
    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    bound: int = 0
    verdict: str = "holds"
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, judgement: Judgement, seed: int) -> None:
        self.rounds += 1
        self.lost += judgement.lost
        self.doubled += judgement.doubled
        self.repeated += judgement.repeated
        self.bound += judgement.bound
        if not judgement.holds:
            self.verdict = "BROKEN"
            self.problems += [f"seed {seed}: {problem}" for problem in judgement.problems or ["bound broken"]]


def run(
    only: Sequence[str], rounds: int, seed: int, say: Callable[[str], None], *, with_airflow: bool = True
) -> list[Line]:
    """Play the faults of `only` (empty: all); faults come in the order of their numbers."""
    chosen = [FAULTS[number] for number in sorted(FAULTS) if not only or number in only]
    lines = []
    with Stage() as stage:
        for fault in chosen:
            if fault.needs_airflow and not with_airflow:
                lines.append(Line(fault.number, fault.what, verdict="not injected", notes=["AIRFLOW=0"]))
                continue
            lines.append(line := play_rounds(stage, fault, rounds, seed))
            say(f"{line.fault} {line.verdict} ({line.seconds:.1f} s) {'; '.join(line.notes[-2:])}")
            for problem in line.problems:
                say(f"     {problem}")
    return lines


def play_rounds(stage: Stage, fault: Fault, rounds: int, seed: int, *, is_quick: bool = False) -> Line:
    """One line of the table; `is_quick` asks for fewer kills in a round."""
    line, began = Line(fault.number, fault.what), time.monotonic()
    for number in range(rounds):
        own_seed = zlib.crc32(f"{seed} {fault.number} {number}".encode())
        try:
            with stage.play(fault, own_seed) as play:
                play.is_quick = is_quick
                fault.inject(play)
                line.add(JUDGES[fault.pipeline](play), own_seed)
                line.notes += play.notes
        except NotInjectable as reason:
            line.verdict = "not injected"
            line.notes.append(str(reason))
            break
        except Exception:  # noqa: BLE001 - a broken fault is a line of the table, and the others are played
            line.rounds += 1
            line.verdict = "BROKEN"
            line.problems.append(f"seed {own_seed}: {traceback.format_exc(limit=-4)}")
    line.seconds = time.monotonic() - began
    return line


def as_json(lines: Sequence[Line]) -> str:
    return json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False)


def as_table(lines: Sequence[Line]) -> str:
    """The table, and below it what did not hold and what could not be injected."""
    rows = [HEADINGS, *(tuple(str(getattr(line, name)) for name in HEADINGS) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    text += [f"{line.fault}: {problem}" for line in lines for problem in line.problems]
    text += [f"{line.fault} not injected: {line.notes[-1]}" for line in lines if line.verdict == "not injected"]
    return "\n".join(text)


__all__ = ["FAULTS", "Line", "as_json", "as_table", "play_rounds", "run"]
