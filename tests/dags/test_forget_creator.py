"""The DAG forget_creator: its shape, its form, and its task in this process."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.erasure.finding import PersonUnclear
from include.settings import ROOT


@pytest.fixture(scope="module")
def dag():
    bag = DagBag(str(ROOT / "dags" / "forget_creator.py"))
    assert bag.import_errors == {}
    return bag.dags["forget_creator"]


def test_it_runs_on_demand_only(dag):
    """One task, no schedule, one run at a time, a page in the UI."""
    assert dag.task_ids == ["forget"]
    assert dag.schedule is None
    assert dag.max_active_runs == 1
    assert "ERASURE_KEY" in dag.doc_md


def test_it_is_a_dry_run_by_default(dag):
    """Nothing is removed unless a person switches the dry run off."""
    assert {name: dag.params.get_param(name).value for name in ("dry_run", "search_words")} == {
        "dry_run": True,
        "search_words": True,
    }


@pytest.mark.parametrize("creator", [None, "", "two words", "@", "a@b", "x" * 101, 7])
def test_the_form_refuses_what_is_no_creator(dag, creator):
    """What is neither an id nor a handle does not get past the form."""
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises((ParamValidationError, ValueError)):
        dag.params.get_param("creator").resolve(creator)


def test_nobody_is_forgotten_by_default(dag):
    """Without a creator no run begins: Airflow asks for one."""
    from airflow.sdk.exceptions import ParamValidationError

    assert not dag.params.get_param("creator").has_value
    with pytest.raises(ParamValidationError, match="no default"):
        dag.params.validate()


def test_its_task_in_this_process(dag, days, monkeypatch):
    """The task takes the form's values, opens the configured database, and returns counts without names."""
    from airflow.sdk.definitions._internal.contextmanager import _CURRENT_CONTEXT

    days.at(2026, 11, 2).play()
    [(user_id, handle)] = days.rows("select user_id, handle from creators order by 1 limit 1")
    monkeypatch.setenv("POSTGRES_URL_NON_POOLING", days.database_url)
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", days.database_url)
    monkeypatch.setenv("ERASURE_KEY", "0123456789abcdef0123456789abcdef")
    monkeypatch.delenv("TIKHUB_BASE_URL", raising=False)

    def run(**params):
        run_of = SimpleNamespace(run_id="manual__1", triggering_user_name="admin")
        context = {"params": {"search_words": True, **params}, "dag_run": run_of}
        _CURRENT_CONTEXT.append(context)  # type: ignore[arg-type]
        try:
            return dag.get_task("forget").python_callable()
        finally:
            _CURRENT_CONTEXT.remove(context)  # type: ignore[arg-type]

    with pytest.raises(PersonUnclear, match="Nobody is known by this handle"):
        run(creator="nobody.has.this", dry_run=True)
    promised = run(creator=f"@{handle}", dry_run=True)
    assert days.rows("select count(*) from creators where user_id = %s", user_id) == [(1,)]
    assert promised == run(creator=f"@{handle}", dry_run=False)
    assert days.rows("select count(*) from creators where user_id = %s", user_id) == [(0,)]
    assert days.rows("select run_id, requested_by from erasures") == [("manual__1", "admin")]
