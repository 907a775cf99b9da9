"""What stands in for Serper and TikTok on this machine, and when questions are made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from include.local import research
from include.local.folders import Folders
from include.settings import Secret, Settings, load

SANDBOX = "http://127.0.0.1:8099"
pytestmark = pytest.mark.server


@pytest.fixture
def settings() -> Settings:
    return load({}, None)


def brought(folder: Path, settings: Settings, url: str, sandbox_url: str | None, **env: str) -> bool:
    """Whether made-up questions are asked; with the environment as the commands make it, and no list."""
    env = {"RESEARCH_LIST": str(folder / "none.csv"), **env}
    env |= research.environment(Folders(folder), sandbox_url, env)
    return research.MADE_UP in research.bring_questions(settings, url, sandbox_url, env, [])


def test_without_any_key_they_are_made_up(tmp_path: Path, settings: Settings, database_url: str):
    """No key, no list, nothing asked before, the embedded database: the sandbox's own questions are asked."""
    assert brought(tmp_path, settings, database_url, SANDBOX)


@pytest.mark.parametrize("name", ["SERPER_API_KEY", "ANTHROPIC_API_KEY"])
def test_with_a_key_nothing_is_asked(tmp_path: Path, settings: Settings, database_url: str, name: str):
    """A key that is paid for is not spent on questions that nobody has."""
    assert not brought(tmp_path, settings, database_url, SANDBOX, **{name: "a-real-key"})
    assert not brought(tmp_path, settings, database_url, None)


def test_beside_other_questions_there_are_none(tmp_path: Path, settings: Settings, database_url: str):
    """Not beside questions of one's own, nor in one's own database, nor beside a list."""
    (tmp_path / "list.csv").write_text("my question")
    assert not brought(tmp_path, settings, database_url, SANDBOX, RESEARCH_LIST=str(tmp_path / "list.csv"))
    assert not brought(tmp_path, replace(settings, database_url=Secret("postgresql://h/d")), database_url, SANDBOX)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into research_queries (query_id, position, text, source) values ('1', 0, 'mine', 'page')"
        )
    assert not brought(tmp_path, settings, database_url, SANDBOX)
