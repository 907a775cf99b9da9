"""After a whole run with every key of `video_research`: none of them is in anything that it leaves behind."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from psycopg import sql

from include.lake import Lake
from include.local import research
from include.local.folders import Folders
from include.video_research import settings
from include.video_research.worker import of_this_process
from tests.include.video_research.test_stores import held, play

pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")

KEY = "research-recognisable-4f1d9c77"
COOKIE = "recognisable-cookie-b1946ac9"
SECRETS = (KEY, COOKIE)
ECHO = {"kind": "status", "status": 500, "body": {"message": f"key {KEY} is not known yet"}}


@pytest.fixture
def worker() -> Iterator[None]:
    """What processes the videos ends with the test."""
    yield
    of_this_process().close()


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.server
def test_no_key_stays_anywhere(start_sandbox, worker, database_url, tmp_path, caplog):
    """Neither in a table, nor in what tasks give each other, nor in the store, nor in the working folder, nor in a log; although
    Serper echoes the key in an error, and the site gets the cookies."""
    sandbox = start_sandbox("--rate", 0, key=KEY)
    sandbox.inject(
        *({"match": {"endpoint": vendor}, "action": ECHO} for vendor in ("serper_videos", "claude_messages"))
    )
    cookies = tmp_path / "cookies.txt"
    cookies.write_text(f"# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t2147483647\tsid_tt\t{COOKIE}\n")
    work, media = tmp_path / "work", tmp_path / "media"
    env = {
        **research.environment(Folders(work), sandbox.url, {}),
        "SERPER_API_KEY": KEY,
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": sandbox.url,
        "RESEARCH_COOKIES": str(cookies),
        "OCR_ENGINE": "claude",
        "TRANSCRIBE_ENGINE": "pocketsphinx",
    }
    caplog.set_level(logging.DEBUG)
    lake = Lake(f"file://{media}")
    connect = partial(psycopg.connect, database_url, autocommit=True)
    videos, told = play(connect, lake, settings.load(env, None), "keyed", max_results=1)
    assert videos == 1
    assert {call["fault"] for call in sandbox.log()} >= {"status"}
    assert secrets_in(repr(told) + caplog.text) == []
    assert {key: found for key, body in held(lake).items() if (found := secrets_in(body.decode("latin-1")))} == {}
    files = [path for path in work.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if secrets_in(path.read_bytes().decode("latin-1"))] == []
    with connect() as connection:
        for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            whole = sql.SQL("select coalesce(string_agg(t::text, ' '), '') from {} as t").format(sql.Identifier(table))
            assert (table, secrets_in(str(connection.execute(whole).fetchall()))) == (table, [])
        answers = connection.execute("select endpoint, answer from api_calls where answer is not null").fetchall()
    assert {endpoint for endpoint, _ in answers} == {"serper/videos", "claude/messages"}
    assert secrets_in(" ".join(zlib.decompress(answer).decode() for _, answer in answers)) == []
