"""Registers Cometwatch's pages with Airflow's UI and, with its scheduler, what ends runs of days to come; nothing else."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from include import dates_to_come

PREFIX = "/cometwatch"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The pages' web application, made at its first request.

    Every task's process loads this plugin; only the API server has any use for templates and a pool of connections.
    """
    from plugins.dashboard.app import application

    await application()(scope, receive, send)


class CometwatchPlugin(AirflowPlugin):
    """The menu entry "Comets", the pages behind it, and what listens to runs that begin."""

    name = "cometwatch"
    listeners = [dates_to_come]  # noqa: RUF012 - as Airflow reads it
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Cometwatch"}]  # noqa: RUF012 - as Airflow reads it
    external_views = [  # noqa: RUF012 - as Airflow reads it
        {
            "name": "Comets",
            "href": f"{PREFIX}/comets",
            "destination": "nav",
            "url_route": "comets",
            "icon": f"{PREFIX}/static/comet.svg",
            "icon_dark_mode": f"{PREFIX}/static/comet-dark.svg",
            "nav_top_level": True,
        }
    ]
