"""Runs the DAG `comets` once, in this process, as `make run` does; the report is the last thing printed."""

from __future__ import annotations

from include.settings import Settings


def run_day(settings: Settings) -> int:
    """Run today's day to its end and print the report; returns the exit status."""
    from datetime import datetime, timezone

    import psycopg
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(bundle_path=None).get_dag("comets")
    run = dag.test(run_after=datetime.now(timezone.utc), logical_date=None)
    with psycopg.connect(settings.database_url.reveal()) as connection:
        row = connection.execute("select report, state from runs where run_id=%s", [run.run_id]).fetchone()
    print(row and row[0])
    return 0 if str(run.state) == "success" else 1
