"""The house rules that a reader relies on, held by walking the syntax trees of the project's own files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("dags", "plugins", "include")
# Folders of include/: what every pipeline may use, the pipelines and what they are made of, and what starts the whole.
SHARED_FOLDERS = {"calls", "digest", "erasure", "export", "serper", "tikhub", "tiktok_business", "vendors", "web"}
PIPELINES = {"account_analytics", "comets", "housekeeping", "ranking", "video_research"}
STARTERS = {"sandbox", "local", "sign_in"}
MAY_IMPORT_AIRFLOW = (
    "dags/",
    "plugins/cometwatch_plugin.py",
    "plugins/dashboard/",
    "include/connections.py",
    "include/dates_to_come.py",
    "include/defaults.py",
    "include/digest/channels.py",
    "include/local/",
)
# file -> why everything is caught there.
MAY_CATCH_ALL = {
    "include/account_analytics/fetching.py": "an account that fails is named, the others are fetched, then it raises",
    "include/account_analytics/looking.py": "a file that breaks a reader is refused with what broke, and the others are read",
    "include/account_analytics/raw.py": "a report that fails is named, the others of its batch are read, then it raises",
    "include/account_analytics/staging_step.py": "an account that fails is named, the others are staged, then it raises",
    "include/calls/look_up.py": "isolates one creator: the claim is given back, then the error goes on",
    "include/calls/desk.py": "gives claims back whatever ended the work, then raises again",
    "include/comets/roll_call.py": "gives the batch back whatever ended the work, then raises again",
    "include/lake.py": "each store's library raises kinds of its own: they become the lake's, which say what to do",
    "include/sandbox/research/making.py": "ends ffmpeg whatever ended the wait, then raises again",
    "include/video_research/downloads/child.py": "an extractor may raise anything: it becomes a kind and our own words",
    "include/video_research/tasks.py": "a search that failed is noted with its query, then raised again",
    "include/video_research/worker.py": "whatever the work raised goes back to who asked for it",
    "include/local/watched_day.py": "ends what was begun, then raises again",
    "include/local/airflow.py": "stops the processes that were started, then raises again",
    "include/local/steps.py": "marks the step as failed on the screen, then raises again",
    "plugins/filters/covers.py": "a decoder may raise anything on a broken picture: it is the verdict's reason",
    "tests/faults/worker.py": "the fault's own report carries whatever went wrong to the test",
    "benchmarks/__main__.py": "a broken benchmark is a line of the table, and the others are run",
    "tests/faults/runner.py": "a broken fault is a line of the table, and the others are played",
}
# file -> why a path of a machine stands in it.
MAY_NAME_PATHS = {"tests/sql/roles/test_create_roles.py": "a path on the database server that a role must not reach"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
# In pieces, so that this file does not find itself.
UNFINISHED = re.compile("|".join((r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bX" + r"XX\b", "NotImplemented" + "Error")))
MACHINE_PATH = re.compile(r"(?<![\w./>}~])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+|tm" + r"p)/\w")
REGISTRY = re.compile(
    "|".join((r"py" + r"pi\.org", r"python" + r"hosted\.org", r"npm" + r"js\.org", r"proxy\.gol" + r"ang"))
)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Every module imported anywhere in the file, for checking types included; `from a import b` is `a.b`."""
    found: list[str] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: a relative import"
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def broken(rule: str, paths: list[Path], is_wrong) -> list[str]:
    """`file imports module` for each import that `is_wrong(file, module)`."""
    assert paths, f"no file to hold to: {rule}"
    return [
        f"{name_of(path)} imports {module}" for path in paths for module in imports_of(path) if is_wrong(path, module)
    ]


def test_one_way():
    """Imports go from dags to plugins to include to libraries, the filters among them; nothing imports tests or benchmarks."""
    never = {"tests", "benchmarks"}
    above = {"dags": never, "plugins": never | {"dags"}, "include": never | {"dags", "plugins"}}
    for part, forbidden in above.items():

        def is_wrong(_: Path, module: str, forbidden: set[str] = forbidden) -> bool:
            return module.split(".", maxsplit=1)[0] in forbidden and not module.startswith("plugins.filters")

        assert broken("one way", python_files(part), is_wrong) == []


def test_filters_know_nobody():
    """The filters import libraries and each other, nothing else of ours and no Airflow."""

    def is_wrong(_: Path, module: str) -> bool:
        ours = module.split(".", maxsplit=1)[0] in {*PARTS, "tests", "airflow"}
        return ours and not module.startswith("plugins.filters")

    assert broken("filters", python_files("plugins/filters"), is_wrong) == []


