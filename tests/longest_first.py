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
# Seconds of work and of waiting. Only the order matters, and what is not here takes a few seconds.
SECONDS = {
    ONE_AIRFLOW[0]: 300,
    "tests/include/local/test_commands.py": 200,
    "tests/dags/test_video_research.py": 150,
    "tests/test_style.py": 60,
    "tests/include/video_research/processing/test_process.py": 60,
    "tests/browser/test_accounts.py": 60,
    "tests/include/comets/test_discovery.py": 60,
    "tests/include/comets/test_day.py": 60,
    "tests/include/test_adoption.py": 60,
    "tests/test_guide.py": 60,
    "tests/test_compose_stack.py": 60,
    "tests/plugins/dashboard/test_filters.py": 55,
    "tests/include/local/test_postgres.py": 50,
    "tests/include/local/test_outside.py": 50,
    "tests/include/account_analytics/test_runs.py": 50,
    "tests/include/test_lake.py": 50,
    "tests/include/calls/test_limiter.py": 50,
    "tests/plugins/filters/test_face_presence.py": 40,
    "tests/browser/test_shortlist.py": 40,
    "tests/browser/test_pictures.py": 30,
    "tests/browser/test_research.py": 30,
    "tests/dags/test_account_analytics.py": 30,
    "tests/test_secrets.py": 30,
    "tests/dags/test_comets_in_process.py": 30,
    "tests/include/comets/test_roll_call.py": 30,
    "tests/include/comets/test_replay.py": 30,
    "tests/include/comets/test_absences.py": 30,
    "tests/include/local/test_install.py": 30,
    "tests/include/local/test_demo.py": 30,
    "tests/include/local/test_demo_accounts.py": 30,
    "tests/include/video_research/test_stores.py": 30,
    "tests/sql/comets/test_falls.py": 25,
    "tests/include/account_analytics/test_whose.py": 25,
    "tests/include/video_research/test_keys.py": 20,
    "tests/include/test_words.py": 20,
    "tests/test_architecture.py": 20,
    "tests/include/account_analytics/test_landing.py": 20,
    "tests/include/test_session_defaults.py": 20,
    "tests/sql/roles/test_create_roles.py": 20,
    "tests/plugins/dashboard/test_sections.py": 20,
    "tests/plugins/dashboard/test_comets.py": 15,
    "tests/plugins/filters/test_quality.py": 15,
    "tests/include/tikhub/test_parsers.py": 15,
    "tests/sql/ranking/test_standings.py": 15,
}


class LongestFirst(LoadFileScheduling):
    """A file is one worker's, as the servers are that its tests share."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return ONE_AIRFLOW[0] if file in ONE_AIRFLOW else file

    def _assign_work_unit(self, node: Any) -> None:
        longest = max(self.workqueue, key=lambda file: (SECONDS.get(file, 0), len(self.workqueue[file])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
