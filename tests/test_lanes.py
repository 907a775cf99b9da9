"""The suite is played in lanes: what one leaves out another one plays, and a change has to pass them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def recipe(target: str) -> list[str]:
    """Its command lines; of a choice by ARGS what is played without them."""
    (lines,) = re.findall(rf"^{target}: [^\n]*##[^\n]*\n((?:\t[^\n]*\n)+)", MAKEFILE, re.MULTILINE)
    return [re.sub(r"\$\(if \$\(ARGS\),[^,]*,(.*)\)$", r"\1", line.strip()) for line in lines.splitlines()]


def played(target: str) -> set[tuple[str, bool]]:
    """For each call of pytest: which marked tests it plays, and whether the faults are those it plays, or left out."""
    calls = [line.partition("-m pytest ")[2] for line in recipe(target) if "-m pytest " in line]
    chosen = [re.findall(r'-m ("[^"]+"|\S+)', call) for call in calls]
    return {(" ".join(marks).strip('"'), "--ignore" not in call) for marks, call in zip(chosen, calls, strict=True)}


def test_what_is_left_out_is_played_elsewhere():
    """`make test` and `make test-thorough` together play every test, the faults in a call of their own."""
    assert played("test") == {("not thorough", False), ("not thorough", True)}
    assert played("test-thorough") == {("thorough or hypothesis", False), ("thorough", True)}


def test_a_change_passes_every_lane():
    """The command of the continuous integration plays them one after the other, and says of each how long it took."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line.removeprefix("lane ") for line in lines if line.startswith("lane ")] == [
        "test",
        "test-thorough",
        "dates",
    ]


@pytest.mark.parametrize("asked", ["", "all"])
def test_all_examples_are_tried_where_all_are_asked_for(asked: str, monkeypatch: pytest.MonkeyPatch):
    """A property has a quarter of its examples, ten at least; with `EXAMPLES=all`, as the thorough lane sets it, all."""
    from tests.examples import count_of

    assert re.search(r"^test-thorough: export EXAMPLES := all$", MAKEFILE, re.MULTILINE)
    monkeypatch.setenv("EXAMPLES", asked)
    found = [count_of(number) for number in (8, 20, 100)]
    assert found == ([8, 20, 100] if asked else [8, 10, 25])