def test_every_folder_has_its_kind():
    """Each folder of include/ is shared, a pipeline or a starter, and there is none of the lists' that is not there."""
    folders = {path.parent.name for path in (ROOT / "include").glob("*/__init__.py")}
    assert folders == SHARED_FOLDERS | PIPELINES | STARTERS


def test_there_is_no_circle():
    """No module of ours imports itself by way of others, whatever an import is for."""
    files = python_files(*PARTS)
    modules = {name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in files}

    def imported(path: Path) -> set[str]:
        names = set(imports_of(path))
        return {name for full in names for name in (full, full.rpartition(".")[0]) if name in modules}

    needs = {module: imported(path) - {module} for module, path in modules.items()}
    while free := {module for module, others in needs.items() if not others & needs.keys()}:
        needs = {module: others for module, others in needs.items() if module not in free}
    assert needs == {}


def test_pipelines_are_strangers():
    """No pipeline imports another one, nor what starts the whole."""
    for pipeline in PIPELINES:
        others = tuple(f"include.{other}." for other in (PIPELINES | STARTERS) - {pipeline})
        files = python_files(f"include/{pipeline}")
        assert broken(pipeline, files, lambda _, module: f"{module}.".startswith(others)) == []  # noqa: B023


def test_shared_parts_know_no_pipeline():
    """The flat modules of include/ and its shared folders import no pipeline, no sandbox, no starter."""
    shared = [*sorted((ROOT / "include").glob("*.py")), *python_files(*(f"include/{name}" for name in SHARED_FOLDERS))]
    private = tuple(f"include.{name}." for name in PIPELINES | STARTERS)
    assert broken("shared", shared, lambda _, module: f"{module}.".startswith(private)) == []


def test_whoever_knows_people_is_asked():
    """Each `forgetting.py` is wired into the DAG forget_creator, so that no room's tables are left out."""
    offered = {
        name_of(path).removesuffix(".py").replace("/", ".") for path in (ROOT / "include").rglob("forgetting.py")
    }
    assert offered
    assert offered <= set(imports_of(ROOT / "dags" / "forget_creator.py"))


def test_sandbox_is_a_stranger():
    """The pipeline does not know the sandbox, and the sandbox knows nothing of ours: they meet over HTTP alone."""
    of_ours = tuple(f"{part}." for part in PARTS)

    def is_wrong(path: Path, module: str) -> bool:
        if name_of(path).startswith("include/sandbox/"):
            return f"{module}.".startswith(of_ours) and not f"{module}.".startswith("include.sandbox.")
        return f"{module}.".startswith("include.sandbox.")

    files = [path for path in python_files(*PARTS) if not name_of(path).startswith("include/local/")]
    assert broken("sandbox", files, is_wrong) == []


def test_airflow_has_its_places():
    """Airflow is imported by DAGs, the plugin and its page, the connections, the defaults, and what starts Airflow."""

    def is_wrong(path: Path, module: str) -> bool:
        return module.split(".", maxsplit=1)[0] == "airflow" and not name_of(path).startswith(MAY_IMPORT_AIRFLOW)

    assert broken("airflow", python_files(*PARTS), is_wrong) == []


def test_plugins_hide_no_standard_module():
    """Airflow registers a plugin's file under its bare name, so none has the name of a standard module."""
    assert [name_of(path) for path in python_files("plugins") if path.stem in sys.stdlib_module_names] == []


def test_names_say_what_is_inside():
    """No module or folder is called after nothing in particular."""
    names = {
        part
        for path in python_files(*PARTS, "tests", "benchmarks")
        for part in Path(name_of(path)).with_suffix("").parts
    }
    assert names & VAGUE == set()


def test_docstrings():
    """Every module says what it is for; an empty `__init__` has nothing to say."""
    silent = []
    for path in python_files(*PARTS, "tests", "benchmarks"):
        tree = tree_of(path)
        if not ast.get_docstring(tree) and (tree.body or path.name != "__init__.py"):
            silent.append(name_of(path))
    assert silent == []


