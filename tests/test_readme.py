"""The README keeps its word: its commands, its files and the lines it promises in the logs exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WILD = "…"


def symptom_rows() -> list[tuple[str, str]]:
    """(symptom, cell with the log's line) of the table of symptoms."""
    table = README.split("| symptom | task |", 1)[1].split("\n\n", 1)[0]
    rows = [line.split(" | ") for line in table.splitlines()[2:]]
    return [(row[0].strip("| "), row[2]) for row in rows]


@cache
def texts_of_the_project() -> str:
    """Every string of the code, values put in at run time shown as an ellipsis."""
    texts = []
    for folder in ("dags", "include", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(re.sub(r"%[sd]", WILD, node.value))
                elif isinstance(node, ast.JoinedStr):
                    texts.append("".join(_shown(part) for part in node.values))
    return "\n".join(texts)


def _shown(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else WILD


def fragments(cell: str) -> list[str]:
    """What the log must hold word for word: the code spans, cut where a value stands."""
    spans = re.findall(r"`([^`]+)`", cell)
    pieces = [piece.strip(" .") for span in spans for piece in re.split(r"…|\(4\d\d\)", span)]
    return [piece for piece in pieces if len(piece) > 3]


@pytest.mark.parametrize(("symptom", "cell"), symptom_rows(), ids=lambda value: value[:24])
def test_each_symptoms_line_is_one_that_the_code_writes(symptom, cell):
    """The table of symptoms quotes the log word for word."""
    missing = [piece for piece in fragments(cell) if piece not in texts_of_the_project()]
    assert missing == []


def test_the_table_of_symptoms_is_complete():
    """The failures that users meet most are all in the table."""
    assert {symptom for symptom, _ in symptom_rows()} >= {
        "no trends",
        "nothing updated",
        "counts stay zero",
        "value too long",
        "401",
        "402",
        "403",
        "429",
        "coverage below the floor",
        "DEFAULT partition used",
    }


def test_every_make_target_named_exists():
    """`make something` in the README is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", README, re.MULTILINE))
    assert {name for pair in named for name in pair if name} - targets == set()


def test_every_query_named_exists():
    """The table of queries lists the files of sql/queries, all of them."""
    assert set(re.findall(r"`(\w+\.sql)`", README)) == {path.name for path in (ROOT / "sql/queries").glob("*.sql")}


def test_every_picture_exists():
    """No broken picture."""
    assert [name for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README) if not (ROOT / name).is_file()] == []


def test_every_setting_named_exists():
    """Settings in the table of configuration are in .env.example."""
    table = README.split("| setting | what it is |", 1)[1].split("\n\n", 1)[0]
    known = (ROOT / ".env.example").read_text()
    named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([A-Z][A-Z_]+)`", line.split("|")[1] if "|" in line else "")
    }
    assert {name for name in named if f"{name}=" not in known} == set()
