"""The local side of `video_research`: what stands in for Serper and TikTok without a key, and made-up questions."""

from __future__ import annotations

import json
from collections.abc import Mapping

import psycopg

from include.local import sandbox
from include.local.folders import Folders
from include.sandbox.research.catalogue import MADE_UP_QUESTIONS
from include.settings import Settings
from include.video_research import settings as research_settings

DAG = "video_research"
MADE_UP = "COMETWATCH_MADE_UP_QUESTIONS"


def environment(folders: Folders, sandbox_url: str | None, env: Mapping[str, str]) -> dict[str, str]:
    """Where videos are searched, downloaded and worked on: the sandbox in all of it, or in nothing."""
    found = {"RESEARCH_WORK": env.get("RESEARCH_WORK") or str(folders.research)}
    if _stands_in(sandbox_url, env):
        found |= {
            "SERPER_API_KEY": sandbox.KEY,
            "SERPER_BASE_URL": f"{sandbox_url}/serper",
            "RESEARCH_SITE_URL": _site(sandbox_url),
        }
    return found


def workers(env: Mapping[str, str]) -> int | None:
    """RESEARCH_WORKERS, where it is set. Raises SettingsError."""
    return research_settings.load(env, None).workers if env.get("RESEARCH_WORKERS") else None


def bring_questions(
    settings: Settings, url: str, sandbox_url: str | None, env: Mapping[str, str], outcome: list[str]
) -> dict[str, str]:
    """Say where questions come from; what tells the DAG of the made-up ones, where there are no others.

    They are asked where the sandbox answers in all of it and no key is there that is paid for, with an empty list and the
    embedded database; never beside others.
    """
    listed = research_settings.load(env, None).research_list
    if listed.exists():
        outcome.append(f"from {listed.name}, and those that were entered before")
        return {}
    costs_nothing = env.get("RESEARCH_SITE_URL") == _site(sandbox_url) and not env.get("ANTHROPIC_API_KEY")
    if not (settings.uses_embedded_postgres and sandbox_url and costs_nothing) or _has_own_questions(url):
        outcome.append(f"those that were entered before; there is no {listed.name}")
        return {}
    outcome.append("nobody has asked any, so made-up ones are used")
    return {MADE_UP: json.dumps(MADE_UP_QUESTIONS)}


def _site(sandbox_url: str | None) -> str:
    return f"{sandbox_url}/tiktok"


def _stands_in(sandbox_url: str | None, env: Mapping[str, str]) -> bool:
    is_ours = env.get("SERPER_API_KEY", "") in {"", sandbox.KEY}
    return sandbox_url is not None and is_ours and not env.get("RESEARCH_SITE_URL")


def _has_own_questions(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("select exists (select from research_queries where not is_made_up)").fetchone()
    return bool(found and found[0])
