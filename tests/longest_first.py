"""How `make test` shares the test files among its workers: the longest begin first, so that none is waited for in the end."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

# They share one whole Airflow, which one worker starts once.
ONE_AIRFLOW = (
    "tests/browser/test_pages.py",
    "tests/browser/test_adding_in_airflow.py",
    "tests/dags/test_comets_running.py",
    "tests/include/local/test_running_airflow.py",
    "tests/plugins/dashboard/accounts/test_running.py",
)
# Their tests share the pages' web application, for which a worker loads Airflow: best one alone.
PAGES = "tests/plugins/dashboard"
# Seconds of work and of waiting. Only the order matters, and what is not here takes a few seconds.
SECONDS = {
    ONE_AIRFLOW[0]: 400,
    PAGES: 180,
    "tests/test_compose_stack.py": 200,
    "tests/include/local/test_commands.py": 200,
    "tests/dags/test_video_research.py": 150,
    "tests/test_style.py": 100,
    "tests/include/local/test_outside.py": 80,
    "tests/include/comets/test_discovery.py": 60,
    "tests/include/comets/test_sources.py": 60,
    "tests/include/test_adoption.py": 60,
    "tests/include/test_lake.py": 60,
    "tests/include/comets/test_day.py": 50,
    "tests/include/comets/test_distinct.py": 50,
    "tests/include/forget_creator/test_erase.py": 50,
    "tests/include/video_research/processing/test_process.py": 50,
    "tests/include/account_analytics/test_runs.py": 50,
    "tests/test_guide.py": 50,
    "tests/browser/test_accounts.py": 50,
    "tests/dags/test_account_analytics.py": 50,
    "tests/dags/test_accounts_fetched.py": 50,
    "tests/dags/test_comets_in_process.py": 50,
    "tests/test_secrets.py": 40,
    "tests/include/comets/test_overrules.py": 40,
    "tests/test_architecture.py": 35,
    "tests/include/local/test_postgres.py": 35,
    "tests/include/calls/test_limiter.py": 35,
    "tests/include/comets/test_falls.py": 30,
    "tests/plugins/filters/test_face_presence.py": 30,
    "tests/browser/test_finding.py": 30,
    "tests/browser/test_told.py": 30,
    "tests/include/account_analytics/browser/test_export.py": 30,
    "tests/include/account_analytics/browser/test_studio.py": 30,
    "tests/include/comets/test_roll_call.py": 25,
    "tests/include/account_analytics/test_forgetting.py": 25,
    "tests/include/comets/test_videos.py": 25,
    "tests/include/local/test_research_quality.py": 25,
    "tests/include/local/test_demo.py": 25,
    "tests/include/sandbox/exports/test_drops.py": 20,
    "tests/include/account_analytics/test_whose.py": 20,
    "tests/include/comets/test_absences.py": 20,
    "tests/browser/test_triage.py": 20,
    "tests/browser/test_shortlist.py": 20,
    "tests/browser/test_research.py": 20,
    "tests/browser/test_pictures.py": 20,
    "tests/include/video_research/test_stages.py": 20,
    "tests/include/forget_creator/test_naming.py": 20,
    "tests/plugins/filters/test_quality.py": 20,
    "tests/include/account_analytics/test_histories.py": 20,
    "tests/include/test_pgbouncer.py": 20,
    "tests/sql/comets/test_falls.py": 20,
    "tests/include/video_research/downloads/test_download.py": 20,
    "tests/include/local/test_install.py": 20,
    "tests/include/local/test_demo_accounts.py": 15,
    "tests/include/comets/test_replay.py": 15,
    "tests/include/test_session_defaults.py": 15,
    "tests/include/comets/test_refusals.py": 15,
    "tests/include/test_confirmed_falls.py": 15,
    "tests/include/video_research/test_stores.py": 15,
    "tests/sql/ranking/test_standings.py": 15,
    "tests/sql/roles/test_create_roles.py": 15,
    "tests/include/video_research/test_claude_calls.py": 15,
}


class LongestFirst(LoadFileScheduling):
    """A file is one worker's, as the servers are that its tests share; of what files share, all of them are."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file in ONE_AIRFLOW:
            return ONE_AIRFLOW[0]
        return PAGES if file.startswith(f"{PAGES}/") else file

    def _assign_work_unit(self, node: Any) -> None:
        longest = max(self.workqueue, key=lambda file: (SECONDS.get(file, 0), len(self.workqueue[file])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