def is_put_together(node: ast.expr) -> bool:
    """Whether an expression is a text made from others: an f-string, `%`, `+`, `.format()` or `.join()`."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(value, ast.FormattedValue) for value in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"format", "join"} or is_put_together(node.func.value)
    return False


def texts_in(tree: ast.Module) -> dict[str, ast.expr]:
    """The last expression given to each plain name of a file."""
    return {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def statements_of(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Line and statement of each call that sends SQL; a name stands for what was assigned to it."""
    tree = tree_of(path)
    known = texts_in(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if node.func.attr in {"execute", "executemany", "copy", "get_records", "get_first", "run_sql"}:
            first = node.args[0]
            yield node.lineno, known.get(first.id, first) if isinstance(first, ast.Name) else first


def test_sql_is_not_put_together():
    """No SQL is made of pieces: values are bind parameters. psycopg's `sql` names databases and adopted columns."""
    wrong = [
        f"{name_of(path)}:{line}"
        for path in python_files(*PARTS)
        if not name_of(path).startswith(("include/local/", "include/adoption.py"))
        for line, statement in statements_of(path)
        if is_put_together(statement)
    ]
    assert wrong == []
    composed = broken("sql", python_files(*PARTS), lambda _, module: module.startswith("psycopg.sql"))
    assert {line.split(" ")[0] for line in composed} <= {
        "include/adoption.py",
        "include/local/airflow.py",
        "include/local/demo.py",
        "include/local/postgres.py",
    }


def test_local_sql_is_composed():
    """What include/local and the adoption put together is composed and quoted by psycopg, never by hand."""
    wrong = [
        f"{name_of(path)}:{line}"
        for path in (*python_files("include/local"), ROOT / "include" / "adoption.py")
        for line, statement in statements_of(path)
        if is_put_together(statement) and "sql.SQL(" not in ast.unparse(statement)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('f"select {x}"', True),
        ('"select %s" % x', True),
        ('"select " + x', True),
        ('"select {}".format(x)', True),
        ('" ".join(x)', True),
        ('f"select {x}".encode()', True),
        ('"select %s"', False),
        ('statement("comets/open_run")', False),
        ('"a" "b"', False),
    ],
)
def test_put_together(statement: str, expected: bool):
    """The check itself knows a text made of pieces from one that is not."""
    assert is_put_together(ast.parse(statement, mode="eval").body) is expected


def test_catching_everything_has_a_reason():
    """Everything is caught only where the list above says why, and the list has no line too many."""
    found = set()
    for path in python_files(*PARTS, "tests", "benchmarks"):
        if "except" not in path.read_text(encoding="utf-8"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "BaseException"
                if re.search(r"\b(Exception|BaseException)\b", caught):
                    found.add(name_of(path))
    assert found == {name for name in MAY_CATCH_ALL if (ROOT / name).exists()}


# Airflow is loaded once; each file is read in a copy of that process.
READ_DAGS = """
import os, runpy, sys, time
import airflow.sdk
for path in sys.argv[1:]:
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    begun = time.perf_counter()
    runpy.run_path(path)
    heavy = sorted({"cv2", "numpy", "PIL"} & sys.modules.keys())
    print(f"{path} read in {time.perf_counter() - begun:.2f} s, loads: {', '.join(heavy) or 'nothing heavy'}")
    break
"""


@pytest.mark.server  # starts a process
def test_dag_files_are_light(tmp_path: Path):
    """Each DAG file is read without a database, without a setting, and without loading what is heavy."""
    paths = [str(path) for path in sorted((ROOT / "dags").glob("*.py"))]
    env = {"PYTHONPATH": str(ROOT), "AIRFLOW_HOME": str(tmp_path), "PATH": "", "AIRFLOW__CORE__UNIT_TEST_MODE": "False"}
    env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "postgresql+psycopg2://nobody@127.0.0.1:1/none"
    command = [sys.executable, "-c", READ_DAGS, *paths]
    read = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=500, check=False)
    print(read.stdout)  # noqa: T201 - seconds to look at, no threshold: machines differ
    light = re.findall(r"^(\S+) read in .* s, loads: nothing heavy$", read.stdout, re.MULTILINE)
    assert light == paths, read.stdout + read.stderr


def repository_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that is or would be committed, pictures apart."""
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in listed.stdout.splitlines():
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content:
            yield name, content.decode("utf-8", errors="replace")


def test_nothing_is_left_unfinished():
    """No file of the repository holds a note of work to be done, a path of one machine, or a package registry."""
    found = [
        f"{name}:{number}: {match[0]}"
        for name, text in repository_texts()
        for number, line in enumerate(text.splitlines(), 1)
        for rule in (UNFINISHED, MACHINE_PATH, REGISTRY)
        for match in rule.finditer(line)
        if not (rule is MACHINE_PATH and name in MAY_NAME_PATHS)
    ]
    assert found == []
