"""The documents keep their word: links, commands, files and settings exist, and so do the lines they promise in the logs."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from include.account_analytics.reading import foreign, workbooks
from include.migrations import read_migrations
from tests.include.test_migrations import TABLES

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")]
    if "vendor" not in path.parts
}
README, TROUBLESHOOTING = PAGES["README.md"], PAGES["docs/troubleshooting.md"]
CURRENT = {name: text for name, text in PAGES.items() if name != "CHANGELOG.md"}  # that one tells of what was
# A file of ours named in a sentence: `include/runs.py`, `sql/queries/`.
FILE_NAMED = re.compile(r"`((?:benchmarks|dags|docs|include|plugins|sql|tests)/[\w./-]*)`")
MADE_ON_THE_WAY = "shoutouts"  # what the guide to adding a pipeline makes
WILD = "…"


def symptom_rows() -> list[tuple[str, str]]:
    """(symptom, cell with the log's line) of the table of symptoms."""
    table = TROUBLESHOOTING.split("| symptom | task |", 1)[1].split("\n\n", 1)[0]
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


def refusal_rows() -> list[tuple[str, str]]:
    """(codes, cell with the messages) of the table of refusals."""
    table = PAGES["docs/account_analytics.md"].split("| code | it says |", 1)[1].split("\n\n", 1)[0]
    return [(row[0], row[1]) for row in (line.strip("| ").split(" | ") for line in table.splitlines()[2:])]


@pytest.mark.parametrize(("codes", "cell"), refusal_rows(), ids=lambda value: value[:24])
def test_each_refusal_is_told_word_for_word(codes, cell):
    """The table of refusals quotes what the code says of a file."""
    assert [piece for piece in fragments(cell) if piece not in texts_of_the_project()] == []


def test_the_table_of_refusals_is_complete():
    """Each code by which a file is refused is in the table, and no other."""
    codes = {code for code, *_ in (*foreign.BEGINNINGS, *workbooks.FOREIGN_PARTS)}
    for path in (ROOT / "include/account_analytics").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Refused" and node.args:
                codes |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    assert {code for row, _ in refusal_rows() for code in re.findall(r"`(\w+)`", row)} == codes


def links(name: str) -> Iterator[str]:
    """Where a page's links and pictures lead within the project: `docs/data.md#files`, with the fragment."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", PAGES[name], flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target):
            path, mark, heading = target.partition("#")
            page = Path(name).parent / path if path else Path(name)
            yield os.path.normpath(page) + mark + heading


def headings(text: str) -> set[str]:
    """The marks of a page's headings, as they stand in addresses."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def is_there(target: str) -> bool:
    path, _, heading = target.partition("#")
    return (ROOT / path).exists() and (not heading or heading in headings(PAGES[path]))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_link_is_dead(name: str):
    """Links and pictures of a page lead to files, and to headings, that are there."""
    assert [target for target in links(name) if not is_there(target)] == []


def test_every_page_is_reachable():
    """Whoever begins at the README comes to every page by links."""
    reached, new = set(), {"README.md"}
    while new:
        reached |= new
        new = {target.split("#")[0] for name in new for target in links(name)} & PAGES.keys() - reached
    assert sorted(PAGES.keys() - reached) == []


def test_the_readme_is_short():
    """At most 150 lines: it is read before anything else."""
    assert len(README.splitlines()) <= 150


def test_the_readme_counts_the_migrations():
    """What a first `make run` prints is shown as it is today."""
    assert f" {len(read_migrations())} migrations applied" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_picture_is_shown():
    """No picture lies about that no page shows."""
    shown = {target for name in PAGES for target in links(name)}
    assert {f"docs/images/{path.name}" for path in (ROOT / "docs/images").iterdir()} - shown == set()


@pytest.mark.parametrize("name", sorted(CURRENT))
def test_every_file_named_exists(name: str):
    """A file or folder of ours that a page names is there."""
    named = [path for path in FILE_NAMED.findall(PAGES[name]) if MADE_ON_THE_WAY not in path]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_make_target_named_exists():
    """`make something` is a target of the Makefile, wherever it is named."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "\n".join(CURRENT.values())
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", text, re.MULTILINE))
    assert {name for pair in named for name in pair if name} - targets == set()


def test_every_query_named_exists():
    """The table of queries lists the files of sql/queries, all of them."""
    named = set(re.findall(r"^\| `(\w+\.sql)`", PAGES["docs/data.md"], re.MULTILINE))
    assert named == {path.name for path in (ROOT / "sql/queries").glob("*.sql")}


def test_every_table_is_explained():
    """The page of the data says of each table, in the first cell of a line, what one row of it is."""
    cells = re.findall(r"^\| (`.*?) \|", PAGES["docs/data.md"], re.MULTILINE)
    assert set(TABLES) - {table for cell in cells for table in re.findall(r"`(\w+)`", cell)} == set()


@pytest.mark.parametrize("name", ["README.md", "docs/operating.md", "docs/account_analytics.md"])
def test_every_setting_named_exists(name: str):
    """Settings in a table of settings are in .env.example."""
    table = PAGES[name].split("| setting | what it is |", 1)[1].split("\n\n", 1)[0]
    known = (ROOT / ".env.example").read_text()
    named = {setting for line in table.splitlines() for setting in re.findall(r"`([A-Z][A-Z_]+)`", line.split("|")[1])}
    assert {setting for setting in named if f"{setting}=" not in known} == set()
    assert len(named) >= 5


def test_every_library_shipped_is_named():
    """The page of third-party software names each library in the repository with its version and its licence's file."""
    text = PAGES["THIRD_PARTY.md"]
    vendor = "plugins/dashboard/static/vendor"
    for library in json.loads((ROOT / vendor / "manifest.json").read_text()):
        if "LICENSE" in library["file"]:
            assert f"({vendor}/{library['file']})" in text
            assert library["version"] in text
