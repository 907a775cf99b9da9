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


def _entry(name: str, icon: str) -> dict[str, Any]:
    """An entry of Airflow's menu: the page of this name, in Airflow's frame."""
    return {
        "name": name,
        "href": f"{PREFIX}/{name.lower()}",
        "destination": "nav",
        "url_route": name.lower(),
        "icon": f"{PREFIX}/static/{icon}.svg",
        "icon_dark_mode": f"{PREFIX}/static/{icon}-dark.svg",
        "nav_top_level": True,
    }


class CometwatchPlugin(AirflowPlugin):
    """The menu's entries "Comets" and "Accounts", the pages behind them, and what listens to runs that begin."""

    name = "cometwatch"
    listeners = [dates_to_come]  # noqa: RUF012 - as Airflow reads it
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Cometwatch"}]  # noqa: RUF012 - as Airflow reads it
    external_views = [_entry("Comets", "comet"), _entry("Accounts", "account")]  # noqa: RUF012 - as Airflow reads it
