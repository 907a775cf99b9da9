"""The DAG `comets` as Airflow reads it: its shape, its trigger form, and what it becomes for the scheduler."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

from include.comets import run as runs
from include.comets.run import LIMITS
from include.defaults import RetryByError
from include.local.played_days import DEFAULTS
from tests.conftest import ROOT

NUMBERS = sorted(LIMITS)


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"))


@pytest.fixture
def dag(bag: DagBag) -> DAG:
    return bag.dags["comets"]


def _parameters(dag: DAG) -> dict[str, Any]:
    """Copies, because a parameter that resolves a value keeps it, for whoever asks next."""
    return {name: deepcopy(dag.params.get_param(name)) for name in dag.params}


def test_every_file_imports(bag: DagBag):
    """No DAG file has an import error."""
    assert bag.import_errors == {}


def test_flow(dag: DAG):
    """Which task follows which."""
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {
        "open_day": set(),
        "fetch_trends": {"open_day"},
        "discover": {"open_day", "fetch_trends"},
        "plan_roll_call": {"open_day", "discover"},
        "roll_call": {"open_day", "plan_roll_call"},
        "compute_growth": {"open_day", "roll_call"},
        "keep_videos": {"open_day", "discover"},
        "rank_creators": {"open_day", "compute_growth", "keep_videos"},
        "fetch_pictures": {"open_day", "rank_creators"},
        "check_day": {"open_day", "compute_growth"},
        "report": {"open_day", "discover", "roll_call", "keep_videos", "rank_creators", "check_day"},
    }


def test_what_runs_after_failures(dag: DAG):
    """The roll call is planned, and the day settled, checked and reported, whatever failed before."""
    late = {task.task_id for task in dag.tasks if task.trigger_rule == "all_done"}
    assert late == {"plan_roll_call", "keep_videos", "compute_growth", "rank_creators", "check_day", "report"}
    others = {task.trigger_rule for task in dag.tasks if task.task_id not in {*late, "fetch_pictures"}}
    assert others == {"all_success"}


def test_no_picture_is_worth_a_day(dag: DAG):
    """A teardown is left out when Airflow decides a run's state, and nothing waits for it."""
    task = dag.get_task("fetch_pictures")
    assert (task.is_teardown, task.on_failure_fail_dagrun, task.downstream_task_ids) == (True, False, set())
    assert [each.task_id for each in dag.tasks if each.is_teardown] == ["fetch_pictures"]


def test_whom_the_end_of_a_day_is_told(dag: DAG):
    """A complete day sends digest and personal alerts, in this order; a red one the digest alone."""
    task = dag.get_task("report")
    assert [type(each).__name__ for each in task.on_success_callback] == ["DayDigest", "PersonalAlerts"]
    assert [type(each).__name__ for each in task.on_failure_callback] == ["DayDigest"]


def test_pool(dag: DAG):
    """The tasks that call the API share a pool, and no other task is in it."""
    assert {task.task_id for task in dag.tasks if task.pool == "tikhub"} == {"fetch_trends", "discover", "roll_call"}


def test_a_search_that_hangs_ends(dag: DAG):
    """A search has hours, as pauses of an hour may come one after another, but it does end."""
    assert dag.get_task("discover").execution_timeout == timedelta(hours=12)


def test_schedule(dag: DAG):
    """Every day at 02:00 UTC, missed days are not caught up, and one run at a time."""
    assert (dag.schedule, str(dag.timezone), dag.catchup, dag.max_active_runs) == ("0 2 * * *", "UTC", False, 1)


def test_page(dag: DAG):
    """The DAG's own docstring is its page, and its tags find it."""
    assert dag.doc_md is not None
    assert dag.doc_md.startswith("## Comets")
    assert dag.tags == {"comets", "tiktok", "daily"}


def test_asset(dag: DAG):
    """Only the report, the last task, tells other DAGs that the day is there."""
    assert {task.task_id: [asset.name for asset in task.outlets] for task in dag.tasks if task.outlets} == {
        "report": ["comets/creator_stats"]
    }


def test_retries(dag: DAG):
    """Every task is tried again by the same policy, and by growing delays where a lost worker could not ask it."""
    assert {
        (task.retries, task.retry_delay, task.retry_exponential_backoff, type(task.retry_policy)) for task in dag.tasks
    } == {(5, timedelta(seconds=20), 2.0, RetryByError)}


def test_form_defaults(dag: DAG):
    """The defaults of the trigger form are those of the contract."""
    assert dag.params.dump() == {**DEFAULTS, "max_keywords": 10, "pages_per_keyword": 5}


def test_form_fields(dag: DAG):
    """Every field of the trigger form has a type, a description and a section."""
    incomplete = {
        name: parameter.schema
        for name, parameter in _parameters(dag).items()
        if not {"type", "title", "section"} <= set(parameter.schema) or not parameter.description
    }
    assert incomplete == {}


@pytest.mark.parametrize("name", ["keywords", "hashtags"])
def test_an_emptied_list_is_no_list(dag: DAG, name: str):
    """What the form sends when somebody empties the field plans the same run as its default."""
    params = dag.params.dump()
    assert _parameters(dag)[name].resolve(None) is None
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    plans = [runs.plan("r", now.date(), now, {**params, name: value}, ("#a",)) for value in (None, [])]
    assert plans[0] == plans[1]


def test_form_bounds(dag: DAG):
    """Every number of the trigger form has the bounds that the run itself checks."""
    schemas = {name: parameter.schema for name, parameter in _parameters(dag).items()}
    bounded = {name: (schema["minimum"], schema["maximum"]) for name, schema in schemas.items() if "minimum" in schema}
    assert bounded == LIMITS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, -1) for name in NUMBERS],
        *[(name, LIMITS[name][1] + 1) for name in NUMBERS],
        *[(name, "many") for name in NUMBERS],
        *[(name, True) for name in NUMBERS],
        *[(name, None) for name in NUMBERS if name != "max_calls"],
        ("max_keywords", 0),
        ("pages_per_keyword", 0),
        ("pages_per_keyword", 2.5),
        ("keywords", "ramen"),
        ("keywords", [""]),
        ("keywords", [" \t"]),
        ("keywords", [7]),
        ("keywords", ["x" * 10_000]),
        ("keywords", ["x"] * 101),
        ("hashtags", ["#" + "x" * 10_000]),
        ("skip_discovery", "yes"),
        ("skip_roll_call", 1),
        ("dry_run", None),
    ],
)
def test_nonsense_is_refused(dag: DAG, name: str, value: object):
    """Airflow's own validation refuses what makes no sense, before a run exists."""
    with pytest.raises(ParamValidationError):
        _parameters(dag)[name].resolve(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keywords", ["ramen", "x" * 200]),
        ("max_calls", 0),
        ("max_calls", None),
        ("min_face_percent", 2),
        ("dry_run", True),
    ],
)
def test_sense_is_taken(dag: DAG, name: str, value: object):
    """What makes sense passes the validation as it is."""
    assert _parameters(dag)[name].resolve(value) == value


def test_survives_serialization(dag: DAG):
    """What the scheduler reads back from its JSON has the tasks, and knows that each has a retry policy."""
    text = json.dumps(DagSerialization.to_dict(dag))
    read = DagSerialization.from_dict(json.loads(text))
    assert {task.task_id: task.has_retry_policy for task in read.tasks} == {task.task_id: True for task in dag.tasks}
    assert sorted(read.params) == sorted(dag.params)
