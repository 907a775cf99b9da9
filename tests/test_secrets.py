"""After a run in which the API echoes the key: neither key nor password is in anything the run leaves behind."""

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from include.local import airflow, ports, postgres
from include.local.driven_sandbox import RunningSandbox, start_process
from include.local.folders import ROOT, Folders
from include.local.played_days import Days
from include.tikhub import endpoints
from include.tikhub.client import OpenGate, TikHub
from include.tikhub.errors import BalanceExhausted
from tests.fixtures.sandbox import StartSandbox
from tests.include.comets.rosters import enter, everything, field_fault, plain

KEY = "tk-recognisable-4f1d9c77/+=e5"
PASSWORD = "recognisable-p4ssw0rd"
ERASURE_KEY = "recognisable-erasure-key-of-32-letters"
SECRETS = (KEY, PASSWORD, ERASURE_KEY)
NO_BALANCE = {"match": {"endpoint": "user_profile"}, "times": 1000, "action": {"kind": "status", "status": 402}}
# The same key as other programs write it into JSON.
SPELLINGS = {
    "solidus": KEY.replace("/", "\\/"),
    "plus": KEY.replace("+", "\\u002b"),
    "equals": KEY.replace("=", "\\u003d"),
    "all": "".join(f"\\u{ord(letter):04x}" for letter in KEY),
}
WORDS, SEARCH = (endpoints.ENDPOINTS[name].path for name in ("trending_words", "video_search"))
ECHOES = [
    {
        "match": {"endpoint": "trending_words"},
        "times": None,
        "action": {
            "kind": "field",
            "path": "data.trending_search_words.0.trendingSearchWord",
            "literal": f'"Bearer {SPELLINGS["solidus"]}"',
        },
    },
    {
        "match": {"endpoint": "video_search"},
        "times": None,
        "action": {
            "kind": "field",
            "path": "data.headers",
            "literal": f'{{"{SPELLINGS["plus"]}": ["{SPELLINGS["equals"]}", "{SPELLINGS["all"]}"]}}',
        },
    },
]
METADATA = "secrets_airflow"
PIPELINE = "secrets_pipeline"

pytestmark = pytest.mark.timeout(1800)  # the test that comes first waits for a whole day


@dataclass(frozen=True)
class Leavings:
    """What a run left: the output of its process, its folder, and its two databases."""

    output: str
    folder: Path
    database_urls: tuple[str, ...]
    sandbox: RunningSandbox


