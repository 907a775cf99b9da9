"""The guide to adding a pipeline, followed to the letter in a copy of the project: what it makes works there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "adding-a-pipeline.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```\w+ (\S+)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
# What the guide asks for in a sentence: file, what stands there, what stands there then.
ENTRIES = (
    ("tests/include/test_migrations.py", '    "standings",', '    "shoutouts",\n    "standings",'),
    ("docs/data.md", "| `daily_trends` |", "| `shoutouts` | day: who grew most |\n| `daily_trends` |"),
    ("tests/test_architecture.py", "PIPELINES = {", 'PIPELINES = {"shoutouts", '),
    (
        "plugins/dashboard/pages.py",
        "\nSECTIONS = (",
        "from plugins.dashboard.shoutouts import shoutouts\n\nSECTIONS = (\n"
        '    Section("shoutouts", menu=(("shoutouts", "Shoutouts"),), routers=(shoutouts.router,)),',
    ),
    (
        "dags/forget_creator.py",
        "    from include.video_research import forgetting as research\n",
        "    from include.shoutouts import forgetting as shoutouts\n"
        "    from include.video_research import forgetting as research\n",
    ),
    (
        "dags/forget_creator.py",
        "        comets.FORGETTING,\n",
        "        comets.FORGETTING,\n        shoutouts.FORGETTING,\n",
    ),
)

# The guide has people trigger the DAG and look; here it is run, whole, in the process of the copy's tests.
RUN = '''"""The DAG `shoutouts`, whole, in this process."""

from datetime import UTC, datetime

from airflow.dag_processing.dagbag import DagBag

from include.settings import ROOT

GROWN = (
    "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin, observed_at,"
    " daily_growth_followers) values (%s, %s, 1000, 1, 1, 'roll_call', now(), %s)"
)


def test_a_run_notes_the_creator_of_its_day(connection, database_url, airflow_metadata, monkeypatch):
    """Of 3 November who grew most on it, in a run after its morning; a second run changes nothing."""
    for user_id, day, grown in (("1", "2026-11-03", 5), ("2", "2026-11-03", 7), ("3", "2026-11-02", 9)):
        connection.execute(GROWN, [user_id, day, grown])
    connection.commit()
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", database_url)
    dag = DagBag(str(ROOT / "dags" / "shoutouts.py")).dags["shoutouts"]
    for hour in (5, 6):
        assert dag.test(run_after=datetime(2026, 11, 3, hour, tzinfo=UTC), logical_date=None).state == "success"
    found = connection.execute("select day::text, user_id, daily_growth_followers from shoutouts").fetchall()
    assert found == [("2026-11-03", "2", 7)]
'''


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which somebody did what the guide says."""
    copy = tmp_path_factory.mktemp("guide") / "project"
    # What is compiled comes along: only what the guide changes has to be compiled anew.
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / ".env.example", copy)
    newest = max(int(path.name[:4]) for path in (ROOT / "sql" / "migrations").glob("*.sql"))
    for name, text in FILES:
        path = copy / name.replace("NNNN", f"{newest + 1:04}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".py" and path.parent.name == "shoutouts":
            (path.parent / "__init__.py").touch()
    (copy / "tests" / "dags" / "test_shoutouts.py").write_text(RUN, encoding="utf-8")
    for name, before, after in ENTRIES:
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name}: {before}"
        (copy / name).write_text(text.replace(before, after), encoding="utf-8")
    return copy


GIVEN = ("tests/include/shoutouts", "tests/plugins/dashboard/test_shoutouts.py", "tests/dags/test_shoutouts.py")
RULES = ("tests/test_architecture.py", "tests/sql/test_statements.py", "tests/test_documents.py")
CONCERNED = "shoutouts or docstrings or folder or pipelines or circle or strangers or explained or wired"


@pytest.fixture(scope="module")
def told(followed: Path) -> str:
    """What pytest says in the copy: all in one process, since each that starts loads Airflow and makes a database."""
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *GIVEN, *RULES, "-k", CONCERNED],
        cwd=followed,
        env={**os.environ, "PYTHONPATH": str(followed), "AIRFLOW__CORE__DAGS_FOLDER": str(followed / "dags")},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    return finished.stdout + finished.stderr


def ends(told: str, *places: str) -> dict[str, set[str]]:
    """How the tests of each place ended."""
    lines = re.findall(r"^([A-Z]+) (\S+)", told, re.MULTILINE)
    return {place: {end for end, test in lines if test.startswith(place)} for place in places}


def test_the_guide_makes_every_file_it_names():
    """A file of the new pipeline that a sentence of the guide names is one that the guide gives."""
    named = set(re.findall(r"`((?:dags|include|plugins|sql|tests)/\S*shoutouts\S*\.\w+)`", GUIDE))
    assert named == {name for name, _ in FILES}


def test_what_it_gives_can_be_read_and_entered(followed: Path):
    """Every line before which something is to be entered is there, once, and what is there afterwards is Python."""
    changed = {name.replace("NNNN", "*") for name, *_ in (*FILES, *ENTRIES) if name.endswith(".py")}
    for path in (each for name in sorted(changed) for each in followed.glob(name)):
        compile(path.read_text(encoding="utf-8"), path, "exec")


@pytest.mark.thorough
def test_what_it_makes_works(told: str):
    """Its function, its page and its erasure do what the guide says, by the tests that the guide gives; its DAG runs green."""
    assert ends(told, *GIVEN) == {name: {"PASSED"} for name in GIVEN}, told


@pytest.mark.thorough
def test_it_breaks_no_house_rule(told: str):
    """Layers, statements and documents of the copy are as they must be, and Airflow's reader takes its DAG."""
    assert ends(told, *RULES) == {name: {"PASSED"} for name in RULES}, told
