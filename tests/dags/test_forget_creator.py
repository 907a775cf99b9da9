"""The DAG forget_creator: its shape, its form, and its task in this process."""

from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.settings import ROOT


@pytest.fixture(scope="module")
def dag():
    bag = DagBag(str(ROOT / "dags" / "forget_creator.py"))
    assert bag.import_errors == {}
    return bag.dags["forget_creator"]


def test_it_runs_on_demand_only(dag):
    """One task, no schedule, one run at a time, a page in the UI."""
    assert dag.task_ids == ["forget"]
    assert dag.timetable.summary in (None, "None")
    assert dag.max_active_runs == 1
    assert "ERASURE_KEY" in dag.doc_md


def test_it_is_a_dry_run_by_default(dag):
    """Nothing is removed unless a person switches the dry run off."""
    assert dict(dag.params.dump()) == {"creator": None, "dry_run": True, "search_words": True}


@pytest.mark.parametrize("creator", ["", "two words", "@", "a@b", "x" * 101, 7])
def test_the_form_refuses_what_is_no_creator(dag, creator):
    """What is neither an id nor a handle does not get past the form."""
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises((ParamValidationError, ValueError)):
        dag.params.get_param("creator").resolve(creator)