@pytest.fixture(scope="module")
def leavings(
    postgres_server: postgres.Server,
    template_database: str,
    airflow_tables: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Leavings]:
    """One day of the whole DAG, at whose first profile the balance is used up."""
    folders = Folders(tmp_path_factory.mktemp("secrets"))
    folders.make()
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {METADATA} template {airflow_tables}".encode())
        connection.execute(f"create database {PIPELINE} template {template_database}".encode())
    sandbox = start_process("--rate", 0, key=KEY)
    settings = {
        "POSTGRES_URL_NON_POOLING": postgres_server.url_for(PIPELINE).replace("postgres@", f"postgres:{PASSWORD}@"),
        "TIKHUB_BASE_URL": sandbox.url,
        "TIKHUB_API_KEY": KEY,
        "TIKHUB_RATE_PER_SECOND": "1000",
        "COMETWATCH_SANDBOX_URL": sandbox.url,
        "ERASURE_KEY": ERASURE_KEY,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
    }
    try:
        sandbox.inject(NO_BALANCE, *ECHOES)
        env = airflow.environment(
            folders, postgres_server, ports.free_port(), database=METADATA, base={**os.environ, **settings}
        )
        noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        conf = json.dumps({"max_keywords": 2, "pages_per_keyword": 1})
        finished = subprocess.run(
            [sys.executable, "-m", "include.local.dag_process", noon.isoformat(), "--conf", conf],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        urls = (postgres_server.url_for(PIPELINE), postgres_server.url_for(METADATA))
        yield Leavings(finished.stdout + finished.stderr, folders.local, urls, sandbox)
    finally:
        sandbox.stop()


@pytest.mark.thorough
def test_the_run_met_the_echo(leavings: Leavings):
    """The run did fail for want of balance, and the answers it got did hold the key, good ones in escapes."""
    assert "TikHub balance is used up" in leavings.output
    answer = leavings.sandbox.get(endpoints.ENDPOINTS["user_profile"].path, user_id="1")
    assert (answer.status_code, KEY in answer.text) == (402, True)
    for path, given in ((WORDS, {}), (SEARCH, {"keyword": "ramen"})):
        answer = leavings.sandbox.get(path, **given)
        assert (answer.status_code, KEY in answer.text) == (200, False)
        assert KEY in str(answer.json()["data"])
    assert "Bearer ***" in leavings.output


@pytest.mark.thorough
def test_no_log_holds_a_secret(leavings: Leavings):
    """Neither the output of the process nor any file of its Airflow does, even if DEBUG was asked for."""
    files = [path for path in leavings.folder.rglob("*") if path.is_file()]
    assert secrets_in(leavings.output) == []
    assert {
        path.name: found for path in files if (found := secrets_in(path.read_bytes().decode("utf-8", "replace")))
    } == {}


@pytest.mark.thorough
def test_no_table_holds_a_secret(leavings: Leavings):
    """No row does: ledger and stored answers, runs, XCom, rendered fields, Airflow's own log and all the rest."""
    found = {}
    for url in leavings.database_urls:
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "select schemaname, tablename from pg_tables"
                " where schemaname not in ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                query = sql.SQL("select coalesce(string_agg(t::text, ' '), '') from {} as t")
                (text,) = connection.execute(query.format(sql.Identifier(schema, table))).fetchall()[0]
                found[table] = secrets_in(text)
    assert {table: secrets for table, secrets in found.items() if secrets} == {}
    assert {"api_calls", "runs", "xcom", "rendered_task_instance_fields", "task_instance"} <= found.keys()


@pytest.mark.thorough
def test_no_stored_answer_holds_a_secret(leavings: Leavings):
    """Unpacked, the answers in the ledger hold none either."""
    with psycopg.connect(leavings.database_urls[0]) as connection:
        answers = connection.execute("select answer from api_calls where answer is not null").fetchall()
    assert answers
    assert secrets_in(" ".join(zlib.decompress(answer).decode() for (answer,) in answers)) == []


@pytest.mark.thorough
def test_the_exception_holds_no_secret(leavings: Leavings):
    """Not its text, its traceback, what it was raised from, or itself sent to another process."""
    client = TikHub(leavings.sandbox.url, KEY, gate=OpenGate(), deadline=10)
    with client, pytest.raises(BalanceExhausted) as caught:
        client.fetch(endpoints.user_profile("user_id", "1", "1"))
    error = caught.value
    shown = "".join(traceback.TracebackException.from_exception(error).format())
    told = [str(error), repr(error), shown, repr(error.attempts), repr(client), pickle.dumps(error).decode("latin-1")]
    assert secrets_in(" ".join(told)) == []


@pytest.fixture
def keyed(database_url: str, start_sandbox: StartSandbox) -> Days:
    """Days of a sandbox whose key can be recognised."""
    return Days(database_url, start_sandbox("--rate", 0, key=KEY)).at(2026, 11, 2)


def test_an_echo_in_a_profile_is_kept_nowhere(keyed: Days, caplog: pytest.LogCaptureFixture):
    """Good answers that hold the key in a bio, a nickname and a handle, in all spellings: measured, and masked."""
    names = [*SPELLINGS] * 3
    fields = sorted(["signature", "nickname", "unique_id"] * len(SPELLINGS))
    ids = enter(keyed, plain(keyed, len(names)))
    keyed.sandbox.inject(
        *(
            field_fault(user_id, name, literal=f'"x {SPELLINGS[spelling]}"')
            for user_id, name, spelling in zip(ids, fields, names, strict=True)
        )
    )
    with caplog.at_level(logging.DEBUG):
        _, failed, report = keyed.play(skip_discovery=True)
    assert failed == []
    columns = {"signature": "signature", "nickname": "nickname", "unique_id": "handle"}
    kept = {row[0]: row[1:] for row in keyed.rows("select user_id, signature, nickname, handle from creators")}
    for user_id, name in zip(ids, fields, strict=True):
        assert kept[user_id][[*columns].index(name)] == "x ***"
    assert secrets_in("\n".join([caplog.text, report, everything(keyed)])) == []


def secrets_in(text: str) -> list[str]:
    """The secrets a text holds, as they are or as JSON or an address spells them."""
    return [
        secret
        for secret in SECRETS
        if any(form in text for form in {secret, secret.replace("/", "\\/"), quote(secret, safe="")})
    ]
